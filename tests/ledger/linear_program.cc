#include "tests/ledger/linear_program.h"

#include <cmath>
#include <limits>

namespace daybook::test {
namespace {

constexpr double kSmall = 1e-9;

// row -= factor * other. Nearly all numbers here are whole: those that should be are kept so, or errors would add up.
void subtract(std::vector<double>& row, double factor, const std::vector<double>& other) {
  if (std::abs(factor) < kSmall) return;
  for (size_t i = 0; i < row.size(); ++i) {
    if (other[i] == 0) continue;
    row[i] -= factor * other[i];
    if (const double whole = std::nearbyint(row[i]); std::abs(row[i] - whole) < kSmall) row[i] = whole;
  }
}

}  // namespace

void LinearProgram::equal(const Sum& sum, double value) { equations_.push_back({sum, value}); }

void LinearProgram::at_most(const Sum& sum, double value) {
  auto slack = sum;
  slack[variables_++] = 1;
  equal(slack, value);
}

void LinearProgram::pivot(size_t row, size_t column, Row& cost) {
  const double factor = rows_[row][column];
  for (auto& each : rows_[row]) each /= factor;
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (i != row) subtract(rows_[i], rows_[i][column], rows_[row]);
  }
  subtract(cost, cost[column], rows_[row]);
  basis_[row] = column;
}

// Raises the sum whose reduced costs these are as far as it goes; false: without end. By the variable that helps most;
// after many steps by the first that helps at all (Bland), so that it does not go round in a circle for ever.
bool LinearProgram::improve(Row& cost) {
  constexpr int kStepsMany = 300;
  for (int step = 0;; ++step) {
    size_t column = 0;
    for (size_t i = 0; i + 1 < cost.size(); ++i) {
      if (cost[i] < cost[column] && (step < kStepsMany || cost[column] > -kSmall)) column = i;
    }
    if (cost[column] > -kSmall) return true;
    size_t best = rows_.size();
    double ratio = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (rows_[i][column] < kSmall) continue;
      const double here = rows_[i].back() / rows_[i][column];
      if (here < ratio - kSmall || (here < ratio + kSmall && basis_[i] < basis_[best])) best = i, ratio = here;
    }
    if (best == rows_.size()) return false;
    pivot(best, column, cost);
  }
}

bool LinearProgram::solve() {
  const size_t real = variables_, all = real + equations_.size();
  Row cost(all + 1, 0);  // of minus the sum of one artificial variable for each equation
  for (size_t i = 0; i < equations_.size(); ++i) {
    const double sign = equations_[i].value < 0 ? -1 : 1;
    Row row(all + 1, 0);
    for (const auto& [variable, factor] : equations_[i].sum) row[variable] = sign * factor;
    row[real + i] = 1;
    row.back() = sign * equations_[i].value;
    for (size_t j = 0; j <= all; ++j) cost[j] -= j >= real && j < all ? 0 : row[j];
    rows_.push_back(std::move(row));
    basis_.push_back(real + i);
  }
  improve(cost);
  if (std::abs(cost.back()) > 1e-6) return false;
  drop_artificial(real);
  return true;
}

// An equation that follows from the others leaves nothing but an artificial variable at nought: it goes.
void LinearProgram::drop_artificial(size_t real) {
  Row none(rows_.empty() ? 0 : rows_.front().size(), 0);
  for (size_t i = rows_.size(); i-- > 0;) {
    if (basis_[i] < real) continue;
    size_t column = 0;
    while (column < real && std::abs(rows_[i][column]) < 1e-7) ++column;
    if (column < real) {
      pivot(i, column, none);
    } else {
      rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(i));
      basis_.erase(basis_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  for (auto& row : rows_) row.erase(row.begin() + static_cast<std::ptrdiff_t>(real), row.end() - 1);
}

double LinearProgram::most(const Sum& sum) {
  Row cost(variables_ + 1, 0);
  for (const auto& [variable, factor] : sum) cost[variable] = -factor;
  for (size_t i = 0; i < rows_.size(); ++i) subtract(cost, cost[basis_[i]], rows_[i]);
  return improve(cost) ? cost.back() : std::numeric_limits<double>::infinity();
}

double LinearProgram::least(const Sum& sum) {
  auto negative = sum;
  for (auto& [variable, factor] : negative) factor = -factor;
  return -most(negative);
}

}  // namespace daybook::test
