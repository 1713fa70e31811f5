#include "server/router.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <random>

#include "server/entity_tag.h"
#include "server/problem.h"
#include "server/trace.h"

using namespace daybook;

namespace {

Route route(Method method, std::string path, std::vector<std::string_view> query = {}) {
  return {method, std::move(path), std::move(query), {}, [](const Request&, const Found&) { return Response{}; }};
}

Router routes() {
  Router router;
  router.add(route(Method::kGet, "/v1/{what}", {"at", "limit"}));
  router.add(route(Method::kGet, "/v1/checkpoint"));
  router.add(route(Method::kPost, "/v1/checkpoint"));
  router.add(route(Method::kGet, "/v1/tile/{level}/{index*}"));
  router.add(route(Method::kGet, "/v1/{what}/{id}"));
  return router;
}

Request ask(Method method, std::string path, std::string query = "") {
  Request request;
  request.method = method;
  request.path = std::move(path);
  request.query = std::move(query);
  return request;
}

// The template that answers, and what it found; or the status that says why none does.
std::string found(const Request& request) {
  static const Router router = routes();
  const auto answer = router.find(request);
  if (const auto* miss = std::get_if<Router::Miss>(&answer))
    return std::to_string(miss->response.status) + std::string(field_of(miss->response, "allow"));
  const auto& match = std::get<Router::Match>(answer);
  auto text = match.route->path;
  for (const auto* values : {&match.found.path, &match.found.query}) {
    for (const auto& [name, value] : *values) text += " " + name + "=" + value;
  }
  return text;
}

class Counting final : public Randomness {
 public:
  void fill(std::span<uint8_t> out) override {
    for (auto& byte : out) byte = next_++;
  }

 private:
  uint8_t next_ = 0;
};

}  // namespace

TEST_CASE("a path leads to the template that fits, a literal before a parameter", "[server][router]") {
  CHECK(found(ask(Method::kGet, "/v1/checkpoint")) == "/v1/checkpoint");
  CHECK(found(ask(Method::kHead, "/v1/checkpoint")) == "/v1/checkpoint");
  CHECK(found(ask(Method::kPost, "/v1/checkpoint")) == "/v1/checkpoint");
  CHECK(found(ask(Method::kGet, "/v1/seats")) == "/v1/{what} what=seats");
  CHECK(found(ask(Method::kGet, "/v1/seats/a%20%C3%A9")) == "/v1/{what}/{id} id=a \xc3\xa9 what=seats");
  CHECK(found(ask(Method::kGet, "/v1/tile/0/x001/234.p/5")) == "/v1/tile/{level}/{index*} index=x001/234.p/5 level=0");
  CHECK(found(ask(Method::kGet, "/v1/tile/0")) == "/v1/{what}/{id} id=0 what=tile");
}

TEST_CASE("what no route answers is told apart: no such path, method, parameter", "[server][router]") {
  CHECK(found(ask(Method::kGet, "/")) == "404");
  CHECK(found(ask(Method::kGet, "/v1")) == "404");
  CHECK(found(ask(Method::kGet, "/v2/checkpoint")) == "404");
  CHECK(found(ask(Method::kOptions, "/v2/checkpoint")) == "404");
  CHECK(found(ask(Method::kDelete, "/v1/checkpoint")) == "405OPTIONS, GET, HEAD, POST");
  CHECK(found(ask(Method::kPost, "/v1/seats")) == "405OPTIONS, GET, HEAD");
  CHECK(found(ask(Method::kOptions, "/v1/checkpoint")) == "204OPTIONS, GET, HEAD, POST");
}

TEST_CASE("the parameters of a route are a closed set, each once", "[server][router][query]") {
  CHECK(found(ask(Method::kGet, "/v1/seats", "limit=5&at=2024-01-29T23%3A59%3A59%2B01:00")) ==
        "/v1/{what} what=seats at=2024-01-29T23:59:59+01:00 limit=5");
  CHECK(found(ask(Method::kGet, "/v1/seats", "at=a+b")) == "/v1/{what} what=seats at=a b");
  CHECK(found(ask(Method::kGet, "/v1/seats", "at")) == "/v1/{what} what=seats at=");
  CHECK(found(ask(Method::kGet, "/v1/seats", "l%69mit=5")) == "/v1/{what} what=seats limit=5");
  for (const auto* query :
       {"limit=5&limit=5", "limit=5&l%69mit=6", "Limit=5", "other=1", "=1", "&", "at=%", "at=%zz", "at=%00", "at=%0a", "at=%ff", "at=1&&limit=2"}) {
    CAPTURE(query);
    CHECK(found(ask(Method::kGet, "/v1/seats", query)) == "400");
  }
  CHECK(found(ask(Method::kGet, "/v1/checkpoint", "x=1")) == "400");
}

TEST_CASE("whatever text goes through percent-encoding comes back", "[server][query][property]") {
  std::mt19937 random(11);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (size_t n = random() % 20; n > 0; --n) text += static_cast<char>(' ' + random() % 95);
    REQUIRE(percent_decoded(percent_encoded(text)) == text);
    REQUIRE(percent_decoded(percent_encoded(text), true) == text);
  }
}

TEST_CASE("an entity tag is named by itself, weak or among others, and by nothing malformed", "[server]") {
  const auto tag = entity_tag("x");

  CHECK(tag.size() == 34);
  CHECK(tag != entity_tag("y"));
  CHECK(names_tag(tag, tag));
  CHECK(names_tag("*", tag));
  CHECK(names_tag("W/" + tag, tag));
  CHECK(names_tag("\"a\", " + tag + ", \"b\"", tag));
  for (const auto& other : {std::string(), std::string("\"a\""), tag.substr(1), tag + tag, "\"a" + tag, tag.substr(0, 33)}) {
    CAPTURE(other);
    CHECK_FALSE(names_tag(other, tag));
  }
}

TEST_CASE("a caller's trace goes on, and one of another form is replaced", "[server][trace]") {
  Counting randomness;
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  const auto trace = continue_trace(good, randomness);

  CHECK(trace.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(trace.parent_id == "00f067aa0ba902b7");
  CHECK(trace.sampled);
  CHECK(trace.text() == "00-4bf92f3577b34da6a3ce929d0e0e4736-0001020304050607-01");
  CHECK_FALSE(continue_trace(good.substr(0, 53) + "02", randomness).sampled);
  for (const auto& bad : {std::string(), good + "-x", good.substr(0, 54), "01" + good.substr(2), "ff" + good.substr(2), good.substr(0, 53) + "0G",
                          std::string("00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
                          std::string("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
                          std::string("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"),
                          std::string("00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01")}) {
    CAPTURE(bad);
    const auto fresh = continue_trace(bad, randomness);
    CHECK(fresh.parent_id.empty());
    CHECK(fresh.trace_id != trace.trace_id);
    CHECK(fresh.trace_id.size() == 32);
  }
}

TEST_CASE("each problem names a page, and the page says what to do", "[server][problem]") {
  for (const auto& kind : problem_kinds()) {
    const auto response = problem(kind.name, "found \"x\"\r\n", {.trace_id = "4bf9"});

    CHECK(response.status == kind.status);
    CHECK(response.body.find("\"type\":\"/problems/" + std::string(kind.name) + "\"") != std::string::npos);
    CHECK(response.body.find(R"("detail":"found \"x\"\u000d\u000a")") != std::string::npos);
    CHECK(problem_page(kind.name).value().find(kind.advice) != std::string::npos);
    CHECK(problem_list().find(kind.name) != std::string::npos);
    CHECK_FALSE(reason_phrase(kind.status).empty());
  }
  CHECK_FALSE(problem_page("none").has_value());
}
