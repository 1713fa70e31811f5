#include "server/event_json.h"

#include <fmt/format.h>

#include "ledger/civil_time.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

// The members of an object, in the order in which they are added.
class Members {
 public:
  void raw(std::string_view name, std::string_view json) { text_ += fmt::format("{}\"{}\":{}", text_.empty() ? "" : ",", name, json); }
  void text(std::string_view name, std::string_view value) { raw(name, json_string(value)); }
  std::string object() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

// Of a position that is stored as 1 + its value, 0 for none.
std::string plus_one(uint64_t stored) { return stored == 0 ? "null" : std::to_string(stored - 1); }

std::string positions_json(const std::vector<Position>& positions) {
  std::string text;
  for (const auto at : positions) text += fmt::format("{}{}", text.empty() ? "" : ",", at.value);
  return "[" + text + "]";
}

std::string fields_json(const Body& body) {
  std::string text;
  for (const auto& [name, value] : open_fields(body)) text += fmt::format("{}{}:{}", text.empty() ? "" : ",", json_string(name), json_string(value));
  return "{" + text + "}";
}

std::string sealed_json(const Body& body) {
  std::string text;
  for (const auto& name : sealed_fields(body)) text += (text.empty() ? "" : ",") + json_string(name);
  return "[" + text + "]";
}

std::string commitments_json(const Body& body, const Commitments& commitments) {
  std::string text;
  for (const auto& [name, hex] : named_commitments(body, commitments)) {
    text += fmt::format(R"({}{{"field":{},"commitment":"{}"}})", text.empty() ? "" : ",", json_string(name), hex);
  }
  return "[" + text + "]";
}

// How the event came into the record.
void add_origin(const ToldEvent& told, Members& members) {
  const auto& e = told.event.envelope;
  const auto& from = e.provenance;
  members.raw("position", std::to_string(e.position.value));
  members.text("event_id", to_hex(as_bytes(e.event_id)));
  members.text("kind", kind_of(told.event.body).name);
  members.text("stream", e.stream);
  if (told.with_version) members.raw("version", std::to_string(e.version));
  members.text("recorded_at", to_text(e.recorded_at));
  members.text("happened_at", to_text(e.happened_at));
  members.text("subject", e.subject.value);
  members.text("actor", from.actor.value);
  members.text("role", from.role);
  if (told.with_operated) members.text("recorded_by", from.recorded_by.value);
  members.text("channel", channel_name(from.channel));
  if (told.with_batch) members.text("batch", from.batch);
  members.text("correlation", to_hex(as_bytes(e.correlation)));
}

std::string event_json(const ToldEvent& told) {
  const auto& e = told.event.envelope;
  const auto& body = told.event.body;
  Members members;
  add_origin(told, members);
  members.raw("caused_by", plus_one(e.caused_by));
  members.raw("corrects", plus_one(e.corrects));
  members.raw("corrected_by", positions_json(told.corrected_by));
  members.raw("charter_version", std::to_string(e.charter_version));
  members.raw("fields", fields_json(body));
  members.raw("sealed", sealed_json(body));
  if (told.commitments) members.raw("commitments", commitments_json(body, *told.commitments));
  members.text("sentence", told.sentence);
  if (e.corrects > 0) members.text("corrected_sentence", told.corrected_sentence);
  if (told.depth) members.raw("depth", std::to_string(*told.depth));
  return members.object();
}

}  // namespace

std::string events_json(const std::vector<ToldEvent>& events) {
  std::string text;
  for (const auto& told : events) text += (text.empty() ? "" : ",") + event_json(told);
  return "[" + text + "]";
}

}  // namespace daybook
