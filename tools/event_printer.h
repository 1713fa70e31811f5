// Events as history prints them: a sentence each for people, rows or JSON for programs. Printed as they come.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/codec.h"
#include "ledger/event.h"
#include "tools/output.h"

namespace daybook {

// An event with what is said of it beside what it holds.
struct ToldEvent {
  Event event;
  std::string sentence;
  std::string corrected_sentence;      // of the event that it corrects, if it corrects one
  std::vector<Position> corrected_by;  // the events that correct it
  std::optional<unsigned> depth;       // in a chain
  // In JSON. `version` counts the stream's events, also those out of reach; `operated`: by whose hand it was recorded; `batch`: with which import.
  bool with_version = true, with_operated = true, with_batch = true;
  std::optional<Commitments> commitments = std::nullopt;  // what stands in the log for the sealed fields, where that is told
};

// What every format prints of an event, whoever read it.
struct SaidEvent {
  Position position;
  Instant recorded_at, happened_at;
  std::string kind, stream, caused_by, corrects, sentence, corrected_sentence;  // positions as text, empty for none
  std::vector<Position> corrected_by;
  std::optional<unsigned> depth;
  std::string json;  // whole; only where JSON is printed
};

class EventPrinter {
 public:
  // `endless`: there is no last event. Each is out when it is printed, and JSON is a line each.
  EventPrinter(Format format, bool for_spreadsheet, bool endless);

  void print(const std::vector<ToldEvent>& events);
  void print(const std::vector<SaidEvent>& events);
  // After the last of them. `next`: the position to go on after, if there are more. `looks`: those that they rest on.
  void end(std::optional<Position> next, const std::vector<Position>& looks = {});

 private:
  const Format format_;
  const bool endless_;
  bool first_ = true;
  TableWriter table_;
};

}  // namespace daybook
