#include "server/response_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace daybook {
namespace {

std::string text_of(std::time_t time) {
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

// A line of a head. Nobody puts a line end into its value.
void append_field(std::string& text, std::string_view name, std::string_view value) {
  const auto may_stand = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; };
  text.append(name).append(": ");
  std::copy_if(value.begin(), value.end(), std::back_inserter(text), may_stand);
  text += "\r\n";
}

}  // namespace

const std::string& DateText::now() {
  const std::time_t time = std::time(nullptr);
  if (time != time_) text_ = text_of(time_ = time);
  return text_;
}

std::string response_text(const Response& response, std::string_view date, bool with_body, bool close) {
  constexpr size_t kHeadBytes = 1024;  // most have less
  std::string text;
  text.reserve(kHeadBytes + (with_body ? response.body.size() : 0));
  fmt::format_to(std::back_inserter(text), "HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  append_field(text, "date", date);
  for (const auto& field : response.fields) append_field(text, field.name, field.value);
  if (!response.content_type.empty()) append_field(text, "content-type", response.content_type);
  if (response.parts) {
    append_field(text, "transfer-encoding", "chunked");
  } else if (response.status != 204 && response.status != 304) {
    append_field(text, "content-length", std::to_string(response.body.size()));
  }
  if (close) append_field(text, "connection", "close");
  text += "\r\n";
  if (with_body) text += response.body;
  return text;
}

std::string chunk_of(std::string_view part) { return fmt::format("{:x}\r\n{}\r\n", part.size(), part); }

}  // namespace daybook
