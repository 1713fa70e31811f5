#include "server/identity/sessions.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <deque>
#include <set>

#include "ledger/do_table.h"
#include "server/identity/cookie.h"
#include "server/identity/demo_codes.h"
#include "server/identity/fresh_sign_in.h"
#include "server/identity/same_origin.h"
#include "tests/server/identity/fakes.h"

namespace daybook {
namespace {

using namespace std::chrono_literals;

BrowserSession session_of(std::string subject, std::string provider_session = "") {
  return {{"https://login.example.org", std::move(subject)}, std::nullopt, std::move(provider_session)};
}

struct SignedInPeople {
  ManualClock clock;
  SeededRandomness randomness;
  Sessions sessions{clock, randomness, {.idle = 30min, .absolute = 12h, .per_user = 3, .in_all = 5}};
};

}  // namespace

TEST_CASE("a session is found by its id, and by nothing that is like it", "[identity][sessions]") {
  SignedInPeople it;
  const std::string id = it.sessions.begin(session_of("a"), "");
  std::string near = id;
  near.front() = near.front() == 'A' ? 'B' : 'A';

  CHECK(id.size() == 43);  // 256 bits
  CHECK(it.sessions.find(id)->who == Identity{"https://login.example.org", "a"});
  for (const std::string& other : {std::string(), near, id + "A", id.substr(1), id + "=", std::string(43, 'A'), to_hex(sha256({as_bytes(id)}))}) {
    CHECK_FALSE(it.sessions.find(other));
  }
}

TEST_CASE("a session ends when it was idle, and at the latest half a day after it began", "[identity][sessions]") {
  SignedInPeople it;
  const std::string idle = it.sessions.begin(session_of("a"), ""), busy = it.sessions.begin(session_of("b"), "");

  it.clock.pass(30min - 1s);
  const auto found = it.sessions.find(busy);
  REQUIRE(found);
  CHECK(found->until == it.clock.now() + 12h - 30min + 1s);
  CHECK(found->idle_until == it.clock.now() + 30min);
  CHECK(it.sessions.count() == 2);
  it.clock.pass(1s);
  CHECK(it.sessions.count() == 1);
  CHECK_FALSE(it.sessions.find(idle));
  for (auto passed = 30min; passed < 12h - 20min; passed += 20min) {
    REQUIRE(it.sessions.find(busy));
    it.clock.pass(20min);
  }
  CHECK(it.sessions.find(busy)->idle_until == it.sessions.find(busy)->until);
  it.clock.pass(20min);
  CHECK_FALSE(it.sessions.find(busy));
}

TEST_CASE("setting the wall clock back prolongs no session", "[identity][sessions]") {
  SignedInPeople it;
  const std::string id = it.sessions.begin(session_of("a"), "");

  it.clock.set_back(1h);
  it.clock.pass(30min);

  CHECK_FALSE(it.sessions.find(id));
}

TEST_CASE("signing in ends the session that the browser had, so nobody rides along with an id put there before", "[identity][sessions]") {
  SignedInPeople it;
  const std::string planted = it.sessions.begin(session_of("forger"), "");

  const std::string id = it.sessions.begin(session_of("victim"), planted);

  CHECK(id != planted);
  CHECK_FALSE(it.sessions.find(planted));
  CHECK(it.sessions.find(id)->who.subject == "victim");
}

TEST_CASE("signing out ends a session at once, and says whose it was", "[identity][sessions]") {
  SignedInPeople it;
  const std::string id = it.sessions.begin(session_of("a"), ""), other = it.sessions.begin(session_of("a"), "");

  CHECK(it.sessions.end(id)->who.subject == "a");
  CHECK_FALSE(it.sessions.find(id));
  CHECK_FALSE(it.sessions.end(id));
  CHECK(it.sessions.find(other));
}

TEST_CASE("the sessions of which it is said end, and no others", "[identity][sessions]") {
  SignedInPeople it;
  const std::string first = it.sessions.begin(session_of("a"), ""), second = it.sessions.begin(session_of("a"), ""),
                    other = it.sessions.begin(session_of("b"), "");
  const auto of = [](const Identity& who) { return [who](const BrowserSession& session) { return session.who == who; }; };

  CHECK(it.sessions.end_if(of({"https://other.example.org", "a"})) == 0);
  CHECK(it.sessions.end_if(of({"https://login.example.org", "a"})) == 2);
  CHECK_FALSE(it.sessions.find(first));
  CHECK_FALSE(it.sessions.find(second));
  CHECK(it.sessions.find(other));
}

TEST_CASE("what the provider ended is ended: one session of its, or all of a user", "[identity][sessions]") {
  SignedInPeople it;
  const std::string first = it.sessions.begin(session_of("a", "s-1"), ""), second = it.sessions.begin(session_of("a", "s-2"), "");
  const std::string other = it.sessions.begin(session_of("b", "s-3"), "");
  const std::string issuer = "https://login.example.org";

  CHECK(it.sessions.end_at_provider({issuer, ""}, "") == 0);
  CHECK(it.sessions.end_at_provider({issuer, "b"}, "s-1") == 0);
  CHECK(it.sessions.end_at_provider({"https://other.example.org", ""}, "s-1") == 0);
  CHECK(it.sessions.end_at_provider({issuer, ""}, "s-1") == 1);
  CHECK_FALSE(it.sessions.find(first));
  CHECK(it.sessions.find(second));
  CHECK(it.sessions.end_at_provider({issuer, "a"}, "") == 1);
  CHECK(it.sessions.find(other));
}

TEST_CASE("where the provider named no session when somebody signed in, it ends all such of that user", "[identity][sessions]") {
  SignedInPeople it;
  const std::string first = it.sessions.begin(session_of("a"), ""), second = it.sessions.begin(session_of("a", "s-2"), "");
  const std::string other = it.sessions.begin(session_of("b"), "");
  const std::string issuer = "https://login.example.org";

  CHECK(it.sessions.end_at_provider({issuer, ""}, "s-1") == 0);
  CHECK(it.sessions.end_at_provider({issuer, "a"}, "s-1") == 1);
  CHECK_FALSE(it.sessions.find(first));
  CHECK(it.sessions.find(second));
  CHECK(it.sessions.find(other));
}

TEST_CASE("one session too many of a user ends their oldest; one too many in all the one idle for longest", "[identity][sessions]") {
  SignedInPeople it;
  std::deque<std::string> ids;
  for (int i = 0; i < 4; ++i, it.clock.pass(1s)) ids.push_back(it.sessions.begin(session_of("a"), ""));
  CHECK_FALSE(it.sessions.find(ids[0]));
  CHECK(it.sessions.count() == 3);

  it.clock.pass(1s);
  REQUIRE(it.sessions.find(ids[1]));
  for (const char* subject : {"b", "c", "d"}) it.sessions.begin(session_of(subject), "");

  CHECK(it.sessions.count() == 5);
  CHECK(it.sessions.find(ids[1]));
  CHECK_FALSE(it.sessions.find(ids[2]));
}

TEST_CASE("the books of sessions agree after any order of signing in, using and signing out", "[identity][sessions]") {
  const unsigned seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u);
  SignedInPeople it;
  std::mt19937 chance(seed);
  std::map<std::string, std::pair<std::string, std::pair<std::chrono::microseconds, std::chrono::microseconds>>> model;  // id: subject, begun, used
  const auto over = [&](const auto& times) { return it.clock.running() - times.second >= 30min || it.clock.running() - times.first >= 12h; };
  for (int step = 0; step < 400; ++step) {
    it.clock.pass(std::chrono::seconds(1 + chance() % 300));
    std::erase_if(model, [&](const auto& entry) { return over(entry.second.second); });
    const auto picked = model.empty() ? model.end() : std::next(model.begin(), static_cast<long>(chance() % model.size()));
    const auto what = chance() % 10;
    if (what < 4) {
      const std::string subject(1, static_cast<char>('a' + chance() % 3));
      const auto of_user = [&](const auto& entry) { return entry.second.first == subject; };
      if (std::count_if(model.begin(), model.end(), of_user) == 3) {
        const auto begun = [](const auto& entry) { return entry.second.second.first; };
        auto oldest = model.end();
        for (auto at = model.begin(); at != model.end(); ++at) {
          if (of_user(*at) && (oldest == model.end() || begun(*at) < begun(*oldest))) oldest = at;
        }
        model.erase(oldest);
      }
      if (model.size() == 5) {
        model.erase(std::min_element(model.begin(), model.end(),
                                     [](const auto& a, const auto& b) { return a.second.second.second < b.second.second.second; }));
      }
      model[it.sessions.begin(session_of(subject), "")] = {subject, {it.clock.running(), it.clock.running()}};
    } else if (what < 8 && picked != model.end()) {
      REQUIRE(it.sessions.find(picked->first)->who.subject == picked->second.first);
      picked->second.second.second = it.clock.running();
    } else if (picked != model.end()) {
      REQUIRE(it.sessions.end(picked->first));
      model.erase(picked);
    }
    REQUIRE(it.sessions.count() == model.size());
  }
}

TEST_CASE("the cookie is for this host alone, over TLS alone, and no script reads it", "[identity][cookie]") {
  CHECK(set_cookie(CookieUse::kSession, Transport::kTls, "abc") == "__Host-daybook=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
  CHECK(set_cookie(CookieUse::kSignIn, Transport::kTls, "abc", 600s) ==
        "__Host-daybook-sign-in=abc; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600");
  CHECK(set_cookie(CookieUse::kSession, Transport::kLoopback, "abc") == "daybook-demo=abc; Path=/; HttpOnly; SameSite=Lax");
  CHECK(clear_cookie(CookieUse::kSession, Transport::kTls) == "__Host-daybook=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
}

TEST_CASE("a cookie is read by its own name, and not if it stands twice", "[identity][cookie]") {
  const auto read = [](std::string_view field) { return cookie_value(field, CookieUse::kSession, Transport::kTls); };

  CHECK(read("__Host-daybook=abc") == "abc");
  CHECK(read("a=b; __Host-daybook=abc;c=d") == "abc");
  for (const std::string_view field :
       {"", "a=b", "__host-daybook=abc", "x__Host-daybook=abc", "__Host-daybook", "daybook-demo=abc", "__Host-daybook-sign-in=abc",
        "__Host-daybook=abc; __Host-daybook=abc", "__Host-daybook=; __Host-daybook=abc", "a=\"__Host-daybook=abc\""}) {
    CAPTURE(field);
    CHECK(read(field).empty());
  }
}

TEST_CASE("a change is taken only from a page of ours", "[identity][same_origin]") {
  const std::string own = "https://daybook.example.org";
  const auto taken = [&](const RequestOrigin& request, SentBy sent_by = SentBy::kScript) {
    return want_same_origin(request, own, sent_by).has_value();
  };

  CHECK(taken({"POST", own, "same-origin", "1"}));
  CHECK(taken({"POST", own, "", "1"}));
  CHECK(taken({"DELETE", "", "same-origin", "1"}));
  CHECK(taken({"POST", own, "same-origin", ""}, SentBy::kForm));
  CHECK(taken({"GET", "https://forger.example.org", "cross-site", ""}));
  for (const std::string_view method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", ""}) {
    CAPTURE(method);
    CHECK_FALSE(taken({method, "", "", "1"}));
    CHECK_FALSE(taken({method, own, "same-origin", ""}));
    for (const std::string_view origin : {"null", "https://forger.example.org", "http://daybook.example.org", "https://daybook.example.org:444",
                                          "https://daybook.example.org.forger.org", "https://DAYBOOK.example.org", "https://daybook.example.org/"}) {
      CHECK_FALSE(taken({method, origin, "same-origin", "1"}));
      CHECK_FALSE(taken({method, origin, "", "1"}));
    }
    for (const std::string_view site : {"cross-site", "same-site", "none", "SAME-ORIGIN", "same-origin, same-origin"}) {
      CHECK_FALSE(taken({method, own, site, "1"}));
      CHECK_FALSE(taken({method, "", site, "1"}, SentBy::kForm));
    }
  }
}

TEST_CASE("exports, erasures, keys and roles want a sign-in of the last minutes", "[identity][fresh_sign_in]") {
  const Instant now{std::chrono::seconds(1'800'000'000)};
  for (const std::string_view deed : {"export", "erase", "rotate-keys", "role-grant", "role-end"}) {
    CHECK(wants_fresh_sign_in(deed));
    CHECK(check_fresh(deed, now, now).has_value());
    CHECK(check_fresh(deed, now - 10min, now).has_value());
    CHECK(check_fresh(deed, now + 60s, now).has_value());
    CHECK(check_fresh(deed, now - 10min - 1s, now).has_error());
    CHECK(check_fresh(deed, now + 61s, now).has_error());
    CHECK(check_fresh(deed, std::nullopt, now).has_error());
    CHECK(check_fresh(deed, now - 6min, now, 5min).has_error());
  }
  CHECK(check_fresh("mark-session-done", std::nullopt, now).has_value());
}

TEST_CASE("every action that wants a fresh sign-in is one of the ledger's, the export, or what makes a proposal true", "[identity][fresh_sign_in]") {
  for (const std::string_view deed : kFreshDeeds) {
    CAPTURE(deed);
    CHECK((deed == "export" || deed == "second" || std::find(kDeeds.begin(), kDeeds.end(), deed) != kDeeds.end()));
  }
}

TEST_CASE("a code of the demo signs in once, soon, and on this machine", "[identity][demo]") {
  ManualClock clock;
  SeededRandomness randomness;
  const auto codes = DemoCodes::make("127.0.0.1", clock, randomness, 600s).value();
  const std::string administrator = codes->issue("administrator").value(), auditor = codes->issue("auditor").value();

  CHECK(codes->redeem(administrator, "10.0.0.1").has_error());
  CHECK(codes->redeem(administrator + "A", "127.0.0.1").has_error());
  CHECK(codes->redeem("", "127.0.0.1").has_error());
  CHECK(codes->redeem(administrator, "127.0.0.1").value() == Identity{"daybook:demo", "administrator"});
  CHECK(codes->redeem(administrator, "127.0.0.1").has_error());

  const std::string newer = codes->issue("auditor").value();
  CHECK(codes->redeem(auditor, "::1").has_error());
  clock.pass(599s);
  CHECK(codes->redeem(newer, "::1").has_value());
  const std::string late = codes->issue("auditor").value();
  clock.pass(600s);
  CHECK(codes->redeem(late, "127.0.0.1").has_error());
}

TEST_CASE("a wrong code, a used one and one from elsewhere are told apart by no word", "[identity][demo]") {
  ManualClock clock;
  SeededRandomness randomness;
  const auto codes = DemoCodes::make("::1", clock, randomness).value();
  const std::string used = codes->issue("a").value(), good = codes->issue("b").value();
  REQUIRE(codes->redeem(used, "::1").has_value());

  std::set<std::string> words;
  words.insert(codes->redeem(used, "::1").error().message);
  words.insert(codes->redeem("guess", "::1").error().message);
  words.insert(codes->redeem(good, "192.0.2.1").error().message);

  CHECK(words.size() == 1);
  for (int i = 0; i < 200; ++i) static_cast<void>(codes->issue(std::to_string(i)));
  CHECK(codes->issue("one more").error().fault == Fault::kFull);
}

TEST_CASE("the demo's sign-in is refused where others could reach it", "[identity][demo]") {
  ManualClock clock;
  SeededRandomness randomness;
  for (const std::string_view address : {"0.0.0.0", "::", "10.0.0.1", "192.168.1.1", "8.8.8.8", "localhost", ""}) {
    CAPTURE(address);
    CHECK(DemoCodes::make(address, clock, randomness).has_error());
  }
}

}  // namespace daybook
