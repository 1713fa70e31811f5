// The desk: confidential values, handed out for one answer as the table of who may see what has it. It keeps account of what
// it handed out, and of who was asked about in vain, so that the look can be written down before the answer leaves.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "ledger/relation.h"
#include "ledger/vault.h"
#include "projections/desk_tables.h"
#include "projections/see_table.h"

namespace daybook {

// Who looks. Their role and how they stand to somebody count as they are now, whatever moment is asked about. All is borrowed.
struct Reader {
  PersonId actor;  // empty: nobody whom the record knows
  Role role = Role::kPublic;
  Instant now{};
  const State* state = nullptr;  // as it is now
  const SeeTable* table = nullptr;
  const DeskTables* tables = nullptr;
  const DeskTables* units = nullptr;  // of which unit people are now, for roles of one unit; null: as `tables` has it

  Day today() const { return std::chrono::floor<std::chrono::days>(now); }
  // Whether they may look in that role at all, be it at their own record alone.
  bool holds_role() const { return relation(*state, actor, role, {actor, {}, ""}, today()).has_value(); }
};

// What an event is about, and the row of the table that says who may be told of it.
Matter matter_of(const Event& event, const State& state);
std::string_view thing_of(const Event& event);
std::string_view thing_of(std::string_view stream);  // of a stream where no event says more

class Desk {
 public:
  // Null reader: nobody says who they are. Everything confidential stays sealed, and nothing else is out of reach. All are borrowed.
  Desk(const State& state, const Vault& vault, const Reader* reader)
      : state_(state), vault_(vault), reader_(reader), by_unit_(reader && goes_by_unit(*reader->state)) {}

  bool may_look() const { return reader_ != nullptr; }
  const Reader* reader() const { return reader_; }

  // The one rule: how the reader sees a row of the table where it is about `matter`.
  Sight sight(std::string_view row, const Matter& matter);

  // Whether a thing (a row of the table that is no field) may be told of. What may not counts as asked for in vain.
  bool reaches(std::string_view thing, const Matter& matter);
  // Of a pairing: as one with its client, or with its coach.
  bool reaches(const PairingState& pairing);
  // Of a coach in a programme: only an accepted one is shown to those who do not administer them (S1-14).
  bool reaches_coach(const std::string& programme, const PersonId& person, const CoachState& coach);

  // Of an event: its thing, and what the event says beside that the thing is there.
  bool reaches(const Event& event);
  // That somebody said how a session was.
  bool reaches_feedback(const PersonId& giver, const PairingState& pairing);
  Matter matter_of(const Event& event) const { return daybook::matter_of(event, state_); }

  // How a person is told of in a sentence: by staff number and name if the reader may see them, else by their random id.
  enum class As { kPerson, kCoach };
  std::string person(const Matter& who, As as = As::kPerson);
  // Each by itself; empty where it is sealed or not known.
  struct Known {
    std::string staff_number, name;
  };
  Known known(const Matter& who, As as = As::kPerson);

  // The person behind an id or, where the reader may see names, a staff number or other name; nullopt if there is nobody, or nobody
  // whom `thing` may be told of (access-book: be it without names). `programme`: as a coach there.
  std::optional<PersonId> find(const std::string& text, std::string_view thing = "people", const std::string& programme = "");
  // DeskTables::search among those whose record the reader may see; nobody where everything is sealed. Each person found counts as looked at.
  std::vector<const DeskRow*> search(const std::vector<std::string>& words);

  // Whether an answer has a line for a field of `of`, its owner, at all.
  bool tells(const Body& kind, std::string_view field, const Matter& of);
  // The value of a field of an event, by the schema's name; nullopt where it is sealed, or no longer there. `item`: of a list field.
  std::optional<std::string> value(Position event, const Body& kind, std::string_view field, const Matter& of, size_t item = 0);

  // What was handed out so far. A question that found nobody is a look too: its classes stand without subjects.
  const std::set<PersonId>& subjects() const { return subjects_; }
  const std::set<FieldClass>& classes() const { return classes_; }
  bool looked() const { return !classes_.empty(); }
  // Who was asked about and is there, but out of reach.
  const std::set<PersonId>& withheld() const { return withheld_; }
  // The broken glass that made something visible, if one did: then that is a look, be there no field in it.
  const std::optional<Position>& glass() const { return glass_; }
  // The units of the grants by which something was visible; "" stands for one of all units.
  const std::set<std::string>& units() const { return units_; }
  // Something was shown, or not, that the desk did not hand out itself. `subject` may be empty.
  void add(const PersonId& subject, FieldClass field_class) {
    if (!subject.empty()) subjects_.insert(subject);
    classes_.insert(field_class);
  }
  void withhold(const PersonId& subject) {
    if (!subject.empty()) withheld_.insert(subject);
  }

  // The first fault of the vault, if there was one: the answer is not whole and must not be given.
  const std::optional<Error>& fault() const { return fault_; }

 private:
  Matter in_unit(const Matter& matter) const;
  std::optional<Relation> relation_to(const Matter& matter) const;
  bool is_stranger(const Matter& matter) const;
  Sight sight_in_scope(std::string_view row, const Matter& matter, Sight by_role);
  bool reaches_inside(const Event& event, const Matter& matter);
  const GlassState* glass_over(std::string_view row, const Matter& matter) const;
  void note_unit(const Matter& matter);

  const State& state_;
  const Vault& vault_;
  const Reader* const reader_;
  const bool by_unit_;
  std::set<PersonId> subjects_, withheld_;
  std::set<FieldClass> classes_;
  std::set<std::string> units_;
  std::optional<Position> glass_;
  std::optional<Error> fault_;
};

inline constexpr std::string_view kSealed = "(sealed)";

}  // namespace daybook
