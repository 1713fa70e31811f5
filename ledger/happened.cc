#include "ledger/happened.h"

namespace daybook {
namespace {

// Whether the state holds what an event changes. In a whole fold it always does: the rules saw to that.
struct HasGround {
  const State& state;

  bool pairing_is(const std::string& ref, PairingStatus status) const {
    const auto* pairing = state.pairing(ref);
    return pairing && pairing->status == status;
  }
  bool was_accepted(const std::string& ref) const {
    const auto* pairing = state.pairing(ref);
    return pairing && pairing->accepted;
  }
  bool is_done(const std::string& ref, uint32_t number) const {
    const auto* pairing = state.pairing(ref);
    if (!pairing) return false;
    const auto session = pairing->sessions.find(number);
    return session != pairing->sessions.end() && session->second.done;
  }
  bool outcome_is(const std::string& ref, std::string_view outcome) const {
    const auto* application = state.application(ref);
    return application && application->outcome == outcome;
  }

  template <class Body>
  bool operator()(const Body&) const {
    return true;  // builds on nothing, or on a rulebook
  }
  bool operator()(const EligibilityDecided& e) const { return outcome_is(e.application, ""); }
  bool operator()(const ReferralDecided& e) const { return outcome_is(e.application, "referred"); }
  bool operator()(const SeatGranted& e) const { return outcome_is(e.application, "eligible"); }
  bool operator()(const WaitlistJoined& e) const { return outcome_is(e.application, "eligible"); }
  bool operator()(const PairingRequested& e) const {
    const auto* application = state.application(e.application);
    return application && application->seat == SeatStatus::kSeated;
  }
  bool operator()(const PairingAccepted& e) const { return pairing_is(e.pairing, PairingStatus::kRequested); }
  bool operator()(const PairingDeclined& e) const { return pairing_is(e.pairing, PairingStatus::kRequested); }
  bool operator()(const PairingEnded& e) const { return pairing_is(e.pairing, PairingStatus::kActive); }
  bool operator()(const WindowExtended& e) const { return pairing_is(e.pairing, PairingStatus::kActive); }
  // Marked again with the time it was held, a session does not count twice before its withdrawal.
  bool operator()(const SessionMarkedDone& e) const { return was_accepted(e.pairing) && !is_done(e.pairing, e.session); }
  bool operator()(const SessionMarkedMissed& e) const { return was_accepted(e.pairing); }
  bool operator()(const SessionWithdrawn& e) const { return is_done(e.pairing, e.session); }
  bool operator()(const FeedbackGiven& e) const { return is_done(e.pairing, e.session); }
};

bool is_rulebook(const Body& body) { return std::holds_alternative<CharterAdopted>(body) || std::holds_alternative<CycleOpened>(body); }

}  // namespace

bool counts_by(const State& state, const Event& event, Instant happened_by) {
  if (is_rulebook(event.body)) return true;
  return event.envelope.happened_at <= happened_by && std::visit(HasGround{state}, event.body);
}

void evolve_by(State& state, const Event& event, Instant happened_by) {
  if (counts_by(state, event, happened_by)) return evolve(state, event);
  state.end.value = event.envelope.position.value + 1;
  state.last_recorded_at = event.envelope.recorded_at;
}

}  // namespace daybook
