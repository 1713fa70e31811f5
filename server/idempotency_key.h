// The field Idempotency-Key: by it a request that is sent twice is carried out once.
#pragma once

#include <optional>
#include <string>

#include "server/http.h"

namespace daybook {

// Puts the text of the field into `key`: a string as RFC 8941 has it, in quotes, or the same without them, of 200 letters at most. Or the answer
// that says that it is wanted, or has no such form (400).
std::optional<Response> want_idempotency_key(const Request& request, std::string& key);

}  // namespace daybook
