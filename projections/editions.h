// What sponsors and the public are answered from: the editions of a cycle (ledger/EDITIONS.md), as they were published.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/edition.h"
#include "ledger/event_log.h"
#include "ledger/state.h"
#include "projections/table.h"

namespace daybook {

struct Edition {
  Event event;  // EditionPublished
  std::vector<ToldTable> tables;
  const EditionPublished& published() const { return std::get<EditionPublished>(event.body); }
};

// The edition of that number that the audience was told, 0 for the newest; nullopt if there is none.
Result<std::optional<Edition>> find_edition(const EventLog& log, const CycleState& cycle, const std::string& audience, uint32_t number);

// A row for each figure: table, group, count, and the edition whose figure it is.
Table figures(const Edition& edition);

// Every edition of the cycle that was published or is still to come, in order of its day.
Table editions(const CycleState& cycle);

// The day of the next edition; nullopt: none is to come.
std::optional<Day> next_edition_day(const CycleState& cycle, const std::string& audience);

}  // namespace daybook
