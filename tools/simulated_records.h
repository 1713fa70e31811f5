// How what happens in a simulated organisation comes into the record: at once, late, or on somebody's spreadsheet.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ledger/import.h"
#include "tools/agenda.h"
#include "tools/organisation.h"
#include "tools/simulated_people.h"

namespace daybook {

// Something that somebody did, a row of activity.csv.
struct Deed {
  Act act;
  Instant at;
  std::string actor;  // staff number
  std::function<void(bool recorded)> then = {};
};

class SimulatedRecords {
 public:
  // All are borrowed.
  SimulatedRecords(Agenda& agenda, Sequencer& sequencer, const VaultKeys& keys, Randomness& randomness, Chance& chance)
      : agenda_(agenda), sequencer_(sequencer), keys_(keys), randomness_(randomness), chance_(chance) {}

  // A command by hand, now. `happened_at`: as --on and `at=` take it.
  void by_hand(CommandBody body, std::optional<Instant> happened_at = std::nullopt, Agenda::Then then = {});
  // The ledger's clock records the deadlines that have passed.
  void let_time_pass();
  // A deed written down within the hours.
  void promptly(Deed deed);
  // A deed written down at once, days or weeks later, or on the month's sheet.
  void sooner_or_later(Deed deed);
  // The month's sheet is imported. Its rows that a rule refuses are recorded as that.
  void hand_in();

  // Rows of a sheet, imported now. `row` hears of each what became of it. `effective`: as --effective takes it.
  using Rows = std::vector<std::vector<std::string>>;
  void import(const std::string& sheet, const Rows& rows, std::optional<Instant> effective = std::nullopt,
              const std::function<void(const ReportRow&)>& row = {});

 private:
  void write_down(const Deed& deed, Instant when);

  Agenda& agenda_;
  Sequencer& sequencer_;
  const VaultKeys& keys_;
  Randomness& randomness_;
  Chance& chance_;
  std::vector<Deed> sheet_;
};

}  // namespace daybook
