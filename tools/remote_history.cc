// The verb history over the wire.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ledger/civil_time.h"
#include "projections/history_question.h"
#include "tools/event_printer.h"
#include "tools/remote.h"
#include "tools/remote_json.h"
#include "tools/remote_names.h"
#include "tools/remote_verbs.h"

namespace daybook {
namespace {

constexpr uint64_t kPage = 1000;  // events, as many as a page may have

std::string text_of(const std::optional<uint64_t>& number) { return number ? std::to_string(*number) : ""; }

// "--after N" is a range of positions: those past it or, newest first, those before it.
Result<std::string> read_range(const HistoryQuestion& arguments) {
  if (!arguments.after) return arguments.position;
  if (!arguments.position.empty()) return Error{Fault::kRejected, "--after: over the wire it goes without --position"};
  return arguments.reverse ? fmt::format("0-{}", *arguments.after) : fmt::format("{}-", *arguments.after + 1);
}

Result<std::string> query_for(Remote& remote, const HistoryQuestion& arguments) {
  const auto& settings = remote.settings();
  DAYBOOK_TRY(const auto range, read_range(arguments));
  DAYBOOK_TRY(const auto subject, thing_named(remote, arguments.subject));
  DAYBOOK_TRY(const auto actor, person_named(remote, arguments.actor));
  const auto page = arguments.limit > 0 ? std::min(arguments.limit, kPage) : kPage;
  return query_of({{"subject", subject},
                   {"stream", arguments.stream},
                   {"kind", fmt::format("{}", fmt::join(arguments.kinds, ","))},
                   {"actor", actor},
                   {"acting-role", arguments.role},
                   {"correlation", arguments.correlation},
                   {"since", arguments.since},
                   {"until", arguments.until},
                   {"happened-since", arguments.happened_since},
                   {"happened-until", arguments.happened_until},
                   {"position", range},
                   {"chain", text_of(arguments.chain)},
                   {"at", settings.at},
                   {"happened-by", settings.happened_by},
                   {"sort", arguments.reverse ? "-position" : ""},
                   {"limit", std::to_string(page)}});
}

Result<SaidEvent> event_in(const boost::json::value& value) {
  const auto* event = value.if_object();
  const auto position = event ? member_number(*event, "position") : std::nullopt;
  const auto recorded = event ? parse_instant(member_text(*event, "recorded_at")) : std::nullopt;
  const auto happened = event ? parse_instant(member_text(*event, "happened_at")) : std::nullopt;
  if (!position || !recorded || !happened) return Error{Fault::kBusy, "the answer has an event of another form than wanted"};
  SaidEvent said{Position{*position}, *recorded, *happened, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  said.kind = member_text(*event, "kind");
  said.stream = member_text(*event, "stream");
  said.caused_by = text_of(member_number(*event, "caused_by"));
  said.corrects = text_of(member_number(*event, "corrects"));
  said.sentence = member_text(*event, "sentence");
  said.corrected_sentence = member_text(*event, "corrected_sentence");
  said.corrected_by = member_positions(*event, "corrected_by");
  if (const auto depth = member_number(*event, "depth")) said.depth = static_cast<unsigned>(*depth);
  said.json = spaced_json(value);
  return said;
}

Result<void> tell(Remote& remote, const HistoryQuestion& arguments) {
  if (arguments.follow) {
    return Error{Fault::kRejected, "--follow: over the wire the feed of the service goes on with what is recorded: GET /v1/feed"};
  }
  const auto& settings = remote.settings();
  DAYBOOK_TRY(const auto query, query_for(remote, arguments));
  const uint64_t most = arguments.limit > 0 ? arguments.limit : UINT64_MAX;
  DAYBOOK_TRY(const auto pages, remote.want_pages({.path = "/v1/history" + query}, "events", most));
  if (pages.items.empty()) return nothing_to_tell();
  std::vector<SaidEvent> events;
  for (const auto& item : pages.items) {
    DAYBOOK_TRY(auto said, event_in(item));
    events.push_back(std::move(said));
  }
  EventPrinter printer(answer_format(settings, Format::kText, Format::kText), settings.for_spreadsheet, false);
  printer.print(events);
  printer.end(pages.more ? std::optional(events.back().position) : std::nullopt, remote.looks());
  return success();
}

}  // namespace

int remote_history(const Settings& settings, const HistoryQuestion& arguments) {
  const auto remote = Remote::reach(settings);
  if (!remote) return complain(remote.error());
  const auto told = tell(*remote.value(), arguments);
  return told ? int{kDone} : complain(told.error());
}

}  // namespace daybook
