#include "server/deeds.h"

#include <algorithm>

#include "ledger/authority.h"
#include "ledger/civil_time.h"
#include "ledger/erasure.h"
#include "projections/glasses.h"

namespace daybook {
namespace {

Result<CommandBody> read_erase(const CommandParts& parts, KeyValues values) {
  if (const auto person = take(values, "person"); person && !person->empty()) {
    DAYBOOK_TRY(const auto newest, parts.live.read());
    DAYBOOK_TRY(const auto id, person_named(newest->state, parts.ledger.vault(), *person));
    values.emplace_back("person", id.value);
  }
  const bool says_until = std::any_of(values.begin(), values.end(), [](const auto& value) { return value.first == "known_until"; });
  const auto today = std::chrono::floor<std::chrono::days>(parts.clock.now());
  if (!says_until) values.emplace_back("known_until", to_text(Day(today + kKnownAfterErasure)));
  return read_action_text("erase", std::move(values));
}

Result<CommandBody> read_glass(const CommandParts& parts, KeyValues values) {
  DAYBOOK_TRY(auto body, read_action_text("break-glass", std::move(values)));
  auto& glass = std::get<BreakGlass>(body);
  DAYBOOK_TRY(check_openable(parts.table, glass.classes));
  SystemRandomness randomness;
  glass.glass = random_id(randomness);
  return body;
}

Answer failed(const Error& error) { return {Outcome::kFailed, {}, {}, "", error}; }
Answer refused(Refusal refusal) { return {Outcome::kRefused, {}, std::move(refusal), "", {Fault::kStorage, ""}}; }

}  // namespace

Result<CommandBody> read_deed(const CommandParts& parts, std::string_view action, KeyValues values) {
  if (action == "erase") return read_erase(parts, std::move(values));
  if (action == "break-glass") return read_glass(parts, std::move(values));
  return read_action_text(action, std::move(values));
}

Result<bool> read_key_change(KeyValues values) {
  const auto root = take(values, "root");
  if (values.empty() && (!root || *root == "yes")) return root.has_value();
  return Error{Fault::kRejected, "rotate-keys: want nothing, or root=yes"};
}

Answer change_keys(const CommandParts& parts, const PersonId& actor, bool root, Command asked) {
  {
    const auto newest = parts.live.read();
    if (!newest) return failed(newest.error());
    auto permit = authorize_deed(newest.value()->state, shipped_do_table(), "rotate-keys", actor, asked.role, parts.clock.now());
    if (auto* refusal = std::get_if<Refusal>(&permit)) return refused(std::move(*refusal));
    asked.role = role_name(std::get<Permit>(permit).role);
  }
  SystemRandomness randomness;
  auto answer = parts.ledger.rotate_keys(root, std::move(asked), parts.book, randomness);
  if (answer) return std::move(answer).value();
  if (answer.error().fault != Fault::kRejected) return failed(answer.error());
  parts.log.write(Severity::kError, "root-key", {{"found", answer.error().message}});
  return refused(
      {"root-key", "the file of the root key cannot be read or written here", "the file of the root key, which the service may replace", {}});
}

}  // namespace daybook
