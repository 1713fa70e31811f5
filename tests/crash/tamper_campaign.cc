// Tampering by the hundred places, and false alarms sought by the thousand ledgers.
#include <fmt/format.h>

#include <map>

#include "tests/crash/campaign.h"
#include "tests/crash/tampering.h"

namespace daybook::test {
namespace {

struct Tally {
  uint64_t places = 0, missed = 0;
  std::map<std::string, uint64_t> found_by;
  std::string example;
};

int tamper_with(const Campaign& campaign) {
  const Victim victim(campaign.events, campaign.seed);
  const TempFolder scratch(memory_folder());
  uint64_t places = 0, missed = 0;
  const auto& kinds = tamper_kinds();
  for (size_t kind = 0; kind < kinds.size(); ++kind) {
    Tally tally;
    for (uint64_t place = 0; place < campaign.places; ++place) {
      const auto way = static_cast<int>(place % static_cast<uint64_t>(kinds[kind].ways));
      const auto found = tamper(victim, kind, way, campaign.seed + place, scratch.path("copy"));
      ++tally.places;
      if (found.fault.empty()) {
        ++tally.found_by[found.party];
        if (tally.example.size() < found.said.size()) tally.example = found.said;
        continue;
      }
      ++tally.missed;
      fmt::print("tamper: seed {}, kind {}, place {}, way {}: {}; {} says: {}\n", campaign.seed, kinds[kind].number, place, way, found.fault,
                 found.party, found.said);
    }
    std::string parties;
    for (const auto& [party, count] : tally.found_by) parties += fmt::format("{}{} {}", parties.empty() ? "" : ", ", party, count);
    fmt::print("{:>2} {:<38} {} places, {} missed; found by {}; such as: {:.150}\n", kinds[kind].number, kinds[kind].name, tally.places, tally.missed,
               parties, tally.example);
    std::fflush(stdout);
    places += tally.places, missed += tally.missed;
  }
  fmt::print("tamper: {} kinds, {} places in {} events, {} missed, seed {}\n", kinds.size(), places, campaign.events, missed, campaign.seed);
  return missed == 0 ? 0 : 1;
}

// A child for every hundred, since RocksDB may stop a process whose disk fails; the next goes on behind the one that died.
int cry_wolf(const Campaign& campaign) {
  constexpr uint64_t kPerChild = 100;
  uint64_t alarms = 0, died = 0, crashes = 0;
  for (uint64_t done = 0; done < campaign.clean;) {
    const uint64_t end = std::min(done + kPerChild, campaign.clean);
    const auto child = in_child([&](const Tell& tell) {
      for (uint64_t i = done; i < end; ++i) {
        const auto recovered = crash_and_recover(campaign.seed + i);
        if (!recovered.said.empty()) fmt::print("clean: seed {}, ledger {}: {}\n", campaign.seed, i, recovered.said);
        tell(recovered.said.empty() ? std::string(1, static_cast<char>('0' + recovered.crashes)) : "a");
      }
      std::fflush(nullptr);
    });
    for (const char letter : child.told) letter == 'a' ? ++alarms : crashes += static_cast<uint64_t>(letter - '0');
    done += child.told.size();
    if (!child.died) continue;
    fmt::print("clean: seed {}, ledger {}: the process died\n", campaign.seed, done);
    ++died, ++done;
  }
  fmt::print("clean: {} ledgers, {} crashes, {} false alarms, {} died, seed {}\n", campaign.clean, crashes, alarms, died, campaign.seed);
  return alarms == 0 ? 0 : 1;
}

}  // namespace

int tamper_campaign(const Campaign& campaign) {
  const int clean = campaign.clean > 0 ? cry_wolf(campaign) : 0;
  return campaign.places > 0 ? tamper_with(campaign) | clean : clean;
}

}  // namespace daybook::test
