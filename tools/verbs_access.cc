// The verb access-log: who looked at whose fields, why and when.
#include <fmt/format.h>

#include <cstdio>

#include "projections/looks.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

Result<std::optional<Instant>> read_since(std::string_view option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto day = parse_day(text);
  const auto moment = day ? std::optional(Instant(*day)) : parse_instant(text);
  if (!moment) return Error{Fault::kRejected, fmt::format("{}: found \"{}\", want a day (its start, UTC) or a time", option, printable(text))};
  return moment;
}

// A name that leads to nobody, or to somebody out of reach, is held against the ids as it stands: it finds nothing.
Result<LookFilter> read_filter(const AccessArguments& arguments, const Vault& names, Inquiry& view) {
  LookFilter filter;
  DAYBOOK_TRY(filter.since, read_since("--since", arguments.since));
  DAYBOOK_TRY(filter.until, read_since("--until", arguments.until));
  const auto& reader = view.reader;
  if (!arguments.about.empty()) {
    filter.about = view.desk->find(arguments.about, "access-book").value_or(PersonId{arguments.about});
  } else if (!is_granted(reader.role)) {
    filter.about = reader.actor;  // their own record
  }
  if (!arguments.by.empty()) {
    DAYBOOK_TRY(const auto by, names.person(arguments.by));
    filter.by = by.value_or(PersonId{arguments.by});
  }
  return filter;
}

Result<void> tell_looks(const Settings& settings, const AccessArguments& arguments) {
  Session session(settings);
  DAYBOOK_TRY(const auto view, session.view("access-log"));
  DAYBOOK_TRY(const auto access, view->ledger.access_log());
  const auto keys = view->ledger.access_keys();
  const Vault names(*access.log, keys);
  DAYBOOK_TRY(const auto filter, read_filter(arguments, names, *view));
  DAYBOOK_TRY(auto table, looks(*access.log, names, filter, *view->desk));
  DAYBOOK_TRY(session.account_for("access-log", *view, {}, !table.rows.empty()));
  print_table(table, session.format(Format::kTable, Format::kCsv), settings.for_spreadsheet);
  return success();
}

}  // namespace

int access_log(const Settings& settings, const AccessArguments& arguments) {
  if (!names_reader(settings))
    return complain({Fault::kRejected, "access-log: want --as ACTOR --role ROLE --purpose TEXT: who looked is confidential"});
  const auto told = tell_looks(settings, arguments);
  return told ? int{kDone} : complain(told.error());
}

}  // namespace daybook
