#include "server/command_routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/action_text.h"
#include "ledger/csv.h"
#include "projections/refusal.h"
#include "server/catalogue.h"
#include "server/deeds.h"
#include "server/idempotency_key.h"
#include "server/problem.h"
#include "server/read_after.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

constexpr size_t kKeysMax = 100, kBodyBytesMax = 128 * 1024;  // a charter has 60,000 bytes at most
constexpr size_t kWaitingMax = 1000;                          // commands: some more are one write

// ---- what comes ----

// "57", quotes included, as answers give it in ETag. nullopt: another form.
std::optional<Position> read_entity_tag(std::string_view field) {
  if (field.size() < 3 || field.size() > 20 || field.front() != '"' || field.back() != '"') return std::nullopt;
  const auto digits = field.substr(1, field.size() - 2);
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  return Position{std::stoull(std::string(digits))};
}

// A text, or a whole number as text. nullopt: neither.
std::optional<std::string> text_of(const boost::json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  if (const auto* number = value.if_int64(); number && *number >= 0) return std::to_string(*number);
  if (const auto* number = value.if_uint64()) return std::to_string(*number);
  return std::nullopt;
}

// The keys of the action and their values, by name. kRejected: no JSON object of texts and whole numbers.
Result<KeyValues> read_keys(const std::string& body) {
  DAYBOOK_TRY(const auto json, read_json(body, {.bytes_max = kBodyBytesMax, .depth_max = 2, .values_max = kKeysMax}));
  const auto* object = json.if_object();
  if (!object) return Error{Fault::kRejected, "found no JSON object"};
  KeyValues values;
  for (const auto& member : *object) {
    const std::string key(member.key());
    auto text = text_of(member.value());
    if (!text || find_bad_text(*text) != std::string::npos) {
      return Error{Fault::kRejected, fmt::format("{}: want a text without control characters, or a whole number", json_string(key))};
    }
    if (key == "actor" || key == "action") return Error{Fault::kRejected, fmt::format("found a key {}: whoever is signed in acts", key)};
    values.emplace_back(key, std::move(*text));
  }
  std::sort(values.begin(), values.end());
  return values;
}

// What closes a proposal: `proposal`, and to decline it a reason.
Result<CommandBody> read_closing(std::string_view action, KeyValues values) {
  const auto proposal = take(values, "proposal"), reason = take(values, "reason");
  if (!proposal || proposal->empty() || !values.empty()) {
    return Error{Fault::kRejected, fmt::format("{}: want proposal=ID and, if you like, reason=TEXT", action)};
  }
  const auto outcome = action == "second" ? "seconded" : action == "decline" ? "declined" : "withdrawn";
  return CommandBody(CloseProposal{*proposal, outcome, reason.value_or("")});
}

// What is asked for. Keys are changed by the ledger itself: there the command is the event that says so.
struct Asked {
  Command command;
  std::optional<bool> changes_keys;  // of rotate-keys: with a new root key, or without
};

Result<Asked> read_asked(const CommandParts& parts, const ActionEntry& action, const Caller& caller, KeyValues values) {
  Asked asked;
  auto& command = asked.command;
  command.asked = fmt::format("{}\n{}\n{}", action.name, caller.role, to_lines(values));
  if (action.name == "rotate-keys") {
    DAYBOOK_TRY(asked.changes_keys, read_key_change(std::move(values)));
  } else {
    if (const auto at = take(values, "at"); at && !(command.happened_at = parse_instant(*at))) {
      return Error{Fault::kRejected, "at: want a time with seconds and offset, such as 2024-01-29T23:59:59+01:00"};
    }
    const bool closes = action.deed.empty();
    DAYBOOK_TRY(command.body, closes ? read_closing(action.name, std::move(values)) : read_deed(parts, action.name, std::move(values)));
  }
  command.actor = caller.name();
  command.role = caller.role;
  command.recorded_by = caller.account();
  command.channel = Channel::kService;
  return asked;
}

// The two fields of a command, which are then in it; or what is wrong with them. A key is good for its user alone.
std::optional<Response> read_fields(const Request& request, const Caller& caller, Asked& asked) {
  auto& command = asked.command;
  std::string key;
  if (auto no = want_idempotency_key(request, key)) return no;
  command.idempotency_key = caller.account() + "\n" + key;
  const auto tag = request.field("if-match");
  if (tag.empty() || tag == "*") return std::nullopt;
  if (asked.changes_keys) return problem("wrong-field", "If-Match: want none, or *: new keys change no event", request.trace);
  command.seen_to = read_entity_tag(tag);
  if (command.seen_to) return std::nullopt;
  return problem("wrong-field", "If-Match: want the ETag of an answer, or *", request.trace);
}

// ---- what goes ----

Response answer_refused(const Refusal& refusal, const Trace& trace) {
  const bool not_theirs = refusal.rule == "not-allowed" || refusal.rule == "own-case" || refusal.rule == "unknown-role";
  const bool named = refusal.rule == "key-reused" || refusal.rule == "moved-on";
  std::vector<ProblemMember> more = {{"rule", json_string(refusal.rule)}, {"saw", json_string(refusal.saw)}, {"wants", json_string(refusal.wants)}};
  if (refusal.because) more.push_back({"because", std::to_string(refusal.because->value)});
  return problem(not_theirs ? "not-allowed" : named ? std::string_view(refusal.rule) : "refused", "", trace, more);
}

// As whoever acted may have it.
Result<Refusal> as_told(const CommandParts& parts, const Caller& caller, Refusal refusal) {
  if (!refusal.because) return refusal;
  DAYBOOK_TRY(const auto newest, parts.live.read());
  const Reader reader{
      caller.person ? caller.person->id : PersonId{}, Role::kPublic, parts.clock.now(), &newest->state, &parts.table, &newest->tables, nullptr};
  return refusal_as_told(std::move(refusal), reader, parts.ledger.programme(), parts.ledger.vault());
}

Response answer_failed(const CommandParts& parts, const Error& error, const Trace& trace) {
  parts.log.write(Severity::kError, "command", {{"found", error.message}, {"trace", trace.trace_id}});
  auto response = problem_of(error, trace);
  if (response.status == 503) response.with("retry-after", "1");
  return response;
}

// What an answer tells of the events of a command.
struct Recorded {
  std::string flags, glass;  // `glass`: the id of one that was broken
  bool proposed = false;
  std::optional<Event> erased;  // by which something is to be taken from the disk
};
void take_first(Recorded& recorded, const Event& first) {
  recorded.proposed = std::holds_alternative<ProposalMade>(first.body);
  if (const auto* broken = std::get_if<GlassBroken>(&first.body)) recorded.glass = broken->glass;
}
void take_last(Recorded& recorded, const Event& last) {
  recorded.flags = flags_of(last.body);
  if (std::holds_alternative<PersonErased>(last.body) || std::holds_alternative<CohortExpired>(last.body)) recorded.erased = last;
}

// What was recorded before is read again, so that a repeated request has the answer of the first.
Result<Recorded> recorded_of(const EventLog& log, const Answer& answer) {
  Recorded recorded;
  const auto& range = answer.range;
  if (!answer.events.empty()) {
    take_first(recorded, answer.events.front());
    take_last(recorded, answer.events.back());
  } else if (range.first != range.end) {
    DAYBOOK_TRY(
        read_events(log, range.first, Position{range.first.value + 1}, [&](const Event& first) { return take_first(recorded, first), true; }));
    DAYBOOK_TRY(read_events(log, Position{range.end.value - 1}, range.end, [&](const Event& last) { return take_last(recorded, last), true; }));
  }
  return recorded;
}

Response answer_recorded(const CommandParts& parts, const Answer& answer, const Trace& trace) {
  const auto recorded = recorded_of(parts.ledger.programme(), answer);
  if (!recorded) return answer_failed(parts, recorded.error(), trace);
  const auto& [flags, glass, proposed, erased] = recorded.value();
  const auto& [first, end, repeated] = answer.range;
  const bool finished = !erased || parts.erasures.finish(*erased);
  Response response{.content_type = "application/json"};
  response.body = fmt::format(R"({{"outcome":"{}","first":{},"end":{},"position":{},"flags":{},"proposed":{},"finished":{})",
                              answer.outcome == Outcome::kRecorded ? "recorded" : "unchanged", first.value, end.value, end.value, json_string(flags),
                              proposed, finished);
  if (!glass.empty()) response.body += fmt::format(R"(,"glass":{})", json_string(glass));
  response.body += "}\n";
  return response.with("etag", fmt::format("\"{}\"", end.value));
}

Response answer_command(const CommandParts& parts, const Caller& caller, const Answer& answer, const Trace& trace) {
  if (answer.outcome == Outcome::kFailed) return answer_failed(parts, answer.error, trace);
  if (answer.outcome != Outcome::kRefused) return answer_recorded(parts, answer, trace);
  const auto refusal = as_told(parts, caller, answer.refusal);
  return refusal ? answer_refused(refusal.value(), trace) : answer_failed(parts, refusal.error(), trace);
}

// A command on its way: decided and durable with others, while no worker waits for it.
class CommandOnItsWay final : public Later {
 public:
  CommandOnItsWay(const CommandParts& parts, Caller caller, Trace trace, Command command)
      : parts_(parts), caller_(std::move(caller)), trace_(std::move(trace)), command_(std::move(command)) {}

  void begin(std::function<void()> ready) override {
    parts_.ledger.sequencer().submit(std::move(command_), [this, ready = std::move(ready)](Answer answer) {
      answer_ = std::move(answer);
      ready();
    });
  }
  // What was recorded before is read, and what a refusal follows from is looked up.
  bool quick() const override { return answer_.outcome != Outcome::kUnchanged && !answer_.refusal.because; }
  Response response() override {
    caller_.place = nullptr;  // before there is an answer, after which they may ask again
    return answer_command(parts_, caller_, answer_, trace_);
  }

 private:
  const CommandParts parts_;
  Caller caller_;
  const Trace trace_;
  Command command_;
  Answer answer_;
};

// Whether there is more to do when it is recorded, with the keys or on disk: a worker stays with it until that is done, be nobody there any more.
bool wants_a_worker(const Asked& asked) {
  const auto& body = asked.command.body;
  return asked.changes_keys || std::holds_alternative<ErasePerson>(body) || std::holds_alternative<ExpireCohort>(body) ||
         std::holds_alternative<CloseProposal>(body);
}

Response carry_out_here(const CommandParts& parts, const Request& request, const Caller& caller, Asked asked) {
  auto turn = parts.turns ? parts.turns->take(request.deadline) : Result<Turns::Turn>(nullptr);
  if (!turn) return problem("busy", "", request.trace).with("retry-after", "1");
  auto& [command, changes_keys] = asked;
  const auto actor = caller.person ? caller.person->id : PersonId{};
  const auto answer =
      changes_keys ? change_keys(parts, actor, *changes_keys, std::move(command)) : parts.ledger.sequencer().execute(std::move(command));
  return answer_command(parts, caller, answer, request.trace);
}

Response carry_out(const CommandParts& parts, const Request& request, const Found& found) {
  const auto* action = find_served_action(found.path.at("action"));
  if (!action) return problem("not-found", "", request.trace);
  auto of = parts.callers.of(request);
  if (auto* no = std::get_if<Response>(&of)) return std::move(*no);
  auto& caller = std::get<Caller>(of);
  if (auto no = want_sign_in(caller, request.trace)) return std::move(*no);
  if (auto no = want_position(parts.ledger.programme(), request)) return std::move(*no);
  auto values = read_keys(request.body);
  if (!values) return problem("malformed-body", values.error().message, request.trace);
  auto read = read_asked(parts, *action, caller, std::move(values).value());
  if (!read && read.error().fault != Fault::kRejected) return answer_failed(parts, read.error(), request.trace);
  if (!read) return problem("malformed-body", read.error().message, request.trace);
  auto& asked = read.value();
  if (auto no = read_fields(request, caller, asked)) return std::move(*no);
  if (auto no = want_fresh(caller, action->name, parts.clock.now(), request.trace)) return std::move(*no);
  if (wants_a_worker(asked)) return carry_out_here(parts, request, caller, std::move(asked));
  return {.later = std::make_shared<CommandOnItsWay>(parts, std::move(caller), request.trace, std::move(asked.command))};
}

}  // namespace

Gate writer_gate(const Sequencer& sequencer) {
  return {"busy", [&sequencer](const Request& request) -> std::optional<std::chrono::seconds> {
            const bool commands = request.method == Method::kPost && request.path.starts_with("/v1/commands/");
            return commands && sequencer.waiting() >= kWaitingMax ? std::optional(std::chrono::seconds(1)) : std::nullopt;
          }};
}

void add_command_routes(Router& router, const CommandParts& parts) {
  router.add({Method::kPost, "/v1/commands/{action}", {}, "application/json", [parts](const Request& request, const Found& found) {
                return carry_out(parts, request, found);
              }});
}

}  // namespace daybook
