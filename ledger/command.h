// What somebody asks the ledger to do. People are named as users name them, by staff number; `decide` gets their ids
// with the facts.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ledger/event.h"
#include "ledger/torn_tail.h"

namespace daybook {

struct RecordStaff {
  StaffRecorded values;
};
struct RecordParticipation {
  std::string staff_number;
  ParticipationRecorded values;
};
struct RecordCoach {
  std::string staff_number;
  CoachRecorded values;  // `pledged` follows from `pledged_on`
};
struct SubmitApplication {
  std::string staff_number;
  ApplicationSubmitted values;  // `submitted_on` is worked out from the command's happened-at
};

enum class Action {
  kRequestPairing,
  kAcceptPairing,
  kDeclinePairing,
  kEndPairing,
  kExtendWindow,
  kMarkSessionDone,
  kMarkSessionMissed,
  kWithdrawSession,
  kGiveFeedback
};
inline constexpr std::string_view kActionNames[] = {"request-pairing",   "accept-pairing",      "decline-pairing",  "end-pairing",  "extend-window",
                                                    "mark-session-done", "mark-session-missed", "withdraw-session", "give-feedback"};

// What `do` takes beside those: no row of a sheet says it.
inline constexpr std::string_view kOtherActionNames[] = {"decide-referral", "grant-seat",  "offer-seat",    "accept-offer",
                                                         "decline-offer",   "undo-import", "rectify-staff", "rectify-form",
                                                         "place-hold",      "lift-hold",   "expire-cohort"};

// A row of activity.csv, or `do ACTION`. A field that the action does not need is ignored.
struct Act {
  Action action = Action::kRequestPairing;
  std::string ref;  // the pairing
  std::string programme, cycle, client, coach;
  std::optional<uint32_t> session;
  std::optional<Day> held_on;
  std::string minutes, rating, reason, comment;
};

struct DecideCycle {
  CycleId cycle;
};
struct DecideReferral {
  std::string application;
  bool eligible = false;
  std::string reason;
};
// Gives one free seat to the head of the waitlist.
struct GrantSeat {
  CycleId cycle;
};
// Holds one free seat for the head of the waitlist, who may take it until the end of a day.
struct OfferSeat {
  CycleId cycle;
  Day answer_by;  // inclusive
};
struct AcceptOffer {
  std::string application;
};
struct DeclineOffer {
  std::string application, reason;
};
struct AdoptCharter {
  std::string text;
};
struct FinishImport {
  uint64_t recorded = 0, refused = 0, unchanged = 0;
};
// Takes back the rows of an import on which nothing builds. With `rows`, only if it is so many: what a dry run said.
struct UndoImport {
  std::string batch, reason;
  std::optional<uint64_t> rows;
};
// Takes a right to look, for a short time, that somebody else looks into afterwards.
struct BreakGlass {
  std::string glass;   // its random id
  std::string person;  // by staff number or id; empty: of everybody in `about`
  CycleId about;       // its cycle alone may be empty: the whole programme
  std::vector<std::string> classes;
  uint64_t minutes = 0;
  std::string reason, told;  // `told`: the second person
};
struct ReviewGlass {
  std::string glass, finding, reason;
};
// Of the ledger itself, when it is opened.
struct RecordTornTail {
  TornTail tail;
};

// Whose values a restore left out because they were erased after the backup was made.
struct ErasedSince {
  std::string owner;  // person/ID or cohort/PROGRAMME/CYCLE
  Day known_until{};  // last day on which the rows of imports about them are refused; 1970-01-01: the list does not say
  uint64_t records = 0, rows = 0;
};
// Of the ledger itself, restored from a backup that ends before the newest head anybody may hold, before anything else is recorded.
struct RecordRestore {
  LedgerRestored restored;
  std::vector<ErasedSince> erased;
};

// Of the ledger itself: records the deadlines that passed before the command's time and were not recorded yet.
struct Tick {};

// Takes every value of a person out of the vault. Until `known_until`, inclusive, the rows they came with are refused, and
// the repeat rule still knows them.
struct ErasePerson {
  PersonId person;
  Day known_until;
  std::string reason = {};
};
// Of the ledger itself: no live file holds anything of a person any more.
struct CertifyErasure {
  PersonId person;
  uint32_t key_version = 0;
  Day backup_horizon;
};
// Of the ledger itself: the keys of all owners were wrapped anew.
struct RecordKeyChange {
  uint32_t retired = 0, version = 0;
  uint64_t owners = 0;
};
// Takes out of the vault what only the statistics of a cycle use.
struct ExpireCohort {
  CycleId cycle;
};

// Whoever runs the program gets the roles that it takes to begin, where nobody is left who may change roles.
struct BeginRoles {};
struct GrantRole {
  std::string person, role, programme, unit;  // programme and unit: empty for all
  std::optional<Day> last_day;                // inclusive, UTC
  std::string reason;
};
struct EndRole {
  std::string person, role, programme, unit, reason;  // as it was granted
};
// What a second person says to a proposal, or its proposer.
struct CloseProposal {
  std::string proposal, outcome, reason;  // seconded, declined or withdrawn
};

struct PlaceHold {
  std::string person, reason;
};
struct LiftHold {
  std::string person, reason;
};
using RightValues = std::vector<std::pair<std::string, std::string>>;  // column of the sheet, and what is right
struct RectifyStaff {
  std::string staff_number;
  RightValues values;
  std::string reason;
};
struct RectifyForm {
  std::string application;
  RightValues values;
  std::string reason;
};

using CommandBody = std::variant<RecordStaff, RecordParticipation, RecordCoach, SubmitApplication, Act, DecideCycle, DecideReferral, GrantSeat,
                                 AdoptCharter, FinishImport, UndoImport, RecordTornTail, RecordRestore, OfferSeat, AcceptOffer, DeclineOffer, Tick,
                                 BeginRoles, GrantRole, EndRole, CloseProposal, PlaceHold, LiftHold, RectifyStaff, RectifyForm, BreakGlass,
                                 ReviewGlass, ErasePerson, CertifyErasure, RecordKeyChange, ExpireCohort>;

// The spreadsheet that rows come from. Shared by all its rows.
struct ImportInfo {
  std::string batch;          // random id
  std::string sheet;          // staff, participations, coaches, applications or activity
  std::string operator_name;  // user@host
  std::string file_digest;    // SHA-256, hex
};

// A command that came as a row: if a rule refuses it, the refusal is recorded too.
struct Row {
  uint64_t number = 0;        // record in the file, from 1
  Hash fingerprint{};         // keyed, over the row's cells: the same row is never recorded twice
  bool judged_again = false;  // a refused row that comes again is judged again; else it is final
};

struct Command {
  CommandBody body;
  std::optional<Instant> happened_at;  // nullopt: now
  std::string actor;                   // staff number or other name of who acted; the vault has it, the log its id
  std::string role;                    // in which they act; empty: the first of theirs that may
  std::string recorded_by;             // user@host, or a session's user
  Channel channel = Channel::kCli;
  std::shared_ptr<const ImportInfo> import;  // null unless it came with one
  std::optional<Row> row;
  std::string idempotency_key;      // empty for none; the same key is carried out once
  std::string asked;                // with a key: what was asked, as it was given; the key is refused for anything else
  std::optional<Position> seen_to;  // the end of the book as whoever asks saw it; refused (moved-on) where it has grown since
};

}  // namespace daybook
