// The record as one long answer: the events that the reader may be told of, each as a line of JSON, read and accounted for a block at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "projections/corrections.h"
#include "projections/history_question.h"
#include "server/export_accounts.h"

namespace daybook {

class HistoryExport final : public BodyParts {
 public:
  // `since`, `until`: of the time at which events were recorded; empty, a day or a time. kRejected: no such form. The events are those that are
  // recorded when it begins.
  static Result<std::shared_ptr<HistoryExport>> begin(ExportAccounts accounts, const std::string& since, const std::string& until);

  // Before the answer begins: the first block, which next() then gives. After an error nothing may be sent.
  Result<void> prepare();
  const ExportAccounts& accounts() const { return accounts_; }
  Position end() const { return end_; }  // of the record, when it began

  bool ready() const override { return true; }
  Result<std::optional<std::string>> next() override;

 private:
  HistoryExport(ExportAccounts accounts, Position end, Listing listing, Corrections corrections)
      : accounts_(std::move(accounts)), end_(end), listing_(std::move(listing)), corrections_(std::move(corrections)) {}
  Result<std::optional<std::string>> next_block();
  Result<std::string> tell_block(ExportAccounts::Account& account);
  Result<void> end_in_vain();

  ExportAccounts accounts_;
  const Position end_;
  Listing listing_;  // what is still to be told
  const Corrections corrections_;
  std::optional<std::string> prepared_;
  bool told_ = false, over_ = false;
};

}  // namespace daybook
