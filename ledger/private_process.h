// For a process that holds keys and opened values.
#pragma once

namespace daybook {

// From now on what this process writes is for its owner alone, no core of it is written, and others of the same user cannot read its memory. The
// first call of main: a signal may come before the second.
void keep_process_private();

}  // namespace daybook
