#include "ledger/key_change.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "ledger/durable_file.h"

namespace daybook {
namespace {

bool is_checked(const LedgerConfig& config, const std::vector<Hash>& roots) {
  return std::any_of(roots.begin(), roots.end(), [&](const Hash& root) { return root_key_check(root) == config.root_key_check; });
}

std::string line_of(const Hash& root) { return to_hex(root) + "\n"; }

Error of_another() { return {Fault::kRejected, "root key: found the key of another ledger"}; }

}  // namespace

Result<LedgerKeys> read_keys(const LedgerConfig& config) {
  DAYBOOK_TRY(const auto roots, read_root_keys(config.root_key));
  if (!is_checked(config, roots)) return of_another();
  auto ring = KeyRing::read(config.key_ring, roots.back(), config.id);
  if (ring) return LedgerKeys{roots.back(), std::move(ring).value()};
  if (roots.size() == 1 || ring.error().fault != Fault::kCorrupt) return ring.error();
  DAYBOOK_TRY(auto former, KeyRing::read(config.key_ring, roots.front(), config.id));  // the change did not come to the ring
  return LedgerKeys{roots.front(), std::move(former)};
}

Result<LedgerKeys> open_ring(const LedgerConfig& config, const std::string& path, const std::string& text) {
  DAYBOOK_TRY(const auto roots, read_root_keys(config.root_key));
  Result<KeyRing> ring = of_another();
  for (auto root = roots.rbegin(); root != roots.rend(); ++root) {
    ring = KeyRing::parse(path, text, *root, config.id);
    if (ring) return LedgerKeys{*root, std::move(ring).value()};
  }
  return is_checked(config, roots) ? ring.error() : of_another();
}

// The new key is durable beside the former before anything is sealed with it, and the former goes when nothing is sealed with it any more.
Result<void> change_root_key(const std::string& folder, LedgerConfig& config, LedgerKeys& keys, Randomness& randomness) {
  if (is_credential(config.root_key))
    return Error{Fault::kRejected, config.root_key + ": systemd's credentials cannot be written, want the file of the root key (--root-key)"};
  DAYBOOK_TRY(const auto roots, read_root_keys(config.root_key));
  auto next = roots.back();
  if (roots.size() == 1) {
    randomness.fill(next);
    DAYBOOK_TRY(replace_key_file(config.root_key, line_of(keys.root) + line_of(next)));
  }
  DAYBOOK_TRY(keys.ring.write(config.key_ring, next, config.id, randomness));
  DAYBOOK_TRY(const auto text, changed_config(config_file(folder), {{"root_key_check", root_key_check(next)}}));
  DAYBOOK_TRY(replace_file(config_file(folder), text, 0600));
  DAYBOOK_TRY(replace_key_file(config.root_key, line_of(next)));
  keys.root = next;
  config.root_key_check = root_key_check(next);
  return success();
}

}  // namespace daybook
