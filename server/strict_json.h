// JSON from strangers, read by Boost.JSON under rules that it does not have itself; and JSON for them.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "ledger/result.h"

namespace daybook {

struct JsonLimits {
  size_t bytes_max = 256 * 1024;
  size_t depth_max = 32;       // of objects and arrays in each other
  size_t values_max = 50'000;  // members and elements, all together: bounds what a small text can make us hold
};

// The one value that `text` is. kRejected, saying where: no JSON, or more than one value; bytes that are not UTF-8; an object that names a
// member twice, however the name is escaped; a whole number outside of 64 bits, or a number too large for a double; anything over a limit.
Result<boost::json::value> read_json(std::string_view text, const JsonLimits& limits = {});

// `text` as a JSON string, quotes included, in ASCII alone: what is not is escaped, and so is what a terminal would act on. Bytes that are
// not UTF-8 come out as U+FFFD.
std::string json_string(std::string_view text);

}  // namespace daybook
