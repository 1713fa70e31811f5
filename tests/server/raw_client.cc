#include "tests/server/raw_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace daybook::test {

RawClient::RawClient(uint16_t port, std::chrono::milliseconds patience) : socket_(::socket(AF_INET, SOCK_STREAM, 0)), patience_(patience) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return;
  ::close(socket_);
  throw std::runtime_error("nobody listens on port " + std::to_string(port));
}

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

void RawClient::send(std::string_view bytes) {
  const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(bytes.size())) throw std::runtime_error("not all that was sent was taken");
}

void RawClient::drip(char byte) { ::send(socket_, &byte, 1, MSG_NOSIGNAL); }

std::string RawClient::rest() {
  while (more()) {
  }
  return std::exchange(text_, {});
}

std::string RawClient::answer() {
  for (;;) {
    const auto end = text_.find("\r\n\r\n");
    if (end != std::string::npos) {
      const auto length = text_.find("content-length: ");
      const size_t body = length < end ? std::stoul(text_.substr(length + 16)) : 0;
      if (text_.size() >= end + 4 + body) {
        auto whole = text_.substr(0, end + 4 + body);
        text_.erase(0, whole.size());
        return whole;
      }
    }
    if (!more()) return {};
  }
}

std::string RawClient::until(std::string_view last) {
  while (text_.find(last) == std::string::npos) {
    if (!more()) return std::exchange(text_, {});
  }
  auto found = text_.substr(0, text_.find(last) + last.size());
  text_.erase(0, found.size());
  return found;
}

void RawClient::sip() {
  std::array<char, 1000> part;
  const auto size = ::recv(socket_, part.data(), part.size(), MSG_DONTWAIT);
  if (size > 0) text_.append(part.data(), static_cast<size_t>(size));
}

bool RawClient::ended() { return !more() && text_.empty(); }

void RawClient::send_no_more() { ::shutdown(socket_, SHUT_WR); }

void RawClient::vanish() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(std::exchange(socket_, -1));
}

// False: the other side ended.
bool RawClient::more() {
  pollfd wait{socket_, POLLIN, 0};
  if (::poll(&wait, 1, static_cast<int>(patience_.count())) != 1) throw std::runtime_error("nothing came in time");
  std::array<char, 4096> part;
  const auto size = ::recv(socket_, part.data(), part.size(), 0);
  if (size > 0) text_.append(part.data(), static_cast<size_t>(size));
  return size > 0;
}

unsigned status_of(const std::string& answer) { return answer.size() > 12 ? static_cast<unsigned>(std::stoul(answer.substr(9, 3))) : 0; }

std::string body_of(const std::string& answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

bool closes(const std::string& answer) { return answer.find("connection: close\r\n") != std::string::npos; }

}  // namespace daybook::test
