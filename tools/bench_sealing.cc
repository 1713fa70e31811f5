#include "tools/bench_sealing.h"

#include <string>
#include <vector>

#include "ledger/require.h"
#include "ledger/sealing.h"
#include "ledger/vault.h"
#include "tools/bench_ledger.h"

namespace daybook {
namespace {

constexpr size_t kSealed = 40;  // bytes that a seal adds

// A row that was sealed: whether with a key that is derived from its owner's, and how many bytes it holds.
struct Row {
  bool derives = true;
  size_t bytes = 0;
};

std::vector<Row> rows_of(const VaultRows& vault) {
  std::vector<Row> rows;
  const auto take = [&](char table, bool derives, const std::function<size_t(std::string_view)>& before) {
    const auto add = [&](std::string_view, std::string_view row) {
      rows.push_back({derives, row.size() - std::min(row.size(), before(row) + kSealed)});
      return true;
    };
    require(vault.scan(std::string(1, table), add).has_value(), "the bench reads what it wrote");
  };
  take(Vault::record_key({}, {}).front(), true, [](std::string_view row) { return 1 + static_cast<size_t>(static_cast<uint8_t>(row.front())); });
  take(Vault::name_key({}).front(), true, [](std::string_view) { return size_t{0}; });
  take(OwnerKeys::row_key("").front(), false, [](std::string_view) { return size_t{5}; });  // its form and the version of the wrapping key
  return rows;
}

}  // namespace

double sealing_seconds(const EventLog& log) {
  const auto rows = rows_of(log.vault());
  SystemRandomness randomness;
  Hash owner;
  randomness.fill(owner);
  const std::string bound(96, 'b'), plain(kEntryBytesMax, 'p');
  size_t sealed = 0;
  const double took = seconds([&] {
    for (const auto& row : rows) {
      auto key = row.derives ? derived_key(owner, 1) : owner;
      if (!row.derives) randomness.fill(key);  // a new owner's
      sealed += seal(key, as_bytes(bound), as_bytes(std::string_view(plain).substr(0, row.bytes)), randomness).size();
      wipe(key);
    }
  });
  require(sealed >= rows.size() * kSealed, "everything was sealed");
  return took;
}

}  // namespace daybook
