#include "ledger/sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledger/charter.h"
#include "ledger/civil_time.h"
#include "ledger/printable.h"
#include "ledger/require.h"

namespace daybook {
namespace {

using Words = std::vector<std::string_view>;

const Words kContractTypes(contract_types().begin(), contract_types().end());
const Words kYesNo = {"yes", "no"}, kGoalTypes = {"professional", "personal", "both"}, kGenders = {"f", "m", "x", ""},
            kReviews = {"accepted", "declined", ""}, kRatings = {"1", "2", "3", "4", "5", ""};

// What was found, fit for a message: cut to some 60 bytes, between characters.
std::string shown_text(std::string_view text) {
  size_t size = std::min<size_t>(text.size(), 60);
  while (size < text.size() && size > 0 && (static_cast<uint8_t>(text[size]) & 0xc0) == 0x80) --size;
  return '"' + printable(text.substr(0, size)) + (size < text.size() ? "\"..." : "\"");
}

std::optional<Action> action_of(std::string_view name) {
  const auto it = std::find(std::begin(kActionNames), std::end(kActionNames), name);
  if (it == std::end(kActionNames)) return std::nullopt;
  return static_cast<Action>(it - std::begin(kActionNames));
}

bool needs_session(Action action) {
  return action == Action::kMarkSessionDone || action == Action::kMarkSessionMissed || action == Action::kWithdrawSession ||
         action == Action::kGiveFeedback;
}
bool needs_day(Action action) {
  return action == Action::kMarkSessionDone || action == Action::kMarkSessionMissed || action == Action::kExtendWindow;
}

}  // namespace

bool is_ref(std::string_view text) {
  return !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

const std::vector<SheetInfo>& sheets() {
  static const std::vector<SheetInfo> all = {
      {"staff",
       {"staff_number", "name", "email", "organisation", "entity", "duty_station", "country", "region", "job_network", "grade", "position",
        "contract_type", "gender", "languages", "time_zone", "entry_on_duty", "training_completed_on", "supervisor", "separated_on"}},
      {"participations", {"staff_number", "programme", "sponsor", "edition", "sessions_done"}},
      {"coaches",
       {"programme", "staff_number", "credential_kind", "training_hours", "credential_reference", "areas", "languages", "time_zone", "capacity",
        "pledged_on", "reviewed_on", "review"}},
      {"applications",
       {"ref", "programme", "cycle", "staff_number", "submitted_at", "form_version", "commitment", "goal_type", "languages", "time_zone",
        "motivation"}},
      {"activity",
       {"at", "actor", "action", "ref", "programme", "cycle", "client", "coach", "session", "held_on", "minutes", "rating", "reason", "comment"}}};
  return all;
}

const SheetInfo* find_sheet(std::string_view name) {
  for (const auto& sheet : sheets()) {
    if (sheet.name == name) return &sheet;
  }
  return nullptr;
}

bool goes_by_staff_number(const SheetInfo& sheet) { return std::find(sheet.columns.begin(), sheet.columns.end(), "ref") == sheet.columns.end(); }

std::string BadCell::text() const {
  return fmt::format("line {}{}{}: found {}, want {}", line, column.empty() ? "" : ", column ", column, found, wanted);
}

// One record's cells by column, each read in its form; faults are collected.
class SheetReader::Cells {
 public:
  Cells(SheetReader& reader, const CsvRecord& record, std::vector<BadCell>& bad) : reader_(reader), record_(record), bad_(bad) {}

  const std::string& text(std::string_view column) const {
    const auto& columns = reader_.sheet_.columns;
    const auto it = std::find(columns.begin(), columns.end(), column);
    require(it != columns.end(), "a sheet asks for its own columns only");
    return record_.cells[reader_.places_[static_cast<size_t>(it - columns.begin())]];
  }
  const std::string& needed(std::string_view column) {
    if (text(column).empty()) fault(column, "something");
    return text(column);
  }
  const std::string& ref(std::string_view column) {
    if (!is_ref(text(column))) fault(column, "1 to 40 of the letters A-Z a-z, digits and . _ -");
    return text(column);
  }
  const std::string& word(std::string_view column, const Words& words) {
    if (std::find(words.begin(), words.end(), text(column)) == words.end()) {
      const bool may_be_empty = std::find(words.begin(), words.end(), "") != words.end();
      Words shown = words;
      std::erase(shown, "");
      fault(column, fmt::format("{}{}", fmt::join(shown, ", "), may_be_empty ? " or nothing" : ""));
    }
    return text(column);
  }
  const std::string& zone(std::string_view column) {
    const auto& name = text(column);
    if (!name.empty() && !reader_.zones_.contains(name)) {
      Zone::find(name) ? (void)reader_.zones_.insert(name) : fault(column, "an IANA time zone, such as Europe/Zurich");
    }
    return name;
  }
  std::optional<Day> day(std::string_view column, bool must = false) {
    const auto& cell = text(column);
    const auto day = parse_day(cell);
    if (!day && (must || !cell.empty())) fault(column, must ? "a day, YYYY-MM-DD" : "a day, YYYY-MM-DD, or nothing");
    return day;
  }
  const std::string& day_text(std::string_view column) {
    day(column);
    return text(column);
  }
  std::optional<Instant> instant(std::string_view column) {
    const auto at = parse_instant(text(column));
    if (!at) fault(column, "a time with seconds and offset, such as 2024-01-29T23:59:59+01:00");
    return at;
  }
  std::optional<uint32_t> number(std::string_view column, bool must) {
    const auto& cell = text(column);
    if (cell.empty() && !must) return std::nullopt;
    const bool digits = !cell.empty() && cell.size() <= 9 && cell.find_first_not_of("0123456789") == std::string::npos;
    if (digits) return static_cast<uint32_t>(std::stoul(cell));
    fault(column, must ? "a whole number from 0, of 9 digits at most" : "a whole number from 0, of 9 digits at most, or nothing");
    return 0;
  }
  void fault(std::string_view column, std::string wanted) {
    bad_.push_back({record_.line, std::string(column), shown_text(text(column)), std::move(wanted)});
  }

  // Every cell must be text, those of unknown columns too.
  void check_text() {
    for (const auto column : reader_.sheet_.columns) {
      if (const auto at = find_bad_text(text(column)); at != std::string::npos) {
        const auto byte = static_cast<uint8_t>(text(column)[at]);
        bad_.push_back({record_.line, std::string(column), fmt::format("byte {:#04x} after {} bytes", byte, at),
                        byte < 0x80 ? "no control characters" : "UTF-8"});
      }
    }
  }

 private:
  SheetReader& reader_;
  const CsvRecord& record_;
  std::vector<BadCell>& bad_;
};

std::vector<BadCell> SheetReader::take_header(const CsvRecord& header) {
  std::vector<BadCell> bad;
  width_ = header.cells.size();
  places_.clear();
  std::set<std::string_view> seen;
  for (const auto& cell : header.cells) {
    if (!seen.insert(cell).second) bad.push_back({header.line, "", "the column " + shown_text(cell) + " twice", "each column once"});
  }
  for (const auto column : sheet_.columns) {
    const auto it = std::find(header.cells.begin(), header.cells.end(), column);
    if (it == header.cells.end()) bad.push_back({header.line, std::string(column), "no such column in the header", "it"});
    places_.push_back(static_cast<size_t>(it - header.cells.begin()));
  }
  return bad;
}

SheetReader::RowCommand SheetReader::take_record(const CsvRecord& record, std::vector<BadCell>& bad) {
  RowCommand row;
  if (record.cells.size() != width_) {
    bad.push_back({record.line, "", fmt::format("{} cells", record.cells.size()), fmt::format("{}, as in the header", width_)});
    return row;
  }
  Cells cells(*this, record, bad);
  cells.check_text();
  if (sheet_.name == "staff")
    row.command = staff(cells);
  else if (sheet_.name == "participations")
    row.command = participation(cells);
  else if (sheet_.name == "coaches")
    row.command = coach(cells);
  else if (sheet_.name == "applications")
    row.command = application(cells);
  else
    row.command = activity(cells);
  row.ref = cells.text(goes_by_staff_number(sheet_) ? "staff_number" : "ref");
  row.cells = sheet_.name;
  for (const auto column : sheet_.columns) row.cells += fmt::format("\n{}:{}", cells.text(column).size(), cells.text(column));
  return row;
}

Command SheetReader::staff(Cells& c) const {
  StaffRecorded v;
  v.staff_number = c.needed("staff_number");
  v.name = c.text("name");
  v.email = c.text("email");
  v.organisation = c.text("organisation");
  v.entity = c.text("entity");
  v.duty_station = c.text("duty_station");
  v.country = c.text("country");
  v.region = c.text("region");
  v.job_network = c.text("job_network");
  v.grade = c.text("grade");
  v.post = c.text("position");
  v.contract_type = c.word("contract_type", kContractTypes);
  v.gender = c.word("gender", kGenders);
  v.languages = c.text("languages");
  v.time_zone = c.zone("time_zone");
  v.entry_on_duty = c.day_text("entry_on_duty");
  v.training_completed_on = c.day_text("training_completed_on");
  v.supervisor = c.text("supervisor");
  v.separated_on = c.day_text("separated_on");
  Command command;
  command.happened_at = effective_;
  command.body = RecordStaff{std::move(v)};
  return command;
}

Command SheetReader::participation(Cells& c) const {
  Command command;
  command.happened_at = effective_;
  command.body =
      RecordParticipation{c.needed("staff_number"), {c.needed("programme"), c.needed("sponsor"), c.text("edition"), c.text("sessions_done")}};
  return command;
}

Command SheetReader::coach(Cells& c) const {
  CoachRecorded v;
  v.programme = c.needed("programme");
  v.review = c.word("review", kReviews);
  v.capacity = c.number("capacity", true).value_or(0);
  v.credential_kind = c.text("credential_kind");
  v.training_hours = c.text("training_hours");
  v.credential_reference = c.text("credential_reference");
  v.pledged_on = c.day_text("pledged_on");
  v.reviewed_on = c.day_text("reviewed_on");
  v.pledged = !v.pledged_on.empty();
  v.areas = c.text("areas");
  v.languages = c.text("languages");
  v.time_zone = c.zone("time_zone");
  Command command;
  const auto day = parse_day(v.reviewed_on.empty() ? v.pledged_on : v.reviewed_on);
  if (day) command.happened_at = Zone::utc().last_instant(*day);
  command.body = RecordCoach{c.needed("staff_number"), std::move(v)};
  return command;
}

Command SheetReader::application(Cells& c) const {
  ApplicationSubmitted v;
  v.application = c.ref("ref");
  v.programme = c.needed("programme");
  v.cycle = c.needed("cycle");
  v.form_version = c.text("form_version");
  v.commitment = c.word("commitment", kYesNo);
  v.goal_type = c.word("goal_type", kGoalTypes);
  v.languages = c.text("languages");
  v.time_zone = c.zone("time_zone");
  v.motivation = c.text("motivation");
  Command command;
  command.happened_at = c.instant("submitted_at");
  command.actor = c.needed("staff_number");
  command.role = "client";
  command.body = SubmitApplication{command.actor, std::move(v)};
  return command;
}

Command SheetReader::activity(Cells& c) {
  Command command;
  Act act;
  command.happened_at = c.instant("at");
  if (command.happened_at && last_at_ && *command.happened_at < *last_at_) {
    c.fault("at", "the time of the row before, " + to_text(*last_at_) + ", or a later one");
  }
  if (command.happened_at) last_at_ = command.happened_at;
  command.actor = c.needed("actor");
  const auto action = action_of(c.text("action"));
  if (!action) c.fault("action", fmt::format("{}", fmt::join(kActionNames, ", ")));
  act.action = action.value_or(Action::kRequestPairing);
  act.ref = c.ref("ref");
  const bool request = action == Action::kRequestPairing;
  act.programme = request ? c.needed("programme") : c.text("programme");
  act.cycle = request ? c.needed("cycle") : c.text("cycle");
  act.client = request ? c.needed("client") : c.text("client");
  act.coach = request ? c.needed("coach") : c.text("coach");
  act.session = c.number("session", action && needs_session(*action));
  act.held_on = c.day("held_on", action && needs_day(*action));
  act.minutes = c.text("minutes");
  act.rating = c.word("rating", kRatings);
  act.reason = c.text("reason");
  act.comment = c.text("comment");
  command.body = std::move(act);
  return command;
}

Result<Act> read_action(Action action, const std::vector<std::pair<std::string, std::string>>& values) {
  const SheetInfo& sheet = *find_sheet("activity");
  CsvRecord header, record;
  for (const auto column : sheet.columns) {
    header.cells.emplace_back(column);
    const auto it = std::find_if(values.begin(), values.end(), [&](const auto& value) { return value.first == column; });
    record.cells.push_back(it != values.end()  ? it->second
                           : column == "at"    ? "2000-01-01T00:00:00Z"  // not read from here
                           : column == "actor" ? "-"
                                               : "");
  }
  for (const auto& [key, value] : values) {
    if (std::find(sheet.columns.begin(), sheet.columns.end(), key) == sheet.columns.end()) {
      return Error{Fault::kRejected, fmt::format("{}: found a key of that name, want one of {}", key, fmt::join(sheet.columns, ", "))};
    }
  }
  const auto name = kActionNames[static_cast<size_t>(action)];
  record.cells[2] = name;
  SheetReader reader(sheet, std::nullopt);
  std::vector<BadCell> bad = reader.take_header(header);
  auto row = reader.take_record(record, bad);
  if (!bad.empty()) return Error{Fault::kRejected, fmt::format("{}: {}: found {}, want {}", name, bad[0].column, bad[0].found, bad[0].wanted)};
  return std::get<Act>(std::move(row.command.body));
}

std::vector<BadCell> bad_cells(const SheetInfo& sheet, const std::vector<std::pair<std::string, std::string>>& values) {
  const auto named = [&](std::string_view column) {
    return std::find_if(values.begin(), values.end(), [&](const auto& value) { return value.first == column; });
  };
  CsvRecord header, record;
  for (const auto column : sheet.columns) {
    const auto it = named(column);
    header.cells.emplace_back(column);
    record.cells.push_back(it == values.end() ? "" : it->second);
  }
  SheetReader reader(sheet, std::nullopt);
  std::vector<BadCell> bad = reader.take_header(header);
  reader.take_record(record, bad);
  std::erase_if(bad, [&](const BadCell& cell) { return named(cell.column) == values.end(); });
  return bad;
}

}  // namespace daybook
