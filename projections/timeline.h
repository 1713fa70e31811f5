// How an event reads as a sentence.
#pragma once

#include <string>

#include "ledger/event.h"
#include "projections/desk.h"

namespace daybook {

// What happened, in a line: "pairing P00017 accepted on 2024-02-03, window to 2024-06-03". Open fields only, and
// persons as the desk shows them.
std::string sentence(const Event& event, Desk& desk);

}  // namespace daybook
