// What may not be told of and what is not there: one answer, of every route that names something, to everybody; and, by hand, one time.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "tests/server/served_house.h"

namespace daybook::test {
namespace {

struct Pair {
  Asking there, not_there;
};

// Of the same length, and of nobody.
std::string no_id(const std::string& id) { return std::string(id.size(), 'z'); }

Pair pair_of(const std::string& route, const std::string& before, const std::string& there, const std::string& not_there,
             const std::string& after = "") {
  return {{route, "", before + there + after}, {route, "", before + not_there + after}};
}
Pair query_pair(const std::string& path, const std::string& name, const std::string& there, const std::string& not_there) {
  return {{path, "", path, name + "=" + there}, {path, "", path, name + "=" + not_there}};
}
Pair body_pair(const std::string& path, const std::string& name, const std::string& there, const std::string& not_there) {
  const auto body = [&](const std::string& who) { return R"({")" + name + R"(":")" + who + "\"}"; };
  return {{path, "", path, "", body(there), Method::kPost}, {path, "", path, "", body(not_there), Method::kPost}};
}
Pair command_pair(const std::string& action, const std::string& before, const std::string& there, const std::string& not_there,
                  const std::string& after = "}") {
  const std::string route = "/v1/commands/{action}", path = "/v1/commands/" + action;
  return {{route, "", path, "", before + "\"" + there + "\"" + after, Method::kPost},
          {route, "", path, "", before + "\"" + not_there + "\"" + after, Method::kPost}};
}

// Of U2, whom none of the strangers may be told of, and of things of theirs.
std::vector<Pair> questions(ServedHouse& served) {
  const auto id = served.id("U2"), none = no_id(id), coach = served.id("K3");
  const std::string things = "/v1/things/", explain = "/v1/things/{id}/explain", people = "/v1/people/",
                    coaches = "/v1/programmes/iom-coaching/coaches/";
  std::vector<Pair> all;
  for (const auto& [there, not_there] : {std::pair{std::string("A-U2"), std::string("A-XX")}, {"P-U2", "P-XX"}, {id, none}}) {
    all.push_back(pair_of("/v1/things/{id}", things, there, not_there));
    all.push_back(pair_of(explain, things, there, not_there, "/explain"));
    all.push_back(query_pair("/v1/history", "subject", there, not_there));
  }
  all.push_back(pair_of("/v1/programmes/{programme}/coaches/{person}", coaches, coach, no_id(coach)));
  all.push_back(pair_of("/v1/people/{person}/export", people, id, none, "/export"));
  all.push_back(query_pair("/v1/history", "stream", "pairing/P-U2", "pairing/P-XX"));
  all.push_back(query_pair("/v1/history", "actor", id, none));
  all.push_back(query_pair("/v1/access-log", "about", id, none));
  all.push_back(query_pair("/v1/access-log", "by", "id-of-looker", "id-of-nobody"));
  for (const auto* name : {"subject", "actor"}) all.push_back(body_pair("/v1/history", name, "U2", "XX"));
  for (const auto* name : {"about", "by"}) all.push_back(body_pair("/v1/access-log", name, "U2", "XX"));
  all.push_back(pair_of("/v1/jobs/{id}", "/v1/jobs/", served.job, no_id(served.job)));
  all.push_back(pair_of("/v1/jobs/{id}/report", "/v1/jobs/", served.job, no_id(served.job), "/report"));
  return all;
}

std::vector<Pair> orders(ServedHouse& served) {
  const auto batch = served.state().imports.begin()->first;
  std::vector<Pair> all = {command_pair("accept-pairing", R"({"ref": )", "P-U2", "P-XX"),
                           command_pair("end-pairing", R"({"reason": "why", "ref": )", "P-U2", "P-XX"),
                           command_pair("mark-session-done", R"({"session": 3, "held_on": "2024-05-30", "ref": )", "P-U2", "P-XX"),
                           command_pair("give-feedback", R"({"session": 1, "rating": 3, "ref": )", "P-U2", "P-XX"),
                           command_pair("accept-offer", R"({"application": )", "A-U2", "A-XX"),
                           command_pair("place-hold", R"({"reason": "why", "person": )", "U2", "XX"),
                           command_pair("undo-import", R"({"reason": "why", "batch": )", batch, no_id(batch)),
                           command_pair("second", R"({"proposal": )", served.proposal, "99999")};
  return all;
}

// Nobody among them may be told of U2, nor do anything about them.
const std::vector<As> kStrangers = {{"AX", "administrator"}, {"U3", "client"},        {"K1", "coach"},         {"SP", "sponsor"},
                                    {"LM", "line-manager"},  {"AF", "administrator"}, {"AE", "administrator"}, {"UA", "administrator"},
                                    {"nobody", "client"},    {"nobody", "public"}};

// ---- time ----

// How likely it is that one of `first` took longer than one of `second`, half of those that took the same counted (Mann and Whitney's U by the number
// of pairs): 0.5 where they cannot be told apart, 1 where one look at a clock tells them.
double likelihood_of_longer(const std::vector<double>& first, const std::vector<double>& second) {
  std::vector<std::pair<double, bool>> all;
  for (const auto time : first) all.emplace_back(time, true);
  for (const auto time : second) all.emplace_back(time, false);
  std::sort(all.begin(), all.end());
  double ranks = 0;
  for (size_t i = 0; i < all.size();) {
    size_t end = i;
    while (end < all.size() && all[end].first == all[i].first) ++end;
    const double rank = static_cast<double>(i + end + 1) / 2;  // of each of those that are the same, counted from 1
    for (; i < end; ++i) ranks += all[i].second ? rank : 0;
  }
  const auto n = static_cast<double>(first.size()), m = static_cast<double>(second.size());
  return (ranks - n * (n + 1) / 2) / (n * m);
}

double median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

double took(ServedHouse& served, const Asking& asking, const As& as) {
  const auto began = std::chrono::steady_clock::now();
  (void)ask(served, asking, as);
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace

TEST_CASE("what is out of reach is answered as what is not there, by every route that names something", "[server][disclosure][S0-06]") {
  ServedHouse served;
  size_t compared = 0;

  for (const auto& as : kStrangers) {
    for (const auto& [there, not_there] : questions(served)) {
      INFO(there.path << "?" << there.query << " as " << as.name << " " << as.role);
      const auto told = whole_of(ask(served, there, as)), nothing = whole_of(ask(served, not_there, as));
      CHECK(told == nothing);
      CHECK(told.find(served.id("U2")) == std::string::npos);
      ++compared;
    }
  }
  CHECK(compared == kStrangers.size() * questions(served).size());
}

TEST_CASE("a command about what is out of reach is refused as one about what is not there", "[server][disclosure][S0-06]") {
  ServedHouse served;

  for (const auto& as : kStrangers) {
    for (const auto& [there, not_there] : orders(served)) {
      const auto refused = ask(served, there, as), nothing = ask(served, not_there, as);
      INFO(there.path << " as " << as.name << " " << as.role << ": " << refused.body);
      CHECK(refused.status == 403);
      CHECK(whole_of(refused) == whole_of(nothing));
    }
  }
}

TEST_CASE("the rank test tells what takes longer from what does not", "[server][disclosure]") {
  CHECK(likelihood_of_longer({4, 5, 6}, {1, 2, 3}) == 1);
  CHECK(likelihood_of_longer({1, 2, 3}, {4, 5, 6}) == 0);
  CHECK(likelihood_of_longer({1, 2, 3}, {1, 2, 3}) == 0.5);
  CHECK(likelihood_of_longer({1, 4}, {2, 3}) == 0.5);
  CHECK(likelihood_of_longer({2, 3}, {1, 2}) == 0.875);
}

// By hand: speed is no matter for a test that runs beside others. Whoever asks once and looks at the clock is to be right no more often than this.
TEST_CASE("what may not be told of takes as long as what is not there", "[.campaign][alike][server]") {
  constexpr int kPairs = 1000;
  constexpr double kRight = 0.55;
  ServedHouse served;
  const As stranger{"U3", "client"};
  auto all = questions(served);
  for (auto& order : orders(served)) all.push_back(std::move(order));

  for (const auto& [there, not_there] : all) {
    std::vector<double> first, second;
    for (int i = 0; i < 50; ++i) took(served, there, stranger), took(served, not_there, stranger);  // caches are warm then
    for (int i = 0; i < kPairs; ++i) {                                                              // now the one first, now the other
      if (i % 2 == 0) first.push_back(took(served, there, stranger));
      second.push_back(took(served, not_there, stranger));
      if (i % 2 == 1) first.push_back(took(served, there, stranger));
    }
    const auto longer = likelihood_of_longer(first, second);
    const bool within_noise = std::max(longer, 1 - longer) <= kRight;
    WARN(there.path << (there.query.empty() ? "" : "?") << there.query << ": medians " << median(first) << " and " << median(second)
                    << " us, told apart in " << 100 * std::max(longer, 1 - longer)
                    << " of 100: " << (within_noise ? "within noise" : "BEYOND NOISE"));
    CHECK(within_noise);
  }
}

}  // namespace daybook::test
