// Verbs for the day the disk is gone: backup, backup verify, backup erasures, restore.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "ledger/backup.h"
#include "ledger/backup_verify.h"
#include "ledger/key_backup.h"
#include "ledger/restore.h"
#include "tools/recording.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

std::string holder(const char* verb) { return fmt::format("pid {} (daybook {}) of {}", ::getpid(), verb, Session::operator_name()); }

Field number(std::string name, uint64_t value) { return {std::move(name), std::to_string(value), true}; }

void print_answer(const Session& session, const std::vector<Field>& fields, const std::string& text) {
  const auto format = session.format(Format::kText, Format::kText);
  if (format == Format::kText) {
    std::fwrite(text.data(), 1, text.size(), stdout);
  } else {
    print_fields(fields, format);
  }
}

std::function<void(const std::string&, uint64_t, uint64_t)> shown_by(Progress& progress) {
  return [&progress](const std::string& what, uint64_t done, uint64_t of) { progress.show(fmt::format("{}: {} of {}", what, done, of)); };
}

std::string unsigned_text(const std::string& book, uint64_t events) {
  return events == 0 ? "" : fmt::format("  no signed checkpoint covers the newest {} events of the {} book yet\n", events, book);
}

// The folder without a slash at its end, so that what stands beside it gets a name of its own.
std::string folder_path(const std::string& given) {
  auto folder = std::filesystem::absolute(given).lexically_normal().string();
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  return folder;
}

}  // namespace

int backup(const Settings& settings, const BackupArguments& arguments) {
  if (arguments.folder.empty()) return complain({Fault::kRejected, "backup: where to? `daybook backup FOLDER`"});
  Session session(settings);
  const auto ledger = session.open(OpenMode::kReadOnly, "backup");
  if (!ledger) return complain(ledger.error());
  const auto state = ledger.value()->state();
  if (!state) return complain(state.error());
  const auto role = role_for("backup", settings, state.value().state, ledger.value()->vault(), session.clock.now());
  if (!role) return complain(role.error());
  const bool json = session.format(Format::kText, Format::kText) == Format::kJson;
  if (const auto* refusal = std::get_if<Refusal>(&role.value())) return tell_refused(*refusal, "backup", json);
  Progress progress("backup");
  BackupOptions options{folder_path(arguments.folder), arguments.keep, holder("backup"), [&](const std::string& name) { progress.show(name); }};
  const auto done = back_up(*ledger.value(), options, session.clock);
  if (!done) return complain(done.error());
  const auto& run = done.value();
  std::vector<Field> fields{{"folder", options.folder},
                            number("run", run.manifest.run),
                            number("events", run.manifest.programme.size),
                            number("looks", run.manifest.access.size),
                            number("files_written", run.files),
                            number("bytes_written", run.bytes),
                            number("files", run.manifest.files.size()),
                            number("unsigned_events", run.unsigned_programme),
                            number("unsigned_looks", run.unsigned_access)};
  auto text = fmt::format("{}: run {} of {} events and {} looks; {} files of {} bytes written, {} in all\n", options.folder, run.manifest.run,
                          run.manifest.programme.size, run.manifest.access.size, run.files, run.bytes, run.manifest.files.size());
  text += unsigned_text("programme", run.unsigned_programme) + unsigned_text("access", run.unsigned_access);
  if (!arguments.keys.empty()) {
    const auto keys = back_up_keys(*ledger.value(), folder_path(arguments.keys), options.folder, arguments.keep_keys);
    if (!keys) return complain(keys.error());
    const auto wrapped = keys.value().count();
    fields.push_back(number("keys", keys.value().number));
    fields.push_back(number("wrapped_keys", wrapped));
    text += fmt::format("{}: keys.{} with {} keys of owners, and the list of erasures\n", arguments.keys, keys.value().number, wrapped);
  }
  print_answer(session, fields, text);
  return kDone;
}

int verify_backup(const Settings& settings, const BackupArguments& arguments) {
  Session session(settings);
  Progress progress("verify backup");
  VerifyBackupOptions options;
  options.progress = shown_by(progress);
  if (!arguments.trust.empty()) {
    const auto trusted = VerifierKey::parse(arguments.trust);
    if (!trusted) return complain({Fault::kRejected, "--trust: " + trusted.error().message});
    options.trust = trusted.value();
  }
  const auto verified = verify_backup(folder_path(arguments.folder), options);
  if (!verified) return complain(verified.error());
  const auto& backup = verified.value();
  const std::vector<Field> fields{number("run", backup.manifest.run),
                                  {"made", backup.manifest.made_at},
                                  number("runs", backup.runs),
                                  number("files", backup.files),
                                  {"key", backup.config.programme_key.text()},
                                  number("events", backup.programme.head.size),
                                  {"root", to_base64(backup.programme.head.root)},
                                  number("signed_events", backup.programme.covered.size),
                                  number("looks", backup.access.head.size),
                                  {"looks_root", to_base64(backup.access.head.root)},
                                  number("signed_looks", backup.access.covered.size),
                                  number("sealed_records", backup.programme.records + backup.access.records),
                                  number("erased_records", backup.programme.erased + backup.access.erased),
                                  number("left_over", backup.left_over.size())};
  auto text = fmt::format("{} runs in {} files, the newest of {}, signed by {}\n", backup.runs, backup.files, backup.manifest.made_at,
                          backup.config.programme_key.text());
  for (const auto book : kBooks) {
    const auto& of = book == "access" ? backup.access : backup.programme;
    text += fmt::format("{} book: {} events, root {}\n  {} signed checkpoints, the newest of {} events; {} sealed records, {} lawfully erased\n",
                        book, of.head.size, to_base64(of.head.root), of.checkpoints, of.covered.size, of.records, of.erased);
  }
  for (const auto& name : backup.left_over) text += fmt::format("left over, of no run: {}\n", printable(name));
  print_answer(session, fields, text + "verified\n");
  return kDone;
}

int print_erasures(const Settings& settings) {
  Session session(settings);
  const auto ledger = session.open(OpenMode::kReadOnly, "backup erasures");
  if (!ledger) return complain(ledger.error());
  const auto access = ledger.value()->access_log();
  if (!access) return complain(access.error());
  const auto erased = erasures_in(ledger.value()->programme(), *access.value().log);
  if (!erased) return complain(erased.error());
  std::fputs(erasures_text(erased.value()).c_str(), stdout);
  return kDone;
}

int restore(const Settings& settings, const RestoreArguments& arguments) {
  Session session(settings);
  Progress progress("restore");
  RestoreOptions options;
  options.backup = folder_path(arguments.backup);
  options.folder = folder_path(arguments.folder);
  options.run = arguments.run;
  options.root_key = settings.root_key;
  options.log_key = arguments.log_key;
  options.keys = arguments.keys;
  options.erasures = arguments.erasures;
  options.watermarks = arguments.watermarks;
  options.at_rest = arguments.at_rest;
  options.accept_loss = arguments.accept_loss;
  options.operator_name = Session::operator_name();
  options.holder = holder("restore");
  options.progress = shown_by(progress);
  const auto restored = restore(options, session.clock, session.randomness);
  if (!restored) return complain(restored.error());
  const auto& done = restored.value();
  const std::vector<Field> fields{{"ledger", options.folder},
                                  number("events", done.programme.size),
                                  number("looks", done.access.size),
                                  {"origin", done.config.programme_key.name},
                                  {"verifier_key", done.config.programme_key.text()},
                                  {"log_key", done.config.log_key},
                                  {"new_origin", done.goes_on_anew ? "true" : "false", true},
                                  number("lost", done.lost),
                                  number("owners_erased", done.owners_erased),
                                  number("records_erased", done.records_erased)};
  auto text = fmt::format("{}: {} events and {} looks restored\n", options.folder, done.programme.size, done.access.size);
  if (done.goes_on_anew) {
    text += fmt::format("  it goes on as {}, {} events are known to be lost; its log key is {}, its verifier key\n    {}\n",
                        done.config.programme_key.name, done.lost, done.config.log_key, done.config.programme_key.text());
  }
  if (done.owners_erased > 0)
    text += fmt::format("  {} owners erased since the backup: {} of their records left out\n", done.owners_erased, done.records_erased);
  if (!done.former.empty() && !done.goes_on_anew)
    text += fmt::format("  the former ledger still stands in {}: only one of the two may go on\n", done.former);
  print_answer(session, fields, text);
  return kDone;
}

}  // namespace daybook
