// The verb that changes the keys: rotate-keys.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "tools/recording.h"
#include "tools/verbs.h"

namespace daybook {

int rotate_keys(const Settings& settings, bool root) {
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadWrite, "rotate-keys");
  if (!opened) return complain(opened.error());
  auto& ledger = *opened.value();
  Result<std::variant<Role, Refusal>> role = Role::kPublic;
  ledger.sequencer().look([&](const State& state) { role = role_for("rotate-keys", settings, state, ledger.vault(), session.clock.now()); });
  if (!role) return session.close(complain(role.error()));
  const bool json = session.format(Format::kText, Format::kText) == Format::kJson;
  if (const auto* refusal = std::get_if<Refusal>(&role.value())) return session.close(tell_refused(*refusal, "rotate-keys", json));
  auto asked = by_hand(settings, RecordKeyChange{});
  asked.role = role_name(std::get<Role>(role.value()));
  const auto holder = fmt::format("pid {} (daybook rotate-keys) of {}", ::getpid(), Session::operator_name());
  const auto answer = ledger.rotate_keys(root, std::move(asked), holder, session.clock, session.randomness);
  if (!answer) return session.close(complain(answer.error()));
  const int told = tell(session, ledger, answer.value(), "rotate-keys");
  if (root && told == kDone) {
    std::fputs("copies of the keys from before open with the former root key alone: make a new one now, `daybook backup FOLDER --keys FOLDER`\n",
               json ? stderr : stdout);
  }
  return session.close(told);
}

}  // namespace daybook
