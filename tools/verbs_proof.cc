// Verbs for whoever trusts nobody: verify, checkpoint, prove, export.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "ledger/export.h"
#include "ledger/proof.h"
#include "ledger/verify.h"
#include "tools/stop_signals.h"
#include "tools/verbs.h"

namespace daybook {

namespace {

// One book, checked from its stored bytes and held against its watermark.
Result<std::vector<Field>> check_book(const EventLog& log, const std::optional<SignedCheckpoint>& watermark, const VerifierKey& key,
                                      const VaultKeys& keys, const std::string& folder, const std::string& name) {
  const std::string book = name + " book";
  const auto named = [&](const Error& error) { return Error{error.fault, book + ": " + error.message}; };
  Progress progress("verify " + book);
  auto verified = verify(log, key, keys, [&](uint64_t events) { progress.show(fmt::format("{} of {} events", events, log.end().value)); });
  if (!verified) return named(verified.error());
  const auto held = watermark ? check_watermark(log, watermark->checkpoint) : Result<void>(success());
  if (!held) return named(held.error());
  const auto kept = check_kept(log, watermark_file(folder, name), key);
  if (!kept) return named(kept.error());
  const auto& v = verified.value();
  const uint64_t seen = watermark ? watermark->checkpoint.head.size : 0;
  const auto number = [](uint64_t value) { return std::to_string(value); };
  return std::vector<Field>{{"book", book},
                            {"events", number(v.events), true},
                            {"root", to_base64(v.head.root)},
                            {"commitments", number(v.commitments), true},
                            {"values_checked", number(v.values_checked), true},
                            {"values_erased", number(v.values_erased), true},
                            {"origin", key.name},
                            {"checkpoints", number(v.checkpoints), true},
                            {"watermark", number(seen), true},
                            {"unseen", number(v.events - seen), true}};
}

void print_book(const std::vector<Field>& fields) {
  const auto field = [&](std::string_view name) {
    return std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; })->value.c_str();
  };
  std::printf("%s: %s events, root %s\n", field("book"), field("events"), field("root"));
  std::printf("  %s commitments, and every value in the vault fits its own\n", field("commitments"));
  if (std::string_view(field("values_erased")) != "0") std::printf("  %s values were lawfully erased\n", field("values_erased"));
  std::printf("  %s signed checkpoints of %s; the watermark outside the database is at %s\n", field("checkpoints"), field("origin"),
              field("watermark"));
  if (std::string_view(field("unseen")) != "0") {
    std::printf("  nothing outside the database has seen the %s events from position %s on\n", field("unseen"), field("watermark"));
  }
}

}  // namespace

int verify_books(const Settings& settings) {
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadOnly, "verify", false);
  if (!opened) return complain(opened.error());
  Ledger& ledger = *opened.value();
  const auto access = ledger.access_log();
  if (!access) return complain(access.error());
  const auto first = check_book(ledger.programme(), ledger.watermark(), ledger.config().programme_key, ledger.keys(), ledger.folder(), "programme");
  if (!first) return complain(first.error());
  const auto second =
      check_book(*access.value().log, access.value().watermark, ledger.config().access_key, ledger.access_keys(), ledger.folder(), "access");
  if (!second) return complain(second.error());
  if (session.format(Format::kText, Format::kText) == Format::kJson) {
    std::printf("[%s,\n %s]\n", json_object(first.value()).c_str(), json_object(second.value()).c_str());
    return kDone;
  }
  if (const auto format = session.format(Format::kText, Format::kText); format != Format::kText) {
    Table table;
    for (const auto& field : first.value()) table.columns.push_back({field.name, field.raw ? Cells::kNumber : Cells::kText});
    for (const auto* book : {&first.value(), &second.value()}) {
      auto& row = table.rows.emplace_back();
      for (const auto& field : *book) row.push_back(field.value);
    }
    return print_table(table, format, settings.for_spreadsheet), kDone;
  }
  for (const auto* book : {&first.value(), &second.value()}) print_book(*book);
  std::printf("verified\n");
  return kDone;
}

int checkpoint(const Settings& settings) {
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadOnly, "checkpoint");
  if (!opened) return complain(opened.error());
  const auto& watermark = opened.value()->watermark();
  if (!watermark) return complain(not_there("no checkpoint was signed yet"));
  std::fwrite(watermark->note.data(), 1, watermark->note.size(), stdout);
  return kDone;
}

int prove_inclusion(const Settings& settings, uint64_t position) {
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadOnly, "prove inclusion");
  if (!opened) return complain(opened.error());
  const auto& watermark = opened.value()->watermark();
  const uint64_t size = watermark ? watermark->checkpoint.head.size : 0;
  if (position >= size)
    return complain(not_there(fmt::format("position {} is under no signed checkpoint; the newest has {} events", position, size)));
  const auto proof = prove_inclusion(opened.value()->programme(), position, size);
  if (!proof) return complain(proof.error());
  std::printf("%s", inclusion_text(proof.value(), position, watermark->note).c_str());
  return kDone;
}

int prove_consistency(const Settings& settings, uint64_t old_size, uint64_t size) {
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadOnly, "prove consistency");
  if (!opened) return complain(opened.error());
  Ledger& ledger = *opened.value();
  std::string note = size == 0 && ledger.watermark() ? ledger.watermark()->note : "";
  if (size == 0 && ledger.watermark()) size = ledger.watermark()->checkpoint.head.size;
  if (ledger.watermark() && ledger.watermark()->checkpoint.head.size == size) note = ledger.watermark()->note;
  uint64_t below = 0, above = 0;  // 0: none
  const auto searched = ledger.programme().checkpoints([&](uint64_t at, std::string_view text) {
    if (at == size) note = text;
    if (at < size) below = at;
    if (at > size && above == 0) above = at;
    return true;
  });
  if (!searched) return complain(searched.error());
  if (note.empty()) {
    return complain(not_there(fmt::format("no checkpoint of {} events was signed; the nearest have {} and {}", size, below,
                                          above == 0 ? "no more" : std::to_string(above))));
  }
  const auto proof = prove_consistency(ledger.programme(), old_size, size);
  if (!proof) return complain(proof.error());
  std::printf("%s", consistency_text(proof.value(), old_size, note).c_str());
  return kDone;
}

namespace {

// What the newest checkpoint covers, and where the next one will stand.
struct Exported {
  uint64_t size = 0;  // 0: no checkpoint was signed yet
  std::string watermark_file;
  VerifierKey key;
};
Result<Exported> export_newest(const Settings& settings, const std::string& folder) {
  Session session(settings);
  DAYBOOK_TRY(auto* ledger, session.open(OpenMode::kReadOnly, "export tiles"));
  Exported exported{0, watermark_file(ledger->folder(), "programme"), ledger->config().programme_key};
  if (!ledger->watermark()) return exported;
  const auto& newest = *ledger->watermark();
  DAYBOOK_TRY(const auto written, write_tiles(ledger->programme(), newest, folder));
  exported.size = newest.checkpoint.head.size;
  std::printf("%s: %llu files written, checkpoint of %llu events\n", folder.c_str(), static_cast<unsigned long long>(written),
              static_cast<unsigned long long>(exported.size));
  std::fflush(stdout);
  return exported;
}

// Exports again whenever the watermark has moved on. A view of the database stands still, so each step opens its own.
Result<void> follow_exports(const Settings& settings, const std::string& folder) {
  StopSignals stop;
  DAYBOOK_TRY(auto exported, export_newest(settings, folder));
  while (!stop.came(kFollowEvery)) {
    DAYBOOK_TRY(const auto watermark, read_watermark(exported.watermark_file, exported.key));
    if (!watermark || watermark->checkpoint.head.size == exported.size) continue;
    DAYBOOK_TRY(exported, export_newest(settings, folder));
  }
  return success();
}

}  // namespace

int export_tiles(const Settings& settings, const std::string& folder, bool follow) {
  if (follow) {
    const auto followed = follow_exports(settings, folder);
    return followed ? kDone : complain(followed.error());
  }
  const auto exported = export_newest(settings, folder);
  if (!exported) return complain(exported.error());
  return exported.value().size > 0 ? kDone : complain(not_there("no checkpoint was signed yet"));
}

}  // namespace daybook
