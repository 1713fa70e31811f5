#include "ledger/snapshot.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <filesystem>
#include <fstream>

#include "ledger/book_lock.h"
#include "ledger/digest.h"
#include "ledger/durable_file.h"
#include "ledger/proof.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

std::string header(const Snapshot& s) {
  return fmt::format("daybook snapshot 1\nview {}\nversion {}\nposition {}\nroot {}\n", s.view, s.version, s.head.size, to_base64(s.head.root));
}

// The value of a header line; nullopt if that is not the next line.
std::optional<std::string> take_line(std::string_view& text, std::string_view name) {
  const auto end = text.find('\n');
  if (end == text.npos || !text.starts_with(name)) return std::nullopt;
  std::string value(text.substr(name.size(), end - name.size()));
  text.remove_prefix(end + 1);
  return value;
}

std::optional<uint64_t> number(const std::optional<std::string>& text) {
  const bool plain = text && !text->empty() && text->size() <= 18 && text->find_first_not_of("0123456789") == text->npos;
  return plain ? std::optional(std::stoull(*text)) : std::nullopt;
}

// In a time that does not tell where they differ: the digest is keyed.
bool same(const std::string& a, const std::string& b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

Result<void> check_log(const Snapshot& s, const EventLog& log) {
  if (s.head.size > log.end().value) {
    return Error{Fault::kNotFound, fmt::format("found a snapshot of {} events, the log that was opened has {}", s.head.size, log.end().value)};
  }
  DAYBOOK_TRY(const auto root, tree_root(log, s.head.size));
  if (root != s.head.root) return Error{Fault::kCorrupt, fmt::format("found a snapshot of another log: it has another root at size {}", s.head.size)};
  return success();
}

}  // namespace

std::string Snapshots::path(std::string_view view, uint32_t version) const { return fmt::format("{}/views/{}.{}", folder_, view, version); }

std::string Snapshots::digest(const Snapshot& s) const { return to_hex(hmac_sha256(key_, {as_bytes(header(s)), as_bytes(s.bytes)})); }

// What the file says of itself, if its digest holds.
std::optional<Snapshot> Snapshots::parse(std::string file) const {
  Snapshot s;
  std::string_view text = file;
  if (!take_line(text, "daybook snapshot 1")) return std::nullopt;
  s.view = take_line(text, "view ").value_or("");
  const auto version = number(take_line(text, "version ")), size = number(take_line(text, "position "));
  const auto root = from_base64(take_line(text, "root ").value_or(""));
  const auto found = take_line(text, "digest ");
  if (!version || !size || !root || root->size() != s.head.root.size() || !found) return std::nullopt;
  s.version = static_cast<uint32_t>(*version);
  s.head.size = *size;
  std::copy(root->begin(), root->end(), s.head.root.begin());
  file.erase(0, file.size() - text.size());
  s.bytes = std::move(file);
  return same(digest(s), *found) ? std::optional(std::move(s)) : std::nullopt;
}

Result<Snapshot> Snapshots::read(std::string_view view, uint32_t version, const EventLog& log) const {
  const auto from = path(view, version);
  std::ifstream file(from, std::ios::binary);
  if (!file) return Error{Fault::kNotFound, from + ": found no snapshot"};
  std::error_code failed;
  std::string text(fs::file_size(from, failed), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (failed || !file) return Error{Fault::kStorage, from + ": cannot be read"};
  auto snapshot = parse(std::move(text));
  if (!snapshot) return Error{Fault::kCorrupt, from + ": found bytes that do not match their digest"};
  if (snapshot->view != view || snapshot->version != version) {
    return Error{Fault::kCorrupt, fmt::format("{}: found view {} version {}", from, snapshot->view, snapshot->version)};
  }
  if (const auto fits = check_log(*snapshot, log); !fits) return Error{fits.error().fault, from + ": " + fits.error().message};
  return std::move(*snapshot);
}

Result<void> Snapshots::write(const Snapshot& s) const {
  DAYBOOK_TRY(make_folder(folder_ + "/views"));
  DAYBOOK_TRY(const auto lock, BookLock::take(folder_ + "/views/lock", "whoever builds a view"));
  DAYBOOK_TRY(replace_file(path(s.view, s.version), header(s) + "digest " + digest(s) + "\n" + s.bytes, 0600));
  forget_other_versions(s);
  return success();
}

void Snapshots::forget_other_versions(const Snapshot& kept) const {
  const auto file_kept = fs::path(path(kept.view, kept.version)).filename();
  std::error_code ignored;
  for (const auto& file : fs::directory_iterator(folder_ + "/views", ignored)) {
    const auto name = file.path().filename();
    if (name != file_kept && name.string().starts_with(kept.view + ".")) fs::remove(file.path(), ignored);
  }
}

}  // namespace daybook
