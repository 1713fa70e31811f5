#include "server/view_answer.h"

#include <fmt/format.h>

#include "server/problem.h"
#include "server/read_after.h"
#include "server/view_json.h"

namespace daybook {
namespace {

// What is left of a question when nothing of the state is held any longer.
struct Prepared {
  Draft draft;
  std::optional<Look> look;
  bool may_ask = true;
  TreeHead head;
  Position known_to;  // it knows of nothing that was recorded there or later
};

// The moment that is asked about, a day as its last instant in the cycle's zone.
Result<AsOf> moment_asked(const ViewParts& parts, const ViewQuestion& question) {
  DAYBOOK_TRY(auto as_of, read_as_of(question.at, question.happened_by));
  if (!as_of.happened) return as_of;
  DAYBOOK_TRY(const auto reading, parts.live.read());
  if (const auto moment = in_zone_of(question.cycle, question.happened_by, reading->state)) as_of.happened = moment;
  return as_of;
}

Result<Prepared> prepared(const Inquiry& inquiry, const ViewQuestion& question) {
  Prepared out;
  DAYBOOK_TRY(out.draft, question.draft(inquiry));
  DAYBOOK_TRY(out.look, inquiry.look(question.verb, out.draft.cycle, out.draft.told));
  out.may_ask = inquiry.may_ask();
  out.head = inquiry.head();
  return out;
}

// What an inquiry needs for as long as it is there.
struct Held {
  std::optional<LiveState::Reading> reading;  // none: it has a state of its own
  std::shared_ptr<void> fold;                 // the place of that state among those of earlier moments
};

// Of the newest state, or of one of its own. An earlier moment is folded before the newest state is read, which is wanted for rights alone. A
// position, the next page's mostly, is often the newest.
Result<std::unique_ptr<Inquiry>> begin(const ViewParts& parts, const Caller& caller, const AsOf& as_of, bool of_copy,
                                       std::chrono::steady_clock::time_point deadline, Held& held) {
  const auto is_asked = [&](const Newest& newest) {
    return !as_of.recorded && !as_of.happened && (!as_of.position || newest.state.end == *as_of.position);
  };
  const auto now = parts.clock.now();
  DAYBOOK_TRY(held.reading, parts.live.read());
  const bool of_now = is_asked(**held.reading);
  if (of_now && !of_copy) return Inquiry::now(parts.ledger, **held.reading, caller.asker(), parts.table, now);
  held.reading.reset();
  std::shared_ptr<const Newest> newest;
  if (of_now) {
    DAYBOOK_TRY(newest, parts.live.kept());
    if (is_asked(*newest)) return Inquiry::now(parts.ledger, std::move(newest), caller.asker(), parts.table, now);
  }
  newest.reset();
  DAYBOOK_TRY(auto folded, parts.live.at(as_of, deadline));
  held.fold = std::move(folded.place);
  DAYBOOK_TRY(newest, parts.live.kept());
  return Inquiry::at(parts.ledger, std::move(folded.replayed), as_of, caller.asker(), parts.table, parts.clock.now(), std::move(newest));
}

Result<Prepared> prepare(const ViewParts& parts, const Caller& caller, const ViewQuestion& question, std::chrono::steady_clock::time_point deadline) {
  DAYBOOK_TRY(const auto as_of, moment_asked(parts, question));
  if (as_of.position && *as_of.position > parts.ledger.programme().end()) {
    Prepared nothing;
    nothing.draft.problem = "past-the-end";
    return nothing;
  }
  Held held;
  DAYBOOK_TRY(const auto inquiry, begin(parts, caller, as_of, question.reads_record, deadline, held));
  inquiry->marks = &parts.live.marks();
  const auto known_to = held.reading ? (*held.reading)->state.end : inquiry->reader.state->end;
  auto made = prepared(*inquiry, question);
  if (made) made.value().known_to = known_to;
  return made;
}

Response refused(const ViewParts& parts, const Error& error, const Trace& trace) {
  if (error.fault == Fault::kRejected) return problem("wrong-parameter", error.message, trace);
  if (error.fault != Fault::kNotFound) parts.log.write(Severity::kError, "view", {{"found", error.message}, {"trace", trace.trace_id}});
  auto response = problem_of(error, trace);
  if (error.fault == Fault::kBusy) response.with("retry-after", "1");
  return response;
}

Response written(const Draft& draft, const TreeHead& head, const std::vector<Position>& looks) {
  Response response{.content_type = draft.content_type};
  if (draft.content_type.empty()) {
    response.content_type = "application/json";
    response.body = fmt::format("{{{},{}}}\n", standing_json(head, looks), draft.members());
  } else {
    response.body = draft.members();
  }
  response.with("etag", fmt::format("\"{}\"", head.size));
  if (!draft.link.empty()) response.with("link", draft.link);
  return response;
}

}  // namespace

Response answer_view(const ViewParts& parts, const Request& request, const Caller& caller, const ViewQuestion& question) {
  if (auto no = want_reader(caller, request.trace)) return std::move(*no);
  if (auto no = want_position(parts.ledger.programme(), request)) return std::move(*no);
  auto made = prepare(parts, caller, question, request.deadline);
  if (!made) return refused(parts, made.error(), request.trace);
  auto& [draft, look, may_ask, head, known_to] = made.value();
  std::vector<Position> looks;
  if (look) {
    look->authenticated = caller.vouched_for();
    const auto place = parts.looks.record(*look);
    if (!place) parts.log.write(Severity::kError, "look", {{"found", place.error().message}, {"trace", request.trace.trace_id}});
    if (!place) return problem("access-book", "", request.trace).with("retry-after", "5");
    const auto erased = look->denied ? Result<bool>(false) : parts.live.erased_since(look->subjects, known_to);
    if (!erased) return refused(parts, erased.error(), request.trace);
    if (erased.value()) return problem("busy", "", request.trace).with("retry-after", "1");
    if (!look->denied) looks.push_back(place.value());
  }
  if (!may_ask) return problem("role-not-held", "", request.trace);
  if (!draft.there) return problem("not-found", "", request.trace);
  if (!draft.problem.empty()) return problem(draft.problem, "", request.trace);
  auto response = written(draft, head, looks);
  response.in_vain = look && look->denied;
  return response;
}

Response answer_open_view(const ViewParts& parts, const Request& request, const std::function<Result<Draft>(const Newest&)>& draft) {
  if (auto no = want_position(parts.ledger.programme(), request)) return std::move(*no);
  auto reading = parts.live.read();
  if (!reading) return refused(parts, reading.error(), request.trace);
  const auto made = draft(*reading.value());
  if (!made) return refused(parts, made.error(), request.trace);
  if (!made.value().there) return problem("not-found", "", request.trace);
  return written(made.value(), reading.value()->head, {});
}

}  // namespace daybook
