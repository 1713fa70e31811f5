// Somebody at a door on the loopback who asks one thing after the other, on whichever thread.
#pragma once

#include <stdexcept>
#include <string>

#include "tests/server/raw_client.h"

namespace daybook::test {

struct Told {
  unsigned status = 0;  // 0: the connection is gone, or nothing came
  std::string head, body;
};

class WireClient {
 public:
  explicit WireClient(uint16_t port) : client_(port, std::chrono::seconds(60)) {}

  // The answer, which has a content-length.
  Told ask(const std::string& request) try {
    client_.send(request);
    const auto answer = client_.answer();
    if (answer.empty()) return {};
    return {status_of(answer), answer.substr(0, answer.find("\r\n\r\n") + 2), body_of(answer)};
  } catch (const std::runtime_error&) {
    return {};
  }

 private:
  RawClient client_;
};

}  // namespace daybook::test
