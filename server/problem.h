// Answers that say no, as RFC 9457 has them. Each kind has a page, at the address its `type` gives, that says what to do.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ledger/result.h"
#include "server/http.h"

namespace daybook {

struct ProblemKind {
  std::string_view name;  // its page is /problems/NAME
  unsigned status;
  std::string_view title;
  std::string_view advice;  // what whoever meets it can do
};

// All kinds, in the order of their names.
std::span<const ProblemKind> problem_kinds();
const ProblemKind* find_problem_kind(std::string_view name);

// `kind` names one of problem_kinds(). `detail` says what was found and what was wanted; it is shown to a stranger, so it repeats nothing of the
// request but names, and nothing of the ledger. `trace` is by which the log line is found.
struct ProblemMember {
  std::string_view name;
  std::string json;  // its value
};
// `more`: members beside those of every problem.
Response problem(std::string_view kind, const std::string& detail, const Trace& trace, std::span<const ProblemMember> more = {});

// A fault of the ledger. What it says of files and positions is for the log; the stranger gets the kind and the trace.
Response problem_of(const Error& error, const Trace& trace);

// "/problems" and "/problems/NAME" as text; nullopt if there is no such kind.
std::string problem_list();
std::optional<std::string> problem_page(std::string_view name);

}  // namespace daybook
