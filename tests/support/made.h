// What tests do with results and small files: the value or a failure of the test, damage by its words.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "ledger/result.h"

namespace daybook::test {

// The value; an error ends the test with its message.
template <class T>
T made(Result<T> result) {
  if (result.has_error()) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}
inline void fine(const Result<void>& result) {
  if (result.has_error()) throw std::runtime_error(result.error().message);
}

// What was found damaged, in words. An error of another kind ends the test.
template <class T>
std::string corrupt(const Result<T>& result) {
  if (result.has_value()) return "nothing found";
  if (result.error().fault != Fault::kCorrupt) throw std::runtime_error("found another fault than damage: " + result.error().message);
  return result.error().message;
}

inline bool says(const std::string& message, const std::string& words) { return message.find(words) != std::string::npos; }

// A whole file; empty if there is none.
inline std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write(const std::string& file, const std::string& text) { std::ofstream(file, std::ios::binary | std::ios::trunc) << text; }

}  // namespace daybook::test
