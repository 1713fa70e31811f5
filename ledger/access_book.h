// The access book: who looked at which confidential fields, when, why, in which role. Same code as the programme book,
// a log of its own. An answer with confidential fields is given only after its look is durable here.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

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
  std::string unit;               // in which the role is held; empty for all
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
  // answer must not be given.
  Result<Position> record(const Look& look);

  // Takes everything that this book holds of a person out of its vault, with an event that says so. Nothing held: nothing done.
  Result<void> erase(const PersonId& person, Day known_until);

  // Drops the looks that are older than the policy keeps them: whole bundles, after an event that says so. What is left
  // still verifies. Nothing that old: nothing done.
  Result<void> expire(uint32_t kept_days);

  EventLog& log() { return *log_; }
  OwnerKeys& owners() { return *keys_.owners; }
  // The same for a book that goes on from an older head: that it does, and then whose values it lost because they were erased since.
  Result<void> record_restore(const RecordRestore& restore, const std::string& operator_name);

 private:
  Result<Instant> recorded_at() const;
  Result<void> begin(Event& event, Batch& batch);
  Result<void> stage(Event& event, Batch& batch);
  Result<void> finish(const Event& event, Batch& batch);
  Result<void> write(const Batch& batch);
  Result<PersonId> named(const std::string& name, PersonId known, Batch& batch);
  std::string random_bytes();

  std::unique_ptr<BookLock> lock_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Checkpointer> checkpointer_;
  const VaultKeys keys_;
  const Clock& clock_;
  Randomness& randomness_;
};

}  // namespace daybook
