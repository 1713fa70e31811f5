#include "projections/inquiry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "ledger/printable.h"
#include "ledger/sheet.h"

namespace daybook {
namespace {

// The units of all grants of the role; "" stands for one of all units.
std::set<std::string> units_held(const Reader& reader) {
  std::set<std::string> units;
  const auto holder = reader.state->rights.roles.find(reader.actor);
  if (holder == reader.state->rights.roles.end()) return units;
  for (const auto& held : holder->second) {
    if (held.role == role_name(reader.role) && held.holds_on(reader.today())) units.insert(held.unit);
  }
  return units;
}

// The units of the grants that a look rests on or, where nothing rests on one, of those that whoever looked holds. Empty for all units.
std::string unit_of(const Reader& reader, const Desk& desk) {
  const auto units = desk.units().empty() ? units_held(reader) : desk.units();
  return units.contains("") ? "" : fmt::format("{}", fmt::join(units, ";"));
}

}  // namespace

Result<std::unique_ptr<Inquiry>> Inquiry::at(Ledger& ledger, Replayed folded, const AsOf& as_of, Asker asker, const SeeTable& table, Instant now,
                                             std::shared_ptr<const Newest> newest) {
  std::unique_ptr<Inquiry> inquiry(new Inquiry(ledger, as_of, std::move(asker)));
  inquiry->own_ = std::move(folded);
  inquiry->head_ = inquiry->own_.head;
  inquiry->kept_ = std::move(newest);
  if (inquiry->looks()) {
    const auto* known = inquiry->kept_ ? &inquiry->kept_->tables : nullptr;
    DAYBOOK_TRY(inquiry->tables_, DeskTables::build(inquiry->state(), inquiry->vault, known));
    inquiry->reader.tables = &inquiry->tables_;
    inquiry->reader.state = &inquiry->state();
    if (as_of.position || as_of.recorded || as_of.happened) {
      DAYBOOK_TRY(inquiry->read_newest());
    }
    DAYBOOK_TRY(inquiry->read_reader(table, now));
  }
  inquiry->new_desk();
  return inquiry;
}

Result<std::unique_ptr<Inquiry>> Inquiry::now(Ledger& ledger, const Newest& newest, Asker asker, const SeeTable& table, Instant now) {
  std::unique_ptr<Inquiry> inquiry(new Inquiry(ledger, AsOf{}, std::move(asker)));
  inquiry->state_ = inquiry->reader.state = &newest.state;
  inquiry->head_ = newest.head;
  inquiry->reader.tables = &newest.tables;
  if (inquiry->looks()) {
    DAYBOOK_TRY(inquiry->read_reader(table, now));
  }
  inquiry->new_desk();
  return inquiry;
}

Result<std::unique_ptr<Inquiry>> Inquiry::now(Ledger& ledger, std::shared_ptr<const Newest> newest, Asker asker, const SeeTable& table, Instant now) {
  DAYBOOK_TRY(auto inquiry, Inquiry::now(ledger, *newest, std::move(asker), table, now));
  inquiry->kept_ = std::move(newest);
  return inquiry;
}

Result<void> Inquiry::read_newest() {
  if (!kept_) {
    Newest newest;
    DAYBOOK_TRY(auto replayed, ledger.state());
    newest.state = std::move(replayed.state);
    newest.head = replayed.head;
    if (goes_by_unit(newest.state)) {
      DAYBOOK_TRY(newest.tables, DeskTables::build(newest.state, vault));
    }
    kept_ = std::make_shared<const Newest>(std::move(newest));
  }
  reader.state = &kept_->state;
  if (goes_by_unit(kept_->state)) reader.units = &kept_->tables;
  return success();
}

Result<void> Inquiry::read_reader(const SeeTable& table, Instant now) {
  DAYBOOK_TRY(const auto actor, vault.person(asker.name));
  reader.actor = actor.value_or(PersonId{});
  reader.role = *find_role(asker.role);
  reader.now = now;
  reader.table = &table;
  return success();
}

Result<std::optional<Look>> Inquiry::look(std::string_view verb, const CycleId& cycle, bool told) const {
  if (desk->fault()) return *desk->fault();
  if (!looks()) return std::optional<Look>();
  Look look;
  look.denied = !told || !may_ask();
  if (!look.denied && !desk->looked()) return std::optional<Look>();
  look.actor = asker.name;
  look.role = asker.role;
  look.purpose = asker.purpose;
  look.operator_name = asker.operator_name;
  look.verb = verb;
  look.subjects = desk->subjects();
  if (look.denied) look.subjects.insert(desk->withheld().begin(), desk->withheld().end());
  look.classes = desk->classes();
  look.cycle = cycle;
  look.book_end = state().end;
  look.actor_id = reader.actor;
  look.glass = desk->glass();
  look.unit = unit_of(reader, *desk);
  return std::optional(std::move(look));
}

// Not for whoever has a case that they may not administer, be it one. What is asked of a desk apart is no look.
EventMarks* Inquiry::marks_to_find_by() const {
  static constexpr std::string_view kRows[] = {"people",    "applications", "decisions", "pairings", "coaches",
                                               "programme", "rights",       "intake",    "feedback", "participation"};
  if (!marks || !looks() || is_in_a_pairing(*reader.state, reader.actor)) return nullptr;
  Desk apart(state(), vault, &reader);
  const bool all = std::all_of(std::begin(kRows), std::end(kRows), [&](auto row) { return apart.sight(row, {}) == Sight::kShown; });
  return all ? marks : nullptr;
}

std::optional<Instant> in_zone_of(const std::optional<CycleId>& id, const std::string& text, const State& state) {
  const auto day = parse_day(text);
  const auto* cycle = id ? state.cycle(*id) : nullptr;
  if (!day || !cycle) return std::nullopt;
  return Zone::find(cycle->rules->time_zone).value_or(Zone::utc()).last_instant(*day);
}

Result<AsOf> read_as_of(const std::string& at, const std::string& happened_by, std::string_view prefix) {
  constexpr std::string_view kTime = "a day or a time such as 2024-01-29T23:59:59+01:00";
  AsOf as_of;
  if (!happened_by.empty() && !(as_of.happened = parse_moment(happened_by, Zone::utc()))) {
    return Error{Fault::kRejected, fmt::format("{}happened-by: found \"{}\", want {}", prefix, printable(happened_by), kTime)};
  }
  if (at.empty()) return as_of;
  if (at.size() <= 18 && std::all_of(at.begin(), at.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    as_of.position = Position{std::stoull(at)};
  } else if (!(as_of.recorded = parse_moment(at, Zone::utc()))) {
    return Error{Fault::kRejected, fmt::format("{}at: found \"{}\", want a position, {}", prefix, printable(at), kTime)};
  }
  return as_of;
}

std::optional<Instant> parse_moment(const std::string& text, const Zone& zone) {
  if (const auto day = parse_day(text)) return zone.last_instant(*day);
  return parse_instant(text);
}

Instant moment_of(const Inquiry& inquiry, Instant now) {
  const bool past = inquiry.state().end < inquiry.ledger.programme().end();
  Instant moment = inquiry.as_of.recorded ? std::min(*inquiry.as_of.recorded, now) : past ? inquiry.state().last_recorded_at : now;
  return inquiry.as_of.happened ? std::min(*inquiry.as_of.happened, moment) : moment;
}

}  // namespace daybook
