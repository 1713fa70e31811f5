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

// What would make a failed or referred criterion met, found by asking the rule itself: one line per way, or the one
// line that nothing would.
std::vector<std::string> what_would_change(const CriterionRule& rule, const ApplicantFacts& facts, Day as_of);

// The facts as a criterion's own record keeps them: what `judge` wrote, read back. False if the text is no such fact.
bool take_fact(const CriterionRule& rule, std::string_view fact, ApplicantFacts& facts);

}  // namespace daybook
