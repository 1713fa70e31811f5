// The desk: confidential values, handed out for one answer. It keeps account of what it handed out, so that the look can
// be written down before the answer leaves.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "ledger/state.h"
#include "ledger/vault.h"
#include "projections/desk_tables.h"

namespace daybook {

class Desk {
 public:
  // Null tables: everything confidential stays sealed. All are borrowed.
  Desk(const State& state, const Vault& vault, const DeskTables* tables) : state_(state), vault_(vault), tables_(tables) {}

  bool may_look() const { return tables_ != nullptr; }

  // How a person is told of in a sentence: by staff number and name if the reader may look, else by their random id.
  std::string person(const PersonId& id);
  // Each by itself; empty where it is sealed or not known.
  struct Known {
    std::string staff_number, name;
  };
  Known known(const PersonId& id);

  // The person behind an id or, where the reader may look, a staff number or other name; nullopt if there is nobody.
  std::optional<PersonId> find(const std::string& text);
  // DeskTables::search, nobody where everything is sealed. Each person found counts as looked at.
  std::vector<const DeskRow*> search(const std::vector<std::string>& words);

  // The value of a field of an event, by the schema's name; nullopt where it is sealed, or no longer there. `item`: of a
  // list field.
  std::optional<std::string> value(Position event, const Body& kind, std::string_view field, const PersonId& subject, size_t item = 0);

  // What was handed out so far. A question that found nobody is a look too: its classes stand without subjects.
  const std::set<PersonId>& subjects() const { return subjects_; }
  const std::set<FieldClass>& classes() const { return classes_; }
  bool looked() const { return !classes_.empty(); }

  // The first fault of the vault, if there was one: the answer is not whole and must not be given.
  const std::optional<Error>& fault() const { return fault_; }

 private:
  const State& state_;
  const Vault& vault_;
  const DeskTables* const tables_;
  std::set<PersonId> subjects_;
  std::set<FieldClass> classes_;
  std::optional<Error> fault_;
};

inline constexpr std::string_view kSealed = "(sealed)";

}  // namespace daybook
