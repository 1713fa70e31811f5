// A person goes out of the vault: with every value, name and key, in one write; what was decided stays as it was.
#include "ledger/erasure.h"

#include <fmt/format.h>

#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <future>
#include <thread>

#include "ledger/action_text.h"
#include "ledger/proof.h"
#include "ledger/verify.h"
#include "projections/state_lines.h"
#include "tests/support/a_look.h"
#include "tests/support/ledger_home.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

const std::string kCoaching = "iom-coaching/2024", kUn = "un-coaching/2023-pilot";
const Day kUntil = *parse_day("2031-12-31");

// Every row of the vault.
std::map<std::string, std::string> rows_of(const EventLog& log) {
  std::map<std::string, std::string> rows;
  fine(log.vault().scan("", [&](std::string_view key, std::string_view row) { return rows.emplace(key, row), true; }));
  return rows;
}

std::map<std::string, std::string> lines_now(TestLedger& ledger) {
  std::map<std::string, std::string> lines;
  for (const auto& [path, line] : lines_of(ledger.state())) lines[path] = line.value;
  return lines;
}

VerifierKey any_key() {
  SeededRandomness randomness;
  return made(SignerKey::make("test", randomness)).verifier();
}

// S1, a client of C1 with a session, feedback and an earlier participation; S2 beside them.
struct Life {
  Life() {
    ledger.accepted_coach("C1", "un-coaching", 3);
    for (const std::string client : {"S1", "S2"}) {
      ledger.seated(client, kUn);
      ledger.took_part(client, "some programme", "CDT", "2019");
      ledger.paired("P-" + client, kUn, client, "C1", "2023-03-01T10:00:00Z");
      ledger.done("P-" + client, 1, "2023-03-02", "2023-03-03T10:00:00Z");
      ledger.feedback("P-" + client, 1, "5", "2023-03-04T10:00:00Z", client);
    }
    person = *made(ledger.vault().person("S1"));
  }
  Answer erase() { return ledger.run(ErasePerson{person, kUntil}); }

  TestLedger ledger;
  PersonId person;
};

}  // namespace

TEST_CASE("an erasure leaves nothing of the person in the vault, and everybody else's as it was", "[erasure][C3]") {
  Life life;
  const auto before = rows_of(life.ledger.log());

  REQUIRE(said(life.erase()) == "recorded");

  const auto after = rows_of(life.ledger.log());
  const auto owner = "person/" + life.person.value;
  uint64_t gone = 0;
  for (const auto& [key, row] : before) {
    const bool theirs =
        (key.front() == 'r' && made(Vault::owner_of(row)) == owner) || key == Vault::name_key(life.person) || row == life.person.value;
    if (theirs) CHECK_FALSE(after.contains(key));
    if (!theirs && key != OwnerKeys::row_key(owner)) CHECK(after.at(key) == row);
    gone += theirs;
  }
  CHECK(gone >= 10);
  CHECK(OwnerKeys::is_destroyed(after.at(OwnerKeys::row_key(owner))));
  CHECK_FALSE(made(life.ledger.vault().person("S1")).has_value());
  CHECK_FALSE(made(life.ledger.vault().person(Vault::address_name("s1@staff.example"))).has_value());
  CHECK_FALSE(made(life.ledger.vault().name(life.person)).has_value());
}

TEST_CASE("an erasure changes no other answer", "[erasure][C3][E-25]") {
  Life life;
  const auto before = lines_now(life.ledger);
  const auto stats = life.ledger.stats(kUn);

  REQUIRE(said(life.erase()) == "recorded");

  auto after = lines_now(life.ledger);
  const auto path = "person/" + life.person.value;
  CHECK(after.at(path + " erased") == "yes");
  after.erase(path + " erased");
  after.erase("stream/" + path + " next_version");
  for (const auto& [line, value] : before) {
    if (line != "stream/" + path + " next_version") CHECK(after[line] == value);
  }
  CHECK(after.size() + 1 == before.size());
  CHECK(life.ledger.stats(kUn).rating_mean == stats.rating_mean);
  CHECK(life.ledger.stats(kUn).feedback_count == stats.feedback_count);
}

TEST_CASE("verify tells what was lawfully erased from what is damaged", "[erasure][verify][C3]") {
  Life life;
  const auto whole = made(verify(life.ledger.log(), any_key(), life.ledger.keys));
  CHECK(whole.values_erased == 0);
  REQUIRE(said(life.erase()) == "recorded");

  const auto erased = made(verify(life.ledger.log(), any_key(), life.ledger.keys));

  CHECK(erased.values_erased > 25);
  CHECK(erased.values_checked + erased.values_erased == erased.commitments);
}

TEST_CASE("nothing is sealed for somebody between their erasure and its write, while others read", "[erasure][sequencer][C3]") {
  TestLedger ledger;
  std::vector<PersonId> people;
  for (int i = 0; i < 12; ++i) {
    const auto client = "S" + std::to_string(i), coach = "C" + std::to_string(i);
    ledger.accepted_coach(coach, "un-coaching", 3);
    ledger.seated(client, kUn);
    ledger.paired("P-" + client, kUn, client, coach, "2023-03-01T10:00:00Z");
    people.push_back(*made(ledger.vault().person(client)));
  }
  std::atomic<bool> reading{true};
  std::jthread reader([&] {
    while (reading) {
      for (const auto& person : people) (void)ledger.keys.owners->find(ledger.log().vault(), "person/" + person.value, 1);
    }
  });

  std::vector<Command> commands(2 * people.size());  // the erasures, then what is sealed for each of them
  for (size_t i = 0; i < people.size(); ++i) {
    commands[i].body = ErasePerson{people[i], kUntil};
    commands[people.size() + i].body = made(read_action_text("end-pairing", {{"ref", "P-S" + std::to_string(i)}, {"reason", "fit"}}));
    commands[people.size() + i].happened_at = parse_instant("2023-04-01T10:00:00Z");
  }
  std::promise<void> all_wait;
  std::jthread holding([&] { ledger.sequencer().look([&](const State&) { all_wait.get_future().wait(); }); });
  std::this_thread::sleep_for(std::chrono::milliseconds{20});  // so that they come to the sequencer together
  std::vector<std::future<std::string>> answered;
  for (auto& command : commands) {
    command.actor = command.recorded_by = "admin";
    command.channel = Channel::kImport;
    const auto done = std::make_shared<std::promise<std::string>>();
    answered.push_back(done->get_future());
    ledger.sequencer().submit(std::move(command), [done](const Answer& answer) { done->set_value(said(answer)); });
  }
  all_wait.set_value();
  for (auto& one : answered) CHECK(one.get() == "recorded");
  reading = false;
  reader.join();

  CHECK(made(verify(ledger.log(), any_key(), ledger.keys)).values_erased > 0);
}

TEST_CASE("what comes later about an erased person is committed to and not kept", "[erasure][C3]") {
  Life life;
  REQUIRE(said(life.erase()) == "recorded");

  REQUIRE(said(life.ledger.act("end-pairing", "P-S1", "2023-04-01T10:00:00Z", "C1")) == "recorded");

  const Position ended{life.ledger.log().end().value - 1};
  CHECK_FALSE(made(life.ledger.vault().record(ended, FieldClass::kReason)).has_value());
  CHECK(made(verify(life.ledger.log(), any_key(), life.ledger.keys)).values_erased > 25);
}

TEST_CASE("nobody is erased twice, and nobody who was never there", "[erasure][C3]") {
  Life life;
  REQUIRE(said(life.erase()) == "recorded");
  const auto erased = Position{life.ledger.log().end().value - 1};

  const auto again = life.erase();
  const auto nobody = life.ledger.run(ErasePerson{PersonId{"nobody"}, kUntil});

  CHECK(said(again) == "refused already-erased");
  CHECK(again.refusal.because == erased);
  CHECK(said(nobody) == "refused unknown-person");
}

TEST_CASE("rows of an erased person are refused when they come again, and say nothing of them", "[erasure][C3]") {
  TestLedger ledger;
  const std::string staff =
      "staff_number,name,email,organisation,entity,duty_station,country,region,job_network,grade,position,contract_type,gender,languages,time_zone,"
      "entry_on_duty,training_completed_on,supervisor,separated_on\n"
      "S1,One,one@staff.example,IOM,,,,,,,,regular,,,,2015-01-01,2020-01-01,,\n"
      "S2,Two,two@staff.example,IOM,,,,,,,,regular,,,,2015-01-01,2020-01-01,,\n";
  made(ledger.import("staff", staff));
  const auto person = *made(ledger.vault().person("S1"));
  REQUIRE(said(ledger.run(ErasePerson{person, kUntil})) == "recorded");

  std::vector<ReportRow> first, second;
  made(ledger.import("staff", staff, &first));
  const Position refused{ledger.log().end().value - 2};
  made(ledger.import("staff", staff, &second));

  CHECK((first[0].outcome == "refused" && first[0].reason == "erased"));
  CHECK(first[1].outcome == "unchanged");
  CHECK((second[0].outcome == "unchanged" && second[1].outcome == "unchanged"));
  CHECK_FALSE(made(ledger.vault().person("S1")).has_value());
  for (const auto& event : ledger.events(refused)) CHECK(event.envelope.subject != person);
}

TEST_CASE("rows of an erased coach are refused when they come again, also where the client is their subject", "[erasure][C3]") {
  TestLedger ledger;
  ledger.accepted_coach("C1", "un-coaching", 3);
  ledger.seated("S1", kUn);
  const std::string rows =
      "at,actor,action,ref,programme,cycle,client,coach,session,held_on,minutes,rating,reason,comment\n"
      "2023-03-01T10:00:00Z,S1,request-pairing,P1,un-coaching,2023-pilot,S1,C1,,,,,,\n"
      "2023-03-01T11:00:00Z,C1,accept-pairing,P1,,,,,,,,,,\n"
      "2023-03-03T10:00:00Z,S1,mark-session-done,P1,,,,,1,2023-03-02,60,,,\n";
  std::vector<ReportRow> first, second;
  made(ledger.import("activity", rows, &first));
  for (const auto& row : first) REQUIRE(row.outcome == "recorded");
  REQUIRE(said(ledger.run(ErasePerson{*made(ledger.vault().person("C1")), kUntil})) == "recorded");

  made(ledger.import("activity", rows, &second));

  CHECK((second[0].reason == "erased" && second[1].reason == "erased"));
  CHECK(second[2].outcome == "unchanged");
}

TEST_CASE("what an erased person is known by goes the day after it was to be known", "[erasure][S0-31][C3]") {
  Life life;
  const std::string rows = "staff_number,programme,sponsor,edition,sessions_done\nS1,p,CDT,2019,4\n";
  made(life.ledger.import("participations", rows));
  REQUIRE(said(life.erase()) == "recorded");
  const auto count = [&](char table) {
    const auto all = rows_of(life.ledger.log());
    return std::count_if(all.begin(), all.end(), [&](const auto& row) { return row.first.front() == table; });
  };
  REQUIRE(count('p') > 0);
  const auto fingerprints = count('f');

  CHECK(made(life.ledger.vault().outlived(kUntil)).empty());
  fine(life.ledger.log().rewrite(made(life.ledger.vault().outlived(kUntil + std::chrono::days{1}))));

  CHECK(count('p') == 0);
  CHECK(count('f') == fingerprints - 1);
}

TEST_CASE("once the policy's day has passed, a row of an erased person is a row like any other", "[erasure][C3]") {
  TestLedger ledger;
  const std::string rows = "staff_number,programme,sponsor,edition,sessions_done\nS1,p,CDT,2019,4\n";
  ledger.staff("S1");
  made(ledger.import("participations", rows));
  const auto person = *made(ledger.vault().person("S1"));
  const Day until = std::chrono::floor<std::chrono::days>(ledger.clock.now()) + std::chrono::days{10};
  REQUIRE(said(ledger.run(ErasePerson{person, until})) == "recorded");
  ledger.clock.pass(std::chrono::hours{24 * 11});

  ledger.staff("S1");
  std::vector<ReportRow> report;
  made(ledger.import("participations", rows, &report));

  CHECK(report[0].outcome == "recorded");
}

TEST_CASE("who was engaged and erased is still known to the repeat rule, without an event that would name them", "[erasure][S0-31][C3]") {
  TestLedger ledger;
  ledger.staff("S1");
  ledger.took_part("S1", "a programme of the past", "CDT", "2019");
  const auto person = *made(ledger.vault().person("S1"));
  const Day until = std::chrono::floor<std::chrono::days>(ledger.clock.now()) + std::chrono::days{10};
  REQUIRE(said(ledger.run(ErasePerson{person, until})) == "recorded");

  ledger.staff("S1");
  ledger.staff("S2");
  ledger.apply("again", "S1", kCoaching, "2024-01-10T10:00:00Z");
  ledger.apply("first", "S2", kCoaching, "2024-01-10T10:00:00Z");
  ledger.decide(kCoaching);
  const auto after = ledger.failed("again");
  ledger.clock.pass(std::chrono::hours{24 * 11});
  ledger.staff("S3");

  CHECK(after == std::vector<std::string>{"repeat"});
  CHECK(ledger.failed("first").empty());
  for (const auto& criterion : ledger.application("again").criteria) {
    if (criterion.name == "repeat") CHECK(criterion.facts_from.empty());
  }
  CHECK(*made(ledger.vault().person("S1")) != person);
  CHECK(made(ledger.vault().engagement("CDT", "S1")) == until);
  CHECK_FALSE(made(ledger.vault().engagement("CDT", "S2")).has_value());
  CHECK_FALSE(made(ledger.vault().engagement("UN-HR", "S1")).has_value());
}

TEST_CASE("what only the statistics of a cycle use goes with the cohort's key, and a person's erasure leaves it", "[erasure][C3]") {
  Life life;
  REQUIRE(said(life.erase()) == "recorded");
  CHECK(life.ledger.stats(kUn).feedback_count == 2);

  REQUIRE(said(life.ledger.run(ExpireCohort{TestLedger::cycle_id(kUn)})) == "recorded");

  CHECK(life.ledger.stats(kUn).feedback_count == 2);  // that it was given is no value
  CHECK(said(life.ledger.run(ExpireCohort{TestLedger::cycle_id(kUn)})) == "refused already-expired");
  for (const auto& [key, row] : rows_of(life.ledger.log())) {
    if (key.front() == 'r') CHECK_FALSE(made(Vault::owner_of(row)).starts_with("cohort/" + kUn));
  }
  const auto verified = made(verify(life.ledger.log(), any_key(), life.ledger.keys));
  CHECK(verified.values_checked + verified.values_erased == verified.commitments);
}

TEST_CASE("a record brought back after an erasure is damage", "[erasure][verify][C3]") {
  Life life;
  const auto before = rows_of(life.ledger.log());
  REQUIRE(said(life.erase()) == "recorded");
  std::vector<VaultRow> rows;
  for (const auto& [key, row] : before) {
    if (key.front() == 'r' && made(Vault::owner_of(row)) == "person/" + life.person.value) rows.push_back({key, row});
  }
  fine(life.ledger.log().rewrite(rows));
  CHECK(says(corrupt(verify(life.ledger.log(), any_key(), life.ledger.keys)), "who was erased"));

  fine(life.ledger.log().rewrite(
      std::vector<VaultRow>{{OwnerKeys::row_key("person/" + life.person.value), before.at(OwnerKeys::row_key("person/" + life.person.value))}}));
  CHECK(says(corrupt(verify(life.ledger.log(), any_key(), life.ledger.keys)), "want none after this erasure"));
}

TEST_CASE("a key destroyed without an event is damage", "[erasure][verify][C3]") {
  Life life;
  const auto other = *made(life.ledger.vault().person("S2"));
  fine(life.ledger.log().rewrite(std::vector<VaultRow>{OwnerKeys::destroyed_row("person/" + other.value, Position{9})}));
  life.ledger.keys.owners->forget_all();

  CHECK(corrupt(verify(life.ledger.log(), any_key(), life.ledger.keys)).find("erased") != std::string::npos);
}

namespace {

// Every byte in the live files of a folder.
std::string bytes_below(const std::string& folder) {
  std::string all;
  for (const auto& item : std::filesystem::recursive_directory_iterator(folder)) {
    if (item.is_regular_file()) all += text_of(item.path().string());
  }
  return all;
}

PersonId person_of(Ledger& ledger, const std::string& number) { return *made(ledger.vault().person(number)); }

Outcome erase(Ledger& ledger, const PersonId& person) {
  Command command;
  command.body = ErasePerson{person, kUntil};
  command.actor = command.recorded_by = "test@host";
  command.channel = Channel::kImport;  // of which no right is asked
  return ledger.sequencer().execute(std::move(command)).outcome;
}

State state_of(Ledger& ledger) {
  State copy;
  ledger.sequencer().look([&](const State& state) { copy = state; });
  return copy;
}

}  // namespace

TEST_CASE("after an erasure no live file holds the person's sealed records, key or names, and the rest is as it was", "[erasure][C3]") {
  LedgerHome home;
  home.record(1, 60);
  const auto ledger = made(home.open(OpenMode::kReadWrite));
  const auto person = person_of(*ledger, "S7"), other = person_of(*ledger, "S8");
  std::vector<std::string> theirs;
  for (const auto& [key, row] : rows_of(ledger->programme())) {
    const bool sealed = key.front() == 'r' && made(Vault::owner_of(row)) == "person/" + person.value;
    if (sealed || key == Vault::name_key(person) || key == OwnerKeys::row_key("person/" + person.value))
      theirs.push_back(row.substr(row.size() - 32));
  }
  REQUIRE(theirs.size() >= 4);
  const auto receipt = made(ledger->checkpoint());
  const auto proof = made(prove_consistency(ledger->programme(), receipt.checkpoint.head.size, receipt.checkpoint.head.size));
  REQUIRE(bytes_below(home.path("")).find(theirs[0]) != std::string::npos);

  REQUIRE(erase(*ledger, person) == Outcome::kRecorded);
  fine(ledger->finish_erasures("test", home.clock, home.randomness));

  const auto live = bytes_below(home.path(""));
  for (const auto& bytes : theirs) CHECK(live.find(bytes) == std::string::npos);
  CHECK(made(ledger->vault().name(other)) == "S8");
  const auto state = state_of(*ledger);
  CHECK(state.uncertified.empty());
  CHECK(state.key_changed_at.has_value());
  const auto newer = made(ledger->checkpoint());
  const auto grown = made(prove_consistency(ledger->programme(), receipt.checkpoint.head.size, newer.checkpoint.head.size));
  CHECK(check_consistency(grown, receipt.checkpoint.head, newer.checkpoint.head).empty());
  fine(ledger->close());
  const auto again = made(home.open(OpenMode::kReadOnly));
  CHECK(made(again->vault().name(other)) == "S8");
  CHECK(made(verify(again->programme(), again->config().programme_key, again->keys())).values_erased > 0);
}

TEST_CASE("the wrapping key is changed once a day at most, and an erasure is certified when it was", "[erasure][C3]") {
  LedgerHome home;
  home.record(1, 5);
  const auto ledger = made(home.open(OpenMode::kReadWrite));
  const auto ring = [&] { return text_of(home.folder.path("season.key-ring")); };
  const auto first_ring = ring();

  erase(*ledger, person_of(*ledger, "S1"));
  fine(ledger->finish_erasures("test", home.clock, home.randomness));
  const auto second_ring = ring();
  CHECK(second_ring != first_ring);
  CHECK(second_ring.find("\n1 ") == std::string::npos);
  CHECK(second_ring.find("\n2 ") != std::string::npos);

  home.clock.pass(std::chrono::hours{2});
  erase(*ledger, person_of(*ledger, "S2"));
  fine(ledger->finish_erasures("test", home.clock, home.randomness));
  CHECK(ring() == second_ring);
  CHECK(state_of(*ledger).uncertified.size() == 1);

  home.clock.pass(std::chrono::hours{24});
  fine(ledger->finish_erasures("test", home.clock, home.randomness));
  CHECK(ring().find("\n3 ") != std::string::npos);
  CHECK(state_of(*ledger).uncertified.empty());
  CHECK(made(ledger->vault().name(person_of(*ledger, "S3"))) == "S3");
}

TEST_CASE("after a change of the wrapping key that was cut short no version is left that ever wrapped a key of the erased", "[erasure][C3]") {
  LedgerHome home;
  home.record(1, 5);
  const auto id = made(home.open(OpenMode::kReadOnly))->config().id;
  const auto path = home.folder.path("season.key-ring");
  Hash root;
  const auto bytes = *from_hex(text_of(home.folder.path("root-key")).substr(0, 64));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(root.data()));
  {
    const auto ledger = made(home.open(OpenMode::kReadWrite));
    erase(*ledger, person_of(*ledger, "S1"));
    fine(ledger->close());
  }
  auto ring = made(KeyRing::read(path, root, id));  // as a crash leaves it after the new version was written
  ring.add(home.randomness);
  fine(ring.write(path, root, id, home.randomness));

  const auto ledger = made(home.open(OpenMode::kReadWrite));
  CHECK(made(ledger->vault().name(person_of(*ledger, "S2"))) == "S2");
  const auto wrapped = made(ledger->keys().owners->rewrapped(ledger->programme().vault(), 1000, home.randomness));
  fine(ledger->programme().rewrite(wrapped));  // .. and after everybody was wrapped with it
  erase(*ledger, person_of(*ledger, "S2"));
  fine(ledger->finish_erasures("test", home.clock, home.randomness));
  fine(ledger->close());

  const auto after = made(KeyRing::read(path, root, id));
  CHECK((after.oldest() == 3 && after.newest() == 3));
  const auto again = made(home.open(OpenMode::kReadOnly));
  CHECK(made(again->vault().name(*made(again->vault().person("S3")))) == "S3");
}

namespace {

Look look_by(const std::string& actor, const PersonId& known = {}) {
  auto look = a_look("someone", actor);
  look.actor_id = known;
  return look;
}

std::set<std::string> names_in(const Ledger& ledger) {
  std::set<std::string> names;
  const auto access = made(ledger.access_log());
  const auto keys = ledger.access_keys();
  const Vault vault(*access.log, keys);
  fine(access.log->vault().scan(
      "n", [&](std::string_view key, std::string_view) { return names.insert(*made(vault.name(PersonId{std::string(key.substr(1))}))), true; }));
  return names;
}

}  // namespace

TEST_CASE("an erasure takes a name out of the access book under whatever id that book knew it", "[erasure][access_book][C3]") {
  LedgerHome home;
  {
    const auto ledger = made(home.open(OpenMode::kReadOnly));
    made(made(ledger->access_book("test", home.clock, home.randomness))->record(look_by("S1")));  // before anybody knew them
  }
  home.record(1, 2);
  const auto ledger = made(home.open(OpenMode::kReadWrite));
  const auto person = person_of(*ledger, "S1");
  made(made(ledger->access_book("test", home.clock, home.randomness))->record(look_by("S1", person)));
  made(made(ledger->access_book("test", home.clock, home.randomness))->record(look_by("S2", person_of(*ledger, "S2"))));
  REQUIRE(names_in(*ledger) == std::set<std::string>{"S1", "S2", "test@host"});

  REQUIRE(erase(*ledger, person) == Outcome::kRecorded);
  fine(ledger->finish_erasures("test", home.clock, home.randomness));

  CHECK(names_in(*ledger) == std::set<std::string>{"S2", "test@host"});
  CHECK(made(ledger->vault().partings()).empty());
  const auto access = made(ledger->access_log());
  made(verify(*access.log, ledger->config().access_key, ledger->access_keys()));
}

TEST_CASE("an erasure takes an address that somebody typed as their name out of the access book", "[erasure][access_book][C3]") {
  LedgerHome home;
  home.record(1, 2);
  const auto ledger = made(home.open(OpenMode::kReadWrite));
  made(made(ledger->access_book("test", home.clock, home.randomness))->record(look_by("S1@Staff.example")));
  made(made(ledger->access_book("test", home.clock, home.randomness))->record(look_by("s2@staff.example")));

  REQUIRE(erase(*ledger, person_of(*ledger, "S1")) == Outcome::kRecorded);
  fine(ledger->finish_erasures("test", home.clock, home.randomness));

  CHECK(names_in(*ledger) == std::set<std::string>{"s2@staff.example", "test@host"});
}

TEST_CASE("erasures are finished while somebody has the access book, which goes on being written", "[erasure][access_book][C3]") {
  LedgerHome home(1, memory_folder());
  home.record(1, 2);
  const auto ledger = made(home.open(OpenMode::kReadWrite));
  const auto book = made(ledger->access_book("test", home.clock, home.randomness));
  made(book->record(look_by("S1", person_of(*ledger, "S1"))));
  REQUIRE(erase(*ledger, person_of(*ledger, "S1")) == Outcome::kRecorded);
  Event erased;
  fine(read_events(ledger->programme(), Position{ledger->programme().end().value - 1}, ledger->programme().end(),
                   [&](const Event& event) { return erased = event, true; }));
  REQUIRE(std::holds_alternative<PersonErased>(erased.body));
  CHECK_FALSE(made(ledger->is_finished(erased)));

  fine(ledger->finish_erasures(*book, home.clock, home.randomness));

  CHECK(made(ledger->is_finished(erased)));
  CHECK(state_of(*ledger).uncertified.empty());
  made(book->record(look_by("S2", person_of(*ledger, "S2"))));
  CHECK(names_in(*ledger) == std::set<std::string>{"S2", "test@host"});
}

TEST_CASE("files are written anew once for an erasure, however often it is asked whether its certificate is due", "[erasure][C3]") {
  LedgerHome home(1, memory_folder());
  home.record(1, 3);
  const auto ledger = made(home.open(OpenMode::kReadWrite));
  const auto book = made(ledger->access_book("test", home.clock, home.randomness));
  const auto finish = [&] { fine(ledger->finish_erasures(*book, home.clock, home.randomness)); };
  const auto tables = [&] {
    std::set<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(home.path("programme"))) {
      if (file.path().extension() == ".sst") names.insert(file.path().filename());
    }
    return names;
  };
  erase(*ledger, person_of(*ledger, "S1"));
  finish();
  const auto before = tables();
  erase(*ledger, person_of(*ledger, "S2"));
  finish();
  const auto once = tables();

  finish();

  CHECK(once != before);
  CHECK(tables() == once);
  CHECK(state_of(*ledger).uncertified.size() == 1);
}

TEST_CASE("the key ring of before a change of keys is refused before it is changed again", "[erasure][owner_keys][C3]") {
  LedgerHome home;
  home.record(1, 3);
  const auto path = home.folder.path("season.key-ring");
  const auto former = text_of(path);
  {
    const auto ledger = made(home.open(OpenMode::kReadWrite));
    made(ledger->rotate_keys(false, Command{}, "test", home.clock, home.randomness));
    fine(ledger->close());
  }
  const auto newer = text_of(path);
  write(path, former);
  {
    const auto ledger = made(home.open(OpenMode::kReadWrite));
    CHECK(says(corrupt(ledger->rotate_keys(false, Command{}, "test", home.clock, home.randomness)), "which the key ring does not hold"));
    fine(ledger->close());
  }
  CHECK(text_of(path) == former);
  write(path, newer);

  const auto again = made(home.open(OpenMode::kReadOnly));
  CHECK(made(again->vault().name(person_of(*again, "S1"))) == "S1");
}

TEST_CASE("what a cycle's figures used leaves every file when it expires, and the wrapping key is changed", "[erasure][C3]") {
  LedgerHome home;
  home.record(1, 3);
  const auto ledger = made(home.open(OpenMode::kReadWrite));
  const auto run = [&](CommandBody body) {
    Command command;
    command.body = std::move(body);
    command.actor = command.recorded_by = "test@host";
    command.channel = Channel::kImport;
    return ledger->sequencer().execute(std::move(command));
  };
  SubmitApplication apply{"S1", {}};
  apply.values.application = "A1", apply.values.programme = "iom-coaching", apply.values.cycle = "2024";
  apply.values.commitment = "yes", apply.values.goal_type = "both", apply.values.time_zone = "Europe/Berlin";
  Command command;
  command.body = apply;
  command.happened_at = parse_instant("2024-01-10T12:00:00Z");
  command.actor = command.recorded_by = "test@host";
  command.channel = Channel::kImport;
  REQUIRE(said(ledger->sequencer().execute(std::move(command))) == "recorded");
  std::vector<std::string> theirs;
  for (const auto& [key, row] : rows_of(ledger->programme())) {
    if (key.front() == 'r' && made(Vault::owner_of(row)) == "cohort/" + kCoaching) theirs.push_back(row.substr(row.size() - 32));
  }
  REQUIRE(theirs.size() == 1);
  const auto ring = text_of(home.folder.path("season.key-ring"));

  REQUIRE(said(run(ExpireCohort{{"iom-coaching", "2024"}})) == "recorded");
  fine(ledger->finish_erasures("test", home.clock, home.randomness));

  CHECK(bytes_below(home.path("")).find(theirs[0]) == std::string::npos);
  const auto changed = text_of(home.folder.path("season.key-ring"));
  CHECK(changed != ring);
  fine(ledger->finish_erasures("test", home.clock, home.randomness));
  CHECK(text_of(home.folder.path("season.key-ring")) == changed);  // once
}

}  // namespace daybook::test
