// What strangers' bytes are read by, each with what must hold of the reading. For a bounded run in every run of the tests, and for
// tools/campaign fuzz.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/admission.h"

namespace daybook::test {

// What does not hold of the reading of these bytes; empty if all does. Whatever they are, it comes back.
using FuzzCall = std::function<std::string(std::string_view)>;

struct FuzzTarget {
  std::string_view name;                 // its corpus is tests/server/corpus/NAME.txt
  std::vector<std::string_view> words;   // that change what they stand in
  size_t runs = 0;                       // in every run of the tests: fewer of those that take long
  std::function<FuzzCall()> make;        // once in a process
  std::vector<std::string> inputs = {};  // beside its corpus: what is made here and could not stand there
};

// Every target, by name.
std::vector<FuzzTarget> fuzz_targets();
// The inputs of a target, those of its corpus below `folder` first.
std::vector<std::string> inputs_of(const FuzzTarget& target, const std::string& folder);

FuzzTarget token_target();
FuzzTarget key_set_target();
FuzzTarget request_target();

// How Beast reads a head that we admitted: the body is read by it, so it may refuse the head, and must not read another.
std::string beast_fault(std::string_view head, const Admitted& admitted);

}  // namespace daybook::test
