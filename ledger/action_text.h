// Commands as ACTION KEY=VALUE ...: how they are given by hand, and how a proposal keeps one until it is seconded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/command.h"
#include "ledger/result.h"

namespace daybook {

using KeyValues = std::vector<std::pair<std::string, std::string>>;

// The value of a key, which it takes out; nullopt if there is none.
std::optional<std::string> take(KeyValues& values, std::string_view key);

// What the action's keys say. Actions are named as in the table of rights. kRejected: the message says what is wanted.
Result<CommandBody> read_action_text(std::string_view action, KeyValues values);

// The keys and values that read_action_text makes the same body of; and `at`, where the command says when it happened. Of
// rows of sheets, and of what the ledger does by itself, there are none.
KeyValues values_of(const Command& command);

// KEY=VALUE, a line each; a backslash stands before n for a line's end, and before itself.
std::string to_lines(const KeyValues& values);
KeyValues from_lines(std::string_view lines);

// What can be put right of a record, by the column of its sheet.
template <class Kind>
struct CorrectableField {
  std::string_view column;
  std::string Kind::* member;
};
inline constexpr CorrectableField<StaffRecorded> kStaffFields[] = {{"name", &StaffRecorded::name},
                                                                   {"email", &StaffRecorded::email},
                                                                   {"organisation", &StaffRecorded::organisation},
                                                                   {"entity", &StaffRecorded::entity},
                                                                   {"duty_station", &StaffRecorded::duty_station},
                                                                   {"country", &StaffRecorded::country},
                                                                   {"region", &StaffRecorded::region},
                                                                   {"job_network", &StaffRecorded::job_network},
                                                                   {"grade", &StaffRecorded::grade},
                                                                   {"position", &StaffRecorded::post},
                                                                   {"contract_type", &StaffRecorded::contract_type},
                                                                   {"gender", &StaffRecorded::gender},
                                                                   {"languages", &StaffRecorded::languages},
                                                                   {"time_zone", &StaffRecorded::time_zone},
                                                                   {"entry_on_duty", &StaffRecorded::entry_on_duty},
                                                                   {"training_completed_on", &StaffRecorded::training_completed_on},
                                                                   {"supervisor", &StaffRecorded::supervisor},
                                                                   {"separated_on", &StaffRecorded::separated_on}};
inline constexpr CorrectableField<FormRectified> kFormFields[] = {{"form_version", &FormRectified::form_version},
                                                                  {"commitment", &FormRectified::commitment},
                                                                  {"languages", &FormRectified::languages},
                                                                  {"time_zone", &FormRectified::time_zone},
                                                                  {"motivation", &FormRectified::motivation}};

}  // namespace daybook
