// Small files that must survive a power cut.
#pragma once

#include <string>
#include <string_view>

#include "ledger/result.h"

namespace daybook {

// Writes a new file whole and durable; kRejected if one is there.
Result<void> write_new_file(const std::string& path, std::string_view text, unsigned mode);

// Puts `text` in the place of the file as one step: after a crash the old text is there, or the new one.
Result<void> replace_file(const std::string& path, std::string_view text, unsigned mode);

// Makes a folder and those above it, where they are not there; each is durable.
Result<void> make_folder(const std::string& path);

// Gives a folder its place, where nothing or an empty folder stands, as one step that survives a crash.
Result<void> move_folder(const std::string& from, const std::string& to);

}  // namespace daybook
