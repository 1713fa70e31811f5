// The table of keys against what reads them.
#include "ledger/action_keys.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "ledger/action_text.h"
#include "ledger/charter.h"
#include "ledger/do_table.h"

namespace daybook::test {
namespace {

// A value that the key may have: most columns of a sheet take any text.
std::string value_of(const ActionKey& key) {
  if (key.name == "contract_type") return std::string(*contract_types().begin());
  if (key.name == "gender") return "f";
  if (key.name == "time_zone") return "Europe/Zurich";
  if (key.name == "commitment" || key.form == KeyForm::kYes) return "yes";
  if (key.name.ends_with("_on") || key.name == "entry_on_duty" || key.form == KeyForm::kDay) return "2024-03-01";
  switch (key.form) {
    case KeyForm::kNumber:
    case KeyForm::kRating:
      return "3";
    case KeyForm::kRole:
      return "auditor";
    case KeyForm::kReferral:
      return "eligible";
    case KeyForm::kFinding:
      return "proper";
    default:
      return "P1";
  }
}

KeyValues values_of_all(std::string_view action, bool needed_alone = false) {
  KeyValues values;
  for (const auto& key : action_keys(action)) {
    if (key.needed || !needed_alone) values.emplace_back(key.name, value_of(key));
  }
  return values;
}

std::set<std::string> names_in(const KeyValues& values) {
  std::set<std::string> names;
  for (const auto& value : values) names.insert(value.first);
  return names;
}

// Whether the action has a form as text at all.
bool is_read(std::string_view action) {
  const auto read = read_action_text(action, {});
  return read || !read.error().message.starts_with("found action");
}

bool is_correction(std::string_view action) { return action.starts_with("rectify-"); }

}  // namespace

TEST_CASE("every action that is read from text has its keys in the table, and each of them is read", "[ledger][catalogue]") {
  for (const auto action : kDeeds) {
    if (!is_read(action)) continue;
    CAPTURE(action);
    const auto values = values_of_all(action);
    REQUIRE_FALSE(values.empty());  // else: name the keys of the new action in action_keys.cc

    const auto read = read_action_text(action, values);

    if (!read) FAIL(read.error().message);
    Command command;
    command.body = read.value();
    CHECK(names_in(values_of(command)) == names_in(values));
  }
}

TEST_CASE("an action does without the keys that it does not need, and not without those that it does", "[ledger][catalogue]") {
  for (const auto action : kDeeds) {
    if (!is_read(action) || is_correction(action)) continue;
    CAPTURE(action);
    const auto needed = values_of_all(action, true);

    CHECK(read_action_text(action, needed).has_value());
    for (size_t i = 0; i < needed.size(); ++i) {
      CAPTURE(needed[i].first);
      auto fewer = needed;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      CHECK(read_action_text(action, fewer).has_error());
    }
  }
}

TEST_CASE("a key that the table does not have is refused, but for columns of activity.csv, which are passed over", "[ledger][catalogue]") {
  for (const auto action : kDeeds) {
    if (!is_read(action)) continue;
    CAPTURE(action);
    auto values = values_of_all(action);
    values.emplace_back("nothing", "x");

    CHECK(read_action_text(action, values).has_error());
  }
}

}  // namespace daybook::test
