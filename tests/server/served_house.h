// The house (tests/projections/house.h) on disk, behind every route that the service has: for tests that ask all of them.
#pragma once

#include <string>
#include <vector>

#include "ledger/relation.h"
#include "server/caps.h"
#include "server/feed_events.h"
#include "server/health.h"
#include "server/identity/demo_codes.h"
#include "server/identity/issuer.h"
#include "server/identity/provider_sign_in.h"
#include "server/proof_routes.h"
#include "tests/projections/house.h"
#include "tests/server/served_ledger.h"

namespace daybook::test {

// Somebody looked at U1 and K1, an import of test@host is over, and a role of U3's waits for a second person. The provider of sign-ins does not
// answer.
class ServedHouse : public ServedLedger {
 public:
  explicit ServedHouse(BookDisk disk = BookDisk::kReal);

  std::string id(const std::string& name) { return id_of(name).value; }
  As as(const std::string& name, Role role) { return {name, std::string(role_name(role))}; }
  State state() { return live->read().value()->state; }

  std::string job;       // of test@host
  std::string proposal;  // of test@host

  // Looks can be written no longer, and then again. Commands, sessions and their sign-ins are as before.
  void close_book();
  void open_book() { home.clock.pass(std::chrono::minutes(5)); }

  Health health{log};

 private:
  void add_routes();
  void look_at_somebody();
  void import_something();
  void propose_something();

  SeededRandomness for_codes_{7}, for_sign_in_{8};
  FeedEvents feed_events_{ledger->programme()};
  ConnectionCaps feeds_{3};
  std::unique_ptr<DemoCodes> codes_ = DemoCodes::make("127.0.0.1", home.clock, for_codes_).value();
  Issuer issuer_;
  ProviderSignIn provider_;
  Published published_;
};

// One question to one route.
struct Asking {
  std::string route;  // its template, as the router has it
  std::string title;  // what the house calls the surface: "show", "list seats"
  std::string path;
  std::string query = {}, body = {};
  Method method = Method::kGet;
};

// Questions to every route, by which all that it can tell is asked for; commands are not among them.
std::vector<Asking> askings(ServedHouse& served);
// Commands about what is there, which most people may not give.
std::vector<Asking> commands(ServedHouse& served);
Response ask(ServedHouse& served, const Asking& asking, const As& as);

// All that came: status, fields, the body, or its parts as far as there are any. After a part that failed: "(cut)".
std::string whole_of(const Response& response);
// The same, and beside it rows, cards and events as text in the way of the house, so that the same sentences hold for both.
std::string as_in_house(const Response& response, const std::string& title);

}  // namespace daybook::test
