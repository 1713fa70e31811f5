// What may not be told of and what is not there: one answer, of every route that names something, to everybody.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "tests/server/alike_pairs.h"

namespace daybook::test {
namespace {

bool names_something(const Route& route) { return route.method == Method::kPost || route.path.find('{') != std::string::npos; }

}  // namespace

TEST_CASE("what is out of reach is answered as what is not there, by every route that names something", "[server][disclosure][S0-06]") {
  ServedHouse served;
  size_t compared = 0;

  for (const auto& as : strangers()) {
    for (const auto& [there, not_there] : questions(served)) {
      INFO(there.path << "?" << there.query << " as " << as.name << " " << as.role);
      const auto response = ask(served, there, as);
      const auto told = whole_of(response), nothing = whole_of(ask(served, not_there, as));
      CHECK(told == nothing);
      CHECK(says_no(response));
      CHECK(told.find(served.id("U2")) == std::string::npos);
      ++compared;
    }
  }
  CHECK(compared == strangers().size() * questions(served).size());
}

TEST_CASE("a command about what is out of reach is refused as one about what is not there", "[server][disclosure][S0-06]") {
  ServedHouse served;

  for (const auto& as : strangers()) {
    for (const auto& [there, not_there] : orders(served)) {
      const auto refused = ask(served, there, as), nothing = ask(served, not_there, as);
      INFO(there.path << " as " << as.name << " " << as.role << ": " << refused.body);
      CHECK(refused.status == 403);
      CHECK(whole_of(refused) == whole_of(nothing));
    }
  }
}

TEST_CASE("each route that names something has a pair, or a reason to have none", "[server][disclosure]") {
  ServedHouse served;
  std::set<std::string_view> without;
  for (const auto& [route, reason] : routes_without_pair()) without.insert(route);
  auto pairs = questions(served);
  for (auto& order : orders(served)) pairs.push_back(std::move(order));

  for (const auto& route : served.router.routes()) {
    INFO(method_name(route.method) << " " << route.path);
    const bool has_pair = std::any_of(pairs.begin(), pairs.end(), [&](const Pair& pair) { return pair.there.route == route.path; });
    CHECK((has_pair || without.contains(route.path) || !names_something(route)));
    CHECK_FALSE((has_pair && without.contains(route.path)));
    without.erase(route.path);
  }
  CHECK(without.empty());
}

}  // namespace daybook::test
