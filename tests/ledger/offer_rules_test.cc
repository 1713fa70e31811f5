// Seats that are offered: held until they are answered, given to nobody else, free again by a no or by the clock; then
// random seasons of seats against a slow model.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "projections/state_lines.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

const std::string kExecutive = "iom-executive-coaching/2024";
const CycleId kCycle = TestLedger::cycle_id(kExecutive);

std::string with_seats(int seats) { return changed(shipped("iom-executive-coaching"), "seats = 40", "seats = " + std::to_string(seats)); }

// An applicant whom the programme refers to a person: decided eligible, they wait although seats are free.
void senior_applied(TestLedger& ledger, const std::string& ref, int second) {
  auto senior = staff_of(ref);
  senior.post = "adviser";
  senior.grade = "D1";
  ledger.staff(senior);
  const auto at = to_text(*parse_instant("2024-03-10T12:00:00Z") + std::chrono::seconds(second));
  REQUIRE(said(ledger.apply(ref, ref, kExecutive, at)) == "recorded");
}
void chief_applied(TestLedger& ledger, const std::string& ref, int second) {
  ledger.staff(ref);
  REQUIRE(said(ledger.apply(ref, ref, kExecutive, to_text(*parse_instant("2024-03-10T12:00:00Z") + std::chrono::seconds(second)))) == "recorded");
}

// S1 to S`count` wait for one of the seats, all of which are free. The periods that are over are recorded.
void waiting(TestLedger& ledger, int count) {
  ledger.tick();
  for (int i = 1; i <= count; ++i) senior_applied(ledger, "S" + std::to_string(i), i);
  ledger.decide(kExecutive);
  for (int i = 1; i <= count; ++i) REQUIRE(said(ledger.refer("S" + std::to_string(i), true)) == "recorded");
}

Names waitlist(TestLedger& ledger) { return ledger.state().cycle(kCycle)->waitlist; }
Names offers(TestLedger& ledger) { return ledger.state().cycle(kCycle)->offers; }
OfferStatus offer_status(TestLedger& ledger, const std::string& ref) { return ledger.application(ref).offer->status; }

}  // namespace

TEST_CASE("an offered seat is held: nobody is granted it, offered it, or seated on it", "[seating][E-07][S0-30]") {
  TestLedger ledger({with_seats(2)});
  waiting(ledger, 3);
  chief_applied(ledger, "chief", 50);
  CHECK(said(ledger.grant_seat(kExecutive)) == "recorded");

  const auto offer = ledger.offer_seat(kExecutive, "2024-06-15");

  CHECK(said(offer) == "recorded");
  CHECK(offers(ledger) == Names{"S2"});
  for (const auto& refused : {ledger.grant_seat(kExecutive), ledger.offer_seat(kExecutive, "2024-06-15")}) {
    CHECK(said(refused) == "refused no-free-seat");
    CHECK(refused.refusal.saw == "1 of 2 seats are taken, 1 held for open offers");
    CHECK(refused.refusal.because == offer.range.first);
  }
  ledger.decide(kExecutive);
  CHECK(ledger.seat("chief") == "waitlisted");
  CHECK(waitlist(ledger) == Names{"S2", "S3", "chief"});
}

TEST_CASE("an offer that is accepted is a seat from the waitlist, because of the offer", "[seating][E-07][S0-29]") {
  TestLedger ledger({with_seats(2)});
  waiting(ledger, 2);
  const auto offer = ledger.offer_seat(kExecutive, "2024-06-15");

  const auto accepted = ledger.accept_offer("S1");

  CHECK(said(accepted) == "recorded");
  CHECK(ledger.seat("S1") == "seated");
  CHECK(waitlist(ledger) == Names{"S2"});
  CHECK(offers(ledger).empty());
  CHECK(offer_status(ledger, "S1") == OfferStatus::kAccepted);
  const auto event = ledger.events(accepted.range.first).front();
  CHECK(event.envelope.caused_by == offer.range.first.value + 1);
  CHECK(std::get<SeatGranted>(event.body).from_waitlist);
  CHECK(ledger.stats(kExecutive).seated == 1);
}

TEST_CASE("an offer that is declined frees the seat and ends the wait, and nobody is given the seat silently", "[seating][E-07]") {
  TestLedger ledger({with_seats(1)});
  waiting(ledger, 2);
  ledger.offer_seat(kExecutive, "2024-06-15");

  CHECK(said(ledger.decline_offer("S1")) == "recorded");

  CHECK(ledger.seat("S1").empty());
  CHECK(waitlist(ledger) == Names{"S2"});
  CHECK(ledger.seat("S2") == "waitlisted");
  CHECK(ledger.stats(kExecutive).waitlisted == 1);
  CHECK(said(ledger.offer_seat(kExecutive, "2024-06-20")) == "recorded");
  CHECK(offers(ledger) == Names{"S2"});
}

TEST_CASE("an offer without an answer expires after its last instant, and who was silent goes to the end of the waitlist", "[seating][clock][E-07]") {
  TestLedger ledger({with_seats(1)});
  waiting(ledger, 3);
  const auto offer = ledger.offer_seat(kExecutive, "2024-06-15");
  ledger.clock.reach(*parse_instant("2024-06-15T21:59:59.999999Z"));

  CHECK(said(ledger.tick()) == "unchanged");
  ledger.clock.pass(1us);
  const auto expired = ledger.tick();

  CHECK(said(expired) == "recorded");
  const auto event = ledger.events(expired.range.first).front();
  CHECK(to_text(event.envelope.happened_at) == "2024-06-15T21:59:59.999999Z");
  CHECK(event.envelope.caused_by == offer.range.first.value + 1);
  CHECK(std::get<OfferExpired>(event.body).rank == 4);
  CHECK(waitlist(ledger) == Names{"S2", "S3", "S1"});
  CHECK(offers(ledger).empty());
  CHECK(ledger.stats(kExecutive).seated == 0);
  CHECK(said(ledger.tick()) == "unchanged");
  CHECK(said(ledger.offer_seat(kExecutive, "2024-06-20")) == "recorded");
  CHECK(offers(ledger) == Names{"S2"});
}

TEST_CASE("offers that expire at one tick go to the end in the order in which they ended, each because of its own", "[seating][clock][E-07]") {
  TestLedger ledger({with_seats(3)});
  waiting(ledger, 4);
  std::vector<uint64_t> offered;
  for (const auto* answer_by : {"2024-06-20", "2024-06-10", "2024-06-10"}) {
    offered.push_back(ledger.offer_seat(kExecutive, answer_by).range.first.value);
  }
  ledger.clock.reach(*parse_instant("2024-07-01T12:00:00Z"));

  const auto answer = ledger.tick();

  CHECK(waitlist(ledger) == Names{"S4", "S2", "S3", "S1"});
  std::vector<uint64_t> causes;
  for (const auto& event : ledger.events(answer.range.first)) causes.push_back(event.envelope.caused_by - 1);
  CHECK(causes == std::vector{offered[1], offered[2], offered[0]});
}

TEST_CASE("whoever was silent can be offered a seat again, and that offer ends by itself once more", "[seating][clock][E-07]") {
  TestLedger ledger({with_seats(1)});
  waiting(ledger, 1);
  ledger.offer_seat(kExecutive, "2024-06-10");
  ledger.clock.reach(*parse_instant("2024-06-12T12:00:00Z"));
  REQUIRE(said(ledger.tick()) == "recorded");

  CHECK(said(ledger.offer_seat(kExecutive, "2024-06-20")) == "recorded");
  CHECK(said(ledger.tick()) == "unchanged");
  ledger.clock.reach(*parse_instant("2024-06-22T12:00:00Z"));
  CHECK(said(ledger.tick()) == "recorded");
  CHECK(waitlist(ledger) == Names{"S1"});
}

TEST_CASE("an answer needs an open offer, and a no needs a reason", "[seating][E-07]") {
  TestLedger ledger({with_seats(1)});
  waiting(ledger, 2);

  CHECK(said(ledger.accept_offer("nobody's")) == "refused unknown-application");
  CHECK(said(ledger.decline_offer("nobody's")) == "refused unknown-application");
  const auto early = ledger.accept_offer("S1");
  CHECK(said(early) == "refused no-offer");
  CHECK(early.refusal.saw == "no seat was offered");
  ledger.offer_seat(kExecutive, "2024-06-15");
  CHECK(said(ledger.decline_offer("S1", "", "")) == "refused no-reason");
  CHECK(said(ledger.accept_offer("S2")) == "refused no-offer");
  CHECK(said(ledger.accept_offer("S1", "2024-05-31T12:00:00Z")) == "refused before-offer");
  CHECK(said(ledger.decline_offer("S1", "2024-05-31T12:00:00Z")) == "refused before-offer");
  const auto declined = ledger.decline_offer("S1");
  const auto again = ledger.accept_offer("S1");
  CHECK(said(again) == "refused no-offer");
  CHECK(again.refusal.saw == "the offer is declined");
  CHECK(again.refusal.because == declined.range.first);
  CHECK(said(ledger.offer_seat("iom-executive-coaching/2099", "2024-06-15")) == "refused unknown-cycle");
}

TEST_CASE("a no counts also after the last day, as long as nothing has taken the offer back", "[seating][E-07]") {
  TestLedger ledger({with_seats(1)});
  waiting(ledger, 1);
  ledger.offer_seat(kExecutive, "2024-06-05");
  ledger.clock.reach(*parse_instant("2024-06-10T12:00:00Z"));

  CHECK(said(ledger.accept_offer("S1")) == "refused late");
  CHECK(said(ledger.decline_offer("S1")) == "recorded");

  CHECK(said(ledger.tick()) == "unchanged");
  CHECK(said(ledger.offer_seat(kExecutive, "2024-06-20")) == "refused nobody-waits");
}

TEST_CASE("who has an open offer is passed over for the next free seat", "[seating][E-07]") {
  TestLedger ledger({with_seats(3)});
  waiting(ledger, 2);
  ledger.offer_seat(kExecutive, "2024-06-15");

  CHECK(said(ledger.grant_seat(kExecutive)) == "recorded");
  const auto refused = ledger.grant_seat(kExecutive);

  CHECK(ledger.seat("S2") == "seated");
  CHECK(said(refused) == "refused nobody-waits");
  CHECK(refused.refusal.saw == "all 1 on the waitlist have an open offer");
}

TEST_CASE("an offer and what became of it count by when they happened", "[seating][clocks][E-07]") {
  TestLedger ledger({with_seats(2)});
  waiting(ledger, 2);
  ledger.offer_seat(kExecutive, "2024-06-15", "2024-06-05T12:00:00Z");
  ledger.offer_seat(kExecutive, "2024-06-15", "2024-05-30T12:00:00Z");  // before S2 waited, they say
  ledger.accept_offer("S1", "2024-06-05T12:00:00Z");                    // in the offer's own moment
  ledger.clock.reach(*parse_instant("2024-06-20T12:00:00Z"));
  ledger.tick();
  // "1 seated, 0 offered, waiting S2"
  const auto seats_by = [&](const std::string& moment) {
    AsOf as_of;
    as_of.happened = *parse_instant(moment);
    const auto state = fold(ledger.log(), as_of).value();
    const auto& cycle = *state.cycle(kCycle);
    std::string text = std::to_string(cycle.seats_taken) + " seated, " + std::to_string(cycle.offers.size()) + " offered, waiting";
    for (const auto& ref : cycle.waitlist) text += " " + ref;
    return text;
  };

  CHECK(seats_by("2024-05-31T12:00:00Z") == "0 seated, 0 offered, waiting");
  CHECK(seats_by("2024-06-04T12:00:00Z") == "0 seated, 1 offered, waiting S1 S2");
  CHECK(seats_by("2024-06-05T12:00:00Z") == "1 seated, 1 offered, waiting S2");
  CHECK(seats_by("2024-06-15T21:59:59.999999Z") == "1 seated, 0 offered, waiting S2");
}

// ---- Random seasons of seats

namespace {

// The seats of a cycle, written from the contract's words: who waits in which order, who has an offer until when.
class SlowSeats {
 public:
  explicit SlowSeats(size_t seats) : seats_(seats) {}

  std::string decide(std::vector<std::string> eligible) {
    for (const auto& ref : eligible) {
      if (seated.size() + offers.size() < seats_) {
        seated.insert(ref);
      } else {
        waits.push_back(ref);
      }
    }
    return eligible.empty() ? "unchanged" : "recorded";
  }
  std::string refer(const std::string& ref) { return waits.push_back(ref), "recorded"; }
  std::string grant() {
    if (const auto refusal = nothing_free(); !refusal.empty()) return refusal;
    take(*next());
    return "recorded";
  }
  std::string offer(Day answer_by, Day today) {
    if (const auto refusal = nothing_free(); !refusal.empty()) return refusal;
    if (answer_by < today) return "refused already-passed";
    offers.push_back({*next(), answer_by});
    return "recorded";
  }
  std::string accept(const std::string& ref, Day today) {
    const auto open = find(ref);
    if (open == offers.end()) return "refused no-offer";
    if (open->second < today) return "refused late";
    take(ref);
    return "recorded";
  }
  std::string decline(const std::string& ref) {
    if (find(ref) == offers.end()) return "refused no-offer";
    offers.erase(find(ref));
    std::erase(waits, ref);
    return "recorded";
  }
  std::string tick(Day today) {
    std::vector<std::pair<Day, std::string>> over;
    for (const auto& [ref, answer_by] : offers) {
      if (answer_by < today) over.emplace_back(answer_by, ref);
    }
    std::stable_sort(over.begin(), over.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [answer_by, ref] : over) {
      offers.erase(find(ref));
      std::erase(waits, ref);
      waits.push_back(ref);
    }
    return over.empty() ? "unchanged" : "recorded";
  }

  std::set<std::string> seated;
  Names waits;
  std::vector<std::pair<std::string, Day>> offers;  // in order of offering

 private:
  std::vector<std::pair<std::string, Day>>::iterator find(const std::string& ref) {
    return std::find_if(offers.begin(), offers.end(), [&](const auto& offer) { return offer.first == ref; });
  }
  std::optional<std::string> next() {
    for (const auto& ref : waits) {
      if (find(ref) == offers.end()) return ref;
    }
    return std::nullopt;
  }
  std::string nothing_free() {
    if (seated.size() + offers.size() >= seats_) return "refused no-free-seat";
    return next() ? "" : "refused nobody-waits";
  }
  void take(const std::string& ref) {
    if (find(ref) != offers.end()) offers.erase(find(ref));
    std::erase(waits, ref);
    seated.insert(ref);
  }

  size_t seats_;
};

// Holds what can never be, and the model, against the state.
void check_seats(const State& state, const SlowSeats& model) {
  const auto& cycle = *state.cycle(kCycle);
  REQUIRE(cycle.seats_taken + cycle.offers.size() <= cycle.charter->seats);
  REQUIRE(std::set<std::string>(cycle.waitlist.begin(), cycle.waitlist.end()).size() == cycle.waitlist.size());
  std::set<std::string> seated;
  for (const auto& ref : cycle.applications) {
    const auto& application = *state.application(ref);
    const bool waits = std::find(cycle.waitlist.begin(), cycle.waitlist.end(), ref) != cycle.waitlist.end();
    const bool offered = std::find(cycle.offers.begin(), cycle.offers.end(), ref) != cycle.offers.end();
    REQUIRE(waits == (application.seat == SeatStatus::kWaitlisted));
    REQUIRE(offered == application.has_open_offer());
    REQUIRE((!offered || waits));
    if (application.seat == SeatStatus::kSeated) seated.insert(ref);
  }
  Names offered;
  for (const auto& [ref, answer_by] : model.offers) offered.push_back(ref);
  REQUIRE(seated == model.seated);
  REQUIRE(seated.size() == cycle.seats_taken);
  REQUIRE(cycle.waitlist == model.waits);
  REQUIRE(cycle.offers == offered);
}

}  // namespace

TEST_CASE("random seasons of decisions, grants, offers and answers never hold more seats than there are", "[seating][clock][E-06][E-07]") {
  constexpr unsigned kSeasons = 60;
  constexpr int kMoves = 60;
  std::map<std::string, int> met;

  for (unsigned season = 0; season < kSeasons; ++season) {
    std::mt19937 random(season);
    const auto upto = [&](int end) { return static_cast<int>(random() % static_cast<unsigned>(end)); };
    const int seats = 1 + upto(4);
    TestLedger ledger({with_seats(seats)});
    SlowSeats model(static_cast<size_t>(seats));
    ledger.tick();
    Names applied, undecided, referred;
    std::string story;
    for (int i = 0; i < kMoves; ++i) {
      if (upto(3) == 0) ledger.clock.pass(std::chrono::hours{upto(60)});
      const Day today = Zone::find("Europe/Zurich")->day_of(ledger.clock.wall);
      auto ref = applied.empty() ? "nobody" : applied[static_cast<size_t>(upto(static_cast<int>(applied.size())))];
      if (!model.offers.empty() && upto(2) == 0) ref = model.offers.front().first;
      const Day answer_by = today + std::chrono::days{upto(12) - 2};
      std::string move, wanted, found;
      switch (upto(10)) {
        case 0: {
          const auto next = "A" + std::to_string(100 + applied.size());
          const bool chief = upto(2) == 0;
          chief ? chief_applied(ledger, next, static_cast<int>(applied.size())) : senior_applied(ledger, next, static_cast<int>(applied.size()));
          applied.push_back(next);
          (chief ? undecided : referred).push_back(next);
          continue;
        }
        case 1:
          move = "decide", wanted = model.decide(undecided);
          if (std::any_of(referred.begin(), referred.end(), [&](const auto& r) { return ledger.application(r).outcome.empty(); }))
            wanted = "recorded";
          found = said(ledger.decide(kExecutive));
          undecided.clear();
          break;
        case 2:
          if (referred.empty() || ledger.application(referred.front()).outcome.empty()) continue;
          move = "refer " + referred.front(), wanted = model.refer(referred.front()), found = said(ledger.refer(referred.front(), true));
          referred.erase(referred.begin());
          break;
        case 3:
          move = "grant", wanted = model.grant(), found = said(ledger.grant_seat(kExecutive));
          break;
        case 4:
        case 5:
          move = "offer", wanted = model.offer(answer_by, today), found = said(ledger.offer_seat(kExecutive, to_text(answer_by)));
          break;
        case 6:
          if (applied.empty()) continue;
          move = "accept", wanted = model.accept(ref, today), found = said(ledger.accept_offer(ref));
          break;
        case 7:
          if (applied.empty()) continue;
          move = "decline", wanted = model.decline(ref), found = said(ledger.decline_offer(ref));
          break;
        default:
          move = "tick", wanted = model.tick(today), found = said(ledger.tick());
      }
      story += move + " " + ref + " " + to_text(answer_by) + ": " + found + "\n";
      CAPTURE(season, seats, story);
      REQUIRE(found == wanted);
      check_seats(ledger.state(), model);
      ++met[move.substr(0, move.find(' ')) + " " + found];
    }
    REQUIRE(changes(lines_of(fold(ledger.log()).value()), lines_of(ledger.state())).empty());
  }

  for (const auto* answer :
       {"decide recorded", "refer recorded", "grant recorded", "grant refused no-free-seat", "grant refused nobody-waits", "offer recorded",
        "offer refused no-free-seat", "offer refused nobody-waits", "offer refused already-passed", "accept recorded", "accept refused no-offer",
        "accept refused late", "decline recorded", "decline refused no-offer", "tick recorded", "tick unchanged"}) {
    CAPTURE(answer);
    CHECK(met[answer] > 0);
  }
}

}  // namespace daybook::test
