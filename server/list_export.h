// A list of a cycle as CSV: every row that the reader may be told of, of one moment, with one look for all of them, for the list is made whole.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "projections/table.h"
#include "server/export_accounts.h"

namespace daybook {

class ListExport final : public BodyParts {
 public:
  // kNotFound: there is no such list, or cycle. `raw`: cells are as they are; else none of them is a formula to a spreadsheet.
  static Result<std::shared_ptr<ListExport>> begin(ExportAccounts accounts, const std::string& list, const CycleId& cycle, bool raw);

  // Before the answer begins: writes down whom it shows. After an error nothing may be sent.
  Result<void> prepare();
  const ExportAccounts& accounts() const { return accounts_; }
  Position end() const { return end_; }  // of the record that it is made of

  bool ready() const override { return true; }
  // Whether they still hold the role, and nobody in the list was erased, is asked again for each part.
  Result<std::optional<std::string>> next() override;

 private:
  ListExport(ExportAccounts accounts, bool raw) : accounts_(std::move(accounts)), raw_(raw) {}
  Result<void> still_may();

  ExportAccounts accounts_;
  const bool raw_;
  Position end_;
  CycleId cycle_;
  Table table_;
  ExportAccounts::Account account_;
  bool headed_ = false;
  size_t next_ = 0;  // row
};

}  // namespace daybook
