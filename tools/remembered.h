// What this machine keeps of a service between two calls, in files that nobody else may read: who is signed in there, and how far its record
// reached.
#pragma once

#include <string>
#include <string_view>

#include "ledger/result.h"
#include "tools/web_address.h"

namespace daybook {

class Remembered {
 public:
  explicit Remembered(std::string folder) : folder_(std::move(folder)) {}
  // In $XDG_STATE_HOME/daybook, else ~/.local/state/daybook. kRejected: neither is known.
  static Result<Remembered> of(const WebAddress& server);

  std::string path(std::string_view name) const;
  Result<std::string> read(std::string_view name) const;  // empty where there is none
  Result<void> keep(std::string_view name, std::string_view text) const;
  Result<void> forget(std::string_view name) const;

 private:
  std::string folder_;
};

// The names that there are: the cookie of a session, a token, the newest position that was told.
inline constexpr std::string_view kSessionFile = "session", kTokenFile = "token", kPositionFile = "position";

}  // namespace daybook
