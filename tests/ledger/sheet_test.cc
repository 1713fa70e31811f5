// The form of the spreadsheets (contract section 3): what refuses a file whole, how each bad cell is named, and that a
// refused file leaves no trace.
#include "ledger/sheet.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <fstream>
#include <map>

#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

using Cells = std::map<std::string, std::string>;

// A row of each sheet that has the right form.
Cells good_row(const std::string& sheet) {
  if (sheet == "staff") {
    return {{"staff_number", "U1"},         {"name", "Noor"}, {"contract_type", "regular"}, {"gender", "f"}, {"time_zone", "Europe/Zurich"},
            {"entry_on_duty", "2013-05-20"}};
  }
  if (sheet == "participations")
    return {{"staff_number", "U1"}, {"programme", "iom-coaching"}, {"sponsor", "CDT"}, {"edition", "2021"}, {"sessions_done", "4"}};
  if (sheet == "coaches") {
    return {{"programme", "iom-coaching"},  {"staff_number", "U1"}, {"credential_kind", "icf-certification"},
            {"time_zone", "Europe/Zurich"}, {"capacity", "3"},      {"pledged_on", "2022-12-01"},
            {"reviewed_on", "2022-12-15"},  {"review", "accepted"}};
  }
  if (sheet == "applications") {
    return {{"ref", "A1"},
            {"programme", "iom-coaching"},
            {"cycle", "2024"},
            {"staff_number", "U1"},
            {"submitted_at", "2024-01-06T05:00:00+01:00"},
            {"form_version", "v1"},
            {"commitment", "yes"},
            {"goal_type", "both"},
            {"time_zone", "Asia/Beirut"}};
  }
  return {{"at", "2024-03-03T10:00:00Z"}, {"actor", "U1"}, {"action", "mark-session-done"}, {"ref", "P1"}, {"session", "1"},
          {"held_on", "2024-03-02"}};
}

std::vector<std::string> columns_of(const std::string& sheet) {
  const SheetInfo* info = find_sheet(sheet);
  REQUIRE(info != nullptr);
  return {info->columns.begin(), info->columns.end()};
}

std::string csv(const std::vector<std::string>& columns, const std::vector<Cells>& rows) {
  std::string text = csv_line(columns);
  for (const auto& row : rows) {
    std::vector<std::string> cells;
    for (const auto& column : columns) cells.push_back(row.contains(column) ? row.at(column) : "");
    text += csv_line(cells);
  }
  return text;
}

Cells with(Cells row, const std::string& column, const std::string& cell) {
  row[column] = cell;
  return row;
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// Why the file is refused whole; "" if it is taken. A refused file must leave no trace.
std::string refusal(TestLedger& ledger, const std::string& sheet, const std::string& text) {
  const TreeHead before = ledger.log().head();
  std::vector<ReportRow> report;
  const auto taken = ledger.import(sheet, text, &report);
  if (taken.has_value()) return "";
  CHECK(taken.error().fault == Fault::kRejected);
  CHECK(ledger.log().head() == before);
  CHECK(report.empty());
  CHECK_FALSE(taken.error().message.empty());
  return taken.error().message;
}

std::string refusal(const std::string& sheet, const std::string& text) {
  TestLedger ledger;
  return refusal(ledger, sheet, text);
}

std::string any_sheet() { return GENERATE(as<std::string>{}, "staff", "participations", "coaches", "applications", "activity"); }

struct Violation {
  std::string sheet, column, cell;
};

}  // namespace

TEST_CASE("the sheets are those of the contract, with its columns", "[sheet]") {
  const std::map<std::string, std::string> contract = {
      {"staff",
       "staff_number,name,email,organisation,entity,duty_station,country,region,job_network,grade,position,contract_type,gender,languages,time_zone,"
       "entry_on_duty,training_completed_on,supervisor,separated_on"},
      {"coaches",
       "programme,staff_number,credential_kind,training_hours,credential_reference,areas,languages,time_zone,capacity,pledged_on,reviewed_on,review"},
      {"participations", "staff_number,programme,sponsor,edition,sessions_done"},
      {"applications", "ref,programme,cycle,staff_number,submitted_at,form_version,commitment,goal_type,languages,time_zone,motivation"},
      {"activity", "at,actor,action,ref,programme,cycle,client,coach,session,held_on,minutes,rating,reason,comment"}};
  CHECK(sheets().size() == contract.size());

  for (const auto& [sheet, columns] : contract) {
    CHECK(csv_line(columns_of(sheet)) == columns + "\r\n");
  }
  CHECK(find_sheet("Staff") == nullptr);
  CHECK(find_sheet("") == nullptr);
}

TEST_CASE("a well-formed file of each sheet is taken", "[sheet]") {
  const auto sheet = any_sheet();

  CHECK(refusal(sheet, csv(columns_of(sheet), {good_row(sheet)})) == "");
}

TEST_CASE("each missing column is named, in every sheet", "[sheet]") {
  const auto sheet = any_sheet();
  TestLedger ledger;
  for (const auto& column : columns_of(sheet)) {
    auto columns = columns_of(sheet);
    std::erase(columns, column);

    const auto message = refusal(ledger, sheet, csv(columns, {good_row(sheet)}));

    INFO(sheet << " without " << column << ": " << message);
    CHECK(message.find("line 1, column " + column + ":") != std::string::npos);
    CHECK(count_of(message, "\n") == 0);
  }
}

TEST_CASE("a column that is named twice is named, in every sheet", "[sheet]") {
  const auto sheet = any_sheet();
  auto columns = columns_of(sheet);
  columns.push_back(columns[1]);

  const auto message = refusal(sheet, csv(columns, {good_row(sheet)}));

  INFO(message);
  CHECK(message.find("line 1") != std::string::npos);
  CHECK(message.find(columns[1]) != std::string::npos);
  CHECK(message.find("twice") != std::string::npos);
}

TEST_CASE("header names are case-sensitive and not trimmed", "[sheet]") {
  auto columns = columns_of("staff");
  columns[1] = GENERATE("Name", "name ", " name");

  CHECK(refusal("staff", csv(columns, {good_row("staff")})).find("line 1, column name:") != std::string::npos);
}

TEST_CASE("reordered and unknown columns change nothing", "[sheet]") {
  const auto sheet = any_sheet();
  auto columns = columns_of(sheet);
  std::reverse(columns.begin(), columns.end());
  columns.insert(columns.begin() + 2, "no column of ours");
  columns.push_back("");
  TestLedger ledger;
  std::vector<ReportRow> first, second;
  REQUIRE(ledger.import(sheet, csv(columns_of(sheet), {good_row(sheet)}), &first).has_value());

  REQUIRE(ledger.import(sheet, csv(columns, {with(good_row(sheet), "no column of ours", "whatever")}), &second).has_value());

  REQUIRE(second.size() == 1);
  CHECK(second[0].ref == first[0].ref);
  CHECK(second[0].outcome == "unchanged");
}

TEST_CASE("a byte-order mark, LF line ends and blank lines change nothing", "[sheet]") {
  const auto sheet = any_sheet();
  std::string text = "\xef\xbb\xbf\n" + csv(columns_of(sheet), {good_row(sheet)});
  std::erase(text, '\r');

  CHECK(refusal(sheet, text + "\n\n") == "");
}

TEST_CASE("a row with more or fewer cells than the header is named by its line", "[sheet]") {
  const auto sheet = any_sheet();
  std::vector<std::string> cells(columns_of(sheet).size() + GENERATE(size_t{1}, SIZE_MAX), "");
  cells[0] = "x";

  const auto message = refusal(sheet, csv(columns_of(sheet), {good_row(sheet)}) + "\n" + csv_line(cells));

  INFO(message);
  CHECK(message.find("line 4") != std::string::npos);
  CHECK(message.find(std::to_string(cells.size()) + " cells") != std::string::npos);
  CHECK(message.find(std::to_string(columns_of(sheet).size())) != std::string::npos);
}

TEST_CASE("a cell of the wrong form refuses the file and is named with line, column, found and wanted", "[sheet]") {
  const std::vector<Violation> violations = {
      {"staff", "staff_number", ""},
      {"staff", "contract_type", ""},
      {"staff", "contract_type", "Regular"},
      {"staff", "contract_type", "regular "},
      {"staff", "gender", "F"},
      {"staff", "gender", "female"},
      {"staff", "time_zone", "Mars/Olympus"},
      {"staff", "time_zone", "europe/zurich"},
      {"staff", "entry_on_duty", "2024-02-30"},
      {"staff", "entry_on_duty", "2023-02-29"},
      {"staff", "entry_on_duty", "20/05/2013"},
      {"staff", "entry_on_duty", "2013-5-20"},
      {"staff", "entry_on_duty", " 2013-05-20"},
      {"staff", "entry_on_duty", "2013-05-20T00:00:00Z"},
      {"staff", "training_completed_on", "yes"},
      {"staff", "separated_on", "2024-13-01"},
      {"participations", "staff_number", ""},
      {"coaches", "programme", ""},
      {"coaches", "staff_number", ""},
      {"coaches", "capacity", ""},
      {"coaches", "capacity", "three"},
      {"coaches", "capacity", "-1"},
      {"coaches", "capacity", "1.5"},
      {"coaches", "capacity", " 3"},
      {"coaches", "capacity", "3 "},
      {"coaches", "capacity", "+3"},
      {"coaches", "capacity", "0x3"},
      {"coaches", "capacity", "99999999999999999999"},
      {"coaches", "pledged_on", "yes"},
      {"coaches", "reviewed_on", "2022-12-32"},
      {"coaches", "review", "Accepted"},
      {"coaches", "review", "pending"},
      {"coaches", "time_zone", "CEST+1"},
      {"applications", "ref", ""},
      {"applications", "ref", "A 1"},
      {"applications", "ref", "A/1"},
      {"applications", "ref", "\xc3\xa9"},
      {"applications", "ref", std::string(41, 'A')},
      {"applications", "programme", ""},
      {"applications", "cycle", ""},
      {"applications", "staff_number", ""},
      {"applications", "submitted_at", ""},
      {"applications", "submitted_at", "2024-01-06"},
      {"applications", "submitted_at", "2024-01-06T05:00:00"},
      {"applications", "submitted_at", "2024-01-06T05:00Z"},
      {"applications", "submitted_at", "2024-01-06T05:00:00+1"},
      {"applications", "submitted_at", "2024-01-06T05:00:00+25:00"},
      {"applications", "submitted_at", "2024-01-06T25:00:00Z"},
      {"applications", "submitted_at", "2024-02-30T05:00:00Z"},
      {"applications", "commitment", ""},
      {"applications", "commitment", "true"},
      {"applications", "goal_type", ""},
      {"applications", "goal_type", "Both"},
      {"applications", "time_zone", "nowhere"},
      {"activity", "at", ""},
      {"activity", "at", "2024-03-03 10:00"},
      {"activity", "action", ""},
      {"activity", "action", "Mark-Session-Done"},
      {"activity", "action", "coffee"},
      {"activity", "ref", ""},
      {"activity", "ref", "P#1"},
      {"activity", "session", "one"},
      {"activity", "session", "-1"},
      {"activity", "session", ""},
      {"activity", "held_on", "yesterday"},
      {"activity", "held_on", ""},
      {"activity", "rating", "6"},
      {"activity", "rating", "0"},
      {"activity", "rating", "5.0"},
      {"activity", "rating", "good"},
  };
  std::map<std::string, TestLedger> ledgers;
  for (const auto& [sheet, column, cell] : violations) {
    const auto message = refusal(ledgers[sheet], sheet,
                                 csv(columns_of(sheet), {good_row(sheet)}) + "\r\n" + csv_line({}) +
                                     csv(columns_of(sheet), {with(good_row(sheet), column, cell)}).substr(csv_line(columns_of(sheet)).size()));
    INFO(sheet << "." << column << " = \"" << cell << "\": " << message);
    CHECK(count_of(message, "line ") == 1);
    CHECK(message.find("line 5, column " + column + ": found ") == 0);
    CHECK(message.find("want ") != std::string::npos);
    CHECK((cell.empty() || message.find("\"" + cell.substr(0, 20)) != std::string::npos));
  }
}

TEST_CASE("cells at the edge of their form are taken", "[sheet]") {
  const std::vector<Violation> fine = {
      {"staff", "gender", ""},
      {"staff", "gender", "x"},
      {"staff", "entry_on_duty", "2024-02-29"},
      {"staff", "training_completed_on", ""},
      {"staff", "name", "\xe6\x97\xa5\xe6\x9c\xac, \"the\"\nfirst"},
      {"staff", "grade", "whatever"},
      {"coaches", "capacity", "0"},
      {"coaches", "capacity", "12"},
      {"coaches", "review", ""},
      {"coaches", "credential_kind", "anything"},
      {"coaches", "training_hours", ""},
      {"applications", "ref", std::string(40, 'Z')},
      {"applications", "ref", "a.B_9-"},
      {"applications", "submitted_at", "2024-01-06T05:00:00.5-12:45"},
      {"applications", "motivation", ""},
      {"activity", "session", "0"},
      {"activity", "rating", "5"},
      {"activity", "rating", ""},
      {"activity", "minutes", "about an hour"},
  };
  for (const auto& [sheet, column, cell] : fine) {
    INFO(sheet << "." << column << " = \"" << cell << "\"");
    CHECK(refusal(sheet, csv(columns_of(sheet), {with(good_row(sheet), column, cell)})) == "");
  }
}

TEST_CASE("rows of activity must come in order of their time within a file", "[sheet]") {
  const auto at = [](const std::string& time) { return with(good_row("activity"), "at", time); };

  // The same moment twice is in order, however its offset is written.
  CHECK(refusal("activity", csv(columns_of("activity"), {at("2024-03-03T10:00:00Z"), at("2024-03-03T11:00:00+01:00"), at("2024-03-03T10:00:01Z")})) ==
        "");
  const auto message =
      refusal("activity", csv(columns_of("activity"), {at("2024-03-03T10:00:00Z"), at("2024-03-03T10:30:00+01:00"), at("2024-03-04T10:00:00Z")}));

  INFO(message);
  CHECK(message.find("line 3, column at: found \"2024-03-03T10:30:00+01:00\"") == 0);
  CHECK(count_of(message, "line ") == 1);
}

TEST_CASE("a time that cannot be read is one bad cell and puts no other row out of order", "[sheet]") {
  const auto at = [](const std::string& time) { return with(good_row("activity"), "at", time); };

  const auto message = refusal(
      "activity", csv(columns_of("activity"), {at("2024-03-03T10:00:00Z"), at("noon"), at("2024-03-03T10:00:01Z"), at("2024-03-03T10:00:00Z")}));

  INFO(message);
  CHECK(message.find("line 3, column at: found \"noon\"") == 0);
  CHECK(count_of(message, "line ") == 2);
  CHECK(message.find("line 5, column at: found \"2024-03-03T10:00:00Z\"") != std::string::npos);
}

TEST_CASE("text that is no UTF-8 or holds control characters is named", "[sheet]") {
  const std::string cell = GENERATE("caf\xe9", "a\x01z", "\xed\xa0\x80", "\xc0\xaf", "\x7f");

  const auto message = refusal("staff", csv(columns_of("staff"), {good_row("staff"), with(good_row("staff"), "name", cell)}));

  INFO(message);
  CHECK(message.find("line 3, column name: found ") == 0);
}

TEST_CASE("a bad cell is named by the line where its record starts", "[sheet]") {
  Cells long_row = with(good_row("staff"), "name", "on\nthree\nlines");

  const auto message =
      refusal("staff", csv(columns_of("staff"), {long_row, with(long_row, "entry_on_duty", "soon"), with(good_row("staff"), "gender", "q")}));

  INFO(message);
  CHECK(message.find("line 5, column entry_on_duty: found \"soon\"") != std::string::npos);
  CHECK(message.find("line 8, column gender: found \"q\"") != std::string::npos);
}

TEST_CASE("every bad cell of a row is named, in the sheet's order of rows", "[sheet]") {
  const auto row = with(with(with(good_row("coaches"), "capacity", "many"), "review", "maybe"), "pledged_on", "once");

  const auto message = refusal("coaches", csv(columns_of("coaches"), {row}));

  INFO(message);
  CHECK(count_of(message, "line 2, column ") == 3);
  for (const auto* column : {"capacity", "review", "pledged_on"})
    CHECK(message.find(std::string("line 2, column ") + column + ":") != std::string::npos);
}

TEST_CASE("twenty bad cells are named and the rest are counted", "[sheet]") {
  const auto file = [](int bad) {
    std::vector<Cells> rows = {good_row("staff")};
    for (int i = 0; i < bad; ++i) rows.push_back(with(good_row("staff"), "gender", "bad" + std::to_string(i)));
    return csv(columns_of("staff"), rows);
  };

  const auto twenty = refusal("staff", file(20)), many = refusal("staff", file(57));

  CHECK(count_of(twenty, "line ") == 20);
  CHECK(twenty.find("more") == std::string::npos);
  CHECK(count_of(many, "line ") == 20);
  CHECK(many.find("\"bad19\"") != std::string::npos);
  CHECK(many.find("\"bad20\"") == std::string::npos);
  CHECK(many.find("37 more") != std::string::npos);
}

TEST_CASE("a file that stops being CSV after good rows is refused whole", "[sheet]") {
  const auto sheet = any_sheet();

  const auto message = refusal(sheet, csv(columns_of(sheet), {good_row(sheet)}) + "\"never closed");

  INFO(message);
  CHECK(message.find("line 3, column ") != std::string::npos);
}

TEST_CASE("an empty file is refused for want of a header; a header alone is a file without rows", "[sheet]") {
  const auto sheet = any_sheet();
  TestLedger ledger;

  CHECK(refusal(ledger, sheet, "") != "");
  CHECK(refusal(ledger, sheet, "\xef\xbb\xbf\r\n\n") != "");
  const auto end = ledger.log().end();
  const auto taken = ledger.import(sheet, csv_line(columns_of(sheet)));

  REQUIRE(taken.has_value());
  CHECK(taken.value().rows() == 0);
  CHECK(ledger.log().end() == end);
}

TEST_CASE("an import into a rehearsal tells what would happen and leaves the ledger alone", "[sheet]") {
  TestLedger ledger;
  ledger.staff("U1");
  const std::string file =
      csv(columns_of("applications"), {good_row("applications"), with(with(good_row("applications"), "ref", "A2"), "staff_number", "U2")});
  const TreeHead before = ledger.log().head();
  std::vector<ReportRow> rehearsed, real;

  {
    const auto rehearsal = make_memory_log(&ledger.log());
    FakeClock clock;
    SeededRandomness randomness(9);
    const auto sequencer = Sequencer::start(*rehearsal, ledger.keys, clock, randomness);
    REQUIRE(sequencer.has_value());
    const TempFolder folder;
    std::ofstream(folder.path("applications.csv"), std::ios::binary) << file;
    ImportWatcher watcher;
    watcher.row = [&](const ReportRow& row) { rehearsed.push_back(row); };
    const auto taken = import_file(folder.path("applications.csv"), *find_sheet("applications"), *sequencer.value(), ledger.keys, randomness,
                                   {std::nullopt, "test@host"}, watcher);
    REQUIRE(taken.has_value());
    CHECK(taken.value().recorded == 1);
    CHECK(taken.value().refused == 1);
    CHECK(rehearsal->end() > ledger.log().end());
  }
  CHECK(ledger.log().head() == before);
  REQUIRE(ledger.import("applications", file, &real).has_value());

  REQUIRE(rehearsed.size() == real.size());
  for (size_t i = 0; i < real.size(); ++i) {
    CHECK(rehearsed[i].row == real[i].row);
    CHECK(rehearsed[i].ref == real[i].ref);
    CHECK(rehearsed[i].outcome == real[i].outcome);
    CHECK(rehearsed[i].reason == real[i].reason);
  }
  CHECK(real[1].reason == "unknown-person");
}

TEST_CASE("references are 1 to 40 letters, digits, dots, underscores and hyphens", "[sheet]") {
  for (const auto* good : {"A", "a.B_9-", ".", "-", "0123456789012345678901234567890123456789"}) CHECK(is_ref(good));
  for (const auto* bad : {"", "01234567890123456789012345678901234567890", "a b", "a/b", "a;b", "\xc3\xa9", "a\n", "a+", "@"})
    CHECK_FALSE(is_ref(bad));
  CHECK_FALSE(is_ref(std::string_view("a\0", 2)));
}

}  // namespace daybook::test
