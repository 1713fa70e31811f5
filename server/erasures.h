// What erasures leave to do on disk, done beside a service that goes on: the access book and the files let go of what was erased, keys are wrapped
// anew, the erasure is certified.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "ledger/ledger_folder.h"
#include "server/identity/identity.h"
#include "server/identity/sessions.h"
#include "server/service_log.h"

namespace daybook {

// For any number of threads.
class Erasures {
 public:
  // `book` is the ledger's access book. `sessions` of whoever is called what nobody is called any more end at an erasure: they hold the name;
  // `of_sessions`: by what the provider of sessions calls people. All are borrowed.
  Erasures(Ledger& ledger, AccessBook& book, const People& of_sessions, Sessions& sessions, const Clock& clock, ServiceLog& log)
      : ledger_(ledger), book_(book), of_sessions_(of_sessions), sessions_(sessions), clock_(clock), log_(log) {}

  // Does what is left for `erased`, a PersonErased or CohortExpired, and for all others: in memory, then on disk. Whether nothing is left for it: if
  // not, the files or keys failed, which `wrong` says, or keys were changed less than a day ago, and the certificate follows.
  bool finish(const Event& erased);

  // Does all that is left. What failed is said in the log, and is done the next time.
  void finish();

  // Drops what a day ends: the looks that are older than the policy keeps them, and what was to be known of the erased until then.
  Result<void> drop_outlived();

  // Why the newest finish() or drop_outlived() failed; nullopt: it did not.
  std::optional<std::string> wrong() const;

 private:
  bool is_finished(const Event& erased) const;
  void end_sessions();
  void note(const Result<void>& done, std::optional<std::string>& wrong);

  Ledger& ledger_;
  AccessBook& book_;
  const People& of_sessions_;
  Sessions& sessions_;
  const Clock& clock_;
  ServiceLog& log_;
  mutable std::mutex mutex_;
  std::optional<std::string> unfinished_, undropped_;
};

// Finishes them at once, and every `every`, until it is destroyed; once a day what has outlived its time goes too. Both are borrowed.
class ErasureKeeper {
 public:
  ErasureKeeper(Erasures& erasures, const Clock& clock, std::chrono::seconds every);

 private:
  std::jthread thread_;
};

}  // namespace daybook
