// The head of a request, from its bytes: read in one way, or refused. What stands in front of the service, or behind it, can then
// not read another request than we do. Stricter than RFC 9112 asks: whatever two readers are known to take differently is refused.
// After any refusal the connection must be closed: nobody knows where the next request would begin.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/http.h"

namespace daybook {

struct AdmissionRules {
  size_t line_bytes_max = 4096;  // of the request line, without its end
  size_t head_bytes_max = 8192;  // of all after it: the fields and the empty line
  size_t fields_max = 64;
  uint64_t body_bytes_max = 256 * 1024;
  std::vector<std::string> names;  // hosts that the service answers for, in lower case, without a port; empty: any
};

// Why bytes are not read as a request. `problem` is a kind of problem.h, and `detail` its words: they repeat no byte of a value.
struct Rejection {
  std::string_view problem;
  std::string detail;
};

// A head as it is written, before it is asked whether it may be.
struct ParsedHead {
  std::string method, target, version;  // "GET", "/v1/checkpoint", "HTTP/1.1"
  std::vector<HeaderField> fields;      // in the order they came; names in lower case, values without the blanks around them
  bool operator==(const ParsedHead&) const = default;
};

struct Admitted {
  Method method = Method::kGet;
  std::string path, query;
  std::vector<HeaderField> fields;
  std::string host;             // the name, without the port
  uint64_t body_bytes = 0;      // as Content-Length says; of a chunked body 0
  uint64_t body_bytes_max = 0;  // what it may have
  bool takes_body = false;      // false: it has none, and what follows the head is no part of it
  bool chunked = false;
  bool keep_alive = true;         // the client did not say "Connection: close"
  bool expects_continue = false;  // it waits for a 100 before it sends the body
};

// Where the head ends in `bytes`: one past its empty line. 0: it goes on, and what there is could still be the beginning of one. Looks
// at the bytes from `seen` on, which an earlier call was content with, so that a head that comes byte by byte is not read over and over.
std::variant<size_t, Rejection> find_head_end(std::string_view bytes, size_t seen, const AdmissionRules& rules);

// The parts of a whole head, its empty line included.
std::variant<ParsedHead, Rejection> parse_head(std::string_view head, const AdmissionRules& rules);

// How large the body of a request with that method and path may be; 0: as the rules say.
using BodyLimit = std::function<uint64_t(Method method, std::string_view path)>;

// Whether a request with this head is answered at all. `limit` empty: all bodies are as the rules say.
std::variant<Admitted, Rejection> admit(const ParsedHead& head, const AdmissionRules& rules, const BodyLimit& limit = {});

// Whether a path is in the one form we take: segments between single slashes, none of them "." or "..", percent-encoding that is well formed and
// hides no slash, backslash, control character or byte that is not UTF-8. Empty if it is; else what is wrong.
std::string path_fault(std::string_view path);

}  // namespace daybook
