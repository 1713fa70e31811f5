// The fields of each kind in the schema's order, shown to a visitor one by one: what the codec, and the reflection that the
// tests hold it against, both go by. Which of them are confidential is the schema's to say, not this list's.
#pragma once

#include "ledger/event.h"

namespace daybook {

template <class V>
void describe(V& v, CharterAdopted& e) {
  v(e.programme), v(e.version), v(e.sponsor), v(e.text);
}
template <class V>
void describe(V& v, CycleOpened& e) {
  v(e.programme), v(e.cycle), v(e.charter_version), v(e.opens_on), v(e.closes_on), v(e.time_zone), v(e.seats);
}
template <class V>
void describe(V& v, ImportStarted& e) {
  v(e.batch), v(e.sheet), v(e.operator_name), v(e.file_digest);
}
template <class V>
void describe(V& v, ImportFinished& e) {
  v(e.batch), v(e.recorded), v(e.refused), v(e.unchanged);
}
template <class V>
void describe(V& v, RowRefused& e) {
  v(e.batch), v(e.sheet), v(e.row), v(e.action), v(e.ref), v(e.reason), v(e.programme), v(e.cycle), v(e.blocked_by), v(e.saw), v(e.wants);
}
template <class V>
void describe(V& v, StaffRecorded& e) {
  v(e.staff_number), v(e.name), v(e.email), v(e.organisation), v(e.entity), v(e.duty_station), v(e.country), v(e.region), v(e.job_network),
      v(e.grade), v(e.post), v(e.contract_type), v(e.gender), v(e.languages), v(e.time_zone), v(e.entry_on_duty), v(e.training_completed_on),
      v(e.supervisor), v(e.separated_on);
}
template <class V>
void describe(V& v, ParticipationRecorded& e) {
  v(e.programme), v(e.sponsor), v(e.edition), v(e.sessions_done);
}
template <class V>
void describe(V& v, CoachRecorded& e) {
  v(e.programme), v(e.review), v(e.capacity), v(e.pledged), v(e.credential_kind), v(e.training_hours), v(e.credential_reference), v(e.pledged_on),
      v(e.reviewed_on), v(e.areas), v(e.languages), v(e.time_zone);
}
template <class V>
void describe(V& v, ApplicationSubmitted& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.submitted_on), v(e.form_version), v(e.commitment), v(e.goal_type), v(e.languages), v(e.time_zone),
      v(e.motivation);
}
template <class V>
void describe(V& v, EligibilityDecided& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.outcome), v(e.as_of), v(e.zone_data), v(e.criteria), v(e.facts);
}
template <class V>
void describe(V& v, ReferralDecided& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.outcome), v(e.reason);
}
template <class V>
void describe(V& v, SeatGranted& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.seat), v(e.from_waitlist);
}
template <class V>
void describe(V& v, WaitlistJoined& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.rank);
}
template <class V>
void describe(V& v, PairingRequested& e) {
  v(e.pairing), v(e.programme), v(e.cycle), v(e.coach), v(e.application);
}
template <class V>
void describe(V& v, PairingAccepted& e) {
  v(e.pairing), v(e.paired_on), v(e.window_last), v(e.sets_window);
}
template <class V>
void describe(V& v, PairingDeclined& e) {
  v(e.pairing), v(e.reason);
}
template <class V>
void describe(V& v, PairingEnded& e) {
  v(e.pairing), v(e.ended_on), v(e.reason);
}
template <class V>
void describe(V& v, WindowExtended& e) {
  v(e.pairing), v(e.old_last), v(e.new_last), v(e.reason);
}
template <class V>
void describe(V& v, SessionMarkedDone& e) {
  v(e.pairing), v(e.session), v(e.held_on), v(e.sponsored), v(e.unsponsored), v(e.outside_window), v(e.minutes);
}
template <class V>
void describe(V& v, SessionMarkedMissed& e) {
  v(e.pairing), v(e.session), v(e.held_on), v(e.same_miss), v(e.minutes);
}
template <class V>
void describe(V& v, SessionWithdrawn& e) {
  v(e.pairing), v(e.session), v(e.gives_back), v(e.reason);
}
template <class V>
void describe(V& v, FeedbackGiven& e) {
  v(e.pairing), v(e.session), v(e.rating), v(e.comment);
}
template <class V>
void describe(V& v, TailDropped& e) {
  v(e.file), v(e.offset), v(e.bytes);
}
template <class V>
void describe(V& v, RowUndone& e) {
  v(e.batch), v(e.row), v(e.stands_again), v(e.reason), v(e.programme), v(e.cycle);
}
template <class V>
void describe(V& v, WindowElapsed& e) {
  v(e.pairing), v(e.window_last), v(e.sessions_left), v(e.zone_data);
}
template <class V>
void describe(V& v, CycleClosed& e) {
  v(e.programme), v(e.cycle), v(e.closes_on), v(e.zone_data);
}
template <class V>
void describe(V& v, SeatOffered& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.answer_by);
}
template <class V>
void describe(V& v, OfferDeclined& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.reason);
}
template <class V>
void describe(V& v, OfferExpired& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.answer_by), v(e.rank), v(e.zone_data);
}
template <class V>
void describe(V& v, RecordViewed& e) {
  v(e.verb), v(e.subjects), v(e.classes), v(e.programme), v(e.cycle), v(e.book_end), v(e.authenticated), v(e.purpose), v(e.operator_name),
      v(e.denied), v(e.glass), v(e.unit);
}
template <class V>
void describe(V& v, EditionPublished& e) {
  v(e.programme), v(e.cycle), v(e.audience), v(e.edition), v(e.due_on), v(e.counted_to), v(e.minimum), v(e.tables);
}
template <class V>
void describe(V& v, LedgerRestored& e) {
  v(e.origin), v(e.former_origin), v(e.former_size), v(e.former_root), v(e.reason);
}
template <class V>
void describe(V& v, ProposalMade& e) {
  v(e.proposal), v(e.action), v(e.programme), v(e.cycle), v(e.arguments), v(e.reason);
}
template <class V>
void describe(V& v, ProposalClosed& e) {
  v(e.proposal), v(e.outcome), v(e.reason), v(e.programme), v(e.cycle);
}
template <class V>
void describe(V& v, RoleGranted& e) {
  v(e.role), v(e.programme), v(e.unit), v(e.last_day), v(e.alone), v(e.reason);
}
template <class V>
void describe(V& v, RoleEnded& e) {
  v(e.role), v(e.programme), v(e.unit), v(e.reason), v(e.alone);
}
template <class V>
void describe(V& v, GlassBroken& e) {
  v(e.glass), v(e.classes), v(e.programme), v(e.cycle), v(e.ends_at), v(e.told), v(e.reason);
}
template <class V>
void describe(V& v, GlassReviewed& e) {
  v(e.glass), v(e.finding), v(e.reason);
}
template <class V>
void describe(V& v, PersonErased& e) {
  v(e.records), v(e.rows), v(e.repeat_until);
}
template <class V>
void describe(V& v, ErasureCertified& e) {
  v(e.erased), v(e.key_version), v(e.backup_horizon);
}
template <class V>
void describe(V& v, HoldPlaced& e) {
  v(e.reason);
}
template <class V>
void describe(V& v, HoldLifted& e) {
  v(e.reason);
}
template <class V>
void describe(V& v, FormRectified& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.form_version), v(e.commitment), v(e.languages), v(e.time_zone), v(e.motivation), v(e.reason);
}
template <class V>
void describe(V& v, WrappingKeyChanged& e) {
  v(e.retired), v(e.version), v(e.owners);
}
template <class V>
void describe(V& v, CohortExpired& e) {
  v(e.programme), v(e.cycle), v(e.records);
}
template <class V>
void describe(V& v, LooksExpired& e) {
  v(e.through), v(e.kept_days);
}

}  // namespace daybook
