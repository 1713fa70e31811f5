#include "server/admission.h"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <optional>
#include <random>

#include "server/problem.h"

using namespace daybook;

namespace {

const AdmissionRules kRules{.names = {"ledger.example", "[::1]"}};

// From bytes to the answer, as a connection has it: the head's end, its parts, whether it is admitted.
std::variant<Admitted, Rejection> read(std::string_view bytes, const AdmissionRules& rules = kRules) {
  const auto end = find_head_end(bytes, 0, rules);
  if (const auto* refusal = std::get_if<Rejection>(&end)) return *refusal;
  if (std::get<size_t>(end) == 0) return Rejection{"", "goes on"};
  const auto head = parse_head(bytes.substr(0, std::get<size_t>(end)), rules);
  if (const auto* refusal = std::get_if<Rejection>(&head)) return *refusal;
  return admit(std::get<ParsedHead>(head), rules);
}

std::string problem_with(std::string_view bytes) {
  const auto answer = read(bytes);
  const auto* refusal = std::get_if<Rejection>(&answer);
  return refusal ? std::string(refusal->problem) : "admitted";
}

std::string get(std::string_view target, std::string_view fields = "") {
  return fmt::format("GET {} HTTP/1.1\r\nHost: ledger.example\r\n{}\r\n", target, fields);
}
std::string post(std::string_view fields) { return fmt::format("POST /v1/x HTTP/1.1\r\nHost: ledger.example\r\n{}\r\n", fields); }

}  // namespace

TEST_CASE("what well-behaved clients send is admitted, with what it says", "[server][admission]") {
  const auto plain = std::get<Admitted>(read(get("/v1/tile/0/x001/234.p/12?a=b%20c&d", "Accept: */*\r\nconnection: Keep-Alive\r\n")));
  const auto body = std::get<Admitted>(read(post("Content-Length: 0012\r\nExpect: 100-continue\r\nConnection: upgrade, Close\r\n")));
  const auto chunked = std::get<Admitted>(read(post("Transfer-Encoding: chunked  \r\n")));

  CHECK(plain.method == Method::kGet);
  CHECK(plain.path == "/v1/tile/0/x001/234.p/12");
  CHECK(plain.query == "a=b%20c&d");
  CHECK(plain.host == "ledger.example");
  CHECK(plain.keep_alive);
  CHECK(plain.fields == std::vector<HeaderField>{{"host", "ledger.example"}, {"accept", "*/*"}, {"connection", "Keep-Alive"}});
  CHECK(body.body_bytes == 12);
  CHECK(body.expects_continue);
  CHECK_FALSE(body.keep_alive);
  CHECK(chunked.chunked);
  CHECK(std::get<Admitted>(read("GET / HTTP/1.1\r\nHost:[::1]:8443\r\n\r\n")).host == "[::1]");
  CHECK(std::get<Admitted>(read("GET / HTTP/1.1\r\nHost: LEDGER.example:443\r\n\r\n")).host == "ledger.example");
}

TEST_CASE("forms that two readers are known to take differently are refused", "[server][admission][smuggling]") {
  const auto bytes = GENERATE(values<std::string>({
      // what Beast 1.74 let through
      post("Transfer-Encoding: gzip\r\nContent-Length: 4\r\n"),
      post("Content-Length: 4\r\nTransfer-Encoding: gzip\r\n"),
      post("Transfer-Encoding: xchunked\r\n"),
      post("Transfer-Encoding: chunked, identity\r\n"),
      post("Content-Length: 5, 5\r\n"),
      post("Content-Length: 5\r\nContent-Length: 5\r\n"),
      post("Host: ledger.example\r\nContent-Length: 0\r\n"),
      "GET / HTTP/1.1\r\n\r\n",
      get("/", "Accept: a\r\n b\r\n"),
      get("/", "Accept: a\r\n\tb\r\n"),
      "GET http://ledger.example/ HTTP/1.1\r\nHost: ledger.example\r\n\r\n",
      // lengths
      post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"),
      post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"),
      post("Content-Length: 5\r\nContent-Length: 6\r\n"),
      post("Content-Length: +5\r\n"),
      post("Content-Length: -5\r\n"),
      post("Content-Length: 0x5\r\n"),
      post("Content-Length: 5 5\r\n"),
      post("Content-Length: \r\n"),
      post("Content-Length: 00000000000000000005\r\n"),
      post("Content-Length: 18446744073709551621\r\n"),
      post("Content-Length: 5.0\r\n"),
      post("Content_Length: 5\r\nContent-Length: 0\r\n"),
      // transfer codings
      post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
      post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
      post("Transfer-Encoding: Chunked\r\n"),
      post("Transfer-Encoding: \"chunked\"\r\n"),
      post("Transfer-Encoding: chunked;a=b\r\n"),
      post("Transfer-Encoding: chunked,\r\n"),
      post("Transfer-Encoding: ,chunked\r\n"),
      post("Transfer-Encoding:\tchunked\r\n"),
      post("Transfer-Encoding:\x0b"
           "chunked\r\n"),
      post("Transfer-Encoding: chunked\t\r\n"),
      post("Transfer-Encoding : chunked\r\n"),
      post(" Transfer-Encoding: chunked\r\n"),
      post("Transfer-Encoding\r\n: chunked\r\n"),
      post("Transfer-Encoding:\r\n chunked\r\n"),
      post("Transfer_Encoding: chunked\r\nContent-Length: 0\r\n"),
      post("Transfer-Encoding: \r\n"),
      post("X: y\nTransfer-Encoding: chunked\r\n"),
      post("X: y\rTransfer-Encoding: chunked\r\n"),
      post(std::string_view("X: y\0z\r\n", 8)),
      post("Transfer-Encoding: chunked\r\nTrailer: x\r\n"),
      // bodies where none belongs
      get("/", "Content-Length: 4\r\n"),
      get("/", "Transfer-Encoding: chunked\r\n"),
      // lines
      "GET / HTTP/1.1\nHost: ledger.example\n\n",
      "GET / HTTP/1.1\r\nHost: ledger.example\r\n\n",
      "GET / HTTP/1.1\r\nHost: ledger.example\n\r\n",
      "\r\nGET / HTTP/1.1\r\nHost: ledger.example\r\n\r\n",
      "\nGET / HTTP/1.1\r\nHost: ledger.example\r\n\r\n",
      " GET / HTTP/1.1\r\nHost: ledger.example\r\n\r\n",
      "GET  / HTTP/1.1\r\nHost: ledger.example\r\n\r\n",
      "GET /  HTTP/1.1\r\nHost: ledger.example\r\n\r\n",
      "GET / HTTP/1.1 \r\nHost: ledger.example\r\n\r\n",
      "GET\t/\tHTTP/1.1\r\nHost: ledger.example\r\n\r\n",
      "GET /\r\nHost: ledger.example\r\n\r\n",
      "GET / a HTTP/1.1\r\nHost: ledger.example\r\n\r\n",
      "G=T / HTTP/1.1\r\nHost: ledger.example\r\n\r\n",
      " HTTP/1.1\r\nHost: ledger.example\r\n\r\n",
      "GET / HTTP/1.1\r\n Host: ledger.example\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: ledger.example\r\nno colon\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: ledger.example\r\n: empty\r\n\r\n",
      get("/", "A(b): c\r\n"),
      get("/", "A\x80: c\r\n"),
      get("/", "A: \x80\r\n"),
      get("/", "A: \x7f\r\n"),
      get("/", "A: \x1b[2J\r\n"),
      // hosts
      "GET / HTTP/1.1\r\nHost: \r\n\r\n",
      "GET / HTTP/1.1\r\nHost: ledger.example, other\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: ledger.example/x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: me@ledger.example\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: ledger.example:\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: ledger.example:8x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: []\r\n\r\n",
      // targets
      get("*"),
      get("ledger.example:443"),
      get("/a b"),
      get("/a#b"),
      get("/a\\b"),
      get("/\xc3\xa9"),
      get("/a\"b"),
      get("/a<b>"),
      get("/a|b"),
      get("/a{b}"),
      get("/a^b`"),
      get("//a"),
      get("/a//b"),
      get("/a/"),
      get("/./a"),
      get("/a/.."),
      get("/a/../b"),
      get("/a/%2e%2E/b"),
      get("/a/.%2e"),
      get("/%2e"),
      get("/a%2fb"),
      get("/a%5Cb"),
      get("/a%00b"),
      get("/a%0d%0ab"),
      get("/a%7fb"),
      get("/a%1bb"),
      get("/a%"),
      get("/a%2"),
      get("/a%2g"),
      get("/a%zz"),
      get("/a%u0041"),
      get("/a%c3"),
      get("/a%c0%ae"),
      get("/a%ed%a0%80"),
      get("/a%e2%80%ae"),
      // connection
      get("/", "Connection: close\r\nConnection: keep-alive\r\n"),
      get("/", "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"),
      get("/", "Cookie: a=b\r\nCookie: c=d\r\n"),
  }));
  CAPTURE(bytes);

  CHECK(problem_with(bytes) == "malformed-request");
}

TEST_CASE("each other refusal has its own kind of problem, and every kind has its page", "[server][admission]") {
  const auto [wanted, bytes] = GENERATE(table<std::string, std::string>({
      {"unknown-method", "BREW / HTTP/1.1\r\nHost: ledger.example\r\n\r\n"},
      {"unknown-method", "get / HTTP/1.1\r\nHost: ledger.example\r\n\r\n"},
      {"unknown-method", "TRACE / HTTP/1.1\r\nHost: ledger.example\r\n\r\n"},
      {"unknown-method", "CONNECT / HTTP/1.1\r\nHost: ledger.example\r\n\r\n"},
      {"unknown-method", "PRI * HTTP/1.1\r\nHost: ledger.example\r\n\r\n"},
      {"version-not-supported", "GET / HTTP/1.0\r\nHost: ledger.example\r\n\r\n"},
      {"version-not-supported", "GET / HTTP/2.0\r\nHost: ledger.example\r\n\r\n"},
      {"version-not-supported", "GET / http/1.1\r\nHost: ledger.example\r\n\r\n"},
      {"version-not-supported", "GET / HTTP/1.10\r\nHost: ledger.example\r\n\r\n"},
      {"unknown-host", "GET / HTTP/1.1\r\nHost: other.example\r\n\r\n"},
      {"unknown-host", "GET / HTTP/1.1\r\nHost: ledger.example.other\r\n\r\n"},
      {"unknown-host", "GET / HTTP/1.1\r\nHost: ledger.example.\r\n\r\n"},
      {"body-too-large", post("Content-Length: 262145\r\n")},
      {"body-too-large", post("Content-Length: 9999999999999999999\r\n")},
      {"length-required", post("")},
      {"unsupported-media-type", post("Content-Length: 4\r\nContent-Encoding: gzip\r\n")},
      {"expectation-failed", post("Content-Length: 4\r\nExpect: 200-ok\r\n")},
  }));
  CAPTURE(bytes);

  CHECK(problem_with(bytes) == wanted);
  CHECK(find_problem_kind(wanted) != nullptr);
}

TEST_CASE("limits hold at the byte, whether the rest of the head has come or not", "[server][admission]") {
  const std::string frame = "GET / HTTP/1.1";
  const auto line = [&](size_t bytes) {
    return fmt::format("GET /{} HTTP/1.1\r\nHost: ledger.example\r\n\r\n", std::string(bytes - frame.size(), 'a'));
  };
  const auto fields = [&](size_t bytes) {
    return fmt::format("GET / HTTP/1.1\r\nHost: ledger.example\r\nA: {}\r\n\r\n", std::string(bytes - 29, 'a'));
  };
  const auto many = [&](size_t count) {
    std::string text;
    for (size_t i = 1; i < count; ++i) text += "A: b\r\n";
    return get("/", text);
  };

  CHECK(problem_with(line(4096)) == "admitted");
  CHECK(problem_with(line(4097)) == "target-too-long");
  CHECK(problem_with(std::string(4096, 'A')).empty());  // goes on
  CHECK(problem_with(std::string(4097, 'A')) == "target-too-long");
  CHECK(problem_with(fields(8192)) == "admitted");
  CHECK(problem_with(fields(8193)) == "head-too-large");
  CHECK(problem_with(fields(20000).substr(0, 9000)) == "head-too-large");
  CHECK(problem_with(many(64)) == "admitted");
  CHECK(problem_with(many(65)) == "head-too-large");
  CHECK(problem_with(get("/", "A: " + std::string(100'000, 'a'))) == "head-too-large");
}

TEST_CASE("a head is found at the same place however its bytes come", "[server][admission][property]") {
  const auto head = get("/v1/checkpoint", "Accept: */*\r\nUser-Agent: x\r\n");
  const auto bytes = head + "what follows\n\r\n\n";
  std::mt19937 random(7);

  for (int round = 0; round < 500; ++round) {
    size_t seen = 0, end = 0;
    for (size_t have = 0; end == 0 && have < bytes.size();) {
      have = std::min<size_t>(bytes.size(), have + 1 + random() % (round % 2 ? 3 : 40));
      const auto found = find_head_end(std::string_view(bytes).substr(0, have), seen, kRules);
      REQUIRE(std::holds_alternative<size_t>(found));
      end = std::get<size_t>(found);
      seen = have;
    }
    REQUIRE(end == head.size());
  }
}

TEST_CASE("one byte put into a head anywhere never gives another reading of its framing", "[server][admission][property]") {
  const auto good = post("Content-Length: 11\r\nContent-Type: application/json\r\nAccept: */*\r\n");
  const auto wanted = std::get<Admitted>(read(good));
  const auto byte = static_cast<char>(GENERATE(range(0, 256)));

  for (size_t at = 0; at <= good.size(); ++at) {
    for (const bool put : {true, false}) {  // put in, or in the place of another
      if (!put && at == good.size()) continue;
      auto bytes = good;
      bytes.replace(at, put ? 0 : 1, 1, byte);
      const auto answer = read(bytes);
      const auto* admitted = std::get_if<Admitted>(&answer);
      if (!admitted) continue;
      CAPTURE(at, put, bytes);
      // The length may be another number, in plain digits; it may not be told in another way, or be told of another request.
      CHECK_FALSE(admitted->chunked);
      CHECK((admitted->method == wanted.method || admitted->method == Method::kPut));
      const auto length =
          std::count_if(admitted->fields.begin(), admitted->fields.end(), [](const HeaderField& f) { return f.name == "content-length"; });
      CHECK(length == 1);
      CHECK(admitted->fields.size() >= 3);
      for (const auto& field : admitted->fields) {
        for (const char c : field.name + field.value) REQUIRE((c >= ' ' && c <= '~'));
      }
    }
  }
}

TEST_CASE("what is admitted, written out again, is read as the same", "[server][admission][property]") {
  std::mt19937 random(GENERATE(range(0u, 200u)));
  const auto pick = [&](std::string_view from, size_t most) {
    std::string out;
    for (size_t n = 1 + random() % most; n > 0; --n) out += from[random() % from.size()];
    return out;
  };
  std::string bytes = fmt::format("GET /{}?{} HTTP/1.1\r\nHost: ledger.example\r\n", pick("abcXYZ019-_~!$&'()*+,;=:@", 30), pick("abc=&%2041/?", 20));
  for (size_t n = random() % 20; n > 0; --n) {
    bytes += fmt::format("X-{}:{}{}\r\n", pick("abcXYZ019-", 12), std::string(random() % 3, ' '), pick(" !\"#abc,;=\\~", 40));
  }
  bytes += "\r\n";

  const auto first = parse_head(bytes, kRules);
  REQUIRE(std::holds_alternative<ParsedHead>(first));
  const auto& head = std::get<ParsedHead>(first);
  std::string again = fmt::format("{} {} {}\r\n", head.method, head.target, head.version);
  for (const auto& field : head.fields) again += field.name + ":" + field.value + "\r\n";
  const auto second = parse_head(again + "\r\n", kRules);

  REQUIRE(std::holds_alternative<ParsedHead>(second));
  CHECK(std::get<ParsedHead>(second) == head);
}
