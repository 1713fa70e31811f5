#include "tests/server/served_house.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstring>

#include "ledger/csv.h"
#include "ledger/require.h"
#include "projections/whole_lists.h"
#include "server/code_flow_routes.h"
#include "server/feed.h"
#include "server/session_routes.h"
#include "server/sign_in_routes.h"
#include "server/view_routes.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

namespace json = boost::json;

const std::string kCyclePath = "/v1/programmes/iom-coaching/cycles/2024";
const std::string kList = "/v1/programmes/{programme}/cycles/{cycle}/{list}";
constexpr int kPartsMax = 1000;

Fetch no_answer() {
  return [](const FetchRequest&) -> Result<FetchAnswer> { return Error{Fault::kBusy, "no answer"}; };
}

Client client() {
  Client client;
  client.id = "console";
  client.redirect = made(read_url("https://daybook.example.org/v1/sign-in/callback"));
  client.after_sign_out = made(read_url("https://daybook.example.org/"));
  client.algorithms = {Algorithm::kEs256};
  return client;
}

std::string lines_of(const std::vector<std::string>& cells) { return csv_line(cells); }

// ---- text ----

std::string text_of(const json::value& value) {
  if (value.is_null()) return {};
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

std::string text_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(json::string_view(name.data(), name.size()));
  return value ? text_of(*value) : std::string();
}

// What somebody asked for is in quotes: it is the name of a surface, and no answer of it.
std::string row_text(const std::string& title, const json::object& row) {
  auto text = title;
  for (const auto& member : row) {
    const auto* quote = member.key() == "asked_for" ? "\"" : "";
    text += fmt::format(" | {}={}{}{}", std::string(member.key()), quote, text_of(member.value()), quote);
  }
  return text + "\n";
}

std::string card_text(const std::string& title, const json::object& card) {
  const auto head = title + " " + text_at(card, "title");
  auto text = head + "\n";
  for (const auto& section : card.at("sections").as_array()) {
    for (const auto& line : section.at("lines").as_array()) {
      text += fmt::format("{} | {} | {}={}\n", head, text_at(section.as_object(), "heading"), text_at(line.as_object(), "label"),
                          text_at(line.as_object(), "value"));
    }
  }
  return text;
}

std::string event_text(const json::object& event) {
  auto text = fmt::format("history {} {} | stream={} actor={} role={}", text_at(event, "kind"), text_at(event, "sentence"), text_at(event, "stream"),
                          text_at(event, "actor"), text_at(event, "role"));
  for (const auto& field : event.at("fields").as_object()) text += fmt::format(" {}={}", std::string(field.key()), text_of(field.value()));
  return text + "\n";
}

std::string object_text(const std::string& title, const json::object& object) {
  std::string text;
  if (object.contains("fields") && object.contains("sentence")) return event_text(object);
  if (const auto* rows = object.if_contains("rows"); rows && rows->is_array()) {
    for (const auto& row : rows->get_array()) text += row_text(title, row.as_object());
  }
  for (const auto* name : {"things", "cards"}) {
    if (const auto* cards = object.if_contains(name)) {
      for (const auto& card : cards->as_array()) text += card_text(title, card.as_object());
    }
  }
  if (const auto* events = object.if_contains("events")) {
    for (const auto& event : events->as_array()) text += event_text(event.as_object());
  }
  if (const auto* figures = object.if_contains("figures")) {
    for (const auto& figure : figures->as_object()) text += fmt::format("stats {}={}\n", std::string(figure.key()), text_of(figure.value()));
  }
  return text.empty() ? row_text("answer", object) : text;
}

std::string json_text(const std::string& title, std::string_view text) {
  boost::system::error_code broken;
  const auto value = json::parse(json::string_view(text.data(), text.size()), broken);
  return broken || !value.is_object() ? std::string() : object_text(title, value.get_object());
}

// Each line that is an object, or that has one behind `prefix`.
std::string json_lines_text(const std::string& title, std::string_view text, std::string_view prefix) {
  std::string all;
  for (size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const auto line = text.substr(begin, end - begin);
    if (line.starts_with(prefix)) all += json_text(title, line.substr(prefix.size()));
    begin = end + 1;
  }
  return all;
}

std::string csv_text(const std::string& title, const std::string& text) {
  size_t read = 0;
  CsvReader reader([&](char* buffer, size_t size) {
    const auto bytes = std::min(size, text.size() - read);
    std::memcpy(buffer, text.data() + read, bytes);
    read += bytes;
    return bytes;
  });
  std::vector<std::string> heads;
  std::string all;
  for (auto record = made(reader.next()); record; record = made(reader.next())) {
    if (heads.empty()) {
      heads = record->cells;
      continue;
    }
    all += title;
    for (size_t i = 0; i < record->cells.size() && i < heads.size(); ++i) all += fmt::format(" | {}={}", heads[i], record->cells[i]);
    all += "\n";
  }
  return all;
}

std::string body_of(const Response& response) {
  if (!response.parts) return response.body;
  std::string text;
  for (int parts = 0; parts < kPartsMax && response.parts->ready(); ++parts) {
    const auto part = response.parts->next();
    if (!part) return text + "(cut)";
    if (!part.value()) break;
    text += *part.value();
  }
  return text;
}

std::string head_of(const Response& response) {
  auto text = fmt::format("{} {}\n", response.status, response.content_type);
  for (const auto& field : response.fields) text += field.name + ": " + field.value + "\n";
  return text + "\n";
}

// ---- questions ----

void add_things(ServedHouse& served, std::vector<Asking>& all) {
  const auto state = served.state();
  std::vector<std::string> ids;
  for (const auto& [ref, unused] : state.applications) ids.push_back(ref);
  for (const auto& [ref, unused] : state.pairings) ids.push_back(ref);
  for (const auto& [person, unused] : state.people) ids.push_back(person.value);
  for (const auto* number : {"U1", "K1"}) ids.emplace_back(number);
  for (const auto& id : ids) {
    all.push_back({"/v1/things/{id}", "show", "/v1/things/" + id});
    all.push_back({"/v1/things/{id}/explain", "explain", "/v1/things/" + id + "/explain"});
    all.push_back({"/v1/show", "show", "/v1/show", "", R"({"id":")" + id + "\"}", Method::kPost});
    all.push_back({"/v1/explain", "explain", "/v1/explain", "", R"({"id":")" + id + "\"}", Method::kPost});
  }
  all.push_back({"/v1/programmes/{programme}/cycles/{cycle}", "show", kCyclePath});
  for (const auto* coach : {"K1", "K2", "K3"}) {
    all.push_back({"/v1/programmes/{programme}/coaches/{person}", "show", "/v1/programmes/iom-coaching/coaches/" + served.id(coach)});
  }
  all.push_back({"/v1/find", "find", "/v1/find", "", R"({"words": []})", Method::kPost});
}

void add_lists(std::vector<Asking>& all) {
  for (const auto name : list_names()) {
    const auto title = "list " + std::string(name);
    all.push_back({kList, title, kCyclePath + "/" + std::string(name)});
    all.push_back({kList, title, kCyclePath + "/" + std::string(name), "limit=1"});
    all.push_back({"/v1/export/programmes/{programme}/cycles/{cycle}/{list}", title,
                   "/v1/export/programmes/iom-coaching/cycles/2024/" + std::string(name), "raw"});
  }
  for (const auto name : whole_list_names()) {
    const auto path = "/v1/" + std::string(name);
    all.push_back({path, "list " + std::string(name), path});
  }
  for (const auto* audience : {"audience=team", "audience=sponsor", "audience=public"}) {
    all.push_back({"/v1/programmes/{programme}/cycles/{cycle}/stats", "stats", kCyclePath + "/stats", audience});
  }
  all.push_back({"/v1/programmes/{programme}/charters/{version}", "charter", "/v1/programmes/iom-coaching/charters/newest"});
}

void add_events(ServedHouse& served, std::vector<Asking>& all) {
  const auto history = [&](const std::string& query) { all.push_back({"/v1/history", "history", "/v1/history", query}); };
  const auto state = served.state();
  for (const auto* query :
       {"limit=1000", "limit=1000&sort=-position", "limit=1", "happened-since=2024-02-01&limit=1000", "acting-role=line-manager"}) {
    history(query);
  }
  for (const auto& [person, unused] : state.people) {
    history("limit=1000&subject=" + person.value);
    history("limit=1000&actor=" + person.value);
  }
  for (const auto& [stream, unused] : state.stream_versions) history("stream=" + stream);
  for (uint64_t at = 0; at < state.end.value; at += 7) history(fmt::format("limit=1000&chain={}", at));
  all.push_back({"/v1/export/history", "history", "/v1/export/history"});
  all.push_back({"/v1/tile/entries/{index*}", "entries", "/v1/tile/entries/000.p/5"});
  all.push_back({"/v1/feed", "feed", "/v1/feed", "from=0"});
  const std::string looks = "/v1/access-log";
  all.push_back({looks, "access-log", looks});
  all.push_back({looks, "access-log by", looks, "by=id-of-looker"});
  for (const auto* name : {"U1", "K1"}) all.push_back({looks, "access-log", looks, "about=" + served.id(name)});
  for (const std::string name : {"U1", "U2", "K1"}) {  // by staff numbers
    all.push_back({looks, "access-log", looks, "", R"({"about":")" + name + "\"}", Method::kPost});
    all.push_back({looks, "access-log by", looks, "", R"({"by":")" + name + "\"}", Method::kPost});
    all.push_back({"/v1/history", "history", "/v1/history", "limit=1000", R"({"subject":")" + name + "\"}", Method::kPost});
    all.push_back({"/v1/history", "history", "/v1/history", "", R"({"actor":")" + name + "\"}", Method::kPost});
  }
  for (const auto* name : {"U1", "U2", "U3", "K1", "K2", "K3", "admin"}) {
    all.push_back({"/v1/people/{person}/export", std::string("export ") + name, "/v1/people/" + served.id(name) + "/export"});
  }
}

void add_jobs(ServedHouse& served, std::vector<Asking>& all) {
  all.push_back({"/v1/jobs/{id}", "job", "/v1/jobs/" + served.job});
  all.push_back({"/v1/jobs/{id}/report", "job", "/v1/jobs/" + served.job + "/report"});
  all.push_back({"/v1/imports/{kind}", "job", "/v1/imports/participations", "dry-run",
                 lines_of({"staff_number", "programme", "sponsor", "edition", "sessions_done"}) + lines_of({"U1", "un-coaching", "UN", "1", "2"}),
                 Method::kPost});
}

// What tells of nobody, whoever asks.
void add_open(std::vector<Asking>& all) {
  for (const auto* path : {"/v1/programmes", "/v1/checkpoint", "/v1/session", "/v1/sign-in/metadata", "/v1/sign-in", "/v1/sign-in/callback",
                           "/problems", "/healthz", "/readyz", "/metrics"}) {
    all.push_back({path, "open", path});
  }
  all.push_back({"/problems/{name}", "open", "/problems/not-found"});
  all.push_back({"/v1/tile/{level}/{index*}", "open", "/v1/tile/0/000.p/5"});
  all.push_back({"/v1/proof/inclusion/{size}/{position}", "open", "/v1/proof/inclusion/9/2"});
  all.push_back({"/v1/proof/consistency/{old}/{size}", "open", "/v1/proof/consistency/3/9"});
  all.push_back({"/v1/sign-in/demo", "open", "/v1/sign-in/demo", "", R"({"code": "no code"})", Method::kPost});
  all.push_back({"/v1/sign-in/back-channel-logout", "open", "/v1/sign-in/back-channel-logout", "", "logout_token=none", Method::kPost});
  all.push_back({"/v1/sign-out", "open", "/v1/sign-out", "", "", Method::kPost});
}

std::string content_type_of(const Asking& asking) {
  if (asking.route == "/v1/imports/{kind}") return "text/csv";
  if (asking.route == "/v1/sign-in/back-channel-logout") return "application/x-www-form-urlencoded";
  return "application/json";
}

}  // namespace

// ---- the house ----

ServedHouse::ServedHouse(BookDisk disk)
    : ServedLedger(With::kNothing, disk),
      issuer_("https://login.example.org", no_answer(), home.clock),
      provider_(issuer_, client(), no_answer(), home.clock, for_sign_in_),
      published_(ledger->programme(), [this]() -> Result<std::optional<SignedCheckpoint>> {
        DAYBOOK_TRY(auto newest, ledger->checkpoint());
        return std::optional(std::move(newest));
      }) {
  TestLedger teller(ledger->sequencer(), ledger->programme(), ledger->keys(), home.clock);
  teller.randomness = SeededRandomness(99);
  for (const auto& [name, role, programme] : roles_of_house()) run(GrantRole{name, role, programme, "", std::nullopt, "a test"});
  fill_house(teller);
  add_routes();
  look_at_somebody();
  import_something();
  propose_something();
}

void ServedHouse::add_routes() {
  add_health_routes(router, health);
  add_problem_routes(router);
  add_metrics_route(router, metrics);
  add_proof_routes(router, published_);
  add_feed_routes(router, {*ledger, *live, look_book, callers, table, feed_events_, feeds_, home.clock, log});
  add_sign_in_routes(router, {callers, sessions, codes_.get(), home.clock, log, &provider_});
  add_code_flow_routes(router, {callers, sessions, provider_, log});
  add_session_routes(router, {callers, *live, home.clock}, {});
  health.add({"access-book", [this] { return look_book.wrong(); }});
}

void ServedHouse::look_at_somebody() {
  Look look;
  look.actor = "NameOfLooker";
  look.actor_id = PersonId{"id-of-looker"};
  look.role = "administrator";
  look.purpose = "PurposeOfLook";
  look.operator_name = "OperatorOfLook";
  look.verb = "show-canary";
  look.subjects = {id_of("U1"), id_of("K1")};
  look.classes = {FieldClass::kContact};
  look.cycle = kIn;
  look.book_end = Position{end()};
  made(look_book.record(look));
}

// One row is taken, one is refused.
void ServedHouse::import_something() {
  ImportAsked asked;
  asked.sheet = find_sheet("activity");
  asked.account = std::string(kDemoIssuer) + " " + kAdmin.name;
  asked.actor = kAdmin.name;
  asked.role = kAdmin.role;
  asked.person = id_of(kAdmin.name);
  asked.key = "the house's";
  const auto csv = lines_of({"at", "actor", "action", "ref", "programme", "cycle", "client", "coach", "session", "held_on", "minutes", "rating",
                             "reason", "comment"}) +
                   lines_of({"2024-03-01T12:00:00Z", "U2", "give-feedback", "P-U2", "", "", "", "", "2", "", "", "3", "", "CommentImported"}) +
                   lines_of({"2024-03-02T12:00:00Z", "K2", "give-feedback", "P-U2", "", "", "", "", "4", "", "", "1", "", "CommentRefused"});
  job = std::get<ImportJob>(jobs.begin(asked, csv)).id;
  while (!jobs.find(job, asked.account).value().ended) ledger->programme().wait(ledger->programme().end(), std::chrono::milliseconds(2));
}

void ServedHouse::propose_something() {
  run(GrantRole{"AG", "administrator", "", "", std::nullopt, "two are wanted"});
  const auto answer = post("/v1/commands/role-grant", R"({"person": "U3", "role": "auditor", "reason": "WhyProposed"})");
  require(member(answer, "proposed") == "true", "a role that is given waits for a second person");
  proposal = member(answer, "first");
}

// The newest look is of later than the clock says, by more than a clock may be wrong; the record's newest event is not.
void ServedHouse::close_book() {
  constexpr std::chrono::minutes kAhead{6};
  home.clock.pass(kAhead);
  look_at_somebody();
  home.clock.wall -= kAhead;
  home.clock.ran -= kAhead;
}

// ---- asking ----

std::vector<Asking> askings(ServedHouse& served) {
  std::vector<Asking> all;
  add_things(served, all);
  add_lists(all);
  add_events(served, all);
  add_jobs(served, all);
  add_open(all);
  return all;
}

std::vector<Asking> commands(ServedHouse& served) {
  std::vector<Asking> all;
  const auto add = [&](const std::string& action, const std::string& body) {
    all.push_back({"/v1/commands/{action}", "command", "/v1/commands/" + action, "", body, Method::kPost});
  };
  for (const std::string ref : {"P-U1", "P-U2"}) {
    for (const auto* action : {"accept-pairing", "withdraw-session", "mark-session-done", "give-feedback", "decline-pairing", "end-pairing"}) {
      const std::string_view name = action;
      const std::string more = name == "mark-session-done"  ? R"(, "session": 3, "held_on": "2024-05-30")"
                               : name == "withdraw-session" ? R"(, "session": 1, "reason": "why")"
                               : name == "give-feedback"    ? R"(, "session": 4, "rating": 3)"
                               : name == "accept-pairing"   ? ""
                                                            : R"(, "reason": "why")";
      add(action, R"({"ref": ")" + ref + "\"" + more + "}");
    }
  }
  for (const std::string ref : {"A-U1", "A-U2"}) add("accept-offer", R"({"application": ")" + ref + "\"}");
  for (const std::string person : {"U1", "U2"}) {
    add("place-hold", R"({"person": ")" + person + R"(", "reason": "why"})");
    add("lift-hold", R"({"person": ")" + person + R"(", "reason": "why"})");
  }
  const auto state = served.state();
  for (const auto& [batch, unused] : state.imports) add("undo-import", R"({"batch": ")" + batch + R"(", "reason": "why"})");
  add("second", R"({"proposal": ")" + served.proposal + "\"}");
  return all;
}

Response ask(ServedHouse& served, const Asking& asking, const As& as) {
  if (asking.method == Method::kGet) return served.get(asking.path, as, asking.query);
  Request request;
  request.method = asking.method;
  request.path = asking.path;
  request.query = asking.query;
  request.body = asking.body;
  static int keys = 0;
  request.fields = {{"content-type", content_type_of(asking)},
                    {"origin", "http://localhost"},
                    {"sec-fetch-site", "same-origin"},
                    {"daybook-console", "1"},
                    {"idempotency-key", "\"asked " + std::to_string(++keys) + "\""}};
  return served.ask(std::move(request), as);
}

std::string whole_of(const Response& response) { return head_of(response) + body_of(response); }

std::string as_in_house(const Response& response, const std::string& title) {
  const auto body = body_of(response);
  const std::string_view type = response.content_type;
  auto text = head_of(response) + body + "\n";
  if (type.starts_with("application/x-ndjson")) return text + json_lines_text(title, body, "");
  if (type.starts_with("text/event-stream")) return text + json_lines_text(title, body, "data: ");
  if (type.starts_with("text/csv")) return text + csv_text(title, body);
  return text + (type.find("json") == std::string_view::npos ? "" : json_text(title, body));
}

}  // namespace daybook::test
