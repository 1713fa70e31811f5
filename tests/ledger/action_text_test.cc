// Commands as ACTION KEY=VALUE: what a proposal keeps must be what is carried out.
#include "ledger/action_text.h"

#include <catch2/catch_test_macros.hpp>

#include "ledger/civil_time.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

struct Given {
  std::string action;
  KeyValues values;
};

const std::vector<Given>& every_action() {
  static const std::vector<Given> all = {
      {"request-pairing", {{"ref", "P1"}, {"programme", "iom-coaching"}, {"cycle", "2024"}, {"client", "C"}, {"coach", "K"}}},
      {"accept-pairing", {{"ref", "P1"}}},
      {"decline-pairing", {{"ref", "P1"}, {"reason", "no room"}}},
      {"end-pairing", {{"ref", "P1"}, {"reason", "fit"}}},
      {"extend-window", {{"ref", "P1"}, {"held_on", "2024-07-01"}}},
      {"mark-session-done", {{"ref", "P1"}, {"session", "1"}, {"held_on", "2024-02-03"}, {"minutes", "60"}}},
      {"mark-session-missed", {{"ref", "P1"}, {"session", "2"}, {"held_on", "2024-02-03"}}},
      {"withdraw-session", {{"ref", "P1"}, {"session", "1"}, {"reason", "wrong day"}}},
      {"give-feedback", {{"ref", "P1"}, {"session", "1"}, {"rating", "5"}, {"comment", "clear"}}},
      {"decide", {{"programme", "iom-coaching"}, {"cycle", "2024"}}},
      {"decide-referral", {{"application", "A1"}, {"outcome", "eligible"}, {"reason", "leads"}}},
      {"grant-seat", {{"programme", "iom-coaching"}, {"cycle", "2024"}}},
      {"offer-seat", {{"programme", "iom-coaching"}, {"cycle", "2024"}, {"answer_by", "2024-03-01"}}},
      {"accept-offer", {{"application", "A1"}}},
      {"decline-offer", {{"application", "A1"}, {"reason", "no time"}}},
      {"charter-add", {{"text", "programme = \"x\"\ntitle = \"a \\ b\"\n"}}},
      {"undo-import", {{"batch", "B1"}, {"reason", "wrong file"}, {"rows", "5"}}},
      {"role-grant",
       {{"person", "M1"}, {"role", "auditor"}, {"programme", "iom-coaching"}, {"unit", "DHRM"}, {"until", "2025-01-31"}, {"reason", "r"}}},
      {"role-end", {{"person", "M1"}, {"role", "auditor"}, {"reason", "r"}}},
      {"place-hold", {{"person", "C"}, {"reason", "contested"}}},
      {"lift-hold", {{"person", "C"}, {"reason", "settled"}}},
      {"erase", {{"person", "id"}, {"known_until", "2031-12-31"}, {"reason", "their request"}}},
      {"expire-cohort", {{"programme", "iom-coaching"}, {"cycle", "2024"}}},
      {"break-glass", {{"about", "S2"}, {"classes", "contact,staff"}, {"minutes", "30"}, {"reason", "accident"}, {"told", "S4"}}},
      {"break-glass", {{"about", "iom-coaching/2024"}, {"classes", "contact"}, {"minutes", "5"}, {"reason", "accident"}, {"told", "S4"}}},
      {"review-glass", {{"glass", "g1"}, {"finding", "proper"}, {"reason", "they were reached"}}},
      {"rectify-staff", {{"staff_number", "C"}, {"reason", "typo"}, {"grade", "P4"}, {"position", "head-of-office"}}},
      {"rectify-form", {{"application", "A1"}, {"reason", "typo"}, {"commitment", "no"}, {"motivation", "two\nlines = \\n"}}},
  };
  return all;
}

TEST_CASE("a command that is written down and read again is the same", "[rights]") {
  for (const auto& [action, values] : every_action()) {
    CAPTURE(action);
    Command command;
    command.body = made(read_action_text(action, values));
    command.happened_at = parse_instant("2024-02-03T09:00:00.25Z");

    auto kept = from_lines(to_lines(values_of(command)));

    CHECK(take(kept, "at") == "2024-02-03T09:00:00.25Z");
    CHECK(kept == values);
    Command again;
    again.body = made(read_action_text(action, kept));
    CHECK(again.body.index() == command.body.index());
    CHECK(values_of(again) == values);
  }
}

TEST_CASE("the table's name for a request by the client is read as the request that it is", "[rights]") {
  const auto body = made(read_action_text("request-own-pairing", every_action()[0].values));

  CHECK(std::get<Act>(body).action == Action::kRequestPairing);
}

TEST_CASE("a command that lacks what it needs, or has more, is told what is wanted", "[rights]") {
  const auto fault = [](const std::string& action, const KeyValues& values) { return read_action_text(action, values).error().message; };

  CHECK(fault("role-grant", {{"person", "M1"}, {"role", "auditor"}}).starts_with("role-grant: want person=PERSON role=ROLE reason=TEXT"));
  CHECK(fault("role-grant", {{"person", "M1"}, {"role", "auditor"}, {"reason", "r"}, {"until", "soon"}}).starts_with("role-grant: want"));
  CHECK(fault("place-hold", {{"person", "C"}, {"reason", "r"}, {"days", "3"}}) == "place-hold: want person=STAFF_NUMBER reason=TEXT");
  CHECK(fault("break-glass", {{"about", "S2"}, {"classes", "contact"}, {"minutes", "soon"}, {"reason", "r"}, {"told", "S4"}})
            .starts_with("break-glass: want about=PROGRAMME/CYCLE|PERSON"));
  CHECK(fault("review-glass", {{"glass", "g1"}, {"finding", "proper"}}) == "review-glass: want glass=ID finding=proper|improper|unclear reason=TEXT");
  CHECK(fault("rectify-staff", {{"staff_number", "C"}, {"reason", "r"}}).starts_with("rectify-staff: found nothing to put right"));
  CHECK(fault("rectify-staff", {{"staff_number", "C"}, {"reason", "r"}, {"contract_type", "eternal"}})
            .starts_with("rectify-staff: contract_type: found"));
  CHECK(fault("rectify-staff", {{"staff_number", "C"}, {"reason", "r"}, {"time_zone", "Mars/Base"}}).starts_with("rectify-staff: time_zone: found"));
  CHECK(fault("rectify-form", {{"application", "A"}, {"reason", "r"}, {"goal_type", "both"}}).starts_with("rectify-form: found a key goal_type"));
}

}  // namespace
}  // namespace daybook::test
