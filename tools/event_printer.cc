#include "tools/event_printer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>

#include "ledger/civil_time.h"
#include "ledger/codec.h"

namespace daybook {
namespace {

// Of a position that is stored as 1 + its value, 0 for none.
std::string plus_one(uint64_t stored, const char* none) { return stored == 0 ? none : std::to_string(stored - 1); }

std::string joined(const std::vector<Position>& positions, std::string_view between) {
  std::string text;
  for (const auto& position : positions) text += fmt::format("{}{}", text.empty() ? "" : between, position.value);
  return text;
}

std::string json_fields(const Body& body) {
  std::vector<Field> open;
  for (const auto& [name, value] : open_fields(body)) open.push_back({name, value});
  return json_object(open);
}

std::string json_sealed(const Body& body) {
  std::string sealed;
  for (const auto& name : sealed_fields(body)) sealed += (sealed.empty() ? "" : ", ") + json_text(name);
  return "[" + sealed + "]";
}

std::string json_commitments(const Body& body, const Commitments& commitments) {
  std::string all;
  for (const auto& [name, hex] : named_commitments(body, commitments)) {
    all += (all.empty() ? "" : ", ") + json_object({{"field", name}, {"commitment", hex}});
  }
  return "[" + all + "]";
}

// What says how an event came into the record, as far as it is told.
std::vector<Field> origin_fields(const ToldEvent& told) {
  const auto& e = told.event.envelope;
  const auto& from = e.provenance;
  std::vector<Field> fields = {{"position", std::to_string(e.position.value), true},
                               {"event_id", to_hex(as_bytes(e.event_id))},
                               {"kind", kind_of(told.event.body).name},
                               {"stream", e.stream}};
  if (told.with_version) fields.push_back({"version", std::to_string(e.version), true});
  fields.push_back({"recorded_at", to_text(e.recorded_at)});
  fields.push_back({"happened_at", to_text(e.happened_at)});
  fields.push_back({"subject", e.subject.value});
  fields.push_back({"actor", from.actor.value});
  fields.push_back({"role", from.role});
  if (told.with_operated) fields.push_back({"recorded_by", from.recorded_by.value});
  fields.push_back({"channel", std::string(channel_name(from.channel))});
  if (told.with_batch) fields.push_back({"batch", from.batch});
  fields.push_back({"correlation", to_hex(as_bytes(e.correlation))});
  return fields;
}

std::string json_event(const ToldEvent& told) {
  const auto& e = told.event.envelope;
  const auto& body = told.event.body;
  auto fields = origin_fields(told);
  fields.push_back({"caused_by", plus_one(e.caused_by, "null"), true});
  fields.push_back({"corrects", plus_one(e.corrects, "null"), true});
  fields.push_back({"corrected_by", "[" + joined(told.corrected_by, ", ") + "]", true});
  fields.push_back({"charter_version", std::to_string(e.charter_version), true});
  fields.push_back({"fields", json_fields(body), true});
  fields.push_back({"sealed", json_sealed(body), true});
  if (told.commitments) fields.push_back({"commitments", json_commitments(body, *told.commitments), true});
  fields.push_back({"sentence", told.sentence});
  if (e.corrects > 0) fields.push_back({"corrected_sentence", told.corrected_sentence});
  if (told.depth) fields.push_back({"depth", std::to_string(*told.depth), true});
  return json_object(fields);
}

SaidEvent said_of(const ToldEvent& told, bool in_json) {
  const auto& e = told.event.envelope;
  return {e.position,
          e.recorded_at,
          e.happened_at,
          kind_of(told.event.body).name,
          e.stream,
          plus_one(e.caused_by, ""),
          plus_one(e.corrects, ""),
          told.sentence,
          told.corrected_sentence,
          told.corrected_by,
          told.depth,
          in_json ? json_event(told) : std::string()};
}

std::string text_line(const SaidEvent& said) {
  auto line = fmt::format("{:>6}  {}  {}{}", said.position.value, to_text(std::chrono::floor<std::chrono::seconds>(said.happened_at)),
                          std::string(2 * said.depth.value_or(0), ' '), printable(said.sentence));
  if (!said.corrects.empty()) line += fmt::format("  [corrects {}: {}]", said.corrects, printable(said.corrected_sentence));
  if (!said.corrected_by.empty()) line += fmt::format("  [corrected by {}]", joined(said.corrected_by, ", "));
  return line + "\n";
}

std::vector<std::string> row(const SaidEvent& said) {
  return {std::to_string(said.position.value),
          to_text(said.recorded_at),
          to_text(said.happened_at),
          said.kind,
          said.stream,
          said.caused_by,
          said.corrects,
          joined(said.corrected_by, ";"),
          said.sentence};
}

}  // namespace

EventPrinter::EventPrinter(Format format, bool for_spreadsheet, bool endless) : format_(format), endless_(endless), table_(format, for_spreadsheet) {}

void EventPrinter::print(const std::vector<ToldEvent>& events) {
  std::vector<SaidEvent> said;
  for (const auto& told : events) said.push_back(said_of(told, format_ == Format::kJson));
  print(said);
}

void EventPrinter::print(const std::vector<SaidEvent>& events) {
  Table rows{
      {number("position"), "recorded_at", "happened_at", "kind", "stream", number("caused_by"), number("corrects"), "corrected_by", "sentence"}, {}};
  for (const auto& said : events) {
    if (format_ == Format::kText) {
      std::fputs(text_line(said).c_str(), stdout);
    } else if (format_ == Format::kJson) {
      const auto* before = endless_ ? "" : first_ ? "{\"events\": [\n " : ",\n ";
      std::fputs((before + said.json + (endless_ ? "\n" : "")).c_str(), stdout);
    } else {
      rows.add(row(said));
    }
    first_ = false;
  }
  if (format_ == Format::kTable || format_ == Format::kCsv) table_.write(rows);
  if (endless_) std::fflush(stdout);
}

void EventPrinter::end(std::optional<Position> next, const std::vector<Position>& looks) {
  if (endless_) return;
  const auto position = next ? std::to_string(next->value) : "null";
  if (format_ == Format::kJson) {
    std::fputs(fmt::format("{}\n], \"next\": {}{}}}\n", first_ ? "{\"events\": [" : "", position, json_looks(looks)).c_str(), stdout);
  } else if (next && format_ != Format::kCsv) {
    std::fflush(stdout);
    std::fprintf(stderr, "there are more: --after %s\n", position.c_str());
  }
}

}  // namespace daybook
