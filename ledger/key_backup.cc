#include "ledger/key_backup.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ledger/backup.h"
#include "ledger/big_endian.h"
#include "ledger/civil_time.h"
#include "ledger/digest.h"
#include "ledger/record_owners.h"
#include "ledger/replay.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kName = "keys.";
constexpr char kDestroyed = 'x';   // the first byte of the row of a key that is gone
constexpr char kStillKnown = 'p';  // what is still known of the erased

std::string below(const std::string& folder, std::string_view name) { return (fs::path(folder) / name).string(); }

Result<std::string> whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Fault::kStorage, path + ": cannot be read"};
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// What the ledger's config says of keys.
struct KeyConfig {
  std::string ring;  // the path of the key ring; empty where there is none
  std::chrono::days kept{30};
};
Result<KeyConfig> key_config_of(const std::string& ledger) {
  try {
    const auto table = toml::parse_file(config_file(ledger));
    return KeyConfig{table["key_ring"].value_or<std::string>(""), std::chrono::days{table["keys"]["backup_days"].value_or<int32_t>(30)}};
  } catch (const toml::parse_error& broken) {
    return Error{Fault::kCorrupt, fmt::format("{}: {}", config_file(ledger), broken.description())};
  }
}

Result<std::map<std::string, std::string>> rows_apart(const VaultRows& rows) {
  std::map<std::string, std::string> apart;
  for (const char table : {kWrappedKeys, kStillKnown}) {
    DAYBOOK_TRY(rows.scan(std::string(1, table), [&](std::string_view key, std::string_view value) { return apart.emplace(key, value), true; }));
  }
  return apart;
}

std::vector<uint64_t> numbers_in(const std::string& folder) {
  std::vector<uint64_t> numbers;
  std::error_code failed;
  for (const auto& file : fs::directory_iterator(folder, failed)) {
    const auto name = file.path().filename().string();
    const auto digits = std::string_view(name).substr(std::min(kName.size(), name.size()));
    const bool number = name.starts_with(kName) && !digits.empty() && digits.size() < 19 && digits.front() != '0' &&
                        digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (number) numbers.push_back(std::stoull(std::string(digits)));
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// Rows in order, the last one the digest of all before it.
std::string text_of(const KeyBackup& keys) {
  std::string text = row_part("ledger", keys.ledger);
  if (!keys.key_ring.empty()) text += row_part("key_ring", keys.key_ring);
  for (const auto book : kBooks) {
    for (const auto& [key, value] : keys.rows(book)) text += row_part(fmt::format("{}/{}", book, key), value);
  }
  for (const auto& [book, note] : keys.checkpoints) text += row_part(book + ".checkpoint", note);
  const Hash digest = sha256({as_bytes(text)});
  return text + row_part("digest", as_text(digest));
}

Result<KeyBackup> gather(Ledger& ledger, const std::string& ring) {
  KeyBackup keys;
  keys.ledger = ledger.config().id;
  if (!ring.empty()) {
    DAYBOOK_TRY(keys.key_ring, whole_file(ring));
  }
  DAYBOOK_TRY(keys.programme, rows_apart(ledger.programme().vault()));
  DAYBOOK_TRY(const auto access, ledger.access_log());
  DAYBOOK_TRY(keys.access, rows_apart(access.log->vault()));
  if (ledger.watermark()) keys.checkpoints["programme"] = ledger.watermark()->note;
  if (access.watermark) keys.checkpoints["access"] = access.watermark->note;
  return keys;
}

Result<void> check_place(const Ledger& ledger, const std::string& folder, const std::string& backup) {
  for (const auto& other : {ledger.folder(), backup}) {
    if (!other.empty() && (lies_in(folder, other) || lies_in(other, folder)))
      return Error{Fault::kRejected,
                   fmt::format("{}: found it with {}, want a place apart: a copy of the one must not carry the other", folder, other)};
  }
  return make_folder(folder);
}

}  // namespace

bool KeyBackup::has_key_of(std::string_view book, const std::string& owner) const {
  const auto it = rows(book).find(kWrappedKeys + owner);
  return it != rows(book).end() && !is_destroyed_key(it->second);
}

uint64_t KeyBackup::count() const {
  uint64_t count = 0;
  for (const auto book : kBooks) {
    for (const auto& [key, row] : rows(book)) count += key.starts_with(kWrappedKeys) && !is_destroyed_key(row);
  }
  return count;
}

std::string destroyed_key(Position by) { return kDestroyed + big_endian(by.value); }
bool is_destroyed_key(std::string_view row) { return row.size() == 9 && row.front() == kDestroyed; }

Result<Erased> erasures_in(const EventLog& log) {
  Erased erased;
  DAYBOOK_TRY(read_events(log, log.first(), log.end(), [&](const Event& event) {
    const auto owner = owner_erased_by(event);
    const auto* person = std::get_if<PersonErased>(&event.body);
    if (!owner.empty()) erased[owner] = person ? person->repeat_until : Day{};
    return true;
  }));
  return erased;
}

Result<Erased> erasures_of(Ledger& ledger) {
  DAYBOOK_TRY(auto erased, erasures_in(ledger.programme()));
  DAYBOOK_TRY(const auto access, ledger.access_log());
  DAYBOOK_TRY(const auto of_access, erasures_in(*access.log));
  erased.insert(of_access.begin(), of_access.end());
  return erased;
}

std::string erasures_text(const Erased& erased) {
  std::string text;
  for (const auto& [owner, until] : erased) text += owner + (until == Day{} ? "" : " " + to_text(until)) + "\n";
  return text;
}

namespace {

// OWNER or OWNER DAY; nullopt if it is neither.
std::optional<std::pair<std::string, Day>> erasure_in(std::string line) {
  const auto space = line.find(' ');
  const auto until = space == std::string::npos ? std::optional(Day{}) : parse_day(line.substr(space + 1));
  line.resize(std::min(space, line.size()));
  if (line.find('/') == std::string::npos) line = "person/" + line;
  if (!until || (!line.starts_with("person/") && !line.starts_with("cohort/"))) return std::nullopt;
  return std::pair(std::move(line), *until);
}

}  // namespace

Result<Erased> read_erasures(const std::string& path) {
  DAYBOOK_TRY(const auto text, whole_file(path));
  Erased erased;
  uint64_t line = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto given = std::string(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++line;
    if (given.ends_with('\r')) given.pop_back();
    if (given.empty()) continue;
    auto erasure = erasure_in(given);
    if (!erasure) return Error{Fault::kRejected, fmt::format("{}:{}: found \"{}\", want a person's id, or an owner and a day", path, line, given)};
    erased.insert(std::move(*erasure));
  }
  return erased;
}

std::string erasures_file(const std::string& folder) { return below(folder, "erasures"); }

namespace {

// All but the newest, and what is older than the ledger lets a copy be.
Result<void> remove_old(const std::string& folder, uint64_t keep, std::chrono::days kept) {
  auto numbers = numbers_in(folder);
  const auto newest = numbers.back();
  for (const auto number : numbers) {
    const auto path = below(folder, fmt::format("{}{}", kName, number));
    std::error_code failed;
    const bool old = fs::file_time_type::clock::now() - fs::last_write_time(path, failed) > kept;
    const auto newer = static_cast<uint64_t>(std::count_if(numbers.begin(), numbers.end(), [&](uint64_t other) { return other > number; }));
    if (number == newest || (!old && newer < std::max<uint64_t>(keep, 1))) continue;
    DAYBOOK_TRY(overwrite_and_remove(path));
  }
  return success();
}

}  // namespace

Result<KeyBackup> back_up_keys(Ledger& ledger, const std::string& folder, const std::string& backup, uint64_t keep) {
  DAYBOOK_TRY(check_place(ledger, folder, backup));
  DAYBOOK_TRY(const auto config, key_config_of(ledger.folder()));
  DAYBOOK_TRY(auto keys, gather(ledger, config.ring));
  DAYBOOK_TRY(const auto erased, erasures_of(ledger));
  const auto numbers = numbers_in(folder);
  keys.number = numbers.empty() ? 1 : numbers.back() + 1;
  DAYBOOK_TRY(replace_file(erasures_file(folder), erasures_text(erased), 0600));
  DAYBOOK_TRY(replace_file(below(folder, fmt::format("{}{}", kName, keys.number)), text_of(keys), 0600));
  DAYBOOK_TRY(remove_old(folder, keep, config.kept));
  return keys;
}

Result<KeyBackup> read_key_backup(const std::string& folder) {
  const auto numbers = numbers_in(folder);
  if (numbers.empty()) return Error{Fault::kRejected, folder + ": found no backup of keys"};
  const auto path = below(folder, fmt::format("{}{}", kName, numbers.back()));
  DAYBOOK_TRY(auto reader, PartsReader::open(path));
  KeyBackup keys;
  keys.number = numbers.back();
  std::string read, key, value;
  for (;;) {
    DAYBOOK_TRY(const bool more, reader.next_row(key, value));
    if (!more) return Error{Fault::kCorrupt, path + ": found no digest at its end"};
    if (key == "digest") break;
    read += row_part(key, value);
    if (key == "ledger") {
      keys.ledger = value;
    } else if (key == "key_ring") {
      keys.key_ring = value;
    } else if (key.starts_with("programme/")) {
      keys.programme[key.substr(10)] = value;
    } else if (key.starts_with("access/")) {
      keys.access[key.substr(7)] = value;
    } else if (key.ends_with(".checkpoint")) {
      keys.checkpoints[key.substr(0, key.size() - 11)] = value;
    } else {
      return Error{Fault::kCorrupt, path + ": found a row that is none of a key backup"};
    }
  }
  DAYBOOK_TRY(const bool more, reader.next_row(key, value));
  if (more || value != as_text(sha256({as_bytes(read)}))) return Error{Fault::kCorrupt, path + ": found other bytes than its digest is of"};
  return keys;
}

}  // namespace daybook
