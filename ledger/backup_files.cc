#include "ledger/backup_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ledger/big_endian.h"
#include "ledger/digest.h"
#include "ledger/tile.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFirstLine = "daybook backup 1";

bool all_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

// A decimal number without leading zeros.
std::optional<uint64_t> number_of(std::string_view text) {
  if (!all_digits(text) || text.size() > 19 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  return std::stoull(std::string(text));
}

std::optional<Hash> hash_of(const std::optional<std::string>& bytes) {
  Hash hash;
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

std::optional<TreeHead> head_of(std::string_view text) {  // SIZE BASE64ROOT
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto size = number_of(text.substr(0, space));
  const auto root = hash_of(from_base64(text.substr(space + 1)));
  return size && root ? std::optional(TreeHead{*size, *root}) : std::nullopt;
}

std::optional<BackupFile> file_of(std::string_view text) {  // SHA256 BYTES NAME
  const auto first = text.find(' '), second = first == std::string_view::npos ? first : text.find(' ', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto digest = hash_of(from_hex(text.substr(0, first)));
  const auto bytes = number_of(text.substr(first + 1, second - first - 1));
  BackupFile file{std::string(text.substr(second + 1)), bytes.value_or(0), digest.value_or(Hash{})};
  return digest && bytes && is_backup_name(file.name) ? std::optional(std::move(file)) : std::nullopt;
}

std::string digest_line(std::string_view text) { return fmt::format("digest {}\n", to_hex(sha256({as_bytes(text)}))); }

// Lines of a manifest in their order, each a word and what it says.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  bool next_is(std::string_view word) const { return text_.starts_with(std::string(word) + " "); }
  // What stands behind `word`; nullopt if the next line does not begin with it.
  std::optional<std::string_view> take(std::string_view word) {
    const auto end = text_.find('\n');
    if (end == std::string_view::npos || !next_is(word)) return std::nullopt;
    const auto rest = text_.substr(word.size() + 1, end - word.size() - 1);
    text_.remove_prefix(end + 1);
    return rest;
  }
  bool done() const { return text_.empty(); }

 private:
  std::string_view text_;
};

Error no_manifest(std::string_view what) { return {Fault::kCorrupt, fmt::format("found {}, want the manifest of a backup", what)}; }

}  // namespace

std::string entries_stem(std::string_view book, uint64_t segment) { return fmt::format("{}/entries/{:06}", book, segment); }
std::string sealed_stem(std::string_view book, uint64_t segment) { return fmt::format("{}/sealed/{:06}", book, segment); }
std::string book_stem(std::string_view book, std::string_view what) { return fmt::format("{}/{}", book, what); }
std::string manifest_name(uint64_t run) { return fmt::format("manifest.{}", run); }

const BackupFile* Manifest::find(std::string_view stem) const {
  const auto it = std::find_if(files.begin(), files.end(), [&](const BackupFile& file) { return file.stem() == stem; });
  return it == files.end() ? nullptr : &*it;
}

uint64_t Manifest::first(std::string_view book) const {
  const auto* dropped = find(book_stem(book, "dropped"));
  return dropped ? dropped->bytes / sizeof(Hash) : 0;
}

Result<std::vector<Hash>> read_dropped(const std::string& folder, const BackupFile& file) {
  std::ifstream bytes((fs::path(folder) / file.name).string(), std::ios::binary);
  std::vector<Hash> leaves(file.bytes / sizeof(Hash));
  for (auto& leaf : leaves) bytes.read(reinterpret_cast<char*>(leaf.data()), static_cast<std::streamsize>(leaf.size()));
  if (!bytes || leaves.empty() || file.bytes % (kTileWidth * sizeof(Hash)) != 0)
    return Error{Fault::kCorrupt, fmt::format("{}: found {} bytes, want the hashes of whole bundles", file.name, file.bytes)};
  return leaves;
}

std::string Manifest::text() const {
  std::string text = fmt::format("{}\nrun {}\nmade {}\nledger {}\nfolder {}\n", kFirstLine, run, made_at, ledger, folder);
  for (const auto book : kBooks) text += fmt::format("{} {} {}\n", book, head(book).size, to_base64(head(book).root));
  for (const auto book : kBooks) text += fmt::format("{}-keys {}\n", book, keys(book));
  for (const auto& file : files) text += fmt::format("file {} {} {}\n", to_hex(file.digest), file.bytes, file.name);
  return text + digest_line(text);
}

Result<Manifest> Manifest::parse(std::string_view text) {
  const auto last = text.size() < 2 ? std::string_view::npos : text.rfind('\n', text.size() - 2);
  if (last == std::string_view::npos || digest_line(text.substr(0, last + 1)) != text.substr(last + 1))
    return no_manifest("a text that is not the one its last line is the digest of");
  Lines lines(text.substr(0, last + 1));
  if (lines.take("daybook") != std::optional(kFirstLine.substr(8))) return no_manifest("another first line");
  const auto run = lines.take("run"), made = lines.take("made"), ledger = lines.take("ledger"), folder = lines.take("folder");
  const auto programme = head_of(lines.take("programme").value_or("")), access = head_of(lines.take("access").value_or(""));
  const auto programme_keys = number_of(lines.take("programme-keys").value_or("")), access_keys = number_of(lines.take("access-keys").value_or(""));
  const auto number = number_of(run.value_or(""));
  if (!number || !made || !ledger || !folder || !programme || !access || !programme_keys || !access_keys) return no_manifest("other lines");
  Manifest manifest{*number, std::string(*made), std::string(*ledger), std::string(*folder), *programme, *access, *programme_keys, *access_keys, {}};
  while (lines.next_is("file")) {
    auto file = file_of(lines.take("file").value_or(""));
    if (!file) return no_manifest("a line that names no file");
    if (!manifest.files.empty() && file->name <= manifest.files.back().name) return no_manifest("files that are not in order");
    manifest.files.push_back(std::move(*file));
  }
  return lines.done() ? Result<Manifest>(std::move(manifest)) : no_manifest("other lines");
}

std::vector<uint64_t> runs_in(const std::string& folder) {
  std::vector<uint64_t> runs;
  std::error_code failed;
  for (const auto& file : fs::directory_iterator(folder, failed)) {
    const auto name = file.path().filename().string();
    const auto run = name.starts_with("manifest.") ? number_of(std::string_view(name).substr(9)) : std::nullopt;
    if (run && *run > 0) runs.push_back(*run);
  }
  std::sort(runs.begin(), runs.end());
  return runs;
}

Result<StoredManifest> read_manifest(const std::string& folder, uint64_t run) {
  const auto name = manifest_name(run);
  std::ifstream file(fs::path(folder) / name, std::ios::binary);
  if (!file) return Error{Fault::kStorage, name + ": cannot be read"};
  StoredManifest stored{{}, std::string(std::istreambuf_iterator<char>(file), {})};
  const auto split = stored.note.rfind("\n\n");
  auto manifest = split == std::string::npos ? Result<Manifest>(no_manifest("no signature")) : Manifest::parse(stored.note.substr(0, split + 1));
  if (!manifest) return Error{Fault::kCorrupt, name + ": " + manifest.error().message};
  stored.manifest = std::move(manifest).value();
  if (stored.manifest.run != run) return Error{Fault::kCorrupt, fmt::format("{}: found the manifest of run {}", name, stored.manifest.run)};
  return stored;
}

Result<void> check_signed(const StoredManifest& stored, const VerifierKey& key) {
  const auto name = manifest_name(stored.manifest.run);
  const auto text = open_note(stored.note, {key});
  if (!text) return Error{Fault::kCorrupt, fmt::format("{}: found one that {} did not sign: {}", name, key.name, text.error().message)};
  const auto signature = stored.note.substr(text.value().size() + 1);
  if (std::count(signature.begin(), signature.end(), '\n') != 1) return Error{Fault::kCorrupt, name + ": found more than one signature"};
  return success();
}

bool is_backup_name(std::string_view name) {
  if (name.ends_with(".next")) name.remove_suffix(5);
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || !number_of(name.substr(dot + 1)) || name.substr(dot + 1) == "0") return false;
  const auto stem = name.substr(0, dot);
  if (stem == kConfigStem || stem == "manifest") return true;
  for (const auto book : kBooks) {
    for (const auto* what : {"rows", "checkpoints", "head", "dropped"}) {
      if (stem == book_stem(book, what)) return true;
    }
    for (const auto* what : {"entries", "sealed"}) {
      const auto folder = fmt::format("{}/{}/", book, what);
      if (stem.starts_with(folder) && stem.size() >= folder.size() + 6 && all_digits(stem.substr(folder.size()))) return true;
    }
  }
  return false;
}

Result<std::vector<std::string>> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (fs::recursive_directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
    const auto name = it->path().lexically_relative(folder).generic_string();
    if (!it->is_directory() && name != "lock") names.push_back(name);
  }
  if (failed) return Error{Fault::kStorage, folder + ": " + failed.message()};
  std::sort(names.begin(), names.end());
  return names;
}

Result<BackupFile> measure(const Source& source) {
  BackupFile measured;
  Sha256Stream digest;
  DAYBOOK_TRY(source([&](std::string_view part) -> Result<void> {
    measured.bytes += part.size();
    digest.update(as_bytes(part));
    return success();
  }));
  measured.digest = digest.finish();
  return measured;
}

Result<BackupFile> measure_file(const std::string& path) {
  return measure([&](const Sink& sink) -> Result<void> {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error{Fault::kStorage, path + ": cannot be read"};
    std::string part(1 << 18, '\0');
    while (file.read(part.data(), static_cast<std::streamsize>(part.size())) || file.gcount() > 0) {
      DAYBOOK_TRY(sink(std::string_view(part).substr(0, static_cast<size_t>(file.gcount()))));
    }
    return file.bad() ? Result<void>(Error{Fault::kStorage, path + ": cannot be read to its end"}) : Result<void>(success());
  });
}

std::string entry_part(std::string_view entry) {
  std::string part;
  append_big_endian(part, entry.size(), 2);
  return part.append(entry);
}

std::string row_part(std::string_view key, std::string_view value) {
  std::string part;
  append_big_endian(part, key.size(), 2);
  part += key;
  append_big_endian(part, value.size(), 4);
  return part.append(value);
}

Result<PartsReader> PartsReader::open(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rbe");
  if (!file) return Error{Fault::kStorage, path + ": " + std::strerror(errno)};
  std::setvbuf(file, nullptr, _IOFBF, 1 << 18);
  return PartsReader(path, file);
}

// What stands behind a length of so many bytes.
Result<bool> PartsReader::next_part(std::string& part, size_t length_bytes, bool may_end) {
  const auto cut = [&] { return Error{Fault::kCorrupt, path_ + ": found its end within an entry or a row"}; };
  std::string length(length_bytes, '\0');
  const auto got = std::fread(length.data(), 1, length.size(), file_.get());
  if (std::ferror(file_.get())) return Error{Fault::kStorage, path_ + ": cannot be read"};
  if (got == 0 && may_end) return false;
  if (got != length.size()) return cut();
  uint64_t left = from_big_endian(length);
  part.clear();
  while (left > 0) {  // a length that is not true takes no more room than there are bytes
    const auto at = part.size();
    part.resize(at + std::min<uint64_t>(left, 1 << 20));
    if (std::fread(part.data() + at, 1, part.size() - at, file_.get()) != part.size() - at) return cut();
    left -= part.size() - at;
  }
  return true;
}

Result<bool> PartsReader::next_entry(std::string& entry) { return next_part(entry, 2, true); }

Result<bool> PartsReader::next_row(std::string& key, std::string& value) {
  DAYBOOK_TRY(const auto more, next_part(key, 2, true));
  if (!more) return false;
  return next_part(value, 4, false);
}

bool lies_in(const std::string& path, const std::string& folder) {
  std::error_code ignored;
  const auto inner = (fs::weakly_canonical(fs::absolute(path), ignored) / "").lexically_normal();
  const auto outer = (fs::weakly_canonical(fs::absolute(folder), ignored) / "").lexically_normal();
  return inner.string().starts_with(outer.string());
}

}  // namespace daybook
