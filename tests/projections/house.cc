#include "tests/projections/house.h"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

#include "projections/causation.h"
#include "projections/event_pages.h"
#include "projections/glasses.h"
#include "projections/held.h"
#include "projections/lists.h"
#include "projections/looks.h"
#include "projections/things.h"
#include "projections/timeline.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

std::string text_of(const std::string& title, const Table& table) {
  std::string text;
  for (const auto& row : table.rows) {
    text += title;
    for (size_t i = 0; i < row.size(); ++i) text += fmt::format(" | {}={}", table.columns[i].name, row[i]);
    text += "\n";
  }
  return text;
}

// As `history --json` has it.
std::string text_of(const Event& event, Desk& desk) {
  const auto& envelope = event.envelope;
  auto text = fmt::format("history {} {} | stream={} actor={} role={}", kind_of(event.body).name, sentence(event, desk), envelope.stream,
                          envelope.provenance.actor.value, envelope.provenance.role);
  for (const auto& [name, value] : open_fields(event.body)) text += fmt::format(" {}={}", name, value);
  return text + "\n";
}

void person(TestLedger& ledger, const std::string& number) {
  auto staff = staff_of(number);
  staff.email = "mail-canary-" + number;
  staff.entity = "EntityCanary" + number;
  staff.grade = "GradeCanary" + number;
  staff.languages = "StaffTongue" + number;
  staff.time_zone = "StaffZone" + number;
  REQUIRE(said(ledger.staff(staff)) == "recorded");
  REQUIRE(said(ledger.took_part(number, "EarlierProgramme" + number, "elsewhere", "Edition" + number)) == "recorded");
}

void coach(TestLedger& ledger, const std::string& number, const std::string& review) {
  person(ledger, number);
  auto coach = coach_of("iom-coaching", 3);
  coach.review = review;
  coach.credential_reference = "Certificate" + number;
  coach.areas = "Area" + number;
  REQUIRE(said(ledger.run(RecordCoach{number, coach})) == "recorded");
}

void client(TestLedger& ledger, const std::string& number) {
  person(ledger, number);
  ApplicationSubmitted form;
  form.application = "A-" + number;
  std::tie(form.programme, form.cycle) = std::tie(kIn.programme, kIn.cycle);
  form.commitment = "yes";
  form.form_version = "FormVersion" + number;
  form.goal_type = number == "U1" ? "professional" : "both";
  form.languages = "FormTongue" + number;
  form.time_zone = "FormZone" + number;
  form.motivation = "Motivation" + number;
  REQUIRE(said(ledger.run(SubmitApplication{number, form}, "2024-01-02T12:00:00Z", number)) == "recorded");
}

void coached(TestLedger& ledger, const std::string& client, const std::string& coach) {
  const auto ref = "P-" + client;
  ledger.paired(ref, kHouseCycle, client, coach, "2024-02-02T12:00:00Z");
  Act done{Action::kMarkSessionDone, ref, "", "", "", "", 1, parse_day("2024-02-10"), "Minutes" + client, "", "", ""};
  REQUIRE(said(ledger.run(done, "2024-02-11T12:00:00Z", client)) == "recorded");
  Act words{Action::kGiveFeedback, ref, "", "", "", "", 1, std::nullopt, "", client == "U1" ? "4" : "5", "", "Comment" + client};
  REQUIRE(said(ledger.run(words, "2024-02-12T12:00:00Z", client)) == "recorded");
  words.rating = "2", words.comment = "Comment" + coach;
  REQUIRE(said(ledger.run(words, "2024-02-13T12:00:00Z", coach)) == "recorded");
}

void give_roles(TestLedger& ledger) {
  const auto give = [&](const std::string& who, const std::string& unit, std::optional<Day> last_day) {
    REQUIRE(said(ledger.run(GrantRole{who, "administrator", "iom-coaching", unit, last_day, "WhyRoleOf" + who})) == "recorded");
  };
  give("AF", "", std::nullopt);
  give("AE", "", std::chrono::floor<std::chrono::days>(ledger.clock.now()));
  give("K2", "", std::nullopt);
  give("UA", "EntityCanaryU1", std::nullopt);
  REQUIRE(said(ledger.run(EndRole{"AF", "administrator", "iom-coaching", "", "left"})) == "recorded");
  ledger.clock.pass(std::chrono::days{1});
}

void refuse_rows(TestLedger& ledger) {
  const std::string coaches =
      "programme,staff_number,credential_kind,training_hours,credential_reference,areas,languages,time_zone,capacity,pledged_on,reviewed_on,"
      "review\n";
  const std::string row = ",icf-certification,,,,,,77,2023-01-01,2023-01-02,accepted\n";
  REQUIRE(ledger.import("coaches", coaches + "iom-coaching,K1" + row + "iom-coaching,K3" + row).has_value());
  const std::string activity = "at,actor,action,ref,programme,cycle,client,coach,session,held_on,minutes,rating,reason,comment\n";
  REQUIRE(ledger.import("activity", activity + "2024-03-01T12:00:00Z,U1,give-feedback,P-U1,,,,,4,,,1,,CommentRefused\n").has_value());
}

}  // namespace

void fill_house(TestLedger& ledger) {
  for (const auto* number : {"U1", "U2", "U3"}) client(ledger, number);
  coach(ledger, "K1", "accepted");
  coach(ledger, "K2", "accepted");
  coach(ledger, "K3", "");  // pending
  REQUIRE(said(ledger.decide(kHouseCycle)) == "recorded");
  coached(ledger, "U1", "K1");
  coached(ledger, "U2", "K2");
  Act withdrawn{Action::kWithdrawSession, "P-U1", "", "", "", "", 2, std::nullopt, "", "", "ReasonU1", ""};
  REQUIRE(said(ledger.done("P-U1", 2, "2024-02-20", "2024-02-21T12:00:00Z", "U1")) == "recorded");
  REQUIRE(said(ledger.run(withdrawn, "2024-02-22T12:00:00Z", "K1")) == "recorded");
  std::tie(withdrawn.ref, withdrawn.reason) = std::pair("P-U2", "WhyOfU2");
  REQUIRE(said(ledger.done("P-U2", 2, "2024-02-20", "2024-02-21T12:00:00Z", "K2")) == "recorded");
  REQUIRE(said(ledger.run(withdrawn, "2024-02-22T12:00:00Z", "U2")) == "recorded");
  refuse_rows(ledger);
  give_roles(ledger);
  REQUIRE(said(ledger.run(PlaceHold{"U2", "HoldReason"})) == "recorded");
  REQUIRE(said(ledger.run(LiftHold{"U2", "LiftReason"})) == "recorded");
  BreakGlass glass{"glass1", "", kIn, {}, 30, "ReasonOfGlass", "CO"};
  for (auto i = 1; i <= static_cast<int>(FieldClass::kReview); ++i) glass.classes.emplace_back(class_name(static_cast<FieldClass>(i)));
  Command broken;
  broken.body = std::move(glass);
  broken.actor = "GL";
  broken.role = "line-manager";
  broken.recorded_by = "test@host";
  broken.channel = Channel::kImport;  // which asks no right
  REQUIRE(said(ledger.sequencer().execute(std::move(broken))) == "recorded");
}

std::string text_of(const std::string& how, const Card& card) {
  std::string text = fmt::format("{} {}\n", how, card.title);
  for (const auto& section : card.sections) {
    for (const auto& line : section.lines) text += fmt::format("{} {} | {} | {}={}\n", how, card.title, section.heading, line.label, line.value);
  }
  return text;
}

std::vector<Grant> roles_of_house() {
  std::vector<Grant> grants = {
      {"AD", "administrator", "iom-coaching"}, {"AX", "administrator", "un-coaching"}, {"GL", "line-manager", "iom-coaching"}};
  for (const auto& [name, role] : {std::pair{"SL", "supervision-lead"}, std::pair{"SP", "sponsor"}, std::pair{"LM", "line-manager"},
                                   std::pair{"AU", "auditor"}, std::pair{"CO", "compliance-officer"}, std::pair{"DP", "data-protection-officer"}}) {
    grants.push_back({name, role, "iom-coaching"});
  }
  return grants;
}

House::House() {
  {
    const TestLedger with_charters(*log, {});
  }
  grant(*log, derive_vault_keys(Hash{}), FakeClock().now(), roles_of_house());
  ledger.emplace(*log, std::vector<std::string>{});
  ledger->randomness = SeededRandomness(99);  // not the ids of before
  fill_house(*ledger);
  state = ledger->state();
  vault.emplace(ledger->vault());
  tables = made(DeskTables::build(state, *vault));
  look_at_somebody();
}

PersonId House::id(const std::string& name) const { return made(vault->person(name)).value(); }

Reader House::reader(const std::string& name, Role role, const SeeTable& table) const {
  return {made(vault->person(name)).value_or(PersonId{}), role, ledger->clock.now(), &state, &table, &tables};
}

// Somebody looked at U1 and K1.
void House::look_at_somebody() {
  Event event;
  event.envelope.stream = "access/looker";
  event.envelope.recorded_at = event.envelope.happened_at = ledger->clock.now();
  event.envelope.provenance = {PersonId{"id-of-looker"}, "administrator", PersonId{"id-of-machine"}, Channel::kCli, ""};
  RecordViewed look;
  look.verb = "show-canary";
  look.subjects = {id("U1").value, id("K1").value};
  look.classes = {"contact"};
  std::tie(look.programme, look.cycle) = std::tie(kIn.programme, kIn.cycle);
  look.purpose = "PurposeOfLook";
  look.operator_name = "OperatorOfLook";
  event.body = look;
  append_event(*access, ledger->keys, std::move(event), {{"NameOfLooker", PersonId{"id-of-looker"}}});
}

std::string all_of(const BySurface& answers) {
  std::string all;
  for (const auto& [surface, text] : answers) all += text;
  return all;
}

Desk Answers::desk() const { return Desk(house_.state, *house_.vault, &reader_); }

BySurface Answers::by_surface() {
  for (const auto& [ref, unused] : house_.state.applications) cards_of(ref);
  for (const auto& [ref, unused] : house_.state.pairings) cards_of(ref);
  for (const auto& [person, unused] : house_.state.people) cards_of(person.value);
  for (const auto* number : {"U1", "U2", "K1", "iom-coaching/K1", "iom-coaching/K3", kHouseCycle}) cards_of(number);
  lists();
  figures();
  history();
  pages();
  exports();
  access_book();
  return told_;
}

void Answers::cards_of(const std::string& id) {
  for (const bool explained : {false, true}) {
    Desk desk = this->desk();
    const std::string verb = explained ? "explain" : "show";
    const auto cards = made(things({house_.state, house_.ledger->log(), std::nullopt, desk}, id, explained));
    for (const auto& card : cards) told_[verb] += text_of(verb, card);
    if (cards.empty()) told_["error text"] += nothing_goes_by("it", desk).message + "\n";
  }
}

void Answers::lists() {
  Desk desk = this->desk();
  const auto& cycle = *house_.state.cycle(kIn);
  const auto tell = [&](const std::string& name, const Table& table) { told_["list"] += text_of(name, table); };
  for (const auto& info : daybook::lists())
    tell(fmt::format("list {}", info.name), *list(info.name, house_.state, cycle, Day(std::chrono::year{2025} / 1 / 1), desk));
  tell("list refused", refused(made(refused_rows(house_.ledger->log(), house_.state.end, std::nullopt, {})), desk));
  tell("list imports", imports(house_.state, made(import_programmes(house_.ledger->log(), house_.state.end)), desk));
  tell("list glasses", glasses(house_.state, desk));
  tell("list roles", roles(house_.state, desk));
  tell("list proposals", proposals(house_.state, desk));
  told_["find"] = text_of("find", people({}, desk));
}

void Answers::figures() {
  Desk desk = this->desk();
  if (!desk.reaches("figures", {{}, kIn, ""})) return;
  const auto figures = made(statistics(house_.state, *house_.state.cycle(kIn), *house_.vault));
  for (const auto& [name, value] : named_figures(as_told(figures, kIn, false, desk))) told_["stats"] += fmt::format("stats {}={}\n", name, value);
}

// As the verb asks: by each filter that names somebody or something, and the chain of each event.
void Answers::history() {
  const auto& log = house_.ledger->log();
  const auto tell = [&](const std::string& surface, EventFilter filter, bool newest_first = false) {
    Desk desk = this->desk();
    filter.reaches = [&](const Event& event) { return desk.reaches(event); };
    const Listing listing{std::move(filter), Position{}, house_.state.end, newest_first, std::nullopt, 0};
    made(list_events(log, house_.state, listing, [&](const Event& event) { return told_[surface] += text_of(event, desk), true; }));
  };
  tell("history", {});
  tell("history --reverse", {}, true);
  for (const auto& [person, unused] : house_.state.people) {
    EventFilter subject, actor;
    subject.person = actor.actor = person;
    tell("history --subject", subject);
    tell("history --actor", actor);
  }
  for (const auto& [stream, unused] : house_.state.stream_versions) {
    EventFilter filter;
    filter.stream = stream;
    tell("history --stream", filter);
  }
  for (Position at; at < house_.state.end; ++at.value) {
    EventFilter filter;
    filter.chain = std::make_shared<const Chain>(made(chain_of(log, at, house_.state.end)));
    tell("history --chain", filter);
  }
}

// A page of one event after the other: what `next` says counts as told.
void Answers::pages() {
  Desk desk = this->desk();
  Listing listing;
  listing.filter.reaches = [&](const Event& event) { return desk.reaches(event); };
  listing.to = house_.state.end;
  listing.limit = 1;
  for (bool more = true; more;) {
    listing.after = made(list_events(house_.ledger->log(), house_.state, listing, [&](const Event& event) {
      told_["history --limit"] += text_of(event, desk);
      return true;
    }));
    if (listing.after) told_["history --limit"] += fmt::format("next={}\n", listing.after->value);
    more = listing.after.has_value();
  }
}

void Answers::exports() {
  const Vault names(*house_.access, house_.ledger->keys);
  for (const auto* number : {"U1", "U2", "U3", "K1", "K2", "K3", "admin"}) {
    Desk desk = this->desk(), sealed(house_.state, *house_.vault, nullptr);
    const auto person = desk.find(number, "export");
    if (!person) continue;
    const auto how = fmt::format("export {}", number);
    for (const auto& card : made(held_of(house_.ledger->log(), *person, desk, sealed))) told_["rights export"] += text_of(how, card);
    told_["rights export"] += text_of(how, made(recipients_of(*house_.access, names, *person, desk)));
  }
}

void Answers::access_book() {
  Desk desk = this->desk();
  const Vault names(*house_.access, house_.ledger->keys);
  LookFilter by;
  by.by = PersonId{"id-of-looker"};
  told_["access-log"] = text_of("access-log", made(looks(*house_.access, names, {}, desk)));
  told_["access-log --by"] = text_of("access-log by", made(looks(*house_.access, names, by, desk)));
}

}  // namespace daybook::test
