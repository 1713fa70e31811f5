#include "ledger/codec.h"

#include <capnp/any.h>
#include <capnp/message.h>
#include <capnp/schema.h>
#include <capnp/serialize.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "ledger/big_endian.h"
#include "ledger/civil_time.h"
#include "ledger/event_fields.h"
#include "ledger/require.h"
#include "schema/event.capnp.h"

namespace daybook {
namespace {

constexpr uint64_t kClassId = 0x829a91ad5c605f18, kOwnerId = 0xc48875e35fa66075, kStreamId = 0xefcfb18814724528,
                   kRequirementId = 0x886a7ef0d1dc7ae3;  // of the annotations in the schema: Cap'n Proto 0.9 makes no constants for them

uint16_t item_number(uint16_t field, size_t item) { return static_cast<uint16_t>(256 * (item + 1) + field); }

// One kind as the schema has it: what stands where in its struct. Read once by reflection; encoding and decoding then
// go by numbers, which is several times as fast as asking the schema for each field.
struct Kind {
  uint16_t discriminant = 0;   // of the union in Entry
  size_t discriminant_at = 0;  // the byte among Entry's data where it stands
  uint32_t pointer = 0;        // where Entry points to the struct
  uint16_t data_words = 0, pointers = 0;
  std::vector<uint32_t> offsets;  // of each field: in units of its own size among the data, or among the pointers
  KindInfo info;
};

uint16_t enum_annotation(capnp::schema::Field::Reader field, uint64_t id, uint16_t absent) {
  for (const auto annotation : field.getAnnotations()) {
    if (annotation.getId() == id) return annotation.getValue().getEnum();
  }
  return absent;
}

std::string text_annotation(capnp::StructSchema schema, uint64_t id) {
  for (const auto annotation : schema.getProto().getAnnotations()) {
    if (annotation.getId() == id) return annotation.getValue().getText().cStr();
  }
  return {};
}

uint32_t offset_of(capnp::StructSchema::Field field) {
  const auto proto = field.getProto();
  require(proto.isSlot() && !proto.getSlot().getHadExplicitDefault(), "a field of an event is a slot without a default");
  return proto.getSlot().getOffset();
}

Kind read_kind(capnp::StructSchema::Field member) {
  const auto schema = member.getType().asStruct();
  const auto layout = schema.getProto().getStruct();
  const auto entry_layout = member.getContainingStruct().getProto().getStruct();
  Kind kind{member.getProto().getDiscriminantValue(),
            2 * entry_layout.getDiscriminantOffset(),
            offset_of(member),
            layout.getDataWordCount(),
            layout.getPointerCount(),
            {},
            {}};
  const auto display = schema.getShortDisplayName();
  kind.info.name = display.cStr();
  kind.info.stream = text_annotation(schema, kStreamId);
  kind.info.requirements = text_annotation(schema, kRequirementId);
  for (const auto field : schema.getFields()) {
    kind.offsets.push_back(offset_of(field));
    const auto field_class = enum_annotation(field.getProto(), kClassId, 0xffff);
    require(field_class != 0xffff, "every field of an event has a class");
    kind.info.fields.push_back({static_cast<uint16_t>(field.getIndex()), field.getProto().getName().cStr(), static_cast<FieldClass>(field_class),
                                static_cast<FieldOwner>(enum_annotation(field.getProto(), kOwnerId, 0)), field.getType().isList()});
  }
  return kind;
}

const std::vector<Kind>& schema_kinds() {
  static const std::vector<Kind> all = [] {
    std::vector<Kind> kinds;
    const auto body = capnp::Schema::from<schema::Entry>().getFieldByName("body").getType().asStruct();
    for (const auto member : body.getUnionFields()) {
      kinds.push_back(read_kind(member));
      require(kinds.back().discriminant + 1u == kinds.size(), "the kinds stand in the order of the union");
    }
    require(kinds.size() == std::variant_size_v<Body>, "the schema has the kinds of Body");
    return kinds;
  }();
  return all;
}

capnp::Text::Reader kj_text(std::string_view text) { return {text.data(), text.size()}; }  // of a std::string: a 0 follows
std::string_view view_of(capnp::Text::Reader text) { return {text.begin(), text.size()}; }
std::string_view view_of(capnp::Data::Reader data) { return {reinterpret_cast<const char*>(data.begin()), data.size()}; }
kj::ArrayPtr<const kj::byte> kj_bytes(Bytes bytes) { return {bytes.data(), bytes.size()}; }

static_assert(std::endian::native == std::endian::little, "Cap'n Proto's numbers are little-endian, and are copied as they are");

// A confidential field, or an item of one. The value is borrowed from the event.
struct Secret {
  const FieldInfo* field;
  uint16_t number;
  const std::string* value;
};

// Writes the open fields of a kind into the entry and collects the others.
class Writer {
 public:
  Writer(const Kind& kind, capnp::AnyStruct::Builder out) : kind_(kind), data_(out.getDataSection()), pointers_(out.getPointerSection()) {}

  void operator()(const std::string& value) {
    const auto& field = info();
    if (field.field_class != FieldClass::kOpen) return (void)(++next_, secrets.push_back({&field, field.number, &value}));
    pointers_[offset()].setAs<capnp::Text>(kj_text(value));
  }
  void operator()(const std::vector<std::string>& values) {
    const auto& field = info();
    if (field.field_class == FieldClass::kOpen) {
      auto list = pointers_[offset()].initAs<capnp::List<capnp::Text>>(static_cast<uint32_t>(values.size()));
      for (size_t i = 0; i < values.size(); ++i) list.set(static_cast<uint32_t>(i), kj_text(values[i]));
      return;
    }
    ++next_;
    for (size_t i = 0; i < values.size(); ++i) secrets.push_back({&field, item_number(field.number, i), &values[i]});
  }
  void operator()(const std::vector<Criterion>& values) {
    require_open();
    auto list = pointers_[offset()].initAs<capnp::List<schema::Criterion>>(static_cast<uint32_t>(values.size()));
    for (size_t i = 0; i < values.size(); ++i) {
      auto item = list[static_cast<uint32_t>(i)];
      item.setName(kj_text(values[i].name));
      item.setOutcome(kj_text(values[i].outcome));
      item.setLimit(kj_text(values[i].limit));
      item.setFactsFrom(kj_text(values[i].facts_from));
    }
  }
  void operator()(bool value) {
    require_open();
    const uint32_t bit = offset();
    if (value) data_[bit / 8] = static_cast<kj::byte>(data_[bit / 8] | 1u << bit % 8);
  }
  void operator()(uint32_t value) { number(value); }
  void operator()(uint64_t value) { number(value); }
  void operator()(Day value) { number(static_cast<int32_t>(value.time_since_epoch().count())); }

  std::vector<Secret> secrets;

 private:
  const FieldInfo& info() const { return kind_.info.fields[next_]; }
  void require_open() const { require(info().field_class == FieldClass::kOpen, "a confidential field is text"); }
  uint32_t offset() { return kind_.offsets[next_++]; }
  template <class T>
  void number(T value) {
    require_open();
    std::memcpy(data_.begin() + offset() * sizeof value, &value, sizeof value);
  }

  const Kind& kind_;
  kj::ArrayPtr<kj::byte> data_;
  capnp::List<capnp::AnyPointer>::Builder pointers_;
  size_t next_ = 0;
};

// Fills a kind from the log: confidential fields stay empty. What a shorter struct does not have is 0 or empty.
class Reader {
 public:
  Reader(const Kind& kind, capnp::AnyStruct::Reader in) : kind_(kind), data_(in.getDataSection()), pointers_(in.getPointerSection()) {}

  void operator()(std::string& value) { value.assign(view_of(pointer().getAs<capnp::Text>())); }
  void operator()(std::vector<std::string>& values) {
    values.clear();
    for (const auto item : pointer().getAs<capnp::List<capnp::Text>>()) values.emplace_back(view_of(item));
  }
  void operator()(std::vector<Criterion>& values) {
    values.clear();
    for (const auto item : pointer().getAs<capnp::List<schema::Criterion>>()) {
      values.push_back({std::string(view_of(item.getName())), std::string(view_of(item.getOutcome())), std::string(view_of(item.getLimit())),
                        std::string(view_of(item.getFactsFrom()))});
    }
  }
  void operator()(bool& value) {
    const uint32_t bit = offset();
    value = bit / 8 < data_.size() && (data_[bit / 8] >> bit % 8 & 1) != 0;
  }
  void operator()(uint32_t& value) { value = number<uint32_t>(); }
  void operator()(uint64_t& value) { value = number<uint64_t>(); }
  void operator()(Day& value) { value = Day{std::chrono::days{number<int32_t>()}}; }

 private:
  uint32_t offset() { return kind_.offsets[next_++]; }
  capnp::AnyPointer::Reader pointer() {
    const uint32_t at = offset();
    return at < pointers_.size() ? pointers_[at] : capnp::AnyPointer::Reader();
  }
  template <class T>
  T number() {
    const size_t at = offset() * sizeof(T);
    T value{};
    if (at + sizeof value <= data_.size()) std::memcpy(&value, data_.begin() + at, sizeof value);
    return value;
  }

  const Kind& kind_;
  kj::ArrayPtr<const kj::byte> data_;
  capnp::List<capnp::AnyPointer>::Reader pointers_;
  size_t next_ = 0;
};

// Names the open fields and their values as text.
class Teller {
 public:
  explicit Teller(const Kind& kind) : kind_(kind) {}
  void operator()(const std::string& value) { tell(value); }
  void operator()(const std::vector<std::string>& values) {
    std::string text;
    for (const auto& value : values) text += (text.empty() ? "" : ";") + value;
    tell(text);
  }
  void operator()(const std::vector<Criterion>& values) {
    std::string text;
    for (const auto& value : values) text += (text.empty() ? "" : ";") + value.name + "=" + value.outcome;
    tell(text);
  }
  void operator()(bool value) { tell(value ? "yes" : "no"); }
  void operator()(uint32_t value) { tell(std::to_string(value)); }
  void operator()(uint64_t value) { tell(std::to_string(value)); }
  void operator()(Day value) { tell(to_text(value)); }

  std::vector<std::pair<std::string, std::string>> told;

 private:
  void tell(std::string text) {
    const auto& info = kind_.info.fields[next_++];
    if (info.field_class == FieldClass::kOpen) told.emplace_back(info.name, std::move(text));
  }
  const Kind& kind_;
  size_t next_ = 0;
};

std::string owner_name(FieldOwner owner, const Event& event, const CycleId& cohort) {
  switch (owner) {
    case FieldOwner::kSubject:
      return "person/" + event.envelope.subject.value;
    case FieldOwner::kActor:
      return "person/" + event.envelope.provenance.actor.value;
    case FieldOwner::kCohort:
      return "cohort/" + cohort.text();
    case FieldOwner::kNobody:
      break;
  }
  require(false, "a confidential field has an owner");
  return {};
}

// One record per class, each with a seed of its own.
std::vector<std::pair<FieldClass, SealedRecord>> seal(const std::vector<Secret>& secrets, const Event& event, const CycleId& cohort,
                                                      Randomness& randomness) {
  std::vector<std::pair<FieldClass, SealedRecord>> records;
  for (const auto& [field, number, value] : secrets) {
    auto it = std::find_if(records.begin(), records.end(), [&](const auto& record) { return record.first == field->field_class; });
    auto owner = owner_name(field->owner, event, cohort);
    if (it == records.end()) {
      it = records.insert(it, {field->field_class, SealedRecord{std::move(owner), {}, {}}});
    } else {
      require(it->second.owner == owner, "the fields of one class in an event have one owner");
    }
    it->second.values.emplace_back(number, *value);
  }
  std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [field_class, record] : records) {
    std::sort(record.values.begin(), record.values.end());
    randomness.fill(record.seed);
  }
  return records;
}

void write_envelope(const Envelope& e, schema::Entry::Builder out) {
  out.setPosition(e.position.value);
  out.setEventId(kj_bytes(as_bytes(e.event_id)));
  out.setStream(kj_text(e.stream));
  out.setVersion(e.version);
  out.setRecordedAt(e.recorded_at.time_since_epoch().count());
  out.setHappenedAt(e.happened_at.time_since_epoch().count());
  out.setActor(kj_text(e.provenance.actor.value));
  out.setRole(kj_text(e.provenance.role));
  out.setRecordedBy(kj_text(e.provenance.recorded_by.value));
  out.setChannel(static_cast<schema::Channel>(e.provenance.channel));
  out.setBatch(kj_text(e.provenance.batch));
  out.setRow(e.provenance.row);
  out.setSubject(kj_text(e.subject.value));
  out.setCorrelation(kj_bytes(as_bytes(e.correlation)));
  out.setCausedBy(e.caused_by);
  out.setCorrects(e.corrects);
  out.setCharterVersion(e.charter_version);
  out.setIdempotencyKey(kj_bytes(as_bytes(e.idempotency_key)));
}

void read_envelope(schema::Entry::Reader in, Envelope& e) {
  e.position = Position{in.getPosition()};
  e.event_id = view_of(in.getEventId());
  e.stream = view_of(in.getStream());
  e.version = in.getVersion();
  e.recorded_at = Instant{std::chrono::microseconds{in.getRecordedAt()}};
  e.happened_at = Instant{std::chrono::microseconds{in.getHappenedAt()}};
  e.provenance.actor.value = view_of(in.getActor());
  e.provenance.role = view_of(in.getRole());
  e.provenance.recorded_by.value = view_of(in.getRecordedBy());
  KJ_REQUIRE(in.getChannel() <= schema::Channel::CLOCK, "a channel that is known");
  e.provenance.channel = static_cast<Channel>(in.getChannel());
  e.provenance.batch = view_of(in.getBatch());
  e.provenance.row = in.getRow();
  e.subject.value = view_of(in.getSubject());
  e.correlation = view_of(in.getCorrelation());
  e.caused_by = in.getCausedBy();
  e.corrects = in.getCorrects();
  e.charter_version = in.getCharterVersion();
  e.idempotency_key = view_of(in.getIdempotencyKey());
}

// The message in one piece, behind its table of segments.
std::string flat(capnp::MessageBuilder& message) {
  const auto segments = message.getSegmentsForOutput();
  if (segments.size() != 1) {
    const auto words = capnp::messageToFlatArray(segments);
    const auto bytes = words.asBytes();
    return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
  }
  const auto body = segments[0].asBytes();
  const uint32_t table[] = {0, static_cast<uint32_t>(segments[0].size())};  // one segment fewer than there are; its words
  std::string bytes;
  bytes.reserve(sizeof table + body.size());
  bytes.append(reinterpret_cast<const char*>(table), sizeof table);
  bytes.append(reinterpret_cast<const char*>(body.begin()), body.size());
  return bytes;
}

// Room for the first segment of a message, of the size that Cap'n Proto would take: the bytes depend on it. A builder
// leaves it zeroed, as it must find it, so nothing of a message stays behind.
kj::ArrayPtr<capnp::word> first_segment() {
  thread_local capnp::word words[capnp::SUGGESTED_FIRST_SEGMENT_WORDS] = {};
  return words;
}

// Makes `body` the kind at `index`. One that is that kind already keeps its strings, and the room that they have.
void become(Body& body, size_t index) {
  if (body.index() == index) return;
  [&]<size_t... I>(std::index_sequence<I...>) {
    ((I == index ? (body.emplace<I>(), true) : false) || ...);
  }(std::make_index_sequence<std::variant_size_v<Body>>{});
}

// Bytes at an aligned place, as Cap'n Proto wants them, under limits that a hostile entry cannot stretch.
template <class Root, class Use>
auto with_message(Bytes bytes, const char* what, Use use) -> Result<decltype(use(std::declval<typename Root::Reader>()))> {
  if (bytes.size() % sizeof(capnp::word) != 0)
    return Error{Fault::kCorrupt, fmt::format("{}: found {} bytes, want whole words of 8", what, bytes.size())};
  try {
    capnp::word near[256];
    kj::Array<capnp::word> far;  // of the few that are longer
    kj::ArrayPtr<capnp::word> words(near, std::min(std::size(near), bytes.size() / sizeof(capnp::word)));
    if (bytes.size() > sizeof near) words = far = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
    if (!bytes.empty()) std::memcpy(words.begin(), bytes.data(), bytes.size());
    capnp::ReaderOptions limits;
    limits.traversalLimitInWords = 4 * words.size() + 64;
    limits.nestingLimit = 16;
    capnp::FlatArrayMessageReader message(words, limits);
    return use(message.getRoot<Root>());
  } catch (const kj::Exception& broken) {
    return Error{Fault::kCorrupt, std::string(what) + ": not readable: " + broken.getDescription().cStr()};
  }
}

}  // namespace

std::string_view class_name(FieldClass field_class) {
  static const auto enumerants = capnp::Schema::from<schema::Class>().getEnumerants();
  const auto name = enumerants[static_cast<uint32_t>(field_class)].getProto().getName();
  return {name.begin(), name.size()};
}

const std::string* SealedRecord::find(uint16_t field) const {
  for (const auto& [number, text] : values) {
    if (number == field) return &text;
  }
  return nullptr;
}

Hash commitment(const Hash& seed, uint16_t field, std::string_view value) { return Committer(seed)(field, value); }

Hash Committer::operator()(uint16_t field, std::string_view value) const {
  const std::array<uint8_t, 2> number = {static_cast<uint8_t>(field >> 8), static_cast<uint8_t>(field)};
  const Hash salt = salts_({number});
  static constexpr uint8_t kPrefix[] = {0x02};
  return sha256({kPrefix, salt, number, as_bytes(value)});
}

Result<EncodedEvent> encode(const Event& event, const CycleId& cohort, Randomness& randomness) {
  const Kind& kind = schema_kinds()[event.body.index()];
  capnp::MallocMessageBuilder message(first_segment());
  auto entry = message.initRoot<schema::Entry>();
  write_envelope(event.envelope, entry);
  capnp::AnyStruct::Builder whole{schema::Entry::Builder(entry)};
  std::memcpy(whole.getDataSection().begin() + kind.discriminant_at, &kind.discriminant, sizeof kind.discriminant);
  Writer writer(kind, whole.getPointerSection()[kind.pointer].initAsAnyStruct(kind.data_words, kind.pointers));
  std::visit([&](const auto& body) { describe(writer, const_cast<std::remove_cvref_t<decltype(body)>&>(body)); }, event.body);

  EncodedEvent out;
  out.sealed = seal(writer.secrets, event, cohort, randomness);
  std::vector<std::pair<uint16_t, Hash>> commitments;
  for (const auto& [field_class, record] : out.sealed) {
    const Committer commit(record.seed);
    for (const auto& [field, text] : record.values) commitments.emplace_back(field, commit(field, text));
  }
  std::sort(commitments.begin(), commitments.end());
  auto list = entry.initCommitments(static_cast<uint32_t>(commitments.size()));
  for (uint32_t i = 0; i < list.size(); ++i) {
    list[i].setField(commitments[i].first);
    list[i].setDigest(kj_bytes(commitments[i].second));
  }
  out.entry = flat(message);
  if (out.entry.size() > kEntryBytesMax) {
    return Error{Fault::kRejected, kind.info.name + ": its entry has " + std::to_string(out.entry.size()) + " bytes, at most " +
                                       std::to_string(kEntryBytesMax) + " fit"};
  }
  return out;
}

namespace {

void read_event(schema::Entry::Reader entry, Event& event) {
  read_envelope(entry, event.envelope);
  const auto which = static_cast<size_t>(entry.getBody().which());
  KJ_REQUIRE(which < schema_kinds().size(), "a kind this program does not know", which);
  const Kind& kind = schema_kinds()[which];
  const auto pointers = capnp::AnyStruct::Reader(entry).getPointerSection();
  const auto body = kind.pointer < pointers.size() ? pointers[kind.pointer] : capnp::AnyPointer::Reader();
  become(event.body, which);
  Reader reader(kind, body.getAs<capnp::AnyStruct>());
  std::visit([&](auto& filled) { describe(reader, filled); }, event.body);
}

void read_commitments(schema::Entry::Reader entry, Commitments& out) {
  out.clear();
  for (const auto commitment : entry.getCommitments()) {
    Hash digest;
    const auto stored = commitment.getDigest();
    KJ_REQUIRE(stored.size() == digest.size(), "a commitment of 32 bytes", stored.size());
    std::copy(stored.begin(), stored.end(), digest.begin());
    out.emplace_back(commitment.getField(), digest);
  }
}

// Runs `read` on an entry for what it fills.
template <class Read>
Result<void> read_entry(Bytes bytes, Read read) {
  const auto done = with_message<schema::Entry>(bytes, "entry", [&](schema::Entry::Reader entry) { return read(entry), true; });
  return done ? Result<void>(success()) : Result<void>(done.error());
}

}  // namespace

Result<void> decode_into(Event& event, Bytes bytes) {
  return read_entry(bytes, [&](schema::Entry::Reader entry) { read_event(entry, event); });
}

Result<void> decode_into(Event& event, Commitments& commitments, Bytes bytes) {
  return read_entry(bytes, [&](schema::Entry::Reader entry) { read_event(entry, event), read_commitments(entry, commitments); });
}

Result<Event> decode(Bytes bytes) {
  Event event;
  DAYBOOK_TRY(decode_into(event, bytes));
  return event;
}

Result<Commitments> commitments_of(Bytes bytes) {
  Commitments commitments;
  DAYBOOK_TRY(read_entry(bytes, [&](schema::Entry::Reader entry) { read_commitments(entry, commitments); }));
  return commitments;
}

// The seed, then each value: field (2 bytes), size (4 bytes), text.
std::string encode_record(const SealedRecord& record) {
  size_t size = record.seed.size();
  for (const auto& [field, text] : record.values) size += 6 + text.size();
  std::string out;
  out.reserve(size);  // and no copy of it is left behind in memory that was too small
  out.append(as_text(record.seed));
  for (const auto& [field, text] : record.values) {
    append_big_endian(out, field, 2);
    append_big_endian(out, text.size(), 4);
    out += text;
  }
  return out;
}

RecordReader::RecordReader(Bytes bytes) : broken_(bytes.size() < seed_.size()) {
  if (broken_) return;
  std::copy_n(bytes.begin(), seed_.size(), seed_.begin());
  rest_ = as_text(bytes.subspan(seed_.size()));
}

bool RecordReader::next() {
  if (rest_.empty()) return false;
  const auto size = rest_.size() < 6 ? 0 : from_big_endian(rest_.substr(2, 4));
  broken_ = rest_.size() < 6 || size > rest_.size() - 6;
  if (broken_) return false;
  field_ = static_cast<uint16_t>(from_big_endian(rest_.substr(0, 2)));
  text_ = rest_.substr(6, size);
  rest_.remove_prefix(6 + size);
  return true;
}

Result<SealedRecord> decode_record(Bytes bytes) {
  RecordReader reader(bytes);
  SealedRecord record;
  record.seed = reader.seed();
  while (reader.next()) record.values.emplace_back(reader.field(), reader.text());
  if (reader.broken()) return Error{Fault::kCorrupt, "vault record: found bytes that are no seed and values"};
  return record;
}

const std::vector<KindInfo>& kinds() {
  static const std::vector<KindInfo> all = [] {
    std::vector<KindInfo> infos;
    for (const auto& kind : schema_kinds()) infos.push_back(kind.info);
    return infos;
  }();
  return all;
}

uint16_t field_number(const Body& kind, std::string_view field) {
  for (const auto& info : kind_of(kind).fields) {
    if (info.name == field) return info.number;
  }
  require(false, "a field that is asked for stands in the schema");
  return 0;
}

std::vector<std::pair<std::string, std::string>> open_fields(const Body& body) {
  Teller teller(schema_kinds()[body.index()]);
  std::visit([&](const auto& kind) { describe(teller, const_cast<std::remove_cvref_t<decltype(kind)>&>(kind)); }, body);
  return teller.told;
}

}  // namespace daybook
