// What becomes of those who have a seat in a simulated organisation: pairings, sessions, feedback, and what goes wrong
// with them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/simulated_cycles.h"
#include "tools/simulated_records.h"

namespace daybook {

class SimulatedCoaching {
 public:
  // All are borrowed.
  SimulatedCoaching(Agenda& agenda, SimulatedRecords& records, Chance& chance) : agenda_(agenda), records_(records), chance_(chance) {}

  // A coach whom the programme accepted, or whose capacity is another now.
  void take_coach(const std::string& number, const CoachRecorded& coach);
  // Somebody has a seat. `cycle` is borrowed.
  void seat(const std::string& number, const YearlyCharter& cycle);
  // Somebody leaves the organisation: pairings they are in are ended.
  void leave(const std::string& number);

 private:
  struct Client {
    std::string number;
    const YearlyCharter* cycle;
    std::string coach;    // of the pairing
    std::string pairing;  // the one they are in; empty: none
    Day paired_on{};
    uint32_t done = 0;               // the newest session
    std::optional<Day> window_last;  // of the cycle
    int asked = 0;
    bool left = false;
  };
  using ClientPtr = std::shared_ptr<Client>;
  struct Coach {
    uint32_t capacity = 0, load = 0;
    std::vector<ClientPtr> clients;  // who were with them
  };
  struct Coaches {
    std::vector<std::string> numbers;
    std::unordered_map<std::string, Coach> by_number;
  };

  Instant in_days(int64_t first, int64_t last);
  Coach& coach_of(const Client& client) { return coaches_[client.cycle->charter.programme].by_number[client.coach]; }
  bool choose_coach(Client& client);
  Deed deed(Action action, const std::string& ref, const std::string& actor, std::string reason = "") const;
  void ask_in(const ClientPtr& client, int64_t first_day, int64_t last_day);
  void ask(const ClientPtr& client);
  void answer(const ClientPtr& client, const std::string& ref);
  void decline(const ClientPtr& client, const std::string& ref);
  void paired(const ClientPtr& client, const std::string& ref);
  void meet_on(const ClientPtr& client, const std::string& ref, uint32_t session, Instant when);
  void meet(const ClientPtr& client, const std::string& ref, uint32_t session);
  void missed(const ClientPtr& client, const std::string& ref, uint32_t session);
  void done(const ClientPtr& client, const std::string& ref, uint32_t session);
  void mend(const ClientPtr& client, const Deed& wrong);
  void give_feedback(const ClientPtr& client, const std::string& ref, uint32_t session);
  void go_on(const ClientPtr& client, const std::string& ref, uint32_t session);
  void end(const ClientPtr& client, const std::string& ref, Instant when, const std::string& reason, bool again = false);

  Agenda& agenda_;
  SimulatedRecords& records_;
  Chance& chance_;
  std::map<std::string, Coaches> coaches_;  // by programme
  std::unordered_map<std::string, std::vector<ClientPtr>> clients_;
  uint64_t pairings_ = 0;
};

}  // namespace daybook
