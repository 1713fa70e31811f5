// A backup holds the ledger as it was at one moment, writes what is new and no more, and any byte of it that changes is
// named.
#include "ledger/backup.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "tests/support/backup_home.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

namespace fs = std::filesystem;

std::set<std::string> names_of(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& [name, bytes] : files_below(folder)) names.insert(name);
  return names;
}
using Names = std::set<std::string>;

// The names that were added between two looks.
Names added(const Names& before, const Names& after) {
  Names names;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::inserter(names, names.end()));
  return names;
}

}  // namespace

TEST_CASE("a backup of a young ledger has these files and no others", "[backup]") {
  BackupHome home;
  home.record(1, 3);
  home.look(1);

  const auto run = made(home.back_up());

  CHECK(names_of(home.backup()) == Names{"access/checkpoints.1", "access/entries/000000.1", "access/head.1", "access/rows.1",
                                         "access/sealed/000000.1", "daybook.toml.1", "manifest.1", "programme/checkpoints.1",
                                         "programme/entries/000000.1", "programme/head.1", "programme/rows.1", "programme/sealed/000000.1"});
  CHECK(run.manifest.files.size() == 11);
  CHECK(run.files == 11);
  CHECK(run.unsigned_programme == 0);
  CHECK(run.unsigned_access == 0);
}

TEST_CASE("a backup is verified from its bytes alone, to the ledger's own heads", "[backup]") {
  BackupHome home;
  home.live({60, 1, 3});
  home.look(2);
  made(home.back_up());
  const auto ledger = made(home.open(OpenMode::kReadOnly));
  const auto programme = ledger->programme().head(), access = made(ledger->access_log()).log->head();
  fs::rename(home.ledger(), home.folder.path("away"));
  fs::remove(home.folder.path("root-key"));
  fs::remove(home.folder.path("log-key"));

  const auto verified = made(home.verify());

  CHECK(verified.programme.head == programme);
  CHECK(verified.access.head == access);
  CHECK(verified.programme.records > 300);
  CHECK(verified.programme.covered == programme);
  CHECK(verified.programme.erased == 0);
  CHECK(verified.left_over.empty());
}

TEST_CASE("a further run writes what has changed since the last, and of an unchanged ledger its manifest alone", "[backup]") {
  BackupHome home;
  home.record(1, 3);
  home.look(1);
  made(home.back_up());
  const auto first = names_of(home.backup());

  const auto unchanged = made(home.back_up());
  const auto second = names_of(home.backup());
  home.record(4, 1);
  made(home.back_up());

  CHECK(unchanged.files == 0);
  CHECK(added(first, second) == Names{"manifest.2"});
  CHECK(added(second, names_of(home.backup())) == Names{"manifest.3", "programme/checkpoints.3", "programme/entries/000000.3", "programme/head.3",
                                                        "programme/rows.3", "programme/sealed/000000.3"});
  CHECK(made(home.verify()).runs == 3);
}

TEST_CASE("a full segment of entries is written once, and its records again only after an erasure", "[backup]") {
  BackupHome home;
  home.live({9500, 3, 1});
  home.record(1, 1);
  REQUIRE(made(home.back_up()).manifest.programme.size > kBackupSegment);
  const auto entries = fs::last_write_time(home.backup() + "/programme/entries/000000.1");
  home.record(2, 200);

  const auto grown = made(home.back_up());
  const auto names = names_of(home.backup());
  home.erase(home.person("S1"));
  const auto erased = made(home.back_up());

  CHECK(grown.manifest.find(entries_stem("programme", 0))->name == "programme/entries/000000.1");
  CHECK(grown.manifest.find(sealed_stem("programme", 0))->name == "programme/sealed/000000.1");
  CHECK(grown.manifest.find(entries_stem("programme", 1))->name == "programme/entries/000001.2");
  CHECK(erased.manifest.find(entries_stem("programme", 0))->name == "programme/entries/000000.1");
  CHECK(erased.manifest.find(sealed_stem("programme", 1))->name == "programme/sealed/000001.3");
  CHECK(fs::last_write_time(home.backup() + "/programme/entries/000000.1") == entries);
  const auto verified = made(home.verify());
  CHECK(verified.programme.erased > 0);
  CHECK(verified.runs == 1);  // what was erased stood in the runs before
  CHECK(verified.left_over.empty());
}

TEST_CASE("so many runs are kept as were asked for, and nothing that only older ones had", "[backup]") {
  BackupHome home;
  for (int i = 1; i <= 5; ++i) {
    home.record(i, 1);
    made(home.back_up(2));
  }

  const auto verified = made(home.verify());

  CHECK(verified.runs == 2);
  CHECK(verified.manifest.run == 5);
  CHECK(verified.left_over.empty());
  CHECK(added({}, names_of(home.backup())).contains("manifest.4"));
  CHECK_FALSE(fs::exists(home.backup() + "/programme/rows.3"));
}

TEST_CASE("a byte that changes anywhere in a backup is named with its file", "[backup][tamper]") {
  BackupHome home;
  home.record(1, 20);
  home.look(2);
  made(home.back_up());
  home.record(21, 2);
  made(home.back_up());
  std::mt19937_64 random(GENERATE(1u, 2u));
  uint64_t flips = 0;

  for (const auto& [name, bytes] : files_below(home.backup())) {
    const bool every = name.starts_with("manifest") || name.starts_with("daybook.toml") || name.find("head") != std::string::npos;
    const size_t places = every ? bytes.size() : 40;
    for (size_t i = 0; i < places && !bytes.empty(); ++i, ++flips) {
      auto changed = bytes;
      changed[every ? i : random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
      write(home.backup() + "/" + name, changed);

      const auto found = corrupt(home.verify());

      INFO(name << ": " << found);
      REQUIRE(says(found, name + ":"));
    }
    write(home.backup() + "/" + name, bytes);
  }

  CHECK(flips > 1000);
  made(home.verify());
}

TEST_CASE("a file that is cut, longer, gone, swapped, renamed or not of the backup is named", "[backup][tamper]") {
  BackupHome home;
  home.record(1, 20);
  home.look(2);
  made(home.back_up());
  const auto files = files_below(home.backup());
  const auto path = [&](const std::string& name) { return home.backup() + "/" + name; };

  for (const auto& [name, bytes] : files) {
    INFO(name);
    const bool manifest = name == "manifest.1";
    write(path(name), bytes.substr(0, bytes.size() - 1));
    CHECK(says(corrupt(home.verify()), name + ":"));
    write(path(name), bytes + "x");
    CHECK(says(corrupt(home.verify()), name + ":"));
    write(path(name), "");
    CHECK(says(corrupt(home.verify()), name + ":"));
    fs::remove(path(name));
    const auto gone = home.verify();
    REQUIRE(gone.has_error());
    CHECK((manifest ? gone.error().fault == Fault::kRejected : says(corrupt(gone), name + ": found no such file")));
    write(path(name), bytes);
  }
  const auto swap = [&](const std::string& one, const std::string& other) {
    write(path(one), files.at(other));
    write(path(other), files.at(one));
    const auto found = corrupt(home.verify());
    CHECK((says(found, one + ":") || says(found, other + ":")));
    write(path(one), files.at(one));
    write(path(other), files.at(other));
  };
  swap("programme/rows.1", "access/rows.1");
  swap("programme/entries/000000.1", "access/entries/000000.1");
  swap("programme/head.1", "access/head.1");
  write(path("programme/notes.txt"), "added");
  CHECK(says(corrupt(home.verify()), "programme/notes.txt: found a file that no manifest names"));
  fs::rename(path("programme/notes.txt"), path("manifest.7"));
  CHECK(says(corrupt(home.verify()), "manifest.7:"));
  fs::remove(path("manifest.7"));
  fs::rename(path("manifest.1"), path("manifest.2"));
  CHECK(says(corrupt(home.verify()), "manifest.2:"));
  fs::rename(path("manifest.2"), path("manifest.1"));
  made(home.verify());
}

TEST_CASE("a manifest that was made anew without the log key is refused", "[backup][tamper]") {
  BackupHome home;
  home.record(1, 2);
  auto manifest = made(home.back_up()).manifest;
  SeededRandomness forger(99);
  const auto key = made(SignerKey::make("ledger.example/season", forger));
  const auto rows = home.backup() + "/programme/rows.1";
  write(rows, text_of(rows) + row_part("q", "forged"));
  for (auto& file : manifest.files) {
    if (file.name != "programme/rows.1") continue;
    const auto name = file.name;
    file = made(measure_file(rows));
    file.name = name;
  }
  write(home.backup() + "/manifest.1", sign_note(manifest.text(), key));

  CHECK(says(corrupt(home.verify()), "manifest.1: found one that ledger.example/season did not sign"));
}

TEST_CASE("a backup whose key is not the trusted one is refused, however well it is made", "[backup][tamper]") {
  BackupHome home(1), forged(2);
  home.record(1, 2);
  forged.record(1, 2);
  made(forged.back_up());
  VerifyBackupOptions options;
  options.trust = made(read_config(home.ledger())).programme_key;

  const auto verified = forged.verify(options);

  REQUIRE(verified.has_error());
  CHECK(verified.error().fault == Fault::kRejected);
  CHECK(says(verified.error().message, "want the trusted"));
}

TEST_CASE("a backup that was cut short at any file leaves the earlier run whole, and the next goes on", "[backup][crash]") {
  BackupHome home;
  home.record(1, 3);
  home.look(1);
  made(home.back_up());
  home.record(4, 1);
  home.look(1);
  struct Killed {};
  const auto ended = [&] { return fs::exists(home.backup() + "/manifest.2"); };
  size_t files = 0;
  for (; !ended(); ++files) {
    try {
      size_t left = files;
      made(home.back_up(7, [&](const std::string&) {
        if (left-- == 0) throw Killed();
      }));
    } catch (const Killed&) {
    }

    const auto verified = made(home.verify());

    INFO("killed after file " << files);
    CHECK(verified.manifest.run == (ended() ? 2 : 1));
    CHECK(verified.left_over.size() == (ended() ? 0 : files + 1));
  }

  CHECK(files == 11);  // five of each book, and the manifest
  made(home.back_up());
  CHECK(made(home.verify()).left_over.empty());
  CHECK(made(home.verify()).programme.head == made(home.open(OpenMode::kReadOnly))->programme().head());
}

TEST_CASE("a backup goes to a place of its own, and to one of the same ledger", "[backup]") {
  BackupHome home(1), other(2);
  made(other.back_up());
  const auto opened = made(home.open(OpenMode::kReadOnly));
  const auto refused = [&](const std::string& folder) {
    const auto run = back_up(*opened, {folder, 7, "the test", {}}, home.clock);
    return run.has_error() && run.error().fault == Fault::kRejected ? run.error().message : "not refused";
  };
  write(home.folder.path("letter.txt"), "of another");

  CHECK(says(refused(home.ledger() + "/backup"), "inside the ledger"));
  CHECK(says(refused(home.folder.path()), "found the ledger in it"));
  CHECK(says(refused(other.backup()), "another ledger"));
  fs::create_directory(home.folder.path("full"));
  write(home.folder.path("full/letter.txt"), "of another");
  CHECK(says(refused(home.folder.path("full")), "letter.txt"));
}

TEST_CASE("a ledger that does not go on where the newest run ended is not added to its backup", "[backup]") {
  BackupHome home;
  home.record(1, 2);
  fs::copy(home.ledger(), home.folder.path("older"), fs::copy_options::recursive);
  home.record(3, 2);
  made(home.back_up());
  fs::remove_all(home.ledger());
  fs::copy(home.folder.path("older"), home.ledger(), fs::copy_options::recursive);

  CHECK(says(corrupt(home.back_up()), "do not go on"));
  home.record(7, 5);
  CHECK(says(corrupt(home.back_up()), "do not go on"));
}

TEST_CASE("no wrapped key is ever in a backup, and a table that it does not know stops it", "[backup]") {
  BackupHome home;
  home.record(1, 2);
  home.put_rows({{"wperson/abc", "UNMISTAKABLE-WRAPPED-KEY"}});

  const auto run = made(home.back_up());

  CHECK(run.manifest.programme_keys > 1);
  for (const auto& [name, bytes] : files_below(home.backup())) CHECK_FALSE(says(bytes, "UNMISTAKABLE-WRAPPED-KEY"));
  home.put_rows({{"Znew", "of a table that nobody listed"}});
  CHECK(says(corrupt(home.back_up()), "table 5a"));
  CHECK(made(home.verify()).manifest.run == 1);
}

TEST_CASE("a record that is missing without an erasure, and one that nothing asks for, are named", "[backup][tamper]") {
  BackupHome home;
  home.record(1, 3);
  const auto position = made(home.open(OpenMode::kReadOnly))->programme().end().value - 1;
  const auto row = record_key(Position{position}, FieldClass::kContact);
  home.put_rows({{row, std::nullopt}});
  made(home.back_up());
  CHECK(says(corrupt(home.verify()), "programme/sealed/000000.1: found no record of position " + std::to_string(position)));

  BackupHome other;
  other.record(1, 3);
  other.put_rows({{record_key(Position{0}, FieldClass::kContact), std::string("a value")}});
  made(other.back_up());
  CHECK(says(corrupt(other.verify()), "programme/sealed/000000.1: found a record of position 0"));
}

TEST_CASE("the copy of the keys is whole or refused, and an older one is gone", "[backup][keys]") {
  BackupHome home;
  home.record(1, 2);
  home.put_rows({{"wperson/abc", "FIRST-KEY"}});
  made(home.back_up_keys());
  home.put_rows({{"wperson/abc", std::nullopt}, {"wperson/def", "SECOND-KEY"}});

  made(home.back_up_keys());

  CHECK(names_of(home.keys()) == Names{"erasures", "keys.2"});
  const auto keys = made(read_key_backup(home.keys()));
  CHECK(keys.has_key_of("programme", "person/def"));
  CHECK_FALSE(keys.has_key_of("programme", "person/abc"));
  CHECK_FALSE(keys.has_key_of("access", "person/def"));
  CHECK(keys.checkpoints.contains("programme"));
  const auto path = home.keys() + "/keys.2";
  const auto bytes = text_of(path);
  for (size_t i = 0; i < bytes.size(); ++i) {
    auto changed = bytes;
    changed[i] ^= 1;
    write(path, changed);
    INFO("byte " << i);
    REQUIRE(says(corrupt(read_key_backup(home.keys())), "keys.2:"));
  }
  write(path, bytes);
  made(home.back_up_keys(3));
  CHECK(names_of(home.keys()) == Names{"erasures", "keys.2", "keys.3"});
}

TEST_CASE("keys go to a place apart from the ledger and from its backup", "[backup][keys]") {
  BackupHome home;
  made(home.back_up());
  const auto opened = made(home.open(OpenMode::kReadOnly));

  for (const auto& folder : {home.ledger() + "/keys", home.ledger(), home.backup(), home.backup() + "/keys", home.folder.path()}) {
    const auto refused = back_up_keys(*opened, folder, home.backup(), 1);
    INFO(folder);
    REQUIRE(refused.has_error());
    CHECK(refused.error().fault == Fault::kRejected);
  }
}

TEST_CASE("who was erased stands beside the keys", "[backup][keys]") {
  BackupHome home;
  home.record(1, 3);
  const auto second = home.person("S2");
  home.erase(second);

  made(home.back_up_keys());

  CHECK(made(read_erasures(erasures_file(home.keys()))) == Erased{{"person/" + second.value, Day{}}});
  write(home.folder.path("by-hand"), second.value + " 2031-05-03\r\n\ncohort/iom-coaching/2024\n");
  const Erased by_hand{{"cohort/iom-coaching/2024", Day{}}, {"person/" + second.value, *parse_day("2031-05-03")}};
  CHECK(made(read_erasures(home.folder.path("by-hand"))) == by_hand);
  write(home.folder.path("again"), erasures_text(by_hand));
  CHECK(made(read_erasures(home.folder.path("again"))) == by_hand);
  for (const auto* wrong : {"staff/S2\n", "abc 2031-13-01\n", "abc tomorrow\n"}) {
    write(home.folder.path("by-hand"), wrong);
    CHECK(read_erasures(home.folder.path("by-hand")).has_error());
  }
}

namespace {

// Looks that the policy no longer keeps, and as many that it does; then the former are dropped: 256 of them, a bundle.
void look_for_two_years(BackupHome& home) {
  home.look(300);
  home.clock.set(home.clock.now() + std::chrono::days{400});
  home.look(20);
}
void drop_old_looks(BackupHome& home) {
  const auto ledger = made(home.open(OpenMode::kReadOnly));
  fine(made(ledger->access_book("the test", home.clock, home.randomness))->expire(365));
}

}  // namespace

TEST_CASE("a book whose oldest looks were dropped is backed up, verified and restored", "[backup][restore][C4]") {
  BackupHome home;
  home.record(1, 3);
  look_for_two_years(home);
  drop_old_looks(home);

  const auto run = made(home.back_up());
  const auto checked = made(home.verify());
  made(home.restore(home.to("again")));

  CHECK(run.manifest.first("access") == 256);
  CHECK(checked.access.head.size == 321);
  const auto was = made(home.open(OpenMode::kReadOnly)), is = made(home.open(OpenMode::kReadOnly, "again"));
  const auto former = made(was->access_log()), access = made(is->access_log());
  CHECK(access.log->first() == Position{256});
  CHECK(access.log->head() == former.log->head());
  verified(*is);
  CHECK(made(access.log->tile(0, 0, 256)) == made(former.log->tile(0, 0, 256)));
  home.look(300, "again");  // it goes on, past the next bundle
  verified(*made(home.open(OpenMode::kReadOnly, "again")));
}

TEST_CASE("a run after looks were dropped is the only one kept, and holds none of them", "[backup][C4]") {
  BackupHome home;
  look_for_two_years(home);
  made(home.back_up());
  const auto entries = files_below(home.backup()).at("access/entries/000000.1");
  drop_old_looks(home);

  made(home.back_up());

  const auto files = files_below(home.backup());
  CHECK_FALSE(files.contains("manifest.1"));
  CHECK_FALSE(files.contains("access/entries/000000.1"));
  CHECK(files.at("access/dropped.2").size() == 256 * 32);
  CHECK(files.at("access/entries/000000.2").size() < entries.size() / 2);
  CHECK(made(home.verify()).runs == 1);
}

TEST_CASE("hashes of dropped entries that are not those that were signed are named", "[backup][tamper][C4]") {
  BackupHome home;
  look_for_two_years(home);
  drop_old_looks(home);
  made(home.back_up());
  auto hashes = files_below(home.backup()).at("access/dropped.1");
  hashes[40] = static_cast<char>(hashes[40] ^ 1);
  write(home.backup() + "/access/dropped.1", hashes);

  CHECK(says(corrupt(home.verify()), "access/dropped.1: "));
  CHECK(says(corrupt(home.restore(home.to("again"))), "access/dropped.1: "));
}

}  // namespace daybook::test
