// The kinds of tampering, each as a forger does it at random places of a ledger, and who must find it: `daybook verify`,
// every opening, or somebody outside who holds an older checkpoint or a receipt. README.md of the tests has the table.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/crash/forger.h"
#include "tests/support/ledger_home.h"

namespace daybook::test {

// A ledger of so many events with several signed checkpoints, and what others hold of it.
struct Victim {
  Victim(uint64_t events, uint64_t seed);

  LedgerHome home;
  std::string killed;  // its folder as kill -9 leaves it, the newest events in the write-ahead log
  StoredBook book;
  VerifierKey key;
  SignedCheckpoint newest;            // in others' hands
  std::unique_ptr<EventLog> log;      // open to read
  std::vector<uint64_t> commits;      // ends of batches
  std::unique_ptr<LedgerHome> other;  // another ledger under the same origin, and its book
  StoredBook other_book;
};

struct Found {
  std::string party;  // who found it: verify, open, holder
  std::string said;
  std::string fault;  // why that is not what was wanted; empty if it is
};

struct TamperKind {
  int number;  // of the page
  std::string name;
  int ways;  // how many ways there are to do it; a place takes one
};
const std::vector<TamperKind>& tamper_kinds();

// Tampers with a copy of the victim's folder in `scratch` at one random place, and asks everybody.
Found tamper(const Victim& victim, size_t kind, int way, uint64_t seed, const std::string& scratch);

// A small ledger that nobody tampers with: written under random power cuts and kills, opened again each time, and checked
// by everybody in the end.
struct Recovered {
  int crashes = 0;
  uint64_t events = 0, checkpoints = 0;
  std::string said;  // a false alarm; empty if there was none
};
Recovered crash_and_recover(uint64_t seed);

}  // namespace daybook::test
