#include "server/view_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/problem.h"
#include "server/strict_json.h"
#include "server/view_json.h"

namespace daybook {
namespace {

constexpr std::array<std::string_view, 5> kOfPage = {"at", "cursor", "happened-by", "limit", "sort"};

Result<void> sort_as_asked(Table& table, const std::string& sort) {
  if (sort.empty()) return success();
  const bool descending = sort.front() == '-';
  if (sort_by(table, std::string_view(sort).substr(descending ? 1 : 0), descending)) return success();
  std::string known;
  for (const auto& column : table.columns) known += (known.empty() ? "" : ", ") + column.name;
  return Error{Fault::kRejected, "sort: want one of " + known + ", with - before it for the greatest first"};
}

}  // namespace

std::string Page::list() const {
  std::string list = path;
  for (const auto& [name, value] : filters) list += fmt::format("{}{}={}", list.size() == path.size() ? "?" : "&", name, percent_encoded(value));
  return list;
}

std::string value_of(const Parameters& parameters, std::string_view name) {
  const auto it = parameters.find(name);
  return it == parameters.end() ? std::string() : it->second;
}

std::optional<bool> flag_in(const Parameters& parameters, std::string_view name) {
  if (!parameters.contains(name)) return false;
  const auto value = value_of(parameters, name);
  if (value.empty() || value == "1") return true;
  return value == "0" ? std::optional(false) : std::nullopt;
}

std::optional<uint64_t> number_in(const std::string& text, uint64_t otherwise, uint64_t least, uint64_t most) {
  if (text.empty()) return otherwise;
  const bool digits = text.size() <= 9 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  const uint64_t number = digits ? std::stoull(text) : most + 1;
  return number >= least && number <= most ? std::optional(number) : std::nullopt;
}

std::variant<Page, Response> read_page(const ViewParts& parts, const Request& request, const Parameters& query, ViewQuestion& question,
                                       uint64_t most) {
  Page page;
  page.path = request.path;
  page.filters = query;
  for (const auto name : kOfPage) page.filters.erase(std::string(name));
  const auto limit = number_in(value_of(query, "limit"), kPageRows, 1, most);
  if (!limit) return problem("wrong-parameter", fmt::format("limit: want a whole number from 1 to {}", most), request.trace);
  page.limit = *limit;
  page.sort = value_of(query, "sort");
  question.at = value_of(query, "at");
  question.happened_by = value_of(query, "happened-by");
  if (!query.contains("cursor")) return page;
  if (query.contains("sort") || query.contains("at") || query.contains("happened-by")) {
    return problem("wrong-parameter", "cursor: sort, at and happened-by stand with none; they are in it", request.trace);
  }
  page.from = parts.cursors.read(page.list(), value_of(query, "cursor"));
  if (!page.from) return problem("cursor", "", request.trace);
  page.sort = page.from->sort;
  page.today = page.from->today;
  question.at = std::to_string(page.from->at.value);
  question.happened_by = page.from->happened_by;
  return page;
}

std::string link_to_next(const ViewParts& parts, const Page& page, const Cursor& next) {
  const auto list = page.list();
  return fmt::format("<{}{}limit={}&cursor={}>; rel=\"next\"", list, page.filters.empty() ? "?" : "&", page.limit, parts.cursors.write(list, next));
}

Result<Draft> draft_table(const ViewParts& parts, const Inquiry& inquiry, Table table, const std::string& what, const Page& page,
                          const std::string& happened_by) {
  DAYBOOK_TRY(sort_as_asked(table, page.sort));
  const size_t first = std::min<size_t>(page.first(), table.rows.size()), end = std::min<size_t>(first + page.limit, table.rows.size());
  Draft draft;
  draft.told = !table.rows.empty();
  if (end < table.rows.size()) draft.link = link_to_next(parts, page, {inquiry.state().end, happened_by, page.sort, end, page.today});
  draft.members = [table = std::move(table), what, first, end] {
    return fmt::format(R"("list":{},"total":{},"rows":{})", json_string(what), table.rows.size(), rows_json(table, first, end));
  };
  return draft;
}

}  // namespace daybook
