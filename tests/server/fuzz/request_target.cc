#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <variant>

#include "server/strict_json.h"
#include "tests/server/fuzz/targets.h"
#include "tests/server/served_ledger.h"

namespace daybook::test {
namespace {

// Whole requests to the service, by somebody who is signed in: what its fields and its body are read by, the cursor and the idempotency key
// among them, is reached through the door that strangers have. In a corpus SIGNED-IN stands for the cookie of a session.
class Requests {
 public:
  std::string fault(std::string_view bytes) {
    const AdmissionRules rules{.names = {"localhost"}};
    const auto end = find_head_end(bytes, 0, rules);
    if (std::holds_alternative<Rejection>(end) || std::get<size_t>(end) == 0) return {};
    const auto head = parse_head(bytes.substr(0, std::get<size_t>(end)), rules);
    if (std::holds_alternative<Rejection>(head)) return {};
    const auto admitted = admit(std::get<ParsedHead>(head), rules);
    if (std::holds_alternative<Rejection>(admitted)) return {};
    return fault_of(served_.service.handle(request_of(std::get<Admitted>(admitted), bytes.substr(std::get<size_t>(end)))));
  }

 private:
  // Of a body as much as there is: its length is the connection's matter.
  Request request_of(const Admitted& admitted, std::string_view body) {
    Request request;
    request.method = admitted.method;
    request.path = admitted.path;
    request.query = admitted.query;
    request.fields = admitted.fields;
    request.body = body.substr(0, rules_.body_bytes_max);
    request.peer.address = "127.0.0.1";
    for (auto& field : request.fields) {
      if (field.name == "cookie" && field.value == "SIGNED-IN") field.value = served_.cookie_of(kAdmin.name);
    }
    request.trace = continue_trace(request.field("traceparent"), for_traces_);
    return request;
  }

  // No request brings a fault of ours: of 503 only that a position is not there yet, or that too much is going on.
  static std::string fault_of(const Response& response) {
    const bool is_json = response.content_type == "application/json" || response.content_type == "application/problem+json";
    if (is_json && !read_json(response.body, {.bytes_max = size_t{1} << 24, .values_max = 1'000'000})) return "the answer is no JSON";
    const auto kind = response.status == 503 ? problem_in(response) : "";
    if (response.status >= 500 && kind != "behind" && kind != "busy")
      return fmt::format("answered with {}: {}", response.status, response.body.substr(0, 200));
    for (const auto& field : response.fields) {
      if (std::any_of(field.value.begin(), field.value.end(), [](char c) { return c < ' ' || c > '~'; }))
        return "the answer has a field that ends its line";
    }
    return {};
  }

  const AdmissionRules rules_;
  SeededRandomness for_traces_{9};
  ServedLedger served_;
};

}  // namespace

FuzzTarget request_target() {
  return {"request",
          {"&",
           "?",
           "cursor=",
           "at=",
           "limit=",
           "sort=-",
           "happened-by=",
           "2024-01-29",
           "%2d",
           "Idempotency-Key: ",
           "If-Match: ",
           "\"",
           "\\",
           "*",
           "W/",
           "Daybook-After: ",
           "Daybook-Role: auditor",
           "\r\n",
           "/explain",
           "/v1/",
           "\"words\":",
           "\"person\":",
           "{",
           "}",
           "[",
           "]",
           "U1",
           "P1"},
          600,
          []() -> FuzzCall {
            const auto requests = std::make_shared<Requests>();
            return [requests](std::string_view bytes) { return requests->fault(bytes); };
          }};
}

}  // namespace daybook::test
