// Verbs that show a programme as it is, or was: list, find, show, explain, stats.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "projections/lists.h"
#include "projections/statistics.h"
#include "projections/things.h"
#include "projections/whole_lists.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

Result<const CycleState*> find_cycle(const State& state, const std::string& text) {
  const auto id = parse_cycle(text);
  if (!id) return Error{Fault::kRejected, "found \"" + printable(text) + "\", want PROGRAMME/CYCLE"};
  const auto* cycle = state.cycle(*id);
  if (cycle) return cycle;
  std::string known;
  for (const auto& [other, unused] : state.cycles) known += (known.empty() ? "" : ", ") + other.text();
  return not_there("no cycle " + printable(text) + "; there is " + (known.empty() ? "none" : known));
}

Result<std::vector<RefusedRow>> refused_in(const Inquiry& view, const RefusedFilter& filter) {
  return refused_rows(view.ledger.programme(), view.state().end, view.as_of.happened, filter);
}

int answer_cards(const Settings& settings, const std::string& id, bool explained) {
  const std::string verb = explained ? "explain" : "show";
  Session session(settings);
  const auto opened = explained ? session.view(verb) : session.view(verb, id, Session::Scope::kThing);
  if (!opened) return complain(opened.error());
  auto& view = *opened.value();
  const auto answer = things({view.state(), view.ledger.programme(), view.as_of.happened, *view.desk}, id, explained);
  if (!answer) return complain(answer.error());
  const auto& cards = answer.value();
  if (const auto written = session.account_for(verb, view, {}, !cards.empty()); !written) return complain(written.error());
  if (cards.empty()) return complain(nothing_goes_by(id, *view.desk));
  const auto format = session.format(Format::kText, Format::kText);
  print_cards(cards, format, settings.for_spreadsheet, session.looks());
  if (!view.desk->may_look() && format == Format::kText) {
    std::printf("confidential fields are sealed; --as ACTOR --role ROLE --purpose TEXT shows them and leaves an access event\n");
  }
  return kDone;
}

// The last steps of every table: sorted, the look written down, printed.
int answer_table(Session& session, const Inquiry& view, Table table, const std::string& verb, const CycleId& cycle) {
  if (const auto sorted = sort_as_asked(table, session.settings().sort); !sorted) return complain(sorted.error());
  if (const auto written = session.account_for(verb, view, cycle, !table.rows.empty()); !written) return complain(written.error());
  print_table(table, session.format(Format::kTable, Format::kCsv), session.settings().for_spreadsheet);
  return kDone;
}

}  // namespace

namespace {

int list_whole(const Settings& settings, const std::string& what) {
  Session session(settings);
  const auto opened = session.view("list");
  if (!opened) return complain(opened.error());
  auto& view = *opened.value();
  auto table = whole_list(what, view);
  if (!table) return complain(table.error());
  return answer_table(session, view, std::move(table).value(), "list " + what, {});
}

}  // namespace

int list_rows(const Settings& settings, const std::string& what, const std::string& cycle_text) {
  const bool whole = is_whole_list(what);
  if (whole && cycle_text.empty()) return list_whole(settings, what);
  if (whole || cycle_text.empty()) {
    return complain(
        {Fault::kRejected,
         "list: want PROGRAMME/CYCLE, and with imports, roles, proposals and glasses none: `list seats iom-coaching/2024`, `list imports`"});
  }
  Session session(settings);
  // A coach's places are taken by the pairings of all cycles.
  const auto opened = session.view("list", cycle_text, what == "coaches" ? Session::Scope::kAll : Session::Scope::kCohort);
  if (!opened) return complain(opened.error());
  auto& view = *opened.value();
  const auto cycle = find_cycle(view.state(), cycle_text);
  if (!cycle) return complain(cycle.error());
  auto table = list(what, view.state(), *cycle.value(), day_of(view, *cycle.value(), session.clock.now()), *view.desk);
  if (what == "refused") {
    const auto rows = refused_in(view, {"", "", "", cycle.value()->id, std::nullopt});
    if (!rows) return complain(rows.error());
    table = refused(rows.value(), *view.desk);
  }
  if (!table) {
    std::string known = "imports, roles, proposals, glasses, refused";
    for (const auto& info : lists()) known += fmt::format(", {}", info.name);
    return complain({Fault::kRejected, "list: found \"" + printable(what) + "\", want one of " + known});
  }
  return answer_table(session, view, std::move(*table), "list " + what, cycle.value()->id);
}

int find_people(const Settings& settings, const std::vector<std::string>& words) {
  if (!names_reader(settings)) return complain({Fault::kRejected, "find: want --as ACTOR --role ROLE --purpose TEXT: whom it finds is confidential"});
  Session session(settings);
  const auto opened = session.view("find");
  if (!opened) return complain(opened.error());
  auto& view = *opened.value();
  std::vector<std::string> each;  // also of words that came as one argument
  for (const auto& word : words) {
    std::istringstream parts(word);
    for (std::string part; parts >> part;) each.push_back(part);
  }
  return answer_table(session, view, people(each, *view.desk), "find", {});
}

int show(const Settings& settings, const std::string& id) { return answer_cards(settings, id, false); }
int explain(const Settings& settings, const std::string& id) { return answer_cards(settings, id, true); }

namespace {

// Sponsors have the edition that is theirs, and so has whoever may have the team's figures; the public's is everybody's.
bool may_have(const std::string& audience, const CycleState& cycle, const Inquiry& view) {
  const Matter of{{}, cycle.id, ""};
  if (audience == "public") return true;
  if (view.desk->reaches("figures", of) && (audience != "team" || may_count(view.state(), cycle.id, *view.desk))) return true;
  const auto& reader = view.reader;
  return audience == "sponsor" && reader.role == Role::kSponsor &&
         relation(*reader.state, reader.actor, reader.role, of, reader.today()) == Relation::kInScope;
}

}  // namespace

int stats(const Settings& settings, const std::string& cycle_text, const std::string& audience, uint32_t edition) {
  if (audience != "team" && audience != "sponsor" && audience != "public") {
    return complain({Fault::kRejected, "--audience: found \"" + printable(audience) + "\", want team, sponsor or public"});
  }
  if (audience != "team" && !(settings.at.empty() && settings.happened_by.empty()))
    return complain({Fault::kRejected, "--at and --happened-by: sponsors and the public are answered from editions only"});
  if (audience == "team" && edition > 0)
    return complain({Fault::kRejected, "--edition: the team is answered from the record; want --audience sponsor or public"});
  Session session(settings);
  const auto opened = session.view("stats", cycle_text, Session::Scope::kCohort);
  if (!opened) return complain(opened.error());
  const auto& view = *opened.value();
  const auto cycle = find_cycle(view.state(), cycle_text);
  if (!cycle) return complain(cycle.error());
  const auto& id = cycle.value()->id;
  if (!may_have(audience, *cycle.value(), view)) {
    if (const auto written = session.account_for("stats", view, id, false); !written) return complain(written.error());
    return complain(not_there("no figures of " + id.text() + " for this role"));
  }
  if (audience != "team") {
    if (const auto written = session.account_for("stats", view, id); !written) return complain(written.error());
    return tell_edition(session, view, *cycle.value(), audience, edition);
  }
  const auto figures = statistics(view.state(), *cycle.value(), view.vault);
  if (!figures) return complain(figures.error());
  const bool earlier = !settings.at.empty() || !settings.happened_by.empty();
  const auto told = as_told(figures.value(), id, earlier, *view.desk);
  if (const auto written = session.account_for("stats", view, id); !written) return complain(written.error());
  std::vector<Field> fields;
  for (auto& [name, value] : named_figures(told)) fields.push_back({name, value, true});
  fields.push_back({"as_of_position", std::to_string(view.state().end.value), true});
  fields.push_back({"checkpoint", fmt::format("{} {}", view.head().size, to_base64(view.head().root))});
  print_fields(fields, session.format(Format::kTable, Format::kTable));
  return kDone;
}

}  // namespace daybook
