#include "ledger/key_ring.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include "ledger/durable_file.h"
#include "ledger/private_file.h"
#include "ledger/sealing.h"

namespace daybook {
namespace {

constexpr std::string_view kFirstLine = "daybook key ring 1";
constexpr uint32_t kBaseVersion = 0;  // the line of the base key

Hash ring_key(const Hash& root_key) { return hmac_sha256(root_key, {as_bytes("daybook key ring 1")}); }

std::string bound_to(const std::string& ledger, uint32_t version) { return fmt::format("{}\n{}\n{}", kFirstLine, ledger, version); }

// A decimal number; nullopt if the text is none.
std::optional<uint32_t> version_of(const std::string& text) {
  const bool digits = !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::optional(static_cast<uint32_t>(std::stoul(text))) : std::nullopt;
}

}  // namespace

KeyRing KeyRing::make(Randomness& randomness) {
  KeyRing ring;
  randomness.fill(ring.base_);
  ring.add(randomness);
  return ring;
}

KeyRing KeyRing::of_root(const Hash& root_key) {
  KeyRing ring;
  ring.base_ = root_key;
  ring.keys_[1] = hmac_sha256(root_key, {as_bytes("daybook wrapping key in memory 1")});
  return ring;
}

Result<KeyRing> KeyRing::read(const std::string& path, const Hash& root_key, const std::string& ledger) {
  DAYBOOK_TRY(want_private(path));
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return parse(path, text, root_key, ledger);
}

Result<KeyRing> KeyRing::parse(const std::string& path, const std::string& text, const Hash& root_key, const std::string& ledger) {
  std::istringstream file(text);
  std::string line;
  if (!std::getline(file, line)) return Error{Fault::kRejected, "key ring " + path + ": found no ring, want the file that init made"};
  if (line != kFirstLine) return Error{Fault::kCorrupt, fmt::format("key ring {}: found another first line, want \"{}\"", path, kFirstLine)};
  KeyRing ring;
  bool based = false;
  while (std::getline(file, line)) {
    const auto space = std::min(line.find(' '), line.size());
    const auto version = version_of(line.substr(0, space));
    const auto bytes = version && space < line.size() ? from_hex(line.substr(space + 1)) : std::nullopt;
    if (!bytes) return Error{Fault::kCorrupt, "key ring " + path + ": want a version and its sealed key, a line each"};
    auto key = open_sealed(ring_key(root_key), as_bytes(bound_to(ledger, *version)), as_bytes(*bytes));
    if (!key || key.value().size() != sizeof(Hash))
      return Error{Fault::kCorrupt, fmt::format("key ring {}: version {} was not sealed with this root key for this ledger", path, *version)};
    auto& place = *version == kBaseVersion ? ring.base_ : ring.keys_[*version];
    std::copy(key.value().begin(), key.value().end(), reinterpret_cast<char*>(place.data()));
    wipe(key.value());
    based |= *version == kBaseVersion;
  }
  if (!based || ring.keys_.empty())
    return Error{Fault::kCorrupt, "key ring " + path + ": found no base key or no wrapping key, want version 0 and another"};
  return ring;
}

Result<void> KeyRing::write(const std::string& path, const Hash& root_key, const std::string& ledger, Randomness& randomness) const {
  std::string text = std::string(kFirstLine) + "\n";
  const auto add_line = [&](uint32_t version, const Hash& key) {
    text += fmt::format("{} {}\n", version, to_hex(as_bytes(seal(ring_key(root_key), as_bytes(bound_to(ledger, version)), key, randomness))));
  };
  add_line(kBaseVersion, base_);
  for (const auto& [version, key] : keys_) add_line(version, key);
  return replace_key_file(path, text);
}

const Hash* KeyRing::find(uint32_t version) const {
  const auto it = keys_.find(version);
  return it == keys_.end() ? nullptr : &it->second;
}

void KeyRing::add(Randomness& randomness) { randomness.fill(keys_[newest() + 1]); }

void KeyRing::drop_before(uint32_t version) {
  for (auto it = keys_.begin(); it != keys_.end() && it->first < version; it = keys_.erase(it)) wipe(it->second);
}

}  // namespace daybook
