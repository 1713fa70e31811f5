#include "tools/html.h"

#include <fmt/format.h>

#include <string_view>

#include "ledger/printable.h"

namespace daybook {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string section_of(const Section& section) {
  if (section.lines.empty()) return {};
  std::string out = section.heading.empty() ? "" : fmt::format("<h3>{}</h3>\n", escaped(section.heading));
  out += "<table>\n";
  for (const auto& line : section.lines)
    out += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escaped(line.label), escaped(line.value));
  return out + "</table>\n";
}

constexpr std::string_view kHead =
    "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<style>body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em}th{text-align:left;vertical-align:top;padding-right:1em;"
    "font-weight:normal;color:#444}td{white-space:pre-wrap}h2{border-top:1px solid #999;padding-top:1em}</style>\n";

}  // namespace

std::string html_page(const std::string& title, const std::vector<Card>& cards) {
  std::string out = fmt::format("<!doctype html>\n<html lang=\"en\">\n<head>\n{}<title>{}</title>\n</head>\n<body>\n<h1>{}</h1>\n", kHead,
                                escaped(title), escaped(title));
  for (const auto& card : cards) {
    out += fmt::format("<h2>{}</h2>\n", escaped(card.title));
    for (const auto& section : card.sections) out += section_of(section);
  }
  return out + "</body>\n</html>\n";
}

}  // namespace daybook
