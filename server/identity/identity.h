// Who somebody is: the issuer's word for them, and whom the ledger knows by it.
#pragma once

#include <compare>
#include <optional>
#include <string>

#include "ledger/result.h"
#include "ledger/types.h"

namespace daybook {

// A user: who vouches for them, and that issuer's own unchanging name for them. Never an e-mail address, which goes to somebody else
// one day.
struct Identity {
  std::string issuer, subject;
  auto operator<=>(const Identity&) const = default;
};

// Somebody in the record.
struct KnownPerson {
  PersonId id;
  std::string name;  // the one by which they act there: a staff number or other name
};

// Whom the ledger knows by an identity.
class People {
 public:
  virtual ~People() = default;
  // `called`: what the issuer calls them in the claim that it is configured with (Claims::person); may be empty. None for whom nobody has
  // recorded: they are signed in, and may do what the public may. Asked for each request, so that a change in the record counts at
  // once. The error is the ledger's. Called from several threads.
  virtual Result<std::optional<KnownPerson>> person_of(const Identity& identity, const std::string& called) const = 0;
};

}  // namespace daybook
