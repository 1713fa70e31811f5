// The demo's sign-in: codes on a printed page, one for each role, each good once. Only on this machine.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/clock.h"
#include "ledger/digest.h"
#include "ledger/result.h"
#include "server/identity/identity.h"

namespace daybook {

// The issuer of whom the demo signs in: no provider's name can be this, as it is no address.
inline constexpr std::string_view kDemoIssuer = "daybook:demo";

// For any number of threads.
class DemoCodes {
 public:
  // kRejected unless the service listens on a loopback address. Both must live as long; nobody else may use `randomness`.
  static Result<std::unique_ptr<DemoCodes>> make(std::string_view listen_address, const Clock& clock, Randomness& randomness,
                                                 std::chrono::seconds lifetime = std::chrono::minutes(10));

  // A code that signs in as `subject`, once and soon. One code for each subject: an older one ends. kFull: codes for 100 subjects wait.
  Result<std::string> issue(const std::string& subject);

  // Whom the code signs in. kRejected, always in the same words, for one that is unknown, used or over, and for a peer that is not this
  // machine; each look costs the same, whatever is in the code.
  Result<Identity> redeem(std::string_view code, std::string_view peer_address);

 private:
  DemoCodes(const Clock& clock, Randomness& randomness, std::chrono::seconds lifetime)
      : clock_(clock), randomness_(randomness), lifetime_(lifetime) {}

  struct Issued {
    std::string subject;
    Hash digest;
    std::chrono::microseconds at;  // of Clock::running
  };
  const Clock& clock_;
  Randomness& randomness_;
  const std::chrono::seconds lifetime_;
  std::mutex mutex_;
  std::vector<Issued> issued_;
};

}  // namespace daybook
