// A ledger on disk behind a service without sockets, and people of every kind who ask it something.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "server/asker.h"
#include "server/cursor.h"
#include "server/erasures.h"
#include "server/import_jobs.h"
#include "server/live_state.h"
#include "server/look_book.h"
#include "server/metrics.h"
#include "server/service.h"
#include "tests/crash/fault_file_system.h"
#include "tests/support/ledger_home.h"

namespace daybook::test {

// Who asks: by their name in the record, in which role. Without a name nobody is signed in.
struct As {
  std::string name = {}, role = {}, purpose = "a test";
};
inline const As kNobody{};
inline const As kAdmin{"test@host", "administrator"};

// In iom-coaching/2024 U1 and U2 have seats, and U1 is paired with C1 (P1, one session done); U3 is staff and nothing else.
class ServedLedger {
 public:
  enum class With { kPeople, kNothing };
  enum class BookDisk { kReal, kFaulty };
  explicit ServedLedger(With with = With::kPeople, BookDisk disk = BookDisk::kReal);

  // By import: the rules are asked, and no rights. Stops the test unless it is recorded.
  Answer run(CommandBody body, const std::string& at = "", const std::string& actor = "admin");
  Answer act(Action action, const std::string& ref, const std::string& at);

  Response get(std::string path, const As& as = kAdmin, std::string query = "", std::vector<HeaderField> fields = {});
  // As a page of ours does, with a key of its own each time unless `fields` has one.
  Response post(std::string path, std::string body, const As& as = kAdmin, std::vector<HeaderField> fields = {});
  Response ask(Request request, const As& as, Handler Route::* asked = &Route::handler);
  // A cookie by which the service knows them, signed in just now.
  std::string cookie_of(const std::string& name);

  PersonId id_of(const std::string& name) { return ledger->vault().person(name).value().value(); }
  uint64_t end() { return ledger->programme().end().value; }
  std::vector<Event> events(Position from) { return events_of(ledger->programme(), from); }
  std::vector<Event> looks(Position from = {}) { return events_of(book->log(), from); }

  LedgerHome home{1, memory_folder()};
  const std::unique_ptr<FaultFileSystem> book_disk;  // of the access book alone, if it is to fail
  const std::unique_ptr<rocksdb::Env> env;
  std::unique_ptr<Ledger> ledger = home.open(OpenMode::kReadWrite, env.get()).value();
  SeededRandomness for_sessions{2}, for_looks{3}, for_cursors{4}, for_jobs{5}, for_rows{6};
  std::ostringstream lines;
  ServiceLog log;
  LedgerPeople people{*ledger, CalledBy::kStaffNumber};
  Sessions sessions{home.clock, for_sessions};
  Callers callers{people, nullptr, sessions, "", log};
  std::unique_ptr<AccessBook> book = ledger->access_book("the test", home.clock, for_looks).value();
  LookBook look_book{*book};
  std::unique_ptr<LiveState> live = LiveState::start(*ledger).value();
  Erasures erasures{*ledger, *book, callers, sessions, home.clock, log};
  const SeeTable table = shipped_see_table();
  const Cursors cursors{for_cursors};
  ImportJobs jobs{*ledger, *live, home.clock, for_jobs, for_rows, log};
  Metrics metrics;
  Router router;
  Service service{"public", router, metrics, log};

 private:
  static std::vector<Event> events_of(const EventLog& log, Position from);
  std::map<std::string, std::string> cookies_;
  int keys_ = 0;
};

// A member of a JSON object, as text: of a text its letters, else its JSON. Empty where there is none.
std::string member(const Response& response, std::string_view name);
// The rows of an answer, each as a JSON object.
std::vector<std::string> items(const Response& response, std::string_view name);
// Which kind of problem it is; empty: none.
std::string problem_in(const Response& response);
// All that a stranger could tell two answers apart by.
std::string told_by(const Response& response);
// Where the Link field leads: path and query; empty where it leads nowhere.
std::pair<std::string, std::string> next_of(const Response& response);
// The body of an answer that comes in parts. It throws where one cannot be had.
std::string all_parts(const Response& response);

}  // namespace daybook::test
