#include "server/entry_tiles.h"

#include <utility>
#include <variant>

#include "ledger/tile.h"
#include "projections/history_question.h"
#include "projections/told_events.h"
#include "server/view_page.h"

namespace daybook {
namespace {

struct Bundle {
  uint64_t index, width;
  Position from() const { return Position{index * kTileWidth}; }
  Position to() const { return Position{index * kTileWidth + width}; }
};

// "x001/234.p/12" as index and width. Whatever is not how we would write it is no bundle.
std::optional<Bundle> bundle_of(const std::string& text) {
  const auto part = text.find(".p/");
  const auto width = part == std::string::npos ? kTileWidth : number_in(text.substr(part + 3), 0, 1, kTileWidth).value_or(0);
  uint64_t index = 0;
  for (const char c : text.substr(0, part)) {
    if (c >= '0' && c <= '9') index = index * 10 + static_cast<uint64_t>(c - '0');
    if (index > uint64_t{1} << 40) return std::nullopt;
  }
  if (width == 0 || bundle_path(index, width) != "tile/entries/" + text) return std::nullopt;
  return Bundle{index, width};
}

// Whether the reader is told of every event of the bundle, and of each all that its entry says. Who is told of some has looked at those.
Result<bool> may_have(const Inquiry& inquiry, const Bundle& bundle) {
  if (!inquiry.may_ask() || inquiry.reader.role != Role::kAuditor || bundle.to() > inquiry.state().end) return false;
  HistoryQuestion all;
  all.by_name = false;
  all.prefix.clear();
  DAYBOOK_TRY(auto listing, read_question(all, inquiry));
  listing.from = bundle.from();
  listing.to = bundle.to();
  uint64_t whole = 0;
  DAYBOOK_TRY(EventTeller(inquiry).tell(std::move(listing), [&](const ToldEvent& told) -> Result<bool> {
    whole += told.with_version && told.with_operated && told.with_batch && told.commitments ? 1 : 0;
    return true;
  }));
  return whole == bundle.width;
}

Result<Draft> draft_bundle(const ViewParts& parts, const Inquiry& inquiry, const std::optional<Bundle>& bundle) {
  Draft draft;
  draft.there = draft.told = false;
  if (!bundle) return draft;
  DAYBOOK_TRY(const bool may, may_have(inquiry, *bundle));
  if (!may) return draft;
  std::vector<std::string> entries;
  const auto take = [&](Position, Bytes entry) {
    entries.emplace_back(as_text(entry));
    return true;
  };
  DAYBOOK_TRY(parts.ledger.programme().read(bundle->from(), bundle->to(), take));
  draft.there = draft.told = true;
  draft.content_type = "application/octet-stream";
  draft.members = [bytes = encode_bundle(entries)] { return bytes; };
  return draft;
}

}  // namespace

Response tell_entries(const ViewParts& parts, const Request& request, const Found& found) {
  auto caller = parts.callers.of(request);
  if (auto* no = std::get_if<Response>(&caller)) return std::move(*no);
  ViewQuestion question{.verb = "export tiles", .reads_record = true};
  question.draft = [&](const Inquiry& inquiry) { return draft_bundle(parts, inquiry, bundle_of(found.path.at("index"))); };
  return answer_view(parts, request, std::get<Caller>(caller), question);
}

}  // namespace daybook
