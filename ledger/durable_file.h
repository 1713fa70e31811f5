// Small files that must survive a power cut.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "ledger/result.h"

namespace daybook {

// Writes a new file whole and durable; kRejected if one is there.
Result<void> write_new_file(const std::string& path, std::string_view text, unsigned mode);

// Puts `text` in the place of the file as one step: after a crash the old text is there, or the new one.
Result<void> replace_file(const std::string& path, std::string_view text, unsigned mode);

// The bytes of a file, a part at a time, to whoever takes them.
using Sink = std::function<Result<void>(std::string_view part)>;
using Source = std::function<Result<void>(const Sink& sink)>;

// The same for a file that is better not held whole.
Result<void> replace_file(const std::string& path, const Source& source, unsigned mode);

// The same for a file of secrets, readable by its owner alone: zeros are written over what stood there before, as far as the file system lets
// anybody do so.
Result<void> replace_key_file(const std::string& path, std::string_view text);

// Writes zeros over a file, durably, and removes it. What lies below the file system may keep a copy.
Result<void> overwrite_and_remove(const std::string& path);

// Makes a folder and those above it, where they are not there; each is durable.
Result<void> make_folder(const std::string& path);

// Gives a folder its place, where nothing or an empty folder stands, as one step that survives a crash.
Result<void> move_folder(const std::string& from, const std::string& to);

}  // namespace daybook
