#include "ledger/private_process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace daybook {

void keep_process_private() {
  ::umask(077);
  const rlimit nothing{0, 0};
  ::setrlimit(RLIMIT_CORE, &nothing);
  ::prctl(PR_SET_DUMPABLE, 0);  // the limit does not hold for cores that are piped to a program
}

}  // namespace daybook
