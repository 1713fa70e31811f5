// The keys that an issuer publishes: a JSON Web Key Set (RFC 7517), read strictly.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/result.h"
#include "server/identity/public_key.h"

namespace daybook {

struct KeySet {
  std::map<std::string, PublicKey, std::less<>> keys;  // by kid, which is a key of this map and nothing else
  std::vector<std::string> passed_over;                // what was there beside them, and why it is not used: for the log
};

// The keys of `text` that can check a signature here. A key of another kind, for another use, or too weak is passed over. kRejected
// where none is left, or where the set shows that something is wrong with it: no JSON as read_json wants it, more than 64 keys, two
// of one kid, a part that is not base64url, or a secret (a private part, a symmetric key).
Result<KeySet> read_key_set(std::string_view text);

}  // namespace daybook
