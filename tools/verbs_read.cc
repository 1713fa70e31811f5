// Verbs that only ask: charter list and show, list, show, explain, history, stats, verify, doctor.
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <algorithm>

#include <cstdio>
#include <fstream>

#include "ledger/codec.h"
#include "ledger/export.h"
#include "ledger/proof.h"
#include "ledger/verify.h"
#include "projections/explain.h"
#include "projections/lists.h"
#include "projections/show.h"
#include "projections/statistics.h"
#include "projections/timeline.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

Error not_there(const std::string& what) { return {Fault::kNotFound, what}; }

Result<const CycleState*> find_cycle(const State& state, const std::string& text) {
  const auto id = parse_cycle(text);
  if (!id) return Error{Fault::kRejected, "found \"" + printable(text) + "\", want PROGRAMME/CYCLE"};
  const auto* cycle = state.cycle(*id);
  if (cycle) return cycle;
  std::string known;
  for (const auto& [other, unused] : state.cycles) known += (known.empty() ? "" : ", ") + other.text();
  return not_there("no cycle " + printable(text) + "; there is " + (known.empty() ? "none" : known));
}

// The person behind an id or, where the reader may look, a staff number.
Result<std::optional<PersonId>> find_person(const State& state, const Ledger& ledger, const std::string& text, bool may_look) {
  if (state.person(PersonId{text})) return std::optional(PersonId{text});
  if (!may_look) return std::nullopt;
  return ledger.vault().person(text);
}

// Everything that goes by this id.
Result<std::vector<Card>> cards_for(const std::string& id, const State& state, const Ledger& ledger, Desk& desk, bool explained) {
  std::vector<Card> cards;
  if (const auto* application = state.application(id)) {
    cards.push_back(explained ? explain_application(state, *application, desk) : show_application(state, *application, desk));
  }
  if (const auto* pairing = state.pairing(id)) {
    cards.push_back(explained ? explain_pairing(state, *pairing, desk) : show_pairing(state, *pairing, desk));
  }
  if (cards.empty() && state.refused_by_ref.contains(id)) {
    Card card{id + ": nothing was recorded under this reference", {}};
    for (const auto sheet : {"applications", "activity"}) explain_refusals(state, id, sheet, desk, card);
    cards.push_back(std::move(card));
  }
  if (const auto slash = id.find('/'); slash != std::string::npos) {
    if (const auto* cycle = state.cycle({id.substr(0, slash), id.substr(slash + 1)})) cards.push_back(show_cycle(state, *cycle));
    DAYBOOK_TRY(const auto person, find_person(state, ledger, id.substr(slash + 1), desk.may_look()));
    const auto* coach = person ? state.coach(id.substr(0, slash), *person) : nullptr;
    if (coach) cards.push_back(show_coach(state, id.substr(0, slash), *person, *coach, desk));
    if (person && state.programme(id.substr(0, slash))) {
      Card refused{"coach " + id.substr(0, slash) + "/" + person->value + ": rows that were refused", {}};
      if (explain_refused_coach(state, id.substr(0, slash), *person, desk, refused)) cards.push_back(std::move(refused));
    }
  }
  if (cards.empty()) {
    DAYBOOK_TRY(const auto person, find_person(state, ledger, id, desk.may_look()));
    if (person) cards.push_back(show_person(state, *person, desk));
  }
  if (cards.empty()) {
    return not_there("nothing goes by " + printable(id) +
                     (desk.may_look() ? "" : "; a staff number is looked up with --as ACTOR --role ROLE --purpose TEXT"));
  }
  return cards;
}

// When "today" is for a view: now, or the moment that --at leads back to.
Instant moment_of(const Session::View& view, Instant now) {
  const auto& state = view.replayed.state;
  const bool past = state.end < view.ledger->programme().end();
  return view.at ? std::min(*view.at, now) : past ? state.last_recorded_at : now;
}

int answer_cards(const Settings& settings, const std::string& id, bool explained) {
  const std::string verb = explained ? "explain" : "show";
  Session session(settings);
  const auto view = session.view(verb);
  if (!view) return complain(view.error());
  const auto& [ledger, replayed, at] = view.value();
  const auto vault = ledger->vault();
  Desk desk(replayed.state, vault, session.may_look());
  const auto cards = cards_for(id, replayed.state, *ledger, desk, explained);
  if (!cards) return complain(cards.error());
  if (const auto written = session.account_for(verb, *ledger, desk, {}, replayed.state.end); !written) return complain(written.error());
  print_cards(cards.value(), session.format(Format::kText, Format::kText), settings.for_spreadsheet);
  if (!session.may_look() && session.format(Format::kText, Format::kText) == Format::kText) {
    std::printf("confidential fields are sealed; --as ACTOR --role ROLE --purpose TEXT shows them and leaves an access event\n");
  }
  return kDone;
}

}  // namespace

int charter_list(const Settings& settings) {
  Session session(settings);
  const auto view = session.view("charter list");
  if (!view) return complain(view.error());
  const auto& state = view.value().replayed.state;
  Table table{{"programme", "version", "sponsor", "seats", "allowance", "cycles", "position"}, {}};
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
  const auto* programme = view.value().replayed.state.programme(name);
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

int list_rows(const Settings& settings, const std::string& what, const std::string& cycle_text) {
  Session session(settings);
  const auto view = session.view("list");
  if (!view) return complain(view.error());
  const auto& [ledger, replayed, at] = view.value();
  const auto cycle = find_cycle(replayed.state, cycle_text);
  if (!cycle) return complain(cycle.error());
  const auto vault = ledger->vault();
  Desk desk(replayed.state, vault, session.may_look());
  const Day today = Zone::find(cycle.value()->rules->time_zone).value_or(Zone::utc()).day_of(moment_of(view.value(), session.clock.now()));
  const auto table = list(what, replayed.state, *cycle.value(), today, desk);
  if (!table) {
    std::string known;
    for (const auto& info : lists()) known += fmt::format("{}{}", known.empty() ? "" : ", ", info.name);
    return complain({Fault::kRejected, "list: found \"" + printable(what) + "\", want one of " + known});
  }
  if (const auto written = session.account_for("list " + what, *ledger, desk, cycle.value()->id, replayed.state.end); !written)
    return complain(written.error());
  print_table(*table, session.format(Format::kTable, Format::kCsv), settings.for_spreadsheet);
  return kDone;
}

int show(const Settings& settings, const std::string& id) { return answer_cards(settings, id, false); }
int explain(const Settings& settings, const std::string& id) { return answer_cards(settings, id, true); }

namespace {

// Reads the options of history into a filter; persons by id or, where the reader may look, by staff number.
Result<EventFilter> read_filter(const HistoryArguments& arguments, const State& state, const Ledger& ledger, bool may_look) {
  EventFilter filter;
  filter.stream = arguments.stream;
  filter.kind = arguments.kind;
  if (!filter.stream.empty() && !state.stream_versions.contains(filter.stream)) return not_there("no stream " + printable(filter.stream));
  const auto is_known = [&](const KindInfo& kind) { return kind.name == filter.kind; };
  if (!filter.kind.empty() && std::none_of(kinds().begin(), kinds().end(), is_known)) {
    return Error{Fault::kRejected, "--kind: found \"" + printable(filter.kind) + "\", want a kind of ledger/EVENTS.md, such as PairingAccepted"};
  }
  for (const auto& [text, moment, name] :
       {std::tuple(&arguments.since, &filter.since, "--since"), std::tuple(&arguments.until, &filter.until, "--until")}) {
    if (text->empty()) continue;
    const auto day = parse_day(*text);
    *moment = day ? std::optional(Instant(*day)) : parse_instant(*text);
    if (!*moment) return Error{Fault::kRejected, std::string(name) + ": found \"" + printable(*text) + "\", want a day (its start, UTC) or a time"};
  }
  if (!arguments.subject.empty()) {
    if (state.application(arguments.subject) || state.pairing(arguments.subject) || state.refused_by_ref.contains(arguments.subject)) {
      filter.ref = arguments.subject;
    } else {
      DAYBOOK_TRY(filter.person, find_person(state, ledger, arguments.subject, may_look));
      if (!filter.person)
        return not_there("nothing goes by " + printable(arguments.subject) + (may_look ? "" : "; a staff number is looked up with --as"));
    }
  }
  if (!arguments.actor.empty()) {
    DAYBOOK_TRY(filter.actor, find_person(state, ledger, arguments.actor, may_look));
    if (!filter.actor) return not_there("nobody goes by " + printable(arguments.actor) + (may_look ? "" : "; a staff number is looked up with --as"));
  }
  return filter;
}

// FROM, FROM-TO or FROM-: a half-open range of positions.
std::optional<std::pair<Position, Position>> read_range(const std::string& text, Position end) {
  if (text.empty()) return std::pair{Position{}, end};
  const auto number = [](const std::string& digits) -> std::optional<Position> {
    if (digits.empty() || digits.size() > 18 || digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    return Position{std::stoull(digits)};
  };
  const auto dash = text.find('-');
  const auto from = number(text.substr(0, dash));
  if (!from) return std::nullopt;
  if (dash == std::string::npos) return std::pair{*from, Position{from->value + 1}};
  if (dash + 1 == text.size()) return std::pair{*from, end};
  const auto to = number(text.substr(dash + 1));
  return to && *from <= *to ? std::optional(std::pair{*from, *to}) : std::nullopt;
}

std::string json_event(const Event& event, const std::string& said) {
  const auto& e = event.envelope;
  std::vector<Field> open;
  for (const auto& [name, value] : open_fields(event.body)) open.push_back({name, value});
  std::string sealed;
  for (const auto& field : kind_of(event.body).fields) {
    if (field.field_class != FieldClass::kOpen) sealed += fmt::format("{}{}", sealed.empty() ? "" : ", ", json_text(field.name));
  }
  const auto back = [](uint64_t plus_one) { return plus_one == 0 ? std::string("null") : std::to_string(plus_one - 1); };
  static constexpr std::string_view kChannels[] = {"cli", "import", "service", "clock"};
  return json_object({{"position", std::to_string(e.position.value), true},
                      {"event_id", to_hex(as_bytes(e.event_id))},
                      {"kind", kind_of(event.body).name},
                      {"stream", e.stream},
                      {"version", std::to_string(e.version), true},
                      {"recorded_at", to_text(e.recorded_at)},
                      {"happened_at", to_text(e.happened_at)},
                      {"subject", e.subject.value},
                      {"actor", e.provenance.actor.value},
                      {"role", e.provenance.role},
                      {"recorded_by", e.provenance.recorded_by.value},
                      {"channel", std::string(kChannels[static_cast<size_t>(e.provenance.channel)])},
                      {"batch", e.provenance.batch},
                      {"correlation", to_hex(as_bytes(e.correlation))},
                      {"caused_by", back(e.caused_by), true},
                      {"corrects", back(e.corrects), true},
                      {"charter_version", std::to_string(e.charter_version), true},
                      {"fields", json_object(open), true},
                      {"sealed", "[" + sealed + "]", true},
                      {"sentence", said}});
}

}  // namespace

int history(const Settings& settings, const HistoryArguments& arguments) {
  Session session(settings);
  const auto view = session.view("history");
  if (!view) return complain(view.error());
  const auto& [ledger, replayed, at] = view.value();
  const auto filter = read_filter(arguments, replayed.state, *ledger, session.may_look());
  if (!filter) return complain(filter.error());
  const auto range = read_range(arguments.position, replayed.state.end);
  if (!range) return complain({Fault::kRejected, "--position: found \"" + printable(arguments.position) + "\", want N, FROM-TO or FROM-"});
  const auto vault = ledger->vault();
  Desk desk(replayed.state, vault, session.may_look());
  const auto format = session.format(Format::kText, Format::kText);
  Table table{{"position", "recorded_at", "happened_at", "kind", "stream", "sentence"}, {}};
  std::vector<std::string> lines;  // kept until the look is written down
  uint64_t count = 0;
  const auto read = read_events(ledger->programme(), range->first, std::min(range->second, replayed.state.end), [&](const Event& event) {
    if (!passes(filter.value(), event, replayed.state)) return true;
    const auto& e = event.envelope;
    const auto said = sentence(event, desk);
    if (format == Format::kJson) {
      lines.push_back(json_event(event, said));
    } else if (format == Format::kText) {
      lines.push_back(
          fmt::format("{:>6}  {}  {}", e.position.value, to_text(std::chrono::floor<std::chrono::seconds>(e.happened_at)), printable(said)));
      if (e.corrects != 0) lines.back() += fmt::format("  [corrects {}]", e.corrects - 1);
    } else {
      table.add({std::to_string(e.position.value), to_text(e.recorded_at), to_text(e.happened_at), kind_of(event.body).name, e.stream, said});
    }
    return arguments.limit == 0 || ++count < arguments.limit;
  });
  if (!read) return complain(read.error());
  if (const auto written = session.account_for("history", *ledger, desk, {}, replayed.state.end); !written) return complain(written.error());
  if (format == Format::kCsv || format == Format::kTable) return print_table(table, format, settings.for_spreadsheet), kDone;
  const bool json = format == Format::kJson;
  if (json) std::printf("[");
  for (size_t i = 0; i < lines.size(); ++i) std::printf("%s%s", json ? (i == 0 ? "\n " : ",\n ") : "", (lines[i] + (json ? "" : "\n")).c_str());
  if (json) std::printf("\n]\n");
  return kDone;
}

int stats(const Settings& settings, const std::string& cycle_text, const std::string& audience) {
  if (audience != "team" && audience != "sponsor" && audience != "public") {
    return complain({Fault::kRejected, "--audience: found \"" + printable(audience) + "\", want team, sponsor or public"});
  }
  if (audience != "team" && !settings.at.empty())
    return complain({Fault::kRejected, "--at: sponsors and the public are answered from editions only"});
  Session session(settings);
  const auto view = session.view("stats");
  if (!view) return complain(view.error());
  const auto& [ledger, replayed, at] = view.value();
  const auto cycle = find_cycle(replayed.state, cycle_text);
  if (!cycle) return complain(cycle.error());
  if (audience != "team") return complain(not_there("no edition for this audience has been published"));
  const auto figures = statistics(replayed.state, *cycle.value(), ledger->vault());
  if (!figures) return complain(figures.error());
  std::vector<Field> fields;
  for (auto& [name, value] : named_figures(figures.value())) fields.push_back({name, value, true});
  fields.push_back({"as_of_position", std::to_string(replayed.state.end.value), true});
  fields.push_back({"checkpoint", fmt::format("{} {}", replayed.head.size, to_base64(replayed.head.root))});
  print_fields(fields, session.format(Format::kTable, Format::kTable));
  return kDone;
}

namespace {

// One book, checked from its stored bytes and held against its watermark.
Result<std::vector<Field>> check_book(const EventLog& log, const std::optional<SignedCheckpoint>& watermark, const VerifierKey& key,
                                      const std::string& folder, const std::string& name) {
  const std::string book = name + " book";
  const auto named = [&](const Error& error) { return Error{error.fault, book + ": " + error.message}; };
  Progress progress("verify " + book);
  auto verified = verify(log, key, [&](uint64_t events) { progress.show(fmt::format("{} of {} events", events, log.end().value)); });
  if (!verified) return named(verified.error());
  const auto held = watermark ? check_watermark(log, watermark->checkpoint) : Result<void>(success());
  if (!held) return named(held.error());
  const auto kept = check_kept(log, watermark_file(folder, name), key);
  if (!kept) return named(kept.error());
  const auto& v = verified.value();
  const uint64_t seen = watermark ? watermark->checkpoint.head.size : 0;
  const auto number = [](uint64_t value) { return std::to_string(value); };
  return std::vector<Field>{{"book", book},
                            {"events", number(v.events), true},
                            {"root", to_base64(v.head.root)},
                            {"commitments", number(v.commitments), true},
                            {"values_checked", number(v.values_checked), true},
                            {"origin", key.name},
                            {"checkpoints", number(v.checkpoints), true},
                            {"watermark", number(seen), true},
                            {"unseen", number(v.events - seen), true}};
}

void print_book(const std::vector<Field>& fields) {
  const auto field = [&](std::string_view name) {
    return std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; })->value.c_str();
  };
  std::printf("%s: %s events, root %s\n", field("book"), field("events"), field("root"));
  std::printf("  %s commitments, and every value in the vault fits its own\n", field("commitments"));
  std::printf("  %s signed checkpoints of %s; the watermark outside the database is at %s\n", field("checkpoints"), field("origin"),
              field("watermark"));
  if (std::string_view(field("unseen")) != "0") {
    std::printf("  nothing outside the database has seen the %s events from position %s on\n", field("unseen"), field("watermark"));
  }
}

}  // namespace

int verify_books(const Settings& settings) {
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadOnly, "verify", false);
  if (!opened) return complain(opened.error());
  Ledger& ledger = *opened.value();
  const auto access = ledger.access_log();
  if (!access) return complain(access.error());
  const auto first = check_book(ledger.programme(), ledger.watermark(), ledger.config().programme_key, ledger.folder(), "programme");
  if (!first) return complain(first.error());
  const auto second = check_book(*access.value().log, access.value().watermark, ledger.config().access_key, ledger.folder(), "access");
  if (!second) return complain(second.error());
  if (session.format(Format::kText, Format::kText) == Format::kJson) {
    std::printf("[%s,\n %s]\n", json_object(first.value()).c_str(), json_object(second.value()).c_str());
    return kDone;
  }
  if (const auto format = session.format(Format::kText, Format::kText); format != Format::kText) {
    Table table;
    for (const auto& field : first.value()) table.columns.push_back(field.name);
    for (const auto* book : {&first.value(), &second.value()}) {
      auto& row = table.rows.emplace_back();
      for (const auto& field : *book) row.push_back(field.value);
    }
    return print_table(table, format, settings.for_spreadsheet), kDone;
  }
  for (const auto* book : {&first.value(), &second.value()}) print_book(*book);
  std::printf("verified\n");
  return kDone;
}

int checkpoint(const Settings& settings) {
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadOnly, "checkpoint");
  if (!opened) return complain(opened.error());
  const auto& watermark = opened.value()->watermark();
  if (!watermark) return complain(not_there("no checkpoint was signed yet"));
  std::fwrite(watermark->note.data(), 1, watermark->note.size(), stdout);
  return kDone;
}

int prove_inclusion(const Settings& settings, uint64_t position) {
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadOnly, "prove inclusion");
  if (!opened) return complain(opened.error());
  const auto& watermark = opened.value()->watermark();
  const uint64_t size = watermark ? watermark->checkpoint.head.size : 0;
  if (position >= size)
    return complain(not_there(fmt::format("position {} is under no signed checkpoint; the newest has {} events", position, size)));
  const auto proof = prove_inclusion(opened.value()->programme(), position, size);
  if (!proof) return complain(proof.error());
  std::printf("%s", inclusion_text(proof.value(), position, watermark->note).c_str());
  return kDone;
}

int prove_consistency(const Settings& settings, uint64_t old_size, uint64_t size) {
  Session session(settings);
  const auto opened = session.open(OpenMode::kReadOnly, "prove consistency");
  if (!opened) return complain(opened.error());
  Ledger& ledger = *opened.value();
  std::string note = size == 0 && ledger.watermark() ? ledger.watermark()->note : "";
  if (size == 0 && ledger.watermark()) size = ledger.watermark()->checkpoint.head.size;
  if (ledger.watermark() && ledger.watermark()->checkpoint.head.size == size) note = ledger.watermark()->note;
  uint64_t below = 0, above = 0;  // 0: none
  const auto searched = ledger.programme().checkpoints([&](uint64_t at, std::string_view text) {
    if (at == size) note = text;
    if (at < size) below = at;
    if (at > size && above == 0) above = at;
    return true;
  });
  if (!searched) return complain(searched.error());
  if (note.empty()) {
    return complain(not_there(fmt::format("no checkpoint of {} events was signed; the nearest have {} and {}", size, below,
                                          above == 0 ? "no more" : std::to_string(above))));
  }
  const auto proof = prove_consistency(ledger.programme(), old_size, size);
  if (!proof) return complain(proof.error());
  std::printf("%s", consistency_text(proof.value(), old_size, note).c_str());
  return kDone;
}

namespace {

// What the newest checkpoint covers, and where the next one will stand.
struct Exported {
  uint64_t size = 0;  // 0: no checkpoint was signed yet
  std::string watermark_file;
  VerifierKey key;
};
Result<Exported> export_newest(const Settings& settings, const std::string& folder) {
  Session session(settings);
  DAYBOOK_TRY(auto* ledger, session.open(OpenMode::kReadOnly, "export tiles"));
  Exported exported{0, watermark_file(ledger->folder(), "programme"), ledger->config().programme_key};
  if (!ledger->watermark()) return exported;
  const auto& newest = *ledger->watermark();
  DAYBOOK_TRY(const auto written, write_tiles(ledger->programme(), newest, folder));
  exported.size = newest.checkpoint.head.size;
  std::printf("%s: %llu files written, checkpoint of %llu events\n", folder.c_str(), static_cast<unsigned long long>(written),
              static_cast<unsigned long long>(exported.size));
  std::fflush(stdout);
  return exported;
}

// SIGINT and SIGTERM, held back until somebody asks for them, so that a step is never cut short.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);  // threads that are made later inherit it
  }
  // Waits for one, for a quarter of a second at most.
  bool came() const {
    const timespec at_most{0, 250'000'000};
    return ::sigtimedwait(&signals_, nullptr, &at_most) > 0;
  }

 private:
  sigset_t signals_;
};

// Exports again whenever the watermark has moved on. A view of the database stands still, so each step opens its own.
Result<void> follow_exports(const Settings& settings, const std::string& folder) {
  const StopSignals stop;
  DAYBOOK_TRY(auto exported, export_newest(settings, folder));
  while (!stop.came()) {
    DAYBOOK_TRY(const auto watermark, read_watermark(exported.watermark_file, exported.key));
    if (!watermark || watermark->checkpoint.head.size == exported.size) continue;
    DAYBOOK_TRY(exported, export_newest(settings, folder));
  }
  return success();
}

}  // namespace

int export_tiles(const Settings& settings, const std::string& folder, bool follow) {
  if (follow) {
    const auto followed = follow_exports(settings, folder);
    return followed ? kDone : complain(followed.error());
  }
  const auto exported = export_newest(settings, folder);
  if (!exported) return complain(exported.error());
  return exported.value().size > 0 ? kDone : complain(not_there("no checkpoint was signed yet"));
}

int doctor(const Settings& settings) {
  Session session(settings);
  Table table{{"check", "result", "detail"}, {}};
  bool well = true;
  const auto note = [&](const std::string& check, bool good, const std::string& detail) {
    table.add({check, good ? "good" : "BAD", detail});
    well &= good;
  };
  const auto zones = zone_database_version();
  note("zone database", Zone::find("Europe/Zurich").has_value() && zones != "unknown", zones);
  note("clock", session.clock.now() > Instant(Day(std::chrono::year{2024} / 1 / 1)),
       to_text(std::chrono::floor<std::chrono::seconds>(session.clock.now())));
  const auto opened = session.open(OpenMode::kReadOnly, "doctor");
  const auto folder = ledger_folder(settings);
  note("ledger opens", opened.has_value(), opened ? folder : opened.error().message);
  if (opened) {
    Ledger& ledger = *opened.value();
    note("root key", true, ledger.config().root_key);
    struct stat log_key{};
    const bool log_key_good = ::stat(ledger.config().log_key.c_str(), &log_key) == 0 && (log_key.st_mode & 077) == 0;
    note("log key", log_key_good, ledger.config().log_key + (log_key_good ? "" : ": want it there, with mode 0600"));
    note("watermark", true, ledger.watermark() ? fmt::format("at {} events", ledger.watermark()->checkpoint.head.size) : "none yet");
    const auto replayed = replay(ledger.programme());
    note("programme book folds", replayed.has_value(),
         replayed ? fmt::format("{} events", ledger.programme().end().value) : replayed.error().message);
    const auto ahead = replayed ? replayed.value().state.last_recorded_at - session.clock.now() : std::chrono::microseconds{0};
    note("newest event is not from the future", ahead <= std::chrono::minutes{5}, replayed ? to_text(replayed.value().state.last_recorded_at) : "");
    const auto access = ledger.access_log();
    note("access book opens", access.has_value(), access ? fmt::format("{} events", access.value().log->end().value) : access.error().message);
    struct statvfs disk{};
    const bool asked = ::statvfs(folder.c_str(), &disk) == 0;
    const uint64_t free_mb = asked ? disk.f_bavail * disk.f_frsize >> 20 : 0;
    note("free disk space", free_mb >= 256, fmt::format("{} MiB, want 256", free_mb));
    table.add({"writer", "good", somebody_writes(folder, "programme") ? "somebody holds the programme book" : "nobody holds the programme book"});
  }
  print_table(table, session.format(Format::kTable, Format::kTable), settings.for_spreadsheet);
  if (!opened) return complain(opened.error());
  return well ? kDone : kFailed;
}

}  // namespace daybook
