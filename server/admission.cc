#include "server/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "server/query.h"

namespace daybook {
namespace {

constexpr std::string_view kVersion = "HTTP/1.1";
constexpr size_t kLengthDigitsMax = 19;  // fits 64 bits whatever the digits

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Of a field's name. RFC 9110 has more characters; no field has them, and '_' is read as '-' by some.
bool is_name_char(char c) { return is_alpha(c) || is_digit(c) || c == '-'; }
// Of a field's value: printable ASCII and space. A tab is a blank to some readers and not to others.
bool is_value_char(char c) { return c >= ' ' && c <= '~'; }
// Of a target: what RFC 3986 lets stand in a path or a query.
bool is_target_char(char c) { return is_alpha(c) || is_digit(c) || std::string_view("-._~!$&'()*+,;=:@/?%").find(c) != std::string_view::npos; }

template <class Is>
bool all(std::string_view text, Is is) {
  return std::all_of(text.begin(), text.end(), is);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// A byte as a message may show it.
std::string byte_text(char c) { return fmt::format("byte {:#04x}", static_cast<unsigned char>(c)); }

Rejection malformed(std::string detail) { return {"malformed-request", std::move(detail)}; }

// Fields of which there is one, so that two readers cannot take different ones.
constexpr std::array<std::string_view, 20> kOnce = {"authorization", "connection",    "content-encoding", "content-length",  "content-type",
                                                    "cookie",        "daybook-after", "daybook-console",  "daybook-purpose", "daybook-role",
                                                    "expect",        "host",          "idempotency-key",  "if-match",        "if-none-match",
                                                    "last-event-id", "origin",        "sec-fetch-site",   "traceparent",     "transfer-encoding"};

const HeaderField* find_field(const ParsedHead& head, std::string_view name) {
  const auto it = std::find_if(head.fields.begin(), head.fields.end(), [&](const HeaderField& f) { return f.name == name; });
  return it == head.fields.end() ? nullptr : &*it;
}

std::optional<Rejection> read_request_line(std::string_view line, const AdmissionRules& rules, ParsedHead& head) {
  if (line.size() > rules.line_bytes_max)
    return Rejection{"target-too-long", fmt::format("found a request line of more than {} bytes", rules.line_bytes_max)};
  const auto first = line.find(' ');
  const auto second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || line.find(' ', second + 1) != std::string_view::npos) {
    return malformed("the request line: want a method, a target and HTTP/1.1, with one space between");
  }
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, second - first - 1);
  head.version = line.substr(second + 1);
  if (head.method.empty() || head.method.size() > 16 || !all(head.method, is_alpha))
    return malformed("the request line: found no method of 1 to 16 letters");
  if (head.target.empty()) return malformed("the request line: found no target");
  return std::nullopt;
}

std::optional<Rejection> read_field(std::string_view line, ParsedHead& head) {
  if (line.front() == ' ' || line.front() == '\t') return malformed("found a field that goes on in a second line");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return malformed("found a line without a colon among the fields");
  const auto name = line.substr(0, colon);
  if (name.empty() || !all(name, is_name_char)) return malformed("found a field's name that is not letters, digits and hyphens alone");
  auto value = line.substr(colon + 1);
  const auto bad = std::find_if_not(value.begin(), value.end(), is_value_char);
  if (bad != value.end()) return malformed(fmt::format("field {}: found {}, want printable ASCII", lower(name), byte_text(*bad)));
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
  head.fields.push_back({lower(name), std::string(value)});
  return std::nullopt;
}

std::optional<Method> find_method(std::string_view name) {
  for (const auto method : {Method::kGet, Method::kHead, Method::kPost, Method::kPut, Method::kPatch, Method::kDelete, Method::kOptions}) {
    if (method_name(method) == name) return method;
  }
  return std::nullopt;
}

bool takes_body(Method method) { return method == Method::kPost || method == Method::kPut || method == Method::kPatch; }

std::optional<Rejection> admit_target(const std::string& target, Admitted& out) {
  const auto bad = std::find_if_not(target.begin(), target.end(), is_target_char);
  if (bad != target.end()) return malformed(fmt::format("the target: found {}, want it percent-encoded", byte_text(*bad)));
  if (target.front() != '/') return malformed("the target: want a path that begins with a slash");
  const auto question = target.find('?');
  out.path = target.substr(0, question);
  if (question != std::string::npos) out.query = target.substr(question + 1);
  if (auto fault = path_fault(out.path); !fault.empty()) return malformed("the path: " + fault);
  return std::nullopt;
}

// NAME or NAME:PORT, where a name may be an IPv6 address in brackets.
std::optional<std::string> host_name(std::string_view host) {
  const auto end = host.starts_with('[') ? host.find(']') : host.find(':');
  if (host.starts_with('[') && end == std::string_view::npos) return std::nullopt;
  const auto name = host.substr(0, host.starts_with('[') ? end + 1 : end);
  const auto rest = host.substr(name.size());
  const bool port = rest.empty() || (rest.size() >= 2 && rest.size() <= 6 && rest[0] == ':' && all(rest.substr(1), is_digit));
  const auto inner = name.starts_with('[') ? name.substr(1, name.size() - 2) : name;
  const bool good = !inner.empty() && inner.size() <= 253 &&
                    all(inner, [&](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || (c == ':' && name.starts_with('[')); });
  if (!port || !good) return std::nullopt;
  return lower(name);
}

std::optional<Rejection> admit_host(const ParsedHead& head, const AdmissionRules& rules, Admitted& out) {
  const auto* host = find_field(head, "host");
  if (!host) return malformed("found no host field");
  const auto name = host_name(host->value);
  if (!name) return malformed("the host field: want a name, or a name, a colon and a port");
  if (!rules.names.empty() && std::find(rules.names.begin(), rules.names.end(), *name) == rules.names.end()) {
    return Rejection{"unknown-host", "the host field names a host that this service does not answer for"};
  }
  out.host = *name;
  return std::nullopt;
}

std::optional<Rejection> admit_length(const HeaderField& length, Admitted& out) {
  if (length.value.empty() || length.value.size() > kLengthDigitsMax || !all(length.value, is_digit)) {
    return malformed(fmt::format("content-length: want 1 to {} digits", kLengthDigitsMax));
  }
  out.body_bytes = std::stoull(length.value);
  if (out.body_bytes > out.body_bytes_max) {
    return Rejection{"body-too-large", fmt::format("content-length: found {}, want {} at most", out.body_bytes, out.body_bytes_max)};
  }
  return std::nullopt;
}

std::optional<Rejection> admit_body(const ParsedHead& head, Admitted& out) {
  const auto* length = find_field(head, "content-length");
  const auto* coding = find_field(head, "transfer-encoding");
  if (length && coding) return malformed("found both content-length and transfer-encoding");
  if (coding && coding->value != "chunked") return malformed("transfer-encoding: want chunked and nothing else");
  out.takes_body = takes_body(out.method);
  out.chunked = coding != nullptr;
  if (length) {
    if (auto refusal = admit_length(*length, out)) return refusal;
  }
  const bool has_body = out.chunked || out.body_bytes > 0;
  if (has_body && !out.takes_body) return malformed(fmt::format("found a body with {}", method_name(out.method)));
  if (out.takes_body && !length && !coding) return Rejection{"length-required", "found neither content-length nor transfer-encoding"};
  if (find_field(head, "trailer")) return malformed("found a trailer field: fields after the body are not read");
  if (find_field(head, "content-encoding")) return Rejection{"unsupported-media-type", "found content-encoding: want the body as it is"};
  return std::nullopt;
}

std::optional<Rejection> admit_connection(const ParsedHead& head, Admitted& out) {
  if (const auto* connection = find_field(head, "connection")) {
    const auto options = "," + lower(connection->value) + ",";
    std::string packed;
    std::copy_if(options.begin(), options.end(), std::back_inserter(packed), [](char c) { return c != ' '; });
    out.keep_alive = packed.find(",close,") == std::string::npos;
  }
  if (const auto* expect = find_field(head, "expect")) {
    if (lower(expect->value) != "100-continue") return Rejection{"expectation-failed", "expect: want 100-continue"};
    out.expects_continue = out.chunked || out.body_bytes > 0;
  }
  return std::nullopt;
}

}  // namespace

std::string path_fault(std::string_view path) {
  if (!path.starts_with('/')) return "it does not begin with a slash";
  if (path == "/") return {};
  for (size_t begin = 1; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    const auto segment = percent_decoded(path.substr(begin, end - begin));
    if (!segment) return "found percent-encoding that is malformed, or hides a control character or bytes that are not UTF-8";
    if (segment->empty()) return "found an empty segment";
    if (*segment == "." || *segment == "..") return "found a segment of dots";
    if (segment->find_first_of("/\\") != std::string::npos) return "found an encoded slash or backslash";
    begin = end + 1;
  }
  return {};
}

std::variant<size_t, Rejection> find_head_end(std::string_view bytes, size_t seen, const AdmissionRules& rules) {
  const size_t most = rules.line_bytes_max + 2 + rules.head_bytes_max;
  const auto window = bytes.substr(0, most);
  // A line end that was cut in two stands at the end of what was seen: look from there again.
  const size_t known = std::min(seen, window.size());
  for (size_t i = known - std::min<size_t>(known, 3); i < window.size(); ++i) {
    const char c = window[i];
    if (c == '\n' && (i == 0 || window[i - 1] != '\r')) return malformed("found a line feed without a carriage return");
    if (c == '\r' && i + 1 < window.size() && window[i + 1] != '\n') return malformed("found a carriage return without a line feed");
    if (c == '\0') return malformed("found byte 0x00");
    if (c == '\n' && i == 1) return malformed("found an empty line before the request");
    if (c == '\n' && i >= 3 && window[i - 2] == '\n') return i + 1;
  }
  const auto first_line = window.find('\r');
  if (std::min(first_line, window.size()) > rules.line_bytes_max) {
    return Rejection{"target-too-long", fmt::format("found a request line of more than {} bytes", rules.line_bytes_max)};
  }
  if (bytes.size() >= most || (first_line != std::string_view::npos && bytes.size() - first_line > rules.head_bytes_max + 2)) {
    return Rejection{"head-too-large", fmt::format("found fields of more than {} bytes", rules.head_bytes_max)};
  }
  return size_t{0};
}

std::variant<ParsedHead, Rejection> parse_head(std::string_view head, const AdmissionRules& rules) {
  const auto found = find_head_end(head, 0, rules);
  if (const auto* refusal = std::get_if<Rejection>(&found)) return *refusal;
  if (std::get<size_t>(found) != head.size() || head.empty()) return malformed("found no whole head");
  ParsedHead out;
  const auto line_end = head.find("\r\n");
  if (auto refusal = read_request_line(head.substr(0, line_end), rules, out)) return *refusal;
  auto rest = head.substr(line_end + 2);
  if (rest.size() > rules.head_bytes_max) return Rejection{"head-too-large", fmt::format("found fields of more than {} bytes", rules.head_bytes_max)};
  for (auto end = rest.find("\r\n"); end != 0; end = rest.find("\r\n")) {
    if (out.fields.size() == rules.fields_max) return Rejection{"head-too-large", fmt::format("found more than {} fields", rules.fields_max)};
    if (auto refusal = read_field(rest.substr(0, end), out)) return *refusal;
    rest.remove_prefix(end + 2);
  }
  return out;
}

std::variant<Admitted, Rejection> admit(const ParsedHead& head, const AdmissionRules& rules, const BodyLimit& limit) {
  if (head.version != kVersion) return Rejection{"version-not-supported", "want HTTP/1.1"};
  const auto method = find_method(head.method);
  if (!method) return Rejection{"unknown-method", "want one of GET HEAD POST PUT PATCH DELETE OPTIONS"};
  for (const auto name : kOnce) {
    const auto same = [&](const HeaderField& field) { return field.name == name; };
    if (std::count_if(head.fields.begin(), head.fields.end(), same) > 1) return malformed(fmt::format("found the field {} twice", name));
  }
  Admitted out;
  out.method = *method;
  if (auto refusal = admit_target(head.target, out)) return *refusal;
  if (auto refusal = admit_host(head, rules, out)) return *refusal;
  const uint64_t of_route = limit && takes_body(out.method) ? limit(out.method, out.path) : 0;
  out.body_bytes_max = of_route > 0 ? of_route : rules.body_bytes_max;
  if (auto refusal = admit_body(head, out)) return *refusal;
  if (auto refusal = admit_connection(head, out)) return *refusal;
  out.fields = head.fields;
  return out;
}

}  // namespace daybook
