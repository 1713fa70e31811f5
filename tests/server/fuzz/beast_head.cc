#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <limits>

#include "tests/server/fuzz/targets.h"

namespace daybook::test {
namespace http = boost::beast::http;

std::string beast_fault(std::string_view head, const Admitted& admitted) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(64 * 1024);
  parser.body_limit(std::numeric_limits<uint64_t>::max());
  boost::beast::error_code error;
  const size_t used = parser.put(boost::asio::buffer(head.data(), head.size()), error);
  if (error) return {};  // and so the connection refuses it
  const auto& read = parser.get();
  const auto length = parser.content_length();
  const std::string target(read.target()), wanted = admitted.query.empty() ? admitted.path : admitted.path + "?" + admitted.query;
  if (used != head.size()) return "Beast ends the head elsewhere";
  if (std::string_view(read.method_string()) != method_name(admitted.method)) return "Beast reads another method";
  if (target != wanted && target != wanted + "?") return "Beast reads another target";
  if (read.version() != 11) return "Beast reads another version";
  if (static_cast<size_t>(std::distance(read.begin(), read.end())) != admitted.fields.size()) return "Beast reads other fields";
  if (parser.chunked() != admitted.chunked || (length ? *length : 0) != admitted.body_bytes) return "Beast reads another length";
  return {};
}

}  // namespace daybook::test
