// A restored ledger is the one that was backed up, less whoever was erased since; and where something may have been signed
// after the backup, it goes on under another name.
#include "ledger/restore.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <random>

#include "ledger/decide.h"
#include "ledger/import.h"
#include "ledger/labels.h"
#include "ledger/proof.h"
#include "projections/state_lines.h"
#include "tests/support/a_look.h"
#include "tests/support/backup_home.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

namespace fs = std::filesystem;

// What a fold of the programme book says, a line each.
std::string dump(const EventLog& log) {
  std::string text;
  for (const auto& [path, line] : lines_of(made(fold(log)))) text += path + " = " + line.value + "\n";
  return text;
}

std::string refusal(const Result<Restored>& restored) {
  return restored.has_error() && restored.error().fault == Fault::kRejected ? restored.error().message : "not refused";
}

// The demo's staff, through the importer.
ImportSummary import_staff(BackupHome& home, const std::string& as) {
  const auto ledger = made(home.open(OpenMode::kReadWrite, as));
  const auto summary = made(import_file(DAYBOOK_SOURCE_DIR "/tools/demo/staff.csv", *find_sheet("staff"), ledger->sequencer(), ledger->keys(),
                                        home.randomness, {std::nullopt, "test@host"}, ImportWatcher{}));
  fine(ledger->close());
  return summary;
}

std::vector<Event> events_from(const EventLog& log, uint64_t from) {
  std::vector<Event> events;
  fine(read_events(log, Position{from}, log.end(), [&](const Event& event) { return events.push_back(event), true; }));
  return events;
}

}  // namespace

TEST_CASE("a restored ledger is the one that was backed up, and goes on as it would have", "[restore]") {
  const uint64_t seed = GENERATE(1u, 2u, 3u);
  BackupHome home(seed);
  home.live({50 + 30 * seed, 1, seed});
  home.record(1, 3);
  home.look(3);
  const auto imported = import_staff(home, "season");
  REQUIRE(imported.recorded == 2100);
  made(home.back_up());

  const auto restored = made(home.restore(home.to("again")));

  const auto was = made(home.open(OpenMode::kReadOnly)), is = made(home.open(OpenMode::kReadOnly, "again"));
  CHECK((contents(is->programme()) == contents(was->programme())));
  CHECK((contents(*made(is->access_log()).log) == contents(*made(was->access_log()).log)));
  CHECK((dump(is->programme()) == dump(was->programme())));
  CHECK(verified(*is) == was->programme().head());
  CHECK(made(is->access_log()).log->end() == Position{3});
  CHECK(is->watermark()->note == was->watermark()->note);
  const auto label = label_of({"iom-coaching", "2024"});
  CHECK(made(is->programme().bundles_with(label)) == made(was->programme().bundles_with(label)));
  CHECK_FALSE(restored.goes_on_anew);
  CHECK(restored.former == home.ledger());
  const auto again = import_staff(home, "again");
  CHECK(again.unchanged == 2100);
  Command command;
  command.body = RecordStaff{staff_of("S9")};
  command.actor = command.recorded_by = "admin";
  command.idempotency_key = "key 2";
  const auto writer = made(home.open(OpenMode::kReadWrite, "again"));
  CHECK(writer->sequencer().execute(std::move(command)).outcome == Outcome::kUnchanged);
}

TEST_CASE("a ledger of several segments is restored whole", "[restore]") {
  BackupHome home;
  home.live({9500, 3, 1});
  made(home.back_up());

  made(home.restore(home.to("again")));

  const auto was = made(home.open(OpenMode::kReadOnly)), is = made(home.open(OpenMode::kReadOnly, "again"));
  REQUIRE(was->programme().end().value > kBackupSegment);
  CHECK(is->programme().head() == was->programme().head());
  CHECK((contents(is->programme()) == contents(was->programme())));
  verified(*is);
}

TEST_CASE("an earlier run is restored as the ledger then was", "[restore]") {
  BackupHome home;
  home.record(1, 3);
  made(home.back_up());
  const auto then = contents(made(home.open(OpenMode::kReadOnly))->programme());
  const auto head = made(home.open(OpenMode::kReadOnly))->programme().head();
  home.record(4, 5);
  made(home.back_up());
  auto options = home.to("earlier");
  options.run = 1;
  options.at_rest = true;
  CHECK(says(refusal(home.restore(options)), "--accept-loss"));
  options.at_rest = false;
  options.accept_loss = "a wrong import";

  made(home.restore(options));

  const auto is = made(home.open(OpenMode::kReadOnly, "earlier"));
  CHECK(made(tree_root(is->programme(), head.size)) == head.root);
  for (const auto& [key, value] : contents(is->programme())) {
    if (key.starts_with("entry ") && std::stoull(key.substr(6)) < head.size) CHECK((then.at(key) == value));
  }
}

TEST_CASE("a restore goes to an empty place, with the ledger's own keys, and leaves nothing where it fails", "[restore]") {
  BackupHome home, other(2);
  home.record(1, 2);
  made(home.back_up());
  fs::create_directory(home.folder.path("empty"));
  fs::create_directory(home.folder.path("full"));
  write(home.folder.path("full/letter"), "of another");

  CHECK(says(refusal(home.restore(home.to("full"))), "found files, want an empty folder"));
  CHECK(says(refusal(home.restore(home.to("season"))), "found files"));
  CHECK(says(refusal(home.restore(home.to("backup/again"))), "inside the backup"));
  auto options = home.to("again");
  options.root_key = other.folder.path("root-key");
  CHECK(says(refusal(home.restore(options)), "key of another ledger"));
  options = home.to("again");
  options.log_key = other.folder.path("log-key");
  CHECK(says(refusal(home.restore(options)), "not those of this ledger"));
  options = home.to("again");
  options.accept_loss = "";
  CHECK(says(refusal(home.restore(options)), "want a reason"));
  for (const auto* name : {"again", "again.unfinished", "again.log-key-2"}) CHECK_FALSE(fs::exists(home.folder.path(name)));
  made(home.restore(home.to("empty")));
  fs::create_directory(home.folder.path("again.unfinished"));
  CHECK(says(refusal(home.restore(home.to("again"))), "did not end"));
}

TEST_CASE("a damaged backup is not restored", "[restore][tamper]") {
  BackupHome home;
  home.record(1, 5);
  made(home.back_up());
  std::mt19937_64 random(5);

  for (const auto& [name, bytes] : files_below(home.backup())) {
    if (bytes.empty()) continue;
    auto changed = bytes;
    changed[random() % bytes.size()] ^= 1;
    write(home.backup() + "/" + name, changed);
    INFO(name);
    CHECK(says(corrupt(home.restore(home.to("again"))), name + ":"));
    CHECK_FALSE(fs::exists(home.folder.path("again")));
    write(home.backup() + "/" + name, bytes);
  }
}

TEST_CASE("where something was signed after the backup, a restore is refused until the loss is accepted", "[restore][anew]") {
  BackupHome home;
  home.record(1, 3);
  home.look(1);
  made(home.back_up());
  const bool in_access_book = GENERATE(false, true);
  if (in_access_book) {
    home.look(1);
  } else {
    home.record(4, 2);
  }
  fs::rename(home.ledger(), home.folder.path("away"));
  const auto watermarks = {home.folder.path("away/programme.checkpoint"), home.folder.path("away/access.checkpoint")};

  auto options = home.to("again");
  CHECK(says(refusal(home.restore(options)), "--at-rest vouches"));
  options.watermarks = {home.folder.path("away/programme.checkpoint")};
  CHECK(says(refusal(home.restore(options)),
             in_access_book ? "nothing says that the backup has the access book's" : "the newest signed checkpoint has"));
  options.watermarks = watermarks;
  options.at_rest = true;  // whoever vouches is wrong
  CHECK(says(refusal(home.restore(options)), "the newest signed checkpoint has"));
  options.at_rest = false;
  options.accept_loss = "the disk of 3 May";
  const auto restored = made(home.restore(options));

  CHECK(restored.goes_on_anew);
  CHECK(restored.lost == (in_access_book ? 0 : 2));
  CHECK(restored.config.programme_key.name == "ledger.example/season/2");
  CHECK(restored.config.access_key.name == "ledger.example/season/2/access");
  CHECK(restored.config.log_key == home.folder.path("again.log-key-2"));
}

TEST_CASE("the newest head is known from the former ledger, the keys' backup, or a checkpoint past the copy's end", "[restore][anew]") {
  BackupHome home;
  home.record(1, 3);
  made(home.back_up());
  home.record(4, 2);
  CHECK(says(refusal(home.restore(home.to("again"))), "the newest signed checkpoint has"));  // the former ledger stands

  made(home.back_up_keys());  // newer than the books' backup
  fs::rename(home.ledger(), home.folder.path("away"));
  auto options = home.to("again");
  options.keys = home.keys();
  options.at_rest = true;
  CHECK(says(refusal(home.restore(options)), "the newest signed checkpoint has"));
}

TEST_CASE("a watermark of another history shows that the backup is not of this ledger's record", "[restore][anew]") {
  BackupHome home;
  home.record(1, 3);
  fs::copy(home.ledger(), home.folder.path("fork"), fs::copy_options::recursive);
  home.record(4, 2);
  made(home.back_up());
  home.record(7, 2, "fork");
  auto options = home.to("again");
  options.watermarks = {home.folder.path("fork/programme.checkpoint")};
  options.accept_loss = "any";

  CHECK(says(corrupt(home.restore(options)), "a checkpoint from elsewhere"));
  write(home.folder.path("note"), "of nobody\n\n");
  options.watermarks = {home.folder.path("note")};
  CHECK(says(refusal(home.restore(options)), "no checkpoint that this ledger signed"));
}

TEST_CASE("under a new origin the first event says so, and nothing is signed under the old one", "[restore][anew]") {
  BackupHome home;
  home.record(1, 3);
  home.look(2);
  made(home.back_up());
  home.record(4, 2);
  const auto former = made(read_config(home.ledger()));
  const auto former_head = made(home.open(OpenMode::kReadOnly))->watermark()->checkpoint.head;
  auto options = home.to("again");
  options.accept_loss = "the disk of 3 May";

  const auto restored = made(home.restore(options));

  {
    const auto is = made(home.open(OpenMode::kReadOnly, "again"));
    const auto events = events_from(is->programme(), restored.programme.size);
    REQUIRE(events.size() == 1);
    const auto& event = std::get<LedgerRestored>(events[0].body);
    CHECK(events[0].envelope.stream == "book/programme");
    CHECK(event.origin == "ledger.example/season/2");
    CHECK(event.former_origin == "ledger.example/season");
    CHECK(event.former_size == former_head.size);
    CHECK(event.former_root == to_base64(former_head.root));
    const auto access = made(is->access_log());
    const auto looks = events_from(*access.log, restored.access.size);
    REQUIRE(looks.size() == 1);
    CHECK(std::get<LedgerRestored>(looks[0].body).former_origin == "ledger.example/season/access");
    verified(*is);
    for (const auto book : kBooks) {
      const auto note = text_of(watermark_file(home.folder.path("again"), book));
      CHECK(open_checkpoint(note, former.key_of(book)).has_error());
      CHECK(open_checkpoint(note, is->config().key_of(book)).has_value());
    }
    // Whoever holds the old origin's checkpoint of a size that the backup has can see that the record goes on from there.
    fine(is->programme().checkpoints([&](uint64_t size, std::string_view note) {
      CHECK(size > restored.programme.size);
      CHECK_FALSE(says(std::string(note), "ledger.example/season\n"));
      return true;
    }));
    const auto proof = made(prove_consistency(is->programme(), restored.programme.size, is->programme().end().value));
    CHECK(check_consistency(proof, restored.programme, is->programme().head()).empty());
  }
  home.record(4, 2, "again");
  home.look(1, "again");
  const auto is = made(home.open(OpenMode::kReadOnly, "again"));
  verified(*is);
  CHECK(is->watermark()->checkpoint.origin == "ledger.example/season/2");
}

TEST_CASE("a ledger that is restored with a loss again goes on as the third", "[restore][anew]") {
  BackupHome home;
  home.record(1, 3);
  made(home.back_up());
  auto options = home.to("second");
  options.accept_loss = "one";
  made(home.restore(options));
  const auto second = made(home.open(OpenMode::kReadOnly, "second"));
  made(back_up(*second, {home.folder.path("backup-2"), 7, "the test", {}}, home.clock));
  fs::remove_all(home.ledger());
  made(back_up_keys(*second, home.folder.path("keys-2"), "", 1));
  options = home.to("third");
  options.backup = home.folder.path("backup-2");
  options.keys = home.folder.path("keys-2");
  options.accept_loss = "two";
  fs::rename(home.folder.path("second"), home.folder.path("away"));

  const auto third = made(home.restore(options));

  CHECK(third.config.programme_key.name == "ledger.example/season/3");
}

TEST_CASE("whoever was erased after the backup is not brought back", "[restore][erasure][C3]") {
  BackupHome home;
  import_staff(home, "season");
  home.record(1, 4);
  const auto early = home.person("S1"), late = home.person("I000001"), kept = home.person("S3");
  home.erase(early);
  made(home.back_up());
  home.erase(late);
  made(home.back_up_keys());
  fs::rename(home.ledger(), home.folder.path("away"));
  auto options = home.to("again");
  options.keys = home.keys();
  options.at_rest = true;
  CHECK(says(refusal(home.restore(options)), "--accept-loss"));
  options.at_rest = false;
  options.accept_loss = "the disk of 3 May";

  const auto restored = made(home.restore(options));

  CHECK(restored.owners_erased == 1);
  CHECK(restored.records_erased > 0);
  const auto is = made(home.open(OpenMode::kReadOnly, "again"));
  for (const auto& gone : {early, late}) {
    CHECK_FALSE(made(is->vault().name(gone)).has_value());
    uint64_t left = 0;
    fine(is->programme().vault().scan("", [&](std::string_view key, std::string_view value) {
      return left += key[0] != 'w' && (says(std::string(key), gone.value) || says(std::string(value), gone.value)), true;
    }));
    CHECK(left == 0);
  }
  CHECK_FALSE(made(is->vault().person("I000001")).has_value());
  CHECK(made(is->vault().person("S3")) == kept);
  const auto events = events_from(is->programme(), restored.programme.size);
  REQUIRE(events.size() == 5);
  CHECK(std::holds_alternative<LedgerRestored>(events[0].body));
  CHECK(std::holds_alternative<WrappingKeyChanged>(events[2].body));
  CHECK(std::holds_alternative<ErasureCertified>(events[4].body));
  CHECK(made(is->state()).state.uncertified.empty());
  const auto& erased = std::get<PersonErased>(events[1].body);
  CHECK(events[1].envelope.subject == late);
  CHECK(events[1].envelope.caused_by == events[0].envelope.position.value + 1);
  CHECK(erased.records == restored.records_erased);
  CHECK(erased.rows == 1);
  CHECK(made(is->state()).state.person(late)->erased.has_value());
}

TEST_CASE("a key of an owner that is missing is said, unless the owner was erased", "[restore][keys]") {
  BackupHome home;
  home.record(1, 2);
  std::vector<VaultRow> rows;
  for (const auto& number : {"admin", "test@host", "S1", "S2"})
    rows.push_back({"wperson/" + home.person(number).value, "KEY of " + std::string(number)});
  home.put_rows(rows);
  const auto second = home.person("S2");
  made(home.back_up());

  auto options = home.to("again");
  options.keys.clear();
  CHECK(says(refusal(home.restore(options)), "--keys FOLDER"));
  made(home.restore(home.to("whole")));
  CHECK((contents(made(home.open(OpenMode::kReadOnly, "whole"))->programme()) == contents(made(home.open(OpenMode::kReadOnly))->programme())));

  home.put_rows({{"wperson/" + second.value, std::nullopt}});
  made(home.back_up_keys());
  options = home.to("again");
  options.accept_loss = "a test";
  CHECK(says(refusal(home.restore(options)), "found no key for 1 owners"));
  CHECK(says(refusal(home.restore(options)), "person/" + second.value));
  write(home.folder.path("list"), second.value + "\n");
  options.erasures = home.folder.path("list");
  const auto restored = made(home.restore(options));
  CHECK(restored.owners_erased == 1);
  const auto is = made(home.open(OpenMode::kReadOnly, "again"));
  const auto events = events_from(is->programme(), restored.programme.size);
  REQUIRE(events.size() == 4);
  CHECK(events[1].envelope.subject == second);
  CHECK(made(is->programme().vault().get("wperson/" + second.value)) == destroyed_key(events[1].envelope.position));
}

TEST_CASE("a restore is recorded before the erasures that it repeats, and leads to them", "[decide][restore]") {
  const State state;
  const Facts facts;
  Command command;
  command.body = RecordRestore{{"o/2", "o", 5, "", "why"}, {{"person/abc", Day{}, 3, 1}, {"cohort/p/c", Day{}, 2, 0}}};

  const auto decision = decide(state, facts, Instant{}, command, shipped_do_table());

  const auto& events = std::get<std::vector<NewEvent>>(decision);
  REQUIRE(events.size() == 3);
  CHECK(std::get<LedgerRestored>(events[0].body).origin == "o/2");
  CHECK(events[0].stream == "book/programme");
  CHECK(events[1].subject == PersonId{"abc"});
  CHECK(events[1].stream == "person/abc");
  CHECK(std::get<PersonErased>(events[1].body).records == 3);
  CHECK(events[1].led_to_by == 0);
  CHECK(events[2].stream == "cycle/p/c");
  CHECK(std::get<CohortExpired>(events[2].body).cycle == "c");
}

TEST_CASE("an erasure that a backup caught before it was finished is finished by the restore", "[restore][erasure][C3]") {
  BackupHome home;
  home.record(1, 3);
  const auto gone = home.person("S1");
  {
    const auto ledger = made(home.open(OpenMode::kReadOnly));
    auto look = a_look("someone", "S1");
    look.actor_id = gone;
    made(made(ledger->access_book("the test", home.clock, home.randomness))->record(look));
  }
  home.erase(gone);  // of the programme book alone
  made(home.back_up());

  auto options = home.to("again");
  options.at_rest = true;
  made(home.restore(options));

  const auto is = made(home.open(OpenMode::kReadOnly, "again"));
  const auto access = made(is->access_log());
  const auto keys = is->access_keys();
  CHECK_FALSE(made(Vault(*access.log, keys).name(gone)).has_value());
  CHECK(made(is->state()).state.uncertified.empty());
  verified(*is);
}

TEST_CASE("a backup of the books from before a new root key is restored with the keys from after it", "[restore][keys][C3]") {
  BackupHome home;
  home.record(1, 3);
  made(home.back_up());
  {
    const auto ledger = made(home.open(OpenMode::kReadWrite));
    Command asked;
    asked.recorded_by = "test@host";
    made(ledger->rotate_keys(true, asked, "the test", home.clock, home.randomness));
    fine(ledger->close());
  }
  made(home.back_up_keys());
  auto options = home.to("again");
  options.accept_loss = "a test";

  made(home.restore(options));

  const auto is = made(home.open(OpenMode::kReadOnly, "again"));
  CHECK(made(is->vault().name(home.person("S2", "again"))) == "S2");
  verified(*is);
}

}  // namespace daybook::test
