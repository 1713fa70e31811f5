// What sponsors and the public are told: `stats --audience sponsor` and `public`.
#include <fmt/format.h>

#include <cstdio>

#include "projections/editions.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

std::string groups_json(const GroupCounts& groups) {
  std::vector<std::string> all;
  for (const auto& [group, count] : groups) {
    std::vector<std::string> names;
    for (const auto& name : group) names.push_back(json_text(name));
    all.push_back(json_object({{"group", fmt::format("[{}]", fmt::join(names, ", ")), true}, {"count", std::to_string(count), true}}));
  }
  return fmt::format("[{}]", fmt::join(all, ", "));
}

std::string tables_json(const std::vector<ToldTable>& tables) {
  std::vector<std::string> all;
  for (const auto& table : tables) {
    all.push_back(json_object({{"name", table.name},
                               {"counts", table.counts},
                               {"by", table.by},
                               {"edition", std::to_string(table.edition), true},
                               {"total", std::to_string(table.total()), true},
                               {"groups", groups_json(table.groups), true}}));
  }
  return fmt::format("[{}]", fmt::join(all, ", "));
}

void print_json(const Edition& edition) {
  const auto& told = edition.published();
  std::printf("%s\n", json_object({{"programme", told.programme},
                                   {"cycle", told.cycle},
                                   {"audience", told.audience},
                                   {"edition", std::to_string(told.edition), true},
                                   {"due_on", to_text(told.due_on)},
                                   {"published_at", to_text(edition.event.envelope.recorded_at)},
                                   {"counted_to", std::to_string(told.counted_to), true},
                                   {"minimum", std::to_string(told.minimum), true},
                                   {"position", std::to_string(edition.event.envelope.position.value), true},
                                   {"tables", tables_json(edition.tables), true}})
                          .c_str());
}

// The edition beside each figure: a row of a spreadsheet says by itself what it is.
Table with_edition(Table table, const EditionPublished& told) {
  table.columns.insert(table.columns.begin(), {number("edition"), "due_on", number("minimum")});
  for (auto& row : table.rows) row.insert(row.begin(), {std::to_string(told.edition), to_text(told.due_on), std::to_string(told.minimum)});
  return table;
}

std::string headline(const EditionPublished& told) {
  return fmt::format("edition {} of {}/{} for the {}, due {}: no figure, remainder or change tells of fewer than {} people", told.edition,
                     printable(told.programme), printable(told.cycle), told.audience, to_text(told.due_on), told.minimum);
}

Error none_yet(const CycleState& cycle, const std::string& audience, uint32_t number) {
  const auto next = next_edition_day(cycle, audience);
  const auto what = number == 0 ? "no edition" : fmt::format("no edition {}", number);
  return not_there(fmt::format("{} of {} for the {} was published; {}", what, cycle.id.text(), audience,
                               next ? "the next is due on " + to_text(*next) + " (`daybook tick` publishes what is due)" : "none is due"));
}

}  // namespace

void print_edition(const Settings& settings, const Edition& edition) {
  const auto format = answer_format(settings, Format::kTable, Format::kTable);
  if (format == Format::kJson) return print_json(edition);
  if (format == Format::kCsv) return print_table(with_edition(figures(edition), edition.published()), format, settings.for_spreadsheet);
  std::printf("%s\n", headline(edition.published()).c_str());
  print_table(figures(edition), format);
}

int tell_edition(const Session& session, const Inquiry& view, const CycleState& cycle, const std::string& audience, uint32_t number) {
  const auto found = find_edition(view.ledger.programme(), cycle, audience, number);
  if (!found) return complain(found.error());
  if (!found.value()) return complain(none_yet(cycle, audience, number));
  print_edition(session.settings(), *found.value());
  return kDone;
}

}  // namespace daybook
