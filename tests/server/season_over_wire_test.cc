// One season of three programmes, told to the service by 64 clients at once, against the answers that the command line is held to.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <condition_variable>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "ledger/csv.h"
#include "ledger/import.h"
#include "server/listener.h"
#include "server/strict_json.h"
#include "tests/server/served_ledger.h"
#include "tests/server/wire_client.h"

namespace daybook::test {
namespace {

constexpr size_t kClients = 64, kAhead = 512;  // rows that are looked at for one that may go
const std::string kInput = DAYBOOK_SOURCE_DIR "/tools/demo/", kExpected = DAYBOOK_SOURCE_DIR "/tests/season/expected/";
const std::vector<std::string> kCycles = {"un-coaching/2023-pilot", "iom-coaching/2024", "iom-executive-coaching/2024"};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  REQUIRE(file.good());
  return text.str();
}

using Cells = std::map<std::string, std::string>;

std::vector<Cells> read_sheet(const std::string& path) {
  std::istringstream text(read_file(path));
  CsvReader csv([&](char* buffer, size_t room) { return static_cast<size_t>(text.read(buffer, static_cast<std::streamsize>(room)).gcount()); });
  const auto header = csv.next().value()->cells;
  std::vector<Cells> rows;
  for (auto record = csv.next().value(); record; record = csv.next().value()) {
    auto& row = rows.emplace_back();
    for (size_t i = 0; i < header.size(); ++i) row[header[i]] = record->cells[i];
  }
  return rows;
}

// ---- the rows, each as soon as those before it that it builds on are done ----

struct Work {
  Cells row;
  std::vector<std::string> people;  // who may have done it, the one whom the row names first
  std::set<std::string> touches;    // pairing, client and coach
  enum { kWaits, kRuns, kDone } state = kWaits;
  Told told;
};

std::vector<Work> work_of(std::vector<Cells> rows) {
  std::map<std::string, std::pair<std::string, std::string>> pairs;  // client and coach, by pairing
  std::vector<Work> all;
  for (auto& row : rows) {
    auto& [client, coach] = pairs[row["ref"]];
    Work work;
    work.touches = {row["ref"], client, coach};
    if (row["action"] == "request-pairing") {
      work.touches.insert({row["client"], row["coach"]});
      if (client.empty()) std::tie(client, coach) = std::pair(row["client"], row["coach"]);
    }
    work.people = {row["actor"] == "admin" ? "test@host" : row["actor"], coach, client, "test@host"};
    work.row = std::move(row);
    all.push_back(std::move(work));
  }
  return all;
}

class Queue {
 public:
  explicit Queue(std::vector<Work>& all) : all_(all) {}

  // Null when nothing is left.
  Work* next() {
    std::unique_lock lock(mutex_);
    for (;;) {
      while (first_ < all_.size() && all_[first_].state == Work::kDone) ++first_;
      if (first_ == all_.size()) return nullptr;
      if (auto* found = free_one()) return found;
      changed_.wait(lock);
    }
  }
  void done(Work& work) {
    const std::lock_guard lock(mutex_);
    work.state = Work::kDone;
    changed_.notify_all();
  }

 private:
  Work* free_one() {
    std::set<std::string> taken;
    for (size_t i = first_; i < std::min(all_.size(), first_ + kAhead); ++i) {
      auto& work = all_[i];
      if (work.state == Work::kDone) continue;
      const bool free = std::none_of(work.touches.begin(), work.touches.end(), [&](const auto& name) { return taken.contains(name); });
      taken.insert(work.touches.begin(), work.touches.end());
      if (work.state != Work::kWaits || !free) continue;
      work.state = Work::kRuns;
      return &work;
    }
    return nullptr;
  }
  std::vector<Work>& all_;
  size_t first_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
};

// ---- the season ----

std::string body_of(const Cells& row) {
  std::string text;
  for (const auto& [name, value] : row) {
    if (!value.empty() && name != "action" && name != "actor")
      text += fmt::format("{}{}:{}", text.empty() ? "" : ",", json_string(name), json_string(value));
  }
  return "{" + text + "}";
}

std::string request_text(std::string_view method, const std::string& path, const std::string& fields, const std::string& body) {
  return fmt::format("{} {} HTTP/1.1\r\nhost: localhost\r\n{}content-length: {}\r\n\r\n{}", method, path, fields, body.size(), body);
}

struct Season : ServedLedger {
  Season() : ServedLedger(With::kNothing) {
    for (const auto* sheet : {"staff", "participations", "coaches", "applications"}) {
      const ImportOptions options{std::nullopt, "test@host"};
      REQUIRE(import_file(kInput + sheet + std::string(".csv"), *find_sheet(sheet), ledger->sequencer(), ledger->keys(), home.randomness, options, {})
                  .has_value());
    }
    DoorRules rules;
    rules.admission.names = {"localhost"};
    rules.requests_per_connection = 1'000'000;
    rules.workers = kClients;
    server = HttpServer::start(rules, {{{"127.0.0.1", 0}, &service, "", ""}}, {&connections, &requests}, metrics, log).value();
  }
  uint16_t port() const { return server->endpoints().front().port; }

  std::string fields_of(const std::string& name) {
    const std::lock_guard lock(mutex);
    return fmt::format("cookie: {}\r\norigin: http://localhost\r\nsec-fetch-site: same-origin\r\ndaybook-console: 1\r\n", cookie_of(name));
  }
  Told command(WireClient& client, const std::string& action, const std::string& body, const std::string& person, const std::string& key) {
    const auto fields = fields_of(person) + fmt::format("content-type: application/json\r\nidempotency-key: \"{}\"\r\n", key);
    return client.ask(request_text("POST", "/v1/commands/" + action, fields, body));
  }
  Told view(WireClient& client, const std::string& path) {
    return client.ask(request_text("GET", path, fields_of("test@host") + "daybook-role: administrator\r\ndaybook-purpose: a test\r\n", ""));
  }
  // As whom the row names; where that may not be, as somebody who may: rows of a season are recorded, whoever wrote them down.
  void carry_out(WireClient& client, Work& work, size_t number) {
    for (const auto& person : work.people) {
      if (person.empty()) continue;
      work.told = command(client, work.row["action"], body_of(work.row), person, std::to_string(number));
      if (work.told.status != 403) return;
    }
  }
  void run(std::vector<Work>& all) {
    Queue queue(all);
    std::vector<std::jthread> clients;
    for (size_t i = 0; i < kClients; ++i) {
      clients.emplace_back([&] {
        WireClient client(port());
        while (auto* work = queue.next()) {
          carry_out(client, *work, static_cast<size_t>(work - all.data()));
          queue.done(*work);
        }
      });
    }
  }

  std::mutex mutex;
  ConnectionCaps connections{0};
  RateCaps requests{0, 1};
  std::unique_ptr<HttpServer> server;
};

std::string dashed(std::string cycle) {
  cycle[cycle.find('/')] = '-';
  return cycle;
}

std::string path_of(const std::string& cycle) {
  const auto slash = cycle.find('/');
  return "/v1/programmes/" + cycle.substr(0, slash) + "/cycles/" + cycle.substr(slash + 1);
}

std::string decisions_text(const Told& told) {
  std::string text = csv_line({"ref", "outcome", "failed", "seat"});
  const auto body = read_json(told.body).value();
  for (const auto& row : body.at("rows").as_array()) {
    std::vector<std::string> cells;
    for (const auto* name : {"ref", "outcome", "failed", "seat"}) cells.emplace_back(row.at(name).as_string());
    text += csv_line(cells);
  }
  return text;
}

std::string without_space(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  return text;
}

}  // namespace

TEST_CASE("the season, told by 64 clients at once, gives the answers that the command line gives", "[service][season][E-38]") {
  Season season;
  WireClient client(season.port());
  for (const auto& cycle : kCycles) {
    const auto body = fmt::format(R"({{"programme":"{}","cycle":"{}"}})", cycle.substr(0, cycle.find('/')), cycle.substr(cycle.find('/') + 1));
    REQUIRE(season.command(client, "decide", body, "test@host", cycle).status == 200);
  }
  auto all = work_of(read_sheet(kInput + "activity.csv"));
  const auto expected = read_sheet(kExpected + "activity.csv");
  REQUIRE(all.size() == expected.size());

  season.run(all);

  int refused = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    INFO("row " << i + 1 << ": " << body_of(all[i].row) << " " << all[i].told.body);
    const auto& [status, head, body] = all[i].told;
    CHECK((status == 200) == (expected[i].at("outcome") == "recorded"));
    if (status == 409) CHECK(body.find("\"rule\":\"" + expected[i].at("reason") + "\"") != std::string::npos);
    refused += status == 409;
  }
  CHECK(refused > 100);  // the others are told what they would be told of a pairing that is not there
  for (const auto& cycle : kCycles) {
    CHECK(decisions_text(season.view(client, path_of(cycle) + "/decisions?limit=5000")) ==
          read_file(kExpected + "decisions-" + dashed(cycle) + ".csv"));
    const auto stats = season.view(client, path_of(cycle) + "/stats");
    CHECK(stats.body.find("\"figures\":" + without_space(read_file(kExpected + "stats-" + dashed(cycle) + ".json"))) != std::string::npos);
  }
}

}  // namespace daybook::test
