// A simulated organisation: it lives years of programme time through the real command path, so that a ledger grows as in
// life. People come, apply, are seated, coached and leave; much is written down late, some of it wrong and mended. For
// tests and demos. The same size and seed give the same life; only random ids differ, where randomness does.
#pragma once

#include <functional>
#include <memory>

#include "ledger/sequencer.h"
#include "tools/agenda.h"

namespace daybook {

// Who administers its programmes: must hold that role of every programme before the life begins.
inline constexpr const char* kProgrammeTeam = "programme-team";

struct OrganisationSize {
  uint64_t people = 400;  // when it begins
  int years = 3;
  uint64_t seed = 1;
};

// When a life begins, if nothing stands before it in the ledger: early enough for all cycles of the shipped charters.
Instant life_begins();
inline constexpr int kYearsMax = 10;  // charters take no day after 2037

class Organisation {
 public:
  // On a ledger that holds no more than the shipped charters. `clock` is the sequencer's; its time is when the life
  // begins. All are borrowed.
  Organisation(Sequencer& sequencer, const VaultKeys& keys, Randomness& randomness, SimulatedClock& clock, const OrganisationSize& size);
  ~Organisation();

  // The whole life. `month` is called with the first moment of each as it comes. The error is the ledger's.
  Result<void> live(const std::function<void(Instant)>& month = {});

 private:
  class Life;
  std::unique_ptr<Life> life_;
};

}  // namespace daybook
