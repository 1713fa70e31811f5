// What may not be told of beside what is not there, by every route that names something: the two are to be answered alike.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "tests/server/served_house.h"

namespace daybook::test {

struct Pair {
  Asking there, not_there;
};

// Of U2, whom none of the strangers may be told of, and of things of theirs.
std::vector<Pair> questions(ServedHouse& served);
// Of what the strangers may do nothing about.
std::vector<Pair> orders(ServedHouse& served);

// Nobody among them may be told of U2, nor do anything about them.
const std::vector<As>& strangers();

// The routes that name something, or take a body, and have no pair: with the reason.
const std::vector<std::pair<std::string_view, std::string_view>>& routes_without_pair();

}  // namespace daybook::test
