// Cards as a page that any browser shows, for people who are given a file.
#pragma once

#include <string>
#include <vector>

#include "projections/card.h"

namespace daybook {

// Whole, with its own style, without a script or anything from elsewhere. Whatever stands in the cards is text.
std::string html_page(const std::string& title, const std::vector<Card>& cards);

}  // namespace daybook
