// What a service says of a ledger is read as what the command line says of the same ledger.
#include <catch2/catch_test_macros.hpp>

#include "projections/glasses.h"
#include "projections/lists.h"
#include "projections/looks.h"
#include "projections/statistics.h"
#include "projections/things.h"
#include "server/view_routes.h"
#include "tests/server/served_ledger.h"
#include "tools/remote_json.h"

namespace daybook::test {
namespace {

const CycleId kIn{"iom-coaching", "2024"};
const std::string kBelow = "/v1/programmes/iom-coaching/cycles/2024";

// The administrator's own question to the same ledger.
std::unique_ptr<Inquiry> own_question(ServedLedger& served, const Newest& newest) {
  const Asker asker{kAdmin.name, "op@host", kAdmin.role, kAdmin.purpose};
  return Inquiry::now(*served.ledger, newest, asker, served.table, served.home.clock.now()).value();
}

std::vector<std::string> names(const Table& table) {
  std::vector<std::string> all;
  for (const auto& column : table.columns) all.push_back(column.name);
  return all;
}

boost::json::object object_of(const Response& response) {
  REQUIRE(response.status == 200);
  return read_object(response.body).value();
}

void check_same(const Card& wanted, const Card& found) {
  CHECK(found.title == wanted.title);
  REQUIRE(found.sections.size() == wanted.sections.size());
  for (size_t i = 0; i < wanted.sections.size(); ++i) {
    const auto &w = wanted.sections[i], &f = found.sections[i];
    CHECK(f.heading == w.heading);
    REQUIRE(f.lines.size() == w.lines.size());
    for (size_t j = 0; j < w.lines.size(); ++j) {
      CHECK(f.lines[j].label == w.lines[j].label);
      CHECK(f.lines[j].value == w.lines[j].value);
      CHECK(f.lines[j].events == w.lines[j].events);
    }
  }
}

}  // namespace

TEST_CASE("a list over the wire is the list of the ledger, column by column and cell by cell", "[server][remote]") {
  ServedLedger served;

  for (const auto& info : lists()) {
    CAPTURE(info.name);
    const auto answer = object_of(served.get(kBelow + "/" + std::string(info.name)));
    const auto reading = served.live->read();
    const auto inquiry = own_question(served, *reading.value());
    const auto* cycle = inquiry->state().cycle(kIn);
    const Day today = Zone::find(cycle->rules->time_zone).value().day_of(served.home.clock.now());
    const auto wanted = list(info.name, inquiry->state(), *cycle, today, *inquiry->desk).value();

    const auto found = rows_in(answer, "rows", columns_of_list(info.name)).value();

    CHECK(columns_of_list(info.name) == names(wanted));
    CHECK(names(found) == names(wanted));
    CHECK(found.rows == wanted.rows);
    for (size_t i = 0; i < wanted.columns.size() && !wanted.rows.empty(); ++i) {
      CHECK((found.columns[i].cells == Cells::kNumber) == (wanted.columns[i].cells == Cells::kNumber));
    }
  }
}

TEST_CASE("an empty list has the columns that it would have with somebody in it", "[server][remote]") {
  ServedLedger served;
  const auto reading = served.live->read();
  const auto inquiry = own_question(served, *reading.value());
  auto& desk = *inquiry->desk;
  const auto& state = inquiry->state();

  CHECK(columns_of_list("refused") == names(refused({}, desk)));
  CHECK(columns_of_list("imports") == names(imports(state, {}, desk)));
  CHECK(columns_of_list("roles") == names(roles(state, desk)));
  CHECK(columns_of_list("proposals") == names(proposals(state, desk)));
  CHECK(columns_of_list("glasses") == names(glasses(state, desk)));
  CHECK(columns_of_list("people") == names(people({"nobody"}, desk)));
  const auto book = served.ledger->access_log().value();
  const auto keys = served.ledger->access_keys();
  CHECK(columns_of_list("access-log") == names(looks(*book.log, Vault(*book.log, keys), {}, desk).value()));
  CHECK(columns_of_list("no such list").empty());
}

TEST_CASE("people who are found over the wire are those of the ledger", "[server][remote]") {
  ServedLedger served;

  const auto answer = object_of(served.post("/v1/find", R"({"words": ["U1"]})"));

  const auto found = rows_in(answer, "rows", columns_of_list("people")).value();
  REQUIRE_FALSE(found.rows.empty());
  CHECK(names(found) == columns_of_list("people"));
  CHECK(found.rows[0][1] == "U1");
}

TEST_CASE("a card over the wire is the card of the ledger, asked for by an id or by a name", "[server][remote]") {
  ServedLedger served;

  for (const std::string id : {"P1", "U1", "iom-coaching/C1", "iom-coaching/2024"}) {
    for (const bool explained : {false, true}) {
      CAPTURE(id, explained);
      const auto answer = served.post(explained ? "/v1/explain" : "/v1/show", R"({"id": ")" + id + R"("})");
      const auto reading = served.live->read();
      const auto inquiry = own_question(served, *reading.value());
      const auto wanted = things({inquiry->state(), served.ledger->programme(), std::nullopt, *inquiry->desk}, id, explained).value();
      if (wanted.empty()) {
        CHECK(problem_in(answer) == "not-found");
        continue;
      }

      const auto found = cards_in(object_of(answer), "things").value();

      REQUIRE(found.size() == wanted.size());
      for (size_t i = 0; i < found.size(); ++i) check_same(wanted[i], found[i]);
    }
  }
}

TEST_CASE("a question by name wants a sign-in and is a look, and another form of it is refused", "[server][remote]") {
  ServedLedger served;
  const std::string by_name = R"({"id": "U1"})";

  CHECK(problem_in(served.post("/v1/show", by_name, kNobody)) == "sign-in-wanted");
  CHECK(problem_in(served.post("/v1/show", by_name, {"test@host"})) == "role-wanted");
  for (const auto* body : {"{}", R"({"id": 1})", R"({"id": ""})", R"({"id": "U1", "by": "x"})", R"(["U1"])", R"({"id": "U1", "at": ["1"]})"}) {
    CAPTURE(body);
    CHECK(problem_in(served.post("/v1/show", body)) == "malformed-body");
  }
  CHECK(served.looks().empty());
  CHECK(served.post("/v1/show", by_name).status == 200);
  REQUIRE(served.looks().size() == 1);
  CHECK(std::get<RecordViewed>(served.looks()[0].body).verb == "show");
}

TEST_CASE("figures over the wire are those of the ledger, to the digit", "[server][remote]") {
  ServedLedger served;
  const auto answer = object_of(served.get(kBelow + "/stats"));
  const auto reading = served.live->read();
  const auto inquiry = own_question(served, *reading.value());
  const auto counted = statistics(inquiry->state(), *inquiry->state().cycle(kIn), inquiry->vault).value();
  const auto wanted = named_figures(as_told(counted, kIn, false, *inquiry->desk));

  const auto found = figures_in(answer, "figures").value();

  REQUIRE(found.size() == wanted.size());
  for (size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].name == wanted[i].first);
    CHECK(found[i].value == wanted[i].second);
  }
}

TEST_CASE("a mean keeps its two decimals, and one that is not told stays null", "[server][remote]") {
  const auto answer = read_object(R"({"figures": {"rating_mean": 4.50, "seated": 12, "other": null}})").value();

  const auto found = figures_in(answer, "figures").value();

  CHECK(found[0].value == "4.50");
  CHECK(found[1].value == "12");
  CHECK(found[2].value == "null");
}

TEST_CASE("a command that a rule refuses has the rule, what it saw, wants, and what stands in the way", "[server][remote]") {
  ServedLedger served;
  const auto twice = R"({"ref": "P1", "session": 1, "held_on": "2024-03-10"})";

  const auto problem = daybook::problem_in(served.post("/v1/commands/mark-session-done", twice, {"C1", "coach"}).body);

  CHECK(problem.name == "refused");
  REQUIRE(problem.refusal);
  CHECK(problem.refusal->rule == "already-done");
  CHECK(problem.refusal->because);
  CHECK_FALSE(problem.refusal->wants.empty());
  CHECK(daybook::problem_in("<html>").name.empty());
  CHECK(daybook::problem_in(R"({"type": "about:blank"})").name.empty());
}

TEST_CASE("an answer of another form is an error that says so, and nothing else", "[server][remote]") {
  for (const auto* body : {"{}", R"({"rows": 1})", R"({"rows": [1]})", R"({"rows": [{"a": 1}, {}]})"}) {
    CAPTURE(body);
    const auto table = rows_in(read_object(body).value(), "rows", {});
    REQUIRE(table.has_error());
    CHECK(table.error().fault == Fault::kBusy);
  }
  CHECK(cards_in(read_object(R"({"things": [{"title": "x"}]})").value(), "things").has_error());
  CHECK(edition_in(read_object(R"({"edition": {}})").value()).has_error());
  CHECK(read_object("[]").has_error());
  CHECK(read_object("{").has_error());
}

TEST_CASE("JSON is written with the spaces of the command line", "[server][remote]") {
  CHECK(spaced_json(read_object(R"({"a":1,"b":[1,2],"c":{},"d":null,"e":"x\"y","f":[]})").value()) ==
        R"({"a": 1, "b": [1, 2], "c": {}, "d": null, "e": "x\"y", "f": []})");
}

}  // namespace daybook::test
