// What is kept in memory of every event, so that those a question may be about are found without reading all others. It only says where to look: an
// event that is found is read, and judged as ever. Nothing in it is confidential, and nothing of it is on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "ledger/event_log.h"
#include "ledger/record_owners.h"

namespace daybook {

struct EventFilter;
struct RefusedFilter;

// The programmes that the rows of imports name, by batch. Rows of people alone name none.
using ImportProgrammes = std::map<std::string, std::set<std::string>>;

// For any number of threads. Each call first reads what became durable since the last one, as far as it needs it: the first reads the whole record.
// kCorrupt as read_events. Positions are ascending; a mark is a short hash, so now and then one of another event comes along.
class EventMarks {
 public:
  explicit EventMarks(const EventLog& log) : log_(log), first_(log.first()) {}  // borrowed

  // Reads on to `end`, so that who asks next need not.
  Result<void> reach(Position end);

  // Where in the half-open range events stand that meet stream, reference, kinds, actor, role and correlation of the filter. nullopt: it has none of
  // these, and any event may.
  Result<std::optional<std::vector<Position>>> candidates(const EventFilter& filter, Position from, Position to);

  // Where before `end` the rows stand that were refused and may pass, and what was made of them since.
  Result<std::vector<Position>> refused(const RefusedFilter& filter, Position end);

  // Each event of the half-open range [from, end) that corrects one there: that one, its own position, and when it happened. By the one corrected.
  struct Correction {
    Position corrected, correcting;
    Instant happened_at;
  };
  Result<std::vector<Correction>> corrections(Position from, Position end);

  // Calls `use` for each event of the half-open range that another led to.
  Result<void> causes(Position from, Position end, const std::function<void(Position event, Position cause)>& use);

  // Of the rows before `end`.
  Result<ImportProgrammes> import_programmes(Position end);

 private:
  struct Mark {
    uint64_t caused_by;
    uint32_t stream, subject, actor, correlation, ref, cycle;  // hashes; the last two of a refused row
    uint16_t kind;                                             // its index in Body
    uint16_t role;                                             // a hash
  };
  class Wanted;
  void add(const Event& event);
  Position end() const { return {first_.value + marks_.size()}; }
  template <class Use>
  void each(Position from, Position to, const Use& use) const;

  const EventLog& log_;
  const Position first_;
  std::shared_mutex mutex_;
  std::vector<Mark> marks_;
  std::vector<Position> refused_;                                              // the rows
  std::map<Position, std::vector<std::pair<Position, Instant>>> corrections_;  // by the one corrected
  std::map<Position, std::vector<Position>> standing_again_;                   // by the one that stands again: the undoings
  std::map<std::string, std::map<std::string, Position>> programmes_;          // by batch: each programme, and the first row that names it
  RunningCohorts cohorts_;
};

}  // namespace daybook
