#include "server/export_accounts.h"

namespace daybook {

Result<void> ExportAccounts::still_signed_in() {
  const auto now = parts_.callers.again(request_);
  const auto* caller = std::get_if<Caller>(&now);
  if (caller && caller->signed_in() && caller->account() == caller_.account()) return success();
  problem_ = "sign-in-wanted";
  return Error{Fault::kRejected, "the session or token of whoever asks is over"};
}

Result<std::unique_ptr<Inquiry>> ExportAccounts::ask(const Newest& newest) const {
  DAYBOOK_TRY(auto inquiry, Inquiry::now(parts_.ledger, newest, caller_.asker(), parts_.table, parts_.clock.now()));
  inquiry->marks = &parts_.live.marks();
  return inquiry;
}

Result<ExportAccounts::Account> ExportAccounts::account_of(const Inquiry& inquiry, const CycleId& cycle, bool told) const {
  Account account;
  account.may_ask = inquiry.may_ask();
  account.known_to = inquiry.state().end;
  DAYBOOK_TRY(account.look, inquiry.look(verb_, cycle, told));
  return account;
}

Result<void> ExportAccounts::write_down(Account account) {
  shown_.clear();
  if (account.look) {
    account.look->authenticated = caller_.vouched_for();
    const auto place = parts_.looks.record(*account.look);
    if (!place) problem_ = "access-book";
    if (!place) return Error{place.error().fault, "the look could not be written down: " + place.error().message};
    if (!account.look->denied) shown_ = std::move(account.look->subjects);
    known_to_ = account.known_to;
  }
  if (account.may_ask) return nobody_erased();
  problem_ = "role-not-held";
  return Error{Fault::kRejected, "whoever asks does not hold the role any more"};
}

Result<void> ExportAccounts::nobody_erased() {
  DAYBOOK_TRY(const bool erased, parts_.live.erased_since(shown_, known_to_));
  if (!erased) return success();
  problem_ = "busy";
  return Error{Fault::kBusy, "somebody in it was erased since it was made"};
}

}  // namespace daybook
