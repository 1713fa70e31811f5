#include "ledger/authority.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/case.h"
#include "ledger/require.h"

namespace daybook {
namespace {

struct About {
  std::string_view deed;
  Matter matter;
};

// What each command is about. What does not exist is about nothing: nobody's role for one programme reaches it.
class Subject {
 public:
  Subject(const State& state, const Facts& facts) : state_(state), facts_(facts) {}

  About operator()(const RecordStaff&) const { return {"import", person()}; }
  About operator()(const RecordParticipation&) const { return {"import", person()}; }
  About operator()(const RecordCoach& c) const { return {"import", person({c.values.programme, ""})}; }
  About operator()(const SubmitApplication& c) const { return {"import", person({c.values.programme, c.values.cycle})}; }
  About operator()(const FinishImport&) const { return {"import", {}}; }
  About operator()(const Tick&) const { return {"tick", {}}; }
  About operator()(const RecordTornTail&) const { return {"tick", {}}; }
  About operator()(const RecordRestore&) const { return {"tick", {}}; }
  About operator()(const CertifyErasure&) const { return {"tick", {}}; }
  About operator()(const RecordKeyChange&) const { return {"tick", {}}; }
  About operator()(const ErasePerson& c) const { return {"erase", {c.person, {}, "", false}}; }
  About operator()(const BreakGlass& c) const { return {"break-glass", {subject_of(state_, facts_, c), c.about, "", false}}; }
  About operator()(const ReviewGlass& c) const {
    const auto glass = state_.rights.glasses.find(c.glass);
    return {"review-glass", glass == state_.rights.glasses.end() ? everywhere() : Matter{glass->second.subject, glass->second.about, "", false}};
  }
  About operator()(const ExpireCohort& c) const { return {"expire-cohort", {{}, c.cycle, "", false}}; }
  About operator()(const Act& c) const {
    if (c.action != Action::kRequestPairing) return {kActionNames[static_cast<size_t>(c.action)], pairing(c.ref)};
    const CycleId id{c.programme, c.cycle};
    const auto* cycle = state_.cycle(id);
    return {cycle && cycle->charter->matching_by_clients ? "request-own-pairing" : "request-pairing", person(id)};
  }
  About operator()(const DecideCycle& c) const { return {"decide", undecided(c.cycle)}; }
  About operator()(const DecideReferral& c) const { return {"decide-referral", application(c.application)}; }
  About operator()(const GrantSeat& c) const { return {"grant-seat", head_of_waitlist(c.cycle)}; }
  About operator()(const OfferSeat& c) const { return {"offer-seat", head_of_waitlist(c.cycle)}; }
  About operator()(const AcceptOffer& c) const { return {"accept-offer", application(c.application)}; }
  About operator()(const DeclineOffer& c) const { return {"decline-offer", application(c.application)}; }
  About operator()(const AdoptCharter& c) const {
    const auto charter = parse_charter(c.text, "charter");
    return {"charter-add", charter ? Matter{{}, {charter.value().programme, ""}, "", false} : everywhere()};
  }
  About operator()(const UndoImport&) const { return {"undo-import", everywhere()}; }
  About operator()(const BeginRoles&) const { return {"role-begin", everywhere()}; }
  About operator()(const GrantRole& c) const { return {"role-grant", role(c.programme, c.unit)}; }
  About operator()(const EndRole& c) const { return {"role-end", role(c.programme, c.unit)}; }
  About operator()(const PlaceHold&) const { return {"place-hold", person()}; }
  About operator()(const LiftHold&) const { return {"lift-hold", person()}; }
  About operator()(const RectifyStaff&) const { return {"rectify-staff", person()}; }
  About operator()(const RectifyForm& c) const { return {"rectify-form", application(c.application)}; }
  About operator()(const CloseProposal&) const {
    require(false, "a proposal is closed by the rights that what is proposed asks for");
    return {};
  }

 private:
  Matter person(const CycleId& where = {}) const { return {facts_.person, where, "", false}; }
  static Matter everywhere() { return {{}, {}, "", true}; }
  // Whoever holds a role of one unit gives roles of that unit.
  Matter role(const std::string& programme, const std::string& unit) const { return {facts_.person, {programme, ""}, "", programme.empty(), unit}; }
  Matter pairing(const std::string& ref) const {
    const auto* known = state_.pairing(ref);
    return known ? Matter{known->client, known->cycle, ref, false} : Matter{};
  }
  Matter application(const std::string& ref) const {
    const auto* known = state_.application(ref);
    return known ? Matter{known->person, known->cycle, "", false} : Matter{};
  }
  Matter head_of_waitlist(const CycleId& id) const {
    const auto* cycle = state_.cycle(id);
    const auto* head = cycle ? next_in_line(state_, *cycle) : nullptr;
    return {head ? head->person : PersonId{}, id, "", false};
  }
  // Of whom the actor may not decide, if there is somebody; else of all.
  Matter undecided(const CycleId& id) const {
    Matter matter{{}, id, "", false};
    const auto* cycle = state_.cycle(id);
    for (size_t i = 0; cycle && i < cycle->applications.size(); ++i) {
      const auto& application = *state_.application(cycle->applications[i]);
      if (!application.outcome.empty()) continue;
      const Matter one{application.person, id, "", false};
      if (application.person == facts_.actor || is_party(state_, facts_.actor, one)) return one;
    }
    return matter;
  }

  const State& state_;
  const Facts& facts_;
};

// Nobody administers their own case: what the holder of a granted role is a party to counts as theirs.
std::optional<Standing> standing(const State& state, const Ask& ask, Role role) {
  auto stands = relation(state, ask.actor, role, ask.matter, ask.today);
  if (!stands) return std::nullopt;
  if (is_granted(role) && *stands == Relation::kInScope && is_party(state, ask.actor, ask.matter)) stands = Relation::kOwn;
  return Standing{role, *stands};
}

Refusal not_allowed(const DoTable& table, const Ask& ask, const std::string& saw) { return no("not-allowed", saw, who_could(table, ask.deed)); }

Refusal own_case(const Ask& ask, Role role) {
  return no("own-case", fmt::format("{} as {} in their own case: never", ask.deed, role_name(role)),
            fmt::format("{} by another {}", ask.deed, role_name(role)));
}

// Theirs, and no more than that stands in the way.
bool is_own_case(const DoRow& row, const Standing& stands) {
  return is_granted(stands.role) && stands.relation == Relation::kOwn && row.at({stands.role, Relation::kInScope}) != Verdict::kNever;
}

// Whether a role may do it wherever it is held. If not, a refusal does not say how they stand to it: that would tell that it is there.
bool ever_may(const DoTable& table, std::string_view deed, Role role) {
  return std::any_of(standings().begin(), standings().end(),
                     [&](const Standing& standing) { return standing.role == role && table.at(deed, standing) != Verdict::kNever; });
}

std::variant<Permit, Refusal> as_named(const State& state, const DoTable& table, const Ask& ask) {
  const auto role = find_role(ask.role);
  if (!role) {
    return no("unknown-role", fmt::format("role \"{}\"", ask.role), fmt::format("one of the roles {}", fmt::join(kRoleNames, ", ")));
  }
  const auto stands = standing(state, ask, *role);
  if (!stands) return not_allowed(table, ask, fmt::format("{} as {}: whoever acts does not hold that role", ask.deed, ask.role));
  const auto verdict = table.at(ask.deed, *stands);
  if (verdict != Verdict::kNever) return Permit{verdict, *role};
  if (is_own_case(table.row(ask.deed), *stands)) return own_case(ask, *role);
  const auto as = ever_may(table, ask.deed, *role) ? text(*stands) : std::string(role_name(*role));
  return not_allowed(table, ask, fmt::format("{} as {}: never", ask.deed, as));
}

}  // namespace

std::string who_could(const DoTable& table, std::string_view deed) {
  std::vector<std::string> all;
  for (const auto& standing : standings()) {
    const auto verdict = table.at(deed, standing);
    if (verdict != Verdict::kNever) all.push_back(text(standing) + (verdict == Verdict::kSecond ? " with a second person" : ""));
  }
  return all.empty() ? "nothing: nobody may" : fmt::format("{} as {}", deed, fmt::join(all, ", or as "));
}

PersonId subject_of(const State& state, const Facts& facts, const BreakGlass& command) {
  return state.known_person(PersonId{command.person}) ? PersonId{command.person} : facts.person;
}

Ask ask_of(const State& state, const Facts& facts, const Command& command) {
  auto [deed, matter] = std::visit(Subject(state, facts), command.body);
  const bool of_role = std::holds_alternative<GrantRole>(command.body) || std::holds_alternative<EndRole>(command.body);
  if (!of_role) matter.unit = facts.unit;
  const bool row = command.channel == Channel::kImport || deed == "import";
  if (row) return {"import", std::move(matter), facts.actor, {}, rights_day(facts)};  // its role is what the row says
  return {deed, std::move(matter), facts.actor, command.role, rights_day(facts)};
}

std::variant<Permit, Refusal> authorize(const State& state, const DoTable& table, const Ask& ask) {
  if (!ask.role.empty()) return as_named(state, table, ask);
  const auto& row = table.row(ask.deed);
  std::optional<Permit> second;
  std::optional<Role> own;
  for (size_t i = 0; i < kRoleNames.size(); ++i) {
    const auto role = static_cast<Role>(i);
    const auto stands = row.gives(role) ? standing(state, ask, role) : std::nullopt;
    if (!stands) continue;
    const auto verdict = row.at(*stands);
    if (verdict == Verdict::kMay) return Permit{verdict, role};
    if (verdict == Verdict::kSecond && !second) second = Permit{verdict, role};
    if (verdict == Verdict::kNever && is_own_case(row, *stands)) own = role;
  }
  if (second) return *second;
  if (own) return own_case(ask, *own);
  return not_allowed(table, ask, fmt::format("{}: in no role that whoever acts holds there", ask.deed));
}

std::variant<Permit, Refusal> authorize_deed(const State& state, const DoTable& table, std::string_view deed, const PersonId& actor,
                                             std::string_view role, Instant now) {
  return authorize(state, table, {deed, Matter{{}, {}, "", true}, actor, role, std::chrono::floor<std::chrono::days>(now)});
}

size_t who_may(const State& state, const DoTable& table, std::string_view deed, const Matter& matter, Day today) {
  Matter of_others = matter;
  of_others.subject = {};
  size_t count = 0;
  for (const auto& [person, roles] : state.rights.roles) {
    count += std::holds_alternative<Permit>(authorize(state, table, {deed, of_others, person, {}, today}));
  }
  return count;
}

}  // namespace daybook
