// Where the next page of a list begins, as a word that means something to this process alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/digest.h"

namespace daybook {

// Every page is of the same moment, so that each row stands on one of them, once.
struct Cursor {
  Position at;                    // what was recorded before it
  std::string happened_by, sort;  // as they were asked for, without line ends
  uint64_t row = 0;               // the first of the next page
  std::optional<Day> today = {};  // that the first page was held against, where it was held against one
  bool operator==(const Cursor&) const = default;
};

class Cursors {
 public:
  explicit Cursors(Randomness& randomness);

  // `list`: what it is a page of; a cursor of one list is none of another.
  std::string write(std::string_view list, const Cursor& cursor) const;
  // nullopt for anything but what write() of this object made for the list.
  std::optional<Cursor> read(std::string_view list, std::string_view text) const;

 private:
  std::string sealed(std::string_view list, std::string_view text) const;
  Hash key_{};
};

}  // namespace daybook
