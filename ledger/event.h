// Events as the rest of the code handles them: plain values, one struct per kind. What each field means, how
// confidential it is and whose it is stands once, in schema/event.capnp; the names here are the same.
// Confidential fields are text. They are full in an event that was just decided, and empty in one that was read from
// the log: there the vault has them.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "ledger/types.h"

namespace daybook {

struct CharterAdopted {
  std::string programme;
  uint32_t version = 0;
  std::string sponsor, text;
};
struct CycleOpened {
  std::string programme, cycle;
  uint32_t charter_version = 0;
  Day opens_on, closes_on;
  std::string time_zone;
  uint32_t seats = 0;
};
struct ImportStarted {
  std::string batch, sheet, operator_name, file_digest;
};
struct ImportFinished {
  std::string batch;
  uint64_t recorded = 0, refused = 0, unchanged = 0;
};
struct RowRefused {
  std::string batch, sheet;
  uint64_t row = 0;
  std::string action, ref, reason, programme, cycle;
  uint64_t blocked_by = 0;
  std::string saw, wants;
};
struct StaffRecorded {
  std::string staff_number, name, email, organisation, entity, duty_station, country, region, job_network, grade, post, contract_type, gender,
      languages, time_zone, entry_on_duty, training_completed_on, supervisor, separated_on;
};
struct ParticipationRecorded {
  std::string programme, sponsor, edition, sessions_done;
};
struct CoachRecorded {
  std::string programme, review;
  uint32_t capacity = 0;
  bool pledged = false;
  std::string credential_kind, training_hours, credential_reference, pledged_on, reviewed_on, areas, languages, time_zone;
};
struct ApplicationSubmitted {
  std::string application, programme, cycle;
  Day submitted_on;
  std::string form_version, commitment, goal_type, languages, time_zone, motivation;
};
struct Criterion {
  std::string name, outcome, limit, facts_from;
  bool operator==(const Criterion&) const = default;
};
struct EligibilityDecided {
  std::string application, programme, cycle, outcome;
  Day as_of;
  std::string zone_data;
  std::vector<Criterion> criteria;
  std::vector<std::string> facts;
};
struct ReferralDecided {
  std::string application, programme, cycle, outcome, reason;
};
struct SeatGranted {
  std::string application, programme, cycle;
  uint32_t seat = 0;
  bool from_waitlist = false;
};
struct WaitlistJoined {
  std::string application, programme, cycle;
  uint32_t rank = 0;
};
struct PairingRequested {
  std::string pairing, programme, cycle, coach, application;
};
struct PairingAccepted {
  std::string pairing;
  Day paired_on, window_last;
  bool sets_window = false;
};
struct PairingDeclined {
  std::string pairing, reason;
};
struct PairingEnded {
  std::string pairing;
  Day ended_on;
  std::string reason;
};
struct WindowExtended {
  std::string pairing;
  Day old_last, new_last;
  std::string reason;
};
struct SessionMarkedDone {
  std::string pairing;
  uint32_t session = 0;
  Day held_on;
  bool sponsored = false, unsponsored = false, outside_window = false;
  std::string minutes;
};
struct SessionMarkedMissed {
  std::string pairing;
  uint32_t session = 0;
  Day held_on;
  bool same_miss = false;
  std::string minutes;
};
struct SessionWithdrawn {
  std::string pairing;
  uint32_t session = 0;
  bool gives_back = false;
  std::string reason;
};
struct FeedbackGiven {
  std::string pairing;
  uint32_t session = 0;
  std::string rating, comment;
};
struct RecordViewed {
  std::string verb;
  std::vector<std::string> subjects, classes;
  std::string programme, cycle;
  uint64_t book_end = 0;
  bool authenticated = false;
  std::string purpose, operator_name;
  bool denied = false;
  uint64_t glass = 0;
  std::string unit;
};
struct TailDropped {
  std::string file;
  uint64_t offset = 0, bytes = 0;
};
struct RowUndone {
  std::string batch;
  uint64_t row = 0, stands_again = 0;
  std::string reason, programme, cycle;
};
struct WindowElapsed {
  std::string pairing;
  Day window_last;
  uint32_t sessions_left = 0;
  std::string zone_data;
};
struct CycleClosed {
  std::string programme, cycle;
  Day closes_on;
  std::string zone_data;
};
struct SeatOffered {
  std::string application, programme, cycle;
  Day answer_by;
};
struct OfferDeclined {
  std::string application, programme, cycle, reason;
};
struct OfferExpired {
  std::string application, programme, cycle;
  Day answer_by;
  uint32_t rank = 0;
  std::string zone_data;
};
struct EditionPublished {
  std::string programme, cycle, audience;
  uint32_t edition = 0;
  Day due_on;
  uint64_t counted_to = 0;
  uint32_t minimum = 0;
  std::string tables;
};
struct LedgerRestored {
  std::string origin, former_origin;
  uint64_t former_size = 0;
  std::string former_root, reason;
};
struct ProposalMade {
  std::string proposal, action, programme, cycle, arguments, reason;
};
struct ProposalClosed {
  std::string proposal, outcome, reason, programme, cycle;
};
struct RoleGranted {
  std::string role, programme, unit;
  Day last_day;
  bool alone = false;
  std::string reason;
};
struct RoleEnded {
  std::string role, programme, unit, reason;
  bool alone = false;
};
struct GlassBroken {
  std::string glass;
  std::vector<std::string> classes;
  std::string programme, cycle;
  uint64_t ends_at = 0;
  std::string told, reason;
};
struct GlassReviewed {
  std::string glass, finding, reason;
};
struct PersonErased {
  uint64_t records = 0, rows = 0;
  Day repeat_until;
};
struct ErasureCertified {
  uint64_t erased = 0;
  uint32_t key_version = 0;
  Day backup_horizon;
};
struct HoldPlaced {
  std::string reason;
};
struct HoldLifted {
  std::string reason;
};
struct FormRectified {
  std::string application, programme, cycle, form_version, commitment, languages, time_zone, motivation, reason;
};
struct WrappingKeyChanged {
  uint32_t retired = 0, version = 0;
  uint64_t owners = 0;
};
struct CohortExpired {
  std::string programme, cycle;
  uint64_t records = 0;
};
struct LooksExpired {
  uint64_t through = 0;
  uint32_t kept_days = 0;
};

// In the order of the union in the schema; a test holds the two against each other.
using Body = std::variant<CharterAdopted, CycleOpened, ImportStarted, ImportFinished, RowRefused, StaffRecorded, ParticipationRecorded, CoachRecorded,
                          ApplicationSubmitted, EligibilityDecided, ReferralDecided, SeatGranted, WaitlistJoined, PairingRequested, PairingAccepted,
                          PairingDeclined, PairingEnded, WindowExtended, SessionMarkedDone, SessionMarkedMissed, SessionWithdrawn, FeedbackGiven,
                          RecordViewed, TailDropped, RowUndone, WindowElapsed, CycleClosed, SeatOffered, OfferDeclined, OfferExpired,
                          EditionPublished, LedgerRestored, ProposalMade, ProposalClosed, RoleGranted, RoleEnded, GlassBroken, GlassReviewed,
                          PersonErased, ErasureCertified, HoldPlaced, HoldLifted, FormRectified, WrappingKeyChanged, CohortExpired, LooksExpired>;

enum class Channel : uint16_t { kCli, kImport, kService, kClock };

// Who did a thing, in which role, and how it came into the book.
struct Provenance {
  PersonId actor;
  std::string role;
  PersonId recorded_by;
  Channel channel = Channel::kCli;
  std::string batch;
  uint32_t row = 0;  // of the import's file, from 1; 0 for none
};

struct Envelope {
  Position position;
  std::string event_id;  // 16 bytes
  std::string stream;
  uint64_t version = 0;
  Instant recorded_at, happened_at;
  Provenance provenance;
  PersonId subject;
  std::string correlation;  // 16 bytes
  uint64_t caused_by = 0, corrects = 0;
  uint32_t charter_version = 0;
  std::string idempotency_key;
};

struct Event {
  Envelope envelope;
  Body body;
};

// What `decide` says should be written. The writer adds position, version, ids, recorded-at, and what is left open here.
struct NewEvent {
  std::string stream;
  PersonId subject;
  CycleId cohort;  // whose cohort its statistics belong to; empty where it has none
  uint32_t charter_version = 0;
  std::optional<Instant> happened_at;  // nullopt: when the command did
  uint64_t caused_by = 0;              // 1 + the position of the earlier event that led to this one; 0 for none
  uint64_t corrects = 0;
  std::optional<size_t> led_to_by = std::nullopt;  // the event of the same command that led to this one: its place there, from 0
  PersonId actor;                                  // empty: the command's
  std::string role;                                // in which they acted; empty: the command's
  Body body;
};

}  // namespace daybook
