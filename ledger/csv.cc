#include "ledger/csv.h"

#include <fmt/format.h>

namespace daybook {
namespace {

// The length of the UTF-8 character at the front of `text`; 0 if it is none.
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0u; };
  const auto follows = [&](size_t i, unsigned low = 0x80, unsigned high = 0xbf) { return byte(i) >= low && byte(i) <= high; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first == 0xe0) return follows(1, 0xa0) && follows(2) ? 3 : 0;
  if (first == 0xed) return follows(1, 0x80, 0x9f) && follows(2) ? 3 : 0;  // no surrogates
  if (first >= 0xe1 && first <= 0xef) return follows(1) && follows(2) ? 3 : 0;
  if (first == 0xf0) return follows(1, 0x90) && follows(2) && follows(3) ? 4 : 0;
  if (first >= 0xf1 && first <= 0xf3) return follows(1) && follows(2) && follows(3) ? 4 : 0;
  if (first == 0xf4) return follows(1, 0x80, 0x8f) && follows(2) && follows(3) ? 4 : 0;
  return 0;
}

}  // namespace

size_t find_bad_text(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<uint8_t>(text[at]);
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return at;
    if (byte == 0x7f) return at;
    const size_t length = utf8_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

CsvReader::CsvReader(std::function<size_t(char*, size_t)> source) : source_(std::move(source)), buffer_(1 << 16, '\0') {
  for (size_t got = 1; filled_ < 3 && got > 0; filled_ += got) got = source_(buffer_.data() + filled_, buffer_.size() - filled_);
  if (std::string_view(buffer_.data(), filled_).starts_with("\xef\xbb\xbf")) used_ = 3;
}

int CsvReader::peek() {
  if (used_ == filled_) {
    used_ = 0;
    filled_ = source_(buffer_.data(), buffer_.size());
    if (filled_ == 0) return -1;
  }
  return static_cast<uint8_t>(buffer_[used_]);
}

int CsvReader::get() {
  const int byte = peek();
  if (byte >= 0) ++used_;
  if (byte == '\n') ++line_;
  return byte;
}

Error CsvReader::broken(uint64_t line, std::string_view found, std::string_view wanted) const {
  return {Fault::kRejected, fmt::format("line {}: found {}, want {}", line, found, wanted)};
}

Error CsvReader::broken_cell(uint64_t line, std::string_view found, std::string_view wanted) const {
  if (cell_ >= columns_.size()) return broken(line, found, wanted);
  return {Fault::kRejected, fmt::format("line {}, column {}: found {}, want {}", line, columns_[cell_], found, wanted)};
}

// The rest of a cell after its opening quote, with the closing one.
Result<void> CsvReader::quoted_cell(std::string& cell, uint64_t start) {
  for (;;) {
    const int byte = get();
    if (byte < 0) return broken_cell(start, "a quote that is never closed", "a closing quote");
    if (byte == '"') {
      if (peek() != '"') return success();
      get();
    }
    cell += static_cast<char>(byte);
    if (cell.size() > kCellBytesMax) {
      return broken_cell(start, fmt::format("a cell of more than {} bytes (is a quote not closed?)", kCellBytesMax), "a shorter one");
    }
  }
}

Result<bool> CsvReader::cell(CsvRecord& record, size_t& bytes) {
  cell_ = record.cells.size();
  auto& cell = record.cells.emplace_back();
  const bool quoted = peek() == '"';
  if (quoted) {
    get();
    DAYBOOK_TRY(quoted_cell(cell, record.line));
  }
  for (;;) {
    const int byte = get();
    if (byte < 0 || byte == '\n' || byte == ',') {
      bytes += cell.size() + 1;
      if (bytes > kRecordBytesMax) return broken(record.line, fmt::format("a record of more than {} bytes", kRecordBytesMax), "a shorter one");
      return byte == ',';
    }
    if (byte == '\r') {
      if (peek() == '\n' || peek() < 0) continue;
      return broken_cell(line_, "a carriage return in the middle of a line", "a line end, or quotes around the cell");
    }
    if (quoted) return broken_cell(line_, "text after a closing quote", "a comma or the end of the line");
    if (byte == '"')
      return broken_cell(line_, "a quote within a cell that does not start with one", "the cell in quotes, with its own quotes doubled");
    cell += static_cast<char>(byte);
    if (cell.size() > kCellBytesMax) return broken_cell(record.line, fmt::format("a cell of more than {} bytes", kCellBytesMax), "a shorter one");
  }
}

Result<std::optional<CsvRecord>> CsvReader::next() {
  while (peek() == '\n' || peek() == '\r') {  // blank lines
    const uint64_t line = line_;
    if (get() == '\r' && peek() >= 0 && get() != '\n') return broken(line, "a carriage return alone", "a line end");
  }
  if (peek() < 0) return std::nullopt;
  CsvRecord record;
  record.line = line_;
  size_t bytes = 0;
  for (bool more = true; more;) {
    DAYBOOK_TRY(more, cell(record, bytes));
    if (record.cells.size() > kCellsMax) return broken(record.line, fmt::format("more than {} cells", kCellsMax), "fewer");
  }
  return std::optional(std::move(record));
}

std::string csv_line(const std::vector<std::string>& cells, bool for_spreadsheet) {
  if (cells.size() == 1 && cells[0].empty()) return "\"\"\r\n";  // else it would be a blank line, and no record
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ',';
    const bool guard = for_spreadsheet && !cells[i].empty() && std::string_view("=+-@\t\r").find(cells[i][0]) != std::string_view::npos;
    const std::string& cell = cells[i];
    if (!guard && cell.find_first_of(",\"\r\n") == std::string::npos) {
      line += cell;
      continue;
    }
    line += '"';
    if (guard) line += '\'';
    for (const char c : cell) line.append(c == '"' ? 2 : 1, c);
    line += '"';
  }
  return line + "\r\n";
}

}  // namespace daybook
