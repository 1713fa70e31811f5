#include "server/export_routes.h"

#include <fmt/format.h>

#include "server/caps.h"
#include "server/history_export.h"
#include "server/list_export.h"
#include "server/problem.h"
#include "server/read_after.h"
#include "server/view_page.h"

namespace daybook {
namespace {

// Who asks; or the answer that says what they have yet to do or to say.
std::variant<Caller, Response> exporter(const ViewParts& parts, const Request& request) {
  auto asking = parts.callers.of(request);
  auto* caller = std::get_if<Caller>(&asking);
  if (!caller) return asking;
  if (auto no = want_reader(*caller, request.trace)) return std::move(*no);
  if (auto no = want_position(parts.ledger.programme(), request)) return std::move(*no);
  if (auto no = want_fresh(*caller, "export", parts.clock.now(), request.trace)) return std::move(*no);
  return asking;
}

Response refused(const ViewParts& parts, const Error& error, std::string_view kind, const Trace& trace) {
  if (kind.empty() && error.fault == Fault::kRejected) return problem("wrong-parameter", error.message, trace);
  if (kind == "role-not-held") return problem(kind, "", trace);
  if (error.fault != Fault::kNotFound) parts.log.write(Severity::kError, "export", {{"found", error.message}, {"trace", trace.trace_id}});
  auto response = kind.empty() ? problem_of(error, trace) : problem(kind, "", trace);
  if (response.status == 503) response.with("retry-after", "5");
  return response;
}

// Sends what was begun, unless it cannot be accounted for.
template <class Export>
Response send(const ViewParts& parts, Result<std::shared_ptr<Export>> begun, const std::string& content_type, const std::string& file,
              const Trace& trace) {
  if (!begun) return refused(parts, begun.error(), {}, trace);
  auto& exported = begun.value();
  if (const auto prepared = exported->prepare(); !prepared) return refused(parts, prepared.error(), exported->accounts().problem(), trace);
  Response response{.content_type = content_type};
  response.with("etag", fmt::format("\"{}\"", exported->end().value));
  response.with("content-disposition", fmt::format("attachment; filename=\"{}\"", file));
  response.parts = std::move(exported);
  return response;
}

// One at a time, while a few wait: the whole record is read for its corrections before the first block is told.
constexpr int kBegunAtOnce = 1, kWaitToBegin = 8;

Response export_history(const ViewParts& parts, Turns& turns, const Request& request, const Found& found) {
  auto asking = exporter(parts, request);
  if (auto* no = std::get_if<Response>(&asking)) return std::move(*no);
  const auto turn = turns.take(request.deadline);
  if (!turn) return problem("busy", "", request.trace).with("retry-after", "5");
  ExportAccounts accounts(parts, request, std::move(std::get<Caller>(asking)), "export history");
  auto begun = HistoryExport::begin(std::move(accounts), value_of(found.query, "since"), value_of(found.query, "until"));
  return send(parts, std::move(begun), "application/x-ndjson", "history.jsonl", request.trace);
}

Response export_list(const ViewParts& parts, const Request& request, const Found& found) {
  auto asking = exporter(parts, request);
  if (auto* no = std::get_if<Response>(&asking)) return std::move(*no);
  const auto raw = flag_in(found.query, "raw");
  if (!raw) return problem("wrong-parameter", "raw: want nothing, 1 or 0", request.trace);
  ExportAccounts accounts(parts, request, std::move(std::get<Caller>(asking)), "export list");
  auto begun = ListExport::begin(std::move(accounts), found.path.at("list"), {found.path.at("programme"), found.path.at("cycle")}, *raw);
  return send(parts, std::move(begun), "text/csv; charset=utf-8", "list.csv", request.trace);
}

}  // namespace

void add_export_routes(Router& router, const ViewParts& parts) {
  const auto add = [&](std::string path, std::vector<std::string_view> query, auto answer) {
    router.add({Method::kGet, std::move(path), std::move(query), {}, [parts, answer](const Request& request, const Found& found) {
                  return answer(parts, request, found);
                }});
  };
  const auto turns = std::make_shared<Turns>(kBegunAtOnce, kWaitToBegin);
  add("/v1/export/history", {"since", "until"},
      [turns](const ViewParts& with, const Request& request, const Found& found) { return export_history(with, *turns, request, found); });
  add("/v1/export/programmes/{programme}/cycles/{cycle}/{list}", {"raw"}, export_list);
}

}  // namespace daybook
