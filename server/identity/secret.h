// Words that open something: made of 256 random bits, shown once, and kept here as their digest alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/digest.h"

namespace daybook {

// 43 letters of base64url.
std::string make_secret(Randomness& randomness);

// By which a secret is kept and found: who reads it learns nothing, and who guesses learns nothing from the time that looking it up takes.
// None for what make_secret cannot have made.
std::optional<Hash> digest_of_secret(std::string_view secret);

// Compares in a time that says nothing of where they differ. Nothing is the same as an empty text.
bool same_secret(std::string_view found, std::string_view wanted);

}  // namespace daybook
