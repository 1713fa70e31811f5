// In which roles somebody can act or look, and how they then stand to what it is about: the two things that both tables of
// rights go by. Worked out from the state alone, so it holds at the position of the event that moved the state there.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/state.h"

namespace daybook {

// Client and coach follow from what is recorded; nobody needs public; the others are granted (RoleGranted).
enum class Role {
  kClient,
  kCoach,
  kAdministrator,
  kSupervisionLead,
  kSponsor,
  kLineManager,
  kAuditor,
  kComplianceOfficer,
  kDataProtectionOfficer,
  kPublic
};
inline constexpr std::array<std::string_view, 10> kRoleNames = {"client",       "coach",   "administrator",      "supervision-lead",        "sponsor",
                                                                "line-manager", "auditor", "compliance-officer", "data-protection-officer", "public"};
std::string_view role_name(Role role);
std::optional<Role> find_role(std::string_view name);
inline bool is_granted(Role role) { return role != Role::kClient && role != Role::kCoach && role != Role::kPublic; }

// What is asked about: a person, and where. Either may be empty.
struct Matter {
  PersonId subject;
  CycleId cycle;            // its cycle alone may be empty: the whole programme
  std::string pairing;      // the pairing it is about, if it is about one
  bool everywhere = false;  // it is about every programme: a role held for one does not cover it
  std::string unit = {};    // the subject's, as their personnel record has it; of a role that is given or taken, the role's own
};

enum class Relation {
  kOwn,       // it is about themselves
  kParty,     // they are the client or the coach of the pairing or, where it is about a person, were accepted in a pairing with them: of the
              // programme that it is in, if it is in one. Of a pairing that is named and not there any more nobody is a party.
  kInScope,   // they hold the role where it is
  kElsewhere  // they hold it somewhere else
};
inline constexpr std::array<std::string_view, 4> kRelationNames = {"own", "party", "in scope", "elsewhere"};

// nullopt: they do not hold the role at all on that day (UTC). Own comes before party, and party before scope. A role that was granted for one
// programme has a person in its scope who applied, was paired or is a coach there; one that was granted for a unit, what is about somebody of
// that unit, and nothing that is about nobody.
std::optional<Relation> relation(const State& state, const PersonId& actor, Role role, const Matter& matter, Day today);

// The first of the grants of a role that somebody holds on that day and that reaches what it is about; null: none does. Borrowed from the state.
const HeldRole* grant_over(const State& state, const PersonId& actor, Role role, const Matter& matter, Day today);

// Somebody holds a role of one unit alone: then whoever asks says of which unit a subject is. The fold cannot, for that is confidential.
bool goes_by_unit(const State& state);

// What nobody may administer as their own case: they are client or coach of the pairing or, where it is about a person, were ever paired with
// them in any programme, or one of the two was asked to coach the other and has not answered.
bool is_party(const State& state, const PersonId& actor, const Matter& matter);

// Whether they are, or were, in any pairing that is there, be it asked for and no more: whoever is not is a party to nobody else's case.
bool is_in_a_pairing(const State& state, const PersonId& person);

}  // namespace daybook
