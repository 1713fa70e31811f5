// Between events and bytes. Which fields leave the log for the vault, and whose they are, is read from the schema's
// annotations by reflection, once: there is no second list.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/digest.h"
#include "ledger/event.h"
#include "ledger/result.h"

namespace daybook {

// The classes and owners of schema/event.capnp, in its order.
enum class FieldClass : uint16_t {
  kOpen,
  kContact,
  kStaff,
  kRegistration,
  kParticipation,
  kCredential,
  kProfile,
  kSession,
  kFeedback,
  kStatistic,
  kReason,
  kIntake,
  kOperator,
  kPurpose,
  kReview
};
enum class FieldOwner : uint16_t { kNobody, kSubject, kActor, kCohort };
std::string_view class_name(FieldClass field_class);

// What the vault keeps of one event and class.
struct SealedRecord {
  std::string owner;  // person/ID or cohort/PROGRAMME/CYCLE
  Hash seed{};
  std::vector<std::pair<uint16_t, std::string>> values;  // by field number, ascending
  const std::string* find(uint16_t field) const;         // null if it has no such field
};

struct EncodedEvent {
  std::string entry;                                        // the bytes to store and hash, 65,535 at most
  std::vector<std::pair<FieldClass, SealedRecord>> sealed;  // ascending by class
};

inline constexpr size_t kEntryBytesMax = 65'535;  // C2SP tlog-tiles: a length is a 16-bit number

// The entry of `event`, and what goes to the vault. kRejected if the entry would be too large.
Result<EncodedEvent> encode(const Event& event, const CycleId& cohort, Randomness& randomness);

// kCorrupt if the bytes are no entry. Hash first, decode after: many a flipped bit decodes without complaint.
Result<Event> decode(Bytes entry);
// The same into an event that was read before: reading many into one saves most of the allocations. After a fault the
// event means nothing.
Result<void> decode_into(Event& event, Bytes entry);

// Seed and values of a record as bytes, which the vault seals; its owner stands beside them.
std::string encode_record(const SealedRecord& record);
Result<SealedRecord> decode_record(Bytes bytes);

// The same value by value, nothing copied: the bytes are borrowed.
class RecordReader {
 public:
  explicit RecordReader(Bytes bytes);
  const Hash& seed() const { return seed_; }
  bool next();                             // whether there is another value
  bool broken() const { return broken_; }  // after the last: the bytes are no seed and values
  uint16_t field() const { return field_; }
  std::string_view text() const { return text_; }

 private:
  Hash seed_{};
  std::string_view rest_, text_;
  uint16_t field_ = 0;
  bool broken_ = false;
};

// SHA-256(0x02 || HMAC(seed, field) || field || value): what the log holds in place of a confidential value.
Hash commitment(const Hash& seed, uint16_t field, std::string_view value);

// The same for the fields of one record, which share a seed.
class Committer {
 public:
  explicit Committer(const Hash& seed) : salts_(seed) {}
  Hash operator()(uint16_t field, std::string_view value) const;

 private:
  HmacKey salts_;
};

using Commitments = std::vector<std::pair<uint16_t, Hash>>;  // by field number, ascending

// The commitments that stand in an entry.
Result<Commitments> commitments_of(Bytes entry);

// The event and its commitments in one go.
Result<void> decode_into(Event& event, Commitments& commitments, Bytes entry);

// What the schema says of a kind, for documentation, disclosure and verification.
struct FieldInfo {
  uint16_t number;
  std::string name;  // as in the schema: staffNumber
  FieldClass field_class;
  FieldOwner owner;
  bool list;
};
struct KindInfo {
  std::string name;  // StaffRecorded
  std::string stream, requirements;
  std::vector<FieldInfo> fields;
};
const std::vector<KindInfo>& kinds();  // by index in Body
inline const KindInfo& kind_of(const Body& body) { return kinds()[body.index()]; }

// The number of a kind's field. The process stops if the schema has no such field.
uint16_t field_number(const Body& kind, std::string_view field);

// The open fields of an event as name and text, in the schema's order; lists are ;-separated, criteria NAME=OUTCOME.
std::vector<std::pair<std::string, std::string>> open_fields(const Body& body);

}  // namespace daybook
