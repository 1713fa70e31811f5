#include "projections/view.h"

#include "ledger/state_bytes.h"
#include "ledger/state_snapshot.h"

namespace daybook {
namespace {

class StateView final : public View {
 public:
  void take(const Event& event) override { evolve(state_, event); }
  std::string save() const override { return save_state(state_); }
  Result<void> load(Bytes bytes, const EventLog& log) override {
    DAYBOOK_TRY(state_, load_state(bytes, log));
    return success();
  }
  StateLines lines() const override { return lines_of(state_); }

 private:
  State state_;
};

}  // namespace

std::vector<ViewKind> ledger_views() {
  return {{std::string(kStateView), kStateVersion, [] { return std::make_unique<StateView>(); }}};
}

}  // namespace daybook
