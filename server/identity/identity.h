// Who somebody is: the issuer's word for them, and whom the ledger knows by it.
#pragma once

#include <compare>
#include <optional>
#include <string>

#include "ledger/types.h"

namespace daybook {

// A user: who vouches for them, and that issuer's own unchanging name for them. Never an e-mail address, which goes to somebody else
// one day.
struct Identity {
  std::string issuer, subject;
  auto operator<=>(const Identity&) const = default;
};

// Whom the ledger knows by an identity. The ledger keeps that among its confidential records; what asks here learns only the id.
class People {
 public:
  virtual ~People() = default;
  // None for whom nobody has recorded: they are signed in, and may do what the public may. Asked for each request, so that a link taken
  // away counts at once. Called from several threads.
  virtual std::optional<PersonId> person_of(const Identity& identity) const = 0;
};

}  // namespace daybook
