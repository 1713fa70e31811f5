#include "server/read_after.h"

#include <algorithm>
#include <string>

#include "server/problem.h"

namespace daybook {
namespace {

// nullopt: it has no proper form.
std::optional<uint64_t> read_after(const Request& request) {
  const auto text = request.field("daybook-after");
  const bool digits = text.size() <= 18 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return std::nullopt;
  return text.empty() ? 0 : std::stoull(std::string(text));
}

}  // namespace

std::optional<Response> want_position(const EventLog& log, const Request& request) {
  const auto after = read_after(request);
  if (!after) return problem("wrong-field", "Daybook-After: want a position, a whole number", request.trace);
  if (*after <= log.end().value) return std::nullopt;
  return problem("behind", "", request.trace).with("retry-after", "1");  // nobody else writes: no waiting here would bring it
}

}  // namespace daybook
