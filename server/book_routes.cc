#include "server/book_routes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "ledger/csv.h"
#include "projections/held.h"
#include "projections/history_question.h"
#include "projections/looks.h"
#include "projections/told_events.h"
#include "projections/whole_lists.h"
#include "server/entry_tiles.h"
#include "server/event_json.h"
#include "server/problem.h"
#include "server/strict_json.h"
#include "server/view_json.h"
#include "server/view_page.h"

namespace daybook {
namespace {

constexpr uint64_t kEventsMax = 1000, kPositionMax = 999'999'999;  // of a page; of a parameter
constexpr size_t kExportBytesMax = 16 << 20, kNamesBytesMax = 8192, kNameBytesMax = 200;

// ---- lists ----

Response list_whole(const ViewParts& parts, const Request& request, const Found& found, std::string_view what) {
  auto caller = parts.callers.of(request);
  if (auto* no = std::get_if<Response>(&caller)) return std::move(*no);
  ViewQuestion question{.verb = "list " + std::string(what)};
  question.reads_record = what == "imports";
  auto read = read_page(parts, request, found.query, question);
  if (auto* no = std::get_if<Response>(&read)) return std::move(*no);
  question.draft = [&, page = std::get<Page>(read)](const Inquiry& inquiry) -> Result<Draft> {
    DAYBOOK_TRY(auto table, whole_list(what, inquiry));
    return draft_table(parts, inquiry, std::move(table), std::string(what), page, question.happened_by);
  };
  return answer_view(parts, request, std::get<Caller>(caller), question);
}

// ---- charters ----

// To those who may be told of the event that has it. Nothing in it is about anybody.
Draft draft_charter(const Inquiry& inquiry, const std::string& name, const std::string& version) {
  const auto* programme = inquiry.state().programme(name);
  const size_t newest = programme ? programme->versions.size() : 0;
  const auto number = version == "newest" ? newest : number_in(version, 0, 1, newest).value_or(0);
  Draft draft;
  draft.there = draft.told = inquiry.desk->reaches("programme", {{}, {name, ""}, ""}) && number > 0;
  if (!draft.there) return draft;
  const auto& [charter, adopted] = programme->versions[number - 1];
  auto members = fmt::format(R"("programme":{},"version":{},"adopted":{},"newest":{},"text":{})", json_string(name), number, adopted.value, newest,
                             json_string(charter->text));
  draft.members = [members = std::move(members)] { return members; };
  return draft;
}

Response show_charter(const ViewParts& parts, const Request& request, const Found& found) {
  auto caller = parts.callers.of(request);
  if (auto* no = std::get_if<Response>(&caller)) return std::move(*no);
  ViewQuestion question{.verb = "charter show", .at = value_of(found.query, "at"), .happened_by = value_of(found.query, "happened-by")};
  question.draft = [&](const Inquiry& inquiry) -> Result<Draft> {
    return draft_charter(inquiry, found.path.at("programme"), found.path.at("version"));
  };
  return answer_view(parts, request, std::get<Caller>(caller), question);
}

// ---- people, by ids or by names ----

using Names = std::array<std::string_view, 2>;
constexpr Names kOfEvents = {"subject", "actor"}, kOfLooks = {"about", "by"};

// Names of people stand in the body of a POST, not in an address.
bool by_name(const Request& request) { return request.method == Method::kPost; }

// What the address asks and, of a POST, what its body has under `names` beside it; or the answer that says what is wrong with the body.
std::variant<Parameters, Response> read_asked(const Request& request, const Found& found, const Names& names) {
  auto all = found.query;
  if (!by_name(request)) return all;
  const auto wrong = [&] { return problem("malformed-body", fmt::format("want an object with texts: {}", fmt::join(names, ", ")), request.trace); };
  const auto json = read_json(request.body, {.bytes_max = kNamesBytesMax, .depth_max = 1, .values_max = names.size() + 1});
  const auto* object = json ? json.value().if_object() : nullptr;
  if (!object) return wrong();
  for (const auto& member : *object) {
    const std::string_view name(member.key());
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    const auto* text = member.value().if_string();
    if (!known || !text || text->empty() || text->size() > kNameBytesMax || find_bad_text(std::string_view(*text)) != std::string_view::npos)
      return wrong();
    all.insert_or_assign(std::string(name), std::string(*text));
  }
  return all;
}

// As the next page is asked for: in an address, by the id of whoever was found.
void name_by_id(Page& page, const std::string& name, const std::optional<PersonId>& found) {
  if (found && page.filters.contains(name)) page.filters.insert_or_assign(name, found->value);
}

// ---- events ----

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  for (size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// What the query asks of the events; or the answer that says what is wrong with it.
std::variant<HistoryQuestion, Response> read_history(const Parameters& query, const Page& page, const Trace& trace) {
  HistoryQuestion asked;
  asked.prefix.clear();
  for (const auto& [name, text] : std::initializer_list<std::pair<std::string_view, std::string*>>{{"subject", &asked.subject},
                                                                                                   {"stream", &asked.stream},
                                                                                                   {"actor", &asked.actor},
                                                                                                   {"acting-role", &asked.role},
                                                                                                   {"correlation", &asked.correlation},
                                                                                                   {"since", &asked.since},
                                                                                                   {"until", &asked.until},
                                                                                                   {"happened-since", &asked.happened_since},
                                                                                                   {"happened-until", &asked.happened_until},
                                                                                                   {"position", &asked.position}}) {
    *text = value_of(query, name);
  }
  if (query.contains("kind")) asked.kinds = split(value_of(query, "kind"));
  if (const auto chain = value_of(query, "chain"); !chain.empty()) {
    asked.chain = number_in(chain, 0, 0, kPositionMax);
    if (!asked.chain) return problem("wrong-parameter", "chain: want a position", trace);
  }
  asked.reverse = page.sort == "-position";
  if (!asked.reverse && !page.sort.empty() && page.sort != "position") {
    return problem("wrong-parameter", "sort: want position, or -position for the newest first", trace);
  }
  asked.limit = page.limit;
  if (page.from) asked.after = page.from->row;
  return asked;
}

// What is not there, and what may not be told of, is a page without events.
Result<Draft> draft_events(const ViewParts& parts, const Inquiry& inquiry, const HistoryQuestion& asked, Page page, const std::string& happened_by) {
  Draft draft;
  std::vector<ToldEvent> events;
  const auto listing = read_question(asked, inquiry);
  if (!listing && listing.error().fault != Fault::kNotFound) return listing.error();
  if (listing) {
    const auto keep = [&](ToldEvent event) -> Result<bool> {
      events.push_back(std::move(event));
      return true;
    };
    DAYBOOK_TRY(const auto next, EventTeller(inquiry).tell(listing.value(), keep));
    name_by_id(page, "subject", listing.value().filter.person);
    name_by_id(page, "actor", listing.value().filter.actor);
    if (next) draft.link = link_to_next(parts, page, {inquiry.state().end, happened_by, page.sort, next->value});
  }
  draft.told = !events.empty();
  draft.members = [events = std::move(events)] { return "\"events\":" + events_json(events); };
  return draft;
}

Response history(const ViewParts& parts, const Request& request, const Found& found) {
  auto caller = parts.callers.of(request);
  if (auto* no = std::get_if<Response>(&caller)) return std::move(*no);
  auto query = read_asked(request, found, kOfEvents);
  if (auto* no = std::get_if<Response>(&query)) return std::move(*no);
  ViewQuestion question{.verb = "history", .reads_record = true};
  auto read = read_page(parts, request, std::get<Parameters>(query), question, kEventsMax);
  if (auto* no = std::get_if<Response>(&read)) return std::move(*no);
  const auto& page = std::get<Page>(read);
  auto asked = read_history(std::get<Parameters>(query), page, request.trace);
  if (auto* no = std::get_if<Response>(&asked)) return std::move(*no);
  auto& events = std::get<HistoryQuestion>(asked);
  events.by_name = by_name(request);
  question.draft = [&](const Inquiry& inquiry) { return draft_events(parts, inquiry, events, page, question.happened_by); };
  return answer_view(parts, request, std::get<Caller>(caller), question);
}

// ---- looks ----

// Looks that were dropped while they were read are no answer, and not what is not there: the same question works at once.
template <class Told>
Result<Told> unless_dropped(Result<Told> told) {
  if (told || told.error().fault != Fault::kNotFound) return told;
  return Error{Fault::kBusy, "looks were dropped while they were read"};
}

// A walk ends where the book ended when it began: each of its pages is a look itself.
Result<Draft> draft_looks(const ViewParts& parts, const Inquiry& inquiry, const LookQuestion& asked, Page page) {
  const auto& book = parts.looks.log();
  const auto names = parts.looks.names();
  DAYBOOK_TRY(auto filter, read_question(asked, names, inquiry));
  if (page.from) filter.from = Position{page.from->row + 1};
  filter.to = page.from ? page.from->at : book.end();
  filter.limit = page.limit;
  DAYBOOK_TRY(auto told, unless_dropped(look_page(book, names, filter, *inquiry.desk)));
  name_by_id(page, "about", filter.about);
  name_by_id(page, "by", filter.by);
  Draft draft;
  draft.told = !told.table.rows.empty();
  if (told.next) draft.link = link_to_next(parts, page, {filter.to, "", "", told.next->value});
  draft.members = [table = std::move(told.table)] { return "\"rows\":" + rows_json(table, 0, table.rows.size()); };
  return draft;
}

Response access_log(const ViewParts& parts, const Request& request, const Found& found) {
  auto caller = parts.callers.of(request);
  if (auto* no = std::get_if<Response>(&caller)) return std::move(*no);
  auto query = read_asked(request, found, kOfLooks);
  if (auto* no = std::get_if<Response>(&query)) return std::move(*no);
  ViewQuestion question{.verb = "access-log", .reads_record = true};
  auto read = read_page(parts, request, std::get<Parameters>(query), question, kEventsMax);
  if (auto* no = std::get_if<Response>(&read)) return std::move(*no);
  question.at.clear();  // a cursor's is a place in the access book
  const auto of = [&](std::string_view name) { return value_of(std::get<Parameters>(query), name); };
  const LookQuestion asked{of("about"), of("by"), of("since"), of("until"), by_name(request), ""};
  question.draft = [&](const Inquiry& inquiry) { return draft_looks(parts, inquiry, asked, std::get<Page>(read)); };
  return answer_view(parts, request, std::get<Caller>(caller), question);
}

// ---- everything of one person ----

Result<Draft> draft_export(const ViewParts& parts, const Inquiry& inquiry, const std::string& id) {
  const bool known = inquiry.state().person(PersonId{id}) != nullptr;
  const auto person = known ? inquiry.desk->find(id, "export") : std::nullopt;
  Draft draft;
  draft.there = draft.told = person.has_value();
  if (!person) return draft;
  const auto names = parts.looks.names();
  DAYBOOK_TRY(const auto cards, unless_dropped(export_of(inquiry, *person, inquiry.state().end, parts.looks.log(), names)));
  auto members = "\"cards\":" + cards_json(cards);
  if (members.size() > kExportBytesMax) {
    draft.told = false;
    draft.problem = "answer-too-large";
    return draft;
  }
  draft.members = [members = std::move(members)] { return members; };
  return draft;
}

Response export_person(const ViewParts& parts, const Request& request, const Found& found) {
  auto asked = parts.callers.of(request);
  if (auto* no = std::get_if<Response>(&asked)) return std::move(*no);
  const auto& caller = std::get<Caller>(asked);
  if (auto no = want_reader(caller, request.trace)) return std::move(*no);
  if (auto no = want_fresh(caller, "export", parts.clock.now(), request.trace)) return std::move(*no);
  ViewQuestion question{.verb = "rights export", .reads_record = true};
  question.draft = [&](const Inquiry& inquiry) { return draft_export(parts, inquiry, found.path.at("person")); };
  return answer_view(parts, request, caller, question);
}

}  // namespace

void add_book_routes(Router& router, const ViewParts& parts) {
  const auto add = [&](std::string path, std::vector<std::string_view> query, auto answer) {
    router.add({Method::kGet, std::move(path), std::move(query), {}, [parts, answer](const Request& request, const Found& found) {
                  return answer(parts, request, found);
                }});
  };
  for (const auto name : whole_list_names()) {
    add("/v1/" + std::string(name), {"at", "happened-by", "sort", "limit", "cursor"},
        [name](const ViewParts& p, const Request& request, const Found& found) { return list_whole(p, request, found, name); });
  }
  add("/v1/programmes/{programme}/charters/{version}", {"at", "happened-by"}, show_charter);
  const auto add_asked = [&](const std::string& path, const Names& people, std::vector<std::string_view> others, auto answer) {
    const auto handler = [parts, answer](const Request& request, const Found& found) { return answer(parts, request, found); };
    router.add({Method::kPost, path, others, "application/json", handler});
    others.insert(others.end(), people.begin(), people.end());
    others.push_back("cursor");
    router.add({Method::kGet, path, std::move(others), {}, handler});
  };
  add_asked("/v1/history", kOfEvents,
            {"stream", "kind", "acting-role", "correlation", "since", "until", "happened-since", "happened-until", "position", "chain", "at",
             "happened-by", "sort", "limit"},
            history);
  add_asked("/v1/access-log", kOfLooks, {"since", "until", "limit"}, access_log);
  add("/v1/people/{person}/export", {}, export_person);
  add("/v1/tile/entries/{index*}", {}, tell_entries);
}

}  // namespace daybook
