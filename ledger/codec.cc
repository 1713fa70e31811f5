#include "ledger/codec.h"

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ledger/civil_time.h"
#include "ledger/require.h"
#include "schema/event.capnp.h"

namespace daybook {
namespace {

constexpr uint64_t kClassId = 0x829a91ad5c605f18, kOwnerId = 0xc48875e35fa66075, kStreamId = 0xefcfb18814724528,
                   kRequirementId = 0x886a7ef0d1dc7ae3;  // of the annotations in the schema: Cap'n Proto 0.9 makes no constants for them

// Each kind's fields, in the schema's order. `Visit` is called as visit(field) once per field.
template <class V>
void describe(V& v, CharterAdopted& e) {
  v(e.programme), v(e.version), v(e.sponsor), v(e.text);
}
template <class V>
void describe(V& v, CycleOpened& e) {
  v(e.programme), v(e.cycle), v(e.charter_version), v(e.opens_on), v(e.closes_on), v(e.time_zone), v(e.seats);
}
template <class V>
void describe(V& v, ImportStarted& e) {
  v(e.batch), v(e.sheet), v(e.operator_name), v(e.file_digest);
}
template <class V>
void describe(V& v, ImportFinished& e) {
  v(e.batch), v(e.recorded), v(e.refused), v(e.unchanged);
}
template <class V>
void describe(V& v, RowRefused& e) {
  v(e.batch), v(e.sheet), v(e.row), v(e.action), v(e.ref), v(e.reason), v(e.programme), v(e.cycle), v(e.blocked_by), v(e.saw);
}
template <class V>
void describe(V& v, StaffRecorded& e) {
  v(e.staff_number), v(e.name), v(e.email), v(e.organisation), v(e.entity), v(e.duty_station), v(e.country), v(e.region), v(e.job_network),
      v(e.grade), v(e.post), v(e.contract_type), v(e.gender), v(e.languages), v(e.time_zone), v(e.entry_on_duty), v(e.training_completed_on),
      v(e.supervisor), v(e.separated_on);
}
template <class V>
void describe(V& v, ParticipationRecorded& e) {
  v(e.programme), v(e.sponsor), v(e.edition), v(e.sessions_done);
}
template <class V>
void describe(V& v, CoachRecorded& e) {
  v(e.programme), v(e.review), v(e.capacity), v(e.pledged), v(e.credential_kind), v(e.training_hours), v(e.credential_reference), v(e.pledged_on),
      v(e.reviewed_on), v(e.areas), v(e.languages), v(e.time_zone);
}
template <class V>
void describe(V& v, ApplicationSubmitted& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.submitted_on), v(e.form_version), v(e.commitment), v(e.goal_type), v(e.languages), v(e.time_zone),
      v(e.motivation);
}
template <class V>
void describe(V& v, EligibilityDecided& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.outcome), v(e.as_of), v(e.zone_data), v(e.criteria), v(e.facts);
}
template <class V>
void describe(V& v, ReferralDecided& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.outcome), v(e.reason);
}
template <class V>
void describe(V& v, SeatGranted& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.seat), v(e.from_waitlist);
}
template <class V>
void describe(V& v, WaitlistJoined& e) {
  v(e.application), v(e.programme), v(e.cycle), v(e.rank);
}
template <class V>
void describe(V& v, PairingRequested& e) {
  v(e.pairing), v(e.programme), v(e.cycle), v(e.coach), v(e.application);
}
template <class V>
void describe(V& v, PairingAccepted& e) {
  v(e.pairing), v(e.paired_on), v(e.window_last), v(e.sets_window);
}
template <class V>
void describe(V& v, PairingDeclined& e) {
  v(e.pairing), v(e.reason);
}
template <class V>
void describe(V& v, PairingEnded& e) {
  v(e.pairing), v(e.ended_on), v(e.reason);
}
template <class V>
void describe(V& v, WindowExtended& e) {
  v(e.pairing), v(e.old_last), v(e.new_last), v(e.reason);
}
template <class V>
void describe(V& v, SessionMarkedDone& e) {
  v(e.pairing), v(e.session), v(e.held_on), v(e.sponsored), v(e.unsponsored), v(e.outside_window), v(e.minutes);
}
template <class V>
void describe(V& v, SessionMarkedMissed& e) {
  v(e.pairing), v(e.session), v(e.held_on), v(e.same_miss), v(e.minutes);
}
template <class V>
void describe(V& v, SessionWithdrawn& e) {
  v(e.pairing), v(e.session), v(e.gives_back), v(e.reason);
}
template <class V>
void describe(V& v, FeedbackGiven& e) {
  v(e.pairing), v(e.session), v(e.rating), v(e.comment);
}
template <class V>
void describe(V& v, TailDropped& e) {
  v(e.file), v(e.offset), v(e.bytes);
}
template <class V>
void describe(V& v, RecordViewed& e) {
  v(e.verb), v(e.subjects), v(e.classes), v(e.programme), v(e.cycle), v(e.book_end), v(e.authenticated), v(e.purpose), v(e.operator_name);
}

uint16_t item_number(uint16_t field, size_t item) { return static_cast<uint16_t>(256 * (item + 1) + field); }

// One kind as the schema has it, with what reflection needs at hand.
struct Kind {
  capnp::StructSchema::Field member;  // of the union in Entry
  capnp::StructSchema schema;
  std::vector<capnp::StructSchema::Field> fields;
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

Kind read_kind(capnp::StructSchema::Field member) {
  Kind kind{member, member.getType().asStruct(), {}, {}};
  const auto display = kind.schema.getShortDisplayName();
  kind.info.name = display.cStr();
  kind.info.stream = text_annotation(kind.schema, kStreamId);
  kind.info.requirements = text_annotation(kind.schema, kRequirementId);
  for (const auto field : kind.schema.getFields()) {
    kind.fields.push_back(field);
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
    for (const auto member : body.getUnionFields()) kinds.push_back(read_kind(member));
    require(kinds.size() == std::variant_size_v<Body>, "the schema has the kinds of Body");
    return kinds;
  }();
  return all;
}

capnp::Text::Reader kj_text(const std::string& text) { return {text.c_str(), text.size()}; }
std::string text_of(capnp::Text::Reader text) { return {text.begin(), text.size()}; }
std::string text_of(capnp::Data::Reader data) { return {reinterpret_cast<const char*>(data.begin()), data.size()}; }
kj::ArrayPtr<const kj::byte> kj_bytes(Bytes bytes) { return {bytes.data(), bytes.size()}; }

// Writes the open fields of a kind into the entry and collects the others.
class Writer {
 public:
  Writer(const Kind& kind, capnp::DynamicStruct::Builder out) : kind_(kind), out_(out) {}

  void operator()(const std::string& value) {
    const size_t at = next_++;
    if (info(at).field_class == FieldClass::kOpen) return out_.set(kind_.fields[at], kj_text(value));
    confidential.emplace_back(at, std::pair{info(at).number, value});
  }
  void operator()(const std::vector<std::string>& values) {
    const size_t at = next_++;
    if (info(at).field_class == FieldClass::kOpen) {
      auto list = out_.init(kind_.fields[at], static_cast<uint32_t>(values.size())).as<capnp::DynamicList>();
      for (size_t i = 0; i < values.size(); ++i) list.set(static_cast<uint32_t>(i), kj_text(values[i]));
      return;
    }
    for (size_t i = 0; i < values.size(); ++i) confidential.emplace_back(at, std::pair{item_number(info(at).number, i), values[i]});
  }
  void operator()(const std::vector<Criterion>& values) {
    auto list = open().as<capnp::DynamicStruct>().init(kind_.fields[next_++], static_cast<uint32_t>(values.size())).as<capnp::DynamicList>();
    for (size_t i = 0; i < values.size(); ++i) {
      auto item = list[static_cast<uint32_t>(i)].as<schema::Criterion>();
      item.setName(kj_text(values[i].name));
      item.setOutcome(kj_text(values[i].outcome));
      item.setLimit(kj_text(values[i].limit));
    }
  }
  void operator()(bool value) { out_.set(kind_.fields[next_++], value); }
  void operator()(uint32_t value) { out_.set(kind_.fields[next_++], value); }
  void operator()(uint64_t value) { out_.set(kind_.fields[next_++], value); }
  void operator()(Day value) { out_.set(kind_.fields[next_++], static_cast<int32_t>(value.time_since_epoch().count())); }

  std::vector<std::pair<size_t, std::pair<uint16_t, std::string>>> confidential;  // index of the field; number and value

 private:
  const FieldInfo& info(size_t at) const { return kind_.info.fields[at]; }
  capnp::DynamicValue::Builder open() { return out_; }

  const Kind& kind_;
  capnp::DynamicStruct::Builder out_;
  size_t next_ = 0;
};

// Fills a kind from the log: confidential fields stay empty.
class Reader {
 public:
  Reader(const Kind& kind, capnp::DynamicStruct::Reader in) : kind_(kind), in_(in) {}

  void operator()(std::string& value) {
    const auto text = get().as<capnp::Text>();
    value.assign(text.begin(), text.size());
  }
  void operator()(std::vector<std::string>& values) {
    for (const auto item : get().as<capnp::DynamicList>()) values.push_back(text_of(item.as<capnp::Text>()));
  }
  void operator()(std::vector<Criterion>& values) {
    for (const auto item : get().as<capnp::DynamicList>()) {
      const auto criterion = item.as<schema::Criterion>();
      values.push_back({text_of(criterion.getName()), text_of(criterion.getOutcome()), text_of(criterion.getLimit())});
    }
  }
  void operator()(bool& value) { value = get().as<bool>(); }
  void operator()(uint32_t& value) { value = get().as<uint32_t>(); }
  void operator()(uint64_t& value) { value = get().as<uint64_t>(); }
  void operator()(Day& value) { value = Day{std::chrono::days{get().as<int32_t>()}}; }

 private:
  capnp::DynamicValue::Reader get() { return in_.get(kind_.fields[next_++]); }

  const Kind& kind_;
  capnp::DynamicStruct::Reader in_;
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
std::vector<std::pair<FieldClass, SealedRecord>> seal(const Writer& writer, const KindInfo& info, const Event& event, const CycleId& cohort,
                                                      Randomness& randomness) {
  std::map<FieldClass, SealedRecord> records;
  for (const auto& [index, value] : writer.confidential) {
    const auto& field = info.fields[index];
    auto& record = records[field.field_class];
    const auto owner = owner_name(field.owner, event, cohort);
    require(record.owner.empty() || record.owner == owner, "the fields of one class in an event have one owner");
    record.owner = owner;
    record.values.push_back(value);
  }
  for (auto& [field_class, record] : records) {
    std::sort(record.values.begin(), record.values.end());
    randomness.fill(record.seed);
  }
  return {records.begin(), records.end()};
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
  out.setSubject(kj_text(e.subject.value));
  out.setCorrelation(kj_bytes(as_bytes(e.correlation)));
  out.setCausedBy(e.caused_by);
  out.setCorrects(e.corrects);
  out.setCharterVersion(e.charter_version);
  out.setIdempotencyKey(kj_bytes(as_bytes(e.idempotency_key)));
}

Envelope read_envelope(schema::Entry::Reader in) {
  Envelope e;
  e.position = Position{in.getPosition()};
  e.event_id = text_of(in.getEventId());
  e.stream = text_of(in.getStream());
  e.version = in.getVersion();
  e.recorded_at = Instant{std::chrono::microseconds{in.getRecordedAt()}};
  e.happened_at = Instant{std::chrono::microseconds{in.getHappenedAt()}};
  e.provenance = {PersonId{text_of(in.getActor())}, text_of(in.getRole()), PersonId{text_of(in.getRecordedBy())},
                  static_cast<Channel>(in.getChannel()), text_of(in.getBatch())};
  e.subject = PersonId{text_of(in.getSubject())};
  e.correlation = text_of(in.getCorrelation());
  e.caused_by = in.getCausedBy();
  e.corrects = in.getCorrects();
  e.charter_version = in.getCharterVersion();
  e.idempotency_key = text_of(in.getIdempotencyKey());
  return e;
}

std::string flat(capnp::MessageBuilder& message) {
  const auto words = capnp::messageToFlatArray(message);
  const auto bytes = words.asBytes();
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

template <class T>
T default_body(size_t index) {
  T body;
  [&]<size_t... I>(std::index_sequence<I...>) {
    ((I == index ? (body.template emplace<I>(), true) : false) || ...);
  }(std::make_index_sequence<std::variant_size_v<T>>{});
  return body;
}

// Bytes at an aligned place, as Cap'n Proto wants them, under limits that a hostile entry cannot stretch.
template <class Root, class Use>
auto with_message(Bytes bytes, const char* what, Use use) -> Result<decltype(use(std::declval<typename Root::Reader>()))> {
  if (bytes.size() % sizeof(capnp::word) != 0)
    return Error{Fault::kCorrupt, fmt::format("{}: found {} bytes, want whole words of 8", what, bytes.size())};
  try {
    auto words = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<uint8_t*>(words.begin()));
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

Hash commitment(const Hash& seed, uint16_t field, std::string_view value) {
  const std::array<uint8_t, 2> number = {static_cast<uint8_t>(field >> 8), static_cast<uint8_t>(field)};
  const Hash salt = hmac_sha256(seed, {number});
  static constexpr uint8_t kPrefix[] = {0x02};
  return sha256({kPrefix, salt, number, as_bytes(value)});
}

Result<EncodedEvent> encode(const Event& event, const CycleId& cohort, Randomness& randomness) {
  const Kind& kind = schema_kinds()[event.body.index()];
  capnp::MallocMessageBuilder message;
  auto entry = message.initRoot<schema::Entry>();
  write_envelope(event.envelope, entry);
  Writer writer(kind, capnp::DynamicStruct::Builder(entry.getBody()).init(kind.member).as<capnp::DynamicStruct>());
  std::visit([&](const auto& body) { describe(writer, const_cast<std::remove_cvref_t<decltype(body)>&>(body)); }, event.body);

  EncodedEvent out;
  out.sealed = seal(writer, kind.info, event, cohort, randomness);
  std::vector<std::pair<uint16_t, Hash>> commitments;
  for (const auto& [field_class, record] : out.sealed) {
    for (const auto& [field, text] : record.values) commitments.emplace_back(field, commitment(record.seed, field, text));
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

Event read_event(schema::Entry::Reader entry) {
  Event event;
  event.envelope = read_envelope(entry);
  const auto which = static_cast<size_t>(entry.getBody().which());
  KJ_REQUIRE(which < schema_kinds().size(), "a kind this program does not know", which);
  const Kind& kind = schema_kinds()[which];
  event.body = default_body<Body>(which);
  Reader reader(kind, capnp::DynamicStruct::Reader(entry.getBody()).get(kind.member).as<capnp::DynamicStruct>());
  std::visit([&](auto& body) { describe(reader, body); }, event.body);
  return event;
}

Commitments read_commitments(schema::Entry::Reader entry) {
  Commitments out;
  for (const auto commitment : entry.getCommitments()) {
    Hash digest;
    KJ_REQUIRE(commitment.getDigest().size() == digest.size(), "a commitment of 32 bytes", commitment.getDigest().size());
    std::copy(commitment.getDigest().begin(), commitment.getDigest().end(), digest.begin());
    out.emplace_back(commitment.getField(), digest);
  }
  return out;
}

}  // namespace

Result<Event> decode(Bytes bytes) {
  return with_message<schema::Entry>(bytes, "entry", [](schema::Entry::Reader entry) { return read_event(entry); });
}

Result<Commitments> commitments_of(Bytes bytes) {
  return with_message<schema::Entry>(bytes, "entry", [](schema::Entry::Reader entry) { return read_commitments(entry); });
}

Result<std::pair<Event, Commitments>> decode_with_commitments(Bytes bytes) {
  return with_message<schema::Entry>(bytes, "entry",
                                     [](schema::Entry::Reader entry) { return std::pair(read_event(entry), read_commitments(entry)); });
}

std::string encode_record(const SealedRecord& record) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<schema::SealedRecord>();
  out.setOwner(kj_text(record.owner));
  out.setSeed(kj_bytes(record.seed));
  auto values = out.initValues(static_cast<uint32_t>(record.values.size()));
  for (uint32_t i = 0; i < values.size(); ++i) {
    values[i].setField(record.values[i].first);
    values[i].setText(kj_text(record.values[i].second));
  }
  return flat(message);
}

Result<SealedRecord> decode_record(Bytes bytes) {
  return with_message<schema::SealedRecord>(bytes, "vault record", [](schema::SealedRecord::Reader in) {
    SealedRecord record;
    record.owner = text_of(in.getOwner());
    KJ_REQUIRE(in.getSeed().size() == record.seed.size(), "a seed of 32 bytes", in.getSeed().size());
    std::copy(in.getSeed().begin(), in.getSeed().end(), record.seed.begin());
    for (const auto value : in.getValues()) record.values.emplace_back(value.getField(), text_of(value.getText()));
    return record;
  });
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
