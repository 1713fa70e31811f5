// Snapshots and the check of views: what is kept is what the events say, and what is not is named.
#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "ledger/digest.h"
#include "ledger/proof.h"
#include "ledger/snapshot.h"
#include "ledger/state_bytes.h"
#include "projections/replay_check.h"
#include "tests/support/ledger_home.h"

namespace daybook::test {
namespace {

// A season in which every part of the state has something in it.
void live(TestLedger& ledger) {
  ledger.took_part("S1", "iom-coaching", "CDT", "2022");
  ledger.accepted_coach("K1", "un-coaching", 2);
  ledger.accepted_coach("K2", "un-coaching", 1);
  for (const auto* number : {"S1", "S2", "S3"}) ledger.seated(number, "un-coaching/2023-pilot");
  ledger.staff("S4");
  ledger.apply("LATE", "S4", "un-coaching/2023-pilot", "2024-02-28T12:00:00Z");
  ledger.paired("P1", "un-coaching/2023-pilot", "S1", "K1", "2023-03-06T10:00:00Z");
  ledger.paired("P2", "un-coaching/2023-pilot", "S2", "K1", "2023-03-06T10:00:00Z");
  ledger.request("P3", "un-coaching/2023-pilot", "S3", "K2", "2023-03-06T10:00:00Z");
  for (const uint32_t session : {0U, 1U, 2U}) ledger.done("P1", session, "2023-03-10", "2023-03-11T10:00:00Z");
  ledger.feedback("P1", 1, "5", "2023-03-12T10:00:00Z");
  ledger.withdraw("P1", 2, "2023-03-12T10:00:00Z");
  ledger.missed("P2", 1, "2023-03-14", "2023-03-15T10:00:00Z");
  ledger.act("decline-pairing", "P3", "2023-03-15T10:00:00Z");
  ledger.act("end-pairing", "P2", "2023-03-20T10:00:00Z");
  ledger.extend("P1", "2023-08-15", "2023-03-21T10:00:00Z");
  ledger.tick();
  const auto done = ledger.import("participations", "staff_number,programme,sponsor,edition,sessions_done\nS2,un-coaching,UN-HR,2021,4\n");
  REQUIRE(done.has_value());
  const auto state = ledger.state();
  ledger.run(UndoImport{state.imports.begin()->first, "the wrong file", std::nullopt});
}

Snapshots kept_in(const std::string& folder) { return {folder, Hash{}}; }

void keep(const std::string& folder, const ViewKind& kind, const EventLog& log, Position end) {
  const auto view = kind.make();
  REQUIRE(read_events(log, Position{}, end, [&](const Event& event) { return view->take(event), true; }).has_value());
  REQUIRE(kept_in(folder).write({kind.name, kind.version, {end.value, tree_root(log, end.value).value()}, view->save()}).has_value());
}

CheckedView check(const ViewKind& kind, const std::string& folder, const EventLog& log) {
  return check_views({kind}, kept_in(folder), log).value().front();
}

// A ledger that was lived in, and a folder for a snapshot of its first view.
struct OneView {
  OneView() { live(ledger); }
  void keep_whole() { keep(folder.path(), kind, ledger.log(), ledger.log().end()); }
  // Keeps a state as the whole view, as if the events had led to it.
  void keep_forged(const State& forged) {
    const auto end = ledger.log().end();
    REQUIRE(snapshots.write({kind.name, kind.version, {end.value, tree_root(ledger.log(), end.value).value()}, save_state(forged)}).has_value());
  }
  Result<Snapshot> read(const EventLog& log) const { return snapshots.read(kind.name, kind.version, log); }
  CheckedView checked() { return check(kind, folder.path(), ledger.log()); }

  TestLedger ledger;
  const TempFolder folder;
  const ViewKind kind = ledger_views().front();
  const Snapshots snapshots = kept_in(folder.path());
};

// Counts the events of each stream, with a fault on purpose.
class CountView final : public View {
 public:
  using Fault = std::function<uint64_t(const Event&)>;  // what is counted beside 1
  explicit CountView(Fault fault) : fault_(std::move(fault)) {}
  void take(const Event& event) override {
    auto& count = counts_[event.envelope.stream];
    count.value += 1 + fault_(event);
    count.at = event.envelope.position;
  }
  std::string save() const override {
    std::string text;
    for (const auto& [stream, count] : counts_) text += fmt::format("{} {} {}\n", stream, count.value, count.at.value);
    return text;
  }
  Result<void> load(Bytes bytes, const EventLog&) override {
    std::istringstream text{std::string(as_text(bytes))};
    std::string stream;
    for (Count count; text >> stream >> count.value >> count.at.value;) counts_[stream] = count;
    return success();
  }
  StateLines lines() const override {
    StateLines lines;
    for (const auto& [stream, count] : counts_) lines[stream + " events"] = {std::to_string(count.value), count.at};
    return lines;
  }

 private:
  struct Count {
    uint64_t value = 0;
    Position at;
  };
  const Fault fault_;
  std::map<std::string, Count> counts_;
};

ViewKind counting(CountView::Fault fault) {
  return {"counts", 1, [fault] { return std::make_unique<CountView>(fault); }};
}
uint64_t no_fault(const Event&) { return 0; }

// The event at which two folds with that fault are found to differ; nullopt if they are not.
std::optional<Position> first_difference(const CountView::Fault& fault) {
  TestLedger ledger;
  live(ledger);
  const TempFolder folder;
  const auto checked = check(counting(fault), folder.path(), ledger.log());
  return checked.difference ? checked.difference->event : std::nullopt;
}

}  // namespace

TEST_CASE("a state that was saved and read back goes on as if nothing had been", "[views][E-38]") {
  TestLedger ledger;
  live(ledger);
  const auto end = ledger.log().end().value;
  const auto whole = fold(ledger.log()).value();
  for (uint64_t size = 0; size <= end; ++size) {
    CAPTURE(size);
    const auto bytes = save_state(fold(ledger.log(), {Position{size}, {}, {}}).value());
    auto known = load_state(as_bytes(bytes), ledger.log()).value();
    REQUIRE(save_state(known) == bytes);
    REQUIRE(save_state(fold(ledger.log(), {}, std::move(known)).value()) == save_state(whole));
  }
  CHECK(lines_of(load_state(as_bytes(save_state(whole)), ledger.log()).value()).size() > 100);
}

TEST_CASE("the same events are the same text and the same bytes on every machine", "[views][clocks]") {
  TestLedger ledger;
  live(ledger);
  const auto state = fold(ledger.log()).value();
  std::string text;
  for (const auto& [path, line] : lines_of(state)) {
    text += fmt::format("{} = {}{}\n", path, line.value, line.event ? fmt::format(" [{}]", line.event->value) : "");
  }
  // Made on one machine. If what the fold makes of an event has changed on purpose, raise kStateVersion, and put the new
  // digests here.
  CHECK(kStateVersion == 3);
  CHECK(to_hex(sha256({as_bytes(text)})) == "dcc1a1db282072037789a53b72a31799bfc76e7deb316718f9b8aa965a94cd06");
  CHECK(to_hex(sha256({as_bytes(save_state(state))})) == "1a464be7271d041591c0f071026448dcaa3fcd7bdf77cf877fb776ea9ad4275d");
}

TEST_CASE("bytes that are no saved state are refused, whatever they are", "[views][bad-input]") {
  TestLedger ledger;
  live(ledger);
  const auto bytes = save_state(fold(ledger.log()).value());
  for (size_t size = 0; size < bytes.size(); ++size) REQUIRE_FALSE(load_state(as_bytes(bytes.substr(0, size)), ledger.log()).has_value());
  CHECK_FALSE(load_state(as_bytes(bytes + "x"), ledger.log()).has_value());
  std::mt19937_64 random(4);
  for (int i = 0; i < 2000; ++i) {
    auto damaged = bytes;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    (void)load_state(as_bytes(damaged), ledger.log());  // ends, and reads nothing that is not there
  }
}

TEST_CASE("replay --check says nothing of views that are what the events say", "[views]") {
  TestLedger ledger;
  live(ledger);
  const TempFolder folder;
  const auto kind = ledger_views().front();
  CHECK_FALSE(check(kind, folder.path(), ledger.log()).kept.has_value());
  for (uint64_t size = 0; size <= ledger.log().end().value; size += 7) {
    CAPTURE(size);
    keep(folder.path(), kind, ledger.log(), Position{size});
    const auto checked = check(kind, folder.path(), ledger.log());
    REQUIRE_FALSE(checked.difference.has_value());
    REQUIRE(checked.kept == Position{size});
  }
}

TEST_CASE("a byte of a kept view that was changed is found, wherever it is", "[views][tamper]") {
  OneView one;
  one.keep_whole();
  const auto path = one.snapshots.path(one.kind.name, one.kind.version);
  std::string text;
  {
    std::ifstream file(path, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  REQUIRE(text.size() > 100);
  for (size_t at = 0; at < text.size(); ++at) {
    CAPTURE(at);
    auto damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << damaged;
    REQUIRE_FALSE(one.read(one.ledger.log()).has_value());
  }
  CHECK(one.checked().difference.has_value());
}

TEST_CASE("a value of a kept view that was changed, digest and all, is named with its event", "[views][tamper]") {
  OneView one;
  auto forged = fold(one.ledger.log()).value();
  forged.pairings.at("P1").status = PairingStatus::kEnded;
  forged.pairings.at("P2").re_pairing = true;
  one.keep_forged(forged);
  const auto checked = one.checked();
  REQUIRE(checked.difference.has_value());
  CHECK(checked.difference->key == "pairing/P1 status");
  CHECK(checked.difference->found == "ended");
  CHECK(checked.difference->wanted == "active");
  CHECK(checked.difference->event == forged.pairing("P1")->changed);
  CHECK(checked.difference->others == 1);
}

TEST_CASE("a value that names no event is traced to the event that gave it", "[views][tamper]") {
  OneView one;
  auto forged = fold(one.ledger.log()).value();
  const auto& pairing = *forged.pairing("P2");
  forged.cycles.at(pairing.cycle).clients.at(pairing.client).current = "P2";
  one.keep_forged(forged);
  const auto checked = one.checked();
  REQUIRE(checked.difference.has_value());
  CHECK(checked.difference->key.ends_with(" current"));
  CHECK(checked.difference->event == pairing.changed);
}

TEST_CASE("a snapshot that somebody made without the ledger's key is not taken", "[views][tamper]") {
  OneView one;
  one.keep_whole();
  const auto own = one.read(one.ledger.log());
  REQUIRE(own.has_value());
  REQUIRE(Snapshots(one.folder.path(), Hash{1}).write(own.value()).has_value());
  CHECK_FALSE(one.read(one.ledger.log()).has_value());
  CHECK(one.checked().difference.has_value());
}

TEST_CASE("a snapshot that was kept after the log was opened is none, not damage", "[views]") {
  OneView one;
  one.keep_whole();
  const auto shorter = make_memory_log();
  CHECK(one.read(*shorter).error().fault == Fault::kNotFound);
}

TEST_CASE("a snapshot of another ledger is not taken for one's own", "[views][tamper]") {
  TestLedger ledger, other;
  live(ledger);
  other.randomness = SeededRandomness(2);
  live(other);
  const TempFolder folder;
  const auto kind = ledger_views().front();
  keep(folder.path(), kind, other.log(), other.log().end());
  const auto checked = check(kind, folder.path(), ledger.log());
  REQUIRE(checked.difference.has_value());
  CHECK(checked.difference->what.find("another log") != std::string::npos);
}

TEST_CASE("a view whose code was changed without its version is found by what it kept", "[views]") {
  TestLedger ledger;
  live(ledger);
  const TempFolder folder;
  const auto end = ledger.log().end();
  keep(folder.path(), counting(no_fault), ledger.log(), end);
  const auto twice = [](const Event& event) { return uint64_t{std::holds_alternative<PairingDeclined>(event.body)}; };
  CHECK_FALSE(check(counting(no_fault), folder.path(), ledger.log()).difference.has_value());
  const auto checked = check(counting(twice), folder.path(), ledger.log());
  REQUIRE(checked.difference.has_value());
  CHECK(checked.difference->key == "pairing/P3 events");
  CHECK(checked.difference->event == fold(ledger.log()).value().pairing("P3")->changed);
}

TEST_CASE("a fold that rests on a clock is found, with the event where it does", "[views]") {
  const auto clock = [](const Event& event) -> uint64_t {
    const bool looks = event.envelope.position == Position{20};
    return looks ? static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()) : 0;
  };
  CHECK(first_difference(clock) == Position{20});
}

TEST_CASE("a fold that rests on the order of a hash table is found", "[views]") {
  const auto order = [](const Event& event) {
    ByWord<std::string, int> table;
    for (const auto* word : {"a", "b", "c", "d", "e", "f", "g", "h"}) table.emplace(word, 0);
    const bool looks = event.envelope.position == Position{20};
    return looks ? static_cast<uint64_t>(table.begin()->first.front()) : 0;
  };
  CHECK(first_difference(order) == Position{20});
}

TEST_CASE("a fold that reads memory which was never written is found", "[views]") {
  const auto memory = [](const Event& event) -> uint64_t {
    const std::unique_ptr<volatile unsigned char[]> fresh(new volatile unsigned char[3000]);
    return event.envelope.position == Position{20} ? fresh[2000] : 0;
  };
  CHECK(first_difference(memory) == Position{20});
}

TEST_CASE("a ledger opens from its snapshot, and says so when it cannot", "[views]") {
  LedgerHome home(1, memory_folder());
  home.record(1, 5000);
  const auto path = kept_in(home.path("")).path("state", kStateVersion);
  REQUIRE(std::filesystem::exists(path));
  const auto wanted = save_state(fold(home.open(OpenMode::kReadOnly).value()->programme()).value());
  const auto state_of_open = [&] { return save_state(home.open(OpenMode::kReadOnly).value()->state().value().state); };
  CHECK(state_of_open() == wanted);
  CHECK(home.said.empty());
  std::ofstream(path, std::ios::binary | std::ios::app) << "x";
  CHECK(state_of_open() == wanted);
  CHECK(home.said.find("built anew") != std::string::npos);
}

}  // namespace daybook::test
