#include "tests/crash/season.h"

#include <fmt/format.h>

#include <random>

#include "ledger/replay.h"
#include "projections/state_lines.h"
#include "tests/ledger/forwarding_log.h"
#include "tests/support/looker.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

constexpr const char* kCycle = "iom-coaching/2024";

class Recorder final : public ForwardingLog {
 public:
  using EventLog::append;
  using ForwardingLog::ForwardingLog;
  std::vector<Result<Appended>> append(std::span<const Batch> group) override {
    batches.insert(batches.end(), group.begin(), group.end());
    return ForwardingLog::append(group);
  }
  std::vector<Batch> batches;
};

// One client from personnel record to feedback; every fourth brings a coach.
void add_client(TestLedger& ledger, int number) {
  const auto client = fmt::format("{}", 1000 + number), coach = fmt::format("C{}", number / 4), ref = "P" + client;
  if (number % 4 == 0) ledger.accepted_coach(coach, "iom-coaching", 4);
  ledger.seated(client, kCycle);
  ledger.paired(ref, kCycle, client, coach, "2024-03-01T10:00:00+01:00");
  for (uint32_t session = 1; session <= 4; ++session) {
    ledger.done(ref, session, fmt::format("2024-03-{:02}", 4 + session), fmt::format("2024-03-{:02}T12:00:00+01:00", 4 + session));
    ledger.feedback(ref, session, "4", fmt::format("2024-03-{:02}T13:00:00+01:00", 4 + session), client);
  }
}

}  // namespace

std::vector<std::vector<Batch>> season_workload(uint64_t seed, uint64_t events) {
  std::mt19937_64 random(seed);
  const auto memory = make_memory_log();
  Recorder log(*memory);
  {
    TestLedger ledger(log, {});
    ledger.randomness = SeededRandomness(seed);
    for (int number = 0; log.end().value < events; ++number) add_client(ledger, number);
  }
  std::vector<std::vector<Batch>> groups;
  size_t room = 0, written = 0;
  for (auto& batch : log.batches) {
    batch.idempotency_key = fmt::format("key {}-{}", seed, ++written);
    if (room == 0) {
      groups.emplace_back();
      room = 1 + random() % 8;
    }
    groups.back().push_back(std::move(batch));
    --room;
  }
  return groups;
}

std::string views_of(const EventLog& log) {
  const auto replayed = replay(log);
  if (!replayed) return replayed.error().message;
  const State& state = replayed.value().state;
  const VaultKeys keys = derive_vault_keys(Hash{});
  const Vault vault(log, keys);
  const Looker admin(state, vault);
  Desk desk(state, vault, admin.reader());
  std::string text = fmt::format("{} events\n", replayed.value().head.size);
  for (const auto& [id, cycle] : state.cycles) {
    for (const auto& info : lists()) {
      text += fmt::format("{} of {}\n", info.name, id.text());
      const auto table = list(info.name, state, cycle, Day(std::chrono::year{2024} / 6 / 1), desk);
      for (const auto& row : table.value().rows) {
        for (const auto& cell : row) text += cell + ";";
        text += "\n";
      }
    }
  }
  for (const auto& [path, line] : lines_of(state)) text += path + " = " + line.value + "\n";
  return desk.fault() ? desk.fault()->message : text;
}

}  // namespace daybook::test
