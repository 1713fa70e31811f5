#include "ledger/owner_keys.h"

#include <fmt/format.h>

#include "ledger/big_endian.h"

namespace daybook {
namespace {

constexpr char kTable = 'w', kWrapped = 'k', kDestroyed = 'x';  // on disk: never change
constexpr size_t kVersionBytes = 4;

Error broken(const std::string& owner, std::string_view found) {
  return {Fault::kCorrupt, fmt::format("key of {}: found {}, want the one that was wrapped for it", owner, found)};
}

// Of a row that is longer than its head.
uint32_t version_of(std::string_view row) { return static_cast<uint32_t>(from_big_endian(row.substr(1, kVersionBytes))); }
Error not_in_ring(const std::string& owner, uint32_t version) {
  return broken(owner, fmt::format("one wrapped with version {}, which the key ring does not hold", version));
}

}  // namespace

std::string OwnerKeys::row_key(std::string_view owner) { return std::string(1, kTable).append(owner); }

VaultRow OwnerKeys::destroyed_row(const std::string& owner, Position by) { return {row_key(owner), kDestroyed + big_endian(by.value)}; }

Position OwnerKeys::destroyed_by(std::string_view row) { return Position{from_big_endian(row.substr(1))}; }
bool OwnerKeys::is_destroyed(std::string_view row) { return row.size() == 9 && row.front() == kDestroyed; }

std::string OwnerKeys::bound_to(const std::string& owner, uint32_t version) const {
  return fmt::format("daybook owner key 1\n{}\n{}\n{}", scope_, version, owner);
}

std::string OwnerKeys::wrap(const std::string& owner, const Hash& key, Randomness& randomness) const {
  std::string row(1, kWrapped);
  append_big_endian(row, ring_.newest(), kVersionBytes);
  return row + seal(*ring_.find(ring_.newest()), as_bytes(bound_to(owner, ring_.newest())), key, randomness);
}

Result<Hash> OwnerKeys::unwrap(const std::string& owner, std::string_view row) const {
  if (row.size() <= 1 + kVersionBytes || row.front() != kWrapped) return broken(owner, "a row of another form");
  const auto version = version_of(row);
  const auto* wrapping = ring_.find(version);
  if (!wrapping) return not_in_ring(owner, version);
  auto bytes = open_sealed(*wrapping, as_bytes(bound_to(owner, version)), as_bytes(row.substr(1 + kVersionBytes)));
  if (!bytes || bytes.value().size() != sizeof(Hash)) return broken(owner, "another key");
  Hash key;
  std::copy(bytes.value().begin(), bytes.value().end(), reinterpret_cast<char*>(key.data()));
  wipe(bytes.value());
  return key;
}

Result<OwnerKey> OwnerKeys::find(const VaultRows& rows, std::string_view owner, uint64_t purpose) {
  const std::lock_guard lock(mutex_);
  if (const auto it = known_.find(owner); it != known_.end()) return key_for(it->second, purpose);
  const std::string name(owner);
  DAYBOOK_TRY(const auto row, rows.get(row_key(name)));
  if (!row) return broken(name, "none, and nothing that says it was destroyed");
  return take(rows, name, *row, purpose);
}

Result<OwnerKey> OwnerKeys::find_or_make(const VaultRows& rows, std::string_view owner, uint64_t purpose, Randomness& randomness,
                                         std::vector<VaultRow>& out) {
  const std::lock_guard lock(mutex_);
  if (const auto it = known_.find(owner); it != known_.end()) return key_for(it->second, purpose);
  const std::string name(owner);
  DAYBOOK_TRY(const auto row, rows.get(row_key(name)));
  if (row) return take(rows, name, *row, purpose);
  Hash key;
  randomness.fill(key);
  out.push_back({row_key(name), wrap(name, key, randomness)});
  auto& known = keep(rows, name, key, true);
  wipe(key);
  return key_for(known, purpose);
}

Result<OwnerKey> OwnerKeys::take(const VaultRows& rows, const std::string& owner, std::string_view row, uint64_t purpose) {
  if (is_destroyed(row)) return OwnerKey{std::nullopt, destroyed_by(row)};
  DAYBOOK_TRY(auto key, unwrap(owner, row));
  auto& known = keep(rows, owner, key, false);
  wipe(key);
  return key_for(known, purpose);
}

OwnerKeys::Known& OwnerKeys::keep(const VaultRows& rows, const std::string& owner, const Hash& key, bool made) {
  if (known_.size() >= kOwnersMax) make_room(rows);
  return known_.emplace(owner, Known{locked_.keep(key), made}).first->second;
}

OwnerKey OwnerKeys::key_for(Known& known, uint64_t purpose) {
  for (const auto& [number, key] : known.derived) {
    if (number == purpose) return {BriefKey(*key), std::nullopt};
  }
  const BriefKey key(derived_key(*known.key, purpose));
  known.derived.emplace_back(purpose, locked_.keep(key.hash()));
  return {key, std::nullopt};
}

bool OwnerKeys::is_stored(const VaultRows& rows, const std::string& owner) {
  const auto row = rows.get(row_key(owner));
  return row && row.value().has_value();
}

// What the vault gives again goes. A key that was made for a write which is still to come is nowhere else.
void OwnerKeys::make_room(const VaultRows& rows) {
  for (auto it = known_.begin(); it != known_.end();) {
    if (it->second.made && !is_stored(rows, it->first)) {
      ++it;
      continue;
    }
    drop(it->second);
    it = known_.erase(it);
  }
}

void OwnerKeys::drop(const Known& known) {
  locked_.drop(known.key);
  for (const auto& [number, key] : known.derived) locked_.drop(key);
}

void OwnerKeys::forget(std::string_view owner) {
  const std::lock_guard lock(mutex_);
  const auto it = known_.find(owner);
  if (it == known_.end()) return;
  drop(it->second);
  known_.erase(it);
}

void OwnerKeys::forget_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [owner, known] : known_) drop(known);
  known_.clear();
}

Result<std::vector<VaultRow>> OwnerKeys::rewrapped(const VaultRows& rows, size_t at_most, Randomness& randomness) {
  const std::lock_guard lock(mutex_);
  std::vector<VaultRow> out;
  std::optional<Error> failed;
  DAYBOOK_TRY(rows.scan(std::string(1, kTable), [&](std::string_view row_key, std::string_view row) {
    const std::string owner(row_key.substr(1));
    if (row.size() <= 1 + kVersionBytes || row.front() != kWrapped) return true;
    if (version_of(row) == ring_.newest()) return true;
    auto key = unwrap(owner, row);
    if (!key) return failed = key.error(), false;
    out.push_back({std::string(row_key), wrap(owner, key.value(), randomness)});
    wipe(key.value());
    return out.size() < at_most;
  }));
  if (failed) return *failed;
  return out;
}

Result<void> OwnerKeys::check_wrapped(const VaultRows& rows) {
  const std::lock_guard lock(mutex_);
  std::optional<Error> missing;
  DAYBOOK_TRY(rows.scan(std::string(1, kTable), [&](std::string_view row_key, std::string_view row) {
    if (row.size() <= 1 + kVersionBytes || row.front() != kWrapped) return true;
    const auto version = version_of(row);
    if (!ring_.find(version)) missing = not_in_ring(std::string(row_key.substr(1)), version);
    return !missing;
  }));
  return missing ? Result<void>(*missing) : Result<void>(success());
}

KeyRing OwnerKeys::ring() const {
  const std::lock_guard lock(mutex_);
  return ring_;
}

void OwnerKeys::use(KeyRing ring) {
  const std::lock_guard lock(mutex_);
  ring_ = std::move(ring);
}

}  // namespace daybook
