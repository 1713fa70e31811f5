// Answers of the read side as JSON. Every text in it is in ASCII, whatever script it was given in.
#pragma once

#include <string>
#include <vector>

#include "ledger/digest.h"
#include "ledger/merkle.h"
#include "projections/card.h"
#include "projections/editions.h"
#include "projections/table.h"

namespace daybook {

// "position":..,"checkpoint":{..},"state_version":.. and, if there is one, "looks":[..]: what stands in every answer. `looks`: the places in the
// access book by which it was written down.
std::string standing_json(const TreeHead& head, const std::vector<Position>& looks);

// The rows of the half-open range, each an object by the names of the columns. A number that is not there is null.
std::string rows_json(const Table& table, size_t first, size_t end);
std::string cards_json(const std::vector<Card>& cards);
std::string edition_json(const Edition& edition);

}  // namespace daybook
