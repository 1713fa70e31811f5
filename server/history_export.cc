#include "server/history_export.h"

#include <algorithm>
#include <utility>

#include "projections/told_events.h"
#include "server/event_json.h"

namespace daybook {
namespace {

constexpr uint64_t kBlock = 256;          // positions: so many events are in memory, and one look is written down for them
constexpr int kBlocksWithoutWords = 200;  // that are read, at most, before the client is told that there is nothing at present

}  // namespace

Result<std::shared_ptr<HistoryExport>> HistoryExport::begin(ExportAccounts accounts, const std::string& since, const std::string& until) {
  HistoryQuestion question;
  question.since = since;
  question.until = until;
  question.by_name = false;
  question.prefix.clear();
  const auto& parts = accounts.parts();
  Listing listing;
  Position end;
  {
    DAYBOOK_TRY(const auto reading, parts.live.read());
    DAYBOOK_TRY(const auto inquiry, accounts.ask(*reading));
    DAYBOOK_TRY(listing, read_question(question, *inquiry));
    end = inquiry->state().end;
  }
  const auto& log = parts.ledger.programme();
  listing.from = std::max(listing.from, log.first());
  DAYBOOK_TRY(auto corrections, Corrections::read(log, State{}, listing.filter, listing.from, end, &parts.live.marks()));
  return std::shared_ptr<HistoryExport>(new HistoryExport(std::move(accounts), end, std::move(listing), std::move(corrections)));
}

Result<void> HistoryExport::prepare() {
  DAYBOOK_TRY(prepared_, next_block());
  return success();
}

Result<std::optional<std::string>> HistoryExport::next() {
  if (prepared_) {
    DAYBOOK_TRY(accounts_.nobody_erased());
    return std::exchange(prepared_, std::nullopt);
  }
  DAYBOOK_TRY(accounts_.still_signed_in());
  return next_block();
}

// Blocks of which nothing may be told are no part of the answer.
Result<std::optional<std::string>> HistoryExport::next_block() {
  for (int blocks = 0; blocks < kBlocksWithoutWords && listing_.from < listing_.to; ++blocks) {
    ExportAccounts::Account account;
    DAYBOOK_TRY(auto lines, tell_block(account));
    DAYBOOK_TRY(accounts_.write_down(std::move(account)));
    if (lines.empty()) continue;
    told_ = true;
    return std::optional(std::move(lines));
  }
  if (listing_.from < listing_.to) return std::optional(std::string());
  DAYBOOK_TRY(end_in_vain());
  return std::optional<std::string>();
}

// The next block, of which nothing is written down yet. While it is told, the state stays as it is.
Result<std::string> HistoryExport::tell_block(ExportAccounts::Account& account) {
  std::string lines;
  DAYBOOK_TRY(const auto reading, accounts_.parts().live.read());
  DAYBOOK_TRY(const auto inquiry, accounts_.ask(*reading));
  if (!inquiry->may_ask()) {
    DAYBOOK_TRY(account, accounts_.account_of(*inquiry, {}, false));
    return lines;
  }
  Listing block = listing_;
  block.to = std::min(listing_.to, Position{listing_.from.value + kBlock});
  DAYBOOK_TRY(EventTeller(*inquiry, &corrections_).tell(block, [&](const ToldEvent& told) -> Result<bool> {
    lines += event_json(told) + "\n";
    return true;
  }));
  listing_.from = block.to;
  if (inquiry->desk->fault()) return *inquiry->desk->fault();
  if (!lines.empty()) {
    DAYBOOK_TRY(account, accounts_.account_of(*inquiry, {}, true));
  }
  return lines;
}

// Whoever was told nothing at all has looked in vain.
Result<void> HistoryExport::end_in_vain() {
  if (told_ || over_) return success();
  over_ = true;
  ExportAccounts::Account account;
  {
    DAYBOOK_TRY(const auto reading, accounts_.parts().live.read());
    DAYBOOK_TRY(const auto inquiry, accounts_.ask(*reading));
    DAYBOOK_TRY(account, accounts_.account_of(*inquiry, {}, false));
  }
  return accounts_.write_down(std::move(account));
}

}  // namespace daybook
