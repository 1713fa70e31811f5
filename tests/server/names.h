// Sets of names that must be the same, and what to say where they are not.
#pragma once

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

namespace daybook::test {

using Names = std::set<std::string>;

// What is in the one and not in the other.
inline Names missing(const Names& wanted, const Names& found) {
  Names out;
  std::set_difference(wanted.begin(), wanted.end(), found.begin(), found.end(), std::inserter(out, out.end()));
  return out;
}

inline std::string joined(const Names& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace daybook::test
