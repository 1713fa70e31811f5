// Files that their owner alone may read: keys, secrets, tokens.
#pragma once

#include <string>

#include "ledger/result.h"

namespace daybook {

// kRejected: others may read or change it. A file that is not there is nobody's to read.
Result<void> want_private(const std::string& path);

// The text of such a file, without the ends of its last line. kNotFound: it is not there. kRejected: others may read or change it, it is no plain
// file, it cannot be read, or it has more than 64 KiB. Nothing that it holds is in the error.
Result<std::string> read_private_file(const std::string& path);

}  // namespace daybook
