// What a call that can fail returns: the value, or an Error with words for a person.
#pragma once

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/terminate.hpp>
#include <boost/outcome/try.hpp>
#include <string>

namespace daybook {

enum class Fault {  // one fault, one reaction
  kNotFound,        // a normal answer
  kConflict,        // someone appended first: read again, then retry
  kRejected,        // the request breaks a rule or has the wrong form: the caller must change it
  kCorrupt,         // stored bytes fail verification: stop, tell a human
  kStorage,         // the disk refused; for a write the outcome is unknown
  kBusy,            // another process holds it: the same call may work later
  kFull,            // no room on the disk: nothing was written, the same call works when there is room
};

struct Error {
  Fault fault;
  std::string message;  // what was found, what was wanted, where
};

// Holds a T or an Error. Asking for the one that is not there stops the process.
template <class T>
using Result = BOOST_OUTCOME_V2_NAMESPACE::basic_result<T, Error, BOOST_OUTCOME_V2_NAMESPACE::policy::terminate>;

inline auto success() { return BOOST_OUTCOME_V2_NAMESPACE::success(); }

}  // namespace daybook

// Leaves the function with the Error of `...`, or names its value.
#define DAYBOOK_TRY(...) BOOST_OUTCOME_TRY(__VA_ARGS__)
