// Everything decisions rest on, folded from the programme book's log alone: no personal value, no clock, no zone data.
// The same log gives the same state, on any machine, before and after an erasure. Positions say which event made a
// value so.
#pragma once

#include <boost/container/flat_map.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/charter.h"
#include "ledger/event.h"
#include "ledger/rights.h"

namespace daybook {

// By a word that stands for a thing: looked up for each event, and going through it has no order that means anything.
// What is shown to somebody is ordered by something else. A new key moves the values: hold no reference across one.
struct WordHash {
  using is_avalanching = void;
  // Of a thread that folds on trial: with another seed, what rests on the order of a hash table shows. Set before the first
  // use of a state, which then belongs to that thread.
  static inline thread_local size_t seed = 0;
  size_t operator()(std::string_view word) const { return std::hash<std::string_view>{}(word) ^ seed; }
  size_t operator()(const PersonId& person) const { return (*this)(person.value); }
};
template <class Key, class Value>
using ByWord = boost::unordered_flat_map<Key, Value, WordHash>;

struct CharterVersion {
  std::shared_ptr<const Charter> charter;
  Position adopted;
};

struct ProgrammeState {
  std::vector<CharterVersion> versions;  // version n is at n - 1
  const CharterVersion& latest() const { return versions.back(); }
};

struct AcceptedPairing {
  std::string programme, pairing;
};

// A personnel record that was put right by a later one, which keeps what else it says.
struct PutRight {
  Position record, by;
};

struct PersonState {
  std::optional<Position> staff;          // the newest personnel record
  std::vector<Position> earlier_staff;    // those it replaced, oldest first
  std::vector<PutRight> put_right;        // of those, oldest first
  std::vector<Position> participations;   // before the ledger began
  std::vector<AcceptedPairing> accepted;  // as a client, ever
  std::optional<Position> erased;         // every value and key of theirs went (C3)
  std::optional<Position> held;           // what is held of them may not be used, until that is lifted
};

enum class SeatStatus { kNone, kSeated, kWaitlisted };

enum class OfferStatus { kOpen, kAccepted, kDeclined, kExpired };
std::string_view status_name(OfferStatus status);

// A seat that was offered to somebody who waits. Until they answer they keep their place, and the seat is held for them.
struct SeatOffer {
  OfferStatus status = OfferStatus::kOpen;
  Day answer_by;              // inclusive
  Instant offered_at{};       // happened
  Position offered, changed;  // `changed`: the newest change of status
};

struct ApplicationState {
  std::string ref;
  PersonId person;
  CycleId cycle;
  Instant submitted_at;
  Position submitted;
  std::string outcome;              // empty while undecided
  std::vector<Criterion> criteria;  // as decided
  std::optional<Position> decided, referral_decided, seat_event;
  std::optional<Position> rectified;  // the newest answers, where they were put right
  SeatStatus seat = SeatStatus::kNone;
  uint32_t rank = 0;               // of the seat, or of the place in the waitlist
  std::optional<SeatOffer> offer;  // the newest
  bool has_open_offer() const { return offer && offer->status == OfferStatus::kOpen; }
};

enum class PairingStatus { kRequested, kDeclined, kActive, kEnded };
std::string_view status_name(PairingStatus status);

struct Miss {
  Day held_on;
  PersonId reporter;
  bool same = false;  // flagged same-miss: not counted
  Position at;
};

struct GivenFeedback {
  PersonId giver;
  Position at;
};

// One session of a pairing, as one marking or withdrawal left it. Withdrawn and marked again, it is a new one: feedback
// starts over.
struct SessionMark {
  bool done = false, sponsored = false, unsponsored = false, outside_window = false;
  Day held_on;
  Position marked;
  std::optional<Position> withdrawn;
  std::vector<GivenFeedback> feedback;  // on the session as it is done now
};

struct SessionState : SessionMark {
  std::vector<SessionMark> earlier;  // before each later marking or withdrawal, oldest first: what their undo falls back to
  std::vector<Miss> misses;
};

struct PairingState {
  std::string ref, application;
  CycleId cycle;
  PersonId client, coach;
  PairingStatus status = PairingStatus::kRequested;
  Position requested, changed;  // `changed`: the newest change of status
  std::optional<Position> accepted;
  std::optional<Day> paired_on, ended_on;
  bool re_pairing = false;  // the client's second or later in the cycle
  boost::container::flat_map<uint32_t, SessionState> sessions;
};

struct Window {
  Day last;  // inclusive
  Position set;
  std::optional<Position> elapsed;
};

// A client in a cycle: window and allowance are theirs, not a pairing's.
struct ClientState {
  std::optional<Day> window_last;  // inclusive
  Position window_set;
  std::optional<Position> elapsed;       // the window's last day passed with sessions left, as was recorded; an extension clears it
  std::vector<Window> earlier_windows;   // before each extension, oldest first
  uint32_t sponsored = 0;                // sessions used of the allowance
  std::vector<Position> used;            // the sessions that used one, those since withdrawn too
  uint32_t requested = 0, accepted = 0;  // pairings, ever
  std::string current;                   // the open request or active pairing; empty for none
  std::optional<Position> last_used() const { return used.empty() ? std::nullopt : std::optional(used.back()); }
};

struct CoachRecord {
  std::string review;  // accepted, declined, or empty while pending
  uint32_t capacity = 0;
  Position recorded;
};

struct CoachState : CoachRecord {
  std::vector<CoachRecord> earlier;                          // those it replaced, oldest first
  std::map<std::string, Position> active;                    // pairing -> its acceptance
  bool on_record() const { return recorded != Position{}; }  // false: only in a fold that leaves its record out, or before
  std::optional<Position> newest_active() const;
};

// Figures that went out to an audience.
struct EditionState {
  uint32_t number = 0;
  Day due_on;
  Position published;
};

struct CycleState {
  CycleId id;
  uint32_t charter_version = 0;
  std::shared_ptr<const Charter> charter;
  const CycleRules* rules = nullptr;  // within `charter`
  Position opened;
  std::vector<std::string> applications;     // refs in order of recording
  ByWord<PersonId, std::string> applicants;  // person -> their recorded application
  uint32_t seats_taken = 0;
  std::optional<Position> last_seat;
  std::vector<std::string> waitlist;  // refs that wait, head first
  uint32_t waitlist_joined = 0;
  std::vector<std::string> offers;                                   // refs with an open offer, in order of offering
  std::optional<Position> closed;                                    // the application period passed, as was recorded
  size_t seats_held() const { return seats_taken + offers.size(); }  // taken, or held for somebody who may still answer
  std::set<uint64_t> refused_applications;                           // positions of the refused rows that name this cycle and stand
  std::map<uint64_t, uint64_t> replaced_refusals;                    // those that no longer stand -> the row that took their place
  std::vector<std::string> pairings;                                 // refs in order of request
  ByWord<PersonId, ClientState> clients;
  std::map<std::string, std::vector<EditionState>> editions;  // by audience, oldest first
  std::optional<Position> expired;                            // what only its statistics used is gone
};

struct ImportState {
  std::string sheet;
  Position started;
  Instant started_at{};                               // recorded
  std::optional<Position> finished;                   // none: it broke off, or still goes on
  uint64_t recorded = 0, refused = 0, unchanged = 0;  // rows, once it is finished
  uint64_t undone = 0;
};

// An event that was taken back.
struct Undone {
  Position by;
  std::string stream;
  PersonId subject;
  uint64_t stands_again = 0;  // 1 + the position of what it had corrected; 0 for nothing
};

struct State {
  std::map<std::string, ProgrammeState> programmes;
  std::map<CycleId, CycleState> cycles;
  ByWord<PersonId, PersonState> people;
  ByWord<std::string, ApplicationState> applications;
  ByWord<std::string, PairingState> pairings;
  std::map<std::pair<std::string, PersonId>, CoachState> coaches;  // (programme, person)
  std::map<std::string, ImportState> imports;                      // by batch; those that have started
  std::map<uint64_t, Undone> undone;                               // by position
  RightsState rights;
  std::map<PersonId, Position> uncertified;       // erased, and files may still hold something of theirs
  std::optional<Instant> key_changed_at;          // when the keys of owners were last wrapped anew, as recorded
  ByWord<std::string, uint64_t> stream_versions;  // the next version of each stream
  Position end;                                   // one past the newest event folded
  Instant last_recorded_at{};

  const CycleState* cycle(const CycleId& id) const;
  const ProgrammeState* programme(const std::string& name) const;
  const PersonState* person(const PersonId& id) const;
  const ApplicationState* application(const std::string& ref) const;
  const PairingState* pairing(const std::string& ref) const;
  const CoachState* coach(const std::string& programme, const PersonId& id) const;
  bool known_person(const PersonId& id) const;  // has a personnel record
};

// The client's window passed with sponsored sessions left, was recorded so, and there are some left still (E-01).
bool lapsed(const CycleState& cycle, const ClientState& client);

// Each client's newest accepted pairing in the cycle, in order of request.
std::vector<const PairingState*> newest_accepted(const State& state, const CycleState& cycle);

// The state after one more event.
void evolve(State& state, const Event& event);

}  // namespace daybook
