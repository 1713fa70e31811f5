// A plain table of text: what lists are made of, whoever prints them.
#pragma once

#include <string>
#include <vector>

namespace daybook {

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  void add(std::vector<std::string> row) { rows.push_back(std::move(row)); }
};

}  // namespace daybook
