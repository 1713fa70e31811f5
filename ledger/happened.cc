#include "ledger/happened.h"

namespace daybook {
namespace {

// Whether the state holds what an event changes. In a whole fold it always does: the rules saw to that.
struct HasGround {
  const State& state;
  const Envelope& envelope;

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

  bool was_led_to_by(Position event) const { return envelope.caused_by == event.value + 1; }
  bool ends_open_offer(const std::string& ref) const {
    const auto* application = state.application(ref);
    return application && application->has_open_offer() && was_led_to_by(application->offer->offered);
  }
  bool waits_without_offer(const std::string& ref) const {
    const auto* application = state.application(ref);
    return application && application->seat == SeatStatus::kWaitlisted && !application->has_open_offer();
  }

  template <class Body>
  bool operator()(const Body&) const {
    return true;  // builds on nothing, or on a rulebook
  }
  bool operator()(const EligibilityDecided& e) const { return outcome_is(e.application, ""); }
  bool operator()(const ReferralDecided& e) const { return outcome_is(e.application, "referred"); }
  bool operator()(const SeatGranted& e) const {
    const bool takes_up_offer = e.from_waitlist && envelope.caused_by != 0;
    return takes_up_offer ? ends_open_offer(e.application) : outcome_is(e.application, "eligible");
  }
  bool operator()(const WaitlistJoined& e) const { return outcome_is(e.application, "eligible"); }
  bool operator()(const PairingRequested& e) const {
    const auto* application = state.application(e.application);
    return application && application->seat == SeatStatus::kSeated;
  }
  // A later acceptance goes by the window that the client's first one set.
  bool operator()(const PairingAccepted& e) const {
    if (!pairing_is(e.pairing, PairingStatus::kRequested)) return false;
    const auto& pairing = *state.pairing(e.pairing);
    return e.sets_window || state.cycle(pairing.cycle)->clients.at(pairing.client).window_last;
  }
  bool operator()(const PairingDeclined& e) const { return pairing_is(e.pairing, PairingStatus::kRequested); }
  bool operator()(const PairingEnded& e) const { return pairing_is(e.pairing, PairingStatus::kActive); }
  bool operator()(const WindowExtended& e) const { return pairing_is(e.pairing, PairingStatus::kActive); }
  // Marked again with the time it was held, a session does not count twice before its withdrawal.
  bool operator()(const SessionMarkedDone& e) const { return was_accepted(e.pairing) && !is_done(e.pairing, e.session); }
  bool operator()(const SessionMarkedMissed& e) const { return was_accepted(e.pairing); }
  bool operator()(const SessionWithdrawn& e) const { return is_done(e.pairing, e.session); }
  bool operator()(const FeedbackGiven& e) const { return is_done(e.pairing, e.session); }
  bool operator()(const WindowElapsed& e) const {
    const auto* pairing = state.pairing(e.pairing);
    return pairing && pairing->accepted && was_led_to_by(state.cycle(pairing->cycle)->clients.at(pairing->client).window_set);
  }
  bool operator()(const FormRectified& e) const { return state.application(e.application); }
  bool operator()(const SeatOffered& e) const { return waits_without_offer(e.application); }
  bool operator()(const OfferDeclined& e) const { return ends_open_offer(e.application); }
  bool operator()(const OfferExpired& e) const { return ends_open_offer(e.application); }
};

bool is_rulebook(const Body& body) { return std::holds_alternative<CharterAdopted>(body) || std::holds_alternative<CycleOpened>(body); }

}  // namespace

bool counts_by(const State& state, const Event& event, Instant happened_by) {
  if (is_rulebook(event.body)) return true;
  return event.envelope.happened_at <= happened_by && std::visit(HasGround{state, event.envelope}, event.body);
}

void evolve_by(State& state, const Event& event, Instant happened_by) {
  if (counts_by(state, event, happened_by)) return evolve(state, event);
  state.end.value = event.envelope.position.value + 1;
  state.last_recorded_at = event.envelope.recorded_at;
}

}  // namespace daybook
