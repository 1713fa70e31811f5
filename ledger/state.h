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

namespace daybook {

// By a word that stands for a thing: looked up for each event, and going through it has no order that means anything.
// What is shown to somebody is ordered by something else. A new key moves the values: hold no reference across one.
struct WordHash {
  using is_avalanching = void;
  size_t operator()(std::string_view word) const { return std::hash<std::string_view>{}(word); }
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

struct PersonState {
  std::optional<Position> staff;          // the newest personnel record
  std::vector<Position> participations;   // before the ledger began
  std::vector<AcceptedPairing> accepted;  // as a client, ever
};

enum class SeatStatus { kNone, kSeated, kWaitlisted };

struct ApplicationState {
  std::string ref;
  PersonId person;
  CycleId cycle;
  Instant submitted_at;
  Position submitted;
  std::string outcome;              // empty while undecided
  std::vector<Criterion> criteria;  // as decided
  std::optional<Position> decided, referral_decided, seat_event;
  SeatStatus seat = SeatStatus::kNone;
  uint32_t rank = 0;  // of the seat, or of the place in the waitlist
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

// One session of a pairing. Withdrawn and marked again, it is a new one: feedback starts over.
struct SessionState {
  bool done = false, sponsored = false, unsponsored = false, outside_window = false;
  Day held_on;
  Position marked;
  std::optional<Position> withdrawn;
  std::vector<GivenFeedback> feedback;  // on the session as it is done now
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

// A client in a cycle: window and allowance are theirs, not a pairing's.
struct ClientState {
  std::optional<Day> window_last;  // inclusive
  Position window_set;
  uint32_t sponsored = 0;             // sessions used of the allowance
  std::optional<Position> last_used;  // the session that used the newest of them
  uint32_t accepted = 0;              // pairings, ever
  std::string current;                // the open request or active pairing; empty for none
};

struct CoachState {
  std::string review;  // accepted, declined, or empty while pending
  uint32_t capacity = 0;
  Position recorded;
  std::map<std::string, Position> active;  // pairing -> its acceptance
  std::optional<Position> newest_active() const;
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
  std::set<uint64_t> refused_applications;  // positions of the refused rows that name this cycle and stand
  std::vector<std::string> pairings;        // refs in order of request
  ByWord<PersonId, ClientState> clients;
};

struct State {
  std::map<std::string, ProgrammeState> programmes;
  std::map<CycleId, CycleState> cycles;
  ByWord<PersonId, PersonState> people;
  ByWord<std::string, ApplicationState> applications;
  ByWord<std::string, PairingState> pairings;
  std::map<std::pair<std::string, PersonId>, CoachState> coaches;  // (programme, person)
  std::map<std::string, Position> imports;                         // batches that have started -> their ImportStarted
  ByWord<std::string, uint64_t> stream_versions;                   // the next version of each stream
  Position end;                                                    // one past the newest event folded
  Instant last_recorded_at{};

  const CycleState* cycle(const CycleId& id) const;
  const ProgrammeState* programme(const std::string& name) const;
  const PersonState* person(const PersonId& id) const;
  const ApplicationState* application(const std::string& ref) const;
  const PairingState* pairing(const std::string& ref) const;
  const CoachState* coach(const std::string& programme, const PersonId& id) const;
  bool known_person(const PersonId& id) const;  // has a personnel record
};

// The state after one more event.
void evolve(State& state, const Event& event);

}  // namespace daybook
