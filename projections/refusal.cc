#include "projections/refusal.h"

#include "ledger/replay.h"

namespace daybook {
namespace {

bool may_be_told(const Event& event, Reader reader, const Vault& vault) {
  for (size_t i = 0; i < kRoleNames.size(); ++i) {
    reader.role = static_cast<Role>(i);
    Desk desk(*reader.state, vault, &reader);
    if (reader.holds_role() && desk.reaches(event) && !desk.glass()) return true;  // what a glass shows is a look
  }
  return false;
}

}  // namespace

Result<Refusal> refusal_as_told(Refusal refusal, Reader reader, const EventLog& log, const Vault& vault) {
  if (!refusal.because) return refusal;
  bool told = false;
  DAYBOOK_TRY(read_events(log, *refusal.because, Position{refusal.because->value + 1}, [&](const Event& event) {
    told = !reader.actor.empty() && may_be_told(event, reader, vault);
    return true;
  }));
  if (told) return refusal;
  refusal.because.reset();
  refusal.saw = kSealed;
  return refusal;
}

}  // namespace daybook
