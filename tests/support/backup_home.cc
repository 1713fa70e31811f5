#include "tests/support/backup_home.h"
#include "tests/support/a_look.h"

#include <filesystem>

#include "ledger/big_endian.h"
#include "ledger/init.h"
#include "ledger/labels.h"
#include "ledger/record_owners.h"
#include "ledger/require.h"
#include "ledger/verify.h"
#include "tests/support/made.h"

namespace daybook::test {

namespace fs = std::filesystem;

BackupHome::BackupHome(uint64_t seed) : randomness(seed) {
  const InitPlaces places{ledger(), folder.path("root-key"), folder.path("log-key"), "ledger.example/season"};
  made(init_ledger(places, "test@host", clock, randomness));
}

Result<std::unique_ptr<Ledger>> BackupHome::open(OpenMode mode, const std::string& as) {
  OpenOptions options;
  options.mode = mode;
  options.holder = "the test";
  return Ledger::open(folder.path(as), options, clock, randomness);
}

void BackupHome::live(const OrganisationSize& size) {
  const auto opened = made(open(OpenMode::kReadWrite));
  Command appointed;
  appointed.body = GrantRole{kProgrammeTeam, "administrator", "", "", std::nullopt, "runs the programmes"};
  appointed.actor = appointed.recorded_by = "test@host";
  require(opened->sequencer().execute(std::move(appointed)).outcome == Outcome::kRecorded, "a test's team is appointed");
  fine(Organisation(opened->sequencer(), opened->keys(), randomness, clock, size).live());
  fine(opened->close());
}

void BackupHome::record(int first, int count, const std::string& as) {
  const auto opened = made(open(OpenMode::kReadWrite, as));
  for (int i = first; i < first + count; ++i) {
    Command command;
    command.body = RecordStaff{staff_of("S" + std::to_string(i))};
    command.actor = "admin";
    command.recorded_by = "test@host";
    command.idempotency_key = "key " + std::to_string(i);
    require(opened->sequencer().execute(std::move(command)).outcome == Outcome::kRecorded, "a test's staff is recorded");
  }
  fine(opened->close());
}

void BackupHome::look(int times, const std::string& as) {
  const auto opened = made(open(OpenMode::kReadOnly, as));
  for (int i = 0; i < times; ++i) made(made(opened->access_book("test", clock, randomness))->record(a_look()));
}

PersonId BackupHome::person(const std::string& number, const std::string& as) {
  return made(made(open(OpenMode::kReadOnly, as))->vault().person(number)).value();
}

void BackupHome::append_event(Event event, std::vector<VaultRow> rows) {
  State state;
  {
    const auto opened = made(open(OpenMode::kReadOnly));
    state = made(opened->state()).state;
  }
  auto& envelope = event.envelope;
  envelope.position = state.end;
  const auto next = state.stream_versions.find(envelope.stream);
  envelope.version = next == state.stream_versions.end() ? 0 : next->second;
  envelope.recorded_at = envelope.happened_at = std::max(state.last_recorded_at, clock.now());
  envelope.event_id = envelope.correlation = std::string(16, 'e');
  const auto log = made(open_rocks_log(ledger() + "/programme", OpenMode::kReadWrite));
  auto encoded = made(encode(event, {}, randomness));
  Batch batch{state.end, "", {encoded.entry}, std::move(rows), {labels_of(envelope, event.body)}};
  made(log->append(batch));
}

void BackupHome::erase(const PersonId& person) {
  std::vector<VaultRow> gone{{"n" + person.value, std::nullopt}};
  {
    const auto opened = made(open(OpenMode::kReadOnly));
    const auto& log = opened->programme();
    RunningCohorts cohorts;
    Event event;
    Commitments commitments;
    fine(log.read(Position{}, log.end(), [&](Position at, Bytes entry) {
      fine(decode_into(event, commitments, entry));
      for (const auto& [field_class, owner] : record_owners(event, commitments, cohorts.next(event))) {
        if (owner == "person/" + person.value) gone.push_back({record_key(at, field_class), std::nullopt});
      }
      return true;
    }));
    fine(log.vault().scan("i", [&](std::string_view key, std::string_view value) {
      if (value == person.value) gone.push_back({std::string(key), std::nullopt});
      return true;
    }));
  }
  Event erased;
  erased.envelope.stream = "person/" + person.value;
  erased.envelope.subject = person;
  erased.body = PersonErased{gone.size(), 0, {}};
  append_event(std::move(erased), std::move(gone));
  fine(made(open(OpenMode::kReadWrite))->close());  // signed
}

void BackupHome::put_rows(const std::vector<VaultRow>& rows) {
  Event event;
  event.envelope.stream = "book/programme";
  event.body = TailDropped{"programme/000001.log", 1, 2};
  append_event(std::move(event), rows);
  fine(made(open(OpenMode::kReadWrite))->close());
}

Result<BackedUp> BackupHome::back_up(uint64_t keep, const std::function<void(const std::string&)>& wrote) {
  const auto opened = made(open(OpenMode::kReadOnly));
  auto run = daybook::back_up(*opened, {backup(), keep, "the test", wrote}, clock);
  if (run) made(daybook::back_up_keys(*opened, keys(), backup(), 1));
  return run;
}

Result<KeyBackup> BackupHome::back_up_keys(uint64_t keep) {
  const auto opened = made(open(OpenMode::kReadOnly));
  return daybook::back_up_keys(*opened, keys(), backup(), keep);
}

RestoreOptions BackupHome::to(const std::string& name) const {
  RestoreOptions options;
  options.backup = backup();
  options.folder = folder.path(name);
  options.keys = keys();
  options.operator_name = "keeper@host";
  options.holder = "the test";
  return options;
}

TreeHead verified(const Ledger& ledger) {
  const auto programme = made(ledger.book_now("programme")), access = made(ledger.access_log());
  made(verify(*access.log, ledger.config().access_key, ledger.access_keys()));
  return made(verify(*programme.log, ledger.config().programme_key, ledger.keys())).head;
}

std::string record_key(Position event, FieldClass field_class) { return "r" + big_endian(event.value) + static_cast<char>(field_class); }

std::map<std::string, std::string> contents(const EventLog& log) {
  std::map<std::string, std::string> all;
  std::string key;
  fine(log.read(Position{}, log.end(), [&](Position at, Bytes entry) {
    const auto event = made(decode(entry));
    all["entry " + std::to_string(at.value)] = as_text(entry);
    if (const auto& used = event.envelope.idempotency_key; !used.empty() && used != key) {
      key = used;
      const auto range = made(log.find(key)).value();
      all["key " + to_hex(as_bytes(key))] = std::to_string(range.first.value) + " " + std::to_string(range.end.value);
    }
    return true;
  }));
  for (uint64_t bundle = 0; bundle * kTileWidth < log.end().value; ++bundle) {
    const auto labels = made(log.directory(bundle));
    for (size_t i = 0; i < labels.size(); ++i) {
      all["labels " + std::to_string(bundle * kTileWidth + i)] =
          std::to_string(labels[i].stream) + " " + std::to_string(labels[i].subject) + " " + std::to_string(labels[i].cohort);
    }
  }
  fine(log.vault().scan("", [&](std::string_view row, std::string_view value) {
    all["vault " + to_hex(as_bytes(row))] = value;
    return true;
  }));
  fine(log.checkpoints([&](uint64_t size, std::string_view note) { return all["checkpoint " + std::to_string(size)] = note, true; }));
  return all;
}

std::map<std::string, std::string> files_below(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const auto& file : fs::recursive_directory_iterator(folder)) {
    if (file.is_regular_file() && file.path().filename() != "lock") files[fs::relative(file.path(), folder)] = text_of(file.path());
  }
  return files;
}

}  // namespace daybook::test
