#include "ledger/verify.h"

#include <fmt/format.h>

#include <map>
#include <unordered_map>

#include "ledger/civil_time.h"
#include "ledger/codec.h"
#include "ledger/vault.h"

namespace daybook {
namespace {

class Verifier {
 public:
  explicit Verifier(const EventLog& log) : vault_(log.vault(), no_keys_) {}

  Result<void> check(Position at, Bytes entry) {
    tree_.append(leaf_hash(entry));
    DAYBOOK_TRY(const auto event, decode(entry));
    const auto& envelope = event.envelope;
    if (envelope.position != at) return damage("the entry of position {}, want the one of this place", envelope.position.value);
    auto& version = versions_[envelope.stream];
    if (envelope.version != version) return damage("version {} of its stream, want {}", envelope.version, version);
    ++version;
    if (envelope.recorded_at < last_) return damage("recorded at {}, want {} or later", to_text(envelope.recorded_at), to_text(last_));
    last_ = envelope.recorded_at;
    return check_values(at, entry, event);
  }

  Verified result() {
    out_.head = tree_.head();
    out_.events = tree_.size();
    return out_;
  }

 private:
  template <class... Args>
  Error damage(fmt::format_string<Args...> found, Args&&... args) {
    return {Fault::kCorrupt, "found " + fmt::format(found, std::forward<Args>(args)...)};
  }

  // Every value that stands in the vault must fit its commitment, and have one.
  Result<void> check_values(Position at, Bytes entry, const Event& event) {
    DAYBOOK_TRY(const auto commitments, commitments_of(entry));
    std::map<uint16_t, Hash> open(commitments.begin(), commitments.end());
    out_.commitments += commitments.size();
    std::map<FieldClass, bool> classes;
    for (const auto& field : kind_of(event.body).fields) {
      if (field.field_class != FieldClass::kOpen) classes[field.field_class] = true;
    }
    for (const auto& [field_class, any] : classes) {
      DAYBOOK_TRY(const auto record, vault_.record(at, field_class));
      if (!record) continue;
      for (const auto& [field, value] : record->values) {
        const auto it = open.find(field);
        if (it == open.end()) return damage("a value in the vault for field {} that the log does not commit to", field);
        if (it->second != commitment(record->seed, field, value))
          return damage("a value in the vault for field {} that does not fit its commitment", field);
        open.erase(it);
        ++out_.values_checked;
      }
    }
    out_.values_absent += open.size();
    return success();
  }

  const VaultKeys no_keys_;
  Vault vault_;
  MerkleTree tree_;
  std::unordered_map<std::string, uint64_t> versions_;
  Instant last_{};
  Verified out_;
};

}  // namespace

Result<Verified> verify(const EventLog& log, const std::function<void(uint64_t)>& progress) {
  Verifier verifier(log);
  std::optional<Error> broken;
  const auto take = [&](Position at, Bytes entry) {
    if (progress && at.value % 4096 == 0) progress(at.value);
    if (const auto checked = verifier.check(at, entry); !checked) {
      broken = Error{checked.error().fault, fmt::format("position {}: {}", at.value, checked.error().message)};
    }
    return !broken;
  };
  DAYBOOK_TRY(log.read(Position{}, log.end(), take));
  if (broken) return std::move(*broken);
  const auto verified = verifier.result();
  if (verified.head != log.head()) {
    return Error{Fault::kCorrupt, fmt::format("root over {} events: found {}, want {} as stored", verified.events, to_hex(verified.head.root),
                                              to_hex(log.head().root))};
  }
  return verified;
}

}  // namespace daybook
