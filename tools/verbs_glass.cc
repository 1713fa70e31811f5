// Verbs of a right to look that somebody takes for a short time: break-glass, review-glass.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>

#include "ledger/csv.h"
#include "projections/glasses.h"
#include "tools/recording.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

Result<BreakGlass> read_glass(Session& session, const GlassArguments& arguments) {
  for (const auto& text : {arguments.reason, arguments.about, arguments.told}) {
    if (find_bad_text(text) != std::string::npos) return Error{Fault::kRejected, "break-glass: want UTF-8 text without control characters"};
  }
  DAYBOOK_TRY(auto body, read_action_text("break-glass", {{"about", arguments.about},
                                                          {"classes", fmt::format("{}", fmt::join(arguments.classes, ","))},
                                                          {"minutes", std::to_string(arguments.minutes)},
                                                          {"reason", arguments.reason},
                                                          {"told", arguments.told}}));
  auto& glass = std::get<BreakGlass>(body);
  DAYBOOK_TRY(check_openable(session.see_table(), glass.classes));
  glass.glass = random_id(session.randomness);
  return std::move(glass);
}

}  // namespace

int break_glass(const Settings& settings, const GlassArguments& arguments) {
  Session session(settings);
  auto glass = read_glass(session, arguments);
  if (!glass) return complain(glass.error());
  const auto id = glass.value().glass;
  const auto ledger = session.open(OpenMode::kReadWrite, "break-glass");
  if (!ledger) return complain(ledger.error());
  const auto answer = ledger.value()->sequencer().execute(by_hand(settings, CommandBody(std::move(glass).value())));
  const int status = tell(session, *ledger.value(), answer, "break-glass");
  if (status == kDone) {
    std::fprintf(stderr, "daybook: glass %s is open for %llu minutes; tell %s, who finds it in `daybook list glasses`\n", id.c_str(),
                 static_cast<unsigned long long>(arguments.minutes), printable(arguments.told).c_str());
  }
  return session.close(status);
}

int review_glass(const Settings& settings, const std::string& glass, const std::vector<std::string>& arguments) {
  auto values = read_values(arguments);
  if (!values) return complain({Fault::kRejected, "review-glass: " + values.error().message});
  values.value().emplace_back("glass", glass);
  auto review = read_action_text("review-glass", std::move(values).value());
  if (!review) return complain(review.error());
  Session session(settings);
  const auto ledger = session.open(OpenMode::kReadWrite, "review-glass");
  if (!ledger) return complain(ledger.error());
  const auto answer = ledger.value()->sequencer().execute(by_hand(settings, std::move(review).value()));
  return session.close(tell(session, *ledger.value(), answer, "review-glass"));
}

}  // namespace daybook
