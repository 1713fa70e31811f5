#include "server/named_routes.h"

#include <string_view>

#include "ledger/csv.h"
#include "projections/things.h"
#include "server/problem.h"
#include "server/strict_json.h"
#include "server/view_json.h"

namespace daybook {
namespace {

constexpr size_t kBodyBytesMax = 8192, kIdBytesMax = 200, kMomentBytesMax = 40;

struct Named {
  std::string id, at, happened_by;
};

// nullopt: another form, a member of another name, or one that is too long.
std::optional<Named> read_named(const std::string& body) {
  const auto json = read_json(body, {.bytes_max = kBodyBytesMax, .depth_max = 1, .values_max = 4});
  const auto* object = json ? json.value().if_object() : nullptr;
  if (!object) return std::nullopt;
  Named named;
  for (const auto& member : *object) {
    const std::string_view name(member.key());
    auto* where = name == "id" ? &named.id : name == "at" ? &named.at : name == "happened-by" ? &named.happened_by : nullptr;
    const auto* text = member.value().if_string();
    const auto most = name == "id" ? kIdBytesMax : kMomentBytesMax;
    if (!where || !text || text->empty() || text->size() > most || find_bad_text(std::string_view(*text)) != std::string_view::npos)
      return std::nullopt;
    *where = std::string(*text);
  }
  return named.id.empty() ? std::nullopt : std::optional(std::move(named));
}

Response cards(const ViewParts& parts, const Request& request, bool explained) {
  auto caller = parts.callers.of(request);
  if (auto* no = std::get_if<Response>(&caller)) return std::move(*no);
  const auto named = read_named(request.body);
  if (!named) return problem("malformed-body", "want {\"id\": TEXT}, and beside it at and happened-by, if you like", request.trace);
  ViewQuestion question{.verb = explained ? "explain" : "show", .at = named->at, .happened_by = named->happened_by};
  question.draft = [&](const Inquiry& inquiry) -> Result<Draft> {
    const Asked asked{inquiry.state(), inquiry.ledger.programme(), inquiry.as_of.happened, *inquiry.desk, true, true, inquiry.marks_to_find_by()};
    DAYBOOK_TRY(auto all, things(asked, named->id, explained));
    Draft draft;
    draft.there = draft.told = !all.empty();
    draft.members = [all = std::move(all)] { return "\"things\":" + cards_json(all); };
    return draft;
  };
  return answer_view(parts, request, std::get<Caller>(caller), question);
}

}  // namespace

void add_named_routes(Router& router, const ViewParts& parts) {
  const auto add = [&](const char* path, bool explained) {
    router.add({Method::kPost, path, {}, "application/json", [parts, explained](const Request& request, const Found&) {
                  return cards(parts, request, explained);
                }});
  };
  add("/v1/show", false);
  add("/v1/explain", true);
}

}  // namespace daybook
