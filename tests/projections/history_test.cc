// Questions to the events themselves, each against a slow answer from the definition.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <random>
#include <set>

#include "ledger/codec.h"
#include "projections/corrections.h"
#include "projections/event_marks.h"
#include "projections/event_pages.h"
#include "projections/lists.h"
#include "projections/refused_rows.h"
#include "tests/ledger/forwarding_log.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

constexpr unsigned kSeed = 20261122;
const std::string kCycle = "iom-coaching/2024";
using Random = std::mt19937_64;

const std::string& one_of(const std::vector<std::string>& words, Random& random) { return words[random() % words.size()]; }

// Commands with actors, roles and moments drawn by lot: pairings that succeed or not, sessions, withdrawals, feedback, and
// the same refused rows again and again.
class RandomLedger {
 public:
  explicit RandomLedger(size_t commands) {
    for (const std::string client : {"U1", "U2", "U3", "U4"}) {
      ledger.staff(client);
      ledger.apply("A-" + client, client, kCycle, "2024-01-10T12:00:00Z");
    }
    ledger.decide(kCycle);
    for (const auto* coach : {"C1", "C2"}) ledger.accepted_coach(coach, "iom-coaching", 3);
    for (size_t i = 0; i < commands; ++i) {
      ledger.clock.pass(std::chrono::minutes{random_() % 600});
      i % 20 == 0 ? import_some() : act();
    }
    const auto keep = [&](const Event& event) { return events.push_back(event), true; };
    REQUIRE(read_events(*log_, Position{}, log_->end(), keep).has_value());
    state = ledger.state();
  }

  EventLog& log() const { return *log_; }
  State state;
  std::vector<Event> events;

 private:
  const std::unique_ptr<EventLog> log_ = make_memory_log();
  TestLedger ledger{*log_, {}};
  // Time goes on by half an hour a command, and reports come up to three days late.
  void act() {
    static const std::vector<Action> kActions = {Action::kMarkSessionDone, Action::kMarkSessionMissed, Action::kWithdrawSession,
                                                 Action::kGiveFeedback,    Action::kAcceptPairing,     Action::kExtendWindow,
                                                 Action::kRequestPairing,  Action::kDeclinePairing,    Action::kEndPairing};
    now_ += std::chrono::minutes{30};
    Command command;
    command.happened_at = now_ - std::chrono::minutes{random_() % 4320};
    Act act;
    act.action = kActions[random_() % (random_() % 4 == 0 ? kActions.size() : 5)];
    if (pairings_ == 0) act.action = Action::kRequestPairing;
    const bool asks = act.action == Action::kRequestPairing;
    act.ref = "P" + std::to_string(asks ? pairings_ + 1 : 1 + random_() % pairings_);
    std::tie(act.programme, act.cycle) = std::pair("iom-coaching", "2024");
    std::tie(act.client, act.coach) = std::pair(one_of({"U1", "U2", "U3", "U4"}, random_), one_of({"C1", "C2"}, random_));
    act.session = static_cast<uint32_t>(1 + random_() % 9);
    act.held_on = std::chrono::floor<std::chrono::days>(*command.happened_at);
    act.reason = "by lot";
    command.body = act;
    command.actor = one_of({"U1", "U2", "C1", "C2", "admin"}, random_);
    command.role = one_of({"", "client", "coach", "administrator"}, random_);
    command.recorded_by = one_of({"test@host", "U4"}, random_);
    command.channel = Channel::kImport;  // no right is asked of a row
    const auto answer = ledger.sequencer().execute(std::move(command));
    if (asks && answer.outcome == Outcome::kRecorded) ++pairings_;
  }
  void import_some() {
    std::string csv = "ref,programme,cycle,staff_number,submitted_at,form_version,commitment,goal_type,languages,time_zone,motivation\n";
    for (int row = 0; row < 3; ++row) {
      csv += "A" + std::to_string(random_() % 30) + ",iom-coaching,2024,U" + std::to_string(random_() % 9) + ",2024-01-1" +
             std::to_string(random_() % 10) + "T12:00:00Z,v1,yes,both,,,\n";
    }
    REQUIRE(ledger.import("applications", csv).has_value());
    if (random_() % 2 == 0) ledger.staff("U" + std::to_string(random_() % 9));  // some refused rows will be judged anew
    ledger.decide(kCycle);
  }

  Random random_{kSeed};
  Instant now_ = *parse_instant("2024-07-01T12:00:00Z");
  uint64_t pairings_ = 0;
};

const RandomLedger& random_ledger() {
  static const RandomLedger ledger(2000);
  return ledger;
}

// A question whose values come from one event, most of them, so that there are answers.
Listing random_question(const RandomLedger& all, Random& random) {
  const auto any_event = [&]() -> const Event& { return all.events[random() % all.events.size()]; };
  const auto& pivot = any_event();
  const auto given = [&] { return random() % 6 == 0; };
  const auto from = [&]() -> const Event& { return random() % 8 == 0 ? any_event() : pivot; };
  const auto span = [&] { return std::chrono::hours{random() % 5000}; };
  Listing question;
  auto& filter = question.filter;
  if (given()) {
    const auto subject = from().envelope.subject;
    filter.person = subject.empty() ? all.state.pairing("P1")->coach : subject;
  }
  if (given()) filter.ref = random() % 2 == 0 ? "P" + std::to_string(random() % 20) : "A" + std::to_string(random() % 30);
  if (given()) filter.stream = from().envelope.stream;
  for (uint64_t kind = given() ? 1 + random() % 3 : 0; kind > 0; --kind) filter.kinds.push_back(kind_of(from().body).name);
  if (given()) filter.actor = from().envelope.provenance.actor;
  if (given()) filter.role = from().envelope.provenance.role;
  if (random() % 20 == 0) filter.correlation = from().envelope.correlation;
  if (given()) filter.since = from().envelope.recorded_at - span();
  if (given()) filter.until = from().envelope.recorded_at + (random() % 4 == 0 ? std::chrono::hours{0} : span());
  if (given()) filter.happened_since = from().envelope.happened_at - (random() % 4 == 0 ? std::chrono::hours{0} : span());
  if (given()) filter.happened_until = from().envelope.happened_at + span();
  if (given()) filter.happened_by = from().envelope.happened_at + (random() % 2 == 0 ? std::chrono::hours{0} : span());
  question.from = given() ? Position{random() % all.events.size()} : Position{};
  question.to = given() ? Position{question.from.value + random() % all.events.size()} : all.state.end;
  question.newest_first = random() % 2 == 0;
  return question;
}

using Positions = std::vector<uint64_t>;

// What the filters mean, one after the other.
Positions by_definition(const RandomLedger& all, const Listing& question) {
  std::map<std::string, std::pair<PersonId, PersonId>> people_of;  // by pairing: client, coach
  for (const auto& event : all.events) {
    if (const auto* asked = std::get_if<PairingRequested>(&event.body))
      people_of.emplace("pairing/" + asked->pairing, std::pair(event.envelope.subject, PersonId{asked->coach}));
  }
  auto left = all.events;
  const auto keep = [&](bool given, const std::function<bool(const Envelope&, const Body&)>& wanted) {
    if (given) std::erase_if(left, [&](const Event& event) { return !wanted(event.envelope, event.body); });
  };
  const auto& f = question.filter;
  keep(true, [&](const auto& e, const auto&) { return question.from.value <= e.position.value && e.position.value < question.to.value; });
  keep(f.person.has_value(), [&](const auto& e, const auto& body) {
    auto stream = e.stream;
    if (const auto* row = std::get_if<RowRefused>(&body); row && row->sheet == "activity") stream = "pairing/" + row->ref;
    const auto people = people_of.find(stream);
    const bool coached = people != people_of.end() && people->second.second == *f.person && e.subject == people->second.first;
    return e.subject == *f.person || coached;
  });
  keep(!f.ref.empty(), [&](const auto& e, const auto& body) {
    const auto* row = std::get_if<RowRefused>(&body);
    return e.stream == "pairing/" + f.ref || e.stream == "application/" + f.ref || (row && row->ref == f.ref);
  });
  keep(!f.stream.empty(), [&](const auto& e, const auto&) { return e.stream == f.stream; });
  keep(!f.kinds.empty(), [&](const auto&, const auto& body) { return std::ranges::count(f.kinds, kinds()[body.index()].name) > 0; });
  keep(f.actor.has_value(), [&](const auto& e, const auto&) { return e.provenance.actor == *f.actor; });
  keep(!f.role.empty(), [&](const auto& e, const auto&) { return e.provenance.role == f.role; });
  keep(!f.correlation.empty(), [&](const auto& e, const auto&) { return e.correlation == f.correlation; });
  keep(f.since.has_value(), [&](const auto& e, const auto&) { return *f.since <= e.recorded_at; });
  keep(f.until.has_value(), [&](const auto& e, const auto&) { return e.recorded_at < *f.until; });
  keep(f.happened_since.has_value(), [&](const auto& e, const auto&) { return *f.happened_since <= e.happened_at; });
  keep(f.happened_until.has_value(), [&](const auto& e, const auto&) { return e.happened_at < *f.happened_until; });
  keep(f.happened_by.has_value(), [&](const auto& e, const auto&) { return e.happened_at <= *f.happened_by; });
  Positions positions;
  for (const auto& event : left) positions.push_back(event.envelope.position.value);
  if (question.newest_first) std::reverse(positions.begin(), positions.end());
  return positions;
}

struct Answered {
  Positions positions;
  std::optional<Position> next;
};
Answered ask(const RandomLedger& all, const Listing& question) {
  Answered answered;
  const auto keep = [&](const Event& event) { return answered.positions.push_back(event.envelope.position.value), true; };
  answered.next = list_events(all.log(), all.state, question, keep).value();
  return answered;
}

// The chain of an event, worked out until nothing is added any more.
Chain chain_by_definition(const std::vector<Event>& events, uint64_t at) {
  const auto cause = [&](uint64_t event) { return events[event].envelope.caused_by; };
  std::set<uint64_t> command, all;
  for (const auto& event : events) {
    if (event.envelope.correlation == events[at].envelope.correlation) command.insert(event.envelope.position.value);
  }
  all = command;
  for (const auto& event : events) {
    if (const auto by = event.envelope.caused_by; by > 0 && all.contains(by - 1)) all.insert(event.envelope.position.value);
  }
  for (auto event : command) {
    while (cause(event) > 0) all.insert(event = cause(event) - 1);
  }
  Chain chain;
  for (const auto event : all) {
    unsigned depth = 0;
    for (auto before = event; cause(before) > 0 && all.contains(cause(before) - 1); before = cause(before) - 1) ++depth;
    chain.emplace(Position{event}, depth);
  }
  return chain;
}

}  // namespace

TEST_CASE("filters combine as they are defined, in both directions", "[history][S0-43]") {
  const auto& all = random_ledger();
  EventMarks marks(all.log());
  Random random(kSeed);
  size_t answered = 0, empty = 0;

  for (int round = 0; round < 1500; ++round) {
    auto question = random_question(all, random);
    const auto found = ask(all, question);
    question.filter.marks = &marks;
    const auto by_marks = ask(all, question);

    INFO("seed " << kSeed << " round " << round);
    REQUIRE(found.positions == by_definition(all, question));
    REQUIRE(by_marks.positions == found.positions);
    CHECK(!found.next);
    CHECK(!by_marks.next);
    (found.positions.empty() ? empty : answered) += 1;
  }

  CHECK(answered > 500);
  CHECK(empty > 50);
}

TEST_CASE("pages of any size, one after the other, are the whole, and the last says so", "[history]") {
  const auto& all = random_ledger();
  EventMarks marks(all.log());
  Random random(kSeed + 1);
  size_t pages = 0;

  for (int round = 0; round < 500; ++round) {
    auto question = random_question(all, random);
    const auto whole = ask(all, question).positions;
    if (random() % 2 == 0) question.filter.marks = &marks;
    Positions together;
    std::optional<Position> next;
    do {
      question.limit = 1 + random() % 300;
      question.after = next ? next : question.after;
      const auto page = ask(all, question);
      together.insert(together.end(), page.positions.begin(), page.positions.end());
      next = page.next;
      CHECK(page.positions.size() <= question.limit);
      CHECK((!next || next->value == page.positions.back()));
      ++pages;
    } while (next);

    INFO("seed " << kSeed + 1 << " round " << round);
    REQUIRE(together == whole);
  }

  CHECK(pages > 1000);
}

TEST_CASE("the chain of an event is its command, what led to it and what followed", "[history]") {
  const auto& all = random_ledger();
  EventMarks marks(all.log());
  size_t chained = 0;

  for (uint64_t at = 0; at < all.events.size(); at += 3) {
    const auto chain = chain_of(all.log(), Position{at}, all.state.end).value();

    INFO("position " << at);
    REQUIRE((chain == chain_by_definition(all.events, at)));
    REQUIRE((chain_of(all.log(), Position{at}, all.state.end, &marks).value() == chain));
    chained += chain.size() > 1 ? 1 : 0;
  }

  CHECK(chained > 10);
}

TEST_CASE("a chain ends where the record is looked at", "[history]") {
  const auto& all = random_ledger();
  const auto starts = [](const Event& event) { return std::holds_alternative<ImportStarted>(event.body); };
  const auto start = std::ranges::find_if(all.events, starts)->envelope.position;

  const auto whole = chain_of(all.log(), start, all.state.end).value();
  const auto cut = chain_of(all.log(), start, Position{start.value + 2}).value();

  CHECK(whole.size() == 5);  // three rows, and the import's beginning and end
  CHECK(cut == Chain{{start, 0}, {Position{start.value + 1}, 1}});
}

TEST_CASE("a corrected event leads to those that correct it, as far as they had happened", "[history][E-19]") {
  const auto& all = random_ledger();
  const auto middle = *parse_instant("2024-07-25T00:00:00Z");
  const Position from{all.state.end.value / 4}, end{all.state.end.value / 4 * 3};
  EventMarks marks(all.log());
  EventFilter by_then;
  by_then.happened_by = middle;

  const auto every = Corrections::read(all.log(), all.state, {}, Position{}, all.state.end).value();
  const auto some = Corrections::read(all.log(), all.state, by_then, from, end).value();
  const auto some_by_marks = Corrections::read(all.log(), all.state, by_then, from, end, &marks).value();

  size_t corrected = 0, fewer = 0;
  for (const auto& event : all.events) {
    const auto at = event.envelope.position;
    std::vector<Position> wanted, wanted_some;
    for (const auto& later : all.events) {
      const auto& e = later.envelope;
      if (e.corrects != at.value + 1) continue;
      wanted.push_back(e.position);
      if (at >= from && e.position < end && e.happened_at <= middle) wanted_some.push_back(e.position);
    }
    CHECK(every.of(at) == wanted);
    CHECK(some.of(at) == wanted_some);
    CHECK(some_by_marks.of(at) == wanted_some);
    corrected += wanted.size();
    fewer += wanted_some.size();
  }
  CHECK(fewer > 5);
  CHECK(corrected > fewer);
}

namespace {

// A refused row as text, with what became of it.
std::string text_of(const RefusedRow& row) {
  const auto place = [](const auto& at) { return at ? std::to_string(at->value) : "none"; };
  return std::to_string(row.at.value) + " " + row.row.sheet + " " + row.row.ref + " " + row.person.value + " " + row.actor.value + " " +
         (row.stands ? "stands" : "gone") + " undone by " + place(row.undone) + ", because of " +
         (row.because ? std::to_string(row.because->envelope.position.value) : "none");
}

std::vector<std::string> texts_of(const Result<std::vector<RefusedRow>>& rows) {
  std::vector<std::string> texts;
  for (const auto& row : rows.value()) texts.push_back(text_of(row));
  return texts;
}

}  // namespace

TEST_CASE("rows that were refused are the same, found by marks or by reading the whole record", "[history]") {
  const auto& all = random_ledger();
  const auto middle = *parse_instant("2024-07-25T00:00:00Z");
  EventMarks marks(all.log());
  std::vector<RefusedFilter> filters(1);
  for (int i = 0; i < 30; ++i) filters.push_back({"", (i % 2 == 0 ? "A" : "P") + std::to_string(i), "", std::nullopt, std::nullopt});
  for (const auto& [person, known] : all.state.people) filters.push_back({"applications", "", "iom-coaching", std::nullopt, person});
  filters.push_back({"", "", "", CycleId{"iom-coaching", "2024"}, std::nullopt});
  size_t refused = 0, replaced = 0;

  for (const auto& filter : filters) {
    for (const auto end : {all.state.end, Position{all.state.end.value / 2}, Position{}}) {
      for (const auto happened : {std::optional<Instant>(), std::optional(middle)}) {
        const auto read = refused_rows(all.log(), end, happened, filter);

        REQUIRE(texts_of(refused_rows(all.log(), end, happened, filter, &marks)) == texts_of(read));
        refused += read.value().size();
        for (const auto& row : read.value()) replaced += row.stands ? 0 : 1;
      }
    }
  }

  CHECK(refused > 100);
  CHECK(replaced > 0);
}

TEST_CASE("a page that is full asks the marks for no more", "[history]") {
  const auto& all = random_ledger();
  class CountingLog final : public ForwardingLog {
   public:
    using ForwardingLog::ForwardingLog;
    Result<void> read(Position from, Position to, const std::function<bool(Position, Bytes)>& entry) const override {
      entries += std::min(to, end()).value - from.value;
      return ForwardingLog::read(from, to, entry);
    }
    mutable uint64_t entries = 0;
  };
  CountingLog counting(all.log());
  EventMarks marks(counting);
  Listing question;
  question.to = all.state.end;
  question.limit = 1;
  question.filter.kinds = {kind_of(all.events.front().body).name, "StaffRecorded"};
  question.filter.marks = &marks;
  REQUIRE(all.state.end.value > 2 * kTileWidth);

  const auto page = list_events(counting, all.state, question, [](const Event&) { return true; });

  CHECK(page.value().has_value());
  CHECK(counting.entries <= 2 * kTileWidth);  // once for the marks of a bundle, and once for what they found there
}

TEST_CASE("marks that were kept go on with what is recorded since, and tell of no more than was asked for", "[history]") {
  const auto& all = random_ledger();
  EventMarks from_time_to_time(all.log()), at_once(all.log());
  EventFilter filter;
  filter.kinds = {"SessionMarkedDone", "RowRefused"};

  for (uint64_t end = 1; end <= all.state.end.value; end += 300) {
    const auto found = from_time_to_time.candidates(filter, Position{end / 2}, Position{end}).value();
    Positions wanted;
    for (uint64_t at = end / 2; at < end; ++at) {
      if (std::ranges::count(filter.kinds, kind_of(all.events[at].body).name) > 0) wanted.push_back(at);
    }
    Positions positions;
    for (const auto at : found.value()) positions.push_back(at.value);
    CHECK(positions == wanted);
    CHECK(from_time_to_time.import_programmes(Position{end}).value() == at_once.import_programmes(Position{end}).value());
    CHECK(from_time_to_time.import_programmes(Position{end}).value() == import_programmes(all.log(), Position{end}).value());
  }
  CHECK_FALSE(at_once.candidates({}, Position{}, all.state.end).value());
}

}  // namespace daybook::test
