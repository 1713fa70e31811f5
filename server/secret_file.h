// A secret of the service's own, which stands in a file and nowhere else: not among the arguments, not in the environment.
#pragma once

#include <string>

#include "ledger/result.h"

namespace daybook {

// The one line of `path`, without its end. kRejected: it cannot be read, others can read it (want mode 0600), or it is not one line of 1 to 1,000
// printable letters of ASCII. Nothing that it holds is in the error.
Result<std::string> read_secret_file(const std::string& path);

}  // namespace daybook
