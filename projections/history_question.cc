#include "projections/history_question.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <tuple>
#include <utility>

#include "ledger/codec.h"
#include "ledger/cohort.h"
#include "ledger/printable.h"
#include "ledger/replay.h"

namespace daybook {
namespace {

Error not_there(std::string what) { return {Fault::kNotFound, std::move(what)}; }

constexpr const char* kSealedHint = "; a staff number is looked up with --as ACTOR --role ROLE --purpose TEXT";

// FROM, FROM-TO or FROM-: a half-open range of positions. FROM alone is one position.
std::optional<std::pair<Position, Position>> parse_range(const std::string& text, Position end) {
  const auto number = [](const std::string& digits) -> std::optional<Position> {
    if (digits.empty() || digits.size() > 18 || digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    return Position{std::stoull(digits)};
  };
  const auto dash = text.find('-');
  const auto from = number(text.substr(0, dash));
  if (!from) return std::nullopt;
  if (dash == std::string::npos) return std::pair{*from, Position{from->value + 1}};
  if (dash + 1 == text.size()) return std::pair{*from, end};
  const auto to = number(text.substr(dash + 1));
  return to && *from <= *to ? std::optional(std::pair{*from, *to}) : std::nullopt;
}

class QuestionReader {
 public:
  QuestionReader(const HistoryQuestion& question, const Inquiry& view) : question_(question), view_(view), state_(view.state()), desk_(*view.desk) {}

  Result<Listing> read() {
    DAYBOOK_TRY(read_things());
    DAYBOOK_TRY(read_moments());
    DAYBOOK_TRY(read_people());
    DAYBOOK_TRY(read_stretch());
    return std::move(listing_);
  }

 private:
  Error found_wanted(std::string_view option, const std::string& found, std::string_view wanted) const {
    const auto& prefix = question_.prefix;
    const auto repeated = prefix.empty() ? std::string() : fmt::format("found \"{}\", ", printable(found));
    return {Fault::kRejected, fmt::format("{}{}: {}want {}", prefix, option, repeated, wanted)};
  }

  // A position, where a view has to reach it.
  Result<Position> read_position(std::string_view option, uint64_t found) const {
    if (found < state_.end.value) return Position{found};
    if (desk_.may_look()) return nothing_to_tell();
    return not_there(fmt::format("{}{}: found {}, the record ends at {}", question_.prefix, option, found, state_.end.value));
  }

  // What can be held against the form of the option alone, or against the streams there are.
  Result<void> read_things() {
    filter_.stream = question_.stream;
    const bool unknown = !filter_.stream.empty() && !state_.stream_versions.contains(filter_.stream);
    if (unknown && !desk_.may_look()) return not_there("no stream " + printable(filter_.stream));
    filter_.kinds = question_.kinds;
    for (const auto& name : filter_.kinds) {
      const auto is_known = [&](const KindInfo& kind) { return kind.name == name; };
      if (std::none_of(kinds().begin(), kinds().end(), is_known)) {
        return found_wanted("kind", name, "a kind of ledger/EVENTS.md, such as PairingAccepted");
      }
    }
    filter_.role = question_.role;
    if (question_.correlation.empty()) return success();
    const auto bytes = from_hex(question_.correlation);
    if (!bytes || bytes->size() != 16) return found_wanted("correlation", question_.correlation, "32 hex digits");
    filter_.correlation = *bytes;
    return success();
  }

  Result<void> read_moments() {
    filter_.happened_by = view_.as_of.happened;
    for (const auto& [text, moment, name] :
         {std::tuple(&question_.since, &filter_.since, "since"), std::tuple(&question_.until, &filter_.until, "until"),
          std::tuple(&question_.happened_since, &filter_.happened_since, "happened-since"),
          std::tuple(&question_.happened_until, &filter_.happened_until, "happened-until")}) {
      if (text->empty()) continue;
      const auto day = parse_day(*text);
      *moment = day ? std::optional(Instant(*day)) : parse_instant(*text);
      if (!*moment) return found_wanted(name, *text, "a day (its start, UTC) or a time");
    }
    return success();
  }

  std::optional<PersonId> find_person(const std::string& text) const {
    if (!question_.by_name && !state_.person(PersonId{text})) return std::nullopt;
    return desk_.find(text);
  }

  Result<void> read_people() {
    if (!question_.actor.empty() && !(filter_.actor = find_person(question_.actor))) {
      if (!desk_.may_look()) return not_there("nobody goes by " + printable(question_.actor) + kSealedHint);
      filter_.actor = PersonId{"nobody"};  // ids are longer
    }
    const auto& subject = question_.subject;
    if (subject.empty()) return success();
    const bool is_thing = state_.application(subject) || state_.pairing(subject);
    if (!is_thing && (filter_.person = find_person(subject))) return success();
    filter_.ref = subject;
    if (is_thing || desk_.may_look()) return success();
    DAYBOOK_TRY(const bool refused, is_of_refused_row(subject));
    if (!refused) return not_there("nothing goes by " + printable(subject) + kSealedHint);
    return success();
  }

  // A chain is told to whoever may be told of the event that it is asked of.
  Result<void> reach(Position at) const {
    bool reached = true;
    DAYBOOK_TRY(
        read_events(view_.ledger.programme(), at, Position{at.value + 1}, [&](const Event& event) { return reached = desk_.reaches(event); }));
    return reached ? Result<void>(success()) : nothing_to_tell();
  }

  // Whether a reference stands in a row that was refused: nothing else would know it.
  Result<bool> is_of_refused_row(const std::string& ref) const {
    Listing rows;
    rows.filter.ref = ref;
    rows.to = state_.end;
    bool found = false;
    DAYBOOK_TRY(list_events(view_.ledger.programme(), state_, rows, [&](const Event&) { return !(found = true); }));
    return found;
  }

  // What was recorded in a stretch of time stands in a stretch of the record.
  Result<void> narrow_to_time() {
    const auto end_before = [&](Instant moment) { return end_as_of(view_.ledger.programme(), {state_.end, moment - Instant::duration(1), {}}); };
    if (filter_.since) {
      DAYBOOK_TRY(const auto since, end_before(*filter_.since));
      listing_.from = std::max(listing_.from, since);
    }
    if (filter_.until && !question_.follow) {
      DAYBOOK_TRY(const auto until, end_before(*filter_.until));
      listing_.to = std::min(listing_.to, until);
    }
    return success();
  }

  Result<void> read_stretch() {
    const Position end = state_.end;
    listing_.to = end;
    if (const auto& text = question_.position; !text.empty()) {
      const auto range = parse_range(text, question_.follow ? Position{UINT64_MAX} : end);
      if (!range) return found_wanted("position", text, "N, FROM-TO (FROM no greater than TO) or FROM-");
      const bool one = text.find('-') == std::string::npos;
      if (range->first > end || (one && range->first == end)) {
        if (desk_.may_look()) return nothing_to_tell();
        return not_there(fmt::format("{}position: found {}, the record ends at {}", question_.prefix, range->first.value, end.value));
      }
      std::tie(listing_.from, listing_.to) = *range;
    } else if (question_.follow) {
      listing_.to = Position{UINT64_MAX};
    }
    DAYBOOK_TRY(narrow_to_time());
    if (question_.after) {
      DAYBOOK_TRY(listing_.after, read_position("after", *question_.after));
    }
    listing_.newest_first = question_.reverse;
    listing_.limit = question_.limit;
    if (!question_.chain) return success();
    DAYBOOK_TRY(const auto at, read_position("chain", *question_.chain));
    DAYBOOK_TRY(reach(at));
    DAYBOOK_TRY(auto chain, chain_of(view_.ledger.programme(), at, end, view_.marks));
    listing_.from = std::max(listing_.from, chain.begin()->first);
    listing_.to = std::min(listing_.to, Position{chain.rbegin()->first.value + 1});
    filter_.chain = std::make_shared<const Chain>(std::move(chain));
    return success();
  }

  const HistoryQuestion& question_;
  const Inquiry& view_;
  const State& state_;
  Desk& desk_;
  Listing listing_;
  EventFilter& filter_ = listing_.filter;
};

}  // namespace

Error nothing_to_tell() { return not_there("no event that may be told of meets the question"); }

Result<Listing> read_question(const HistoryQuestion& question, const Inquiry& view) { return QuestionReader(question, view).read(); }

}  // namespace daybook
