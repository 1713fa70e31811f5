// What strangers' bytes are read by, a call for each, for a fuzzer or a loop: whatever the bytes, the call comes back, and what it promises holds.
#pragma once

#include <array>

#include "ledger/require.h"
#include "server/admission.h"
#include "server/query.h"
#include "server/strict_json.h"

namespace daybook {

// A head that is admitted says its length in one way, names one host, and has nothing in it that a log or a header would act on.
inline void fuzz_admission(std::string_view bytes) {
  const AdmissionRules rules;
  const auto end = find_head_end(bytes, 0, rules);
  if (std::holds_alternative<Rejection>(end) || std::get<size_t>(end) == 0) return;
  const auto size = std::get<size_t>(end);
  require(size <= bytes.size() && bytes.substr(0, size).ends_with("\r\n\r\n"), "a head ends with an empty line");
  const auto again = find_head_end(bytes, size / 2, rules);
  require(std::holds_alternative<size_t>(again) && std::get<size_t>(again) == size, "a head ends where it ends, however much was seen");
  const auto parsed = parse_head(bytes.substr(0, size), rules);
  if (std::holds_alternative<Rejection>(parsed)) return;
  const auto answer = admit(std::get<ParsedHead>(parsed), rules);
  if (std::holds_alternative<Rejection>(answer)) return;
  const auto& admitted = std::get<Admitted>(answer);
  size_t lengths = 0, hosts = 0;
  for (const auto& field : admitted.fields) {
    lengths += field.name == "content-length" || field.name == "transfer-encoding" ? 1 : 0;
    hosts += field.name == "host" ? 1 : 0;
    for (const char c : field.value) require(c >= ' ' && c <= '~', "a value is printable ASCII");
  }
  require(lengths <= 1 && hosts == 1, "one length, one host");
  require(path_fault(admitted.path).empty() && admitted.body_bytes <= rules.body_bytes_max, "a path in its one form, a body within its limit");
}

inline void fuzz_json(std::string_view bytes) {
  const auto value = read_json(bytes, {.bytes_max = 4096, .values_max = 256});
  require(value.has_value() || value.error().fault == Fault::kRejected, "JSON is read or rejected");
  require(read_json(json_string(bytes), {.bytes_max = 6 * bytes.size() + 2}).has_value(), "any bytes as a string are JSON");
}

inline void fuzz_query(std::string_view bytes) {
  constexpr std::array<std::string_view, 2> kKnown = {"at", "limit"};
  const auto read = parse_query(bytes, kKnown);
  if (!read) return;
  for (const auto& [name, value] : read.value()) {
    require(name == "at" || name == "limit", "no parameter but those of the route");
    require(percent_decoded(percent_encoded(value)) == value, "a value is text that can be written again");
  }
}

}  // namespace daybook
