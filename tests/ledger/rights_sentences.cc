#include "tests/ledger/rights_sentences.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/require.h"

namespace daybook::test {
namespace {

constexpr const char* kHere = "iom-coaching";
const CycleId kHereCycle{"iom-coaching", "2024"}, kThereCycle{"un-coaching", "2023-pilot"};

using Deeds = std::vector<std::string_view>;
const Deeds kAll(kDeeds.begin(), kDeeds.end());
const Deeds kSessions = {"mark-session-done", "mark-session-missed", "withdraw-session"}, kAnswers = {"accept-pairing", "decline-pairing"},
            kSeats = {"grant-seat", "offer-seat"}, kOffers = {"accept-offer", "decline-offer"}, kDecisions = {"decide", "decide-referral"},
            kRequests = {"request-pairing", "request-own-pairing"}, kRectify = {"rectify-staff", "rectify-form"},
            kHolds = {"place-hold", "lift-hold"}, kRoles = {"role-grant", "role-end"}, kGlass = {"break-glass", "review-glass"},
            kLedger = {"charter-add", "undo-import", "expire-cohort", "rotate-keys", "backup"}, kNoRole = {"role-begin", "import", "tick"};

Deeds operator+(Deeds a, const Deeds& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
Deeds all_but(const Deeds& some) {
  Deeds rest = kAll;
  std::erase_if(rest, [&](std::string_view deed) { return std::find(some.begin(), some.end(), deed) != some.end(); });
  return rest;
}

constexpr auto kMay = Verdict::kMay, kSecond = Verdict::kSecond, kNever = Verdict::kNever;

std::vector<Sentence> written() {
  std::vector<Sentence> all = {
      // clients
      {"a client ends their own pairing (S1-23)", {"end-pairing"}, "C1", "client", {"P1"}, kMay},
      {"a client marks, reports missed and withdraws sessions of their own (S1-26)", kSessions, "C1", "client", {"P1"}, kMay},
      {"a client says what they thought of their own session", {"give-feedback"}, "C1", "client", {"P1"}, kMay},
      {"a client asks for their own pairing where clients match", {"request-own-pairing"}, "C1", "client", {"C1 there"}, kMay},
      {"a client does not ask for a pairing where administrators match: re-pairing is no self-service (S0-16)",
       {"request-pairing"},
       "C1",
       "client",
       {"C1 here"},
       kNever},
      {"a client does not answer in their coach's place", kAnswers, "C1", "client", {"P1"}, kNever},
      {"a client does not extend their own window", {"extend-window"}, "C1", "client", {"P1"}, kNever},
      {"a client takes or leaves the seat that they were offered", kOffers, "C1", "client", {"C1 here"}, kMay},
      {"a client grants and offers no seat", kSeats, "C1", "client", {"C1 here"}, kNever},
      {"a client decides on nobody, themselves least", kDecisions, "C1", "client", {"C1 here"}, kNever},
      {"a client puts no record right by themselves", kRectify, "C1", "client", {"C1 here"}, kNever},
      {"a client places and lifts no hold", kHolds, "C1", "client", {"C1 here"}, kNever},
      {"a client does not erase themselves", {"erase"}, "C1", "client", {"C1 here"}, kNever},
      {"a client changes no roles, their own least", kRoles, "C1", "client", {"C1 here"}, kNever},
      {"a client breaks no glass and reviews none", kGlass, "C1", "client", {"C1 here"}, kNever},
      {"a client has no part in rulebooks, imports taken back, editions, expiry, keys and backups", kLedger, "C1", "client", {"C1 here"}, kNever},
      {"a client does nothing to the case of another client", kAll, "C1", "client", {"P2", "C2 here"}, kNever},
      {"a client does nothing to the record of their coach", kAll, "C1", "client", {"K1"}, kNever},
      // coaches
      {"a coach accepts and declines what they are asked", kAnswers, "K1", "coach", {"P1"}, kMay},
      {"a coach ends their own pairing (S1-23)", {"end-pairing"}, "K1", "coach", {"P1"}, kMay},
      {"a coach marks, reports missed and withdraws sessions of their own (S1-26)", kSessions, "K1", "coach", {"P1"}, kMay},
      {"a coach says what they thought of their own session", {"give-feedback"}, "K1", "coach", {"P1"}, kMay},
      {"a coach cannot accept for another coach", kAnswers, "K1", "coach", {"P2"}, kNever},
      {"a coach does nothing to the clients of another coach", kAll, "K1", "coach", {"P2", "C2 here"}, kNever},
      {"a coach asks for no pairing, of their own client either", kRequests, "K1", "coach", {"P1"}, kNever},
      {"a coach does not extend their client's window", {"extend-window"}, "K1", "coach", {"P1"}, kNever},
      {"a coach decides on nobody", kDecisions, "K1", "coach", {"P1"}, kNever},
      {"a coach gives nobody a seat, and answers no offer", kSeats + kOffers, "K1", "coach", {"P1"}, kNever},
      {"a coach touches no record of their client", kRectify + kHolds + Deeds{"erase"}, "K1", "coach", {"P1", "C1"}, kNever},
      {"a coach changes no roles and breaks no glass", kRoles + kGlass, "K1", "coach", {"P1"}, kNever},
      {"a coach has no part in rulebooks, imports taken back, editions, expiry, keys and backups", kLedger, "K1", "coach", {"P1"}, kNever},
      {"being a coach gives no right over one's own record", kAll, "K1", "coach", {"K1 here"}, kNever},
      // administrators
      {"an administrator asks for pairings (S0-16)", {"request-pairing"}, "administrator", "", {"C2 here"}, kMay},
      {"an administrator asks for none where clients match", {"request-own-pairing"}, "administrator", "", {"C2 here"}, kNever},
      {"an administrator does not answer in a coach's place", kAnswers, "administrator", "", {"P2"}, kNever},
      {"an administrator ends pairings", {"end-pairing"}, "administrator", "", {"P2"}, kMay},
      {"an administrator extends windows", {"extend-window"}, "administrator", "", {"P2"}, kMay},
      {"an administrator puts reports of sessions straight (E-19, E-20)", kSessions, "administrator", "", {"P2"}, kMay},
      {"feedback is the parties' alone", {"give-feedback"}, "administrator", "", {"P2"}, kNever},
      {"an administrator decides on applications and referrals (S0-24)", kDecisions, "administrator", "", {"C2 here"}, kMay},
      {"an administrator gives seats, and answers offers on somebody's behalf (S1-42)", kSeats + kOffers, "administrator", "", {"C2 here"}, kMay},
      {"an administrator adopts the charter of their programme", {"charter-add"}, "administrator", "", {"here"}, kMay},
      {"an administrator of every programme takes imports back", {"undo-import"}, "root", "", {"everywhere"}, kMay},
      {"an administrator of one programme does not", {"undo-import"}, "administrator", "", {"everywhere"}, kNever},
      {"an administrator puts records right, places and lifts holds (C3)", kRectify + kHolds, "administrator", "", {"C2 here", "C2"}, kMay},
      {"role changes take two people", kRoles, "administrator", "", {"C2 here"}, kSecond},
      {"a role of one programme gives none of all programmes", kRoles, "administrator", "", {"everywhere"}, kNever},
      {"erasures take two people (C3)", {"erase"}, "administrator", "", {"C2 here"}, kSecond},
      {"a cohort's expiry takes two people", {"expire-cohort"}, "administrator", "", {"here"}, kSecond},
      {"an administrator changes keys and makes backups", {"rotate-keys", "backup"}, "administrator", "", {"here"}, kMay},
      {"an administrator may break glass, and leaves a trail (C4)", {"break-glass"}, "administrator", "", {"C2 here"}, kMay},
      {"an administrator does not review who broke glass", {"review-glass"}, "administrator", "", {"C2 here"}, kNever},
      {"an administrator does not decide on their own application (E-37)", kDecisions, "administrator", "", {"administrator here"}, kNever},
      {"an administrator gives themselves no seat (E-37)", kSeats, "administrator", "", {"administrator here"}, kNever},
      {"an administrator does nothing as one in their own case (E-37)", kAll, "administrator", "administrator", {"administrator here"}, kNever},
      {"an administrator who coaches somebody does not administer that pairing (E-37)", kAll, "K3", "administrator", {"P3"}, kNever},
      {"an administrator does not decide on somebody whom they coach (E-37)", kAll, "K3", "administrator", {"C3 here"}, kNever},
      {"an administrator who coaches somebody is their coach", kAnswers + kSessions, "K3", "", {"P3"}, kMay},
      {"an administrator of another programme does nothing here", kAll, "administrator there", "administrator", {"P1", "P2", "C2 here"}, kNever},
      {"a right ends with its last day (S0-07)", all_but(kNoRole), "administrator once", "", {"P2", "C2 here"}, kNever},
      // the others
      {"a supervision lead does nothing: content and clients stay out of supervision (S1-37)",
       kAll,
       "supervision-lead",
       "supervision-lead",
       {"supervision-lead here", "P2", "there"},
       kNever},
      {"a sponsor does nothing", kAll, "sponsor", "sponsor", {"sponsor here", "P2", "there"}, kNever},
      {"a line manager does nothing: no step waits for them (S1-15)",
       kAll,
       "line-manager",
       "line-manager",
       {"line-manager here", "P2", "there"},
       kNever},
      {"an auditor changes nothing", kAll, "auditor", "auditor", {"auditor here", "P2", "there"}, kNever},
      {"a compliance officer proposes and seconds changes of roles", kRoles, "compliance-officer", "", {"C2 here"}, kSecond},
      {"a compliance officer reviews who broke glass (C4)", kGlass, "compliance-officer", "", {"C2 here"}, kMay},
      {"a compliance officer has no part in the programme itself",
       all_but(kRoles + kGlass),
       "compliance-officer",
       "compliance-officer",
       {"P2", "C2 here"},
       kNever},
      {"a compliance officer does nothing in their own case", kAll, "compliance-officer", "compliance-officer", {"compliance-officer here"}, kNever},
      {"a compliance officer of one programme does nothing in another", kAll, "compliance-officer", "compliance-officer", {"there"}, kNever},
      {"a data-protection officer puts records right, places and lifts holds (C3)",
       kRectify + kHolds,
       "data-protection-officer",
       "",
       {"C2 here"},
       kMay},
      {"a data-protection officer erases with a second person (C3)", {"erase", "expire-cohort"}, "data-protection-officer", "", {"C2 here"}, kSecond},
      {"a data-protection officer changes keys", {"rotate-keys"}, "data-protection-officer", "", {"here"}, kMay},
      {"a data-protection officer reviews who broke glass", kGlass, "data-protection-officer", "", {"C2 here"}, kMay},
      {"a data-protection officer has no part in the programme itself",
       all_but(kRectify + kHolds + kGlass + Deeds{"erase", "expire-cohort", "rotate-keys"}),
       "data-protection-officer",
       "data-protection-officer",
       {"P2", "C2 here"},
       kNever},
      {"a data-protection officer does nothing in their own case",
       kAll,
       "data-protection-officer",
       "data-protection-officer",
       {"data-protection-officer here"},
       kNever},
      {"a data-protection officer of one programme does nothing in another",
       kAll,
       "data-protection-officer",
       "data-protection-officer",
       {"there"},
       kNever},
      {"somebody without a role does nothing", all_but(kNoRole), "stranger", "", {"P1", "C1 here", "there", "everywhere"}, kNever},
      {"nobody acts in a role that they do not hold", kAll, "C1", "administrator", {"P1", "P2", "everywhere"}, kNever},
      {"nobody acts in a role that there is not", kAll, "administrator", "king", {"P2"}, kNever},
      {"being a client is no reason to import, tick or begin", kNoRole, "C1", "client", {"P1"}, kNever},
      {"nor is being a coach", kNoRole, "K1", "coach", {"P1"}, kNever},
      {"nor is being an administrator a reason to tick or begin", {"role-begin", "tick"}, "administrator", "administrator", {"P2"}, kNever},
      {"an administrator of every programme imports", {"import"}, "root", "administrator", {"everywhere"}, kMay},
      {"an administrator of one programme imports for no other", {"import"}, "administrator", "administrator", {"there", "everywhere"}, kNever},
      {"rows, and time that passes, ask for no role", kNoRole, "stranger", "", {"everywhere"}, kMay},
  };
  return all;
}

}  // namespace

RightsWorld::RightsWorld() {
  for (const char* name : {"C1", "C2", "C3"}) ledger_.seated(name, kHereCycle.text());
  for (const char* name : {"K1", "K2", "K3"}) ledger_.accepted_coach(name, kHere);
  for (const char* number : {"1", "2", "3"}) {
    ledger_.paired(std::string("P") + number, kHereCycle.text(), std::string("C") + number, std::string("K") + number, "2024-02-01T09:00:00Z");
  }
  state = ledger_.state();
  const auto grant = [&](const PersonId& holder, std::string_view role, const std::string& programme, std::optional<Day> last_day = std::nullopt) {
    state.rights.roles[holder].push_back({std::string(role), programme, "", last_day, Position{1}});
  };
  for (size_t i = 0; i < kRoleNames.size(); ++i) {
    if (is_granted(static_cast<Role>(i))) grant(person(std::string(kRoleNames[i])), kRoleNames[i], kHere);
  }
  grant(person("root"), "administrator", "");
  grant(person("K3"), "administrator", kHere);
  grant(person("administrator there"), "administrator", kThereCycle.programme);
  grant(person("administrator once"), "administrator", kHere, kWorldDay - std::chrono::days{1});
}

PersonId RightsWorld::person(const std::string& name) const {
  const auto known = ledger_.vault().person(name).value();
  return known.value_or(PersonId{"id of " + name});
}

Matter RightsWorld::matter(const std::string& name) const {
  if (const auto* pairing = state.pairing(name)) return {pairing->client, pairing->cycle, name, false};
  if (name == "here") return {{}, kHereCycle, "", false};
  if (name == "there") return {{}, kThereCycle, "", false};
  if (name == "everywhere") return {{}, {}, "", true};
  if (name.ends_with(" here")) return {person(name.substr(0, name.size() - 5)), kHereCycle, "", false};
  if (name.ends_with(" there")) return {person(name.substr(0, name.size() - 6)), kThereCycle, "", false};
  return {person(name), {}, "", false};
}

std::pair<PersonId, Matter> RightsWorld::example(const Standing& standing) const {
  const auto [role, relation] = standing;
  const std::string name(role_name(role));
  if (role == Role::kPublic) return {person("stranger"), matter("P1")};
  if (role == Role::kClient) {
    return {person("C1"), matter(relation == Relation::kOwn ? "P1" : relation == Relation::kParty ? "K1" : "P2")};
  }
  if (role == Role::kCoach) {
    return {person("K1"), matter(relation == Relation::kOwn ? "K1 here" : relation == Relation::kParty ? "P1" : "P2")};
  }
  return {person(name), matter(relation == Relation::kOwn ? name + " here" : relation == Relation::kInScope ? "P2" : "there")};
}

const std::vector<Sentence>& sentences() {
  static const std::vector<Sentence> all = written();
  return all;
}

Verdict verdict(const RightsWorld& world, const DoTable& table, std::string_view deed, const PersonId& who, std::string_view role,
                const Matter& about) {
  const auto answer = authorize(world.state, table, {deed, about, who, role, kWorldDay});
  const auto* permit = std::get_if<Permit>(&answer);
  return permit ? permit->verdict : Verdict::kNever;
}

std::string broken_by(const RightsWorld& world, const DoTable& table, std::string_view only) {
  for (const auto& sentence : sentences()) {
    const auto who = world.person(sentence.who);
    for (const auto& about : sentence.about) {
      const auto matter = world.matter(about);
      for (const auto deed : sentence.deeds) {
        if (!only.empty() && deed != only) continue;
        const auto found = verdict(world, table, deed, who, sentence.role, matter);
        if (found == sentence.wanted) continue;
        return fmt::format("{}: {} about {}: found {}, want {}", sentence.says, deed, about, kVerdictNames[static_cast<size_t>(found)],
                           kVerdictNames[static_cast<size_t>(sentence.wanted)]);
      }
    }
  }
  return {};
}

}  // namespace daybook::test
