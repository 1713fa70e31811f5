#include "projections/timeline.h"

#include <fmt/format.h>

#include "ledger/civil_time.h"
#include "ledger/codec.h"

namespace daybook {
namespace {

class Teller {
 public:
  Teller(const Event& event, Desk& desk) : event_(event), desk_(desk) {}

  std::string operator()(const CharterAdopted& e) {
    return fmt::format("charter {} version {} adopted, sponsor {}", e.programme, e.version, e.sponsor);
  }
  std::string operator()(const CycleOpened& e) {
    return fmt::format("cycle {}/{} opened: applications {} to {} ({}), {} seats", e.programme, e.cycle, to_text(e.opens_on), to_text(e.closes_on),
                       e.time_zone, e.seats);
  }
  std::string operator()(const ImportStarted& e) { return fmt::format("import {} of {} began", e.batch, e.sheet); }
  std::string operator()(const ImportFinished& e) {
    return fmt::format("import {} ended: {} recorded, {} refused, {} unchanged", e.batch, e.recorded, e.refused, e.unchanged);
  }
  std::string operator()(const RowRefused& e) { return fmt::format("{} {} refused: {} ({} row {})", e.action, e.ref, e.reason, e.sheet, e.row); }
  std::string operator()(const StaffRecorded&) { return "personnel record of " + subject(); }
  std::string operator()(const ParticipationRecorded&) { return "earlier participation of " + subject(); }
  std::string operator()(const CoachRecorded& e) {
    return fmt::format("coach {} in {}: {}, capacity {}", subject(Desk::As::kCoach), e.programme, e.review.empty() ? "pending" : e.review,
                       e.capacity);
  }
  std::string operator()(const ApplicationSubmitted& e) {
    return fmt::format("application {} to {}/{} by {}", e.application, e.programme, e.cycle, subject());
  }
  std::string operator()(const EligibilityDecided& e) {
    std::string why;
    for (const auto& criterion : e.criteria) {
      if (criterion.outcome != "met") why += (why.empty() ? ": " : ", ") + criterion.name + " " + criterion.outcome;
    }
    return fmt::format("application {} is {}{}", e.application, e.outcome, why);
  }
  std::string operator()(const ReferralDecided& e) { return fmt::format("application {}: a person decided {}", e.application, e.outcome); }
  std::string operator()(const SeatGranted& e) {
    return fmt::format("application {} has seat {}{}", e.application, e.seat, e.from_waitlist ? ", from the waitlist" : "");
  }
  std::string operator()(const WaitlistJoined& e) { return fmt::format("application {} waits, place {}", e.application, e.rank); }
  std::string operator()(const PairingRequested& e) {
    return fmt::format("pairing {} asked for: client {}, coach {}", e.pairing, subject(),
                       desk_.person({PersonId{e.coach}, {e.programme, e.cycle}, e.pairing}, Desk::As::kCoach));
  }
  std::string operator()(const PairingAccepted& e) {
    return fmt::format("pairing {} accepted on {}, window to {}", e.pairing, to_text(e.paired_on), to_text(e.window_last));
  }
  std::string operator()(const PairingDeclined& e) { return fmt::format("pairing {} declined", e.pairing); }
  std::string operator()(const PairingEnded& e) { return fmt::format("pairing {} ended on {}", e.pairing, to_text(e.ended_on)); }
  std::string operator()(const WindowExtended& e) {
    return fmt::format("pairing {}: window extended from {} to {}", e.pairing, to_text(e.old_last), to_text(e.new_last));
  }
  std::string operator()(const SessionMarkedDone& e) {
    return fmt::format("pairing {}: session {} done, held on {}{}{}", e.pairing, e.session, to_text(e.held_on), e.unsponsored ? ", unsponsored" : "",
                       e.outside_window ? ", outside the window" : "");
  }
  std::string operator()(const SessionMarkedMissed& e) {
    return fmt::format("pairing {}: session {} missed on {}{}", e.pairing, e.session, to_text(e.held_on), e.same_miss ? ", reported before" : "");
  }
  std::string operator()(const SessionWithdrawn& e) {
    return fmt::format("pairing {}: session {} withdrawn{}", e.pairing, e.session, e.gives_back ? ", allowance given back" : "");
  }
  std::string operator()(const FeedbackGiven& e) { return fmt::format("pairing {}: feedback on session {}", e.pairing, e.session); }
  std::string operator()(const RowUndone& e) {
    const auto row = e.row > 0 ? fmt::format("row {}", e.row) : std::string("a row");
    return fmt::format("{} of import {} undone: event {} no longer counts", row, e.batch, event_.envelope.corrects - 1);
  }
  std::string operator()(const TailDropped& e) {
    return fmt::format("{} ended with {} bytes of an unfinished write; they were dropped", e.file, e.bytes);
  }
  std::string operator()(const WindowElapsed& e) {
    return fmt::format("pairing {}: the window ended on {} with {} sponsored session(s) left", e.pairing, to_text(e.window_last), e.sessions_left);
  }
  std::string operator()(const CycleClosed& e) {
    return fmt::format("cycle {}/{}: the application period ended on {}", e.programme, e.cycle, to_text(e.closes_on));
  }
  std::string operator()(const SeatOffered& e) {
    return fmt::format("application {}: a seat is offered, to be answered by {}", e.application, to_text(e.answer_by));
  }
  std::string operator()(const OfferDeclined& e) { return fmt::format("application {}: the offer of a seat is declined", e.application); }
  std::string operator()(const OfferExpired& e) {
    return fmt::format("application {}: no answer by {}, the offer of a seat expired; waits, place {}", e.application, to_text(e.answer_by), e.rank);
  }
  std::string operator()(const RecordViewed& e) {
    return fmt::format("{} {}, {} person(s)", e.verb, e.denied ? "denied" : "looked at", e.subjects.size());
  }
  std::string operator()(const EditionPublished& e) {
    return fmt::format("edition {} of {}/{} for the {} published, due {}", e.edition, e.programme, e.cycle, e.audience, to_text(e.due_on));
  }
  std::string operator()(const LedgerRestored& e) {
    return fmt::format("the book goes on under {}: {} had signed {} events", e.origin, e.former_origin, e.former_size);
  }
  std::string operator()(const ProposalMade& e) { return fmt::format("proposal {}: {}, wants a second person", e.proposal, e.action); }
  std::string operator()(const ProposalClosed& e) { return fmt::format("proposal {} {}", e.proposal, e.outcome); }
  std::string operator()(const RoleGranted& e) {
    return fmt::format("{} is {} of {}{}{}", subject(), e.role, place(e.programme, e.unit),
                       e.last_day == Day{} ? "" : " until " + to_text(e.last_day), e.alone ? kAlone : "");
  }
  std::string operator()(const RoleEnded& e) {
    return fmt::format("{} is no longer {} of {}{}", subject(), e.role, place(e.programme, e.unit), e.alone ? kAlone : "");
  }
  std::string operator()(const GlassBroken& e) {
    return fmt::format("glass {} broken: {} may be looked at, in {}", e.glass, fmt::join(e.classes, ", "), place(e.programme, e.cycle));
  }
  std::string operator()(const GlassReviewed& e) { return fmt::format("glass {} reviewed: {}", e.glass, e.finding); }
  std::string operator()(const PersonErased& e) { return fmt::format("{} erased: {} sealed records went", subject(), e.records); }
  std::string operator()(const ErasureCertified& e) {
    return fmt::format("erasure of {} certified: no live file holds it; backups of keys at most until {}", subject(), to_text(e.backup_horizon));
  }
  std::string operator()(const HoldPlaced&) { return fmt::format("what is held of {} may not be used", subject()); }
  std::string operator()(const HoldLifted&) { return fmt::format("what is held of {} may be used again", subject()); }
  std::string operator()(const FormRectified& e) { return fmt::format("application {}: answers put right", e.application); }
  std::string operator()(const WrappingKeyChanged& e) {
    return fmt::format("wrapping key {} in force for {} owners, {} destroyed", e.version, e.owners, e.retired);
  }
  std::string operator()(const CohortExpired& e) {
    return fmt::format("cycle {}/{}: what only its statistics used went, {} sealed records", e.programme, e.cycle, e.records);
  }
  std::string operator()(const LooksExpired& e) {
    return fmt::format("looks before position {} dropped: older than {} days", e.through, e.kept_days);
  }

 private:
  static constexpr const char* kAlone = ", by one person alone";
  static std::string place(const std::string& programme, const std::string& within) {
    if (programme.empty()) return within.empty() ? "every programme" : "unit " + within;
    return within.empty() ? programme : programme + "/" + within;
  }
  std::string subject(Desk::As as = Desk::As::kPerson) {
    return desk_.person(desk_.matter_of(event_), as);
  }  // asked only where the sentence names them: each asking is a look
  const Event& event_;
  Desk& desk_;
};

}  // namespace

std::string sentence(const Event& event, Desk& desk) { return std::visit(Teller(event, desk), event.body); }

}  // namespace daybook
