#include "server/strict_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>
#include <set>
#include <vector>

#include "ledger/csv.h"

namespace daybook {
namespace json = boost::json;
namespace {

// What the parser tells us, put together as a value; and the rules that the parser does not have.
class Builder {
 public:
  // The parser refuses more by itself; these bound what it hands over in one part.
  static constexpr size_t max_object_size = size_t(-1), max_array_size = size_t(-1), max_key_size = size_t(-1), max_string_size = size_t(-1);

  explicit Builder(size_t values_max) : values_max_(values_max) {}

  json::value release() { return stack_.release(); }
  const std::string& fault() const { return fault_; }

  bool on_document_begin(json::error_code&) { return stack_.reset(), true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code& error) { return counted(error); }
  bool on_array_end(size_t size, json::error_code&) { return stack_.push_array(size), true; }
  bool on_object_begin(json::error_code& error) { return names_.emplace_back(), counted(error); }
  bool on_object_end(size_t size, json::error_code&) { return stack_.push_object(size), names_.pop_back(), true; }
  bool on_key_part(json::string_view part, size_t, json::error_code&) { return name_.append(part.data(), part.size()), true; }
  bool on_key(json::string_view part, size_t, json::error_code& error) {
    name_.append(part.data(), part.size());
    stack_.push_key(name_);
    const bool fresh = names_.back().insert(std::exchange(name_, {})).second;
    return fresh || refused("an object names a member twice", error);
  }
  bool on_string_part(json::string_view part, size_t, json::error_code&) { return stack_.push_chars(part), true; }
  bool on_string(json::string_view part, size_t, json::error_code& error) { return stack_.push_string(part), counted(error); }
  bool on_number_part(json::string_view part, json::error_code&) { return number_.append(part.data(), part.size()), true; }
  bool on_int64(int64_t number, json::string_view, json::error_code& error) { return number_.clear(), stack_.push_int64(number), counted(error); }
  bool on_uint64(uint64_t number, json::string_view, json::error_code& error) { return number_.clear(), stack_.push_uint64(number), counted(error); }
  bool on_double(double number, json::string_view part, json::error_code& error) {
    number_.append(part.data(), part.size());
    const bool whole = std::exchange(number_, {}).find_first_of(".eE") == std::string::npos;
    if (whole || !std::isfinite(number)) return refused("a number is too large", error);
    return stack_.push_double(number), counted(error);
  }
  bool on_bool(bool truth, json::error_code& error) { return stack_.push_bool(truth), counted(error); }
  bool on_null(json::error_code& error) { return stack_.push_null(), counted(error); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  bool counted(json::error_code& error) { return ++values_ <= values_max_ || refused(fmt::format("more than {} values", values_max_), error); }
  bool refused(std::string fault, json::error_code& error) {
    fault_ = std::move(fault);
    error = json::error::syntax;
    return false;
  }

  json::value_stack stack_;
  std::vector<std::set<std::string>> names_;  // of the objects that are open
  std::string name_, number_, fault_;         // as far as they have come
  const size_t values_max_;
  size_t values_ = 0;
};

// What stands in a JSON text as it is.
bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

}  // namespace

Result<json::value> read_json(std::string_view text, const JsonLimits& limits) {
  const auto rejected = [](const std::string& fault) { return Error{Fault::kRejected, "JSON: " + fault}; };
  if (text.size() > limits.bytes_max) return rejected(fmt::format("found {} bytes, want {} at most", text.size(), limits.bytes_max));
  json::parse_options options;
  options.max_depth = limits.depth_max;
  json::basic_parser<Builder> parser(options, limits.values_max);
  json::error_code error;
  const size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error) {
    const auto& own = parser.handler().fault();
    return rejected(fmt::format("found {} at byte {}", own.empty() ? error.message() : own, read));
  }
  if (read != text.size()) return rejected(fmt::format("found more after the value, at byte {}", read));
  return parser.handler().release();
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto plain = static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto first = static_cast<uint8_t>(text[0]);
    if (first < 0x80) {
      out += first == '"' || first == '\\' ? fmt::format("\\{}", text[0]) : fmt::format("\\u{:04x}", first);
      text.remove_prefix(1);
    } else if (find_bad_text(text.substr(0, 4)) == 0) {
      out += "\\ufffd";
      text.remove_prefix(1);
    } else {
      const size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
      uint32_t number = first & (0x7f >> length);
      for (size_t i = 1; i < length; ++i) number = number << 6 | (static_cast<uint8_t>(text[i]) & 0x3f);
      out += number < 0x10000 ? fmt::format("\\u{:04x}", number)
                              : fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + ((number - 0x10000) >> 10), 0xdc00 + ((number - 0x10000) & 0x3ff));
      text.remove_prefix(length);
    }
  }
  return out + '"';
}

}  // namespace daybook
