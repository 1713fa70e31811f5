// The verb access-log: who looked at whose fields, why and when.
#include "projections/looks.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

Result<void> tell_looks(const Settings& settings, const LookQuestion& question) {
  Session session(settings);
  DAYBOOK_TRY(const auto view, session.view("access-log"));
  DAYBOOK_TRY(const auto access, view->ledger.access_log());
  const auto keys = view->ledger.access_keys();
  const Vault names(*access.log, keys);
  DAYBOOK_TRY(const auto filter, read_question(question, names, *view));
  DAYBOOK_TRY(auto table, looks(*access.log, names, filter, *view->desk));
  DAYBOOK_TRY(session.account_for("access-log", *view, {}, !table.rows.empty()));
  print_table(table, session.format(Format::kTable, Format::kCsv), settings.for_spreadsheet);
  return success();
}

}  // namespace

int access_log(const Settings& settings, const LookQuestion& question) {
  if (!names_reader(settings))
    return complain({Fault::kRejected, "access-log: want --as ACTOR --role ROLE --purpose TEXT: who looked is confidential"});
  const auto told = tell_looks(settings, question);
  return told ? int{kDone} : complain(told.error());
}

}  // namespace daybook
