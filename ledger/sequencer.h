// The one writer of a programme book. It takes commands from any thread, decides them one after the other against the
// newest state, writes what waits as one group with one fsync, and only then answers. So nothing is given twice, and
// no refusal names a winner that a crash could take back.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "ledger/clock.h"
#include "ledger/decide.h"
#include "ledger/digest.h"
#include "ledger/event_log.h"
#include "ledger/facts.h"
#include "ledger/vault.h"

namespace daybook {

enum class Outcome {
  kRecorded,   // events were appended: they are durable
  kRefused,    // a rule said no; of a row, the refusal is recorded
  kUnchanged,  // the row, or the idempotency key, was here before: nothing was appended
  kFailed,     // see `error`: of a failed write the outcome is unknown; kFull: nothing was written, and it works when there is room
};

struct Answer {
  Outcome outcome = Outcome::kFailed;
  Appended range;     // what was appended, now or (kUnchanged) before
  Refusal refusal;    // kRefused; and kUnchanged where the row stands refused: only its `rule`
  std::string flags;  // ;-separated: unsponsored, outside-window, same-miss
  Error error{Fault::kStorage, ""};
  std::vector<Event> events = {};  // what was appended now
};

class Sequencer {
 public:
  // Folds the log into state, from `known` on (a fold of its beginning), and starts. All parts are borrowed and must outlive the sequencer; nobody
  // else may append. kCorrupt if the log does not decode; kRejected if the clock stands more than five minutes before the newest event. `on_unknown`
  // is called, on the sequencer's thread and before any answer, if a write failed and its outcome is unknown: it should end the process. Without one,
  // commands are answered kFailed from then on. `rights`: who may do what.
  static Result<std::unique_ptr<Sequencer>> start(EventLog& log, const VaultKeys& keys, const Clock& clock, Randomness& randomness,
                                                  bool clock_confirmed = false, std::function<void(const Error&)> on_unknown = {}, State known = {},
                                                  DoTable rights = shipped_do_table());
  ~Sequencer();  // answers what waits, then stops

  // `answer` is called once, on the sequencer's thread: it must be quick and must not call back. Blocks while 4,096 wait.
  void submit(Command command, std::function<void(Answer)> answer);
  Answer execute(Command command);

  // Where a command with its idempotency key went, if one was recorded; nullopt also where it has none.
  Result<std::optional<Appended>> asked_before(const Command& command) const;
  // How many wait that it has not begun to decide.
  size_t waiting() const;

  // Runs `look` on the state as it is durable, between two groups.
  void look(const std::function<void(const State&)>& look);

 private:
  using Callback = std::function<void(Answer)>;
  struct Job {
    std::variant<Command, std::function<void(const State&)>> task;
    Callback answer;
  };
  class Group;

  Sequencer(EventLog& log, const VaultKeys& keys, const Clock& clock, Randomness& randomness, DoTable rights);
  void enqueue(Job job);
  void run();
  void linger(std::unique_lock<std::mutex>& lock);
  void serve(std::deque<Job> jobs);
  void commit(Group& group);
  std::string keyed(const std::string& idempotency_key) const;
  std::string clock_fault();

  EventLog& log_;
  const VaultKeys& keys_;
  const Clock& clock_;
  Randomness& randomness_;
  const std::string zone_data_;
  const DoTable rights_;
  State state_;  // of the sequencer's thread
  NameCache names_;
  std::function<void(const Error&)> on_unknown_;
  std::string broken_;  // why nothing is written any more; empty while all is well
  Instant wall_start_;
  std::chrono::microseconds running_start_;

  mutable std::mutex mutex_;
  std::condition_variable arrived_, taken_;
  std::deque<Job> waiting_;
  size_t wanted_ = 1;      // the writer is woken when so many wait
  size_t last_group_ = 0;  // commands of the newest group; of the sequencer's thread
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace daybook
