// A signed token as it comes: three parts of base64url (RFC 7515, compact form), taken apart and not believed.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "ledger/result.h"

namespace daybook {

inline constexpr size_t kTokenBytesMax = 16 * 1024;

struct Jws {
  boost::json::object header, claims;
  std::string_view signed_part;  // of the text it was read from: the first two parts with their point
  std::string signature;
};

// kRejected, saying what was found, unless `text` is of at most 16 KiB and has three parts, each the one base64url of its value, the
// first two JSON objects as read_json wants them, at most 8 deep. `text` must live as long as the answer.
Result<Jws> read_jws(std::string_view text);

}  // namespace daybook
