// The criteria of a charter, held against what is known of one applicant. Pure: the same facts give the same answer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/charter.h"
#include "ledger/event.h"

namespace daybook {

// What the criteria look at. Fetched for the decision; never kept beside the log.
struct ApplicantFacts {
  std::string contract_type, position, grade;
  std::optional<Day> entry_on_duty, training_completed_on;
  bool commitment = false;
  std::vector<std::string> engagements;  // each time they took part with the sponsor, in words; empty: never

  // The events that say so: of personnel record, application and engagements.
  std::vector<Position> record_events, application_events, engagement_events;
};

// One criterion's answer, and the fact that it saw.
struct Finding {
  Criterion criterion;
  std::string fact;
};

Finding judge(const CriterionRule& rule, const ApplicantFacts& facts, Day as_of);

struct Judgement {
  std::string outcome;  // eligible, not-eligible or referred
  std::vector<Finding> findings;
};

// not-eligible if any criterion fails; else referred if any wants a person's judgement; else eligible.
Judgement judge(const Charter& charter, const ApplicantFacts& facts, Day as_of);

// One way in which a failed or referred criterion would be met.
struct Way {
  std::string words;
  std::optional<ApplicantFacts> facts;  // with which the rule says met, on that day; nullopt: a person decides, or nothing would
  Day as_of;
};
// The ways there are, each found by asking the rule itself; where there is none, one that says so. Empty if it is met.
std::vector<Way> what_would_change(const CriterionRule& rule, const ApplicantFacts& facts, Day as_of);

// Some facts that give this outcome (met, failed, referred), for whoever may know the outcome but not the facts.
ApplicantFacts facts_with(const CriterionRule& rule, std::string_view outcome);

// The facts as a criterion's own record keeps them: what `judge` wrote, read back. False if the text is no such fact.
bool take_fact(const CriterionRule& rule, std::string_view fact, ApplicantFacts& facts);

}  // namespace daybook
