// Which keys each action takes, as one table: what describes the actions to others is made from it, so that nobody tells of a key that
// action_text.cc does not read. A test holds the two against each other.
#pragma once

#include <string_view>
#include <vector>

namespace daybook {

// The form of a key's value.
enum class KeyForm {
  kText,      // any, but control characters
  kRef,       // [A-Za-z0-9._-]{1,40}
  kDay,       // YYYY-MM-DD
  kNumber,    // a whole number from 0, of 9 digits at most
  kRole,      // one of kRoleNames
  kReferral,  // eligible, not-eligible
  kRating,    // 1 to 5
  kFinding,   // proper, improper, unclear
  kYes,       // yes, or left out
};

struct ActionKey {
  std::string_view name;
  KeyForm form = KeyForm::kText;
  bool needed = true;
};

// The keys that say something to the action, those that it needs first; beside them every action takes `at`. Of second, decline and withdraw too.
// Empty for what is no action, or has no form as text. A correction needs at least one of its columns, none of which is needed by itself.
std::vector<ActionKey> action_keys(std::string_view action);

}  // namespace daybook
