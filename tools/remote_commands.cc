// Verbs that have a service record something.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "ledger/charter.h"
#include "ledger/sheet.h"
#include "tools/recording.h"
#include "tools/remote.h"
#include "tools/remote_json.h"
#include "tools/remote_verbs.h"

namespace daybook {
namespace {

// The events that a command made, by their positions; it may have found nothing to do.
std::string events_text(uint64_t first, uint64_t end) {
  if (end <= first) return "no event";
  if (end <= first + 1) return fmt::format("event {}", first);
  return fmt::format("events {} to {}", first, end - 1);
}

// What became of a command, in the words and the form of one on a ledger of one's own; what the events say, `history` has.
void tell_done(const Settings& settings, const boost::json::object& answer) {
  const auto outcome = member_text(answer, "outcome"), flags = member_text(answer, "flags");
  const auto first = member_number(answer, "first").value_or(0), end = member_number(answer, "end").value_or(0);
  const auto* proposed = answer.if_contains("proposed");
  const auto* finished = answer.if_contains("finished");
  if (answer_format(settings, Format::kText, Format::kText) == Format::kJson) {
    const std::vector<Field> fields = {
        {"outcome", outcome}, {"first", std::to_string(first), true}, {"end", std::to_string(end), true}, {"flags", flags}};
    std::printf("%s\n", json_object(fields).c_str());
  } else {
    std::printf("%s: %s%s\n", printable(outcome).c_str(), events_text(first, end).c_str(),
                flags.empty() ? "" : fmt::format(" [{}]", printable(flags)).c_str());
  }
  if (proposed && proposed->is_bool() && proposed->get_bool())
    std::fprintf(stderr, "daybook: it waits for a second person: `daybook list proposals` has it\n");
  if (finished && finished->is_bool() && !finished->get_bool())
    std::fprintf(stderr, "daybook: decided; files may still hold sealed copies until the service has finished with them\n");
}

// Has the command carried out and tells what became of it. `what` names it to whoever is refused.
int command(const Settings& settings, const std::string& action, const KeyValues& values, const std::string& what,
            const std::function<void(const boost::json::object&)>& more = {}) {
  const auto remote = Remote::reach(settings);
  if (!remote) return complain(remote.error());
  const auto answer = remote.value()->command(action, values);
  if (!answer) return complain(answer.error());
  const bool json = answer_format(settings, Format::kText, Format::kText) == Format::kJson;
  if (const auto* refusal = std::get_if<Refusal>(&answer.value())) return tell_refused(*refusal, what, json);
  const auto& done = std::get<boost::json::object>(answer.value());
  tell_done(settings, done);
  if (more) more(done);
  return kDone;
}

Error rejected(std::string words) { return {Fault::kRejected, std::move(words)}; }

bool is_done_by_hand(std::string_view action) {
  const auto is_one = [&](const auto& names) { return std::find(std::begin(names), std::end(names), action) != std::end(names); };
  return is_one(kActionNames) || is_one(kOtherActionNames);
}

KeyValues those_given(KeyValues values) {
  std::erase_if(values, [](const auto& value) { return value.second.empty(); });
  return values;
}

// Those of `names`, and no other.
Result<KeyValues> read_named(const std::string& what, const std::vector<std::string>& arguments, const std::vector<std::string_view>& names) {
  auto values = read_values(arguments);
  if (!values) return rejected(what + ": " + values.error().message);
  for (const auto& [key, value] : values.value()) {
    if (std::find(names.begin(), names.end(), key) == names.end())
      return rejected(fmt::format("{}: found the key {}, want {}", what, printable(key), fmt::join(names, ", ")));
  }
  return values;
}

}  // namespace

int remote_do(const Settings& settings, const std::string& action, const std::vector<std::string>& arguments, bool dry_run) {
  if (dry_run) return complain(rejected("--dry-run: over the wire nothing is rehearsed"));
  if (!is_done_by_hand(action)) {
    return complain(rejected(fmt::format("do: found action \"{}\", want one of {}, {}", printable(action), fmt::join(kActionNames, ", "),
                                         fmt::join(kOtherActionNames, ", "))));
  }
  auto values = read_values(arguments);
  if (!values) return complain(rejected("do: " + values.error().message));
  if (take(values.value(), "actor")) return complain(rejected("do: actor: over the wire whoever is signed in acts"));
  auto as_given = settings;
  if (auto role = take(values.value(), "role")) as_given.role = std::move(*role);
  auto keys = values.value();
  take(keys, "at");  // no key of the action's own: the service reads it
  if (const auto form = read_action_text(action, std::move(keys)); !form) return complain(form.error());
  return command(as_given, action, values.value(), "do " + action);
}

int remote_decide(const Settings& settings, const std::string& text, const std::string& on) {
  const auto cycle = parse_cycle(text);
  if (!cycle) return complain(rejected("decide: found \"" + printable(text) + "\", want PROGRAMME/CYCLE"));
  if (!on.empty() && !parse_instant(on))
    return complain(rejected("--on: over the wire want a time with seconds and offset, such as 2024-01-29T23:59:59+01:00"));
  return command(settings, "decide", those_given({{"programme", cycle->programme}, {"cycle", cycle->cycle}, {"at", on}}), "decide");
}

int remote_charter_add(const Settings& settings, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kCharterBytesMax + 1, '\0');
  if (!in || !in.read(text.data(), static_cast<std::streamsize>(text.size())).eof())
    return complain(rejected(fmt::format("{}: want a file that can be read, of {} bytes at most", file, kCharterBytesMax)));
  text.resize(static_cast<size_t>(in.gcount()));
  if (const auto charter = parse_charter(text, file); !charter) return complain(charter.error());
  return command(settings, "charter-add", {{"text", text}}, "charter");
}

int remote_change_role(const Settings& settings, const std::string& action, const RoleArguments& arguments) {
  auto values = read_named(action, arguments.values, {"reason"});
  if (!values) return complain(values.error());
  auto all = those_given({{"person", arguments.person},
                          {"role", arguments.role},
                          {"programme", arguments.programme},
                          {"unit", arguments.unit},
                          {"until", arguments.until}});
  all.insert(all.end(), values.value().begin(), values.value().end());
  if (const auto form = read_action_text(action, all); !form) return complain(form.error());
  return command(settings, action, all, action);
}

int remote_close(const Settings& settings, const std::string& proposal, const std::string& outcome, const std::vector<std::string>& arguments) {
  auto values = read_named(proposal, arguments, {"reason"});
  if (!values) return complain(values.error());
  values.value().emplace_back("proposal", proposal);
  const auto* action = outcome == "seconded" ? "second" : outcome == "declined" ? "decline" : "withdraw";
  return command(settings, action, values.value(), "proposal " + proposal);
}

int remote_erase(const Settings& settings, const std::string& person, const std::string& known_until, const std::string& reason) {
  return command(settings, "erase", those_given({{"person", person}, {"known_until", known_until}, {"reason", reason}}), "erase");
}

int remote_rotate_keys(const Settings& settings, bool root) {
  return command(settings, "rotate-keys", those_given({{"root", root ? "yes" : ""}}), "rotate-keys");
}

int remote_break_glass(const Settings& settings, const GlassArguments& arguments) {
  const KeyValues values = {{"about", arguments.about},
                            {"classes", fmt::format("{}", fmt::join(arguments.classes, ","))},
                            {"minutes", std::to_string(arguments.minutes)},
                            {"reason", arguments.reason},
                            {"told", arguments.told}};
  return command(settings, "break-glass", values, "break-glass", [&](const boost::json::object& done) {
    std::fprintf(stderr, "daybook: glass %s is open for %llu minutes; tell %s, who finds it in `daybook list glasses`\n",
                 printable(member_text(done, "glass")).c_str(), static_cast<unsigned long long>(arguments.minutes),
                 printable(arguments.told).c_str());
  });
}

int remote_review_glass(const Settings& settings, const std::string& glass, const std::vector<std::string>& arguments) {
  auto values = read_named("review-glass", arguments, {"finding", "reason"});
  if (!values) return complain(values.error());
  if (values.value().size() != 2) return complain(rejected("review-glass: want finding=proper|improper|unclear reason=TEXT"));
  values.value().emplace_back("glass", glass);
  return command(settings, "review-glass", values.value(), "review-glass");
}

}  // namespace daybook
