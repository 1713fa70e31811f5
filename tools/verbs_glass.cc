// Verbs of a right to look that somebody takes for a short time: break-glass, review-glass.
#include <fmt/format.h>

#include <cstdio>

#include "ledger/sheet.h"
#include "tools/recording.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

// The classes that a glass opens, as the table of who may see what has them.
std::string openable(const SeeTable& table) {
  std::string classes;
  for (auto i = 1; i <= static_cast<int>(FieldClass::kReview); ++i) {
    const auto name = class_name(static_cast<FieldClass>(i));
    if (table.under_glass(name) == Sight::kShown) classes += fmt::format("{}{}", classes.empty() ? "" : ", ", name);
  }
  return classes;
}

Result<BreakGlass> read_glass(Session& session, const GlassArguments& arguments) {
  BreakGlass glass;
  if (const auto about = parse_cycle(arguments.about)) {
    glass.about = *about;
  } else {
    glass.person = arguments.about;
  }
  for (const auto& name : arguments.classes) {
    if (session.see_table().under_glass(name) != Sight::kShown || name.find('.') != std::string::npos) {
      return Error{Fault::kRejected, fmt::format("--classes: found \"{}\", want some of {}", printable(name), openable(session.see_table()))};
    }
  }
  for (const auto& text : {arguments.reason, arguments.about, arguments.told}) {
    if (find_bad_text(text) != std::string::npos) return Error{Fault::kRejected, "break-glass: want UTF-8 text without control characters"};
  }
  glass.glass = random_id(session.randomness);
  glass.classes = arguments.classes;
  glass.minutes = arguments.minutes;
  glass.reason = arguments.reason;
  glass.told = arguments.told;
  return glass;
}

std::string value_of(const std::vector<std::string>& values, std::string_view key) {
  for (const auto& value : values) {
    if (value.starts_with(fmt::format("{}=", key))) return value.substr(key.size() + 1);
  }
  return {};
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

int review_glass(const Settings& settings, const std::string& glass, const std::vector<std::string>& values) {
  ReviewGlass review{glass, value_of(values, "finding"), value_of(values, "reason")};
  if (values.size() != 2 || review.finding.empty() || review.reason.empty() || find_bad_text(review.reason) != std::string::npos) {
    return complain({Fault::kRejected, "review-glass: want finding=proper|improper|unclear reason=TEXT"});
  }
  Session session(settings);
  const auto ledger = session.open(OpenMode::kReadWrite, "review-glass");
  if (!ledger) return complain(ledger.error());
  return session.close(tell(session, *ledger.value(), ledger.value()->sequencer().execute(by_hand(settings, std::move(review))), "review-glass"));
}

}  // namespace daybook
