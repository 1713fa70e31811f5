// A client that sends the bytes it is told to, proper or not, and reads what comes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace daybook::test {

inline constexpr std::chrono::milliseconds kPatience{10'000};  // of a test that would hang

// One end of a connection to a service on 127.0.0.1. It throws where nobody listens, where not all that it sends is taken, and where nothing comes
// within its patience. On one thread, but for sip() and drip().
class RawClient {
 public:
  explicit RawClient(uint16_t port, std::chrono::milliseconds patience = kPatience);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes);
  void drip(char byte);  // whether it is taken or not
  // What came until the other side ended.
  std::string rest();
  // One answer, by its content-length; empty if the other side ended before it was whole.
  std::string answer();
  // What came up to the end of `last`; all there was, if it did not come.
  std::string until(std::string_view last);
  // Reads a little of what came, if any did.
  void sip();
  // Waits for something to come: whether the other side ended instead.
  bool ended();
  void send_no_more();
  // What is sent to it from now on is answered with a reset.
  void vanish();

 private:
  bool more();
  int socket_;
  const std::chrono::milliseconds patience_;
  std::string text_;
};

// Of an answer as it came; 0 and empty for none.
unsigned status_of(const std::string& answer);
std::string body_of(const std::string& answer);
// Whether it says that the connection is closed after it.
bool closes(const std::string& answer);

}  // namespace daybook::test
