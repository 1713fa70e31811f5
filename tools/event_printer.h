// Events as history prints them: a sentence each for people, rows or JSON for programs. Printed as they come.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "projections/told_events.h"
#include "tools/output.h"

namespace daybook {

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
