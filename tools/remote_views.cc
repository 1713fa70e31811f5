// Verbs that ask a service: lists, people, cards, figures, charters, looks.
#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <cstdio>
#include <sstream>

#include "projections/lists.h"
#include "projections/whole_lists.h"
#include "tools/html.h"
#include "tools/remote.h"
#include "tools/remote_json.h"
#include "tools/remote_names.h"
#include "tools/remote_verbs.h"

namespace daybook {
namespace {

constexpr const char* kPage = "5000";  // rows, as many as a page may have

// Opens the way to the service and has `answer` print what it says.
template <class Answer>
int asked(const Settings& settings, const Answer& answer) {
  const auto remote = Remote::reach(settings);
  if (!remote) return complain(remote.error());
  const Result<void> answered = answer(*remote.value());
  return answered ? int{kDone} : complain(answered.error());
}

Result<CycleId> read_cycle(const std::string& text) {
  const auto cycle = parse_cycle(text);
  if (!cycle) return Error{Fault::kRejected, "found \"" + printable(text) + "\", want PROGRAMME/CYCLE"};
  return *cycle;
}

std::string path_of(const CycleId& cycle) { return fmt::format("/v1/programmes/{}/cycles/{}", escaped(cycle.programme), escaped(cycle.cycle)); }

// Where the rows of a list are.
Result<std::string> path_of_list(const std::string& what, const std::string& cycle) {
  if (is_whole_list(what) != cycle.empty()) {
    return Error{Fault::kRejected,
                 "list: want PROGRAMME/CYCLE, and with imports, roles, proposals and glasses none: `list seats iom-coaching/2024`, `list imports`"};
  }
  if (cycle.empty()) return "/v1/" + what;
  std::string known = "imports, roles, proposals, glasses, refused";
  for (const auto& info : lists()) known += fmt::format(", {}", info.name);
  if (columns_of_list(what).empty()) return Error{Fault::kRejected, "list: found \"" + printable(what) + "\", want one of " + known};
  DAYBOOK_TRY(const auto id, read_cycle(cycle));
  return fmt::format("{}/{}", path_of(id), escaped(what));
}

Result<Table> rows_of(Remote& remote, const Question& question, std::string_view list) {
  DAYBOOK_TRY(auto pages, remote.want_pages(question, "rows"));
  const boost::json::object all{{"rows", std::move(pages.items)}};
  return rows_in(all, "rows", columns_of_list(list));
}

void print_rows(const Settings& settings, const Table& table) {
  print_table(table, answer_format(settings, Format::kTable, Format::kCsv), settings.for_spreadsheet);
}

// The same error, in the words that are used of a ledger of one's own, if it says that there is nothing.
Error in_words(Error error, const std::string& words) {
  const bool nothing = error.message.find("(not-found, ") != std::string::npos;  // a no of another kind says more
  return nothing ? not_there(words) : error;
}

Result<void> print_figures(const Settings& settings, const boost::json::object& answer) {
  DAYBOOK_TRY(const auto figures, figures_in(answer, "figures"));
  std::vector<Field> fields;
  for (const auto& figure : figures) fields.push_back({figure.name, figure.value, true});
  const auto* checkpoint = answer.if_contains("checkpoint");
  const boost::json::object head = checkpoint && checkpoint->is_object() ? checkpoint->get_object() : boost::json::object();
  fields.push_back({"as_of_position", std::to_string(member_number(answer, "position").value_or(0)), true});
  fields.push_back({"checkpoint", fmt::format("{} {}", member_number(head, "size").value_or(0), member_text(head, "root"))});
  print_fields(fields, answer_format(settings, Format::kTable, Format::kTable));
  return success();
}

Result<void> want_stats_use(const Settings& settings, const std::string& audience, uint32_t edition) {
  const bool of_moment = !settings.at.empty() || !settings.happened_by.empty();
  if (audience != "team" && audience != "sponsor" && audience != "public") {
    return Error{Fault::kRejected, "--audience: found \"" + printable(audience) + "\", want team, sponsor or public"};
  }
  if (audience != "team" && of_moment)
    return Error{Fault::kRejected, "--at and --happened-by: sponsors and the public are answered from editions only"};
  if (audience == "team" && edition > 0)
    return Error{Fault::kRejected, "--edition: the team is answered from the record; want --audience sponsor or public"};
  return success();
}

void print_charter(const Settings& settings, const boost::json::object& answer) {
  const auto text = member_text(answer, "text");
  if (answer_format(settings, Format::kText, Format::kText) != Format::kJson) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return;
  }
  std::printf("%s\n", json_object({{"programme", member_text(answer, "programme")},
                                   {"version", std::to_string(member_number(answer, "version").value_or(0)), true},
                                   {"adopted", std::to_string(member_number(answer, "adopted").value_or(0)), true},
                                   {"text", text}})
                          .c_str());
}

}  // namespace

int remote_list(const Settings& settings, const std::string& what, const std::string& cycle) {
  return asked(settings, [&](Remote& remote) -> Result<void> {
    DAYBOOK_TRY(const auto path, path_of_list(what, cycle));
    const auto query = query_of({{"at", settings.at}, {"happened-by", settings.happened_by}, {"sort", settings.sort}, {"limit", kPage}});
    auto table = rows_of(remote, {.path = path + query}, what);
    if (!table) return in_words(table.error(), "no cycle " + printable(cycle));
    print_rows(settings, table.value());
    return success();
  });
}

int remote_find(const Settings& settings, const std::vector<std::string>& words) {
  return asked(settings, [&](Remote& remote) -> Result<void> {
    if (!settings.at.empty() || !settings.happened_by.empty())
      return Error{Fault::kRejected, "find: over the wire people are looked for as they are now; --at and --happened-by go without --server"};
    boost::json::array each;  // also of words that came as one argument
    for (const auto& word : words) {
      std::istringstream parts(word);
      for (std::string part; parts >> part;) each.emplace_back(part);
    }
    const boost::json::object body{{"words", std::move(each)}};
    DAYBOOK_TRY(const auto answer, remote.want_object({.path = "/v1/find", .body = boost::json::serialize(body), .method = "POST"}));
    DAYBOOK_TRY(auto table, rows_in(answer, "rows", columns_of_list("people")));
    if (const auto total = member_number(answer, "total").value_or(0); total > table.rows.size())
      std::fprintf(stderr, "daybook: these are the first %zu of %llu\n", table.rows.size(), static_cast<unsigned long long>(total));
    DAYBOOK_TRY(sort_as_asked(table, settings.sort));
    print_rows(settings, table);
    return success();
  });
}

int remote_cards(const Settings& settings, const std::string& id, bool explained) {
  return asked(settings, [&](Remote& remote) -> Result<void> {
    boost::json::object body{{"id", id}};
    if (!settings.at.empty()) body["at"] = settings.at;
    if (!settings.happened_by.empty()) body["happened-by"] = settings.happened_by;
    const auto answer = remote.want_object({.path = explained ? "/v1/explain" : "/v1/show", .body = boost::json::serialize(body), .method = "POST"});
    if (!answer) return in_words(answer.error(), "nothing goes by " + printable(id));
    DAYBOOK_TRY(const auto cards, cards_in(answer.value(), "things"));
    print_cards(cards, answer_format(settings, Format::kText, Format::kText), settings.for_spreadsheet, remote.looks());
    return success();
  });
}

int remote_stats(const Settings& settings, const std::string& cycle, const std::string& audience, uint32_t edition) {
  return asked(settings, [&](Remote& remote) -> Result<void> {
    DAYBOOK_TRY(want_stats_use(settings, audience, edition));
    DAYBOOK_TRY(const auto id, read_cycle(cycle));
    const auto query = query_of({{"audience", audience},
                                 {"edition", edition > 0 ? std::to_string(edition) : ""},
                                 {"at", settings.at},
                                 {"happened-by", settings.happened_by}});
    const auto answer = remote.want_object({.path = path_of(id) + "/stats" + query, .confidential = audience != "public"});
    if (!answer) return in_words(answer.error(), "no figures of " + printable(id.text()) + " for this role, or none yet");
    if (audience == "team") return print_figures(settings, answer.value());
    DAYBOOK_TRY(const auto told, edition_in(answer.value()));
    print_edition(settings, told);
    return success();
  });
}

int remote_charter_list(const Settings& settings) {
  return asked(settings, [&](Remote& remote) -> Result<void> {
    DAYBOOK_TRY(const auto answer, remote.want_object({.path = "/v1/programmes", .confidential = false}));
    const auto* programmes = answer.if_contains("programmes");
    Table table{{"programme", number("version"), "sponsor", "cycles"}, {}};
    if (!programmes || !programmes->is_array()) return Error{Fault::kBusy, "the answer has no programmes"};
    for (const auto& value : programmes->get_array()) {
      const auto* programme = value.if_object();
      const auto* cycles = programme ? programme->if_contains("cycles") : nullptr;
      if (!cycles || !cycles->is_array()) return Error{Fault::kBusy, "the answer has no cycles"};
      std::string names;
      for (const auto& name : cycles->get_array()) names += (names.empty() ? "" : "; ") + std::string(name.is_string() ? name.get_string() : "");
      table.add({member_text(*programme, "programme"), std::to_string(member_number(*programme, "charter_version").value_or(0)),
                 member_text(*programme, "sponsor"), names});
    }
    print_table(table, answer_format(settings, Format::kTable, Format::kTable), settings.for_spreadsheet);
    return success();
  });
}

int remote_charter_show(const Settings& settings, const std::string& programme) {
  return asked(settings, [&](Remote& remote) -> Result<void> {
    const auto query = query_of({{"at", settings.at}, {"happened-by", settings.happened_by}});
    const auto answer = remote.want_object({.path = fmt::format("/v1/programmes/{}/charters/newest{}", escaped(programme), query)});
    if (!answer) return in_words(answer.error(), "no programme " + printable(programme));
    print_charter(settings, answer.value());
    return success();
  });
}

int remote_access_log(const Settings& settings, const LookQuestion& arguments) {
  return asked(settings, [&](Remote& remote) -> Result<void> {
    const auto question = question_about("/v1/access-log", {{"about", arguments.about}, {"by", arguments.by}},
                                         {{"since", arguments.since}, {"until", arguments.until}, {"limit", "1000"}});
    DAYBOOK_TRY(const auto table, rows_of(remote, question, "access-log"));
    print_rows(settings, table);
    return success();
  });
}

int remote_rights_export(const Settings& settings, const std::string& text) {
  return asked(settings, [&](Remote& remote) -> Result<void> {
    DAYBOOK_TRY(const auto person, person_named(remote, text));
    const auto answer = remote.want_object({.path = fmt::format("/v1/people/{}/export", escaped(person))});
    if (!answer) return in_words(answer.error(), "rights export: nobody goes by that name of whom it may be told");
    DAYBOOK_TRY(const auto cards, cards_in(answer.value(), "cards"));
    const auto format = answer_format(settings, Format::kText, Format::kText);
    if (format == Format::kText) {
      std::fputs(html_page("What is held of you", cards).c_str(), stdout);
    } else {
      print_cards(cards, format, settings.for_spreadsheet, remote.looks());
    }
    return success();
  });
}

}  // namespace daybook
