// Whether somebody may do a thing: what a command is about, held against the table.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "ledger/decide.h"
#include "ledger/do_table.h"

namespace daybook {

struct Ask {
  std::string_view deed;  // of kDeeds
  Matter matter;
  PersonId actor;
  std::string_view role;  // in which they say that they act; empty: any that may
  Day today;
};

struct Permit {
  Verdict verdict;  // kMay or kSecond
  Role role;        // in which
};

// What a command asks rights for. Borrows from the command. Not of CloseProposal, which asks for what was proposed.
Ask ask_of(const State& state, const Facts& facts, const Command& command);

// Whom a glass is about, by whichever name they are given; empty: everybody in a programme or cycle.
PersonId subject_of(const State& state, const Facts& facts, const BreakGlass& command);

// The refusal is `not-allowed`, `own-case` or `unknown-role`. It is the same for what is out of the actor's reach and for what
// does not exist.
std::variant<Permit, Refusal> authorize(const State& state, const DoTable& table, const Ask& ask);

// The same for what is no command of the record (backup, rotate-keys), and is about every programme.
std::variant<Permit, Refusal> authorize_deed(const State& state, const DoTable& table, std::string_view deed, const PersonId& actor,
                                             std::string_view role, Instant now);

// In which roles it may be done, in words.
std::string who_could(const DoTable& table, std::string_view deed);

// How many people may do it to somebody other than themselves, alone or with a second person.
size_t who_may(const State& state, const DoTable& table, std::string_view deed, const Matter& matter, Day today);

}  // namespace daybook
