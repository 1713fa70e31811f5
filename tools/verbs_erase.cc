// The verb that takes a person out: erase; and what it leaves to do on disk.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "ledger/erasure.h"
#include "tools/recording.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

Result<PersonId> person_in(Ledger& ledger, const std::string& name) {
  Result<PersonId> person = PersonId{};
  ledger.sequencer().look([&](const State& state) { person = person_named(state, ledger.vault(), name); });
  return person;
}

Result<Day> known_until_of(const std::string& text, Instant now) {
  if (text.empty()) return std::chrono::floor<std::chrono::days>(now) + kKnownAfterErasure;
  const auto day = parse_day(text);
  if (!day) return Error{Fault::kRejected, "--known-until: found \"" + printable(text) + "\", want a day such as 2031-12-31"};
  return *day;
}

}  // namespace

Result<void> finish_erasures(Session& session, Ledger& ledger) {
  return ledger.finish_erasures(fmt::format("pid {} (daybook erase) of {}", ::getpid(), Session::operator_name()), session.clock, session.randomness);
}

Result<void> expire_looks(Session& session, Ledger& ledger) {
  const auto holder = fmt::format("pid {} (daybook tick) of {}", ::getpid(), Session::operator_name());
  DAYBOOK_TRY(const auto access, ledger.access_book(holder, session.clock, session.randomness));
  return access->expire(ledger.config().looks_kept_days);
}

int erase_person(const Settings& settings, const std::string& text, const std::string& known_until, const std::string& reason) {
  Session session(settings);
  const auto until = known_until_of(known_until, session.clock.now());
  if (!until) return complain(until.error());
  const auto opened = session.open(OpenMode::kReadWrite, "erase");
  if (!opened) return complain(opened.error());
  auto& ledger = *opened.value();
  const auto person = person_in(ledger, text);
  if (!person) return session.close(complain(person.error()));
  const auto answer = ledger.sequencer().execute(by_hand(settings, ErasePerson{person.value(), until.value(), reason}));
  const auto status = tell(session, ledger, answer, "erase");
  if (status != kDone) return session.close(status);
  if (const auto finished = finish_erasures(session, ledger); !finished) {
    std::fprintf(stderr, "daybook: erased, but files may still hold sealed copies until `daybook tick` has finished it: %s\n",
                 printable(finished.error().message).c_str());
    return session.close(kFailed);
  }
  return session.close(kDone);
}

}  // namespace daybook
