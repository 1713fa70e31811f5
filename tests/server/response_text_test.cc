#include "server/response_text.h"

#include <catch2/catch_test_macros.hpp>

namespace daybook::test {
namespace {

const std::string kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

bool has_line(const std::string& text, const std::string& line) { return text.find("\r\n" + line + "\r\n") != std::string::npos; }

}  // namespace

TEST_CASE("a response is sent with its length, its fields and its body", "[server][http]") {
  auto response = text_response("hello\n", Caching::kNever);
  response.with("etag", "\"1\"");

  CHECK(response_text(response, kDate, true, false) == "HTTP/1.1 200 OK\r\ndate: " + kDate +
                                                           "\r\netag: \"1\"\r\ncontent-type: text/plain; charset=utf-8\r\n"
                                                           "content-length: 6\r\n\r\nhello\n");
}

TEST_CASE("HEAD is answered with the length of what GET would have, and nothing after the head", "[server][http]") {
  const auto text = response_text(text_response("hello\n", Caching::kNever), kDate, false, true);

  CHECK(has_line(text, "content-length: 6"));
  CHECK(has_line(text, "connection: close"));
  CHECK(text.ends_with("\r\n\r\n"));
}

TEST_CASE("what has no body has no length", "[server][http]") {
  const auto text = response_text(Response{.status = 304}, kDate, true, false);

  CHECK(text.starts_with("HTTP/1.1 304 "));
  CHECK(text.find("content-length") == std::string::npos);
}

TEST_CASE("no value of a field ends its line, be it ours by mistake", "[server][http]") {
  Response response;
  response.with("location", "/\r\nset-cookie: a=b\x7f");

  const auto text = response_text(response, kDate, true, false);

  CHECK(has_line(text, "location: /set-cookie: a=b"));
}

TEST_CASE("a part is sent with its length in hexadecimal digits", "[server][http]") {
  CHECK(chunk_of(std::string(26, 'a')) == "1a\r\n" + std::string(26, 'a') + "\r\n");
}

}  // namespace daybook::test
