#include "server/list_export.h"

#include <algorithm>

#include "ledger/csv.h"
#include "server/view_routes.h"

namespace daybook {
namespace {

constexpr size_t kRowsInPart = 1000;

}  // namespace

Result<std::shared_ptr<ListExport>> ListExport::begin(ExportAccounts accounts, const std::string& list, const CycleId& cycle, bool raw) {
  std::shared_ptr<ListExport> made(new ListExport(std::move(accounts), raw));
  auto& it = *made;
  const auto& parts = it.accounts_.parts();
  DAYBOOK_TRY(const auto newest, parts.live.kept());  // the list may be long, and that of refused rows reads the record
  DAYBOOK_TRY(const auto inquiry, it.accounts_.ask(*newest));
  it.end_ = inquiry->state().end;
  it.cycle_ = cycle;
  DAYBOOK_TRY(it.table_, table_of_list(list, *inquiry, cycle, parts.clock.now()));
  DAYBOOK_TRY(it.account_, it.accounts_.account_of(*inquiry, cycle, !it.table_.rows.empty()));
  return made;
}

Result<void> ListExport::prepare() { return accounts_.write_down(std::move(account_)); }

Result<std::optional<std::string>> ListExport::next() {
  if (headed_ && next_ == table_.rows.size()) return std::optional<std::string>();
  if (headed_) {
    DAYBOOK_TRY(still_may());
  }
  DAYBOOK_TRY(accounts_.nobody_erased());
  std::string text;
  if (!headed_) {
    std::vector<std::string> heads;
    for (const auto& column : table_.columns) heads.push_back(column.name);
    text = csv_line(heads);
    headed_ = true;
  }
  for (const size_t end = std::min(table_.rows.size(), next_ + kRowsInPart); next_ < end; ++next_) text += csv_line(table_.rows[next_], !raw_);
  return std::optional(std::move(text));
}

Result<void> ListExport::still_may() {
  DAYBOOK_TRY(accounts_.still_signed_in());
  ExportAccounts::Account account;
  {
    DAYBOOK_TRY(const auto reading, accounts_.parts().live.read());
    DAYBOOK_TRY(const auto inquiry, accounts_.ask(*reading));
    if (inquiry->may_ask()) return success();
    DAYBOOK_TRY(account, accounts_.account_of(*inquiry, cycle_, false));
  }
  return accounts_.write_down(std::move(account));
}

}  // namespace daybook
