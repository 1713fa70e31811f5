// A view that is answered a page at a time: what a query says of the page, and where the next one begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "projections/table.h"
#include "server/view_answer.h"

namespace daybook {

inline constexpr uint64_t kPageRows = 500, kPageRowsMax = 5000;  // where a query says nothing; at most

struct Page {
  uint64_t limit = kPageRows;
  std::string sort;
  // What it is a page of: the request's path as it came, and what of the query says neither which page nor which moment.
  std::string path;
  Parameters filters;
  std::optional<Cursor> from;  // none: the first page
  std::optional<Day> today;    // that all pages are held against, if they are held against a day; the first page's

  uint64_t first() const { return from ? from->row : 0; }
  // Path and filters, encoded as a link has them: by this a cursor knows its list.
  std::string list() const;
};

// Empty where there is none of that name.
std::string value_of(const Parameters& parameters, std::string_view name);
// `?name` and `?name=1` are true, `?name=0` and nothing false; nullopt for anything else.
std::optional<bool> flag_in(const Parameters& parameters, std::string_view name);
// A whole number from `least` to `most`; `otherwise` where the text is empty, nullopt for anything else.
std::optional<uint64_t> number_in(const std::string& text, uint64_t otherwise, uint64_t least, uint64_t most);

// What the query says of the page, at most `most` of a kind at once, and of the moment, which is then in `question`; or the answer that says what
// is wrong with it. A cursor has the moment and the sorting of the first page.
std::variant<Page, Response> read_page(const ViewParts& parts, const Request& request, const Parameters& query, ViewQuestion& question,
                                       uint64_t most = kPageRowsMax);

// The Link field's value.
std::string link_to_next(const ViewParts& parts, const Page& page, const Cursor& next);

// Rows [page.first, + page.limit) of the table, named `what`, in the order that the page is asked for. kRejected: there is no such column.
Result<Draft> draft_table(const ViewParts& parts, const Inquiry& inquiry, Table table, const std::string& what, const Page& page,
                          const std::string& happened_by);

}  // namespace daybook
