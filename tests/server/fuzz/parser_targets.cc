#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "ledger/civil_time.h"
#include "server/address.h"
#include "server/caps.h"
#include "server/cursor.h"
#include "server/entity_tag.h"
#include "server/identity/cookie.h"
#include "server/identity/url.h"
#include "server/query.h"
#include "server/strict_json.h"
#include "server/trace.h"
#include "tests/server/fuzz/mutator.h"
#include "tests/server/fuzz/targets.h"
#include "tests/support/test_ledger.h"

namespace daybook::test {
namespace {

// ---- the head of a request ----

std::variant<Admitted, Rejection> read_head(std::string_view bytes, const AdmissionRules& rules) {
  const auto end = find_head_end(bytes, 0, rules);
  if (const auto* refusal = std::get_if<Rejection>(&end)) return *refusal;
  const auto parsed = parse_head(bytes.substr(0, std::get<size_t>(end)), rules);
  if (const auto* refusal = std::get_if<Rejection>(&parsed)) return *refusal;
  return admit(std::get<ParsedHead>(parsed), rules);
}

std::string head_text(const Admitted& admitted) {
  std::string text =
      fmt::format("{} {}{}{} HTTP/1.1\r\n", method_name(admitted.method), admitted.path, admitted.query.empty() ? "" : "?", admitted.query);
  for (const auto& field : admitted.fields) text += fmt::format("{}: {}\r\n", field.name, field.value);
  return text + "\r\n";
}

bool same(const Admitted& a, const Admitted& b) {
  return a.method == b.method && a.path == b.path && a.query == b.query && a.fields == b.fields && a.host == b.host && a.body_bytes == b.body_bytes &&
         a.chunked == b.chunked && a.keep_alive == b.keep_alive && a.expects_continue == b.expects_continue;
}

std::string length_and_host_fault(const Admitted& admitted, const AdmissionRules& rules) {
  size_t lengths = 0, hosts = 0;
  for (const auto& field : admitted.fields) {
    lengths += field.name == "content-length" || field.name == "transfer-encoding" ? 1 : 0;
    hosts += field.name == "host" ? 1 : 0;
    if (std::any_of(field.value.begin(), field.value.end(), [](char c) { return c < ' ' || c > '~'; })) return "a value is not printable ASCII";
  }
  if (lengths > 1 || hosts != 1) return "more than one length, or not one host";
  if (!path_fault(admitted.path).empty()) return "a path is not in its one form";
  return admitted.body_bytes > rules.body_bytes_max ? "a body is over its limit" : "";
}

// Admitted in one reading: written out again it is read as the same, and by Beast too.
std::string head_fault(std::string_view bytes) {
  const AdmissionRules rules;
  const auto end = find_head_end(bytes, 0, rules);
  if (std::holds_alternative<Rejection>(end) || std::get<size_t>(end) == 0) return {};
  const auto size = std::get<size_t>(end);
  if (size > bytes.size() || !bytes.substr(0, size).ends_with("\r\n\r\n")) return "a head does not end with an empty line";
  for (const size_t seen : {size / 2, size - 1, size - 3}) {
    const auto again = find_head_end(bytes, seen, rules);
    if (!std::holds_alternative<size_t>(again) || std::get<size_t>(again) != size) return "a head ends elsewhere when some of it was seen before";
  }
  const auto answer = read_head(bytes, rules);
  const auto* admitted = std::get_if<Admitted>(&answer);
  if (!admitted) return {};
  if (auto fault = length_and_host_fault(*admitted, rules); !fault.empty()) return fault;
  AdmissionRules wide = rules;  // a blank behind each colon may make it longer
  wide.head_bytes_max *= 2;
  const auto again = read_head(head_text(*admitted), wide);
  if (!std::holds_alternative<Admitted>(again) || !same(std::get<Admitted>(again), *admitted))
    return "written out again it is read as another request";
  return beast_fault(bytes.substr(0, size), *admitted);
}

// ---- JSON, queries, paths ----

std::string json_fault(std::string_view bytes) {
  namespace json = boost::json;
  if (!read_json(json_string(bytes), {.bytes_max = 6 * bytes.size() + 2}).has_value()) return "any bytes as a string are JSON";
  const auto read = read_json(bytes);
  if (!read) return read.error().fault == Fault::kRejected ? "" : "it is neither read nor rejected";
  json::error_code error;
  const auto other = json::parse(json::string_view(bytes.data(), bytes.size()), error);
  if (error) return "Boost.JSON does not take it";
  if (other != read.value()) return "Boost.JSON reads another value";
  return read_json(json::serialize(read.value())).has_value() ? "" : "written out again it is not taken";
}

std::string query_fault(std::string_view bytes) {
  constexpr std::array<std::string_view, 6> kKnown = {"at", "happened-by", "sort", "limit", "cursor", "edition"};
  const auto read = parse_query(bytes, kKnown);
  if (!read) return read.error().fault == Fault::kRejected ? "" : "it is neither read nor rejected";
  std::string written;
  for (const auto& [name, value] : read.value()) {
    if (std::find(kKnown.begin(), kKnown.end(), name) == kKnown.end()) return "a parameter that the route does not know";
    if (percent_decoded(percent_encoded(value)) != value) return "a value that cannot be written again";
    written += (written.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
  }
  const auto again = parse_query(written, kKnown);
  return again && again.value() == read.value() ? "" : "written out again it is read as another query";
}

std::string path_target_fault(std::string_view bytes) {
  if (!path_fault(bytes).empty()) return {};
  for (size_t begin = 1; begin < bytes.size();) {
    const auto end = std::min(bytes.find('/', begin), bytes.size());
    const auto segment = percent_decoded(bytes.substr(begin, end - begin));
    if (!segment || segment->empty() || *segment == "." || *segment == "..") return "a segment that no path may have";
    if (segment->find_first_of(std::string_view("/\\\0\r\n", 5)) != std::string::npos) return "a segment hides what ends one";
    if (percent_decoded(percent_encoded(*segment)) != segment) return "a segment that cannot be written again";
    begin = end + 1;
  }
  return {};
}

// ---- fields ----

std::string tag_fault(std::string_view bytes) {
  const auto tag = entity_tag("a body");
  const bool named = names_tag(bytes, tag);
  if (named && bytes != "*" && bytes.find(tag) == std::string_view::npos) return "a tag is named that does not stand there";
  return names_tag(entity_tag(bytes), entity_tag(bytes)) ? "" : "a tag does not name itself";
}

std::string cookie_fault(std::string_view bytes) {
  for (const auto use : {CookieUse::kSession, CookieUse::kSignIn}) {
    for (const auto transport : {Transport::kTls, Transport::kLoopback}) {
      const auto value = cookie_value(bytes, use, transport);
      const auto pair = fmt::format("{}={}", cookie_name(use, transport), value);
      if (!value.empty() && bytes.find(pair) == std::string_view::npos) return "a value that its cookie does not have";
      if (value.find(';') != std::string_view::npos) return "a value goes on into the next cookie";
      if (!value.empty() && !cookie_value(fmt::format("{}; {}", bytes, pair), use, transport).empty())
        return "a cookie that stands twice is believed";
    }
  }
  return {};
}

std::string trace_fault(std::string_view bytes) {
  SeededRandomness randomness(1);
  const auto trace = continue_trace(bytes, randomness);
  const auto hex = [](std::string_view text, size_t digits) {
    return text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  };
  const bool formed = hex(trace.trace_id, 32) && hex(trace.span_id, 16) && (trace.parent_id.empty() || hex(trace.parent_id, 16));
  if (!formed) return "a trace that is not of its form";
  return trace.parent_id.empty() || bytes.find(trace.trace_id) != std::string_view::npos ? "" : "a trace goes on that was not brought";
}

std::string forwarded_fault(std::string_view bytes) {
  const std::array<std::string, 2> proxies = {"127.0.0.1", "2001:db8::1"};
  const auto direct = client_address("203.0.113.9", bytes, proxies);
  if (direct != "203.0.113.9") return "X-Forwarded-For is believed of somebody who is no proxy";
  const auto client = client_address("127.0.0.1", bytes, proxies);
  if (canonical_address(client) != client) return "a client's address is not in its one form";
  return network_of(client).empty() ? "an address counts as nobody" : "";
}

std::string url_fault(std::string_view bytes) {
  const auto read = read_url(bytes);
  if (!read) return read.error().fault == Fault::kRejected ? "" : "it is neither read nor rejected";
  const auto text = read.value().text();
  const auto again = read_url(text);
  if (text.size() > 2048) return {};  // a slash that was not there
  if (!again || again.value().text() != text) return "written out again it is another address";
  const auto safe = read_safe_url(bytes);
  return safe && safe.value().scheme != "https" && !safe.value().loopback() ? "http to somebody else is called safe" : "";
}

// ---- cursors ----

struct CursorsOfATest {
  SeededRandomness randomness{5};
  Cursors cursors{randomness};
  std::vector<std::string> written = {
      cursors.write("/v1/a", {Position{57}, "", "", 500}),
      cursors.write("/v1/a", {Position{1'000'000}, "2024-01-29T23:59:59+01:00", "-name", 5'000, parse_day("2024-01-29")}),
      cursors.write("/v1/b", {Position{57}, "", "", 500})};
};

// What was not written here for this list is none.
std::string cursor_fault(const CursorsOfATest& of, std::string_view bytes) {
  const auto read = of.cursors.read("/v1/a", bytes);
  const bool ours = bytes == of.written[0] || bytes == of.written[1];
  if (read.has_value() != ours) return ours ? "a cursor of ours is not read" : "a cursor that nobody wrote is read";
  if (read && of.cursors.write("/v1/a", *read) != bytes) return "written out again it is another cursor";
  Cursor made{Position{bytes.size()}, std::string(bytes.substr(0, 40)), std::string(bytes.substr(0, 20)), 3};
  for (auto* text : {&made.happened_by, &made.sort}) std::erase(*text, '\n');
  return of.cursors.read("/v1/a", of.cursors.write("/v1/a", made)) == made ? "" : "a cursor that was written is read as another";
}

FuzzTarget cursor_target() {
  const auto of = std::make_shared<CursorsOfATest>();
  return {"cursor",
          {"A", "=", "-", "_", "AAAA"},
          2'000,
          [of]() -> FuzzCall { return [of](std::string_view bytes) { return cursor_fault(*of, bytes); }; },
          of->written};
}

FuzzTarget plain(std::string_view name, size_t runs, std::vector<std::string_view> words, std::string (*fault)(std::string_view)) {
  return {name, std::move(words), runs, [fault]() -> FuzzCall { return fault; }};
}

}  // namespace

std::vector<FuzzTarget> fuzz_targets() {
  std::vector<FuzzTarget> targets;
  targets.push_back(plain("address", 1'500, {",", " ", "::", "127.0.0.1", "::ffff:", "%", "2001:db8::1", "/64", "[", "]"}, forwarded_fault));
  targets.push_back(
      plain("cookie", 1'500, {"; ", ";", "=", "daybook-demo=", "__Host-daybook=", "__Host-daybook-sign-in=", "\t", "\""}, cookie_fault));
  targets.push_back(cursor_target());
  targets.push_back(plain("head", 5'000,
                          {"\r\n",
                           "\r\n\r\n",
                           "\n",
                           "\r",
                           " ",
                           "\t",
                           ":",
                           "Transfer-Encoding: chunked\r\n",
                           "Content-Length: 5\r\n",
                           "Host: localhost\r\n",
                           "Connection: close\r\n",
                           "Expect: 100-continue\r\n",
                           "%2e",
                           "%2f",
                           "%00",
                           "?",
                           "#",
                           "HTTP/1.1",
                           "GET ",
                           "POST ",
                           "chunked",
                           "/../"},
                          head_fault));
  targets.push_back(plain("json", 5'000,
                          {"\"a\":", "[[[[", "]]]]", "{", "}", ",", "\\u0000", "\\ud83d", "\\ude42", "\\u0061", "1e308", "-0", "null", "true",
                           "\xef\xbb\xbf", "\xed\xa0\x80", "99999999999999999999", "/*", "0.1"},
                          json_fault));
  targets.push_back(key_set_target());
  targets.push_back(
      plain("path", 1'500, {"/", "//", "%2e", "%2F", "%5c", "%00", "%25", "..", ".", "%e2%80%ae", "%c3%a9", "\\", "%"}, path_target_fault));
  targets.push_back(plain("query", 2'000, {"&", "=", "+", "%26", "%3d", "%00", "%", "at", "limit", "cursor", "&at=", "%c0%ae"}, query_fault));
  targets.push_back(request_target());
  targets.push_back(plain("tag", 1'500, {"\"", "W/", ",", "*", " ", "\\\""}, tag_fault));
  targets.push_back(token_target());
  targets.push_back(plain("trace", 1'000, {"-", "00-", "ff-", "-01", "00000000000000000000000000000000", "A"}, trace_fault));
  targets.push_back(
      plain("url", 1'500, {"://", "https://", "http://", "@", ":", "[", "]", "#", "%00", "?", "/", "\\", "127.1", "xn--", ":443", ":80"}, url_fault));
  return targets;
}

std::vector<std::string> inputs_of(const FuzzTarget& target, const std::string& folder) {
  auto inputs = read_corpus(fmt::format("{}/{}.txt", folder, target.name));
  inputs.insert(inputs.end(), target.inputs.begin(), target.inputs.end());
  return inputs;
}

}  // namespace daybook::test
