#include "tools/output.h"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdio>

#include "ledger/csv.h"
#include "ledger/printable.h"

namespace daybook {
namespace {

int64_t now_us() { return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Columns on the screen, counting a UTF-8 character as one.
size_t width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

void out(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

std::string events_text(const std::vector<Position>& events) {
  if (events.empty()) return {};
  std::string text = events.size() == 1 ? "  [event " : "  [events ";
  for (size_t i = 0; i < events.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(events[i].value);
  return text + "]";
}

std::string json_card(const Card& card, const std::vector<Position>& looks) {
  std::string text = "{\"title\": " + json_text(card.title) + json_looks(looks) + ", \"sections\": [";
  for (size_t i = 0; i < card.sections.size(); ++i) {
    const auto& section = card.sections[i];
    text += (i > 0 ? ", " : "") + std::string("{\"heading\": ") + json_text(section.heading) + ", \"lines\": [";
    for (size_t j = 0; j < section.lines.size(); ++j) {
      const auto& line = section.lines[j];
      text += (j > 0 ? ", " : "") + std::string("{\"label\": ") + json_text(line.label) + ", \"value\": " + json_text(line.value) + ", \"events\": [";
      for (size_t k = 0; k < line.events.size(); ++k) text += (k > 0 ? ", " : "") + std::to_string(line.events[k].value);
      text += "]}";
    }
    text += "]}";
  }
  return text + "]}";
}

std::vector<std::string> names(const Table& table) {
  std::vector<std::string> all;
  for (const auto& column : table.columns) all.push_back(column.name);
  return all;
}

Field field_of(const Column& column, const std::string& cell) {
  const bool number = column.cells == Cells::kNumber;
  return {column.name, number && cell.empty() ? "null" : cell, number};
}

}  // namespace

std::string json_looks(const std::vector<Position>& looks) {
  std::string text;
  for (const auto look : looks) text += (text.empty() ? "" : ", ") + std::to_string(look.value);
  return text.empty() ? text : ", \"looks\": [" + text + "]";
}

std::string json_text(std::string_view text) {
  return boost::json::serialize(boost::json::value(boost::json::string_view(text.data(), text.size())));
}

Result<void> sort_as_asked(Table& table, const std::string& sort) {
  if (sort.empty()) return success();
  const bool descending = sort.front() == '-';
  if (sort_by(table, std::string_view(sort).substr(descending ? 1 : 0), descending)) return success();
  std::string known;
  for (const auto& column : table.columns) known += (known.empty() ? "" : ", ") + column.name;
  return Error{Fault::kRejected, "--sort: found \"" + printable(sort) + "\", want one of " + known + ", with - before it for the greatest first"};
}

void print_table(const Table& table, Format format, bool for_spreadsheet) {
  if (format != Format::kJson) return TableWriter(format, for_spreadsheet).write(table);
  out("[");
  for (size_t i = 0; i < table.rows.size(); ++i) {
    std::vector<Field> fields;
    for (size_t j = 0; j < table.columns.size(); ++j) fields.push_back(field_of(table.columns[j], table.rows[i][j]));
    out((i > 0 ? ",\n " : "\n ") + json_object(fields));
  }
  out("\n]\n");
}

void TableWriter::write(const Table& part) {
  const auto heads = names(part);
  widths_.resize(heads.size());
  for (size_t i = 0; i < heads.size(); ++i) {
    widths_[i] = std::max(widths_[i], width(heads[i]));
    for (const auto& row : part.rows) widths_[i] = std::max(widths_[i], width(printable(row[i])));
  }
  if (!begun_) write_line(heads);
  begun_ = true;
  for (const auto& row : part.rows) write_line(row);
}

void TableWriter::write_line(const std::vector<std::string>& cells) const {
  if (format_ == Format::kCsv) return out(csv_line(cells, for_spreadsheet_));
  std::string text;
  for (size_t i = 0; i < cells.size(); ++i) {
    const auto cell = printable(cells[i]);
    text += cell;
    if (i + 1 < cells.size()) text += std::string(widths_[i] - width(cell) + 2, ' ');
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  out(text + "\n");
}

void print_cards(const std::vector<Card>& cards, Format format, bool for_spreadsheet, const std::vector<Position>& looks) {
  if (format == Format::kJson) {
    out("[");
    for (size_t i = 0; i < cards.size(); ++i) out((i > 0 ? ",\n " : "\n ") + json_card(cards[i], looks));
    return out("\n]\n");
  }
  if (format == Format::kCsv || format == Format::kTable) {
    Table table{{"of", "section", "label", "value", "events"}, {}};
    for (const auto& card : cards) {
      for (const auto& section : card.sections) {
        for (const auto& line : section.lines) {
          std::string events;
          for (const auto event : line.events) events += (events.empty() ? "" : ";") + std::to_string(event.value);
          table.add({card.title, section.heading, line.label, line.value, events});
        }
      }
    }
    return print_table(table, format, for_spreadsheet);
  }
  for (const auto& card : cards) {
    out(printable(card.title) + "\n");
    for (const auto& section : card.sections) {
      if (section.lines.empty()) continue;
      if (!section.heading.empty()) out("  " + printable(section.heading) + "\n");
      size_t widest = 0;
      for (const auto& line : section.lines) widest = std::max(widest, width(line.label));
      for (const auto& line : section.lines) {
        out("    " + line.label + std::string(widest - width(line.label) + 2, ' ') + printable(line.value) + events_text(line.events) + "\n");
      }
    }
  }
}

std::string json_object(const std::vector<Field>& fields) {
  std::string text = "{";
  for (size_t i = 0; i < fields.size(); ++i) {
    text += (i > 0 ? ", " : "") + json_text(fields[i].name) + ": " + (fields[i].raw ? fields[i].value : json_text(fields[i].value));
  }
  return text + "}";
}

void print_fields(const std::vector<Field>& fields, Format format) {
  if (format == Format::kJson) return out(json_object(fields) + "\n");
  Table table{{"figure", "value"}, {}};
  for (const auto& field : fields) table.add({field.name, field.value == "null" && field.raw ? "" : field.value});
  print_table(table, format);
}

Progress::Progress(std::string what) : what_(std::move(what)), terminal_(::isatty(2) == 1), began_us_(now_us()) {}

Progress::~Progress() {
  if (shown_) std::fprintf(stderr, "\r\033[K");
}

void Progress::show(std::string_view how_far) {
  const auto now = now_us();
  if (!terminal_ || now - began_us_ < 1'000'000 || now - last_us_ < 200'000) return;
  last_us_ = now;
  shown_ = true;
  std::fprintf(stderr, "\r\033[K%s: %.*s", what_.c_str(), static_cast<int>(how_far.size()), how_far.data());
}

}  // namespace daybook
