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

Format answer_format(const Settings& settings, Format on_terminal, Format elsewhere) {
  if (settings.json || settings.format == "json") return Format::kJson;
  if (settings.format == "csv") return Format::kCsv;
  if (settings.format == "table") return Format::kTable;
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

Result<std::unique_ptr<Inquiry>> Session::view(const std::string& verb, const std::string& cycle, Scope scope) {
  const bool may_look = names_reader(settings_);
  if (may_look && (settings_.role.empty() || settings_.purpose.empty())) {
    return Error{Fault::kRejected, "--as goes with --role ROLE and --purpose TEXT: a look at confidential fields is written down"};
  }
  if (may_look && !find_role(settings_.role)) {
    return Error{Fault::kRejected, fmt::format("--role: found \"{}\", want one of {}", printable(settings_.role), fmt::join(kRoleNames, ", "))};
  }
  DAYBOOK_TRY(auto as_of, read_as_of(settings_.at, settings_.happened_by, "--"));
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
  return inquire(*ledger, std::move(replayed), as_of);
}

Result<std::unique_ptr<Inquiry>> Session::view_further(const std::string& verb, State earlier) {
  DAYBOOK_TRY(const auto as_of, read_as_of("", settings_.happened_by, "--"));
  DAYBOOK_TRY(auto* ledger, open(OpenMode::kReadOnly, verb));
  const auto& log = ledger->programme();
  DAYBOOK_TRY(read_events(log, earlier.end, log.end(), [&](const Event& event) {
    as_of.happened ? evolve_by(earlier, event, *as_of.happened) : evolve(earlier, event);
    return true;
  }));
  return inquire(*ledger, Replayed{std::move(earlier), log.head()}, as_of);
}

Result<std::unique_ptr<Inquiry>> Session::inquire(Ledger& ledger, Replayed folded, const AsOf& as_of) const {
  Asker asker;
  asker.operator_name = operator_name();
  asker.name = reader_name();
  asker.role = settings_.role;
  asker.purpose = settings_.purpose;
  DAYBOOK_TRY(auto inquiry, Inquiry::at(ledger, std::move(folded), as_of, std::move(asker), see_table_, clock.now()));
  if (inquiry->looks() && inquiry->may_ask()) tell_of_glasses(*inquiry->reader.state, inquiry->reader.actor);
  return inquiry;
}

Result<void> Session::account_for(const std::string& verb, const Inquiry& inquiry, const CycleId& cycle, bool told) {
  DAYBOOK_TRY(const auto look, inquiry.look(verb, cycle, told));
  if (!look) return success();
  const auto holder = fmt::format("pid {} (daybook {}) of {}", ::getpid(), verb, look->operator_name);
  const auto book = inquiry.ledger.access_book(holder, clock, randomness);
  const auto written = book ? book.value()->record(*look) : Result<Position>(book.error());
  if (!written) {
    return Error{Fault::kStorage, "the access book cannot be written, so nothing confidential is shown: " + written.error().message};
  }
  if (!inquiry.may_ask()) {
    return not_there(fmt::format("{} does not hold the role {}; the record has who does: `daybook history --kind RoleGranted`",
                                 printable(look->actor), settings_.role));
  }
  if (look->denied) return success();
  looks_.push_back(written.value());
  std::fprintf(stderr, "daybook: this is look %llu of the access book\n", static_cast<unsigned long long>(written.value().value));
  return success();
}

}  // namespace daybook
