// Random small seasons out of spreadsheets, imports of which are undone here and there. What was recorded is kept as it
// was given, so that a second ledger can be told all of it but what was undone.
#pragma once

#include <random>
#include <set>

#include "tests/support/test_ledger.h"

namespace daybook::test {

// The text of a sheet: its header, then the rows.
std::string sheet_text(const std::string& sheet, const std::vector<std::string>& rows);

// Rows of a sheet with everything in order; change what a test is about.
std::string staff_row(const std::string& number, const std::string& grade = "P3");
std::string coach_row(const std::string& number, const std::string& programme, int capacity, const std::string& review = "accepted");
std::string application_row(const std::string& ref, const std::string& number, const std::string& cycle, const std::string& at);

// The batch of the newest import.
std::string newest_import(TestLedger& ledger);

class UndoSeason {
 public:
  explicit UndoSeason(uint32_t seed);

  void step();  // one random import or command
  Answer undo_some_import();

  // A ledger that is told what still stands, each row or command by itself. `differing`: what it did not record as the
  // first did, in words.
  std::unique_ptr<TestLedger> told_again(std::vector<std::string>& differing) const;

  TestLedger ledger;

 private:
  struct Told {
    std::string sheet, row;              // of an import
    std::optional<CommandBody> command;  // of a command by hand
    std::string at, said;
    Position position;
  };

  int upto(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  bool one_in(int count) { return upto(count) == 0; }
  template <class T>
  const T& one_of(const std::vector<T>& all) {
    return all[static_cast<size_t>(upto(static_cast<int>(all.size())))];
  }
  void import(const std::string& sheet, const std::vector<std::string>& rows);
  void run(CommandBody body, const std::string& at = "");
  std::string some_row(const std::string& sheet);
  std::string some_act(const State& state);
  const PairingState* some_pairing(const State& state, const std::set<PairingStatus>& statuses);
  std::string day_near(const PairingState* pairing);

  std::mt19937 random_;
  Instant now_;
  std::vector<Told> told_;
  int numbers_ = 0;
};

}  // namespace daybook::test
