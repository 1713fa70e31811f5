#include "projections/state_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/civil_time.h"
#include "ledger/decide.h"

namespace daybook {
namespace {

using Event = std::optional<Position>;

std::string text(const std::optional<Day>& day) { return day ? to_text(*day) : ""; }

// Lines of one thing: every path begins with it.
class Lines {
 public:
  Lines(StateLines& all, std::string thing) : all_(all), thing_(std::move(thing)) {}
  void add(std::string_view name, std::string value, Event event = std::nullopt) const {
    all_.insert_or_assign(fmt::format("{} {}", thing_, name), StateLine{std::move(value), event});
  }
  void add(std::string_view name, uint64_t value, Event event = std::nullopt) const { add(name, std::to_string(value), event); }

 private:
  StateLines& all_;
  std::string thing_;
};

std::string seat_text(const ApplicationState& a) {
  if (a.seat == SeatStatus::kNone) return "none";
  return fmt::format("{} {}", a.seat == SeatStatus::kSeated ? "seated" : "waitlisted", a.rank);
}

void add_application(const ApplicationState& a, StateLines& all) {
  const Lines lines(all, "application/" + a.ref);
  lines.add("person", a.person.value, a.submitted);
  lines.add("cycle", a.cycle.text(), a.submitted);
  lines.add("submitted_at", to_text(a.submitted_at), a.submitted);
  if (a.rectified) lines.add("answers", "put right", a.rectified);
  if (!a.decided) return;
  lines.add("outcome", a.outcome, a.referral_decided ? a.referral_decided : a.decided);
  for (const auto& criterion : a.criteria) lines.add("criterion/" + criterion.name, criterion.outcome, a.decided);
  if (a.seat_event) lines.add("seat", seat_text(a), a.seat_event);
  if (!a.offer) return;
  lines.add("offer", std::string(status_name(a.offer->status)), a.offer->changed);
  lines.add("offer_answer_by", to_text(a.offer->answer_by), a.offer->offered);
}

void add_session(const std::string& pairing, uint32_t number, const SessionState& s, StateLines& all) {
  const Lines lines(all, fmt::format("pairing/{} session/{}", pairing, number));
  if (s.done || s.withdrawn) {
    const Event event = s.withdrawn ? *s.withdrawn : s.marked;
    lines.add("status", s.done ? "done" : "withdrawn", event);
    lines.add("held_on", to_text(s.held_on), s.marked);
    lines.add("sponsored", s.sponsored ? "yes" : "no", s.marked);
    lines.add("flags", flags_text(s.unsponsored, s.outside_window), s.marked);
    std::string givers;
    for (const auto& feedback : s.feedback) givers += (givers.empty() ? "" : ";") + feedback.giver.value;
    lines.add("feedback", givers, s.feedback.empty() ? event : s.feedback.back().at);
  }
  for (const auto& miss : s.misses) {
    lines.add(fmt::format("missed/{}", miss.at.value), to_text(miss.held_on) + (miss.same ? " same-miss" : ""), miss.at);
  }
}

void add_pairing(const PairingState& p, StateLines& all) {
  const Lines lines(all, "pairing/" + p.ref);
  lines.add("cycle", p.cycle.text(), p.requested);
  lines.add("client", p.client.value, p.requested);
  lines.add("coach", p.coach.value, p.requested);
  lines.add("application", p.application, p.requested);
  lines.add("status", std::string(status_name(p.status)), p.changed);
  if (p.accepted) {
    lines.add("paired_on", text(p.paired_on), p.accepted);
    lines.add("re_pairing", p.re_pairing ? "yes" : "no", p.accepted);
  }
  if (p.ended_on) lines.add("ended_on", text(p.ended_on), p.changed);
  for (const auto& [number, session] : p.sessions) add_session(p.ref, number, session, all);
}

void add_coach(const std::string& programme, const PersonId& person, const CoachState& coach, StateLines& all) {
  if (!coach.on_record()) return;
  const Lines lines(all, fmt::format("coach/{}/{}", programme, person.value));
  lines.add("review", coach.review.empty() ? "pending" : coach.review, coach.recorded);
  lines.add("capacity", coach.capacity, coach.recorded);
}

void add_cycle(const CycleState& c, StateLines& all) {
  const Lines lines(all, "cycle/" + c.id.text());
  lines.add("charter_version", c.charter_version, c.opened);
  lines.add("seats_taken", c.seats_taken, c.last_seat ? c.last_seat : c.opened);
  lines.add("closed", c.closed ? "yes" : "no", c.closed ? c.closed : c.opened);
  if (c.expired) lines.add("statistics", "expired", c.expired);
  for (const auto& [audience, editions] : c.editions) {
    for (const auto& edition : editions)
      lines.add(fmt::format("edition/{}/{}", audience, edition.number), to_text(edition.due_on), edition.published);
  }
  for (const auto& [person, client] : c.clients) {
    const Lines of_client(all, fmt::format("cycle/{} client/{}", c.id.text(), person.value));
    if (!client.window_last) continue;
    of_client.add("window_last", text(client.window_last), client.window_set);
    of_client.add("window_elapsed", client.elapsed ? "yes" : "no", client.elapsed ? client.elapsed : client.window_set);
  }
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ";")); }

// What follows from other lines, and would be wrong if the fold were.
void add_derived(const State& state, StateLines& all) {
  for (const auto& [id, c] : state.cycles) {
    const Lines lines(all, "cycle/" + id.text());
    lines.add("applications", joined(c.applications));
    lines.add("waitlist", joined(c.waitlist));
    lines.add("waitlist_joined", c.waitlist_joined);
    lines.add("offers", joined(c.offers));
    lines.add("pairings", joined(c.pairings));
    lines.add("refused_applications", c.refused_applications.size());
    for (const auto& [person, ref] : c.applicants) lines.add("applicant/" + person.value, ref);
    for (const auto& [person, client] : c.clients) {
      const Lines of_client(all, fmt::format("cycle/{} client/{}", id.text(), person.value));
      of_client.add("sponsored", client.sponsored, client.last_used());
      of_client.add("accepted", client.accepted);
      of_client.add("current", client.current);
    }
  }
  for (const auto& [key, coach] : state.coaches) {
    if (!coach.on_record()) continue;
    std::vector<std::string> active;
    for (const auto& [pairing, at] : coach.active) active.push_back(pairing);
    Lines(all, fmt::format("coach/{}/{}", key.first, key.second.value)).add("active", joined(active));
  }
  for (const auto& [stream, version] : state.stream_versions) Lines(all, "stream/" + stream).add("next_version", version);
  for (const auto& [batch, import] : state.imports) Lines(all, "import/" + batch).add("started", "yes", import.started);
}

void add_person(const PersonId& id, const PersonState& person, StateLines& all) {
  const Lines lines(all, "person/" + id.value);
  if (person.staff) lines.add("personnel_record", person.staff->value, person.staff);
  for (const auto& put_right : person.put_right) lines.add(fmt::format("put_right/{}", put_right.record.value), "yes", put_right.by);
  for (const auto at : person.participations) lines.add(fmt::format("participation/{}", at.value), "recorded", at);
  for (const auto& accepted : person.accepted) lines.add("accepted/" + accepted.pairing, accepted.programme);
  if (person.erased) lines.add("erased", "yes", person.erased);
  if (person.held) lines.add("on_hold", "yes", person.held);
}

void add_rights(const RightsState& rights, StateLines& all) {
  for (const auto& [holder, roles] : rights.roles) {
    const Lines lines(all, "role/" + holder.value);
    for (const auto& held : roles) {
      const auto where = fmt::format("{}/{}/{}", held.role, held.programme.empty() ? "*" : held.programme, held.unit.empty() ? "*" : held.unit);
      lines.add(where, held.last_day ? "until " + to_text(*held.last_day) : "held", held.granted);
    }
  }
  for (const auto& [id, proposal] : rights.proposals) {
    const Lines lines(all, "proposal/" + id);
    lines.add("action", proposal.action, proposal.made);
    lines.add("proposer", fmt::format("{} as {}", proposal.proposer.value, proposal.role), proposal.made);
    lines.add("outcome", proposal.outcome.empty() ? "open" : proposal.outcome, proposal.closed ? proposal.closed : proposal.made);
  }
  for (const auto& [id, glass] : rights.glasses) {
    const Lines lines(all, "glass/" + id);
    lines.add("holder", fmt::format("{} as {}", glass.holder.value, glass.role), glass.broken);
    lines.add("ends_at", to_text(glass.ends_at), glass.broken);
    lines.add("finding", glass.finding.empty() ? "open" : glass.finding, glass.reviewed ? glass.reviewed : glass.broken);
  }
}

}  // namespace

StateLines lines_of(const State& state, const CycleState& cycle) {
  StateLines all;
  add_cycle(cycle, all);
  for (const auto& ref : cycle.applications) add_application(*state.application(ref), all);
  for (const auto& ref : cycle.pairings) add_pairing(*state.pairing(ref), all);
  for (const auto& [key, coach] : state.coaches) {
    const bool recorded = coach.recorded.value > 0;  // else only named by pairings that had happened by then
    if (key.first == cycle.id.programme && recorded) add_coach(key.first, key.second, coach, all);
  }
  return all;
}

StateLines lines_of(const State& state) {
  StateLines all;
  for (const auto& [name, programme] : state.programmes) {
    for (size_t i = 0; i < programme.versions.size(); ++i) {
      Lines(all, "charter/" + name).add(fmt::format("version/{}", i + 1), "adopted", programme.versions[i].adopted);
    }
  }
  for (const auto& [id, cycle] : state.cycles) all.merge(lines_of(state, cycle));
  for (const auto& [key, coach] : state.coaches) add_coach(key.first, key.second, coach, all);
  for (const auto& [id, person] : state.people) add_person(id, person, all);
  add_rights(state.rights, all);
  add_derived(state, all);
  return all;
}

std::vector<Change> changes(const StateLines& from, const StateLines& to, const std::map<uint64_t, Undone>& undone) {
  // The event that the value is from now or, if that came later, the undo of the one it was from before.
  const auto made_by = [&](std::optional<Position> now, std::optional<Position> before) {
    const auto it = before ? undone.find(before->value) : undone.end();
    return it == undone.end() ? now : std::max(now, std::optional(it->second.by));
  };
  std::vector<Change> all;
  for (const auto& [path, line] : to) {
    const auto before = from.find(path);
    if (before == from.end()) {
      all.push_back({path, "", line.value, line.event});
    } else if (before->second.value != line.value) {
      all.push_back({path, before->second.value, line.value, made_by(line.event, before->second.event)});
    }
  }
  for (const auto& [path, line] : from) {
    if (!to.contains(path)) all.push_back({path, line.value, "", made_by(line.event, line.event)});
  }
  std::stable_sort(all.begin(), all.end(), [](const Change& a, const Change& b) { return std::tie(a.event, a.path) < std::tie(b.event, b.path); });
  return all;
}

}  // namespace daybook
