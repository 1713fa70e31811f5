// What a ledger says of itself in `daybook.toml`, and the keys that it names.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/digest.h"
#include "ledger/disk_space.h"
#include "ledger/note.h"
#include "ledger/result.h"

namespace daybook {

struct LedgerConfig {
  std::string id;                         // random: no two ledgers share one
  std::string root_key;                   // the root key's file, or `credential:NAME`: what systemd hands over by that name
  std::string root_key_check;             // tells a wrong key from the right one
  std::string key_ring;                   // path of the file with the wrapping keys
  std::string log_key;                    // the file with the two signing keys, or `credential:NAME`
  VerifierKey programme_key, access_key;  // of the two books; a key's name is its book's origin
  DiskRule disk;                          // of each book
  uint32_t looks_kept_days = 365;         // how long a look stands in the access book
  uint32_t key_backup_days = 30;          // how long a backup of the keys is kept at most
  const VerifierKey& key_of(std::string_view book) const { return book == "access" ? access_key : programme_key; }
};

// kRejected: no ledger, or one of another format; kCorrupt: the file says no such thing.
Result<LedgerConfig> read_config(const std::string& folder);
Result<LedgerConfig> read_config_file(const std::string& path);
// The file's text with other values, by their names: everything else it says stays.
Result<std::string> changed_config(const std::string& path, const std::map<std::string, std::string>& values);
std::string config_file(const std::string& folder);
std::string toml_text(const LedgerConfig& config);

// Whether a key stands with systemd's credentials and not in a file of its own.
bool is_credential(std::string_view place);
// The root key, or while it is being changed two of them: the former, then the new one. `place` as in the config. kRejected if there is no key
// there, or others can read its file.
Result<std::vector<Hash>> read_root_keys(const std::string& place);
// Tells whether a root key is the ledger's, and nothing of the key.
std::string root_key_check(const Hash& root_key);

// The keys that sign the two books' checkpoints.
struct BookSigners {
  SignerKey programme, access;
};
// kRejected as for the root key, or if they are not this ledger's.
Result<BookSigners> read_log_key(const LedgerConfig& config);

}  // namespace daybook
