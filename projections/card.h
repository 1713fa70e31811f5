// What is known of one thing, line by line, each with the events that stand behind it.
#pragma once

#include <string>
#include <vector>

#include "ledger/types.h"

namespace daybook {

struct Line {
  std::string label, value;
  std::vector<Position> events;  // which made it so
};

struct Section {
  std::string heading;
  std::vector<Line> lines;
};

struct Card {
  std::string title;
  std::vector<Section> sections;

  Section& section(std::string heading) { return sections.emplace_back(Section{std::move(heading), {}}); }
};

}  // namespace daybook
