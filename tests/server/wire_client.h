// Somebody at a door on the loopback: one connection, kept as long as the service keeps it.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

namespace daybook::test {

struct Told {
  unsigned status = 0;  // 0: the connection is gone
  std::string head, body;
};

class WireClient {
 public:
  explicit WireClient(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~WireClient() { ::close(socket_); }
  WireClient(const WireClient&) = delete;
  WireClient& operator=(const WireClient&) = delete;

  // The answer, which has a content-length.
  Told ask(const std::string& request) {
    if (!connected_ || ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) return {};
    const auto head = read_until([](const std::string& text) { return text.find("\r\n\r\n") != std::string::npos; });
    const auto end = head.find("\r\n\r\n");
    if (end == std::string::npos) return {};
    const auto length = head.find("content-length: ");
    const size_t size = end + 4 + std::stoul(head.substr(length + 16));
    const auto whole = read_until([size](const std::string& text) { return text.size() >= size; });
    if (whole.empty()) return {};
    text_.erase(0, size);
    return {static_cast<unsigned>(std::stoul(whole.substr(9, 3))), whole.substr(0, end + 2), whole.substr(end + 4, size - end - 4)};
  }

 private:
  template <class Enough>
  std::string read_until(const Enough& enough) {
    std::array<char, 65536> part;
    while (!enough(text_)) {
      const auto size = ::recv(socket_, part.data(), part.size(), 0);
      if (size <= 0) return {};
      text_.append(part.data(), static_cast<size_t>(size));
    }
    return text_;
  }
  int socket_;
  bool connected_ = false;
  std::string text_;
};

}  // namespace daybook::test
