// A backup as it lies on disk: its files, and the manifest of each run that ended. FORMAT.md, "A backup", describes every
// byte; change that page first.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/durable_file.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "ledger/result.h"

namespace daybook {

inline constexpr uint64_t kBackupSegment = 65'536;  // entries to a file: 256 bundles
inline constexpr std::string_view kBooks[] = {"programme", "access"};

// A file below the backup's folder. Its name is its stem, a dot and the run that wrote it: a file never changes.
struct BackupFile {
  std::string name;
  uint64_t bytes = 0;
  Hash digest{};  // SHA-256
  std::string_view stem() const { return std::string_view(name).substr(0, name.rfind('.')); }
  bool operator==(const BackupFile&) const = default;
};
std::string entries_stem(std::string_view book, uint64_t segment);  // programme/entries/000012
std::string sealed_stem(std::string_view book, uint64_t segment);
std::string book_stem(std::string_view book, std::string_view what);  // programme/rows, programme/checkpoints, programme/head, access/dropped
inline constexpr std::string_view kConfigStem = "daybook.toml";

// What one run backed up: the two books to their ends, and the files that hold them, those of earlier runs among them.
struct Manifest {
  uint64_t run = 0;                              // from 1
  std::string made_at;                           // RFC 3339
  std::string ledger, folder;                    // the ledger's id; where it stood, empty if that cannot be written in a line
  TreeHead programme, access;                    // what was backed up of each book
  uint64_t programme_keys = 0, access_keys = 0;  // wrapped keys of owners that stood in each vault; they are backed up apart
  std::vector<BackupFile> files;                 // by name, ascending

  const TreeHead& head(std::string_view book) const { return book == "access" ? access : programme; }
  uint64_t keys(std::string_view book) const { return book == "access" ? access_keys : programme_keys; }
  const BackupFile* find(std::string_view stem) const;  // null if it has no such file
  uint64_t first(std::string_view book) const;          // of its entries: those before it had been dropped, and only their hashes are there
  std::string text() const;                             // ends with its own digest
  // kCorrupt if the text is not one that text() gives: its own digest too.
  static Result<Manifest> parse(std::string_view text);
};

// A manifest and the note that it stands in, whose signature was not looked at yet.
struct StoredManifest {
  Manifest manifest;
  std::string note;
};
std::string manifest_name(uint64_t run);
std::vector<uint64_t> runs_in(const std::string& folder);  // that ended: those with a manifest, oldest first
Result<StoredManifest> read_manifest(const std::string& folder, uint64_t run);
// kCorrupt unless `key` alone signed it.
Result<void> check_signed(const StoredManifest& stored, const VerifierKey& key);

// Whether a file of that name is one that a run makes, ended or not.
bool is_backup_name(std::string_view name);
// The names of all files below the folder, ascending; the lock left out.
Result<std::vector<std::string>> names_in(const std::string& folder);

// Size and digest of what `source` gives; of a file. The name stays empty.
Result<BackupFile> measure(const Source& source);
Result<BackupFile> measure_file(const std::string& path);

// ---- what stands in them ----
// Entries as in a bundle: each behind its length.
std::string entry_part(std::string_view entry);
// A row: length of its key (2 bytes), key, length of its value (4 bytes), value.
std::string row_part(std::string_view key, std::string_view value);

// The hashes of a file `BOOK/dropped`. kCorrupt unless they are those of whole bundles.
Result<std::vector<Hash>> read_dropped(const std::string& folder, const BackupFile& file);

// Reads a file of entries or rows from its start, one after the other. kCorrupt, naming the file, if it ends within one.
class PartsReader {
 public:
  static Result<PartsReader> open(const std::string& path);
  Result<bool> next_entry(std::string& entry);  // false: there are no more
  Result<bool> next_row(std::string& key, std::string& value);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  PartsReader(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  Result<bool> next_part(std::string& part, size_t length_bytes, bool may_end);
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

// Whether `path` is `folder` or lies in it; links are followed.
bool lies_in(const std::string& path, const std::string& folder);

}  // namespace daybook
