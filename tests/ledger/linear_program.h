// A small linear program: variables that are nought or more, equations between them, and how large or small a sum of
// them can be. Simplex on a dense table, which the programs of tests are small enough for.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

namespace daybook::test {

class LinearProgram {
 public:
  using Sum = std::map<size_t, double>;  // variable -> factor

  explicit LinearProgram(size_t variables) : variables_(variables) {}

  void equal(const Sum& sum, double value);
  void at_most(const Sum& sum, double value);  // before the first solve

  // Finds a point that meets all equations; false if there is none. No equation may be added after it.
  bool solve();
  // The greatest value of the sum over all such points; infinity if there is no bound.
  double most(const Sum& sum);
  double least(const Sum& sum);

 private:
  using Row = std::vector<double>;  // the factor of each variable, then the value
  struct Equation {
    Sum sum;
    double value = 0;
  };
  bool improve(Row& cost);
  void pivot(size_t row, size_t column, Row& cost);
  void drop_artificial(size_t real);

  size_t variables_;
  std::vector<Equation> equations_;
  std::vector<Row> rows_;
  std::vector<size_t> basis_;  // the variable that each row stands for
};

}  // namespace daybook::test
