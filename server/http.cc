#include "server/http.h"

#include <algorithm>
#include <array>

#include "ledger/require.h"

namespace daybook {
namespace {

std::string_view value_of(const std::vector<HeaderField>& fields, std::string_view name) {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const HeaderField& field) { return field.name == name; });
  return it == fields.end() ? std::string_view() : std::string_view(it->value);
}

}  // namespace

std::string_view method_name(Method method) {
  constexpr std::array<std::string_view, 7> kNames = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  return kNames[static_cast<size_t>(method)];
}

std::string_view Request::field(std::string_view name) const { return value_of(fields, name); }

std::string_view field_of(const Response& response, std::string_view name) { return value_of(response.fields, name); }

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "";
  }
}

}  // namespace daybook
