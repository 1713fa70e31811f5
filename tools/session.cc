#include "tools/session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "ledger/cohort.h"
#include "ledger/happened.h"
#include "ledger/sheet.h"
#include "projections/glasses.h"

namespace daybook {
namespace {

// The unit that the role is held in; empty for all.
std::string unit_of(const Reader& reader) {
  const auto holder = reader.state->rights.roles.find(reader.actor);
  if (holder == reader.state->rights.roles.end()) return {};
  for (const auto& held : holder->second) {
    if (held.role == role_name(reader.role) && held.holds_on(reader.today())) return held.unit;
  }
  return {};
}

}  // namespace

Exit complain(const Error& error) {
  std::string text = "daybook: ";
  std::string_view rest = error.message;
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    text += printable(rest.substr(0, end)) + "\n  ";
    rest.remove_prefix(end + 1);
  }
  text += printable(rest);
  std::fprintf(stderr, "%s\n", text.c_str());
  switch (error.fault) {
    case Fault::kNotFound:
    case Fault::kConflict:
      return kNo;
    case Fault::kRejected:
      return kWrongUse;
    case Fault::kCorrupt:
      return kDamaged;
    case Fault::kStorage:
    case Fault::kBusy:
    case Fault::kFull:
      return kFailed;
  }
  return kFailed;
}

std::string Session::operator_name() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const auto* user = ::getpwuid(::getuid());
  return fmt::format("{}@{}", user ? user->pw_name : std::to_string(::getuid()), host.data());
}

Format Session::format(Format on_terminal, Format elsewhere) const {
  if (settings_.json || settings_.format == "json") return Format::kJson;
  if (settings_.format == "csv") return Format::kCsv;
  if (settings_.format == "table") return Format::kTable;
  return ::isatty(1) == 1 ? on_terminal : elsewhere;
}

std::string ledger_folder(const Settings& settings) {
  const char* named = std::getenv("DAYBOOK_LEDGER");
  return !settings.ledger.empty() || !named ? settings.ledger : named;
}

Result<Ledger*> Session::open_by(const Clock& time, OpenMode mode, const std::string& verb, bool held) {
  const auto folder = ledger_folder(settings_);
  if (folder.empty()) return Error{Fault::kRejected, "which ledger? --ledger DIR or DAYBOOK_LEDGER names it"};
  if (!settings_.role.empty() && !is_ref(settings_.role)) {
    return Error{Fault::kRejected,
                 "--role: found \"" + printable(settings_.role) + "\", want 1 to 40 letters, digits and . _ -: it stands in the log for good"};
  }
  OpenOptions options;
  options.mode = mode;
  writes_ = mode == OpenMode::kReadWrite;
  options.root_key_file = settings_.root_key;
  options.holder = fmt::format("pid {} (daybook {}) of {}, since {}", ::getpid(), verb, operator_name(),
                               to_text(std::chrono::floor<std::chrono::seconds>(clock.now())));
  options.clock_confirmed = settings_.confirm_clock;
  options.held = held;
  options.env = settings_.env;
  options.say = [](const std::string& line) { std::fprintf(stderr, "daybook: %s\n", printable(line).c_str()); };
  options.on_damage = [](const Error& error) {  // the record is in doubt: not one more answer
    std::_Exit(complain(error));
  };
  DAYBOOK_TRY(ledger_, Ledger::open(folder, options, time, randomness));
  return ledger_.get();
}

void Session::tell_of_glasses(const State& state, const PersonId& person) const {
  for (const auto& line : glasses_to_tell(state, person)) std::fprintf(stderr, "daybook: %s\n", printable(line).c_str());
}

void Session::tell_of_glasses() {
  const auto person = ledger_->vault().person(reader_name());
  if (!person || !person.value()) return;
  ledger_->sequencer().look([&](const State& state) { tell_of_glasses(state, *person.value()); });
}

int Session::close(int status) {
  if (writes_) tell_of_glasses();
  const auto closed = ledger_->close();
  return closed ? status : int{complain(closed.error())};
}

Result<std::unique_ptr<Session::View>> Session::view(const std::string& verb, const std::string& cycle, Scope scope) {
  const bool may_look = names_reader(settings_);
  if (may_look && (settings_.role.empty() || settings_.purpose.empty())) {
    return Error{Fault::kRejected, "--as goes with --role ROLE and --purpose TEXT: a look at confidential fields is written down"};
  }
  if (may_look && !find_role(settings_.role)) {
    return Error{Fault::kRejected, fmt::format("--role: found \"{}\", want one of {}", printable(settings_.role), fmt::join(kRoleNames, ", "))};
  }
  DAYBOOK_TRY(auto as_of, read_as_of(settings_.at, settings_.happened_by));
  DAYBOOK_TRY(auto* ledger, open(OpenMode::kReadOnly, verb));
  const auto end = ledger->programme().end();
  if (as_of.position && *as_of.position > end) {
    return Error{Fault::kNotFound, fmt::format("--at: found position {}, the ledger ends at {}", as_of.position->value, end.value)};
  }
  const auto id = parse_cycle(cycle);
  auto cohort = scope == Scope::kCohort && !may_look ? id : std::nullopt;
  if (scope == Scope::kThing && !may_look) {
    DAYBOOK_TRY(cohort, cycle_of(ledger->programme(), cycle));
  }
  const auto replayed_at = [&](const AsOf& moment) { return cohort ? replay_cohort(ledger->programme(), *cohort, moment) : ledger->state(moment); };
  DAYBOOK_TRY(auto replayed, replayed_at(as_of));
  if (const auto moment = in_zone_of(id, settings_.happened_by, replayed.state); moment && moment != as_of.happened) {
    as_of.happened = moment;
    DAYBOOK_TRY(replayed, replayed_at(as_of));
  }
  return view_of(*ledger, std::move(replayed), as_of);
}

Result<std::unique_ptr<Session::View>> Session::view_further(const std::string& verb, State earlier) {
  DAYBOOK_TRY(const auto as_of, read_as_of("", settings_.happened_by));
  DAYBOOK_TRY(auto* ledger, open(OpenMode::kReadOnly, verb));
  const auto& log = ledger->programme();
  DAYBOOK_TRY(read_events(log, earlier.end, log.end(), [&](const Event& event) {
    as_of.happened ? evolve_by(earlier, event, *as_of.happened) : evolve(earlier, event);
    return true;
  }));
  return view_of(*ledger, Replayed{std::move(earlier), log.head()}, as_of);
}

Result<std::unique_ptr<Session::View>> Session::view_of(Ledger& ledger, Replayed replayed, const AsOf& as_of) const {
  auto view = std::make_unique<View>(ledger, std::move(replayed), as_of);
  view->looks = names_reader(settings_);
  if (view->looks) {
    DAYBOOK_TRY(read_reader(*view));
  }
  view->new_desk();
  return view;
}

Result<void> Session::read_reader(View& view) const {
  DAYBOOK_TRY(view.tables, DeskTables::build(view.state(), view.vault));
  if (view.as_of.position || view.as_of.recorded || view.as_of.happened) {
    DAYBOOK_TRY(auto newest, view.ledger.state());
    view.now = std::move(newest.state);
  }
  DAYBOOK_TRY(const auto actor, view.vault.person(reader_name()));
  view.reader.actor = actor.value_or(PersonId{});
  view.reader.role = *find_role(settings_.role);
  view.reader.now = clock.now();
  view.reader.state = view.now ? &*view.now : &view.state();
  view.reader.table = &see_table_;
  view.reader.tables = &view.tables;
  if (view.now && goes_by_unit(*view.now)) {
    DAYBOOK_TRY(view.units, DeskTables::build(*view.now, view.vault));
    view.reader.units = &view.units;
  }
  tell_of_glasses(*view.reader.state, view.reader.actor);
  return success();
}

Result<void> Session::account_for(const std::string& verb, const View& view, const CycleId& cycle, bool told) {
  const auto& desk = *view.desk;
  if (desk.fault()) return *desk.fault();
  if (!desk.reader()) return success();
  const bool holds = desk.reader()->holds_role();
  Look look;
  look.denied = !told || !holds;
  if (!look.denied && !desk.looked()) return success();
  look.actor = reader_name();
  look.role = settings_.role;
  look.purpose = settings_.purpose;
  look.operator_name = operator_name();
  look.verb = verb;
  look.subjects = desk.subjects();
  if (look.denied) look.subjects.insert(desk.withheld().begin(), desk.withheld().end());
  look.classes = desk.classes();
  look.cycle = cycle;
  look.book_end = view.state().end;
  look.actor_id = desk.reader()->actor;
  look.glass = desk.glass();
  look.unit = unit_of(*desk.reader());
  const auto holder = fmt::format("pid {} (daybook {}) of {}", ::getpid(), verb, look.operator_name);
  const auto book = view.ledger.access_book(holder, clock, randomness);
  const auto written = book ? book.value()->record(look) : Result<Position>(book.error());
  if (!written) {
    return Error{Fault::kStorage, "the access book cannot be written, so nothing confidential is shown: " + written.error().message};
  }
  if (!holds) {
    return not_there(fmt::format("{} does not hold the role {}; the record has who does: `daybook history --kind RoleGranted`", printable(look.actor),
                                 settings_.role));
  }
  if (look.denied) return success();
  looks_.push_back(written.value());
  std::fprintf(stderr, "daybook: this is look %llu of the access book\n", static_cast<unsigned long long>(written.value().value));
  return success();
}

std::optional<CycleId> parse_cycle(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size()) return std::nullopt;
  return CycleId{text.substr(0, slash), text.substr(slash + 1)};
}

std::optional<Instant> in_zone_of(const std::optional<CycleId>& id, const std::string& text, const State& state) {
  const auto day = parse_day(text);
  const auto* cycle = id ? state.cycle(*id) : nullptr;
  if (!day || !cycle) return std::nullopt;
  return Zone::find(cycle->rules->time_zone).value_or(Zone::utc()).last_instant(*day);
}

Result<AsOf> read_as_of(const std::string& at, const std::string& happened_by) {
  constexpr std::string_view kTime = "a day or a time such as 2024-01-29T23:59:59+01:00";
  AsOf as_of;
  if (!happened_by.empty() && !(as_of.happened = parse_moment(happened_by, Zone::utc()))) {
    return Error{Fault::kRejected, fmt::format("--happened-by: found \"{}\", want {}", printable(happened_by), kTime)};
  }
  if (at.empty()) return as_of;
  if (at.size() <= 18 && std::all_of(at.begin(), at.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    as_of.position = Position{std::stoull(at)};
  } else if (!(as_of.recorded = parse_moment(at, Zone::utc()))) {
    return Error{Fault::kRejected, fmt::format("--at: found \"{}\", want a position, {}", printable(at), kTime)};
  }
  return as_of;
}

std::optional<Instant> parse_moment(const std::string& text, const Zone& zone) {
  if (const auto day = parse_day(text)) return zone.last_instant(*day);
  return parse_instant(text);
}

}  // namespace daybook
