#include "tests/server/served_ledger.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <stdexcept>

#include "ledger/require.h"
#include "server/book_routes.h"
#include "server/command_routes.h"
#include "server/export_routes.h"
#include "server/job_routes.h"
#include "server/named_routes.h"
#include "server/strict_json.h"
#include "server/view_routes.h"
#include "tests/crash/account.h"

namespace daybook::test {
namespace {

const CycleId kCycle{"iom-coaching", "2024"};

std::shared_ptr<spdlog::logger> logger_to(std::ostream& lines) {
  return std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines));
}

void apply(ServedLedger& served, const std::string& ref, const std::string& number) {
  ApplicationSubmitted values;
  values.application = ref;
  values.programme = kCycle.programme;
  values.cycle = kCycle.cycle;
  values.form_version = "v1";
  values.commitment = "yes";
  values.goal_type = "both";
  served.run(SubmitApplication{number, values}, "2024-01-10T10:00:00Z", number);
}

void pair(ServedLedger& served) {
  Act request;
  request.action = Action::kRequestPairing;
  request.ref = "P1";
  request.programme = kCycle.programme;
  request.cycle = kCycle.cycle;
  request.client = "U1";
  request.coach = "C1";
  served.run(request, "2024-03-01T10:00:00Z");
  served.act(Action::kAcceptPairing, "P1", "2024-03-01T10:00:00Z");
  Act done;
  done.action = Action::kMarkSessionDone;
  done.ref = "P1";
  done.session = 1;
  done.held_on = parse_day("2024-03-10");
  served.run(done, "2024-03-11T10:00:00Z");
}

void fill(ServedLedger& served) {
  for (const std::string number : {"U1", "U2", "U3", "C1"}) served.run(RecordStaff{staff_of(number)}, "2023-06-01T10:00:00Z");
  served.run(RecordCoach{"C1", coach_of(kCycle.programme, 2)}, "2023-06-02T10:00:00Z");
  apply(served, "A1", "U1");
  apply(served, "A2", "U2");
  served.run(DecideCycle{kCycle}, "2024-02-01T10:00:00Z");
  pair(served);
}

boost::json::value body_of(const Response& response) { return read_json(response.body).value(); }

}  // namespace

ServedLedger::ServedLedger(With with, BookDisk disk)
    : book_disk(disk == BookDisk::kFaulty ? std::make_unique<FaultFileSystem>(home.path("access"), Plan{}) : nullptr),
      env(book_disk ? env_of(*book_disk) : nullptr),
      log(home.clock, Severity::kInfo, logger_to(lines)) {
  if (with == With::kPeople) fill(*this);
  const ViewParts views{*ledger, *live, look_book, callers, table, cursors, home.clock, log};
  add_view_routes(router, views);
  add_named_routes(router, views);
  add_book_routes(router, views);
  add_export_routes(router, views);
  add_command_routes(router, {*ledger, *live, callers, table, home.clock, log, *book, erasures});
  add_job_routes(router, {jobs, callers, log});
}

Answer ServedLedger::run(CommandBody body, const std::string& at, const std::string& actor) {
  Command command;
  command.body = std::move(body);
  command.actor = actor;
  command.recorded_by = "test@host";
  command.channel = Channel::kImport;
  if (!at.empty()) command.happened_at = parse_instant(at);
  auto answer = ledger->sequencer().execute(std::move(command));
  require(answer.outcome == Outcome::kRecorded, "what a test wants to be there is recorded");
  return answer;
}

Answer ServedLedger::act(Action action, const std::string& ref, const std::string& at) {
  Act act;
  act.action = action;
  act.ref = ref;
  act.reason = "fit";
  return run(act, at);
}

std::string ServedLedger::cookie_of(const std::string& name) {
  auto& id = cookies_[name];
  if (id.empty() || !sessions.find(id)) id = sessions.begin({{"daybook:demo", name}, home.clock.now(), ""}, "");
  return std::string(cookie_name(CookieUse::kSession, Transport::kLoopback)) + "=" + id;
}

Response ServedLedger::ask(Request request, const As& as, Handler Route::* asked) {
  request.fields.push_back({"host", "localhost"});
  request.peer.address = "127.0.0.1";
  if (!as.name.empty()) request.fields.push_back({"cookie", cookie_of(as.name)});
  if (!as.role.empty()) request.fields.push_back({"daybook-role", as.role});
  if (!as.role.empty() && !as.purpose.empty()) request.fields.push_back({"daybook-purpose", as.purpose});
  return service.handle(request, asked);
}

Response ServedLedger::get(std::string path, const As& as, std::string query, std::vector<HeaderField> fields) {
  Request request;
  request.path = std::move(path);
  request.query = std::move(query);
  request.fields = std::move(fields);
  return ask(std::move(request), as);
}

Response ServedLedger::post(std::string path, std::string body, const As& as, std::vector<HeaderField> fields) {
  Request request;
  request.method = Method::kPost;
  request.path = std::move(path);
  request.body = std::move(body);
  request.fields = std::move(fields);
  if (request.field("idempotency-key").empty()) request.fields.push_back({"idempotency-key", "\"" + std::to_string(++keys_) + "\""});
  for (const auto& [name, value] : {HeaderField{"content-type", "application/json"}, HeaderField{"origin", "http://localhost"},
                                    HeaderField{"sec-fetch-site", "same-origin"}, HeaderField{"daybook-console", "1"}}) {
    if (request.field(name).empty()) request.fields.push_back({name, value});
  }
  return ask(std::move(request), as);
}

std::vector<Event> ServedLedger::events_of(const EventLog& log, Position from) {
  std::vector<Event> all;
  const auto read = read_events(log, from, log.end(), [&](const Event& event) { return all.push_back(event), true; });
  require(read.has_value(), "a test's log can be read");
  return all;
}

std::string member(const Response& response, std::string_view name) {
  const auto body = body_of(response);
  const auto* value = body.as_object().if_contains(boost::json::string_view(name.data(), name.size()));
  if (!value) return {};
  return value->is_string() ? std::string(value->get_string()) : boost::json::serialize(*value);
}

std::vector<std::string> items(const Response& response, std::string_view name) {
  std::vector<std::string> all;
  const auto body = body_of(response);
  for (const auto& item : body.at(boost::json::string_view(name.data(), name.size())).as_array()) all.push_back(boost::json::serialize(item));
  return all;
}

std::string problem_in(const Response& response) {
  if (response.content_type != "application/problem+json") return {};
  return member(response, "type").substr(std::string_view("/problems/").size());
}

std::string told_by(const Response& response) {
  std::string text = std::to_string(response.status) + response.content_type + response.body;
  for (const auto& field : response.fields) text += "\n" + field.name + ": " + field.value;
  return text;
}

std::pair<std::string, std::string> next_of(const Response& response) {
  const std::string link(field_of(response, "link"));
  const auto end = link.find(">; rel=\"next\"");
  if (end == std::string::npos) return {};
  const auto question = link.find('?');
  return {link.substr(1, question - 1), link.substr(question + 1, end - question - 1)};
}

std::string all_parts(const Response& response) {
  if (!response.parts) throw std::runtime_error("found no parts: " + response.body);
  std::string text;
  while (const auto part = response.parts->next().value()) text += *part;
  return text;
}

}  // namespace daybook::test
