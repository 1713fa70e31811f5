// Verbs that set a ledger up: init, charter list, show and add.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "ledger/init.h"
#include "tools/recording.h"
#include "tools/verbs.h"

namespace daybook {

Result<InitPlaces> init_places(const Settings& settings, const std::string& origin) {
  const auto named = ledger_folder(settings);
  if (named.empty()) return Error{Fault::kRejected, "which ledger? --ledger DIR or DAYBOOK_LEDGER names it"};
  auto folder = std::filesystem::absolute(named).lexically_normal().string();
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  return InitPlaces{folder, settings.root_key.empty() ? folder + ".root-key" : settings.root_key, folder + ".log-key", origin, folder + ".key-ring"};
}

int init(const Settings& settings, const std::string& origin) {
  const auto places = init_places(settings, origin);
  if (!places) return complain(places.error());
  Session session(settings);
  const auto& folder = places.value().folder;
  const auto made = init_ledger(places.value(), Session::operator_name(), session.clock, session.randomness);
  if (!made) return complain(made.error());
  if (session.format(Format::kText, Format::kText) == Format::kJson) {
    std::printf("%s\n", json_object({{"ledger", folder},
                                     {"id", made.value().id},
                                     {"root_key", made.value().root_key},
                                     {"key_ring", made.value().key_ring},
                                     {"log_key", made.value().log_key},
                                     {"origin", made.value().programme_key.name},
                                     {"verifier_key", made.value().programme_key.text()}})
                            .c_str());
    return kDone;
  }
  std::printf("made ledger %s with the charters that ship with Daybook\n", folder.c_str());
  std::printf("root key: %s (mode 0600). Losing it loses every confidential value: keep a copy, apart from the ledger.\n",
              made.value().root_key.c_str());
  std::printf("key ring: %s (mode 0600). It holds the wrapping keys: without it, too, every confidential value is lost; back it up with --keys.\n",
              made.value().key_ring.c_str());
  std::printf("log key: %s (mode 0600). It signs checkpoints; give the verifier key to whoever checks them:\n  %s\n", made.value().log_key.c_str(),
              made.value().programme_key.text().c_str());
  return kDone;
}

namespace {

// A new version leaves the cycles alone that were open before: say so.
void tell_pinned(Ledger& ledger, const Charter& charter) {
  ledger.sequencer().look([&](const State& state) {
    const auto newest = state.programme(charter.programme)->versions.size();
    for (const auto& rules : charter.cycles) {
      const auto* cycle = state.cycle({charter.programme, rules.name});
      if (cycle && cycle->charter_version != newest) {
        std::fprintf(stderr, "daybook: cycle %s stays on version %u of the charter, under which it opened\n", rules.name.c_str(),
                     cycle->charter_version);
      }
    }
  });
}

}  // namespace

int charter_add(const Settings& settings, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kCharterBytesMax + 1, '\0');
  if (!in || !in.read(text.data(), static_cast<std::streamsize>(text.size())).eof()) {
    return complain({Fault::kRejected, fmt::format("{}: want a file that can be read, of {} bytes at most", file, kCharterBytesMax)});
  }
  text.resize(static_cast<size_t>(in.gcount()));
  const auto charter = parse_charter(text, file);
  if (!charter) return complain(charter.error());
  Session session(settings);
  const auto ledger = session.open(OpenMode::kReadWrite, "charter add");
  if (!ledger) return complain(ledger.error());
  const auto answer = ledger.value()->sequencer().execute(by_hand(settings, AdoptCharter{text}));
  if (answer.outcome == Outcome::kRecorded) tell_pinned(*ledger.value(), charter.value());
  return session.close(tell(session, *ledger.value(), answer, "charter"));
}

int charter_list(const Settings& settings) {
  Session session(settings);
  const auto view = session.view("charter list");
  if (!view) return complain(view.error());
  const auto& state = view.value()->state();
  Table table{{"programme", number("version"), "sponsor", number("seats"), number("allowance"), "cycles", number("position")}, {}};
  for (const auto& [name, programme] : state.programmes) {
    std::string cycles;
    for (const auto& [id, cycle] : state.cycles) {
      if (id.programme == name) cycles += fmt::format("{}{} (version {})", cycles.empty() ? "" : "; ", id.cycle, cycle.charter_version);
    }
    const auto& latest = *programme.latest().charter;
    table.add({name, std::to_string(programme.versions.size()), latest.sponsor, std::to_string(latest.seats), std::to_string(latest.allowance),
               cycles, std::to_string(programme.latest().adopted.value)});
  }
  print_table(table, session.format(Format::kTable, Format::kTable), settings.for_spreadsheet);
  return kDone;
}

int charter_show(const Settings& settings, const std::string& name) {
  Session session(settings);
  const auto view = session.view("charter show");
  if (!view) return complain(view.error());
  const auto* programme = view.value()->state().programme(name);
  if (!programme) return complain(not_there("no programme " + printable(name)));
  const auto& text = programme->latest().charter->text;
  if (session.format(Format::kText, Format::kText) == Format::kJson) {
    std::printf("%s\n", json_object({{"programme", name},
                                     {"version", std::to_string(programme->versions.size()), true},
                                     {"adopted", std::to_string(programme->latest().adopted.value), true},
                                     {"text", text}})
                            .c_str());
  } else {
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  return kDone;
}

}  // namespace daybook
