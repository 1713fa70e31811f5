#include "server/feed.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "ledger/civil_time.h"
#include "tests/server/identity/test_issuer.h"
#include "tests/server/served_ledger.h"

namespace daybook::test {
namespace {

const std::string kFeed = "/v1/feed";
const As kClient{"U2", "client"};

// A served ledger that can be followed.
struct FollowedLedger : ServedLedger {
  FollowedLedger() { add_feed_routes(router, {*ledger, *live, look_book, callers, table, feed_events, feeds, home.clock, log}); }
  void record_staff(int first, int count) {
    for (int i = first; i < first + count; ++i) run(RecordStaff{staff_of("S" + std::to_string(i))});
  }
  FeedEvents feed_events{ledger->programme()};
  ConnectionCaps feeds{3};
};

struct Block {
  std::string id = {}, event = {}, data = {};
};

std::string after_name(std::string_view line, std::string_view name) {
  return line.starts_with(name) ? std::string(line.substr(name.size())) : std::string();
}

std::vector<Block> blocks_of(std::string_view text) {
  std::vector<Block> blocks;
  for (size_t begin = 0, end = 0; (end = text.find("\n\n", begin)) != std::string_view::npos; begin = end + 2) {
    Block block;
    for (auto rest = text.substr(begin, end - begin); !rest.empty(); rest.remove_prefix(std::min(rest.size(), rest.find('\n') + 1))) {
      const auto line = rest.substr(0, rest.find('\n'));
      for (const auto& [name, value] : {std::pair("id: ", &block.id), std::pair("event: ", &block.event), std::pair("data: ", &block.data)}) {
        if (auto found = after_name(line, name); !found.empty()) *value = std::move(found);
      }
      if (line.size() == rest.size()) break;
    }
    blocks.push_back(std::move(block));
  }
  return blocks;
}

// Whoever reads a feed.
class Follower {
 public:
  explicit Follower(Response response) : parts_(std::move(response.parts)) {
    REQUIRE(response.status == 200);
    REQUIRE(parts_);
  }
  // One part, if there is one.
  bool take_one() {
    if (ended || !parts_->ready()) return false;
    auto part = parts_->next();
    REQUIRE(part.has_value());
    ended = !part.value();
    if (!ended) text += *part.value();
    return !ended;
  }
  // All that can be had at present.
  Follower& take() {
    while (take_one()) {
    }
    return *this;
  }
  // The ids of all that was told, in order, but for where it began.
  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const auto& block : blocks_of(text)) {
      if (block.event == "recorded" || block.event == "position") ids.push_back(block.id);
    }
    return ids;
  }
  std::string told() const {
    std::string all;
    for (const auto& block : blocks_of(text)) all += block.event == "recorded" ? block.data + "\n" : "";
    return all;
  }
  bool tells(const std::string& words) const { return told().find(words) != std::string::npos; }
  bool ready() const { return parts_->ready(); }

  std::string text;
  bool ended = false;

 private:
  std::shared_ptr<BodyParts> parts_;
};

std::vector<std::string> positions(uint64_t from, uint64_t to) {
  std::vector<std::string> all;
  for (; from < to; ++from) all.push_back(std::to_string(from));
  return all;
}

}  // namespace

TEST_CASE("a feed tells what is recorded after it began, in references and open fields", "[server][feed]") {
  FollowedLedger served;
  const auto before = served.end();

  auto response = served.get(kFeed);
  CHECK(response.content_type == "text/event-stream");
  CHECK(field_of(response, "cache-control") == "no-store");
  Follower follower(std::move(response));
  follower.take();
  CHECK(follower.ids().empty());
  CHECK(follower.text == "retry: 2000\nid: " + std::to_string(before - 1) + "\nevent: begin\ndata: {\"from\":" + std::to_string(before) + "}\n\n");
  CHECK_FALSE(follower.ready());
  served.act(Action::kEndPairing, "P1", "2024-04-01T10:00:00Z");
  follower.take();

  CHECK(follower.ids() == positions(before, served.end()));
  const auto recorded_at = to_text(served.events(Position{before}).at(0).envelope.recorded_at);
  CHECK(blocks_of(follower.text).at(1).data == R"({"position":)" + std::to_string(before) +
                                                   R"(,"kind":"PairingEnded","stream":"pairing/P1","recorded_at":")" + recorded_at +
                                                   R"(","programme":"iom-coaching","cycle":"2024"})");
}

TEST_CASE("who comes back with the last id goes on right behind it, whatever the address says", "[server][feed]") {
  FollowedLedger served;
  const auto end = served.end();
  const std::vector<HeaderField> last{{"last-event-id", "4"}};

  CHECK(Follower(served.get(kFeed, kAdmin, "", last)).take().ids() == positions(5, end));
  CHECK(Follower(served.get(kFeed, kAdmin, "from=0", last)).take().ids() == positions(5, end));
  CHECK(Follower(served.get(kFeed, kAdmin, "after=6")).take().ids() == positions(7, end));
  CHECK(Follower(served.get(kFeed, kAdmin, "from=0")).take().ids() == positions(0, end));
  CHECK(Follower(served.get(kFeed, kAdmin, "from=" + std::to_string(end))).take().ids().empty());
}

TEST_CASE("who catches up while more is recorded has every position once, in order, and then what comes", "[server][feed]") {
  FollowedLedger served;
  served.record_staff(0, 600);
  Follower behind(served.get(kFeed, kAdmin, "from=0")), near(served.get(kFeed, kAdmin, "from=300"));

  int more = 0;
  near.take_one();
  while (behind.take_one()) {
    if (more < 5) served.record_staff(1000 + more++, 1);
    near.take_one();
  }
  served.record_staff(2000, 3);

  CHECK(more == 5);
  CHECK(behind.take().ids() == positions(0, served.end()));
  CHECK(near.take().ids() == positions(300, served.end()));
}

TEST_CASE("who is far behind the newest is told as others are", "[server][feed]") {
  FollowedLedger served;
  served.record_staff(0, 40);
  FeedEvents events(served.ledger->programme());
  const auto end = served.end();
  const auto first_of = [&](uint64_t from, uint64_t to) {
    const auto block = events.read(Position{from}, Position{to});
    REQUIRE(block.has_value());
    REQUIRE(block.value().size() == to - from);
    for (const auto& event : block.value()) CHECK(event->event.envelope.position.value == from++);
  };

  first_of(end - 10, end - 5);  // kept from here on
  first_of(0, 10);
  first_of(end - 12, end - 8);
  first_of(end - 7, end);
  first_of(end - 10, end);
  first_of(end, end);
}

TEST_CASE("each is told of what they may be told of, and of the rest that it is there", "[server][feed][S0-06]") {
  FollowedLedger served;
  const auto end = served.end();

  auto admin = Follower(served.get(kFeed, kAdmin, "from=0")), client = Follower(served.get(kFeed, kClient, "from=0"));
  admin.take();
  client.take();

  CHECK(admin.tells("\"pairing/P1\""));
  CHECK(admin.tells("\"kind\":\"SessionMarkedDone\""));
  CHECK(client.ids() == positions(0, end));
  CHECK(client.tells(served.id_of("U2").value));
  CHECK(client.tells("application/A2"));
  for (const auto& words :
       {served.id_of("U1").value, served.id_of("U3").value, std::string("P1"), std::string("A1"), std::string("PairingAccepted")}) {
    CAPTURE(words);
    CHECK(client.text.find(words) == std::string::npos);
    CHECK(admin.tells(words));
  }
  CHECK(client.text.find("event: position\ndata: {\"position\":0}\n\n") != std::string::npos);
}

TEST_CASE("nothing confidential is in a feed, and to follow it is no look", "[server][feed][S0-06]") {
  FollowedLedger served;
  const auto role = GENERATE(values<std::string>({"administrator", "compliance-officer"}));
  served.run(PlaceHold{"U2", "a canary of a reason"});

  const auto text = Follower(served.get(kFeed, {"test@host", role, "a canary of a purpose"}, "from=0")).take().text;

  CHECK(text.find("HoldPlaced") != std::string::npos);
  for (const auto* canary : {"Name of", "@staff.example", "test@host", "head-of-office", "P3", "canary", "\"U1\"", "\"C1\"", "icf-", "2015-01-01"}) {
    CAPTURE(canary);
    CHECK(text.find(canary) == std::string::npos);
  }
  CHECK(served.looks().empty());
}

TEST_CASE("what only a broken glass shows is not in a feed", "[server][feed][glass][S0-06]") {
  FollowedLedger served;
  const As manager{"U3", "line-manager"};
  served.run(GrantRole{"U3", "line-manager", "", "", std::nullopt, "a test"});
  Command broken;
  broken.body = BreakGlass{"g1", "", {"iom-coaching", "2024"}, {"session"}, 30, "an accident", "test@host"};
  broken.actor = "U3";
  broken.role = "line-manager";
  broken.recorded_by = "test@host";
  broken.channel = Channel::kImport;
  REQUIRE(served.ledger->sequencer().execute(std::move(broken)).outcome == Outcome::kRecorded);
  REQUIRE(served.get("/v1/things/P1", manager).status == 200);
  const auto looks = served.looks().size();

  auto follower = Follower(served.get(kFeed, manager, "from=0"));
  follower.take();

  CHECK(follower.ids() == positions(0, served.end()));
  CHECK(follower.tells(served.id_of("U3").value));
  CHECK_FALSE(follower.tells("P1"));
  CHECK(served.looks().size() == looks);
}

TEST_CASE("a feed wants a sign-in, a role that is held, and a purpose", "[server][feed][S0-06]") {
  FollowedLedger served;

  CHECK(problem_in(served.get(kFeed, kNobody)) == "sign-in-wanted");
  CHECK(problem_in(served.get(kFeed, {"test@host"})) == "role-wanted");
  CHECK(problem_in(served.get(kFeed, {"test@host", "administrator", ""})) == "purpose-wanted");
  CHECK(served.looks().empty());
  CHECK(problem_in(served.get(kFeed, {"U1", "auditor"})) == "role-not-held");
  REQUIRE(served.looks().size() == 1);
  CHECK(std::get<RecordViewed>(served.looks()[0].body).denied);
  served.home.clock.wall -= std::chrono::minutes(10);  // no look may stand before the newest
  CHECK(problem_in(served.get(kFeed, {"U1", "auditor"})) == "access-book");
  CHECK(Follower(served.get(kFeed)).take().text.starts_with("retry"));  // nothing confidential is in it
}

TEST_CASE("where a feed begins is a position that there is, said once", "[server][feed]") {
  FollowedLedger served;
  const auto end = std::to_string(served.end());

  for (const auto& query : {std::string("after="), std::string("after=-1"), std::string("from=x"), std::string("after=1&from=1"), std::string("at=1"),
                            "from=" + std::string(19, '1')}) {
    CAPTURE(query);
    CHECK(problem_in(served.get(kFeed, kAdmin, query)) == "wrong-parameter");
  }
  CHECK(problem_in(served.get(kFeed, kAdmin, "", {{"last-event-id", "four"}})) == "wrong-field");
  CHECK(problem_in(served.get(kFeed, kAdmin, "", {{"last-event-id", end}})) == "behind");
  CHECK(problem_in(served.get(kFeed, kAdmin, "after=" + end)) == "behind");
  CHECK(served.post(kFeed, "{}").status == 405);
}

TEST_CASE("a quiet feed says now and then that it is there", "[server][feed]") {
  FollowedLedger served;
  Follower follower(served.get(kFeed));
  follower.take();
  const auto before = follower.text.size();

  served.home.clock.pass(std::chrono::seconds(9));
  CHECK_FALSE(follower.ready());
  served.home.clock.pass(std::chrono::seconds(2));

  CHECK(follower.take().text.substr(before) == ": \n\n");
  CHECK_FALSE(follower.ended);
}

TEST_CASE("a feed ends when its reader is signed out, and tells nothing more", "[server][feed][S0-06]") {
  FollowedLedger served;
  Follower follower(served.get(kFeed));
  follower.take();

  served.sessions.end_at_provider({"daybook:demo", "test@host"}, "");
  served.act(Action::kEndPairing, "P1", "2024-04-01T10:00:00Z");

  CHECK(follower.take().ended);
  CHECK(follower.ids().empty());
}

TEST_CASE("a feed ends with the token of its reader, and tells nothing more", "[server][feed][S0-06]") {
  FollowedLedger served;
  TokenWants wants;
  wants.issuer = "https://login.example.org";
  wants.audience = "https://daybook.example.org";
  wants.algorithms = {Algorithm::kEs256};
  wants.person_claim = "staff_number";
  const BearerTokens bearer({{wants, [](std::string_view) -> Result<PublicKey> { return es_key().public_key(); }}}, served.home.clock);
  const Callers callers(served.people, &bearer, served.sessions, "", served.log);
  Router router;
  add_feed_routes(router, {*served.ledger, *served.live, served.look_book, callers, served.table, served.feed_events, served.feeds, served.home.clock,
                           served.log});
  const Service service("public", router, served.metrics, served.log);
  const auto now = std::chrono::floor<std::chrono::seconds>(served.home.clock.now()).time_since_epoch().count();
  const boost::json::object claims{{"iss", wants.issuer}, {"sub", "user-1"}, {"aud", wants.audience}, {"iat", now - 10},
                                   {"exp", now + 290},    {"jti", "1"},      {"client_id", "x"},      {"staff_number", "U2"}};
  const auto token = token_of({{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", es_key().kid()}}, claims, es_key());
  Request request;
  request.path = kFeed;
  request.fields = {{"authorization", "Bearer " + token}, {"host", "localhost"}, {"daybook-role", "client"}, {"daybook-purpose", "a test"}};
  Follower follower(service.handle(request));
  follower.take();
  served.record_staff(0, 1);
  REQUIRE(follower.take().ids().size() == 1);

  served.home.clock.pass(std::chrono::minutes(10));
  served.record_staff(1, 1);

  CHECK(follower.take().ended);
  CHECK(follower.ids().size() == 1);
}

TEST_CASE("a feed keeps no session awake", "[server][feed]") {
  FollowedLedger served;
  Follower follower(served.get(kFeed));
  follower.take();

  for (int minute = 0; minute < 29; ++minute) {
    served.home.clock.pass(std::chrono::minutes(1));
    REQUIRE_FALSE(follower.take().ended);
  }
  served.home.clock.pass(std::chrono::minutes(1));

  CHECK(follower.take().ended);
}

TEST_CASE("a feed ends with the role of its reader, and tells nothing more", "[server][feed][S0-06]") {
  FollowedLedger served;
  served.run(GrantRole{"U3", "auditor", "", "", std::nullopt, "a test"});
  Follower follower(served.get(kFeed, {"U3", "auditor"}));
  follower.take();
  served.act(Action::kEndPairing, "P1", "2024-04-01T10:00:00Z");
  follower.take();
  REQUIRE(follower.ids().size() == 1);

  served.run(EndRole{"U3", "auditor", "", "", "a test"});

  CHECK(follower.take().ended);
  CHECK(follower.ids().size() == 1);
  CHECK(problem_in(served.get(kFeed, {"U3", "auditor"})) == "role-not-held");
}

TEST_CASE("somebody who was erased reads no feed any more", "[server][feed][S0-06]") {
  FollowedLedger served;
  Follower follower(served.get(kFeed, kClient));
  follower.take();

  served.run(ErasePerson{served.id_of("U2"), *parse_day("2031-12-31"), "their request"});

  CHECK(follower.take().ended);
  CHECK(follower.ids().empty());
}

TEST_CASE("an account has so many feeds at once", "[server][feed][attack]") {
  FollowedLedger served;
  {
    const Follower one(served.get(kFeed)), two(served.get(kFeed)), three(served.get(kFeed));

    const auto more = served.get(kFeed);

    CHECK(more.status == 429);
    CHECK_FALSE(field_of(more, "retry-after").empty());
    CHECK(served.get(kFeed, kClient).status == 200);
  }
  CHECK(served.get(kFeed).status == 200);
}

}  // namespace daybook::test
