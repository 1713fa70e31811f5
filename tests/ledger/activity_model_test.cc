// Random seasons of pairings and sessions, held against a slow model that is written from the contract's table of
// activity: it keeps what happened and works out window, allowance and places anew for every question.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <map>
#include <random>
#include <set>

#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using std::chrono::days;
using std::chrono::hours;

// The programme that is played: small enough that random acts meet every rule.
struct Setting {
  std::string programme, cycle, charter;
  uint32_t seats = 0, allowance = 0;
  bool introduction = false;
  int window_months = 0;        // 0: the window ends on
  std::optional<Day> last_day;  // this day
  Instant begins;               // of the acts
  Instant summer_time;          // before it the zone is `winter` from UTC, then an hour more
  hours winter{0};
  std::string name() const { return programme + "/" + cycle; }
};

Setting coaching() {
  auto text = changed(shipped("iom-coaching"), "allowance = 4", "allowance = 2");
  text = changed(text, "[window]\nmonths = 4", "[window]\nmonths = 1");
  return {"iom-coaching", "2024", text, 350, 2, false, 1, {}, *parse_instant("2024-01-29T12:00:00Z"), *parse_instant("2024-03-31T01:00:00Z"),
          hours{1}};
}

Setting un_coaching() {
  auto text = changed(shipped("un-coaching"), "allowance = 5", "allowance = 2");
  text = changed(text, "window_last_day = 2023-07-31", "window_last_day = 2023-03-12");
  return {"un-coaching",
          "2023-pilot",
          text,
          120,
          2,
          true,
          0,
          parse_day("2023-03-12"),
          *parse_instant("2023-03-01T12:00:00Z"),
          *parse_instant("2023-03-12T07:00:00Z"),
          hours{-5}};
}

// ---- The model

struct Move {
  std::string action, ref, client, coach, reason, rating, actor;  // a coach's own row is "coach", with capacity and review
  std::string cycle;
  uint32_t session = 0, capacity = 0;
  Day held_on;
  Instant at;
};

struct SlowMark {
  std::string ref;
  uint32_t session = 0;
  Day held_on;
  bool sponsored = false, unsponsored = false, outside = false, withdrawn = false;
  std::map<std::string, std::string> ratings;  // by giver
};

struct SlowMiss {
  std::string ref, reporter;
  uint32_t session = 0;
  Day held_on;
  bool same = false;
};

struct SlowPairing {
  std::string ref, client, coach, status;
  std::optional<Day> paired_on, ended_on;
  bool accepted() const { return paired_on.has_value(); }
};

class SlowModel {
 public:
  explicit SlowModel(Setting setting) : setting_(std::move(setting)) {}

  // What the contract says to the move: recorded with its flags, or refused by the first rule that applies.
  std::string take(const Move& move) {
    if (move.action == "coach") return take_coach(move);
    if (move.action == "request-pairing") return request(move);
    SlowPairing* pairing = find(move.ref);
    if (move.action == "accept-pairing" || move.action == "decline-pairing") return answer(move, pairing);
    if (move.action == "end-pairing" || move.action == "extend-window") return change(move, pairing);
    if (move.action == "mark-session-done" || move.action == "mark-session-missed") return mark(move, pairing);
    if (move.action == "withdraw-session") return withdraw(move);
    return give_feedback(move);
  }

  // The figures in the contract's words, as text.
  std::map<std::string, std::string> figures() const {
    std::map<std::string, uint64_t> counts;
    counts["applications"] = counts["eligible"] = counts["seated"] = 3;
    for (const auto* none : {"refused_applications", "not_eligible", "referred", "waitlisted"}) counts[none] = 0;
    counts["seats"] = setting_.seats;
    counts["sessions_ceiling"] = uint64_t{setting_.seats} * setting_.allowance;
    std::map<std::string, uint64_t> accepted;  // by client
    for (const auto& pairing : pairings_) {
      ++counts["pairing_requests"];
      counts["pairings"] += pairing.accepted();
      counts["active_pairings"] += pairing.status == "active";
      if (pairing.accepted() && ++accepted[pairing.client] > 1) ++counts["re_pairings"];
    }
    uint64_t rated = 0, sum = 0;
    for (const auto& done : marks_) {
      if (done.withdrawn) continue;
      counts["feedback_count"] += done.ratings.size();
      for (const auto& [giver, rating] : done.ratings) {
        if (rating.empty()) continue;
        ++rated;
        sum += static_cast<uint64_t>(rating[0] - '0');
      }
      if (done.session == 0) {
        ++counts["introductions_done"];
        continue;
      }
      ++counts["sessions_done"];
      counts["sponsored_sessions"] += done.sponsored;
      counts["unsponsored_sessions"] += done.unsponsored;
      counts["outside_window"] += done.outside;
    }
    for (const auto& miss : misses_) counts["sessions_missed"] += !miss.same;
    for (const auto& [client, ignored] : accepted) counts["completed"] += used(client) == setting_.allowance;
    std::map<std::string, std::string> texts;
    for (const auto* name : {"pairing_requests", "pairings", "active_pairings", "re_pairings", "sessions_done", "sponsored_sessions",
                             "unsponsored_sessions", "introductions_done", "sessions_missed", "outside_window", "completed", "feedback_count"}) {
      counts[name] += 0;
    }
    for (const auto& [name, count] : counts) texts[name] = std::to_string(count);
    texts["rating_mean"] = "null";
    if (rated >= 5) {
      const auto hundredths = (sum * 200 + rated) / (rated * 2);
      texts["rating_mean"] = std::to_string(hundredths / 100) + "." + std::to_string(hundredths / 10 % 10) + std::to_string(hundredths % 10);
    }
    return texts;
  }

  Day day_of(Instant at) const { return std::chrono::floor<days>(at + setting_.winter + (at < setting_.summer_time ? hours{0} : hours{1})); }
  std::optional<Day> window_of(const std::string& client) const {
    const auto found = windows_.find(client);
    return found == windows_.end() ? std::nullopt : std::optional(found->second);
  }
  const SlowPairing* find(const std::string& ref) const {
    const auto found = std::find_if(pairings_.begin(), pairings_.end(), [&](const auto& pairing) { return pairing.ref == ref; });
    return found == pairings_.end() ? nullptr : &*found;
  }

 private:
  SlowPairing* find(const std::string& ref) { return const_cast<SlowPairing*>(std::as_const(*this).find(ref)); }

  uint32_t used(const std::string& client) const {
    uint32_t count = 0;
    for (const auto& done : marks_) count += find(done.ref)->client == client && done.sponsored && !done.withdrawn;
    return count;
  }
  bool has_place(const std::string& coach) const {
    const auto active = std::count_if(pairings_.begin(), pairings_.end(), [&](const auto& p) { return p.coach == coach && p.status == "active"; });
    return active < static_cast<std::ptrdiff_t>(coaches_.at(coach).capacity);
  }
  SlowMark* standing(const std::string& ref, uint32_t session) {
    const auto found =
        std::find_if(marks_.begin(), marks_.end(), [&](const auto& mark) { return mark.ref == ref && mark.session == session && !mark.withdrawn; });
    return found == marks_.end() ? nullptr : &*found;
  }
  // As many calendar months later, or the end of that month.
  Day window_from(Day paired_on) const {
    if (setting_.last_day) return *setting_.last_day;
    const std::chrono::year_month_day date(paired_on);
    const auto month = date.year() / date.month() + std::chrono::months(setting_.window_months);
    const Day end = std::chrono::sys_days(month / std::chrono::last);
    const Day same = std::chrono::sys_days(month / std::chrono::day(1)) + (days(static_cast<unsigned>(date.day())) - days(1));
    return std::min(same, end);
  }

  std::string take_coach(const Move& move) {
    coaches_[move.coach] = move;
    return "recorded";
  }

  std::string request(const Move& move) {
    if (find(move.ref)) return "refused duplicate";
    if (move.cycle != setting_.cycle) return "refused unknown-cycle";
    if (move.client[0] != 'C') return "refused no-seat";
    for (const auto& pairing : pairings_) {
      if (pairing.client == move.client && (pairing.status == "open" || pairing.status == "active")) return "refused client-busy";
    }
    if (move.client == move.coach) return "refused self-pairing";
    if (!coaches_.contains(move.coach) || coaches_[move.coach].reason != "accepted") return "refused coach-unknown";
    if (!has_place(move.coach)) return "refused coach-full";
    if (used(move.client) >= setting_.allowance) return "refused nothing-left";
    pairings_.push_back({move.ref, move.client, move.coach, "open", {}, {}});
    return "recorded";
  }

  std::string answer(const Move& move, SlowPairing* pairing) {
    if (!pairing || pairing->status != "open") return "refused no-request";
    if (move.action == "decline-pairing") {
      pairing->status = "declined";
      return "recorded";
    }
    if (!has_place(pairing->coach)) return "refused coach-full";
    pairing->status = "active";
    pairing->paired_on = day_of(move.at);
    windows_.try_emplace(pairing->client, window_from(*pairing->paired_on));
    return "recorded";
  }

  std::string change(const Move& move, SlowPairing* pairing) {
    if (!pairing || pairing->status != "active") return "refused not-active";
    if (move.action == "extend-window") {
      Day& last = windows_.at(pairing->client);
      if (move.held_on <= last) return "refused not-later";
      last = move.held_on;
      return "recorded";
    }
    pairing->status = "ended";
    pairing->ended_on = day_of(move.at);
    return "recorded";
  }

  std::string mark(const Move& move, const SlowPairing* pairing) {
    if (!pairing || !pairing->accepted()) return "refused not-active";
    if (move.session == 0 && !setting_.introduction) return "refused no-such-session";
    if (move.held_on < *pairing->paired_on - days(1)) return "refused before-pairing";
    if (move.held_on > std::chrono::floor<days>(move.at + hours(14))) return "refused in-future";
    if (pairing->ended_on && move.held_on > *pairing->ended_on) return "refused after-end";
    if (standing(move.ref, move.session)) return "refused already-done";
    if (move.action == "mark-session-missed") {
      const bool same = std::any_of(misses_.begin(), misses_.end(), [&](const auto& miss) {
        return miss.ref == move.ref && miss.session == move.session && miss.held_on == move.held_on && miss.reporter != move.actor;
      });
      misses_.push_back({move.ref, move.actor, move.session, move.held_on, same});
      return same ? "recorded same-miss" : "recorded";
    }
    SlowMark done{move.ref, move.session, move.held_on, false, false, false, false, {}};
    if (move.session > 0) (used(pairing->client) < setting_.allowance ? done.sponsored : done.unsponsored) = true;
    done.outside = move.held_on > windows_.at(pairing->client);
    marks_.push_back(done);
    return std::string("recorded") + (done.unsponsored || done.outside ? " " : "") + (done.unsponsored ? "unsponsored" : "") +
           (done.unsponsored && done.outside ? ";" : "") + (done.outside ? "outside-window" : "");
  }

  std::string withdraw(const Move& move) {
    SlowMark* done = standing(move.ref, move.session);
    if (!done) return "refused not-done";
    if (move.reason.empty()) return "refused no-reason";
    done->withdrawn = true;
    return "recorded";
  }

  std::string give_feedback(const Move& move) {
    SlowMark* done = standing(move.ref, move.session);
    if (!done) return "refused not-done";
    return done->ratings.try_emplace(move.actor, move.rating).second ? "recorded" : "refused duplicate";
  }

  Setting setting_;
  std::vector<SlowPairing> pairings_;  // in order of request
  std::vector<SlowMark> marks_;
  std::vector<SlowMiss> misses_;
  std::map<std::string, Day> windows_;  // by client
  std::map<std::string, Move> coaches_;
};

// ---- Random acts

class Player {
 public:
  Player(const Setting& setting, uint32_t seed) : setting_(setting), random_(seed), now_(setting.begins) {}

  Move next(const SlowModel& model) {
    static const std::vector<std::pair<std::string, int>> kinds = {
        {"request-pairing", 6},    {"accept-pairing", 6},      {"decline-pairing", 1},  {"end-pairing", 2},   {"extend-window", 1},
        {"mark-session-done", 22}, {"mark-session-missed", 4}, {"withdraw-session", 3}, {"give-feedback", 7}, {"coach", 1}};
    if (!last_.action.empty() && one_in(8)) {  // the other side says the same
      last_.actor = last_.actor == "C0" ? "K0" : "C0";
      return last_;
    }
    int left = upto(53);
    Move move;
    for (const auto& [kind, weight] : kinds) {
      if (left >= 0 && left < weight) move.action = kind;
      left -= weight;
    }
    if (!one_in(4)) lead_on(model, move);
    now_ += hours(upto(48)) + std::chrono::minutes(upto(60));
    move.at = one_in(8) ? now_ - hours(upto(200)) : now_;  // some are entered late
    move.ref = a_ref(model, move.action == "request-pairing");
    move.cycle = one_in(30) ? "2099" : setting_.cycle;
    move.client = one_in(20) ? "K0" : "C" + std::to_string(upto(3));
    move.coach = one_in(20) ? move.client : one_in(20) ? "C0" : "K" + std::to_string(upto(2));
    move.actor = one_in(2) ? "C0" : "K0";
    move.session = static_cast<uint32_t>(upto(4));
    move.reason = one_in(6) ? "" : "by mistake";
    move.rating = one_in(5) ? "" : std::to_string(1 + upto(5));
    move.held_on = day_near(model, move);
    if (move.action == "coach") {
      move.coach = "K" + std::to_string(upto(2));
      move.capacity = 1 + static_cast<uint32_t>(upto(2));
      move.reason = one_in(4) ? "declined" : "accepted";
    }
    return last_ = move;
  }

 private:
  int upto(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  bool one_in(int count) { return upto(count) == 0; }

  // While nobody is paired there is little else to do than to ask and to accept.
  void lead_on(const SlowModel& model, Move& move) {
    bool asked = false;
    for (const auto* ref : {"P0", "P1", "P2", "P3"}) {
      const SlowPairing* pairing = model.find(ref);
      if (pairing && pairing->status == "active") return;
      asked |= pairing && pairing->status == "open";
    }
    move.action = asked ? "accept-pairing" : "request-pairing";
  }

  // Mostly one that leads somewhere: new for a request, of an accepted pairing for the rest.
  std::string a_ref(const SlowModel& model, bool for_request) {
    const auto leads_on = [&](const std::string& ref) {
      const SlowPairing* pairing = model.find(ref);
      return for_request ? pairing == nullptr : pairing && (pairing->accepted() || pairing->status == "open");
    };
    std::string ref;
    for (int tries = 0; tries < 8; ++tries) {
      ref = "P" + std::to_string(upto(4));
      if (leads_on(ref)) break;
    }
    return ref;
  }

  // A day around one at which some rule turns: today, the pairing date, its end, the window's last day.
  Day day_near(const SlowModel& model, const Move& move) {
    const SlowPairing* pairing = model.find(move.ref);
    std::vector<Day> turns = {std::chrono::floor<days>(move.at), std::chrono::floor<days>(move.at)};
    if (pairing && pairing->paired_on) {
      turns.insert(turns.end(), 2, *pairing->paired_on);
      turns.push_back(*model.window_of(pairing->client));
    }
    if (pairing && pairing->ended_on) turns.push_back(*pairing->ended_on);
    return turns[static_cast<size_t>(upto(static_cast<int>(turns.size())))] + days(upto(5) - 2);
  }

  const Setting& setting_;
  std::mt19937 random_;
  Instant now_;
  Move last_;
};

// ---- The product

std::string play(TestLedger& ledger, const Setting& setting, const Move& move) {
  const auto at = to_text(move.at), held_on = to_text(move.held_on);
  if (move.action == "coach") {
    auto coach = coach_of(setting.programme, move.capacity);
    coach.review = move.reason;
    return said(ledger.run(RecordCoach{move.coach, coach}, at));
  }
  if (move.action == "request-pairing") return said(ledger.request(move.ref, setting.programme + "/" + move.cycle, move.client, move.coach, at));
  if (move.action == "extend-window") return said(ledger.extend(move.ref, held_on, at));
  if (move.action == "mark-session-done") return said(ledger.done(move.ref, move.session, held_on, at, move.actor));
  if (move.action == "mark-session-missed") return said(ledger.missed(move.ref, move.session, held_on, at, move.actor));
  if (move.action == "withdraw-session") return said(ledger.withdraw(move.ref, move.session, at, move.reason));
  if (move.action == "give-feedback") return said(ledger.feedback(move.ref, move.session, move.rating, at, move.actor));
  return said(ledger.act(move.action, move.ref, at, move.actor));
}

size_t count_elapsed(TestLedger& ledger, const Answer& ticked) {
  size_t count = 0;
  for (const auto& event : ledger.events(ticked.range.first)) count += std::holds_alternative<WindowElapsed>(event.body);
  return count;
}

std::string lines_of(const std::map<std::string, std::string>& figures) {
  std::string text;
  for (const auto& [name, value] : figures) text += name + " " + value + "\n";
  return text;
}

std::string text_of(const Move& move) {
  return to_text(move.at) + " " + move.action + " ref=" + move.ref + " cycle=" + move.cycle + " client=" + move.client + " coach=" + move.coach +
         " session=" + std::to_string(move.session) + " held_on=" + to_text(move.held_on) + " actor=" + move.actor + " reason=" + move.reason +
         " rating=" + move.rating + " capacity=" + std::to_string(move.capacity) + "\n";
}

}  // namespace

TEST_CASE("random activity, with ticks in between, gets the answers and figures that the contract's table gives", "[pairing][session][S0-15]") {
  constexpr uint32_t kSeasons = 300;
  constexpr int kMoves = 45;
  std::set<std::string> met;
  size_t elapsed = 0;

  for (uint32_t season = 0; season < kSeasons; ++season) {
    const Setting setting = season % 2 == 0 ? coaching() : un_coaching();
    TestLedger ledger({setting.charter});
    SlowModel model(setting);
    Player player(setting, season);
    for (const auto* client : {"C0", "C1", "C2"}) ledger.seated(client, setting.name());
    for (const auto* coach : {"K0", "K1"}) {
      ledger.accepted_coach(coach, setting.programme);
      Move row;
      row.action = "coach";
      row.coach = coach;
      row.capacity = 1;
      row.reason = "accepted";
      model.take(row);
    }
    std::string story;

    for (int i = 0; i < kMoves; ++i) {
      const Move move = player.next(model);
      story += text_of(move);
      const auto wanted = model.take(move);
      met.insert(move.action + " " + wanted);

      const auto found = play(ledger, setting, move);
      if (i % 4 == 0) elapsed += count_elapsed(ledger, ledger.tick());  // of which the contract's table knows nothing

      // A coach's row with the same facts again adds nothing, which the model does not follow.
      if (found == wanted || (move.action == "coach" && found == "unchanged")) continue;
      CAPTURE(season, setting.programme, story);
      REQUIRE(found == wanted);
    }

    const auto named = named_figures(ledger.stats(setting.name()));
    const auto found = lines_of({named.begin(), named.end()});
    CAPTURE(season, setting.programme, story);
    REQUIRE(found == lines_of(model.figures()));
  }

  CHECK(elapsed > kSeasons);
  // The seasons met every answer that there is to a request, a pairing and a session.
  for (const auto* answer : {"request-pairing recorded",
                             "request-pairing refused duplicate",
                             "request-pairing refused unknown-cycle",
                             "request-pairing refused no-seat",
                             "request-pairing refused client-busy",
                             "request-pairing refused self-pairing",
                             "request-pairing refused coach-unknown",
                             "request-pairing refused coach-full",
                             "request-pairing refused nothing-left",
                             "accept-pairing recorded",
                             "accept-pairing refused no-request",
                             "accept-pairing refused coach-full",
                             "decline-pairing recorded",
                             "decline-pairing refused no-request",
                             "end-pairing recorded",
                             "end-pairing refused not-active",
                             "extend-window recorded",
                             "extend-window refused not-active",
                             "extend-window refused not-later",
                             "mark-session-done recorded",
                             "mark-session-done recorded unsponsored",
                             "mark-session-done recorded outside-window",
                             "mark-session-done recorded unsponsored;outside-window",
                             "mark-session-done refused not-active",
                             "mark-session-done refused no-such-session",
                             "mark-session-done refused before-pairing",
                             "mark-session-done refused in-future",
                             "mark-session-done refused after-end",
                             "mark-session-done refused already-done",
                             "mark-session-missed recorded",
                             "mark-session-missed recorded same-miss",
                             "mark-session-missed refused already-done",
                             "withdraw-session recorded",
                             "withdraw-session refused not-done",
                             "withdraw-session refused no-reason",
                             "give-feedback recorded",
                             "give-feedback refused not-done",
                             "give-feedback refused duplicate"}) {
    CAPTURE(answer);
    CHECK(met.contains(answer));
  }
}

}  // namespace daybook::test
