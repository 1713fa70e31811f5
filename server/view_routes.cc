#include "server/view_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>

#include "projections/editions.h"
#include "projections/lists.h"
#include "projections/statistics.h"
#include "projections/things.h"
#include "server/problem.h"
#include "server/strict_json.h"
#include "server/view_json.h"
#include "server/view_page.h"

namespace daybook {
namespace {

constexpr size_t kWordsMax = 10, kWordBytesMax = 100;

CycleId cycle_in(const Found& found) { return {found.path.at("programme"), found.path.at("cycle")}; }

Result<const CycleState*> find_cycle(const State& state, const CycleId& id) {
  if (const auto* cycle = state.cycle(id)) return cycle;
  return Error{Fault::kNotFound, "no such cycle"};
}

// ---- programmes ----

std::string programme_json(const State& state, const std::string& name, const ProgrammeState& programme) {
  const auto& charter = *programme.latest().charter;
  std::string cycles;
  for (const auto& [id, cycle] : state.cycles) {
    if (id.programme == name) cycles += (cycles.empty() ? "" : ",") + json_string(id.cycle);
  }
  return fmt::format(R"({{"programme":{},"title":{},"sponsor":{},"charter_version":{},"cycles":[{}]}})", json_string(name),
                     json_string(charter.title), json_string(charter.sponsor), programme.versions.size(), cycles);
}

// The newest answer of a view that changes with the record alone. Any thread.
class KeptAnswer {
 public:
  void keep(uint64_t size, Response response) {
    const std::lock_guard lock(mutex_);
    size_ = size;
    response_ = std::move(response);
  }
  // Nullopt: there is none of a record of that size.
  std::optional<Response> of(uint64_t size) const {
    const std::lock_guard lock(mutex_);
    return response_ && size_ == size ? response_ : std::nullopt;
  }

 private:
  mutable std::mutex mutex_;
  uint64_t size_ = 0;
  std::optional<Response> response_;
};

Response programmes(const ViewParts& parts, const Request& request, KeptAnswer& kept) {
  uint64_t size = 0;
  auto response = answer_open_view(parts, request, [&size](const Newest& newest) -> Result<Draft> {
    size = newest.head.size;
    std::string all;
    for (const auto& [name, programme] : newest.state.programmes) all += (all.empty() ? "" : ",") + programme_json(newest.state, name, programme);
    Draft draft;
    draft.members = [all = std::move(all)] { return fmt::format(R"("programmes":[{}])", all); };
    return draft;
  });
  if (response.status == 200) kept.keep(size, response);
  return response;
}

void add_programmes(Router& router, const ViewParts& parts) {
  const auto kept = std::make_shared<KeptAnswer>();
  const auto answer = [parts, kept](const Request& request, const Found&) { return programmes(parts, request, *kept); };
  Route route{Method::kGet, "/v1/programmes", {}, {}, answer};
  route.quick = [parts, kept](const Request& request, const Found&) -> std::optional<Response> {
    if (!request.field("daybook-after").empty()) return std::nullopt;
    return kept->of(parts.ledger.programme().end().value);
  };
  router.add(std::move(route));
}

// ---- lists ----

Result<Table> table_of(const std::string& what, const Inquiry& inquiry, const CycleState& cycle, Day today) {
  if (what == "refused") {
    const RefusedFilter of_cycle{"", "", "", cycle.id, std::nullopt};
    DAYBOOK_TRY(const auto rows,
                refused_rows(inquiry.ledger.programme(), inquiry.state().end, inquiry.as_of.happened, of_cycle, inquiry.marks_to_find_by()));
    return refused(rows, *inquiry.desk);
  }
  auto table = list(what, inquiry.state(), cycle, today, *inquiry.desk);
  if (!table) return Error{Fault::kNotFound, "no such list"};
  return std::move(*table);
}

Result<Draft> draft_list(const ViewParts& parts, const Inquiry& inquiry, const CycleId& id, const std::string& what, Page page,
                         const std::string& happened_by) {
  DAYBOOK_TRY(const auto* cycle, find_cycle(inquiry.state(), id));
  if (!page.today) page.today = day_of(inquiry, *cycle, parts.clock.now());
  DAYBOOK_TRY(auto table, table_of(what, inquiry, *cycle, *page.today));
  DAYBOOK_TRY(auto draft, draft_table(parts, inquiry, std::move(table), what, page, happened_by));
  draft.cycle = id;
  return draft;
}

Response list_rows(const ViewParts& parts, const Request& request, const Found& found) {
  const auto names = list_names();
  const auto& what = found.path.at("list");
  if (std::find(names.begin(), names.end(), what) == names.end()) return problem("not-found", "", request.trace);
  auto caller = parts.callers.of(request);
  if (auto* no = std::get_if<Response>(&caller)) return std::move(*no);
  ViewQuestion question{.verb = "list " + what, .cycle = cycle_in(found), .reads_record = what == "refused"};
  auto read = read_page(parts, request, found.query, question);
  if (auto* no = std::get_if<Response>(&read)) return std::move(*no);
  question.draft = [&, page = std::get<Page>(read)](const Inquiry& inquiry) {
    return draft_list(parts, inquiry, question.cycle, what, page, question.happened_by);
  };
  return answer_view(parts, request, std::get<Caller>(caller), question);
}

// ---- things ----

// What a path names: an id, or a cycle or coach of a programme. An id has no slash, which no path may hide.
std::string thing_in(const Parameters& path) {
  if (const auto id = value_of(path, "id"); !id.empty()) return id;
  return path.at("programme") + "/" + (path.contains("cycle") ? path.at("cycle") : path.at("person"));
}

Response cards(const ViewParts& parts, const Request& request, const Found& found, bool explained) {
  auto caller = parts.callers.of(request);
  if (auto* no = std::get_if<Response>(&caller)) return std::move(*no);
  ViewQuestion question{
      .verb = explained ? "explain" : "show", .at = value_of(found.query, "at"), .happened_by = value_of(found.query, "happened-by")};
  question.draft = [&, id = thing_in(found.path)](const Inquiry& inquiry) -> Result<Draft> {
    const Asked asked{inquiry.state(), inquiry.ledger.programme(), inquiry.as_of.happened, *inquiry.desk, false, true, inquiry.marks_to_find_by()};
    DAYBOOK_TRY(auto all, things(asked, id, explained));
    Draft draft;
    draft.there = draft.told = !all.empty();
    draft.members = [all = std::move(all)] { return "\"things\":" + cards_json(all); };
    return draft;
  };
  return answer_view(parts, request, std::get<Caller>(caller), question);
}

// ---- people ----

// The words of {"words": ["geneva", "P4"]}; nullopt: another form, too many, or too long.
std::optional<std::vector<std::string>> read_words(const std::string& body) {
  const auto json = read_json(body, {.bytes_max = 4096, .depth_max = 2, .values_max = 20});
  const auto* object = json ? json.value().if_object() : nullptr;
  const auto* list = object && object->size() == 1 ? object->if_contains("words") : nullptr;
  if (!list || !list->is_array() || list->get_array().size() > kWordsMax) return std::nullopt;
  std::vector<std::string> words;
  for (const auto& word : list->get_array()) {
    if (!word.is_string() || word.get_string().empty() || word.get_string().size() > kWordBytesMax) return std::nullopt;
    words.emplace_back(word.get_string());
  }
  return words;
}

// The first page is all there is: who looks for more people says more of them.
Result<Draft> draft_people(const std::vector<std::string>& words, Desk& desk) {
  Draft draft;
  const auto table = people(words, desk);
  draft.told = !table.rows.empty();
  draft.members = [table] {
    return fmt::format(R"("list":"people","total":{},"rows":{})", table.rows.size(),
                       rows_json(table, 0, std::min<size_t>(kPageRows, table.rows.size())));
  };
  return draft;
}

Response find_people(const ViewParts& parts, const Request& request) {
  auto caller = parts.callers.of(request);
  if (auto* no = std::get_if<Response>(&caller)) return std::move(*no);
  const auto words = read_words(request.body);
  if (!words) return problem("malformed-body", fmt::format("want {{\"words\": [TEXT, ..]}}, {} at most", kWordsMax), request.trace);
  ViewQuestion question{.verb = "find"};
  question.draft = [&](const Inquiry& inquiry) { return draft_people(*words, *inquiry.desk); };
  return answer_view(parts, request, std::get<Caller>(caller), question);
}

// ---- figures ----

Result<Draft> draft_figures(const Inquiry& inquiry, const CycleId& id, bool earlier) {
  DAYBOOK_TRY(const auto* cycle, find_cycle(inquiry.state(), id));
  Draft draft;
  draft.cycle = id;
  draft.there = draft.told = inquiry.desk->reaches("figures", {{}, id, ""});
  if (!draft.there) return draft;
  DAYBOOK_TRY(const auto counted, statistics(inquiry.state(), *cycle, inquiry.vault));
  std::string figures;
  for (const auto& [name, value] : named_figures(as_told(counted, id, earlier, *inquiry.desk))) {
    figures += fmt::format("{}\"{}\":{}", figures.empty() ? "" : ",", name, value);
  }
  draft.members = [figures = std::move(figures)] { return fmt::format(R"("figures":{{{}}})", figures); };
  return draft;
}

Result<Draft> draft_edition(const EventLog& log, const State& state, const CycleId& id, const std::string& audience, uint32_t number) {
  DAYBOOK_TRY(const auto* cycle, find_cycle(state, id));
  DAYBOOK_TRY(auto edition, find_edition(log, *cycle, audience, number));
  Draft draft;
  draft.cycle = id;
  draft.there = draft.told = edition.has_value();
  if (edition) draft.members = [edition = std::move(*edition)] { return "\"edition\":" + edition_json(edition); };
  return draft;
}

// Whoever may have the sponsor's figures: a sponsor of the programme, and who may have the team's.
bool reaches_sponsors_figures(const Inquiry& inquiry, const CycleId& id) {
  const auto& reader = inquiry.reader;
  const Matter matter{{}, id, ""};
  const bool sponsors =
      reader.role == Role::kSponsor && relation(*reader.state, reader.actor, reader.role, matter, reader.today()) == Relation::kInScope;
  return sponsors || inquiry.desk->reaches("figures", matter);
}

struct FiguresAsked {
  std::string audience;
  uint32_t edition = 0;  // 0: the newest
  bool of_moment = false;
};

std::variant<FiguresAsked, Response> read_figures_asked(const Parameters& query, const Trace& trace) {
  FiguresAsked asked{query.contains("audience") ? value_of(query, "audience") : "team"};
  asked.of_moment = query.contains("at") || query.contains("happened-by");
  const bool team = asked.audience == "team";
  if (!team && asked.audience != "sponsor" && asked.audience != "public") {
    return problem("wrong-parameter", "audience: want team, sponsor or public", trace);
  }
  if (!team && asked.of_moment) {
    return problem("wrong-parameter", "at, happened-by: sponsors and the public are answered from editions alone", trace);
  }
  const auto number = number_in(value_of(query, "edition"), 0, 1, 999);
  if (!number || (team && *number > 0)) {
    return problem("wrong-parameter", "edition: want a whole number from 1 to 999, with the audience sponsor or public", trace);
  }
  asked.edition = static_cast<uint32_t>(*number);
  return asked;
}

Response stats(const ViewParts& parts, const Request& request, const Found& found) {
  auto read = read_figures_asked(found.query, request.trace);
  if (auto* no = std::get_if<Response>(&read)) return std::move(*no);
  const auto& asked = std::get<FiguresAsked>(read);
  const auto id = cycle_in(found);
  const auto edition_in = [&](const State& state) { return draft_edition(parts.ledger.programme(), state, id, asked.audience, asked.edition); };
  if (asked.audience == "public") return answer_open_view(parts, request, [&](const Newest& newest) { return edition_in(newest.state); });

  auto caller = parts.callers.of(request);
  if (auto* no = std::get_if<Response>(&caller)) return std::move(*no);
  ViewQuestion question{.verb = "stats", .at = value_of(found.query, "at"), .happened_by = value_of(found.query, "happened-by"), .cycle = id};
  question.draft = [&](const Inquiry& inquiry) -> Result<Draft> {
    if (asked.audience == "team") return draft_figures(inquiry, id, asked.of_moment);
    if (reaches_sponsors_figures(inquiry, id)) return edition_in(inquiry.state());
    return Draft{.there = false, .told = false, .cycle = id};
  };
  return answer_view(parts, request, std::get<Caller>(caller), question);
}

}  // namespace

std::vector<std::string_view> list_names() {
  std::vector<std::string_view> names = {"refused"};
  for (const auto& info : lists()) names.push_back(info.name);
  return names;
}

Result<Table> table_of_list(const std::string& what, const Inquiry& inquiry, const CycleId& id, Instant now) {
  DAYBOOK_TRY(const auto* cycle, find_cycle(inquiry.state(), id));
  return table_of(what, inquiry, *cycle, day_of(inquiry, *cycle, now));
}

void add_view_routes(Router& router, const ViewParts& parts) {
  const auto add = [&](std::string path, std::vector<std::string_view> query, auto answer) {
    router.add({Method::kGet, std::move(path), std::move(query), {}, [parts, answer](const Request& request, const Found& found) {
                  return answer(parts, request, found);
                }});
  };
  const auto of_things = [](bool explained) {
    return [explained](const ViewParts& p, const Request& request, const Found& found) { return cards(p, request, found, explained); };
  };
  add_programmes(router, parts);
  add("/v1/programmes/{programme}/cycles/{cycle}/{list}", {"at", "happened-by", "sort", "limit", "cursor"}, list_rows);
  add("/v1/programmes/{programme}/cycles/{cycle}/stats", {"at", "happened-by", "audience", "edition"}, stats);
  add("/v1/programmes/{programme}/cycles/{cycle}", {"at", "happened-by"}, of_things(false));
  add("/v1/programmes/{programme}/coaches/{person}", {"at", "happened-by"}, of_things(false));
  add("/v1/things/{id}", {"at", "happened-by"}, of_things(false));
  add("/v1/things/{id}/explain", {"at", "happened-by"}, of_things(true));
  router.add(
      {Method::kPost, "/v1/find", {}, "application/json", [parts](const Request& request, const Found&) { return find_people(parts, request); }});
}

}  // namespace daybook
