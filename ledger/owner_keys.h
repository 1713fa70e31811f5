// The keys of owners: one for each person and each cohort. What the vault holds of an owner is sealed with it, so that
// everything of theirs is gone with one key. It stands in the vault, wrapped, under `w` + owner.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ledger/event_log.h"
#include "ledger/key_ring.h"
#include "ledger/sealing.h"

namespace daybook {

// A key made from an owner's.
struct OwnerKey {
  std::optional<BriefKey> key;        // none: it was destroyed
  std::optional<Position> destroyed;  // by which event
};

class OwnerKeys {
 public:
  // `scope`: the ledger's id and the book; a wrapped key opens in no other.
  OwnerKeys(KeyRing ring, std::string scope) : ring_(std::move(ring)), scope_(std::move(scope)) {}

  // The owner's key for one purpose: the number of a class, or another that FORMAT.md names. kCorrupt if there is none and
  // nothing says that it was destroyed, or it was wrapped for another owner.
  Result<OwnerKey> find(const VaultRows& rows, std::string_view owner, uint64_t purpose);
  // The same; an owner who never had a key gets one, whose row goes to `out`.
  Result<OwnerKey> find_or_make(const VaultRows& rows, std::string_view owner, uint64_t purpose, Randomness& randomness, std::vector<VaultRow>& out);

  // The row that takes the place of a key, for good.
  static VaultRow destroyed_row(const std::string& owner, Position by);
  static std::string row_key(std::string_view owner);
  static bool is_destroyed(std::string_view row);
  static Position destroyed_by(std::string_view row);  // the event that says so; of a row that is_destroyed

  // What is held in memory: of one owner, or of all, as after a write that failed.
  void forget(std::string_view owner);
  void forget_all();
  size_t held() const { return known_.size(); }  // owners; while nobody else asks

  // The rows of all keys that were not wrapped with the newest wrapping key, wrapped with it; at most so many.
  Result<std::vector<VaultRow>> rewrapped(const VaultRows& rows, size_t at_most, Randomness& randomness);
  // kCorrupt if a key was wrapped with a version that the ring does not hold: the ring is an older one than the ledger's.
  Result<void> check_wrapped(const VaultRows& rows);
  KeyRing ring() const;
  const std::string& scope() const { return scope_; }
  std::shared_ptr<OwnerKeys> apart() const { return std::make_shared<OwnerKeys>(ring(), scope_); }  // with nothing in memory yet
  void use(KeyRing ring);

 private:
  // An owner's key as it is held, and those made from it so far.
  struct Known {
    const Hash* key;
    bool made;  // here, and perhaps not written yet
    std::vector<std::pair<uint64_t, const Hash*>> derived = {};
  };
  struct NameHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  static constexpr size_t kOwnersMax = 32'768;  // that are held

  Result<Hash> unwrap(const std::string& owner, std::string_view row) const;
  std::string wrap(const std::string& owner, const Hash& key, Randomness& randomness) const;
  std::string bound_to(const std::string& owner, uint32_t version) const;
  Result<OwnerKey> take(const VaultRows& rows, const std::string& owner, std::string_view row, uint64_t purpose);
  Known& keep(const VaultRows& rows, const std::string& owner, const Hash& key, bool made);
  OwnerKey key_for(Known& known, uint64_t purpose);
  static bool is_stored(const VaultRows& rows, const std::string& owner);
  void make_room(const VaultRows& rows);
  void drop(const Known& known);

  mutable std::mutex mutex_;
  KeyRing ring_;
  const std::string scope_;
  LockedKeys locked_;
  std::unordered_map<std::string, Known, NameHash, std::equal_to<>> known_;
};

}  // namespace daybook
