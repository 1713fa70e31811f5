// Events as history prints them: a sentence each for people, rows or JSON for programs. Printed as they come.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "projections/told_events.h"
#include "tools/output.h"

namespace daybook {

class EventPrinter {
 public:
  // `endless`: there is no last event. Each is out when it is printed, and JSON is a line each.
  EventPrinter(Format format, bool for_spreadsheet, bool endless);

  void print(const std::vector<ToldEvent>& events);
  // After the last of them. `next`: the position to go on after, if there are more. `looks`: those that they rest on.
  void end(std::optional<Position> next, const std::vector<Position>& looks = {});

 private:
  std::string text_line(const ToldEvent& told) const;
  std::vector<std::string> row(const ToldEvent& told) const;

  const Format format_;
  const bool endless_;
  bool first_ = true;
  TableWriter table_;
};

}  // namespace daybook
