// A plain table of text: what lists are made of, whoever prints them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace daybook {

// What stands in a column: text; whole numbers, or nothing; the ids of people.
enum class Cells { kText, kNumber, kPerson };

struct Column {
  Column(const char* word, Cells what = Cells::kText) : name(word), cells(what) {}  // by intent not explicit: a column is a word
  Column(std::string word, Cells what) : name(std::move(word)), cells(what) {}
  std::string name;
  Cells cells;
};
inline Column number(const char* name) { return {name, Cells::kNumber}; }

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;

  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }
};

// Sorts the rows by a column, numbers as numbers, texts by their bytes; rows that are alike keep their order. False if
// there is no such column.
bool sort_by(Table& table, std::string_view column, bool descending);

}  // namespace daybook
