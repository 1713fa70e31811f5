#include "server/job_routes.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>

#include "ledger/replay.h"
#include "server/identity/demo_codes.h"
#include "tests/server/held_writer.h"
#include "tests/server/served_ledger.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

const std::string kHeading = "staff_number,programme,sponsor,edition,sessions_done\r\n";

std::string account_of(const As& as) { return std::string(kDemoIssuer) + " " + as.name; }

// Participations of U1 in so many editions, from `first` on.
std::string editions(int first, int count) {
  std::string csv = kHeading;
  for (int i = first; i < first + count; ++i) csv += "U1,un-coaching,UN," + std::to_string(i) + ",3\r\n";
  return csv;
}

Request import_request(const std::string& kind, std::string csv, const std::string& query = "", const std::string& key = "") {
  Request request;
  request.method = Method::kPost;
  request.path = "/v1/imports/" + kind;
  request.query = query;
  request.body = std::move(csv);
  static int keys = 0;
  request.fields = {{"content-type", "text/csv"},
                    {"origin", "http://localhost"},
                    {"sec-fetch-site", "same-origin"},
                    {"daybook-console", "1"},
                    {"idempotency-key", key.empty() ? "\"own " + std::to_string(++keys) + "\"" : key}};
  return request;
}

Response send(ServedLedger& served, const std::string& kind, std::string csv, const As& as = kAdmin, const std::string& query = "",
              const std::string& key = "") {
  return served.ask(import_request(kind, std::move(csv), query, key), as);
}

// Waits until the job is past a state that it leaves by itself.
ImportJob wait_past(ServedLedger& served, const std::string& id, const As& as, std::initializer_list<JobState> states) {
  for (;;) {
    auto job = served.jobs.find(id, account_of(as)).value();
    if (std::find(states.begin(), states.end(), job.state) == states.end()) return job;
    served.ledger->programme().wait(served.ledger->programme().end(), std::chrono::milliseconds(2));
  }
}

// The job's answer once it is over.
Response finished(ServedLedger& served, const Response& begun, const As& as = kAdmin) {
  REQUIRE(begun.status == 202);
  const auto id = member(begun, "job");
  wait_past(served, id, as, {JobState::kWaiting, JobState::kRunning});
  return served.get("/v1/jobs/" + id, as);
}

std::string report_of(ServedLedger& served, const Response& job, const std::string& query = "") {
  return all_parts(served.get("/v1/jobs/" + member(job, "job") + "/report", kAdmin, query));
}

std::string demo_sheet(const std::string& name) {
  std::ifstream file(DAYBOOK_SOURCE_DIR "/tools/demo/" + name + ".csv", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What an import by hand says of the same file, as an answer would have it: without staff numbers.
struct ByHand {
  ImportSummary summary;
  std::string report = ImportReport::heading();
};
ByHand import_by_hand(ServedLedger& served, const std::string& kind) {
  ByHand out;
  ImportWatcher watcher;
  const bool named = goes_by_staff_number(*find_sheet(kind));
  watcher.row = [&](const ReportRow& row) {
    out.report += csv_line({std::to_string(row.row), named ? "" : row.ref, row.outcome, row.reason, row.flags}, true);
  };
  out.summary = made(import_file(DAYBOOK_SOURCE_DIR "/tools/demo/" + kind + ".csv", *find_sheet(kind), served.ledger->sequencer(),
                                 served.ledger->keys(), served.home.randomness, {std::nullopt, "test@host"}, watcher));
  return out;
}

// Whose nth look at the time is noticed, on the thread that looks.
class NoticedClock final : public Clock {
 public:
  explicit NoticedClock(const Clock& clock) : clock_(clock) {}
  Instant now() const override {
    if (noticed && ++looks == nth) noticed();
    return clock_.now();
  }
  std::chrono::microseconds running() const override { return clock_.running(); }
  std::function<void()> noticed;
  int nth = 0;
  mutable int looks = 0;

 private:
  const Clock& clock_;
};

// Jobs of their own, two rows at a time, whose clock is looked at once before each group.
struct OwnJobs {
  explicit OwnJobs(ServedLedger& ledger) : served(ledger) {}
  // Begins an import of four editions, and does `what` before the group that comes nth, from 1.
  ImportJob begin(int nth, std::function<void()> what) {
    ImportAsked asked;
    asked.sheet = find_sheet("participations");
    asked.account = account_of(kAdmin);
    asked.actor = kAdmin.name;
    asked.role = kAdmin.role;
    asked.person = served.id_of(kAdmin.name);
    asked.key = "own";
    clock.nth = nth + 1;  // it is looked at when the job is begun, too
    clock.noticed = std::move(what);
    return std::get<ImportJob>(jobs.begin(std::move(asked), editions(1, 6)));
  }
  ImportJob end_of(const std::string& id) {
    for (;;) {
      auto job = jobs.find(id, account_of(kAdmin)).value();
      if (job.ended) return job;
      served.ledger->programme().wait(served.ledger->programme().end(), std::chrono::milliseconds(2));
    }
  }

  ServedLedger& served;
  NoticedClock clock{served.home.clock};
  SeededRandomness ids{7}, rows{8};
  ImportJobs jobs{*served.ledger, *served.live, clock, ids, rows, served.log, {.group_rows = 2}};
};

std::vector<std::string> editions_recorded(ServedLedger& served, uint64_t from) {
  std::vector<std::string> all;
  for (const auto& event : served.events(Position{from})) {
    if (const auto* taken = std::get_if<ParticipationRecorded>(&event.body)) all.push_back(taken->programme + std::to_string(all.size()));
  }
  return all;
}

}  // namespace

TEST_CASE("spreadsheets over the wire are what they are when they are imported by hand", "[server][jobs]") {
  ServedLedger served, by_hand;

  for (const std::string kind : {"staff", "participations", "coaches", "applications", "activity"}) {
    CAPTURE(kind);
    const auto wanted = import_by_hand(by_hand, kind);

    const auto job = finished(served, send(served, kind, demo_sheet(kind)));

    CHECK(member(job, "state") == "done");
    CHECK(member(job, "recorded") == std::to_string(wanted.summary.recorded));
    CHECK(member(job, "refused") == std::to_string(wanted.summary.refused));
    CHECK(member(job, "unchanged") == std::to_string(wanted.summary.unchanged));
    CHECK(member(job, "rows") == member(job, "rows_done"));
    CHECK(member(job, "end") == std::to_string(by_hand.end()));
    CHECK(served.end() == by_hand.end());
    CHECK(report_of(served, job) == wanted.report);
  }
}

TEST_CASE("what is imported over the wire says by whose account it came", "[server][jobs][S0-06]") {
  ServedLedger served;
  const auto from = served.end();

  const auto job = finished(served, send(served, "participations", editions(1, 2)));

  CHECK(member(job, "first") == std::to_string(from));
  CHECK(member(job, "end") == std::to_string(from + 4));  // the import begins, two rows, it ends
  for (const auto& event : served.events(Position{from})) {
    CHECK(event.envelope.provenance.channel == Channel::kImport);
    CHECK(made(served.ledger->vault().name(event.envelope.provenance.recorded_by)) == account_of(kAdmin));
    CHECK(event.envelope.provenance.actor == served.id_of(kAdmin.name));
  }
}

TEST_CASE("a malformed spreadsheet is refused whole, and its bad cells are named", "[server][jobs]") {
  ServedLedger served;
  const auto end = served.end();
  std::string csv = kHeading + "U1,un-coaching,UN,1,3\r\n";
  for (int i = 0; i < 22; ++i) csv += ",un-coaching,UN,1,3\r\n";

  const auto job = finished(served, send(served, "participations", csv));

  CHECK(job.status == 200);
  CHECK(member(job, "state") == "failed");
  CHECK(member(job, "problem").find(R"("type":"/problems/malformed-sheet")") != std::string::npos);
  CHECK(member(job, "problem").find(R"({"line":3,"column":"staff_number","found":"\"\"","wanted":"something"})") != std::string::npos);
  CHECK(member(job, "problem").find(R"("more_cells":2)") != std::string::npos);
  CHECK(member(job, "rows_done") == "0");
  CHECK(served.end() == end);
  CHECK(report_of(served, job) == ImportReport::heading());
}

TEST_CASE("what is no spreadsheet is refused with what was found", "[server][jobs]") {
  ServedLedger served;

  const auto empty = finished(served, send(served, "staff", "")), cut = finished(served, send(served, "participations", kHeading + "\"U1"));

  CHECK(member(empty, "problem").find(R"("line":null,"column":null,"found":"line 1: found an empty file)") != std::string::npos);
  CHECK(member(cut, "state") == "failed");
  CHECK(member(cut, "problem").find(R"("wanted":null)") != std::string::npos);
}

TEST_CASE("the same key and spreadsheet are one job, and the key is good for no other", "[server][jobs]") {
  ServedLedger served;
  const auto begun = send(served, "participations", editions(1, 2), kAdmin, "", "\"k\"");
  finished(served, begun);
  const auto end = served.end();

  const auto again = send(served, "participations", editions(1, 2), kAdmin, "", "\"k\"");

  CHECK(again.status == 202);
  CHECK(member(again, "job") == member(begun, "job"));
  CHECK(member(again, "state") == "done");
  CHECK(field_of(again, "location") == "/v1/jobs/" + member(begun, "job"));
  CHECK(served.end() == end);
  CHECK(problem_in(send(served, "participations", editions(1, 3), kAdmin, "", "\"k\"")) == "key-reused");
  CHECK(problem_in(send(served, "participations", editions(1, 2), kAdmin, "dry-run", "\"k\"")) == "key-reused");
}

TEST_CASE("the same file again, with another key, changes nothing", "[server][jobs]") {
  ServedLedger served;
  finished(served, send(served, "participations", editions(1, 3)));
  const auto end = served.end();

  const auto again = finished(served, send(served, "participations", editions(1, 3)));

  CHECK(member(again, "unchanged") == "3");
  CHECK(member(again, "first") == "null");
  CHECK(served.end() == end);
}

TEST_CASE("a rehearsal tells what would become of the rows, and records nothing", "[server][jobs]") {
  ServedLedger served;
  const auto end = served.end();
  const auto csv = editions(1, 2) + "X9,un-coaching,UN,1,3\r\n";

  const auto rehearsed = finished(served, send(served, "participations", csv, kAdmin, "dry-run"));

  CHECK(member(rehearsed, "state") == "done");
  CHECK(member(rehearsed, "dry_run") == "true");
  CHECK(member(rehearsed, "recorded") == "2");
  CHECK(member(rehearsed, "refused") == "1");
  CHECK(served.end() == end);
  const auto real = finished(served, send(served, "participations", csv));
  CHECK(report_of(served, real) == report_of(served, rehearsed));
}

TEST_CASE("who may not import is told so, and nothing is begun", "[server][jobs][S0-06]") {
  ServedLedger served;
  served.run(GrantRole{"U3", "administrator", "iom-coaching", "", std::nullopt, "a test"});
  const auto end = served.end();
  const auto csv = editions(1, 1);

  CHECK(problem_in(send(served, "participations", csv, kNobody)) == "sign-in-wanted");
  CHECK(problem_in(send(served, "participations", csv, {"test@host"})) == "role-wanted");
  CHECK(problem_in(send(served, "participations", csv, {"test@host", "public"})) == "not-allowed");
  CHECK(problem_in(send(served, "participations", csv, {"X9", "administrator"})) == "not-allowed");
  CHECK(problem_in(send(served, "participations", csv, {"U1", "administrator"})) == "not-allowed");
  CHECK(problem_in(send(served, "participations", csv, {"U1", "client"})) == "not-allowed");
  CHECK(problem_in(send(served, "participations", csv, {"U3", "administrator"})) == "not-allowed");  // of one programme alone
  CHECK(served.end() == end);
}

TEST_CASE("who may not import is told so before a long file is read", "[server][jobs][S0-06]") {
  ServedLedger served;
  const auto judged = [&](const As& as, const std::string& kind = "staff") { return served.ask(import_request(kind, ""), as, &Route::judge_head); };
  const auto end = served.end();

  CHECK(judged(kAdmin).status == kGoOn);
  CHECK(problem_in(judged(kNobody)) == "sign-in-wanted");
  CHECK(problem_in(judged({"test@host"})) == "role-wanted");
  CHECK(problem_in(judged({"U1", "administrator"})) == "not-allowed");
  CHECK(problem_in(judged(kAdmin, "people")) == "not-found");
  CHECK(served.end() == end);
}

TEST_CASE("an import is refused where it is not asked for properly", "[server][jobs]") {
  ServedLedger served;
  const auto csv = editions(1, 1);

  CHECK(problem_in(send(served, "people", csv)) == "not-found");
  CHECK(problem_in(send(served, "participations", csv, kAdmin, "dry-run=perhaps")) == "wrong-parameter");
  CHECK(problem_in(send(served, "participations", csv, kAdmin, "effective=soon")) == "wrong-parameter");
  CHECK(problem_in(send(served, "activity", csv, kAdmin, "effective=2024-01-01")) == "wrong-parameter");
  CHECK(problem_in(send(served, "participations", csv, kAdmin, "", "\"\"")) == "wrong-field");
  CHECK(problem_in(served.post("/v1/imports/staff", csv)) == "unsupported-media-type");
  CHECK(problem_in(served.post("/v1/commands/import", "{}")) == "not-found");
}

TEST_CASE("a job and its report are there for whoever began it, and for nobody else", "[server][jobs][S0-06]") {
  ServedLedger served;
  served.run(GrantRole{"U3", "administrator", "", "", std::nullopt, "a test"});
  const auto job = finished(served, send(served, "participations", editions(1, 1)));
  const auto path = "/v1/jobs/" + member(job, "job");
  const As other{"U3", "administrator"};

  CHECK(served.get(path, {"test@host"}).status == 200);  // no role is wanted, and no purpose
  for (const auto& where : {path, path + "/report", std::string("/v1/jobs/none"), std::string("/v1/jobs/none/report")}) {
    CAPTURE(where);
    CHECK(problem_in(served.get(where, other)) == "not-found");
    CHECK(problem_in(served.get(where, kNobody)) == "sign-in-wanted");
  }
}

TEST_CASE("a report begins with the row that is asked for, and no cell of it is a formula", "[server][jobs]") {
  ServedLedger served;
  const std::string heading = "at,actor,action,ref,programme,cycle,client,coach,session,held_on,minutes,rating,reason,comment\r\n",
                    rest = ",,,,,,,,,,\r\n", row = "2024-05-02T10:00:00Z,U1,accept-pairing,";
  const auto job = finished(served, send(served, "activity", heading + row + "X1" + rest + row + "X2" + rest + row + "-X9" + rest));

  CHECK(report_of(served, job, "from=3") == ImportReport::heading() + csv_line({"3", "-X9", "refused", "no-request", ""}, true));
  CHECK(report_of(served, job, "from=3&raw=1") == ImportReport::heading() + "3,-X9,refused,no-request,\r\n");
  CHECK(report_of(served, job, "from=2").find("\n2,X2,refused,no-request,") != std::string::npos);
  CHECK(report_of(served, job, "from=4") == ImportReport::heading());
  for (const std::string wrong : {"from=0", "from=x", "from=-1", "from=1234567890", "raw=yes"}) {
    CAPTURE(wrong);
    CHECK(problem_in(served.get("/v1/jobs/" + member(job, "job") + "/report", kAdmin, wrong)) == "wrong-parameter");
  }
}

TEST_CASE("a long report comes in parts, and whole", "[server][jobs]") {
  ServedLedger served;
  const auto job = finished(served, send(served, "participations", editions(1, 2500)));

  const auto answer = served.get("/v1/jobs/" + member(job, "job") + "/report");

  REQUIRE(answer.parts);
  const auto first = made(answer.parts->next());
  REQUIRE(first);
  CHECK(std::count(first->begin(), first->end(), '\n') == 1001);
  const auto rest = all_parts(answer);
  CHECK(std::count(rest.begin(), rest.end(), '\n') == 1500);
  CHECK(rest.find("\n2500,,recorded,,") != std::string::npos);
}

TEST_CASE("a report has no staff number, which would outlive an erasure", "[server][jobs][S0-06]") {
  ServedLedger served;
  std::vector<Response> jobs;
  for (const std::string kind : {"staff", "participations", "coaches"}) jobs.push_back(finished(served, send(served, kind, demo_sheet(kind))));
  jobs.push_back(finished(served, send(served, "participations", editions(1, 1) + "X9,un-coaching,UN,1,3\r\n", kAdmin, "dry-run")));

  for (const auto& job : jobs) {
    std::istringstream lines(report_of(served, job, "raw"));
    std::string line;
    std::getline(lines, line);
    size_t rows = 0;
    while (std::getline(lines, line)) CHECK(line.starts_with(std::to_string(++rows) + ",,"));
    CHECK(std::to_string(rows) == member(job, "rows"));
  }
}

TEST_CASE("one import runs and two wait: a third is told to come again", "[server][jobs]") {
  ServedLedger served;
  HeldWriter writer(served.ledger->sequencer());
  std::vector<Response> begun = {send(served, "participations", editions(1, 1))};
  wait_past(served, member(begun[0], "job"), kAdmin, {JobState::kWaiting});
  for (int i = 2; i < 4; ++i) begun.push_back(send(served, "participations", editions(i, 1)));

  const auto refused = send(served, "participations", editions(4, 1));

  CHECK(problem_in(refused) == "busy");
  CHECK_FALSE(field_of(refused, "retry-after").empty());
  writer.let_go();
  for (const auto& job : begun) CHECK(member(finished(served, job), "recorded") == "1");
}

TEST_CASE("commands of others are decided between two groups of rows", "[server][jobs]") {
  ServedLedger served;
  OwnJobs own(served);
  const auto from = served.end();

  const auto job = own.begin(2, [&] { served.run(RecordStaff{staff_of("U9")}); });

  CHECK(own.end_of(job.id).state == JobState::kDone);
  const auto events = served.events(Position{from});
  REQUIRE(events.size() == 9);  // the import begins, two rows, the command, four rows, it ends
  CHECK(std::holds_alternative<StaffRecorded>(events[3].body));
}

TEST_CASE("a stop ends an import between two groups, in order, and the same file goes on there", "[server][jobs]") {
  ServedLedger served;
  const auto from = served.end();
  {
    OwnJobs own(served);
    const auto job = own.begin(3, [&] { own.jobs.stop(); });
    const auto told = own.end_of(job.id);
    CHECK(told.state == JobState::kFailed);
    CHECK(told.problem == "unfinished");
    CHECK(told.outcomes.rows() == 4);
    CHECK(told.rows == 6);
  }
  CHECK(editions_recorded(served, from).size() == 4);

  const auto again = finished(served, send(served, "participations", editions(1, 6)));

  CHECK(member(again, "unchanged") == "4");
  CHECK(member(again, "recorded") == "2");
}

TEST_CASE("an import that waits for its turn when a stop comes ends as unfinished, and none of its rows is recorded", "[server][jobs]") {
  ServedLedger served;
  HeldWriter writer(served.ledger->sequencer());
  const auto running = send(served, "participations", editions(1, 1));
  wait_past(served, member(running, "job"), kAdmin, {JobState::kWaiting});
  const auto waits = send(served, "participations", editions(2, 1));

  served.jobs.stop();
  writer.let_go();

  const auto ended = finished(served, waits);
  CHECK(member(ended, "state") == "failed");
  CHECK(member(ended, "problem").find("/problems/unfinished") != std::string::npos);
  CHECK(member(ended, "rows_done") == "0");
  CHECK(member(ended, "first") == "null");
  CHECK(problem_in(send(served, "participations", editions(3, 1))) == "busy");
}

TEST_CASE("a right that ends stops the import with the next group of rows", "[server][jobs][S0-07]") {
  ServedLedger served;
  served.run(GrantRole{"U3", "administrator", "", "", std::nullopt, "so that somebody is left"});
  const auto from = served.end();
  OwnJobs own(served);

  const auto job = own.begin(2, [&] { served.run(EndRole{kAdmin.name, "administrator", "", "", "a test"}); });

  const auto told = own.end_of(job.id);
  CHECK(told.problem == "not-allowed");
  CHECK(told.outcomes.recorded == 2);
  CHECK(editions_recorded(served, from).size() == 2);
}

TEST_CASE("a job is forgotten an hour after its end, and its rows are not", "[server][jobs]") {
  ServedLedger served;
  const auto job = finished(served, send(served, "participations", editions(1, 1)));
  const auto path = "/v1/jobs/" + member(job, "job");
  served.home.clock.pass(std::chrono::minutes(20));
  CHECK(served.jobs.find(member(job, "job"), account_of(kAdmin)));

  served.home.clock.pass(std::chrono::minutes(41));

  CHECK(problem_in(served.get(path)) == "not-found");
  CHECK(member(finished(served, send(served, "participations", editions(1, 1))), "unchanged") == "1");
}

}  // namespace daybook::test
