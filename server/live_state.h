// The ledger as it is now, kept between questions: the folded state, its head, and who is who, moved on by the events that became durable since.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <stop_token>

#include "ledger/ledger_folder.h"
#include "projections/event_marks.h"
#include "projections/inquiry.h"
#include "server/caps.h"

namespace daybook {

// For any number of threads.
class LiveState {
 public:
  // Folds the ledger, which is borrowed, and reads who is who.
  static Result<std::unique_ptr<LiveState>> start(Ledger& ledger);

  // The newest, which stays as it is for as long as this is held. Whoever holds one keeps the next event waiting, so nothing slow is done meanwhile.
  class Reading {
   public:
    const Newest& operator*() const { return *newest_; }
    const Newest* operator->() const { return newest_; }

   private:
    friend class LiveState;
    Reading(std::shared_lock<std::shared_mutex> lock, const Newest& newest) : lock_(std::move(lock)), newest_(&newest) {}
    std::shared_lock<std::shared_mutex> lock_;
    const Newest* newest_;
  };
  // With every event that was durable when it was called. The error is the log's or the vault's: then there is no newest.
  Result<Reading> read();

  // A copy of it, for what takes long: nobody waits for whoever holds it. Those who ask while one is made share the next, so that there are few; and
  // the state of one that nobody holds any longer is moved on for the next, so that what that costs does not grow with the record.
  Result<std::shared_ptr<const Newest>> kept();

  // The ledger as it was, folded anew, which takes a state's memory and a processor: kFoldsMax at a time, and a few more wait, until `deadline`.
  // kBusy: the others.
  struct Fold {
    Replayed replayed;
    Turns::Turn place;  // among them, for as long as it or what was made of the state is there
  };
  static constexpr int kFoldsMax = 4;
  Result<Fold> at(const AsOf& as_of, std::chrono::steady_clock::time_point deadline);

  // So many durable events are not in it yet. Waits for nobody.
  uint64_t behind() const;

  // Whether any of them was erased since the record ended at `known_to`: what was made of it may then not be given any more.
  Result<bool> erased_since(const std::set<PersonId>& people, Position known_to);

  // Moves on to the newest durable event. Only a row of the tables whose person's record changed is read anew. After an error, the next call
  // goes on where this one stopped.
  Result<void> catch_up();

  // Of the programme book, by which its events are found; read on as they come, or by whoever asks.
  EventMarks& marks() { return marks_; }

  // Catches up as events come, until it is asked to stop, so that what is erased does not wait in memory for the next question. The error is
  // catch_up's.
  Result<void> follow(const std::stop_token& stop);

 private:
  explicit LiveState(Ledger& ledger) : ledger_(ledger), marks_(ledger.programme()) {}
  bool is_newest(const TreeHead& head);
  Result<void> take_events(Position end);
  Result<void> renew_rows();
  Result<std::unique_ptr<Newest>> copied();

  // The state of a copy that is gone, in which there is nothing confidential: who is who went with the copy.
  struct Spare {
    std::mutex mutex;
    State state;
  };

  Ledger& ledger_;
  EventMarks marks_;
  std::shared_mutex mutex_;
  Newest newest_;
  std::atomic<uint64_t> known_{0};  // events that are in all of it
  bool whole_ = false;              // state, head and tables are of one position
  std::set<PersonId> changed_;      // whose rows are not yet as the state has them

  std::mutex copying_;                // one copies at a time
  std::weak_ptr<const Newest> copy_;  // the newest of them, as long as somebody holds it: what is erased is gone with the last of them
  const std::shared_ptr<Spare> spare_ = std::make_shared<Spare>();

  Turns folds_{kFoldsMax, 8};  // each who waits has a worker
};

}  // namespace daybook
