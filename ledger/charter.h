// A charter: a programme's rulebook as data, read from TOML. CHARTERS.md describes every field.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/result.h"
#include "ledger/types.h"

namespace daybook {

enum class Rule { kContractType, kMonthsOfService, kCommitment, kTrainingComplete, kNeverEngaged, kPosition };
std::string_view rule_name(Rule rule);  // as in the charter: months-of-service

// One thing that an applicant must meet.
struct CriterionRule {
  std::string name;  // as decisions print it
  Rule rule = Rule::kCommitment;
  std::vector<std::string> accepted;         // contract types or positions
  std::vector<std::string> referred_grades;  // other positions of these grades are a person's to judge
  int months = 0;                            // of service, at least
};

// One run of the programme. Days are days of `time_zone`; first and last are both within.
struct CycleRules {
  std::string name;
  Day opens_on, closes_on;             // the application period
  Day facts_as_of;                     // the day the dates in facts are held against (E-10)
  std::string time_zone;               // IANA
  std::optional<Day> window_last_day;  // every client's window ends here; else Charter::window_months says
  std::vector<Day> editions;           // the days on which figures go out, in order
};

// Figures that go out in editions: how many of whom, by what (EDITIONS.md).
struct FigureTable {
  std::string name;
  std::string counts;                  // one of kPopulations
  std::string by;                      // one of kGroupings; empty: the total alone
  std::vector<std::string> audiences;  // of kAudiences
};
// Each holds those that come after it.
inline constexpr std::string_view kPopulations[] = {"applications", "eligible", "seated", "paired", "completed"};
inline constexpr std::string_view kGroupings[] = {"region", "country", "station", "goal"};
inline constexpr std::string_view kAudiences[] = {"sponsor", "public"};

inline constexpr uint32_t kMinimumFloor = 3;  // C5: no setting tells of fewer people

struct Charter {
  std::string programme, title, sponsor;
  uint32_t seats = 0;
  bool never_engaged_first = false;  // seat those first who never took part with the sponsor
  bool matching_by_clients = false;
  uint32_t allowance = 0;            // sponsored sessions of a client in a cycle
  uint32_t minutes = 0;              // of a session
  bool introduction = false;         // a session 0 that is not counted
  std::optional<int> window_months;  // calendar months from the pairing date
  uint32_t capacity_min = 0, capacity_max = 0;
  std::vector<std::string> credentials;  // kinds that a coach may hold
  double training_hours_min = 0;         // of a coach who is trained, not certified
  std::vector<CriterionRule> criteria;   // in the order in which decisions name them
  std::vector<CycleRules> cycles;
  uint32_t team_minimum = 5, published_minimum = 11;  // of how many people figures tell (C5)
  std::vector<FigureTable> tables;                    // that are published, the most wanted first
  std::string text;                                   // as it was given

  const CycleRules* find_cycle(std::string_view name) const;
};

inline constexpr size_t kCharterBytesMax = 60'000;  // a charter is one event

// kRejected with one line per fault, each `NAME:LINE: field: found .., want ..`.
Result<Charter> parse_charter(std::string_view toml, std::string_view name);

// The contract types that spreadsheets and charters may name: the contract's fixed words.
std::span<const std::string_view> contract_types();

// The charter of text that was adopted: it was valid then, and is taken as it stands, whatever is wanted of a new one
// today and whatever zones this machine knows. The process stops if it is no TOML.
Charter read_adopted_charter(std::string_view toml);

struct ShippedCharter {
  std::string_view name, text;
};
// The charters that come with Daybook.
std::vector<ShippedCharter> shipped_charters();

}  // namespace daybook
