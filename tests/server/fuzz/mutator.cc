#include "tests/server/fuzz/mutator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "ledger/require.h"

namespace daybook::test {
namespace {

constexpr size_t kInputBytesMax = 20'000;  // over every limit that is of use here
constexpr std::array<std::string_view, 12> kNumbers = {
    "0", "1", "255", "256", "65536", "2147483648", "4294967296", "4294967295", "9999999999", "9223372036854775808", "-1", "18446744073709551616"};

}  // namespace

std::string Mutator::next() {
  if (given_ < inputs_.size()) return inputs_[given_++];
  std::string text = any_input();
  for (size_t changes = 1 + below(4); changes > 0; --changes) change(text);
  if (text.size() > kInputBytesMax) text.resize(kInputBytesMax);
  return text;
}

void Mutator::change(std::string& text) {
  const size_t at = below(text.size() + 1);
  switch (below(8)) {
    case 0:
    case 1:
      return change_bytes(text);
    case 2:
      if (!words_.empty()) text.insert(at, words_[below(words_.size())]);
      return;
    case 3:
      text.erase(at, 1 + below(below(4) == 0 ? 64 : 4));
      return;
    case 4:
      text.insert(at, text.substr(below(text.size() + 1), 1 + below(32)));
      return;
    case 5:
      text.insert(at, kNumbers[below(kNumbers.size())]);
      return;
    case 6:
      return splice(text);
    default:
      if (below(4) == 0) text.resize(at);
  }
}

void Mutator::change_bytes(std::string& text) {
  if (text.empty()) return text.push_back(static_cast<char>(random_()));
  char& byte = text[below(text.size())];
  switch (below(3)) {
    case 0:
      byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << below(8)));
      return;
    case 1:
      byte = static_cast<char>(random_());
      return;
    default:
      std::swap(byte, text[below(text.size())]);
  }
}

// The beginning of it, and the end of another input.
void Mutator::splice(std::string& text) {
  const auto& other = any_input();
  text.resize(below(text.size() + 1));
  text += other.substr(below(other.size() + 1));
}

std::string escaped(std::string_view bytes) {
  std::string line;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\')
      line += "\\\\";
    else if (c == '\r')
      line += "\\r";
    else if (c == '\n')
      line += "\\n";
    else if (c == '\t')
      line += "\\t";
    else if (byte < 0x20 || byte > 0x7e || (c == '#' && line.empty()))
      line += fmt::format("\\x{:02x}", byte);
    else
      line += c;
  }
  return line;
}

std::string unescaped(std::string_view line) {
  std::string bytes;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\') {
      bytes += line[i];
      continue;
    }
    const char kind = ++i < line.size() ? line[i] : '\0';
    if (kind == 'x' && i + 2 < line.size()) {
      bytes += static_cast<char>(std::stoi(std::string(line.substr(i + 1, 2)), nullptr, 16));
      i += 2;
      continue;
    }
    require(kind == '\\' || kind == 'r' || kind == 'n' || kind == 't', "a corpus has only the escapes that it may have");
    bytes += kind == 'r' ? '\r' : kind == 'n' ? '\n' : kind == 't' ? '\t' : '\\';
  }
  return bytes;
}

std::vector<std::string> read_corpus(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  require(in.good(), "each target has its corpus");
  std::vector<std::string> inputs;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with('#')) inputs.push_back(unescaped(line));
  }
  return inputs;
}

}  // namespace daybook::test
