// The desk: confidential values, fetched from the vault for one answer. It keeps account of what it handed out, so
// that the look can be written down before the answer leaves.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "ledger/state.h"
#include "ledger/vault.h"

namespace daybook {

class Desk {
 public:
  // `may_look` false: everything confidential stays sealed. `state` and `vault` are borrowed.
  Desk(const State& state, const Vault& vault, bool may_look) : state_(state), vault_(vault), may_look_(may_look) {}

  bool may_look() const { return may_look_; }

  // How a person is shown: by staff number and name if the reader may look, else by their random id.
  std::string person(const PersonId& id);

  // The value of a field of an event, by the schema's name; nullopt where it is sealed, or no longer there. `item`: of a
  // list field.
  std::optional<std::string> value(Position event, const Body& kind, std::string_view field, const PersonId& subject, size_t item = 0);

  // What was handed out so far.
  const std::set<PersonId>& subjects() const { return subjects_; }
  const std::set<FieldClass>& classes() const { return classes_; }
  bool looked() const { return !classes_.empty(); }

  // The first fault of the vault, if there was one: the answer is not whole and must not be given.
  const std::optional<Error>& fault() const { return fault_; }

 private:
  const State& state_;
  const Vault& vault_;
  const bool may_look_;
  std::set<PersonId> subjects_;
  std::set<FieldClass> classes_;
  std::map<PersonId, std::string> shown_;
  std::optional<Error> fault_;
};

inline constexpr std::string_view kSealed = "(sealed)";

}  // namespace daybook
