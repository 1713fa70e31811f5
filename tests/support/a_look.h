// A look of an administrator at somebody's contact data: for tests that change in it what they are about.
#pragma once

#include <string>

#include "ledger/access_book.h"

namespace daybook::test {

inline Look a_look(const std::string& subject = "someone", const std::string& actor = "admin") {
  Look look;
  look.actor = actor;
  look.role = "administrator";
  look.purpose = "a test";
  look.operator_name = "test@host";
  look.verb = "show";
  look.subjects = {PersonId{subject}};
  look.classes = {FieldClass::kContact};
  return look;
}

}  // namespace daybook::test
