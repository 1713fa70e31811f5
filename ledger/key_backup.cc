#include "ledger/key_backup.h"

#include <fmt/format.h>

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
constexpr int kRingTries = 10;     // a change of keys writes the ring three times
constexpr std::string_view kDigestWord = "digest ";

std::string below(const std::string& folder, std::string_view name) { return (fs::path(folder) / name).string(); }

Result<std::string> whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Fault::kStorage, path + ": cannot be read"};
  return std::string(std::istreambuf_iterator<char>(file), {});
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
  text += row_part("key_ring", keys.key_ring);
  for (const auto book : kBooks) {
    for (const auto& [key, value] : keys.rows(book)) text += row_part(fmt::format("{}/{}", book, key), value);
  }
  for (const auto& [book, note] : keys.checkpoints) text += row_part(book + ".checkpoint", note);
  const Hash digest = sha256({as_bytes(text)});
  return text + row_part("digest", as_text(digest));
}

// Both books, and the ring that their keys were wrapped with.
struct Together {
  Ledger::BookView programme, access;
  std::string ring;  // the file
  KeyRing opened;
};

// The ring is read before the books and after them: where it is the same, no key was wrapped with another meanwhile.
Result<Together> read_together(const Ledger& ledger) {
  const auto& path = ledger.config().key_ring;
  for (int tries = 0; tries < kRingTries; ++tries) {
    Together found;
    DAYBOOK_TRY(found.ring, whole_file(path));
    auto keys = open_ring(ledger.config(), path, found.ring);
    DAYBOOK_TRY(found.programme, ledger.book_now("programme"));
    DAYBOOK_TRY(found.access, ledger.book_now("access"));
    DAYBOOK_TRY(const auto after, whole_file(path));
    if (after != found.ring) continue;
    if (!keys) return keys.error();
    found.opened = std::move(keys.value().ring);
    return found;
  }
  return Error{Fault::kBusy, path + ": found it changed while the books were read, again and again: the same call works later"};
}

Result<KeyBackup> keys_in(const Together& found, const std::string& ledger) {
  KeyBackup keys;
  keys.ledger = ledger;
  keys.key_ring = found.ring;
  DAYBOOK_TRY(keys.programme, rows_apart(found.programme.log->vault()));
  DAYBOOK_TRY(keys.access, rows_apart(found.access.log->vault()));
  if (found.programme.watermark) keys.checkpoints["programme"] = found.programme.watermark->note;
  if (found.access.watermark) keys.checkpoints["access"] = found.access.watermark->note;
  return keys;
}

// The rows of one book in a copy, for whoever opens them.
class CopiedRows final : public VaultRows {
 public:
  explicit CopiedRows(const std::map<std::string, std::string>& rows) : rows_(rows) {}
  Result<std::optional<std::string>> get(std::string_view key) const override {
    const auto it = rows_.find(std::string(key));
    return it == rows_.end() ? std::nullopt : std::optional(it->second);
  }
  Result<void> scan(std::string_view prefix, const std::function<bool(std::string_view, std::string_view)>& row) const override {
    for (auto it = rows_.lower_bound(std::string(prefix)); it != rows_.end() && it->first.starts_with(prefix); ++it) {
      if (!row(it->first, it->second)) break;
    }
    return success();
  }

 private:
  const std::map<std::string, std::string>& rows_;
};

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

Result<Erased> erasures_in(const EventLog& programme, const EventLog& access) {
  DAYBOOK_TRY(auto erased, erasures_in(programme));
  DAYBOOK_TRY(const auto of_access, erasures_in(access));
  erased.insert(of_access.begin(), of_access.end());
  return erased;
}

namespace {

std::string digest_line(std::string_view text) { return fmt::format("{}{}\n", kDigestWord, to_hex(sha256({as_bytes(text)}))); }

// A list up to its digest; all of it if it has none.
Result<std::string_view> without_digest(const std::string& path, std::string_view text) {
  const auto at = fmt::format("\n{}", text).find(fmt::format("\n{}", kDigestWord));
  if (at == std::string::npos) return text;
  const auto lines = text.substr(0, at);
  auto wanted = digest_line(lines);
  if (text.substr(at) == wanted) return lines;
  wanted.pop_back();
  return Error{Fault::kCorrupt, fmt::format("{}: found another end, want \"{}\" of the lines before it: the list was cut or changed", path, wanted)};
}

// OWNER or OWNER DAY; nullopt if it is neither.
std::optional<std::pair<std::string, Day>> erasure_in(std::string line) {
  const auto space = line.find(' ');
  const auto until = space == std::string::npos ? std::optional(Day{}) : parse_day(line.substr(space + 1));
  line.resize(std::min(space, line.size()));
  if (line.find('/') == std::string::npos) line = "person/" + line;
  if (!until || (!line.starts_with("person/") && !line.starts_with("cohort/"))) return std::nullopt;
  return std::pair(std::move(line), *until);
}

Result<Erased> erasures_in_lines(const std::string& path, std::string_view text) {
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

}  // namespace

std::string erasures_text(const Erased& erased) {
  std::string text;
  for (const auto& [owner, until] : erased) text += owner + (until == Day{} ? "" : " " + to_text(until)) + "\n";
  return text + digest_line(text);
}

Result<Erased> read_erasures(const std::string& path) {
  DAYBOOK_TRY(const auto text, whole_file(path));
  DAYBOOK_TRY(const auto lines, without_digest(path, text));
  return erasures_in_lines(path, lines);
}

Result<Erased> read_erasures_beside_keys(const std::string& folder) {
  const auto path = erasures_file(folder);
  const auto text = whole_file(path);
  if (!text) return Error{Fault::kRejected, path + ": found no list of erasures beside the keys, want it, or another: --erasures FILE"};
  DAYBOOK_TRY(const auto lines, without_digest(path, text.value()));
  if (lines.size() == text.value().size())
    return Error{Fault::kCorrupt, path + ": found no digest at its end, want that of the lines before it: the list was cut or changed"};
  return erasures_in_lines(path, lines);
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

Result<void> check_opens(const KeyRing& ring, const KeyBackup& keys) {
  for (const auto book : kBooks) {
    const CopiedRows rows(keys.rows(book));
    OwnerKeys owners(ring, fmt::format("{}/{}", keys.ledger, book));
    for (const auto& [key, row] : keys.rows(book)) {
      if (!key.starts_with(kWrappedKeys)) continue;
      const auto owner = key.substr(1);
      const auto opened = owners.find(rows, owner, 0);
      if (!opened) return Error{opened.error().fault, fmt::format("{} book: {}", book, opened.error().message)};
      owners.forget(owner);
    }
  }
  return success();
}

// The list comes first: whatever is wrong with a key, whoever was erased stays so.
Result<KeyBackup> back_up_keys(const Ledger& ledger, const std::string& folder, const std::string& backup, uint64_t keep) {
  DAYBOOK_TRY(check_place(ledger, folder, backup));
  DAYBOOK_TRY(const auto found, read_together(ledger));
  DAYBOOK_TRY(const auto erased, erasures_in(*found.programme.log, *found.access.log));
  DAYBOOK_TRY(replace_file(erasures_file(folder), erasures_text(erased), 0600));
  DAYBOOK_TRY(auto keys, keys_in(found, ledger.config().id));
  DAYBOOK_TRY(check_opens(found.opened, keys));
  const auto numbers = numbers_in(folder);
  keys.number = numbers.empty() ? 1 : numbers.back() + 1;
  DAYBOOK_TRY(replace_file(below(folder, fmt::format("{}{}", kName, keys.number)), text_of(keys), 0600));
  DAYBOOK_TRY(remove_old(folder, keep, std::chrono::days{ledger.config().key_backup_days}));
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
