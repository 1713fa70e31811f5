// One question to a ledger: the moment it is about, who asks and why, the desk that answers, and the look that is to be
// written down before the answer may leave. Whoever asks, on a terminal or over a wire, goes through here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/civil_time.h"
#include "ledger/ledger_folder.h"
#include "ledger/replay.h"
#include "projections/desk.h"

namespace daybook {

class EventMarks;

// Who asks, and why. Without a role nobody says who they are: everything confidential is sealed, and nothing is written down.
struct Asker {
  std::string name;           // a staff number or other name, by which the access book knows them
  std::string operator_name;  // whose account the question came through
  std::string role;           // one of kRoleNames, or empty
  std::string purpose;

  bool looks() const { return !role.empty(); }
};

// The ledger as it is now, and who is who: kept by whoever is asked often.
struct Newest {
  State state;
  TreeHead head;
  DeskTables tables;
};

class Inquiry {
 public:
  // Of what was folded as of a moment; kept here, like `newest`, whose tables have what the moment's records say that are still the newest. Null:
  // it is read where it is needed, for who may see what goes by what people are now.
  static Result<std::unique_ptr<Inquiry>> at(Ledger& ledger, Replayed folded, const AsOf& as_of, Asker asker, const SeeTable& table, Instant now,
                                             std::shared_ptr<const Newest> newest = nullptr);
  // Of now. `newest` is borrowed as long as this lives.
  static Result<std::unique_ptr<Inquiry>> now(Ledger& ledger, const Newest& newest, Asker asker, const SeeTable& table, Instant now);
  // The same of a copy, which others may share, and which is kept here.
  static Result<std::unique_ptr<Inquiry>> now(Ledger& ledger, std::shared_ptr<const Newest> newest, Asker asker, const SeeTable& table, Instant now);

  const State& state() const { return *state_; }
  const TreeHead& head() const { return head_; }  // over the events that the state was folded from
  // The state, for the next question of who follows the ledger. The last call.
  State take_state() && { return std::move(own_.state); }
  bool looks() const { return asker.looks(); }
  // A desk that has handed out nothing yet: for the next part of an answer.
  void new_desk() { desk.emplace(state(), vault, looks() ? &reader : nullptr); }

  // What has to be durable in the access book before an answer leaves: what the desk handed out, or who was asked about in vain where nothing
  // is `told`. nullopt: nothing confidential, nothing to write. The error is the vault's: the answer is not whole.
  Result<std::optional<Look>> look(std::string_view verb, const CycleId& cycle, bool told) const;
  // Whether whoever asks holds the role they ask in, or asks in none. If not, the look is written down and nothing may be told.
  bool may_ask() const { return !looks() || reader.holds_role(); }
  // The marks, for a question whose answer is found by them alone; null, unless whoever asks may be told of every event: to others the time that it
  // takes would tell what is there.
  EventMarks* marks_to_find_by() const;

  Ledger& ledger;
  const AsOf as_of;
  const Asker asker;
  const Vault vault;
  Reader reader;
  mutable std::optional<Desk> desk;  // keeps account of what it hands out
  EventMarks* marks = nullptr;       // of the programme book, where somebody keeps them; borrowed

 private:
  Inquiry(Ledger& opened, const AsOf& moment, Asker who) : ledger(opened), as_of(moment), asker(std::move(who)), vault(opened.vault()) {}
  Result<void> read_newest();
  Result<void> read_reader(const SeeTable& table, Instant now);

  Replayed own_;
  const State* state_ = &own_.state;
  TreeHead head_;
  DeskTables tables_;
  std::shared_ptr<const Newest> kept_;  // as it is now, where it is not borrowed; its tables are there where a role goes by units
};

// The moments of `at` (a position, a time, or a day: its last instant, UTC) and `happened_by`. kRejected: no such form; `prefix` stands before
// the names of the two in what it says.
Result<AsOf> read_as_of(const std::string& at, const std::string& happened_by, std::string_view prefix = "");

// A day as its last instant in the cycle's zone; nullopt if `text` is no day, or there is no such cycle.
std::optional<Instant> in_zone_of(const std::optional<CycleId>& cycle, const std::string& text, const State& state);

// A DATE is its last instant in `zone`; a TIME is itself.
std::optional<Instant> parse_moment(const std::string& text, const Zone& zone);

// When "today" is for a question: now, or the earliest moment that it leads back to.
Instant moment_of(const Inquiry& inquiry, Instant now);

}  // namespace daybook
