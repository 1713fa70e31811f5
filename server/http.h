// A request and its response as plain values. What handles them knows no socket and no HTTP library.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/result.h"
#include "server/trace.h"

namespace daybook {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };
std::string_view method_name(Method method);

struct HeaderField {
  std::string name;  // of a request: in lower case
  std::string value;
  bool operator==(const HeaderField&) const = default;
};

// Who is at the other end.
struct Peer {
  std::string address;     // without the port; of a client behind a trusted proxy: the client's
  bool encrypted = false;  // over TLS
};

// What was asked. It went through admission: no field that may stand once stands twice, and path and query are well formed.
struct Request {
  Method method = Method::kGet;
  std::string path;   // as it came: "/v1/x%20y"
  std::string query;  // what follows the '?', as it came; empty for none
  std::vector<HeaderField> fields;
  std::string body;
  Peer peer;
  Trace trace;                                     // its id is the request's too
  std::chrono::steady_clock::time_point deadline;  // nobody waits for the answer any longer

  // The value of the first field of that name, in lower case; empty if there is none.
  std::string_view field(std::string_view name) const;
};

enum class Caching {
  kNever,       // no-store: whatever may be personal, and every refusal
  kRevalidate,  // kept, but asked about each time by its entity tag
  kBriefly,     // a second or two
  kForever,     // never changes under this path
};

// A body that is sent as it comes, part after part, and never held whole. One caller at a time.
class BodyParts {
 public:
  virtual ~BodyParts() = default;
  // next() has something to give, or an end. Asked on a thread that serves sockets, again and again, so it never blocks. Where it says no and the
  // service is about to stop, that is the end: what is not whole without its rest says yes until the rest is there.
  virtual bool ready() const = 0;
  // On a worker: the next part; nullopt: the end. Empty: nothing at present. After an error the client is left without an end, so that it sees
  // that it has not all.
  virtual Result<std::optional<std::string>> next() = 0;
};

struct Response;

// What an answer waits for, so that no thread does.
class Later {
 public:
  virtual ~Later() = default;
  // Once. `ready` is called once, on any thread, when response() may be: it is quick. Whoever begins it keeps it until then.
  virtual void begin(std::function<void()> ready) = 0;
  // Whether response() blocks nowhere, so that a thread that serves sockets may ask for it. Once it is ready.
  virtual bool quick() const = 0;
  // Once, when it is ready.
  virtual Response response() = 0;
};

struct Response {
  unsigned status = 200;
  std::string content_type = {};  // empty: no content
  std::string body = {};
  std::shared_ptr<BodyParts> parts = {};  // instead of `body`: sent as it comes, chunked
  std::vector<HeaderField> fields = {};   // beside those that every answer has
  Caching caching = Caching::kNever;
  bool close = false;                 // the connection is closed after it
  bool in_vain = false;               // of what was asked for nothing may be told, or nothing is there: the time that it took is not to say which
  std::shared_ptr<Later> later = {};  // instead of all else: what it is going to be

  Response& with(std::string name, std::string value) {
    fields.push_back({std::move(name), std::move(value)});
    return *this;
  }
};

// Whether it is to go out in steps, so that the time it took does not say what is there. Whatever a client did wrong counts: names are looked up
// before some of it is found.
inline bool says_no(const Response& response) { return response.in_vain || response.status / 100 == 4; }

inline Response text_response(std::string body, Caching caching) {
  return {.content_type = "text/plain; charset=utf-8", .body = std::move(body), .caching = caching};
}

// The value of a response's field of that name; empty if there is none. For tests and for what writes it out.
std::string_view field_of(const Response& response, std::string_view name);

std::string_view reason_phrase(unsigned status);

}  // namespace daybook
