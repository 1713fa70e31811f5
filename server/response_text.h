// A response as the bytes that are sent. It knows no socket.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "server/http.h"

namespace daybook {

// The time in a head, "Sun, 06 Nov 1994 08:49:37 GMT", written once a second at most. On one thread.
class DateText {
 public:
  // Good until the next call.
  const std::string& now();

 private:
  std::time_t time_ = -1;
  std::string text_;
};

// The head, and the body unless it comes in parts. `with_body` false: the head alone, as HEAD wants it. `close`: it says that the connection is
// closed after it.
std::string response_text(const Response& response, std::string_view date, bool with_body, bool close);

// One part of a body that is sent as it comes, which is not empty: an empty chunk is the last, kLastChunk.
std::string chunk_of(std::string_view part);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace daybook
