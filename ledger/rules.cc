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

bool would_meet(const CriterionRule& rule, ApplicantFacts facts, Day as_of, auto change) {
  change(facts);
  return outcome_of(rule, facts, as_of) == kMet;
}

// The latest entry on duty that still gives enough service, asked of the rule day by day: months differ in length.
Day latest_entry(const CriterionRule& rule, const ApplicantFacts& facts, Day as_of) {
  Day entry = as_of;
  while (!would_meet(rule, facts, as_of, [&](ApplicantFacts& f) { f.entry_on_duty = entry; })) entry -= std::chrono::days{1};
  return entry;
}

}  // namespace

Finding judge(const CriterionRule& rule, const ApplicantFacts& facts, Day as_of) {
  return {{rule.name, std::string(outcome_of(rule, facts, as_of)), limit_of(rule, as_of)}, fact_of(rule, facts)};
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

std::vector<std::string> what_would_change(const CriterionRule& rule, const ApplicantFacts& facts, Day as_of) {
  if (outcome_of(rule, facts, as_of) == kMet) return {};
  std::vector<std::string> ways;
  const auto offer = [&](auto change, std::string words) {
    if (would_meet(rule, facts, as_of, change)) ways.push_back(std::move(words));
  };
  switch (rule.rule) {
    case Rule::kContractType:
      for (const auto& type : rule.accepted) offer([&](ApplicantFacts& f) { f.contract_type = type; }, "a contract of type " + type);
      break;
    case Rule::kMonthsOfService: {
      const Day entry = latest_entry(rule, facts, as_of);
      offer([&](ApplicantFacts& f) { f.entry_on_duty = entry; }, "entry on duty on or before " + to_text(entry));
      if (facts.entry_on_duty) {
        const Day enough = add_months(*facts.entry_on_duty, rule.months);
        require(outcome_of(rule, facts, enough) == kMet, "the rule is met on the day it names");
        ways.push_back("a cycle whose facts are taken as of " + to_text(enough) + " or later");
      }
      break;
    }
    case Rule::kCommitment:
      offer([](ApplicantFacts& f) { f.commitment = true; }, "a commitment to the whole programme");
      break;
    case Rule::kTrainingComplete:
      offer([&](ApplicantFacts& f) { f.training_completed_on = as_of; }, "mandatory training recorded complete on or before " + to_text(as_of));
      if (facts.training_completed_on) ways.push_back("a cycle whose facts are taken as of " + to_text(*facts.training_completed_on) + " or later");
      break;
    case Rule::kNeverEngaged:
      break;
    case Rule::kPosition:
      for (const auto& post : rule.accepted) offer([&](ApplicantFacts& f) { f.position = post; }, "the position " + post);
      if (outcome_of(rule, facts, as_of) == kReferred) ways.insert(ways.begin(), "a person's decision that this post is senior enough");
      break;
  }
  if (ways.empty()) ways.push_back("nothing the applicant can do: the rule looks at what has been");
  return ways;
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
