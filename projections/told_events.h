// Events as they are told: a sentence each, and what they lead to, as far as the reader may be told of it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/codec.h"
#include "ledger/event.h"
#include "projections/corrections.h"
#include "projections/event_pages.h"
#include "projections/inquiry.h"

namespace daybook {

// An event with what is said of it beside what it holds.
struct ToldEvent {
  Event event;
  std::string sentence;
  std::string corrected_sentence;      // of the event that it corrects, if it corrects one
  std::vector<Position> corrected_by;  // the events that correct it
  std::optional<unsigned> depth;       // in a chain
  // In JSON. `version` counts the stream's events, also those out of reach; `operated`: by whose hand it was recorded; `batch`: with which import.
  bool with_version = true, with_operated = true, with_batch = true;
  std::optional<Commitments> commitments = std::nullopt;  // what stands in the log for the sealed fields, where that is told
};

std::string_view channel_name(Channel channel);
// The names of a kind's fields whose values are not in the log.
std::vector<std::string> sealed_fields(const Body& kind);
// The commitments in an event's entry, in hex, each under its field; of a list's with the place in the list.
std::vector<std::pair<std::string, std::string>> named_commitments(const Body& kind, const Commitments& commitments);

class EventTeller {
 public:
  // `view` is borrowed. What is told counts as looked at on its desk, of which there may be a new one after each event.
  explicit EventTeller(const Inquiry& view) : view_(view) {}

  using Use = std::function<Result<bool>(ToldEvent)>;  // false: enough

  // Calls `use` for each event of the listing that may be told of, as the record stood at the view's end. Gives the position to go on after, if
  // there are more. The error is the log's, the vault's or that of `use`.
  Result<std::optional<Position>> tell(Listing listing, const Use& use);

 private:
  Result<ToldEvent> told(const Event& event);
  Result<void> read_depths(const Chain& chain);
  Result<void> add_for_reader(ToldEvent& told_event) const;
  Result<void> add_links(ToldEvent& told_event);
  Result<Commitments> commitments_at(Position at) const;
  Result<std::optional<Event>> told_of(Position at) const;

  const Inquiry& view_;
  Corrections corrections_;
  Chain depths_;
  std::map<uint64_t, bool> causes_;  // by caused_by: whether it may be told of
};

}  // namespace daybook
