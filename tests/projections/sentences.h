// What the requirements say of confidentiality, sentence by sentence (S0-06, S0-39, S1-35, S1-37, C1, C5), written from them and not from the table.
// Each is about somebody of the house, and about words that somebody else may see; answers are text as the house has it (house.h), whoever asks.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ledger/relation.h"

namespace daybook::test {

// Who, in which role, is never told what, whatever they ask.
struct Never {
  std::string says, who;
  Role role;
  std::vector<std::string> told;  // @U1: the random id of U1
};
const std::vector<Never>& disclosure_sentences();

// With the id of whom an @ names.
std::string with_ids(std::string words, const std::function<PersonId(const std::string&)>& id);

}  // namespace daybook::test
