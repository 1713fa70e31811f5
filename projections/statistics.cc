#include "projections/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace daybook {
namespace {

struct Ratings {
  uint64_t sum = 0, count = 0;
  std::set<PersonId> givers;
};

Result<void> add_rating(const Vault& vault, const GivenFeedback& feedback, Ratings& ratings) {
  DAYBOOK_TRY(const auto record, vault.record(feedback.at, FieldClass::kStatistic));
  static const uint16_t rating_field = field_number(FeedbackGiven{}, "rating");
  const auto* rating = record ? record->find(rating_field) : nullptr;
  if (rating && rating->size() == 1) {
    ratings.sum += static_cast<uint64_t>(rating->front() - '0');
    ++ratings.count;
    ratings.givers.insert(feedback.giver);
  }
  return success();
}

void count_applications(const State& state, const CycleState& cycle, Statistics& s) {
  s.applications = cycle.applications.size();
  s.refused_applications = cycle.refused_applications.size();
  for (const auto& ref : cycle.applications) {
    const auto& application = *state.application(ref);
    s.eligible += application.outcome == "eligible";
    s.not_eligible += application.outcome == "not-eligible";
    s.referred += application.outcome == "referred";
    s.seated += application.seat == SeatStatus::kSeated;
    s.waitlisted += application.seat == SeatStatus::kWaitlisted;
  }
}

Result<void> count_session(const Vault& vault, uint32_t number, const SessionState& session, Statistics& s, Ratings& ratings) {
  for (const auto& miss : session.misses) s.sessions_missed += !miss.same;
  if (!session.done) return success();
  if (number == 0) {
    ++s.introductions_done;
  } else {
    ++s.sessions_done;
    s.sponsored_sessions += session.sponsored;
    s.unsponsored_sessions += session.unsponsored;
    s.outside_window += session.outside_window;
  }
  s.feedback_count += session.feedback.size();
  for (const auto& feedback : session.feedback) {
    DAYBOOK_TRY(add_rating(vault, feedback, ratings));
  }
  return success();
}

}  // namespace

std::string mean_text(uint64_t sum, uint64_t count) {
  const uint64_t hundredths = (200 * sum + count) / (2 * count);
  return fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
}

Result<Statistics> statistics(const State& state, const CycleState& cycle, const Vault& vault) {
  Statistics s;
  Ratings ratings;
  count_applications(state, cycle, s);
  s.seats = cycle.charter->seats;
  s.sessions_ceiling = s.seats * cycle.charter->allowance;
  s.pairing_requests = cycle.pairings.size();
  for (const auto& ref : cycle.pairings) {
    const auto& pairing = *state.pairing(ref);
    s.pairings += pairing.accepted.has_value();
    s.active_pairings += pairing.status == PairingStatus::kActive;
    s.re_pairings += pairing.re_pairing;
    for (const auto& [number, session] : pairing.sessions) {
      DAYBOOK_TRY(count_session(vault, number, session, s, ratings));
    }
  }
  for (const auto& [person, client] : cycle.clients) s.completed += client.accepted > 0 && client.sponsored == cycle.charter->allowance;
  if (ratings.count >= cycle.charter->team_minimum) s.rating_mean = mean_text(ratings.sum, ratings.count);
  s.by_few = ratings.givers.size() < cycle.charter->team_minimum;
  return s;
}

Statistics as_told(Statistics statistics, const CycleId& cycle, bool earlier, Desk& desk) {
  if (!desk.may_look() || !statistics.rating_mean) return statistics;
  const auto sight = desk.sight(class_name(FieldClass::kStatistic), {{}, cycle, ""});
  if (earlier || statistics.by_few || (sight != Sight::kCounted && sight != Sight::kShown)) {
    statistics.rating_mean.reset();
  } else {
    desk.add({}, FieldClass::kStatistic);
  }
  return statistics;
}

bool reaches_all(const CycleId& cycle, Desk& desk) {
  if (!desk.may_look()) return true;
  static constexpr std::string_view kThings[] = {"applications", "decisions", "pairings", "coaches"};
  return std::all_of(std::begin(kThings), std::end(kThings), [&](auto thing) { return desk.sight(thing, {{}, cycle, ""}) == Sight::kShown; });
}

bool may_count(const State& state, const CycleId& cycle, Desk& desk) {
  return !desk.may_look() || desk.reader()->state == &state || reaches_all(cycle, desk);
}

std::vector<std::pair<std::string, std::string>> named_figures(const Statistics& s) {
  const auto text = [](uint64_t value) { return std::to_string(value); };
  return {{"applications", text(s.applications)},
          {"refused_applications", text(s.refused_applications)},
          {"eligible", text(s.eligible)},
          {"not_eligible", text(s.not_eligible)},
          {"referred", text(s.referred)},
          {"seats", text(s.seats)},
          {"seated", text(s.seated)},
          {"waitlisted", text(s.waitlisted)},
          {"pairing_requests", text(s.pairing_requests)},
          {"pairings", text(s.pairings)},
          {"active_pairings", text(s.active_pairings)},
          {"re_pairings", text(s.re_pairings)},
          {"sessions_done", text(s.sessions_done)},
          {"sponsored_sessions", text(s.sponsored_sessions)},
          {"unsponsored_sessions", text(s.unsponsored_sessions)},
          {"sessions_ceiling", text(s.sessions_ceiling)},
          {"introductions_done", text(s.introductions_done)},
          {"sessions_missed", text(s.sessions_missed)},
          {"outside_window", text(s.outside_window)},
          {"completed", text(s.completed)},
          {"feedback_count", text(s.feedback_count)},
          {"rating_mean", s.rating_mean.value_or("null")}};
}

}  // namespace daybook
