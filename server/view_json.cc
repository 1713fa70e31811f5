#include "server/view_json.h"

#include <fmt/format.h>

#include "ledger/civil_time.h"
#include "ledger/state_bytes.h"
#include "server/strict_json.h"

namespace daybook {
namespace {

// The JSON of each item, in brackets.
template <class Items, class Write>
std::string list_json(const Items& items, const Write& write) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ",") + write(item);
  return "[" + text + "]";
}

std::string positions_json(const std::vector<Position>& positions) {
  return list_json(positions, [](Position position) { return std::to_string(position.value); });
}

std::string cell_json(const Column& column, const std::string& cell) {
  if (column.cells != Cells::kNumber) return json_string(cell);
  return cell.empty() ? "null" : cell;
}

std::string row_json(const Table& table, const std::vector<std::string>& row) {
  std::string text;
  for (size_t i = 0; i < row.size(); ++i) {
    text += fmt::format("{}{}:{}", i > 0 ? "," : "", json_string(table.columns[i].name), cell_json(table.columns[i], row[i]));
  }
  return "{" + text + "}";
}

std::string line_json(const Line& line) {
  return fmt::format(R"({{"label":{},"value":{},"events":{}}})", json_string(line.label), json_string(line.value), positions_json(line.events));
}

std::string section_json(const Section& section) {
  return fmt::format(R"({{"heading":{},"lines":{}}})", json_string(section.heading), list_json(section.lines, line_json));
}

std::string card_json(const Card& card) {
  return fmt::format(R"({{"title":{},"sections":{}}})", json_string(card.title), list_json(card.sections, section_json));
}

std::string table_json(const ToldTable& table) {
  const auto groups = list_json(table.groups, [](const auto& group) {
    return fmt::format(R"({{"group":{},"count":{}}})", list_json(group.first, [](const std::string& name) { return json_string(name); }),
                       group.second);
  });
  return fmt::format(R"({{"name":{},"counts":{},"by":{},"edition":{},"total":{},"groups":{}}})", json_string(table.name), json_string(table.counts),
                     json_string(table.by), table.edition, table.total(), groups);
}

}  // namespace

std::string standing_json(const TreeHead& head, const std::vector<Position>& looks) {
  return fmt::format(R"("position":{},"checkpoint":{{"size":{},"root":"{}"}},"state_version":{}{})", head.size, head.size, to_base64(head.root),
                     kStateVersion, looks.empty() ? "" : ",\"looks\":" + positions_json(looks));
}

std::string rows_json(const Table& table, size_t first, size_t end) {
  std::string text;
  for (size_t i = first; i < end; ++i) text += (text.empty() ? "" : ",") + row_json(table, table.rows[i]);
  return "[" + text + "]";
}

std::string cards_json(const std::vector<Card>& cards) { return list_json(cards, card_json); }

std::string edition_json(const Edition& edition) {
  const auto& told = edition.published();
  return fmt::format(
      R"({{"programme":{},"cycle":{},"audience":{},"edition":{},"due_on":"{}","published_at":"{}","counted_to":{},"minimum":{},"published":{},"tables":{}}})",
      json_string(told.programme), json_string(told.cycle), json_string(told.audience), told.edition, to_text(told.due_on),
      to_text(edition.event.envelope.recorded_at), told.counted_to, told.minimum, edition.event.envelope.position.value,
      list_json(edition.tables, table_json));
}

}  // namespace daybook
