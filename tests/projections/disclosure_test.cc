// Who may see what, tried from outside: sentences that people wrote, each held against every answer there is and against the desk
// itself; and the proof that the sentences hold the table: whichever cell is turned to `shown`, one of them fails.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "projections/things.h"
#include "tests/projections/house.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

// What a row of the table looks like in an answer, where it is about U1 and their coach.
std::vector<std::string> marks_of(const std::string& row, const House& house) {
  const auto u1 = house.id("U1").value, k1 = house.id("K1").value;
  const std::map<std::string, std::vector<std::string>> marks = {
      {"contact", {"mail-canary-U1", "mail-canary-K1"}},
      {"staff", {"GradeCanaryU1", "GradeCanaryK1"}},
      {"staff.languages", {"StaffTongueU1", "StaffTongueK1"}},
      {"staff.timeZone", {"StaffZoneU1", "StaffZoneK1"}},
      {"registration", {"MotivationU1", "FormVersionU1", "A-U1 in iom-coaching/2024: eligible | criterion contract: met | saw=fixed-term"}},
      {"registration.languages", {"FormTongueU1"}},
      {"registration.timeZone", {"FormZoneU1"}},
      {"participation", {"EditionU1", "EarlierProgrammeU1", "EditionK1"}},
      {"credential", {"CertificateK1"}},
      {"profile", {"AreaK1"}},
      {"session", {"MinutesU1"}},
      {"feedback", {"CommentU1"}},
      {"statistic", {"rating=4"}},
      {"statistic.goalType", {"goalType=professional"}},
      {"reason", {"ReasonU1"}},
      {"intake", {"capacity 77"}},
      {"operator", {"OperatorOfLook"}},
      {"purpose", {"PurposeOfLook"}},
      {"review", {"ReasonOfGlass"}},
      {"names", {"Name of U1"}},
      {"coach-names", {"Name of K1"}},
      {"people", {"show person " + u1, "find | person=" + u1}},
      {"applications", {"show application A-U1", "list applications | ref=A-U1", "application A-U1 to"}},
      {"decisions", {"explain application A-U1", "A-U1 | outcome=eligible", "application A-U1 is eligible", "list seats | seat=1"}},
      {"pairings", {"show pairing P-U1", "list pairings | ref=P-U1", "list sessions | pairing=P-U1", "pairing P-U1 accepted"}},
      {"coaches", {"show coach iom-coaching/" + k1, "list coaches | coach=" + k1}},
      {"rights", {"list glasses | glass=", "history GlassBroken", "AD is administrator of iom-coaching"}},
      {"programme", {"history CharterAdopted charter iom-coaching", "history CycleOpened cycle iom-coaching"}},
      {"figures", {"applications=3"}},
      {"access-book", {"show-canary"}},
      {"export", {"export U1", "export K1"}},
  };
  return marks.at(row);
}

// ---- the sentences ----

using Rows = std::vector<std::string>;
Rows operator+(Rows all, const Rows& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

const Rows kForm = {"registration", "registration.languages", "registration.timeZone", "statistic.goalType"};
const Rows kRecord = {"staff", "staff.languages", "staff.timeZone", "participation"};
const Rows kCoachRecord = {"credential", "profile"};
const Rows kWords = {"session", "feedback", "statistic", "reason", "intake"};
const Rows kLooks = {"operator", "purpose", "access-book"};
const Rows kNames = {"names", "coach-names"};
const Rows kHappened = {"people", "applications", "decisions", "pairings", "coaches"};

// Somebody, in a role, asks about somebody; and what must not be shown.
struct Sentence {
  std::string words, who;
  Role role;
  std::string whom;  // number, or P-U1: in that pairing
  Rows never;
};

std::vector<Sentence> sentences() {
  std::vector<Sentence> all = {
      // S0-06, C1: what a coach is told
      {"a coach never sees motivation, form version, commitment or what a criterion saw", "K1", Role::kCoach, "P-U1", {"registration"}},
      {"a coach does not see the personnel record of a client", "K1", Role::kCoach, "P-U1", {"staff", "participation"}},
      {"a coach does not learn how an application fared", "K1", Role::kCoach, "P-U1", {"decisions"}},
      {"a coach does not read what their client said of a session", "K1", Role::kCoach, "P-U1", {"feedback"}},
      {"a coach never sees a rating beside the one client who gave it", "K1", Role::kCoach, "P-U1", {"statistic"}},
      {"a coach does not read why others did a thing", "K1", Role::kCoach, "P-U1", {"reason", "intake"}},
      {"a coach sees no certificates, profile or record of a client who coaches elsewhere",
       "K1",
       Role::kCoach,
       "P-U1",
       {"credential", "profile", "coach-names", "coaches"}},
      {"a coach learns nothing of rights, looks and operators", "K1", Role::kCoach, "P-U1", kLooks + Rows{"review", "rights"}},
      {"a coach has no figures and no business with charters and imports", "K1", Role::kCoach, "P-U1", {"figures", "programme", "export"}},
      {"a coach sees nothing of another coach's client", "K2", Role::kCoach, "U1",
       kForm + kRecord + kWords + Rows{"contact", "names", "people", "applications", "decisions", "pairings"}},
      // what a client is told
      {"a client does not see the personnel record or earlier programmes of their coach",
       "U1",
       Role::kClient,
       "P-U1-coach",
       {"staff", "staff.languages", "participation"}},
      {"a client does not see a coach's certificates", "U1", Role::kClient, "P-U1-coach", {"credential"}},
      {"a client sees no form of their coach", "U1", Role::kClient, "P-U1-coach", kForm + Rows{"applications", "decisions"}},
      {"a client does not read what their coach said or why", "U1", Role::kClient, "P-U1-coach", {"feedback", "statistic", "reason", "intake"}},
      {"a client learns nothing of rights and looks about their coach", "U1", Role::kClient, "P-U1-coach", kLooks + Rows{"review", "rights"}},
      {"a client has no figures and no business with charters and imports", "U1", Role::kClient, "P-U1-coach", {"figures", "programme", "export"}},
      {"a client sees no form of another client", "U3", Role::kClient, "U1", kForm},
      {"a client sees no personnel record, address or name of another client", "U3", Role::kClient, "U1",
       kRecord + Rows{"contact", "names", "people"}},
      {"a client sees no application, decision or pairing of another client", "U3", Role::kClient, "U1", {"applications", "decisions", "pairings"}},
      {"a client reads no words of another client", "U3", Role::kClient, "U1", kWords},
      {"a client who chooses sees no coach's certificates", "U3", Role::kClient, "K1", {"credential", "contact", "staff"}},
      {"a client learns nothing of rights, looks and figures of others", "U3", Role::kClient, "U1",
       kLooks + Rows{"review", "rights", "figures", "programme", "export"}},
      // administrators
      {"an administrator sees ratings in figures alone", "AD", Role::kAdministrator, "U1", {"statistic"}},
      {"an administrator does not read who looked, through whom and why, and takes no copy", "AD", Role::kAdministrator, "U1",
       kLooks + Rows{"export"}},
      {"an administrator does not read why rights were asked for or limited", "AD", Role::kAdministrator, "U1", {"review"}},
      {"an administrator of another programme sees no form", "AX", Role::kAdministrator, "U1", kForm},
      {"an administrator of another programme sees no personnel record", "AX", Role::kAdministrator, "U1", kRecord + Rows{"contact"}},
      {"an administrator of another programme does not learn who is there", "AX", Role::kAdministrator, "U1", kNames + Rows{"people"}},
      {"an administrator of another programme does not learn what happened",
       "AX",
       Role::kAdministrator,
       "U1",
       {"applications", "decisions", "pairings", "coaches", "rights", "programme"}},
      {"an administrator of another programme reads no words", "AX", Role::kAdministrator, "U1", kWords + Rows{"review"}},
      {"an administrator of another programme sees no coach's record", "AX", Role::kAdministrator, "U1", kCoachRecord},
      {"an administrator of another programme has no figures and no looks", "AX", Role::kAdministrator, "U1", kLooks + Rows{"figures", "export"}},
      // S1-35, S1-37: supervision
      {"supervision has no case: no form", "SL", Role::kSupervisionLead, "U1", kForm},
      {"supervision has no client names and addresses", "SL", Role::kSupervisionLead, "U1", {"names", "contact", "people"}},
      {"supervision has no personnel record", "SL", Role::kSupervisionLead, "U1", kRecord},
      {"supervision records attendance, never content", "SL", Role::kSupervisionLead, "U1", kWords},
      {"supervision does not see applications, decisions or pairings", "SL", Role::kSupervisionLead, "U1", {"applications", "decisions", "pairings"}},
      {"supervision does not see a coach's certificates", "SL", Role::kSupervisionLead, "K1", {"credential", "contact", "staff"}},
      {"supervision learns nothing of rights and looks", "SL", Role::kSupervisionLead, "U1", kLooks + Rows{"review", "rights", "export"}},
      // the auditor, the compliance officer, the data-protection officer
      {"an auditor reads no form", "AU", Role::kAuditor, "U1", kForm},
      {"an auditor reads no personnel record and knows nobody's name", "AU", Role::kAuditor, "U1", kRecord + kNames + Rows{"contact"}},
      {"an auditor reads no words and no rating", "AU", Role::kAuditor, "U1", kWords},
      {"an auditor reads no coach's record and no reason of rights", "AU", Role::kAuditor, "U1", kCoachRecord + Rows{"review"}},
      {"an auditor does not read the access book", "AU", Role::kAuditor, "U1", kLooks + Rows{"export"}},
      {"a compliance officer reads the access book and not the forms", "CO", Role::kComplianceOfficer, "U1", kForm},
      {"a compliance officer sees no personnel record and no address", "CO", Role::kComplianceOfficer, "U1", kRecord + Rows{"contact"}},
      {"a compliance officer reads no words and no rating", "CO", Role::kComplianceOfficer, "U1", kWords},
      {"a compliance officer sees no coach's record", "CO", Role::kComplianceOfficer, "U1", kCoachRecord},
      {"a compliance officer does not follow a case", "CO", Role::kComplianceOfficer, "U1", kHappened + Rows{"figures", "export"}},
      {"a data-protection officer carries out a request without reading the form", "DP", Role::kDataProtectionOfficer, "U1", kForm},
      {"a data-protection officer does not read the personnel record", "DP", Role::kDataProtectionOfficer, "U1", kRecord},
      {"a data-protection officer reads no words and no rating", "DP", Role::kDataProtectionOfficer, "U1", kWords},
      {"a data-protection officer reads no coach's record", "DP", Role::kDataProtectionOfficer, "U1", kCoachRecord},
      {"a data-protection officer is told when and why somebody looked, not who",
       "DP",
       Role::kDataProtectionOfficer,
       "U1",
       {"operator", "access-book", "figures"}},
      // C3: a person and their own record
      {"a person is told when, why and in which role somebody looked, not who", "U1", Role::kClient, "U1", {"access-book"}},
      {"figures are nobody's own", "U1", Role::kClient, "U1", {"figures"}},
      // C4: emergencies
      {"no glass opens feedback or ratings", "GL", Role::kLineManager, "P-U1", {"feedback", "statistic", "statistic.goalType"}},
      {"no glass opens the access book", "GL", Role::kLineManager, "P-U1", kLooks},
      {"no glass opens what is said of rights", "GL", Role::kLineManager, "P-U1", {"review", "rights"}},
      {"no glass opens figures or the programme's events", "GL", Role::kLineManager, "P-U1", {"figures", "programme", "export"}},
  };
  // S0-39, C5, S1-15: those who have editions alone, or nothing
  for (const auto& [name, who, role] : {std::tuple{"a sponsor", "SP", Role::kSponsor}, std::tuple{"a line manager", "LM", Role::kLineManager},
                                        std::tuple{"the public", "nobody", Role::kPublic}}) {
    all.push_back({fmt::format("{} sees no form", name), who, role, "U1", kForm});
    all.push_back({fmt::format("{} sees no personnel record and no address", name), who, role, "U1", kRecord + Rows{"contact"}});
    all.push_back({fmt::format("{} knows nobody's name", name), who, role, "U1", kNames});
    all.push_back({fmt::format("{} sees no coach's record", name), who, role, "U1", kCoachRecord});
    all.push_back({fmt::format("{} reads no words and no rating", name), who, role, "U1", kWords});
    all.push_back({fmt::format("{} does not learn what happened to whom", name), who, role, "U1", kHappened + Rows{"programme"}});
    all.push_back({fmt::format("{} has no figures but editions", name), who, role, "U1", {"figures"}});
    all.push_back({fmt::format("{} learns nothing of rights and looks", name), who, role, "U1", kLooks + Rows{"review", "rights", "export"}});
  }
  return all;
}

Matter matter_of(const Sentence& sentence, const House& house) {
  if (sentence.whom == "P-U1") return {house.id("U1"), kIn, "P-U1"};
  if (sentence.whom == "P-U1-coach") return {house.id("K1"), kIn, "P-U1"};
  return {house.id(sentence.whom), kIn, ""};
}

// The desk is asked for the row itself.
bool holds_at_the_desk(const Sentence& sentence, const House& house, const SeeTable& table) {
  const auto reader = house.reader(sentence.who, sentence.role, table);
  Desk desk(house.state, *house.vault, &reader);
  const auto matter = matter_of(sentence, house);
  return std::none_of(sentence.never.begin(), sentence.never.end(), [&](const auto& row) { return desk.sight(row, matter) == Sight::kShown; });
}

// What of a row is seen in `answers`. Some is also seen rightly: as their own, or of the other in the pairing.
std::vector<std::string> seen(const Sentence& sentence, const House& house, const std::string& answers) {
  const bool about_coach = sentence.whom == "P-U1-coach" || sentence.whom == "K1";
  std::vector<std::string> found;
  for (const auto& row : sentence.never) {
    for (const auto& mark : marks_of(row, house)) {
      const bool of_coach = mark.ends_with("K1") || mark.ends_with(house.id("K1").value) || mark == "capacity 77";
      const bool own_looks = row == "access-book" || row == "purpose";  // masked: theirs, without who looked
      if (own_looks && (sentence.who == "K1" || sentence.who == "U1" || sentence.who == "DP")) continue;
      const bool their_words = mark == "ReasonU1";  // why K1 withdrew a session
      if (sentence.who == "K1" && (of_coach || their_words)) continue;
      if (sentence.who == "U1" && !(about_coach && of_coach)) continue;
      if (sentence.who == "GL" && (row == "rights" || row == "review")) continue;  // the glass is theirs
      if (answers.find(mark) != std::string::npos) found.push_back(row + ": " + mark);
    }
  }
  return found;
}

class Answering {
 public:
  Answering(const House& house, const SeeTable& table) : house_(house), table_(table) {}
  const std::string& to(const Sentence& sentence) {
    auto& text = texts_[{sentence.who, sentence.role}];
    if (text.empty()) {
      const auto reader = house_.reader(sentence.who, sentence.role, table_);
      text = all_of(Answers(house_, reader).by_surface());
    }
    return text;
  }

 private:
  const House& house_;
  const SeeTable& table_;
  std::map<std::pair<std::string, Role>, std::string> texts_;
};

}  // namespace

TEST_CASE("what people wrote of who may see what holds in every answer and at the desk", "[disclosure][S0-06][S1-37]") {
  const House house;
  const auto table = shipped_see_table();
  Answering answering(house, table);
  const auto all = sentences();
  REQUIRE(all.size() >= 40);

  for (const auto& sentence : all) {
    INFO(sentence.words);
    CHECK(holds_at_the_desk(sentence, house, table));
    CHECK(seen(sentence, house, answering.to(sentence)) == std::vector<std::string>{});
  }
}

TEST_CASE("each mark of a row is seen by somebody who may see it: the sentences look in the right place", "[disclosure]") {
  const House house;
  const auto table = shipped_see_table();
  std::string seen_by_all;
  for (const auto& [who, role] : {std::pair{"AD", Role::kAdministrator}, std::pair{"U1", Role::kClient}, std::pair{"K1", Role::kCoach},
                                  std::pair{"CO", Role::kComplianceOfficer}}) {
    const auto reader = house.reader(who, role, table);
    seen_by_all += all_of(Answers(house, reader).by_surface());
  }

  for (const auto& row : table.rows()) {
    for (const auto& mark : marks_of(row, house)) {
      INFO(row << ": " << mark);
      CHECK(seen_by_all.find(mark) != std::string::npos);
    }
  }
}

TEST_CASE("whichever cell is turned to shown, a sentence fails", "[disclosure][S0-06]") {
  const House house;
  const auto table = shipped_see_table();
  const auto all = sentences();
  size_t cells = 0, turned = 0;
  std::vector<std::string> missed;

  for (size_t row = 0; row < table.rows().size(); ++row) {
    for (size_t column = 0; column < table.columns().size(); ++column) {
      ++cells;
      if (table.cell(row, column) == Sight::kShown) continue;
      ++turned;
      const auto mutant = table.with(row, column, Sight::kShown);
      const bool caught = std::any_of(all.begin(), all.end(), [&](const Sentence& s) { return !holds_at_the_desk(s, house, mutant); });
      if (!caught) missed.push_back(table.columns()[column] + ": " + table.rows()[row]);
    }
  }

  INFO(cells << " cells, " << turned << " turned to shown, " << all.size() << " sentences");
  CHECK(turned > 250);
  CHECK(missed == std::vector<std::string>{});
}

TEST_CASE("a class that is turned to shown is seen in an answer, and a sentence says that it must not be", "[disclosure][S0-06]") {
  const House house;
  const auto table = shipped_see_table();
  const auto all = sentences();
  size_t turned = 0, seen_in_answers = 0;

  for (size_t row = 0; row < table.rows().size(); ++row) {
    for (const auto* name :
         {"coach party", "administrator in scope", "auditor in scope", "compliance-officer in scope", "data-protection-officer in scope"}) {
      const auto column = static_cast<size_t>(std::find(table.columns().begin(), table.columns().end(), name) - table.columns().begin());
      if (table.cell(row, column) == Sight::kShown) continue;
      const auto mutant = table.with(row, column, Sight::kShown);
      Answering answering(house, mutant);
      ++turned;
      seen_in_answers += std::any_of(all.begin(), all.end(), [&](const Sentence& sentence) {
        const bool of_column = std::string_view(name).starts_with(role_name(sentence.role));
        return of_column && !seen(sentence, house, answering.to(sentence)).empty();
      });
    }
  }

  INFO(turned << " cells turned to shown, " << seen_in_answers << " of them seen in whole answers");
  CHECK(seen_in_answers * 2 > turned);  // the rest stands on cards that stay out of reach: there the desk alone would give it
}

TEST_CASE("each cell does what it says, of every class and relation", "[disclosure][S0-06]") {
  const House house;
  const auto table = shipped_see_table();
  struct Stands {
    std::string column, who;
    Role role;
    bool of_coach;
    std::string pairing;
  };
  const std::vector<Stands> relations = {{"anyone own", "U1", Role::kClient, false, ""},
                                         {"anyone own", "K1", Role::kCoach, true, ""},
                                         {"client party", "U1", Role::kClient, true, "P-U1"},
                                         {"client elsewhere", "U3", Role::kClient, false, ""},
                                         {"client elsewhere", "U3", Role::kClient, true, ""},
                                         {"coach party", "K1", Role::kCoach, false, "P-U1"},
                                         {"administrator in scope", "AD", Role::kAdministrator, false, ""},
                                         {"administrator in scope", "AD", Role::kAdministrator, true, ""},
                                         {"supervision-lead in scope", "SL", Role::kSupervisionLead, true, ""},
                                         {"sponsor in scope", "SP", Role::kSponsor, false, ""},
                                         {"line-manager in scope", "LM", Role::kLineManager, false, ""},
                                         {"auditor in scope", "AU", Role::kAuditor, false, ""},
                                         {"compliance-officer in scope", "CO", Role::kComplianceOfficer, false, ""},
                                         {"data-protection-officer in scope", "DP", Role::kDataProtectionOfficer, false, ""},
                                         {"anyone elsewhere", "AX", Role::kAdministrator, false, ""},
                                         {"anyone elsewhere", "K2", Role::kCoach, false, ""},
                                         {"public elsewhere", "nobody", Role::kPublic, false, ""},
                                         {"broken glass", "GL", Role::kLineManager, false, ""},
                                         {"broken glass", "GL", Role::kLineManager, true, ""}};
  size_t asked = 0;

  for (const auto& event : house.ledger->events()) {
    const auto& kind = kind_of(event.body);
    for (const auto& field : kind.fields) {
      if (field.field_class == FieldClass::kOpen || field.owner == FieldOwner::kNobody || field.list) continue;
      for (const auto& stands : relations) {
        const auto owner = house.id(stands.of_coach ? "K1" : "U1");
        const auto reader = house.reader(stands.who, stands.role, table);
        Desk desk(house.state, *house.vault, &reader);
        const Matter matter{owner, kIn, stands.pairing};
        const auto row = fmt::format("{}.{}", class_name(field.field_class), field.name);
        const auto at_column = std::find(table.columns().begin(), table.columns().end(), stands.column) - table.columns().begin();
        auto at_row = std::find(table.rows().begin(), table.rows().end(), row);
        if (at_row == table.rows().end()) at_row = std::find(table.rows().begin(), table.rows().end(), class_name(field.field_class));
        const auto cell = table.cell(static_cast<size_t>(at_row - table.rows().begin()), static_cast<size_t>(at_column));
        const auto record = made(house.vault->record(event.envelope.position, field.field_class));
        const bool stored = record && record->find(field.number);

        const auto value = desk.value(event.envelope.position, event.body, field.name, matter);

        INFO(stands.column << " " << stands.who << ": " << kind.name << " " << row << " is " << sight_name(cell));
        CHECK(value.has_value() == (cell == Sight::kShown && stored));
        CHECK(desk.tells(event.body, field.name, matter) == (cell >= Sight::kMasked));
        CHECK(desk.looked() == (value.has_value() || desk.glass().has_value()));
        ++asked;
      }
    }
  }
  CHECK(asked > 1000);
}

TEST_CASE("what is out of reach and what is not there have one answer: words, size and status", "[disclosure][S0-06]") {
  const House house;
  const auto table = shipped_see_table();
  SeededRandomness randomness(7);
  std::vector<std::string> refs = {"A-U1", "A-U2", "P-U1", "P-U2", "U1", "U2", "K2", "iom-coaching/K3"};
  for (const auto& [person, unused] : house.state.people) {
    if (person != house.id("K1") && person != house.id("U3")) refs.push_back(person.value);
  }
  const std::vector<std::pair<std::string, Role>> readers = {{"U3", Role::kClient},  {"K3", Role::kCoach},       {"AX", Role::kAdministrator},
                                                             {"SP", Role::kSponsor}, {"LM", Role::kLineManager}, {"nobody", Role::kPublic}};
  const auto answer = [&](const Reader& reader, const std::string& id, bool explained) {
    Desk desk(house.state, *house.vault, &reader);
    const auto cards = made(things({house.state, house.ledger->log(), std::nullopt, desk}, id, explained));
    std::string text = fmt::format("{} cards, fault {}", cards.size(), static_cast<int>(nothing_goes_by(id, desk).fault));
    for (const auto& card : cards) text += text_of("", card);
    const auto message = nothing_goes_by(id, desk).message;
    return text + message.substr(0, message.find(id)) + message.substr(message.find(id) + id.size());
  };
  size_t pairs = 0, out_of_reach = 0;

  while (pairs < 1000) {
    const auto& [who, role] = readers[pairs % readers.size()];
    const auto& real = refs[(pairs / readers.size()) % refs.size()];
    uint8_t letter = 0;
    auto made_up = real;
    while (made_up == real) {
      randomness.fill({&letter, 1});
      made_up.back() = static_cast<char>('a' + letter % 26);
    }
    const auto reader = house.reader(who, role, table);
    const bool explained = (pairs / 7) % 2 == 0;
    ++pairs;
    const bool theirs = real.ends_with(who) || (who != "nobody" && PersonId{real} == house.id(who));
    if (theirs) continue;

    const auto to_real = answer(reader, real, explained), to_made_up = answer(reader, made_up, explained);

    INFO(who << " in role " << role_name(role) << " asks for " << real << ", and for " << made_up);
    CHECK(to_real == to_made_up);
    ++out_of_reach;
  }
  CHECK(out_of_reach > 900);
}

TEST_CASE("who was asked about in vain is known to the desk, and nothing else is handed out", "[disclosure][S0-06]") {
  const House house;
  const auto table = shipped_see_table();
  const auto reader = house.reader("AX", Role::kAdministrator, table);
  Desk desk(house.state, *house.vault, &reader);

  const auto cards = made(things({house.state, house.ledger->log(), std::nullopt, desk}, "A-U1", false));

  CHECK(cards.empty());
  CHECK(desk.withheld() == std::set<PersonId>{house.id("U1")});
  CHECK(desk.subjects().empty());
}

TEST_CASE("a broken glass opens what it was broken for, while it is open, to its holder alone", "[disclosure][glass]") {
  const House house;
  const auto table = shipped_see_table();
  auto holder = house.reader("GL", Role::kLineManager, table);
  auto other = house.reader("AX", Role::kAdministrator, table);
  const Matter about{house.id("U1"), kIn, ""};
  Desk with_glass(house.state, *house.vault, &holder), without(house.state, *house.vault, &other);

  CHECK(with_glass.sight("registration.motivation", about) == Sight::kShown);
  CHECK(with_glass.glass() == house.state.rights.glasses.at("glass1").broken);
  CHECK(without.sight("registration.motivation", about) == Sight::kAbsent);
  CHECK_FALSE(without.glass().has_value());
  holder.now = house.state.rights.glasses.at("glass1").ends_at;
  Desk too_late(house.state, *house.vault, &holder);
  CHECK(too_late.sight("registration.motivation", about) == Sight::kAbsent);
}

TEST_CASE("a coach is shown to strangers once they are accepted, not before", "[disclosure][S1-14]") {
  const House house;
  const auto table = shipped_see_table();
  const auto reader = house.reader("U3", Role::kClient, table);

  const auto answers = all_of(Answers(house, reader).by_surface());

  CHECK(answers.find("AreaK1") != std::string::npos);
  CHECK(answers.find("Name of K1") != std::string::npos);
  CHECK(answers.find("AreaK3") == std::string::npos);
  CHECK(answers.find("Name of K3") == std::string::npos);
  CHECK(answers.find(house.id("K3").value) == std::string::npos);
}

TEST_CASE("a search finds nobody whose record the reader may not see whole", "[disclosure][desk]") {
  const House house;
  const auto table = shipped_see_table();
  const auto coach = house.reader("K1", Role::kCoach, table);
  const auto admin = house.reader("AD", Role::kAdministrator, table);
  Desk of_coach(house.state, *house.vault, &coach), of_admin(house.state, *house.vault, &admin);

  CHECK(of_coach.search({"GradeCanaryU1"}).empty());
  CHECK(of_coach.search({}).size() == 1);  // themselves
  CHECK(of_admin.search({"GradeCanaryU1"}).size() == 1);
}

}  // namespace daybook::test
