#include "ledger/undo_plan.h"

#include <algorithm>
#include <set>

namespace daybook {
namespace {

// Whether a decision's criteria saw what this event says.
bool saw(const ApplicationState& application, Position event) {
  const auto wanted = ";" + std::to_string(event.value) + ";";
  return std::any_of(application.criteria.begin(), application.criteria.end(),
                     [&](const Criterion& criterion) { return (";" + criterion.facts_from + ";").find(wanted) != std::string::npos; });
}

bool asks_who_was_engaged(const Charter& charter) {
  return charter.never_engaged_first ||
         std::any_of(charter.criteria.begin(), charter.criteria.end(), [](const CriterionRule& rule) { return rule.rule == Rule::kNeverEngaged; });
}

// A session as each marking left it, the newest last.
std::vector<const SessionMark*> marks_of(const SessionState& session) {
  std::vector<const SessionMark*> marks;
  for (const auto& mark : session.earlier) marks.push_back(&mark);
  marks.push_back(&session);
  return marks;
}

// Looks for the events after a row that build on it. Those that go with it do not count.
class Later {
 public:
  explicit Later(const State& state) : state_(state) {
    for (const auto& [ref, pairing] : state.pairings) {
      of_client_[{pairing.cycle, pairing.client}].push_back(&pairing);
      auto& places = of_coach_[{pairing.cycle.programme, pairing.coach}];
      places.push_back(pairing.requested);
      if (pairing.accepted) places.push_back(*pairing.accepted);
    }
  }

  // The first event that still stands and builds on the row; nullopt if there is none.
  std::optional<Position> first_on(const Event& row) {
    row_ = &row;
    at_ = row.envelope.position;
    first_.reset();
    std::visit([&](const auto& body) { look(body); }, row.body);
    return first_;
  }

  void goes(Position row) { gone_.insert(row); }

 private:
  bool stands(Position event) const { return !gone_.contains(event); }
  void found(std::optional<Position> event) {
    if (event && *event > at_ && stands(*event)) first_ = first_ ? std::min(*first_, *event) : *event;
  }
  void found_before(Position event, Position end) {
    if (event < end) found(event);
  }

  template <class Use>
  void each_application(const PersonId& person, Use use) const {
    for (const auto& [id, cycle] : state_.cycles) {
      if (const auto it = cycle.applicants.find(person); it != cycle.applicants.end()) use(cycle, *state_.application(it->second));
    }
  }
  // Decisions of the person's applications that saw the row or, if it says that they were engaged, may have seated them after others for it.
  void found_decisions(const PersonId& person, bool engaged) {
    each_application(person, [&](const CycleState& cycle, const ApplicationState& application) {
      if (application.decided && (saw(application, at_) || (engaged && cycle.charter->never_engaged_first))) found(application.decided);
    });
  }

  template <class Body>
  void look(const Body&) {}  // nothing builds on it

  void look(const StaffRecorded&) {
    const auto& id = row_->envelope.subject;
    found_decisions(id, false);
    const auto* person = state_.person(id);
    if (!person) return;
    for (const auto& put_right : person->put_right) {
      if (put_right.record == at_) found(put_right.by);
    }
    auto records = person->earlier_staff;
    if (person->staff) records.push_back(*person->staff);
    std::erase_if(records, [&](Position record) { return !stands(record); });
    if (!records.empty() && records.front() == at_) found_of_known(id, *person, records.size() > 1 ? records[1] : state_.end);
  }
  // What was recorded before `end` of somebody who had to be known for it.
  void found_of_known(const PersonId& id, const PersonState& person, Position end) {
    for (const auto participation : person.participations) found_before(participation, end);
    each_application(id, [&](const CycleState&, const ApplicationState& application) { found_before(application.submitted, end); });
    for (const auto& [programme, unused] : state_.programmes) {
      const auto* coach = state_.coach(programme, id);
      if (!coach) continue;
      for (const auto& record : coach->earlier) found_before(record.recorded, end);
      found_before(coach->recorded, end);
    }
  }

  // A row may say that somebody took part, or take the place of one that said so: each later decision that asked rests on it.
  void look(const ParticipationRecorded&) {
    each_application(row_->envelope.subject, [&](const CycleState& cycle, const ApplicationState& application) {
      if (application.decided && asks_who_was_engaged(*cycle.charter)) found(application.decided);
    });
  }

  void look(const CoachRecorded& e) {
    const auto* coach = state_.coach(e.programme, row_->envelope.subject);
    const auto asked = of_coach_.find({e.programme, row_->envelope.subject});
    if (!coach || asked == of_coach_.end()) return;
    Position next = coach->recorded > at_ ? coach->recorded : state_.end;
    for (const auto& record : coach->earlier) {
      if (record.recorded > at_) next = std::min(next, record.recorded);
    }
    for (const auto event : asked->second) found_before(event, next);
  }

  void look(const ApplicationSubmitted& e) {
    const auto* application = state_.application(e.application);
    if (!application) return;
    found(application->decided);
    found(application->rectified);
  }

  void look(const PairingRequested& e) {
    const auto* pairing = state_.pairing(e.pairing);
    if (!pairing) return;
    found(pairing->accepted);
    found(pairing->changed);
  }

  void look(const PairingAccepted& e) {
    const auto* pairing = state_.pairing(e.pairing);
    if (!pairing) return;
    found(pairing->changed);
    for (const auto& [number, session] : pairing->sessions) {
      for (const auto* mark : marks_of(session)) found(mark->marked);
      for (const auto& miss : session.misses) found(miss.at);
    }
    found_windows(*pairing);
    found_decisions(pairing->client, true);
  }

  void look(const PairingDeclined& e) {
    if (const auto* pairing = state_.pairing(e.pairing)) found_requests(*pairing);
  }

  void look(const PairingEnded& e) {
    const auto* pairing = state_.pairing(e.pairing);
    if (!pairing) return;
    found_requests(*pairing);
    const auto asked = of_coach_.find({pairing->cycle.programme, pairing->coach});
    for (const auto event : asked->second) found(event);
  }

  void look(const WindowExtended& e) {
    const auto* pairing = state_.pairing(e.pairing);
    if (!pairing) return;
    found_windows(*pairing);
    for (const auto* other : of_client(*pairing)) found(other->accepted);
    each_mark(*pairing, [&](const SessionMark& mark) { found(mark.marked); });
  }

  void look(const SessionMarkedDone& e) {
    const auto* session = session_of(e.pairing, e.session);
    if (!session) return;
    for (const auto* mark : marks_of(*session)) {
      if (mark->marked != at_) continue;
      found(mark->withdrawn);
      for (const auto& feedback : mark->feedback) found(feedback.at);
    }
    if (!e.sponsored) return;
    each_mark(*state_.pairing(e.pairing), [&](const SessionMark& mark) {
      if (mark.unsponsored) found(mark.marked);
    });
  }

  void look(const SessionMarkedMissed& e) {
    const auto* session = session_of(e.pairing, e.session);
    if (!session) return;
    for (const auto& miss : session->misses) {
      if (miss.same && miss.held_on == e.held_on && miss.reporter != row_->envelope.provenance.actor) found(miss.at);
    }
  }

  void look(const SessionWithdrawn& e) {
    const auto* session = session_of(e.pairing, e.session);
    if (!session) return;
    for (const auto* mark : marks_of(*session)) found(mark->marked);
    for (const auto& miss : session->misses) found(miss.at);
    if (!e.gives_back) return;
    const auto& pairing = *state_.pairing(e.pairing);
    found_requests(pairing);
    each_mark(pairing, [&](const SessionMark& mark) {
      if (mark.sponsored) found(mark.marked);
    });
  }

  const std::vector<const PairingState*>& of_client(const PairingState& pairing) const { return of_client_.at({pairing.cycle, pairing.client}); }
  void found_requests(const PairingState& pairing) {
    for (const auto* other : of_client(pairing)) found(other->requested);
  }
  void found_windows(const PairingState& pairing) {
    const auto& client = state_.cycle(pairing.cycle)->clients.at(pairing.client);
    for (const auto& window : client.earlier_windows) found(window.set);
    found(client.window_set);
  }
  template <class Use>
  void each_mark(const PairingState& pairing, Use use) const {
    for (const auto* other : of_client(pairing)) {
      for (const auto& [number, session] : other->sessions) {
        for (const auto* mark : marks_of(session)) use(*mark);
      }
    }
  }
  const SessionState* session_of(const std::string& ref, uint32_t number) const {
    const auto* pairing = state_.pairing(ref);
    if (!pairing) return nullptr;
    const auto it = pairing->sessions.find(number);
    return it == pairing->sessions.end() ? nullptr : &it->second;
  }

  const State& state_;
  std::map<std::pair<CycleId, PersonId>, std::vector<const PairingState*>> of_client_;
  std::map<std::pair<std::string, PersonId>, std::vector<Position>> of_coach_;  // requests to them, and their acceptances
  std::set<Position> gone_;
  const Event* row_ = nullptr;  // the row that is looked at
  Position at_;
  std::optional<Position> first_;
};

}  // namespace

UndoPlan plan_undo(const State& state, const std::vector<Event>& rows) {
  UndoPlan plan;
  Later later(state);
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const auto at = row->envelope.position;
    if (state.undone.contains(at.value)) continue;
    if (const auto because = later.first_on(*row)) {
      plan.kept.push_back({&*row, *because});
    } else {
      plan.undone.push_back(&*row);
      later.goes(at);
    }
  }
  std::reverse(plan.kept.begin(), plan.kept.end());
  return plan;
}

}  // namespace daybook
