// Base64 of RFC 4648 section 5 as JOSE writes it: no padding, and one text for each value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/types.h"

namespace daybook {

std::string to_base64url(Bytes bytes);
std::optional<std::string> from_base64url(std::string_view text);  // none for anything that to_base64url would not have written

}  // namespace daybook
