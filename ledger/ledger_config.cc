#include "ledger/ledger_config.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ledger/private_file.h"

namespace daybook {
namespace {

constexpr std::string_view kCredential = "credential:";

// Where systemd put it, for a place `credential:NAME`.
Result<std::string> credential_file(const std::string& what, const std::string& place) {
  const auto name = place.substr(kCredential.size());
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (!folder)
    return Error{Fault::kRejected, what + " " + place + ": found no credentials, want to be started by systemd with LoadCredential=" + name};
  if (name.empty() || name.find('/') != std::string::npos)
    return Error{Fault::kRejected, what + " " + place + ": want the name of a credential behind the colon"};
  return (std::filesystem::path(folder) / name).string();
}

// A key's file, which nobody else may read: systemd guards what it hands over itself. kStorage where it may well be there and
// the system refuses, for want of descriptors or by a fault of the disk.
Result<std::ifstream> open_key(const std::string& what, const std::string& place) {
  const bool handed_over = is_credential(place);
  DAYBOOK_TRY(const auto path, handed_over ? credential_file(what, place) : place);
  errno = 0;
  std::ifstream file(path);
  if (!file.is_open() && errno != 0 && errno != ENOENT && errno != EACCES && errno != ENOTDIR)
    return Error{Fault::kStorage, what + " " + path + ": " + std::strerror(errno)};
  if (!handed_over) {
    DAYBOOK_TRY(want_private(path));
  }
  return file;
}

}  // namespace

bool is_credential(std::string_view place) { return place.starts_with(kCredential); }

std::string config_file(const std::string& folder) { return (std::filesystem::path(folder) / "daybook.toml").string(); }

Result<std::vector<Hash>> read_root_keys(const std::string& place) {
  DAYBOOK_TRY(auto file, open_key("root key", place));
  std::vector<Hash> keys;
  for (std::string word; file >> word;) {
    const auto bytes = from_hex(word);
    if (!bytes || bytes->size() != sizeof(Hash) || keys.size() == 2) return Error{Fault::kRejected, "root key " + place + ": want 64 hex digits"};
    std::copy(bytes->begin(), bytes->end(), keys.emplace_back().begin());
  }
  if (keys.empty()) return Error{Fault::kRejected, "root key " + place + ": found no key, want the file that init made"};
  return keys;
}

std::string root_key_check(const Hash& root_key) { return to_hex(hmac_sha256(root_key, {as_bytes("daybook root key check 1")})); }

Result<BookSigners> read_log_key(const LedgerConfig& config) {
  DAYBOOK_TRY(auto file, open_key("log key", config.log_key));
  std::string programme, access;
  if (!(file >> programme >> access))
    return Error{Fault::kRejected, "log key " + config.log_key + ": found no two signing keys, want the file that init made"};
  DAYBOOK_TRY(auto first, SignerKey::parse(programme));
  DAYBOOK_TRY(auto second, SignerKey::parse(access));
  if (first.verifier().text() != config.programme_key.text() || second.verifier().text() != config.access_key.text()) {
    return Error{Fault::kRejected, "log key " + config.log_key + ": its keys are not those of this ledger"};
  }
  return BookSigners{std::move(first), std::move(second)};
}

Result<LedgerConfig> read_config(const std::string& folder) {
  const auto path = config_file(folder);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return Error{Fault::kRejected, folder + ": found no ledger; `daybook init` makes one"};
  return read_config_file(path);
}

Result<LedgerConfig> read_config_file(const std::string& path) {
  try {
    const auto table = toml::parse_file(path);
    const auto format = table["format"].value<int64_t>();
    if (format != 2) return Error{Fault::kRejected, fmt::format("{}: found format {}, want 2", path, format.value_or(0))};
    const auto text = [&](const char* key) { return table[key].value_or<std::string>(""); };
    LedgerConfig config{text("id"), text("root_key"), text("root_key_check"), text("key_ring"), text("log_key"), {}, {}, {}};
    const auto mebibytes = [&](const char* key, uint64_t otherwise) {
      const auto given = table["disk"][key].value<int64_t>();
      return given && *given >= 0 && *given < int64_t{1} << 40 ? static_cast<uint64_t>(*given) << 20 : otherwise;
    };
    config.disk.floor_bytes = mebibytes("floor_mib", config.disk.floor_bytes);
    config.disk.ballast_bytes = mebibytes("ballast_mib", config.disk.ballast_bytes);
    config.looks_kept_days = table["access"]["kept_days"].value_or<uint32_t>(365);
    if (config.looks_kept_days < 180 || config.looks_kept_days > 1095)
      return Error{Fault::kRejected, fmt::format("{}: access.kept_days: found {}, want 180 to 1095", path, config.looks_kept_days)};
    config.key_backup_days = table["keys"]["backup_days"].value_or<uint32_t>(30);
    auto programme = VerifierKey::parse(text("programme_key")), access = VerifierKey::parse(text("access_key"));
    if (!programme || !access)
      return Error{Fault::kCorrupt, path + ": programme_key or access_key: " + (programme ? access : programme).error().message};
    config.programme_key = std::move(programme).value();
    config.access_key = std::move(access).value();
    return config;
  } catch (const toml::parse_error& broken) {
    return Error{Fault::kCorrupt, fmt::format("{}:{}: {}", path, broken.source().begin.line, broken.description())};
  }
}

std::string toml_text(const LedgerConfig& config) {
  const toml::table table{{"format", 2},
                          {"id", config.id},
                          {"root_key", config.root_key},
                          {"root_key_check", config.root_key_check},
                          {"key_ring", config.key_ring},
                          {"log_key", config.log_key},
                          {"programme_key", config.programme_key.text()},
                          {"access_key", config.access_key.text()}};
  std::ostringstream text;
  text << "# Made by `daybook init`. The root key and the key ring together open every confidential value, the log key signs the books: keep them, "
          "and keep them apart.\n"
       << table << "\n";
  return text.str();
}

Result<std::string> changed_config(const std::string& path, const std::map<std::string, std::string>& values) {
  try {
    auto table = toml::parse_file(path);
    for (const auto& [name, value] : values) table.insert_or_assign(name, value);
    std::ostringstream text;
    text << "# Made by `daybook`.\n" << table << "\n";
    return text.str();
  } catch (const toml::parse_error& broken) {
    return Error{Fault::kCorrupt, fmt::format("{}:{}: {}", path, broken.source().begin.line, broken.description())};
  }
}

}  // namespace daybook
