#include "projections/told_events.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/replay.h"
#include "projections/statistics.h"
#include "projections/timeline.h"

namespace daybook {
namespace {

// The class whose values go with the thing that an event is about; kOpen where it is about nobody.
FieldClass class_of(std::string_view thing) {
  if (thing == "applications" || thing == "decisions") return FieldClass::kRegistration;
  if (thing == "pairings") return FieldClass::kSession;
  if (thing == "coaches") return FieldClass::kProfile;
  if (thing == "rights") return FieldClass::kReview;
  return thing == "people" ? FieldClass::kContact : FieldClass::kOpen;
}

}  // namespace

std::string_view channel_name(Channel channel) {
  static constexpr std::string_view kNames[] = {"cli", "import", "service", "clock"};
  return kNames[static_cast<size_t>(channel)];
}

std::vector<std::string> sealed_fields(const Body& kind) {
  std::vector<std::string> names;
  for (const auto& field : kind_of(kind).fields) {
    if (field.field_class != FieldClass::kOpen) names.push_back(field.name);
  }
  return names;
}

std::vector<std::pair<std::string, std::string>> named_commitments(const Body& kind, const Commitments& commitments) {
  std::vector<std::pair<std::string, std::string>> named;
  for (const auto& [number, digest] : commitments) {
    const auto item = number / 256;
    for (const auto& field : kind_of(kind).fields) {
      if (field.number == number % 256) named.emplace_back(item > 0 ? fmt::format("{} {}", field.name, item) : field.name, to_hex(digest));
    }
  }
  return named;
}

Result<std::optional<Position>> EventTeller::tell(Listing listing, const Use& use) {
  listing.to = std::min(listing.to, view_.state().end);
  if (view_.desk->may_look()) listing.filter.reaches = [this](const Event& event) { return view_.desk->reaches(event); };
  listing.filter.marks = view_.marks_to_find_by();
  const auto& log = view_.ledger.programme();
  if (listing.filter.chain) {
    DAYBOOK_TRY(read_depths(*listing.filter.chain));
  }
  if (!given_) {
    DAYBOOK_TRY(corrections_, Corrections::read(log, view_.state(), listing.filter, listing.from, view_.state().end, view_.marks));
  }
  std::optional<Error> failed;
  DAYBOOK_TRY(const auto next, list_events(log, view_.state(), listing, [&](const Event& event) {
                auto told_event = told(event);
                const auto more = told_event ? use(std::move(told_event).value()) : Result<bool>(told_event.error());
                if (!more) failed = more.error();
                return more && more.value();
              }));
  if (failed) return *failed;
  return next;
}

Result<ToldEvent> EventTeller::told(const Event& event) {
  ToldEvent told_event{event, sentence(event, *view_.desk), "", {}, std::nullopt};
  DAYBOOK_TRY(add_links(told_event));
  if (view_.desk->may_look()) {
    DAYBOOK_TRY(add_for_reader(told_event));
  }
  if (const auto depth = depths_.find(event.envelope.position); depth != depths_.end()) told_event.depth = depth->second;
  return told_event;
}

// How deep each event of a chain stands. To a reader what is out of reach is no step: else a gap would tell of it.
Result<void> EventTeller::read_depths(const Chain& chain) {
  if (!view_.desk->may_look()) {
    depths_ = chain;
    return success();
  }
  std::map<Position, unsigned> below;  // how deep what an event led to stands
  return read_events(view_.ledger.programme(), chain.begin()->first, Position{chain.rbegin()->first.value + 1}, [&](const Event& event) {
    const auto at = event.envelope.position;
    if (!chain.contains(at)) return true;
    const auto cause = event.envelope.caused_by == 0 ? below.end() : below.find(Position{event.envelope.caused_by - 1});
    const unsigned depth = cause == below.end() ? 0 : cause->second;
    depths_[at] = depth;
    below[at] = depth + (view_.desk->reaches(event) ? 1U : 0U);
    return true;
  });
}

// What a reader is told of it beside the event, and whom they looked at.
Result<void> EventTeller::add_for_reader(ToldEvent& told_event) const {
  auto& desk = *view_.desk;
  const auto& event = told_event.event;
  const auto of = desk.matter_of(event);
  told_event.with_version = reaches_all(of.cycle, desk);
  told_event.with_operated = desk.sight("operator", of) >= Sight::kMasked;
  told_event.with_batch = desk.sight("programme", {{}, of.cycle, ""}) == Sight::kShown;
  const auto looked_at = class_of(thing_of(event));
  if (!of.subject.empty() && looked_at != FieldClass::kOpen) desk.add(of.subject, looked_at);
  if (desk.reader()->role != Role::kAuditor) return success();
  DAYBOOK_TRY(told_event.commitments, commitments_at(event.envelope.position));
  return success();
}

Result<Commitments> EventTeller::commitments_at(Position at) const {
  Result<Commitments> found{Commitments{}};
  DAYBOOK_TRY(view_.ledger.programme().read(at, Position{at.value + 1}, [&](Position, Bytes entry) {
    found = commitments_of(entry);
    return true;
  }));
  return found;
}

// The events that it leads to, as far as they may be told of.
Result<void> EventTeller::add_links(ToldEvent& told_event) {
  auto& envelope = told_event.event.envelope;
  for (const auto position : (given_ ? *given_ : corrections_).of(envelope.position)) {
    DAYBOOK_TRY(const auto correcting, told_of(position));
    if (correcting) told_event.corrected_by.push_back(position);
  }
  if (envelope.corrects > 0) {
    DAYBOOK_TRY(const auto corrected, told_of(Position{envelope.corrects - 1}));
    corrected ? void(told_event.corrected_sentence = sentence(*corrected, *view_.desk)) : void(envelope.corrects = 0);
  }
  if (envelope.caused_by == 0 || !view_.desk->may_look()) return success();
  auto cause = causes_.find(envelope.caused_by);  // rows of one import have one
  if (cause == causes_.end()) {
    DAYBOOK_TRY(const auto event, told_of(Position{envelope.caused_by - 1}));
    cause = causes_.emplace(envelope.caused_by, event.has_value()).first;
  }
  if (!cause->second) envelope.caused_by = 0;
  return success();
}

// The event at a position; nullopt if it may not be told of.
Result<std::optional<Event>> EventTeller::told_of(Position at) const {
  std::optional<Event> found;
  DAYBOOK_TRY(read_events(view_.ledger.programme(), at, Position{at.value + 1}, [&](const Event& event) {
    if (view_.desk->reaches(event)) found = event;
    return true;
  }));
  return found;
}

}  // namespace daybook
