// The access book: who looked at which confidential fields, when, why, in which role. Same code as the programme book,
// a log of its own. An answer with confidential fields is given only after its look is durable here.
//
// Looks may come from many threads. What waits is written as one group: one fsync, one reading back, one signed checkpoint,
// and only then is each answered. Durable alone would not do: whoever looks may also be able to end the process and to cut
// the newest write off its file, and as long as no checkpoint outside the database has seen it, nothing tells. The threads
// of a group share what that costs.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "ledger/clock.h"
#include "ledger/codec.h"
#include "ledger/command.h"
#include "ledger/event_log.h"
#include "ledger/vault.h"

namespace daybook {

class BookLock;
class Checkpointer;

struct Look {
  std::string actor, role, purpose;  // as they were given
  PersonId actor_id;                 // if the programme book knows the actor; else empty
  std::string operator_name;         // user@host
  bool authenticated = false;
  std::string verb;             // what was asked for
  std::set<PersonId> subjects;  // whose fields were shown or, of a denied look, who was asked about and is there
  std::set<FieldClass> classes;
  CycleId cycle;                  // where the question was about one
  bool denied = false;            // it was asked for and not given
  std::optional<Position> glass;  // the GlassBroken that the right rests on
  std::string unit;               // of the grants that it rests on, with ; between; empty for all
  Position book_end;              // of the programme book, when the answer was made
};

class AccessBook {
 public:
  // At most this many subjects stand in one event; a larger look is several with one correlation id.
  static constexpr size_t kSubjectsMax = 1000;  // an id takes some 48 bytes of the 65,535 an entry may have

  // Clock and randomness are borrowed.
  AccessBook(std::unique_ptr<BookLock> lock, std::unique_ptr<EventLog> log, std::unique_ptr<Checkpointer> checkpointer, VaultKeys keys,
             const Clock& clock, Randomness& randomness);
  ~AccessBook();

  // Durable and under a signed checkpoint when it returns: its first position, by which the answer names it. On an error the
  // answer must not be given; all that were to be written with it get the same one. kFull: the next look works when there is
  // room. After a write of unknown outcome, or one that could not be read back, every later look is refused until the book
  // is opened again. From any thread.
  Result<Position> record(const Look& look);

  // Why the next look would be refused, as far as that is known without one: no room, a write that failed, a clock that was set back. kBusy:
  // something is being written, and nothing is known. Does not wait, and writes no look. From any thread.
  Result<void> writable();

  // The calls below are from any thread too: each waits until it writes alone.

  // Takes everything that this book holds of a person out of its vault, with an event that says so; and of whom it knows under an id of its own
  // by one of the `names`, the keys of their rows in the index: they looked before the programme book knew them. Nothing held: nothing done.
  Result<void> erase(const PersonId& person, const std::set<std::string>& names, Day known_until);

  // Drops the looks that are older than the policy keeps them: whole bundles, after an event that says so, and with them the names of those
  // who did not look since. What is left still verifies. Nothing that old: nothing done.
  Result<void> expire(uint32_t kept_days);

  // As EventLog::purge.
  Result<void> purge();

  // Runs `work` while nothing else is written here: a look is written before it, or after.
  void alone(const std::function<void()>& work);

  EventLog& log() { return *log_; }
  // Of this book, as long as it is there: who looked, by name, and why.
  Vault vault() const { return Vault(*log_, keys_); }
  OwnerKeys& owners() { return *keys_.owners; }
  // The same for a book that goes on from an older head: that it does, and then whose values it lost because they were erased since.
  Result<void> record_restore(const RecordRestore& restore, const std::string& operator_name);

 private:
  struct Draft;
  struct Waiting;
  void lead(std::unique_lock<std::mutex>& lock);
  std::vector<Result<Position>> write_looks(std::span<Waiting* const> group);
  std::vector<Result<Position>> write_group(std::span<Waiting* const> group);
  Result<Position> add(const Look& look, Draft& draft);
  Result<Position> add_events(const Look& look, Draft& draft);
  Result<Draft> draft() const;
  Result<void> erase_one(const PersonId& person, Day known_until);
  Result<std::vector<PersonId>> all_named() const;  // everybody whose name stands in this book
  Result<void> drop_names(Position first, Batch& batch) const;
  Result<Instant> recorded_at() const;
  Result<void> begin(Event& event, Draft& draft);
  Result<void> stage(Event& event, Draft& draft);
  void end(const Event& event, Draft& draft) const;
  Result<void> write(const Draft& draft);
  Result<PersonId> named(const std::string& name, PersonId known, Draft& draft);
  std::string random_bytes();

  std::unique_ptr<BookLock> lock_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Checkpointer> checkpointer_;
  const VaultKeys keys_;
  const Clock& clock_;
  Randomness& randomness_;

  std::mutex write_mutex_;       // held by whoever writes
  std::optional<Error> broken_;  // why nothing is written any more; of the writer

  std::mutex mutex_;
  std::condition_variable answered_;
  std::vector<Waiting*> waiting_;
  bool led_ = false;  // one of the threads writes what waited
};

}  // namespace daybook
