#include "tools/bench_looks.h"

#include <atomic>
#include <thread>

#include "ledger/book_lock.h"
#include "ledger/checkpointer.h"
#include "ledger/csv.h"
#include "ledger/replay.h"
#include "ledger/require.h"
#include "projections/lists.h"

namespace daybook {
namespace {

constexpr uint64_t kPeople = 50;

}  // namespace

BenchLooks::BenchLooks(const std::string& folder) : ledger_(folder + "-programme", kPeople), state_(fold(ledger_.log()).value()) {
  ledger_.stop();
  tables_ = DeskTables::build(state_, Vault(ledger_.log(), ledger_.keys())).value();
  reader_.actor = PersonId{"the reader"};
  reader_.role = Role::kAdministrator;
  reader_.now = clock_.now();
  state_.rights.roles[reader_.actor].push_back({std::string(role_name(reader_.role)), "", "", std::nullopt, {}});
  reader_.state = &state_;
  reader_.table = &see_;
  reader_.tables = &tables_;
  auto log = open_rocks_log(folder + "-access", OpenMode::kReadWrite).value();
  auto key = SignerKey::make("bench/access", randomness_).value();
  auto checkpointer = std::make_unique<Checkpointer>(*log, std::move(key), folder + "-access.checkpoint", std::nullopt);
  book_ = std::make_unique<AccessBook>(BookLock::take(folder + "-access.lock", "bench").value(), std::move(log), std::move(checkpointer),
                                       derive_vault_keys(Hash{}), clock_, randomness_);
}

void BenchLooks::answer(bool written) {
  const Vault vault(ledger_.log(), ledger_.keys());
  Desk desk(state_, vault, &reader_);
  const auto& cycle = *state_.cycle({"bench", "1"});
  const auto table = list("applications", state_, cycle, reader_.today(), desk);
  require(table && table->rows.size() == kPeople && desk.subjects().size() == kPeople && !desk.fault(), "the list has everybody");
  if (written) {
    Look look;
    look.actor = look.operator_name = "bench";
    look.actor_id = reader_.actor;
    look.role = role_name(reader_.role);
    look.purpose = "to see how long it takes";
    look.verb = "list applications";
    look.subjects = desk.subjects();
    look.classes = desk.classes();
    look.cycle = cycle.id;
    look.book_end = state_.end;
    require(book_->record(look).has_value(), "a look is written");
  }
  size_t bytes = 0;
  for (const auto& row : table->rows) bytes += csv_line(row, false).size();
  require(bytes > 0, "the list has text");
}

std::vector<double> BenchLooks::list_times(unsigned readers, uint64_t count, bool written) {
  std::vector<double> times(count);
  std::atomic<uint64_t> taken{0};
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < readers; ++i) {
      threads.emplace_back([&] {
        for (uint64_t n = taken++; n < count; n = taken++) times[n] = 1e6 * seconds([&] { answer(written); });
      });
    }
  }
  return times;
}

}  // namespace daybook
