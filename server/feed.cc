#include "server/feed.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/problem.h"
#include "server/read_after.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

constexpr uint64_t kBlock = 256;                         // events of a part, which is some 50 KB then
constexpr std::chrono::microseconds kQuiet{10'000'000};  // then a comment says that the feed is still there, and whoever reads it is judged anew

Reader reader_of(const FeedSources& sources, const Caller& caller, const Newest& newest) {
  return {caller.person ? caller.person->id : PersonId{},
          *find_role(caller.role),
          sources.clock.now(),
          &newest.state,
          &sources.table,
          &newest.tables,
          nullptr};
}

std::string or_null(const std::string& text) { return text.empty() ? "null" : json_string(text); }

// A feed that somebody reads, from its first event on. It ends when they are not signed in any more, or do not hold their role.
class Feed final : public BodyParts {
 public:
  Feed(const FeedSources& sources, Request request, const Caller& caller, Position from)
      : sources_(sources), log_(sources.ledger.programme()), request_(std::move(request)), who_(caller.who), account_(caller.account()), at_(from) {}
  ~Feed() override { sources_.feeds.leave(account_); }
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  bool ready() const override { return !begun_ || log_.end() > at_ || sources_.clock.running() >= quiet_until_; }
  Result<std::optional<std::string>> next() override;

 private:
  std::optional<Caller> caller() const;
  std::string opening() const;
  static std::string told(const FeedEvent& event, Desk& desk);

  const FeedSources sources_;
  const EventLog& log_;
  const Request request_;
  const Identity who_;
  const std::string account_;
  Position at_;  // the next event
  bool begun_ = false;
  std::chrono::microseconds quiet_until_{0};  // of Clock::running
};

// Who reads, as they are now; nullopt: somebody else, or nobody.
std::optional<Caller> Feed::caller() const {
  auto again = sources_.callers.again(request_);
  auto* caller = std::get_if<Caller>(&again);
  return caller && caller->who == who_ ? std::optional(std::move(*caller)) : std::nullopt;
}

// With an id, so that who is cut off before the first event goes on from here.
std::string Feed::opening() const {
  const auto id = at_.value == 0 ? std::string() : fmt::format("id: {}\n", at_.value - 1);
  return fmt::format("retry: 2000\n{}event: begin\ndata: {{\"from\":{}}}\n\n", id, at_.value);
}

// Every position is told, so that who follows knows that none is missing; of what is out of reach that it is there, as everybody is told by the
// checkpoint.
std::string Feed::told(const FeedEvent& event, Desk& desk) {
  const auto position = event.event.envelope.position.value;
  const bool in_reach = desk.reaches(event.event) && !desk.glass() && !desk.looked();
  if (!in_reach) return fmt::format("id: {0}\nevent: position\ndata: {{\"position\":{0}}}\n\n", position);
  const auto cycle = desk.matter_of(event.event).cycle;
  return fmt::format("id: {}\nevent: recorded\ndata: {{{},\"programme\":{},\"cycle\":{}}}\n\n", position, event.told, or_null(cycle.programme),
                     or_null(cycle.cycle));
}

Result<std::optional<std::string>> Feed::next() {
  const auto reads = caller();
  if (!reads) return std::optional<std::string>();
  const Position end{std::min(log_.end().value, at_.value + kBlock)};
  DAYBOOK_TRY(const auto block, sources_.events.read(at_, end));
  std::string text = begun_ ? "" : opening();
  {
    DAYBOOK_TRY(const auto newest, sources_.live.read());
    const auto reader = reader_of(sources_, *reads, *newest);
    if (!reader.holds_role()) return std::optional<std::string>();
    const auto vault = sources_.ledger.vault();
    std::optional<Desk> desk;
    for (const auto& event : block) {
      if (!desk || desk->glass() || desk->looked()) desk.emplace(newest->state, vault, &reader);  // what a glass shows hides nothing after it
      text += told(*event, *desk);
    }
  }
  at_ = end;
  begun_ = true;
  quiet_until_ = sources_.clock.running() + kQuiet;
  return std::optional(text.empty() ? ": \n\n" : std::move(text));
}

// ---- how a feed begins ----

std::optional<Position> read_position(std::string_view text) {
  const bool digits = !text.empty() && text.size() <= 18 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? std::optional(Position{std::stoull(std::string(text))}) : std::nullopt;
}

// The first event that is wanted, without a word for the end of the record; or the answer that says why there is none.
std::variant<Position, Response> first_of(const FeedSources& sources, const Request& request, const Found& found) {
  const auto end = sources.ledger.programme().end();
  const auto last = request.field("last-event-id");
  const auto after = found.query.find("after"), from = found.query.find("from");
  const auto none = found.query.end();
  if (after != none && from != none) return problem("wrong-parameter", "after and from: want one of them", request.trace);
  std::optional<Position> first = end;
  if (!last.empty()) {
    first = read_position(last);
    if (!first) return problem("wrong-field", "Last-Event-ID: want a position, a whole number", request.trace);
  } else if (after != none || from != none) {
    first = read_position(after != none ? after->second : from->second);
    if (!first)
      return problem("wrong-parameter", fmt::format("{}: want a position, a whole number", after != none ? "after" : "from"), request.trace);
  }
  if (!last.empty() || after != none) ++first->value;
  if (*first <= end) return *first;
  return problem("behind", "", request.trace).with("retry-after", "1");
}

// The look of somebody who does not hold the role they ask in; nullopt: they do.
Result<std::optional<Look>> look_in_vain(const FeedSources& sources, const Caller& caller) {
  DAYBOOK_TRY(const auto newest, sources.live.read());
  DAYBOOK_TRY(const auto inquiry, Inquiry::now(sources.ledger, *newest, caller.asker(), sources.table, sources.clock.now()));
  if (inquiry->may_ask()) return std::optional<Look>();
  return inquiry->look("feed", {}, false);
}

// Nullopt: they hold it. Else the attempt is written down before it is answered.
std::optional<Response> want_role(const FeedSources& sources, const Request& request, const Caller& caller) {
  auto look = look_in_vain(sources, caller);
  if (!look) {
    sources.log.write(Severity::kError, "feed", {{"found", look.error().message}, {"trace", request.trace.trace_id}});
    auto response = problem_of(look.error(), request.trace);
    if (response.status == 503) response.with("retry-after", "1");
    return response;
  }
  if (!look.value()) return std::nullopt;
  look.value()->authenticated = caller.vouched_for();
  const auto place = sources.looks.record(*look.value());
  if (place) return problem("role-not-held", "", request.trace);
  sources.log.write(Severity::kError, "look", {{"found", place.error().message}, {"trace", request.trace.trace_id}});
  return problem("access-book", "", request.trace).with("retry-after", "5");
}

Response open_feed(const FeedSources& sources, const Request& request, const Found& found) {
  const auto asked = sources.callers.of(request);
  if (const auto* no = std::get_if<Response>(&asked)) return *no;
  const auto& caller = std::get<Caller>(asked);
  if (auto no = want_reader(caller, request.trace)) return std::move(*no);
  if (auto no = want_position(sources.ledger.programme(), request)) return std::move(*no);
  auto first = first_of(sources, request, found);
  if (auto* no = std::get_if<Response>(&first)) return std::move(*no);
  if (auto no = want_role(sources, request, caller)) return std::move(*no);
  if (!sources.feeds.enter(caller.account())) return problem("too-many-requests", "", request.trace).with("retry-after", "5");
  Response response{.content_type = "text/event-stream"};
  response.parts = std::make_shared<Feed>(sources, request, caller, std::get<Position>(first));
  return std::move(response.with("x-accel-buffering", "no"));  // a proxy passes on each event as it comes
}

}  // namespace

void add_feed_routes(Router& router, const FeedSources& sources) {
  router.add({Method::kGet, "/v1/feed", {"after", "from"}, {}, [sources](const Request& request, const Found& found) {
                return open_feed(sources, request, found);
              }});
}

}  // namespace daybook
