#include "server/identity/demo_codes.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "ledger/printable.h"
#include "server/address.h"
#include "server/identity/secret.h"

namespace daybook {
namespace {

constexpr size_t kSubjectsMax = 100;

}  // namespace

Result<std::unique_ptr<DemoCodes>> DemoCodes::make(std::string_view listen_address, const Clock& clock, Randomness& randomness,
                                                   std::chrono::seconds lifetime) {
  if (!is_loopback_address(listen_address)) {
    return Error{Fault::kRejected,
                 fmt::format("demo sign-in: found it listening on {}, want a loopback address such as 127.0.0.1", printable(listen_address))};
  }
  return std::unique_ptr<DemoCodes>(new DemoCodes(clock, randomness, lifetime));
}

Result<std::string> DemoCodes::issue(const std::string& subject) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.running();
  std::erase_if(issued_, [&](const Issued& issued) { return issued.subject == subject || now - issued.at >= lifetime_; });
  if (issued_.size() >= kSubjectsMax) return Error{Fault::kFull, "demo sign-in: too many codes wait"};
  std::string code = make_secret(randomness_);
  issued_.push_back({subject, digest_of_secret(code).value(), now});
  return code;
}

Result<Identity> DemoCodes::redeem(std::string_view code, std::string_view peer_address) {
  const Hash digest = sha256({as_bytes(code)});
  const std::lock_guard lock(mutex_);
  auto found = issued_.end();
  for (auto at = issued_.begin(); at != issued_.end(); ++at) {
    if (CRYPTO_memcmp(at->digest.data(), digest.data(), digest.size()) == 0) found = at;
  }
  const bool holds = found != issued_.end() && is_loopback_address(peer_address) && clock_.running() - found->at < lifetime_;
  if (!holds) return Error{Fault::kRejected, "demo sign-in: found no code that is good here and now"};
  Identity who{std::string(kDemoIssuer), found->subject};
  issued_.erase(found);
  return who;
}

}  // namespace daybook
