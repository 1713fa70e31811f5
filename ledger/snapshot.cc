#include "ledger/snapshot.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "ledger/digest.h"
#include "ledger/durable_file.h"
#include "ledger/proof.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

std::string views_folder(const std::string& folder) { return folder + "/views"; }

std::string header(const Snapshot& s) {
  return fmt::format("daybook snapshot 1\nview {}\nversion {}\nposition {}\nroot {}\n", s.view, s.version, s.head.size, to_base64(s.head.root));
}

std::string digest_line(const Snapshot& s) { return "digest " + to_hex(sha256({as_bytes(header(s)), as_bytes(s.bytes)})) + "\n"; }

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

// What the file says of itself, if its digest holds.
std::optional<Snapshot> parse(std::string file) {
  Snapshot s;
  std::string_view text = file;
  if (!take_line(text, "daybook snapshot 1")) return std::nullopt;
  s.view = take_line(text, "view ").value_or("");
  const auto version = number(take_line(text, "version ")), size = number(take_line(text, "position "));
  const auto root = from_base64(take_line(text, "root ").value_or(""));
  const auto digest = take_line(text, "digest ");
  if (!version || !size || !root || root->size() != s.head.root.size() || !digest) return std::nullopt;
  s.version = static_cast<uint32_t>(*version);
  s.head.size = *size;
  std::copy(root->begin(), root->end(), s.head.root.begin());
  file.erase(0, file.size() - text.size());
  s.bytes = std::move(file);
  return digest_line(s) == "digest " + *digest + "\n" ? std::optional(std::move(s)) : std::nullopt;
}

Result<void> check_log(const Snapshot& s, const EventLog& log) {
  if (s.head.size > log.end().value) {
    return Error{Fault::kCorrupt, fmt::format("found a snapshot of {} events, the log has {}", s.head.size, log.end().value)};
  }
  DAYBOOK_TRY(const auto root, tree_root(log, s.head.size));
  if (root != s.head.root) return Error{Fault::kCorrupt, fmt::format("found a snapshot of another log: it has another root at size {}", s.head.size)};
  return success();
}

}  // namespace

std::string snapshot_path(const std::string& folder, std::string_view view, uint32_t version) {
  return fmt::format("{}/{}.{}", views_folder(folder), view, version);
}

Result<void> write_snapshot(const std::string& folder, const Snapshot& s) {
  DAYBOOK_TRY(make_folder(views_folder(folder)));
  return replace_file(snapshot_path(folder, s.view, s.version), header(s) + digest_line(s) + s.bytes, 0600);
}

Result<Snapshot> read_snapshot(const std::string& folder, std::string_view view, uint32_t version, const EventLog& log) {
  const auto path = snapshot_path(folder, view, version);
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{Fault::kNotFound, path + ": found no snapshot"};
  std::error_code failed;
  std::string text(fs::file_size(path, failed), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (failed || !file) return Error{Fault::kStorage, path + ": cannot be read"};
  auto snapshot = parse(std::move(text));
  if (!snapshot) return Error{Fault::kCorrupt, path + ": found bytes that do not match their digest"};
  if (snapshot->view != view || snapshot->version != version) {
    return Error{Fault::kCorrupt, fmt::format("{}: found view {} version {}", path, snapshot->view, snapshot->version)};
  }
  if (const auto fits = check_log(*snapshot, log); !fits) return Error{fits.error().fault, path + ": " + fits.error().message};
  return std::move(*snapshot);
}

void forget_other_versions(const std::string& folder, std::string_view view, uint32_t version) {
  const auto kept = fs::path(snapshot_path(folder, view, version)).filename();
  std::error_code ignored;
  for (const auto& file : fs::directory_iterator(views_folder(folder), ignored)) {
    const auto name = file.path().filename();
    if (name != kept && name.string().starts_with(std::string(view) + ".")) fs::remove(file.path(), ignored);
  }
}

}  // namespace daybook
