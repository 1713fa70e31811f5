// Kills, power cuts and failing disks at every operation between a look and the last byte of its answer: a look without an
// answer at most, never an answer without its look. Then the same in programs that are wrong, which it must find.
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "tests/crash/campaign.h"
#include "tests/crash/look_case.h"

namespace daybook::test {
namespace {

struct Totals {
  uint64_t kills = 0, failures = 0, unanswered = 0, cut_short = 0, refused = 0, violations = 0;
};

Incident kill_at(uint64_t k) {
  Incident incident{"kill", {}, Left::kAll, 0};
  incident.plan.kill_at = k;
  return incident;
}

Incident power_cut_at(uint64_t k) {
  Incident incident{"power cut", {}, Left::kNothing, 0};
  incident.plan.power_cut_at = k;
  return incident;
}

// One of the other ways in which a disk fails, by turns.
Incident failure_at(uint64_t k, uint64_t seed) {
  Incident incident{"", {}, Left::kNothing, seed};
  auto& plan = incident.plan;
  switch (k % 4) {
    case 0:
      incident.name = "power cut that tears", incident.left = Left::kSome;
      plan.power_cut_at = k, plan.torn_bytes = 1 + seed % 600;
      break;
    case 1:
      incident.name = "failed operation", plan.fail_at = k;
      break;
    case 2:
      incident.name = "disk that fails for good", plan.fail_at = k, plan.fail_for_good = true;
      break;
    default:
      incident.name = "full disk", plan.full_at = k;
  }
  return incident;
}

// A question asked of a ledger over and over, each time with another incident.
class Asking {
 public:
  Asking(const AskedLedger& ledger, Question question, size_t chunk)
      : ledger_(ledger), question_(std::move(question)), chunk_(chunk), healthy_(ask(ledger, question_, {}, chunk)) {}

  // Operations are counted from 1: [first, end) are from the first write of the look, or of the answer, to the last byte of both.
  uint64_t first() const { return 1 + std::min(healthy_.operations.find('l'), healthy_.operations.find('a')); }
  uint64_t end() const { return 2 + healthy_.operations.rfind('a'); }
  // Whether it is answered, and its look there, when all is well.
  bool works() const { return healthy_.answered > 0 && healthy_.look && healthy_.faults.empty(); }
  std::string text() const { return fmt::format("{}: {} looks before, {} bytes at a time", question_.name, ledger_.looks(), chunk_); }

  // What is wrong after the incident; empty if nothing is.
  std::string meets(const Incident& incident, Totals& totals) const {
    auto asked = ask(ledger_, question_, incident, chunk_);
    const bool kill = incident.plan.kill_at > 0;
    ++(kill ? totals.kills : totals.failures);
    totals.unanswered += asked.look && asked.answered == 0;
    totals.cut_short += asked.answered > 0 && asked.answered < healthy_.answered;
    totals.refused += !asked.look && asked.answered == 0;
    if (kill && !asked.killed) asked.faults += "the process ended before it was killed";
    totals.violations += !asked.faults.empty();
    return asked.faults;
  }

 private:
  const AskedLedger& ledger_;
  const Question question_;
  const size_t chunk_;
  const Asked healthy_;
};

// In how many of its incidents these words are found with a program, or a disk, that is wrong.
uint64_t found_in(const AskedLedger& ledger, const Question& question, const std::function<Incident(uint64_t)>& incident_at, std::string_view words) {
  constexpr uint64_t kTries = 10;
  const Asking asking(ledger, question, 512);
  Totals totals;
  uint64_t found = 0;
  const uint64_t step = std::max<uint64_t>(1, (asking.end() - asking.first()) / kTries);
  for (uint64_t k = asking.first(); k < asking.end(); k += step) {
    found += asking.meets(incident_at(k), totals).find(words) != std::string::npos;
  }
  return found;
}

Incident lying_disk_at(uint64_t k) {
  auto incident = power_cut_at(k);
  incident.plan.syncs_lie = true;
  return incident;
}

}  // namespace

// Round after round with another ledger, until there were `count` kills. Few of them fall on all questions in steps.
int look_campaign(const Campaign& campaign) {
  constexpr uint64_t kPointsOfARound = 400;
  const uint64_t step = std::max<uint64_t>(1, kPointsOfARound / std::max<uint64_t>(1, campaign.count));
  std::mt19937_64 random(campaign.seed);
  Totals totals;
  for (uint64_t round = 0; totals.kills < campaign.count; ++round) {
    const AskedLedger ledger(campaign.seed + round, random() % 520);  // also at the end of a bundle
    for (const auto& question : questions()) {
      const Asking asking(ledger, question, 16 + random() % 500);
      if (!asking.works()) return fmt::print("look: {}: it is not answered when all is well\n", asking.text()), 1;
      for (uint64_t k = asking.first() + random() % step; k < asking.end() && totals.kills < campaign.count; k += step) {
        for (const auto& incident : {kill_at(k), power_cut_at(k), failure_at(k, random())}) {
          const auto faults = asking.meets(incident, totals);
          if (!faults.empty()) fmt::print("look: seed {}, {}, operation {}, {}: {}\n", campaign.seed, asking.text(), k, incident.name, faults);
        }
      }
    }
  }
  const AskedLedger ledger(campaign.seed, 3);
  const auto hasty = found_in(ledger, answered_first(), kill_at, "without a look");
  const auto lying = found_in(ledger, questions().front(), lying_disk_at, "cut or rolled back");  // which the watermark tells
  fmt::print(
      "look: {} kills and {} states of a failing disk between a look and the last byte of its answer; {} left a look without an answer, {} a part "
      "of one, {} neither; {} violations, seed {}; planted: {} found where the answer goes first, {} where syncs lie\n",
      totals.kills, totals.failures, totals.unanswered, totals.cut_short, totals.refused, totals.violations, campaign.seed, hasty, lying);
  return totals.violations == 0 && hasty > 0 && lying > 0 ? 0 : 1;
}

}  // namespace daybook::test
