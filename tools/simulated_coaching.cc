#include "tools/simulated_coaching.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/civil_time.h"

namespace daybook {
namespace {

using std::chrono::days, std::chrono::hours, std::chrono::minutes;

Day day_of(Instant at) { return std::chrono::floor<days>(at); }

}  // namespace

void SimulatedCoaching::take_coach(const std::string& number, const CoachRecorded& coach) {
  auto& coaches = coaches_[coach.programme];
  const auto [it, fresh] = coaches.by_number.try_emplace(number);
  if (fresh) coaches.numbers.push_back(number);
  it->second.capacity = coach.review == "accepted" ? coach.capacity : 0;
}

void SimulatedCoaching::seat(const std::string& number, const YearlyCharter& cycle) {
  const auto client = std::make_shared<Client>();
  client->number = number;
  client->cycle = &cycle;
  clients_[number].push_back(client);
  if (!chance_.percent(5)) ask_in(client, 3, 20);  // some never come
}

void SimulatedCoaching::leave(const std::string& number) {
  const auto ends = [&](const ClientPtr& client) {
    if (!client->pairing.empty()) end(client, client->pairing, in_days(0, 20), "left the organisation", client->number != number);
  };
  for (const auto& client : clients_[number]) {
    client->left = true;
    ends(client);
  }
  clients_.erase(number);
  for (auto& [programme, coaches] : coaches_) {
    const auto it = coaches.by_number.find(number);
    if (it == coaches.by_number.end()) continue;
    it->second.capacity = 0;
    for (const auto& client : it->second.clients) {
      if (client->coach == number) ends(client);
    }
  }
}

Instant SimulatedCoaching::in_days(int64_t first, int64_t last) {
  return Instant(day_of(agenda_.now())) + days{chance_.from_to(first, last)} + hours{8} + minutes{chance_.from_to(0, 600)};
}

// Of three at random the one with the most places, as far as anybody knows; nobody looks whether it is enough.
bool SimulatedCoaching::choose_coach(Client& client) {
  const auto& coaches = coaches_[client.cycle->charter.programme];
  if (coaches.numbers.empty()) return false;
  int64_t most = -1000;
  for (int tries = 0; tries < 3; ++tries) {
    const auto& number = chance_.one_of(coaches.numbers);
    const auto& coach = coaches.by_number.at(number);
    const int64_t free = static_cast<int64_t>(coach.capacity) - coach.load;
    if (free > most) client.coach = number, most = free;
  }
  return true;
}

Deed SimulatedCoaching::deed(Action action, const std::string& ref, const std::string& actor, std::string reason) const {
  Act act;
  act.action = action;
  act.ref = ref;
  act.reason = std::move(reason);
  return {std::move(act), agenda_.now(), actor};
}

void SimulatedCoaching::ask_in(const ClientPtr& client, int64_t first_day, int64_t last_day) {
  agenda_.at(in_days(first_day, last_day), [this, client] { ask(client); });
}

void SimulatedCoaching::ask(const ClientPtr& client) {
  if (client->left || !client->pairing.empty() || ++client->asked > 5 || !choose_coach(*client)) return;
  const auto ref = fmt::format("P{:06}", ++pairings_);
  const bool by_client = client->cycle->charter.matching_by_clients;
  Deed asked = deed(Action::kRequestPairing, ref, by_client ? client->number : kProgrammeTeam);
  asked.act.programme = client->cycle->charter.programme;
  asked.act.cycle = client->cycle->rules.name;
  asked.act.client = client->number;
  asked.act.coach = client->coach;
  asked.then = [this, client, ref](bool recorded) {
    if (!recorded) return ask_in(client, 2, 9);
    agenda_.at(in_days(1, 6), [this, client, ref] { answer(client, ref); });
  };
  if (!by_client && chance_.percent(25)) return records_.sooner_or_later(std::move(asked));  // administrators keep lists
  records_.promptly(std::move(asked));
}

void SimulatedCoaching::answer(const ClientPtr& client, const std::string& ref) {
  if (chance_.percent(3)) return;  // never answered
  if (chance_.percent(12) || client->left) return decline(client, ref);
  Deed accepted = deed(Action::kAcceptPairing, ref, client->coach);
  accepted.then = [this, client, ref](bool recorded) { recorded ? paired(client, ref) : decline(client, ref); };
  records_.promptly(std::move(accepted));
}

void SimulatedCoaching::decline(const ClientPtr& client, const std::string& ref) {
  Deed declined = deed(Action::kDeclinePairing, ref, client->coach, "no room before the summer");
  declined.then = [this, client](bool) { ask_in(client, 1, 10); };
  records_.promptly(std::move(declined));
}

void SimulatedCoaching::paired(const ClientPtr& client, const std::string& ref) {
  auto& coach = coach_of(*client);
  ++coach.load;
  std::erase_if(coach.clients, [](const ClientPtr& other) { return other->pairing.empty(); });
  coach.clients.push_back(client);
  client->pairing = ref;
  client->paired_on = day_of(agenda_.now());
  const auto& cycle = *client->cycle;
  if (!client->window_last) {
    client->window_last = cycle.rules.window_last_day ? *cycle.rules.window_last_day : add_months(client->paired_on, *cycle.charter.window_months);
  }
  meet_on(client, ref, cycle.charter.introduction && client->done == 0 ? 0 : client->done + 1, in_days(4, 14));
}

void SimulatedCoaching::meet_on(const ClientPtr& client, const std::string& ref, uint32_t session, Instant when) {
  agenda_.at(when, [this, client, ref, session] { meet(client, ref, session); });
}

void SimulatedCoaching::meet(const ClientPtr& client, const std::string& ref, uint32_t session) {
  if (client->pairing != ref) return;  // ended meanwhile
  if (chance_.percent(4)) return end(client, ref, agenda_.now(), "fit", true);
  chance_.percent(10) ? missed(client, ref, session) : done(client, ref, session);
}

void SimulatedCoaching::missed(const ClientPtr& client, const std::string& ref, uint32_t session) {
  Deed report = deed(Action::kMarkSessionMissed, ref, client->number);
  report.act.session = session;
  report.act.held_on = day_of(report.at);
  records_.sooner_or_later(report);
  if (chance_.percent(30)) {
    report.actor = client->coach;  // both report it
    records_.sooner_or_later(report);
  }
  meet_on(client, ref, session, in_days(6, 15));
}

void SimulatedCoaching::done(const ClientPtr& client, const std::string& ref, uint32_t session) {
  Deed held = deed(Action::kMarkSessionDone, ref, chance_.percent(80) ? client->coach : client->number);
  held.act.session = session;
  held.act.held_on = day_of(held.at);
  held.act.minutes = std::to_string(client->cycle->charter.minutes);
  if (chance_.percent(3)) {
    Deed mistyped = held;
    *mistyped.act.held_on += days{365};  // refused, and put right by the next
    records_.sooner_or_later(std::move(mistyped));
  }
  Deed twice = held;
  held.then = [this, client, held](bool recorded) {
    if (!recorded) return;
    if (chance_.percent(4)) return mend(client, held);
    give_feedback(client, held.act.ref, *held.act.session);
  };
  records_.sooner_or_later(held);
  if (chance_.percent(2)) records_.sooner_or_later(std::move(twice));  // written down twice: refused, or it comes first
  go_on(client, ref, session);
}

// It was not that session, or not held: taken back, and as a rule marked again.
void SimulatedCoaching::mend(const ClientPtr& client, const Deed& wrong) {
  agenda_.at(in_days(1, 25), [this, client, wrong] {
    Deed back = deed(Action::kWithdrawSession, wrong.act.ref, client->coach, "entered for the wrong day");
    back.act.session = wrong.act.session;
    back.then = [this, client, wrong](bool recorded) {
      if (!recorded || chance_.percent(20)) return;
      Deed again = wrong;
      again.then = [this, client, ref = wrong.act.ref, session = *wrong.act.session](bool marked) {
        if (marked) give_feedback(client, ref, session);
      };
      agenda_.at(in_days(0, 3), [this, again] { records_.promptly(again); });
    };
    records_.promptly(std::move(back));
  });
}

void SimulatedCoaching::give_feedback(const ClientPtr& client, const std::string& ref, uint32_t session) {
  const auto gives = [&](const std::string& giver) {
    agenda_.at(in_days(0, 12), [this, ref, session, giver] {
      Deed feedback = deed(Action::kGiveFeedback, ref, giver);
      feedback.act.session = session;
      feedback.act.rating = chance_.percent(90) ? std::to_string(6 - chance_.from_to(1, chance_.from_to(1, 5))) : "";
      feedback.act.comment = a_comment(chance_);
      records_.sooner_or_later(std::move(feedback));
    });
  };
  if (chance_.percent(55)) gives(client->number);
  if (chance_.percent(15)) gives(client->coach);
}

// The next session, or the end.
void SimulatedCoaching::go_on(const ClientPtr& client, const std::string& ref, uint32_t session) {
  client->done = std::max(client->done, session);
  if (session >= client->cycle->charter.allowance && !chance_.percent(8)) {
    if (chance_.percent(85)) end(client, ref, in_days(2, 30), "completed");
    return;  // others never say so
  }
  const auto when = in_days(12, 40);
  if (day_of(when) > *client->window_last && chance_.percent(70)) {
    if (chance_.percent(40)) return end(client, ref, in_days(0, 9), "the window is over");
    Deed extended = deed(Action::kExtendWindow, ref, kProgrammeTeam, "on mission");
    extended.act.held_on = *client->window_last + days{chance_.from_to(20, 60)};
    client->window_last = extended.act.held_on;
    records_.promptly(std::move(extended));
  }
  meet_on(client, ref, session + 1, when);
}

void SimulatedCoaching::end(const ClientPtr& client, const std::string& ref, Instant when, const std::string& reason, bool again) {
  agenda_.at(when, [this, client, ref, reason, again] {
    if (client->pairing != ref) return;
    Deed ended = deed(Action::kEndPairing, ref, client->coach, reason);
    ended.then = [this, client, ref, again](bool recorded) {
      if (!recorded || client->pairing != ref) return;
      --coach_of(*client).load;
      client->pairing.clear();
      if (again) ask_in(client, 2, 20);
    };
    records_.promptly(std::move(ended));
  });
}

}  // namespace daybook
