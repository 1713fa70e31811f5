// What is written in percent-encoding: query strings and segments of paths.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ledger/result.h"

namespace daybook {

// nullopt if a '%' is not followed by two hex digits, or the bytes are no UTF-8 or hold a control character. `plus_is_space`: as forms have it.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space = false);

// `text` with everything but letters, digits and - . _ ~ encoded.
std::string percent_encoded(std::string_view text);

using Parameters = std::map<std::string, std::string, std::less<>>;

// The parameters of a query string, decoded. kRejected, saying which: one that `known` does not name, one that stands twice, one without a name
// or with a value that cannot be decoded. A parameter without '=' has an empty value.
Result<Parameters> parse_query(std::string_view query, std::span<const std::string_view> known);

// Of a form or a query from a system that may add what we do not know: every parameter, decoded, whatever its name. kRejected: one stands twice or
// cannot be decoded, or there are more than `bytes_max` bytes.
Result<Parameters> read_form(std::string_view text, size_t bytes_max);
// The value of `name`; empty where there is none. Borrowed.
std::string_view parameter_of(const Parameters& parameters, std::string_view name);

}  // namespace daybook
