#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>

#include "tests/server/fuzz/mutator.h"
#include "tests/server/fuzz/targets.h"

using namespace daybook::test;

namespace {

const std::string kCorpus = std::string(DAYBOOK_SOURCE_DIR) + "/tests/server/corpus";

}  // namespace

TEST_CASE("bytes that nearly are what is wanted stop nothing, and break no promise of what reads them", "[server][fuzz]") {
  const auto targets = fuzz_targets();
  const auto& target = targets[GENERATE_REF(range(size_t{0}, targets.size()))];
  const auto inputs = inputs_of(target, kCorpus);
  Mutator mutator(inputs, target.words, 17);
  const auto fault_of = target.make();
  std::string wrong;

  for (size_t run = 0; run < target.runs && wrong.empty(); ++run) {
    const auto bytes = mutator.next();
    if (const auto fault = fault_of(bytes); !fault.empty()) wrong = fmt::format("{}, run {}: {}: {}", target.name, run, fault, escaped(bytes));
  }

  CHECK(wrong == "");
}

TEST_CASE("the same seed changes the same inputs in the same way, each input first as it is", "[server][fuzz]") {
  const std::vector<std::string> inputs = {"GET / HTTP/1.1", "", "a\\b"};
  const std::vector<std::string_view> words = {"\r\n"};
  Mutator one(inputs, words, 3), same(inputs, words, 3), other(inputs, words, 4);
  std::vector<std::string> first, second, third;

  for (int run = 0; run < 500; ++run) first.push_back(one.next()), second.push_back(same.next()), third.push_back(other.next());

  CHECK(std::equal(inputs.begin(), inputs.end(), first.begin()));
  CHECK(first == second);
  CHECK(first != third);
}

TEST_CASE("any bytes stand on a line of a corpus, and come back", "[server][fuzz]") {
  std::string all = "#\\";
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);

  const auto line = escaped(all);

  CHECK(line.find_first_of("\r\n") == std::string::npos);
  CHECK(line.front() != '#');
  CHECK(unescaped(line) == all);
}
