// A service that is asked what a ledger would be: by whom, in which role, how often, and what becomes of a no.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "ledger/action_text.h"
#include "ledger/decide.h"
#include "tools/remembered.h"
#include "tools/session.h"
#include "tools/web_address.h"
#include "tools/wire_client.h"

namespace daybook {

struct Question {
  std::string path;  // with its query
  std::string body = {}, content_type = "application/json";
  std::string method = "GET";
  std::string key = {};      // Idempotency-Key; empty: none
  bool confidential = true;  // it wants a role and a purpose
  bool once = false;         // it is not sent again where the answer does not come: a second time it would be another question
};

class Remote {
 public:
  // As --server and what goes with it say. `settings` is borrowed. kRejected: they do not go together, or a file of theirs is not to be used.
  enum class SignedIn { kIfKept, kBySession, kNotYet };  // what goes along of tokens and sessions that were kept
  static Result<std::unique_ptr<Remote>> reach(const Settings& settings, SignedIn signed_in = SignedIn::kIfKept);
  // For tests: with a wire of their own, and `rest` in place of waiting.
  using Rest = std::function<void(std::chrono::milliseconds)>;
  Remote(const Settings& settings, WebAddress server, Wire wire, Remembered remembered, Rest rest);
  Result<void> read_credentials();
  Result<void> read_session();

  const Settings& settings() const { return settings_; }
  const WebAddress& server() const { return server_; }
  const Remembered& remembered() const { return remembered_; }
  const Wire& wire() const { return wire_; }

  // What the service answers, whatever its status. Waits, for a while, where it says that it is busy, and asks again where the line broke: for
  // that a command has its key.
  Result<WireAnswer> ask(const Question& question);
  // The same, 200 alone: every other status is an error, by what it means for the exit status.
  Result<WireAnswer> want(const Question& question);
  // The same, read as JSON. The looks that it names are said on standard error; the position is kept.
  Result<boost::json::object> want_object(const Question& question);
  // What every page of a list has at `member`, one after the other, at most `most` of them and what is left of the last page; `answer`, if not
  // null, is the last page. `more`: there is a page after them.
  struct Pages {
    boost::json::array items;
    boost::json::object last;
    bool more = false;
  };
  Result<Pages> want_pages(const Question& first, std::string_view member, uint64_t most = UINT64_MAX);

  // One command. What it answers, or the rule that said no.
  Result<std::variant<boost::json::object, Refusal>> command(const std::string& action, const KeyValues& values);

  // An answer that is no 200, in words.
  Error error_of(const WireAnswer& answer) const;
  // The key that commands of this call go by: --idempotency-key, or a random one.
  const std::string& key() const { return key_; }
  const std::vector<Position>& looks() const { return looks_; }

 private:
  WireRequest request_of(const Question& question) const;
  std::vector<std::pair<std::string, std::string>> fields_of(const Question& question) const;
  std::optional<std::chrono::milliseconds> wait_before_again(const Question& question, const Result<WireAnswer>& answer, unsigned tries) const;
  void note(const boost::json::object& answer);

  const Settings& settings_;
  const WebAddress server_;
  const Wire wire_;
  const Remembered remembered_;
  const Rest rest_;
  std::string authorization_, cookie_, key_;
  uint64_t seen_ = 0;  // the newest position that this machine was told
  std::vector<Position> looks_;
};

// The file that --token-file names, else the environment's DAYBOOK_TOKEN_FILE; empty for neither.
std::string token_file_of(const Settings& settings);

// What goes with a ledger of one's own alone, or has no meaning for who is signed in. kRejected, naming it.
Result<void> want_remote_use(const Settings& settings);

// Text that may stand in a field of a request: printable ASCII.
bool fits_field(std::string_view text);

}  // namespace daybook
