// What an edition tells: counts of those who applied, in groups that were merged until nobody can be singled out, neither
// in one edition nor by comparing several. Pure. EDITIONS.md says what is told, and why nothing narrower follows from it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/charter.h"
#include "ledger/result.h"

namespace daybook {

// A group by all that it lies within, the widest first: {"Africa", "Kenya", "Nairobi"}, or {"professional"}. {}: everybody.
using Group = std::vector<std::string>;
using GroupCounts = std::map<Group, uint64_t>;

// Somebody who applied, as far as tables ask.
struct Participant {
  Group place;  // region, country, station; empty where it is not known, or no more
  Group goal;   // likewise
  bool eligible = false, seated = false, paired = false, completed = false;
};

// A table as it was told. Each person counts in the narrowest group named here that they belong to; in {}, which is always
// named, whoever is in no other.
struct ToldTable {
  std::string name, counts, by;  // as in the charter
  uint32_t edition = 0;          // whose figures these are: an earlier edition's, where they are told again
  GroupCounts groups;
  uint64_t total() const;
  bool operator==(const ToldTable&) const = default;
};

// The tables of the edition of that number, in the charter's order: those that can be told, and in place of those that
// cannot be told anew what was told before. `told`: every table of every edition of the cycle, whoever its audience was, in
// order.
std::vector<ToldTable> next_edition(const Charter& charter, std::span<const Participant> participants, const std::vector<ToldTable>& told,
                                    uint32_t number);

// The tables as the event has them, and back. kCorrupt: not of the form that EDITIONS.md describes.
std::string tables_text(std::span<const ToldTable> tables);
Result<std::vector<ToldTable>> read_tables(std::string_view text);

// Of these tables those that the charter has for the audience.
std::vector<ToldTable> told_to(const std::string& audience, const Charter& charter, const std::vector<ToldTable>& tables);

// Those audiences that the charter has any table for.
std::vector<std::string> audiences_of(const Charter& charter);

}  // namespace daybook
