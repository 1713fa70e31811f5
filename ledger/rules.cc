#include "ledger/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/civil_time.h"
#include "ledger/require.h"

namespace daybook {
namespace {

constexpr std::string_view kMet = "met", kFailed = "failed", kReferred = "referred";

bool contains(const std::vector<std::string>& words, std::string_view word) { return std::find(words.begin(), words.end(), word) != words.end(); }

std::string listed(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

std::string limit_of(const CriterionRule& rule, Day as_of) {
  switch (rule.rule) {
    case Rule::kContractType:
      return "one of " + listed(rule.accepted);
    case Rule::kMonthsOfService:
      return fmt::format("{} calendar months of service by {}", rule.months, to_text(as_of));
    case Rule::kCommitment:
      return "commitment to the whole programme";
    case Rule::kTrainingComplete:
      return "mandatory training complete by " + to_text(as_of);
    case Rule::kNeverEngaged:
      return "never took part with this sponsor";
    case Rule::kPosition: {
      auto text = "one of " + listed(rule.accepted);
      if (!rule.referred_grades.empty()) text += "; other posts of grade " + listed(rule.referred_grades) + " are for a person to judge";
      return text;
    }
  }
  return {};
}

std::string day_or_none(const std::optional<Day>& day) { return day ? to_text(*day) : std::string("none"); }

std::string fact_of(const CriterionRule& rule, const ApplicantFacts& facts) {
  switch (rule.rule) {
    case Rule::kContractType:
      return facts.contract_type;
    case Rule::kMonthsOfService:
      return day_or_none(facts.entry_on_duty);
    case Rule::kCommitment:
      return facts.commitment ? "yes" : "no";
    case Rule::kTrainingComplete:
      return day_or_none(facts.training_completed_on);
    case Rule::kNeverEngaged:
      return facts.engagements.empty() ? "never" : fmt::format("{}", fmt::join(facts.engagements, "; "));
    case Rule::kPosition:
      return facts.position + " at " + facts.grade;
  }
  return {};
}

std::string_view outcome_of(const CriterionRule& rule, const ApplicantFacts& facts, Day as_of) {
  const auto met = [](bool yes) { return yes ? kMet : kFailed; };
  switch (rule.rule) {
    case Rule::kContractType:
      return met(contains(rule.accepted, facts.contract_type));
    case Rule::kMonthsOfService:
      return met(facts.entry_on_duty && add_months(*facts.entry_on_duty, rule.months) <= as_of);
    case Rule::kCommitment:
      return met(facts.commitment);
    case Rule::kTrainingComplete:
      return met(facts.training_completed_on && *facts.training_completed_on <= as_of);
    case Rule::kNeverEngaged:
      return met(facts.engagements.empty());
    case Rule::kPosition:
      if (contains(rule.accepted, facts.position)) return kMet;
      return contains(rule.referred_grades, facts.grade) ? kReferred : kFailed;
  }
  return kFailed;
}

const std::vector<Position>& events_of(const CriterionRule& rule, const ApplicantFacts& facts) {
  if (rule.rule == Rule::kCommitment) return facts.application_events;
  return rule.rule == Rule::kNeverEngaged ? facts.engagement_events : facts.record_events;
}

// The latest entry on duty that still gives enough service, asked of the rule day by day: months differ in length.
Day latest_entry(const CriterionRule& rule, Day as_of) {
  ApplicantFacts facts;
  for (facts.entry_on_duty = as_of; outcome_of(rule, facts, as_of) != kMet;) *facts.entry_on_duty -= std::chrono::days{1};
  return *facts.entry_on_duty;
}

}  // namespace

Finding judge(const CriterionRule& rule, const ApplicantFacts& facts, Day as_of) {
  std::string events;
  for (const auto event : events_of(rule, facts)) events += (events.empty() ? "" : ";") + std::to_string(event.value);
  return {{rule.name, std::string(outcome_of(rule, facts, as_of)), limit_of(rule, as_of), std::move(events)}, fact_of(rule, facts)};
}

Judgement judge(const Charter& charter, const ApplicantFacts& facts, Day as_of) {
  Judgement judgement;
  bool failed = false, referred = false;
  for (const auto& rule : charter.criteria) {
    judgement.findings.push_back(judge(rule, facts, as_of));
    failed |= judgement.findings.back().criterion.outcome == kFailed;
    referred |= judgement.findings.back().criterion.outcome == kReferred;
  }
  judgement.outcome = failed ? "not-eligible" : referred ? "referred" : "eligible";
  return judgement;
}

std::vector<Way> what_would_change(const CriterionRule& rule, const ApplicantFacts& facts, Day as_of) {
  const auto outcome = outcome_of(rule, facts, as_of);
  if (outcome == kMet) return {};
  std::vector<Way> ways;
  const auto offer = [&](std::string words, auto change, std::optional<Day> day = std::nullopt) {
    ApplicantFacts changed = facts;
    change(changed);
    if (outcome_of(rule, changed, day.value_or(as_of)) == kMet) ways.push_back({std::move(words), std::move(changed), day.value_or(as_of)});
  };
  const auto later_cycle = [&](Day day) { offer("a cycle whose facts are taken as of " + to_text(day) + " or later", [](ApplicantFacts&) {}, day); };
  if (outcome == kReferred) ways.push_back({"a person's decision that this post is senior enough (`do decide-referral`)", std::nullopt, as_of});
  switch (rule.rule) {
    case Rule::kContractType:
      for (const auto& type : rule.accepted) offer("a contract of type " + type, [&](ApplicantFacts& f) { f.contract_type = type; });
      break;
    case Rule::kMonthsOfService: {
      const Day entry = latest_entry(rule, as_of);
      offer("entry on duty on or before " + to_text(entry), [&](ApplicantFacts& f) { f.entry_on_duty = entry; });
      if (facts.entry_on_duty) later_cycle(add_months(*facts.entry_on_duty, rule.months));
      break;
    }
    case Rule::kCommitment:
      offer("a commitment to the whole programme", [](ApplicantFacts& f) { f.commitment = true; });
      break;
    case Rule::kTrainingComplete:
      offer("mandatory training recorded complete on or before " + to_text(as_of), [&](ApplicantFacts& f) { f.training_completed_on = as_of; });
      if (facts.training_completed_on) later_cycle(*facts.training_completed_on);
      break;
    case Rule::kNeverEngaged:
      break;
    case Rule::kPosition:
      for (const auto& post : rule.accepted) offer("the position " + post, [&](ApplicantFacts& f) { f.position = post; });
      break;
  }
  if (ways.empty()) ways.push_back({"nothing the applicant can do: the rule looks at what has been", std::nullopt, as_of});
  return ways;
}

ApplicantFacts facts_with(const CriterionRule& rule, std::string_view outcome) {
  ApplicantFacts facts;  // nothing known: fails every rule but the one that asks what never was
  if (outcome == kReferred && !rule.referred_grades.empty()) facts.grade = rule.referred_grades.front();
  if (outcome == kFailed) facts.engagements = {"an earlier engagement"};
  if (outcome != kMet) return facts;
  facts.commitment = true;
  facts.entry_on_duty = facts.training_completed_on = Day{};
  if (!rule.accepted.empty()) facts.contract_type = facts.position = rule.accepted.front();
  return facts;
}

bool take_fact(const CriterionRule& rule, std::string_view fact, ApplicantFacts& facts) {
  switch (rule.rule) {
    case Rule::kContractType:
      facts.contract_type = fact;
      return true;
    case Rule::kMonthsOfService:
      facts.entry_on_duty = parse_day(fact);
      return facts.entry_on_duty || fact == "none";
    case Rule::kCommitment:
      facts.commitment = fact == "yes";
      return true;
    case Rule::kTrainingComplete:
      facts.training_completed_on = parse_day(fact);
      return facts.training_completed_on || fact == "none";
    case Rule::kNeverEngaged:
      facts.engagements.clear();
      if (fact != "never") facts.engagements.emplace_back(fact);
      return true;
    case Rule::kPosition: {
      const auto at = fact.rfind(" at ");
      if (at == std::string_view::npos) return false;
      facts.position = fact.substr(0, at);
      facts.grade = fact.substr(at + 4);
      return true;
    }
  }
  return false;
}

}  // namespace daybook
