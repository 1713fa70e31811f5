// The verb history: the events themselves.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "ledger/codec.h"
#include "ledger/cohort.h"
#include "projections/timeline.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

std::string sealed_hint(const Desk& desk) {
  return desk.may_look() ? "" : "; a staff number is looked up with --as ACTOR --role ROLE --purpose TEXT";
}

// Reads the options of history into a filter; persons by id or, where the reader may look, by staff number.
Result<EventFilter> read_filter(const HistoryArguments& arguments, const State& state, Desk& desk) {
  EventFilter filter;
  filter.stream = arguments.stream;
  filter.kind = arguments.kind;
  if (!filter.stream.empty() && !state.stream_versions.contains(filter.stream)) return not_there("no stream " + printable(filter.stream));
  const auto is_known = [&](const KindInfo& kind) { return kind.name == filter.kind; };
  if (!filter.kind.empty() && std::none_of(kinds().begin(), kinds().end(), is_known)) {
    return Error{Fault::kRejected, "--kind: found \"" + printable(filter.kind) + "\", want a kind of ledger/EVENTS.md, such as PairingAccepted"};
  }
  filter.role = arguments.role;
  if (!arguments.correlation.empty()) {
    const auto bytes = from_hex(arguments.correlation);
    if (!bytes || bytes->size() != 16)
      return Error{Fault::kRejected, "--correlation: found \"" + printable(arguments.correlation) + "\", want 32 hex digits"};
    filter.correlation = *bytes;
  }
  for (const auto& [text, moment, name] :
       {std::tuple(&arguments.since, &filter.since, "--since"), std::tuple(&arguments.until, &filter.until, "--until"),
        std::tuple(&arguments.happened_since, &filter.happened_since, "--happened-since")}) {
    if (text->empty()) continue;
    const auto day = parse_day(*text);
    *moment = day ? std::optional(Instant(*day)) : parse_instant(*text);
    if (!*moment) return Error{Fault::kRejected, std::string(name) + ": found \"" + printable(*text) + "\", want a day (its start, UTC) or a time"};
  }
  const auto& subject = arguments.subject;
  const bool is_thing = state.application(subject) || state.pairing(subject);
  if (!subject.empty() && !is_thing) filter.person = desk.find(subject);
  if (!filter.person) filter.ref = subject;  // perhaps of rows that were refused
  if (!arguments.actor.empty() && !(filter.actor = desk.find(arguments.actor)))
    return not_there("nobody goes by " + printable(arguments.actor) + sealed_hint(desk));
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

// The events that pass, in one form, kept until the look is written down.
class Told {
 public:
  Told(Format format, Desk& desk) : format_(format), desk_(desk) {}

  void add(const Event& event) {
    const auto& e = event.envelope;
    const auto said = sentence(event, desk_);
    ++count;
    if (format_ == Format::kJson) {
      lines_.push_back(json_event(event, said));
    } else if (format_ == Format::kText) {
      const auto corrects = e.corrects == 0 ? std::string() : fmt::format("  [corrects {}]", e.corrects - 1);
      lines_.push_back(fmt::format("{:>6}  {}  {}{}", e.position.value, to_text(std::chrono::floor<std::chrono::seconds>(e.happened_at)),
                                   printable(said), corrects));
    } else {
      table_.add({std::to_string(e.position.value), to_text(e.recorded_at), to_text(e.happened_at), kind_of(event.body).name, e.stream, said});
    }
  }

  void print(bool for_spreadsheet) const {
    if (format_ == Format::kCsv || format_ == Format::kTable) return print_table(table_, format_, for_spreadsheet);
    const bool json = format_ == Format::kJson;
    if (json) std::printf("[");
    for (size_t i = 0; i < lines_.size(); ++i) std::printf("%s%s%s", !json ? "" : i == 0 ? "\n " : ",\n ", lines_[i].c_str(), json ? "" : "\n");
    if (json) std::printf("\n]\n");
  }

  uint64_t count = 0;

 private:
  const Format format_;
  Desk& desk_;
  Table table_{{number("position"), "recorded_at", "happened_at", "kind", "stream", "sentence"}, {}};
  std::vector<std::string> lines_;
};

}  // namespace

int history(const Settings& settings, const HistoryArguments& arguments) {
  Session session(settings);
  const auto opened = session.view("history");
  if (!opened) return complain(opened.error());
  auto& view = *opened.value();
  auto filter = read_filter(arguments, view.state(), *view.desk);
  if (!filter) {
    const auto written = session.account_for("history", view);  // that nobody was found is an answer too
    return complain(written ? filter.error() : written.error());
  }
  filter.value().happened_by = view.as_of.happened;
  const auto range = read_range(arguments.position, view.state().end);
  if (!range) {
    return complain(
        {Fault::kRejected, "--position: found \"" + printable(arguments.position) + "\", want N, FROM-TO (FROM no greater than TO) or FROM-"});
  }
  if (range->first > view.state().end || (range->first == view.state().end && arguments.position.find('-') == std::string::npos)) {
    return complain(not_there(fmt::format("--position: found {}, the record ends at {}", range->first.value, view.state().end.value)));
  }
  Told told(session.format(Format::kText, Format::kText), *view.desk);
  const auto take = [&](const Event& event) {
    if (passes(filter.value(), event, view.state())) told.add(event);
    return arguments.limit == 0 || told.count < arguments.limit;
  };
  const auto& log = view.ledger.programme();
  const Position end = std::min(range->second, view.state().end);
  const auto& person = filter.value().person;
  const auto read =
      person ? read_events_about(log, labels_about(*person, view.state()), range->first, end, take) : read_events(log, range->first, end, take);
  if (!read) return complain(read.error());
  if (const auto written = session.account_for("history", view); !written) return complain(written.error());
  if (told.count == 0 && !filter.value().ref.empty() && !view.state().application(filter.value().ref) && !view.state().pairing(filter.value().ref)) {
    return complain(not_there("nothing goes by " + printable(arguments.subject) + sealed_hint(*view.desk)));
  }
  told.print(settings.for_spreadsheet);
  return kDone;
}

}  // namespace daybook
