// The codec as slow and plain as can be: each field is asked of the schema by reflection. Tests hold the fast one against it.
#pragma once

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstring>

#include "ledger/codec.h"
#include "ledger/event_fields.h"
#include "ledger/require.h"
#include "schema/event.capnp.h"

namespace daybook::test {

inline capnp::StructSchema::Field reflected_member(const Event& event) {
  const auto body = capnp::Schema::from<schema::Entry>().getFieldByName("body").getType().asStruct();
  return body.getUnionFields()[static_cast<uint32_t>(event.body.index())];
}

inline bool reflected_open(capnp::StructSchema::Field field) {
  for (const auto annotation : field.getProto().getAnnotations()) {
    if (annotation.getId() == 0x829a91ad5c605f18) return annotation.getValue().getEnum() == 0;
  }
  return false;
}

// Writes the open fields of a kind, each under its name in the schema.
class ReflectedWriter {
 public:
  explicit ReflectedWriter(capnp::DynamicStruct::Builder out) : out_(out), fields_(out.getSchema().getFields()) {}
  void operator()(const std::string& value) { set(capnp::Text::Reader(value.c_str(), value.size())); }
  void operator()(bool value) { set(value); }
  void operator()(uint32_t value) { set(value); }
  void operator()(uint64_t value) { set(value); }
  void operator()(Day value) { set(static_cast<int32_t>(value.time_since_epoch().count())); }
  void operator()(const std::vector<std::string>& values) {
    const auto field = fields_[next_++];
    if (!reflected_open(field)) return;
    auto list = out_.init(field, static_cast<uint32_t>(values.size())).as<capnp::DynamicList>();
    for (uint32_t i = 0; i < values.size(); ++i) list.set(i, capnp::Text::Reader(values[i].c_str(), values[i].size()));
  }
  void operator()(const std::vector<Criterion>& values) {
    auto list = out_.init(fields_[next_++], static_cast<uint32_t>(values.size())).as<capnp::DynamicList>();
    for (uint32_t i = 0; i < values.size(); ++i) {
      auto item = list[i].as<capnp::DynamicStruct>();
      item.set("name", values[i].name.c_str());
      item.set("outcome", values[i].outcome.c_str());
      item.set("limit", values[i].limit.c_str());
      item.set("factsFrom", values[i].facts_from.c_str());
    }
  }

 private:
  void set(capnp::DynamicValue::Reader value) {
    if (const auto field = fields_[next_++]; reflected_open(field)) out_.set(field, value);
  }
  capnp::DynamicStruct::Builder out_;
  capnp::StructSchema::FieldList fields_;
  uint32_t next_ = 0;
};

class ReflectedReader {
 public:
  explicit ReflectedReader(capnp::DynamicStruct::Reader in) : in_(in), fields_(in.getSchema().getFields()) {}
  void operator()(std::string& value) { value = text(get()); }
  void operator()(bool& value) { value = get().as<bool>(); }
  void operator()(uint32_t& value) { value = get().as<uint32_t>(); }
  void operator()(uint64_t& value) { value = get().as<uint64_t>(); }
  void operator()(Day& value) { value = Day{std::chrono::days{get().as<int32_t>()}}; }
  void operator()(std::vector<std::string>& values) {
    for (const auto item : get().as<capnp::DynamicList>()) values.push_back(text(item));
  }
  void operator()(std::vector<Criterion>& values) {
    for (const auto item : get().as<capnp::DynamicList>()) {
      const auto criterion = item.as<capnp::DynamicStruct>();
      values.push_back({text(criterion.get("name")), text(criterion.get("outcome")), text(criterion.get("limit")), text(criterion.get("factsFrom"))});
    }
  }

 private:
  static std::string text(capnp::DynamicValue::Reader value) {
    const auto read = value.as<capnp::Text>();
    return {read.begin(), read.size()};
  }
  capnp::DynamicValue::Reader get() { return in_.get(fields_[next_++]); }
  capnp::DynamicStruct::Reader in_;
  capnp::StructSchema::FieldList fields_;
  uint32_t next_ = 0;
};

// The entry of an event, with these commitments.
inline std::string reflected_entry(const Event& event, const Commitments& commitments) {
  const auto data = [](const auto& bytes) { return capnp::Data::Reader(reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()); };
  capnp::MallocMessageBuilder message;
  auto typed = message.initRoot<schema::Entry>();
  capnp::DynamicStruct::Builder entry(typed);
  const auto& e = event.envelope;
  entry.set("position", e.position.value);
  entry.set("eventId", data(e.event_id));
  entry.set("stream", e.stream.c_str());
  entry.set("version", e.version);
  entry.set("recordedAt", static_cast<int64_t>(e.recorded_at.time_since_epoch().count()));
  entry.set("happenedAt", static_cast<int64_t>(e.happened_at.time_since_epoch().count()));
  entry.set("actor", e.provenance.actor.value.c_str());
  entry.set("role", e.provenance.role.c_str());
  entry.set("recordedBy", e.provenance.recorded_by.value.c_str());
  typed.setChannel(static_cast<schema::Channel>(e.provenance.channel));
  entry.set("batch", e.provenance.batch.c_str());
  entry.set("row", e.provenance.row);
  entry.set("subject", e.subject.value.c_str());
  entry.set("correlation", data(e.correlation));
  entry.set("causedBy", e.caused_by);
  entry.set("corrects", e.corrects);
  entry.set("charterVersion", e.charter_version);
  entry.set("idempotencyKey", data(e.idempotency_key));
  ReflectedWriter writer(capnp::DynamicStruct::Builder(typed.getBody()).init(reflected_member(event)).as<capnp::DynamicStruct>());
  std::visit([&](const auto& body) { describe(writer, const_cast<std::remove_cvref_t<decltype(body)>&>(body)); }, event.body);
  auto list = entry.init("commitments", static_cast<uint32_t>(commitments.size())).as<capnp::DynamicList>();
  for (uint32_t i = 0; i < commitments.size(); ++i) {
    auto item = list[i].as<capnp::DynamicStruct>();
    item.set("field", commitments[i].first);
    item.set("digest", data(commitments[i].second));
  }
  const auto words = capnp::messageToFlatArray(message);
  return {reinterpret_cast<const char*>(words.begin()), words.asBytes().size()};
}

// Fills `body`, which must be a new one of the entry's kind.
inline void reflected_body(std::string_view entry, Event& event) {
  auto words = kj::heapArray<capnp::word>(entry.size() / sizeof(capnp::word));
  std::memcpy(words.begin(), entry.data(), entry.size());
  capnp::FlatArrayMessageReader message(words);
  const auto root = message.getRoot<schema::Entry>();
  require(static_cast<size_t>(root.getBody().which()) == event.body.index(), "the body is of the entry's kind");
  ReflectedReader reader(capnp::DynamicStruct::Reader(root.getBody()).get(reflected_member(event)).as<capnp::DynamicStruct>());
  std::visit([&](auto& body) { describe(reader, body); }, event.body);
}

}  // namespace daybook::test
