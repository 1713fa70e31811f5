// Who works in a simulated organisation: people with plausible facts, none of them real.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/event.h"

namespace daybook {

// What happens by chance. The same seed gives the same on any machine: the standard library's distributions would not.
class Chance {
 public:
  explicit Chance(uint64_t seed) : engine_(seed) {}
  uint64_t below(uint64_t end) { return engine_() % end; }
  int64_t from_to(int64_t first, int64_t last) { return first + static_cast<int64_t>(below(static_cast<uint64_t>(last - first + 1))); }
  bool percent(unsigned of_hundred) { return below(100) < of_hundred; }
  template <class List>
  const auto& one_of(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  std::mt19937_64 engine_;
};

// The `number`th member of staff as of `today`: of IOM or of the UN Secretariat. `newcomer`: entered on duty this month.
StaffRecorded make_staff(uint64_t number, Day today, bool newcomer, Chance& chance);

// What a personnel office finds wrong years later: another contract, entry date or training, one of them.
void correct(StaffRecorded& staff, Day today, Chance& chance);

// Somebody who asked to coach in `programme`: accepted as a rule, some pending, some unfit by a rule.
CoachRecorded make_coach(const std::string& programme, uint32_t capacity_max, Day today, Chance& chance);

std::string a_motivation(Chance& chance);
std::string a_comment(Chance& chance);

// Rows of the sheets of that name, cells in the contract's order.
std::vector<std::string> staff_row(const StaffRecorded& staff);
std::vector<std::string> coach_row(const std::string& staff_number, const CoachRecorded& coach);

}  // namespace daybook
