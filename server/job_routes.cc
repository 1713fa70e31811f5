#include "server/job_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/civil_time.h"
#include "projections/inquiry.h"
#include "server/idempotency_key.h"
#include "server/problem.h"
#include "server/read_after.h"
#include "server/strict_json.h"
#include "server/view_page.h"

namespace daybook {
namespace {

constexpr uint64_t kRowsInPart = 1000, kRowMax = 999'999'999;  // of a report; of a parameter
constexpr std::string_view kStates[] = {"waiting", "running", "done", "failed"};

// ---- what is told of a job ----

template <class Value, class Write>
std::string or_null(const std::optional<Value>& value, const Write& write) {
  return value ? write(*value) : "null";
}
std::string text_or_null(const std::string& text) { return text.empty() ? "null" : json_string(text); }

std::string cell_json(const BadCell& cell) {
  return fmt::format(R"({{"line":{},"column":{},"found":{},"wanted":{}}})", cell.line == 0 ? "null" : std::to_string(cell.line),
                     text_or_null(cell.column), json_string(cell.found), text_or_null(cell.wanted));
}

std::string problem_json(const ImportJob& job) {
  if (job.problem.empty()) return "null";
  std::string cells;
  for (const auto& cell : job.cells) cells += (cells.empty() ? "" : ",") + cell_json(cell);
  return fmt::format(R"({{"type":"/problems/{}","title":{},"cells":[{}],"more_cells":{}}})", job.problem,
                     json_string(find_problem_kind(job.problem)->title), cells, job.more_cells);
}

std::string job_json(const ImportJob& job) {
  const auto position = [](Position at) { return std::to_string(at.value); };
  const auto number = [](uint64_t n) { return std::to_string(n); };
  const auto time = [](Instant at) { return json_string(to_text(at)); };
  const auto& [recorded, refused, unchanged] = job.outcomes;
  return fmt::format(R"({{"job":"{}","kind":"{}","dry_run":{},"state":"{}","rows":{},"rows_done":{},"recorded":{},"refused":{},"unchanged":{},)"
                     R"("first":{},"end":{},"began_at":{},"ended_at":{},"problem":{}}})",
                     job.id, job.kind, job.dry_run, kStates[static_cast<size_t>(job.state)], or_null(job.rows, number), job.outcomes.rows(), recorded,
                     refused, unchanged, or_null(job.first, position), or_null(job.end, position), time(job.began), or_null(job.ended, time),
                     problem_json(job));
}

Response job_response(const ImportJob& job, unsigned status) {
  return {.status = status, .content_type = "application/json", .body = job_json(job) + "\n"};
}

// ---- imports ----

// When the rows happened; nothing where the sheet says it itself. kRejected: no such form, or not of this sheet.
Result<std::optional<Instant>> read_effective(const Parameters& query, std::string_view sheet) {
  const auto text = value_of(query, "effective");
  if (text.empty()) return std::optional<Instant>();
  if (sheet != "staff" && sheet != "participations") {
    return Error{Fault::kRejected, "effective: it goes with staff and participations; the rows of the others say themselves when they happened"};
  }
  const auto moment = parse_moment(text, Zone::utc());
  if (!moment) return Error{Fault::kRejected, "effective: want a day or a time"};
  return moment;
}

// What is asked, but for its key; or the answer that says what is wrong with it.
std::variant<ImportAsked, Response> read_asked(const Caller& caller, const SheetInfo& sheet, const Request& request, const Found& found) {
  ImportAsked asked;
  asked.sheet = &sheet;
  const auto dry_run = flag_in(found.query, "dry-run");
  if (!dry_run) return problem("wrong-parameter", "dry-run: want nothing, 1 or 0", request.trace);
  asked.dry_run = *dry_run;
  const auto effective = read_effective(found.query, sheet.name);
  if (!effective) return problem("wrong-parameter", effective.error().message, request.trace);
  asked.effective = effective.value();
  asked.account = caller.account();
  asked.actor = caller.name();
  asked.role = caller.role;
  asked.person = caller.person ? caller.person->id : PersonId{};
  if (auto no = want_idempotency_key(request, asked.key)) return std::move(*no);
  return asked;
}

using Asking = std::variant<Caller, Response>;

// What whoever asks may import; or the answer that says why not. It looks at no body.
std::variant<ImportAsked, Response> may_import(const JobParts& parts, const Asking& asking, const Request& request, const Found& found) {
  const auto* sheet = find_sheet(found.path.at("kind"));
  if (!sheet) return problem("not-found", "", request.trace);
  if (const auto* no = std::get_if<Response>(&asking)) return *no;
  const auto& caller = std::get<Caller>(asking);
  if (auto no = want_sign_in(caller, request.trace)) return std::move(*no);
  if (auto no = want_position(parts.jobs.record(), request)) return std::move(*no);
  if (caller.role.empty()) return problem("role-wanted", "", request.trace);
  auto read = read_asked(caller, *sheet, request, found);
  const auto* asked = std::get_if<ImportAsked>(&read);
  if (!asked) return read;
  const auto may = parts.jobs.may(*asked);
  if (!may) {
    parts.log.write(Severity::kError, "import", {{"found", may.error().message}, {"trace", request.trace.trace_id}});
    return problem_of(may.error(), request.trace);
  }
  if (!may.value()) return problem("not-allowed", "", request.trace);
  return read;
}

// Before a long file is read: few are at a time, and their places are for those who may import.
Response judge_import(const JobParts& parts, const Request& request, const Found& found) {
  auto may = may_import(parts, parts.callers.again(request), request, found);
  if (auto* no = std::get_if<Response>(&may)) return std::move(*no);
  return {.status = kGoOn};
}

Response begin_import(const JobParts& parts, const Request& request, const Found& found) {
  const auto asking = parts.callers.of(request);  // holds the place of whoever asks
  auto may = may_import(parts, asking, request, found);
  if (auto* no = std::get_if<Response>(&may)) return std::move(*no);
  const auto begun = parts.jobs.begin(std::get<ImportAsked>(std::move(may)), request.body);
  if (const auto* job = std::get_if<ImportJob>(&begun)) return job_response(*job, 202).with("location", "/v1/jobs/" + job->id);
  if (std::get<ImportJobs::NotBegun>(begun) == ImportJobs::NotBegun::kKeyReused) return problem("key-reused", "", request.trace);
  return problem("busy", "", request.trace).with("retry-after", "10");
}

// ---- jobs ----

// Whose jobs may be told of: the account's; or the answer that says that nobody is signed in.
std::variant<std::string, Response> account_of(const JobParts& parts, const Request& request) {
  auto asking = parts.callers.of(request);
  if (auto* no = std::get_if<Response>(&asking)) return std::move(*no);
  const auto& caller = std::get<Caller>(asking);
  if (auto no = want_sign_in(caller, request.trace)) return std::move(*no);
  return caller.account();
}

Response tell_job(const JobParts& parts, const Request& request, const Found& found) {
  auto account = account_of(parts, request);
  if (auto* no = std::get_if<Response>(&account)) return std::move(*no);
  const auto job = parts.jobs.find(found.path.at("id"), std::get<std::string>(account));
  return job ? job_response(*job, 200) : problem("not-found", "", request.trace);
}

// The rows that a report had when it was asked for.
class ReportParts final : public BodyParts {
 public:
  ReportParts(std::shared_ptr<const ImportReport> report, uint64_t from, bool for_spreadsheet)
      : report_(std::move(report)), for_spreadsheet_(for_spreadsheet), end_(report_->rows()), next_(from) {}

  bool ready() const override { return true; }
  Result<std::optional<std::string>> next() override {
    if (headed_ && next_ >= end_) return std::optional<std::string>();
    std::string text = headed_ ? "" : ImportReport::heading();
    headed_ = true;
    const auto to = std::min(end_, next_ + kRowsInPart);
    if (next_ < to) text += report_->lines(next_, to, for_spreadsheet_);
    next_ = std::max(next_, to);
    return std::optional(std::move(text));
  }

 private:
  const std::shared_ptr<const ImportReport> report_;
  const bool for_spreadsheet_;
  const uint64_t end_;
  uint64_t next_;
  bool headed_ = false;
};

Response tell_report(const JobParts& parts, const Request& request, const Found& found) {
  auto account = account_of(parts, request);
  if (auto* no = std::get_if<Response>(&account)) return std::move(*no);
  const auto from = number_in(value_of(found.query, "from"), 1, 1, kRowMax);
  if (!from) return problem("wrong-parameter", fmt::format("from: want the number of a row, from 1 to {}", kRowMax), request.trace);
  const auto raw = flag_in(found.query, "raw");
  if (!raw) return problem("wrong-parameter", "raw: want nothing, 1 or 0", request.trace);
  auto report = parts.jobs.report(found.path.at("id"), std::get<std::string>(account));
  if (!report) return problem("not-found", "", request.trace);
  Response response{.content_type = "text/csv; charset=utf-8"};
  response.parts = std::make_shared<ReportParts>(std::move(report), *from - 1, !*raw);
  return response.with("content-disposition", "attachment; filename=\"report.csv\"");
}

}  // namespace

void add_job_routes(Router& router, const JobParts& parts) {
  const auto add = [&](Method method, std::string path, std::vector<std::string_view> query, std::string_view content_type, auto answer) {
    Route route{method, std::move(path), std::move(query), content_type,
                [parts, answer](const Request& request, const Found& found) { return answer(parts, request, found); }};
    if (method == Method::kPost) {
      route.body_bytes_max = parts.import_bytes;
      route.judge_head = [parts](const Request& request, const Found& found) { return judge_import(parts, request, found); };
    }
    router.add(std::move(route));
  };
  add(Method::kPost, "/v1/imports/{kind}", {"dry-run", "effective"}, "text/csv", begin_import);
  add(Method::kGet, "/v1/jobs/{id}", {}, {}, tell_job);
  add(Method::kGet, "/v1/jobs/{id}/report", {"from", "raw"}, {}, tell_report);
}

}  // namespace daybook
