// While looks cannot be written down nothing confidential leaves, by any route or in the middle of one; the rest goes on, and so does all of it
// later.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <future>
#include <set>

#include "ledger/csv.h"
#include "tests/server/served_house.h"
#include "tests/support/a_look.h"
#include "tests/support/made.h"

namespace daybook::test {
namespace {

const As kAuthor{"AD", "administrator"};

// What keeps looks from being written: a clock that was set back; a disk that is full, that fails, that has failed once.
enum class Cause { kClock, kFull, kFailing, kFailedOnce };
auto causes() { return Catch::Generators::values({Cause::kClock, Cause::kFull, Cause::kFailing, Cause::kFailedOnce}); }

class ClosableHouse : public ServedHouse {
 public:
  explicit ClosableHouse(Cause cause) : ServedHouse(cause == Cause::kClock ? BookDisk::kReal : BookDisk::kFaulty), cause_(cause) {}

  void close() {
    if (cause_ == Cause::kClock) return close_book();
    Plan plan;
    plan.full_at = cause_ == Cause::kFull ? 1 : 0;
    plan.fail_at = cause_ == Cause::kFull ? 0 : 1;
    plan.fail_for_good = cause_ == Cause::kFailing;
    book_disk->become(plan);
  }
  // Clock and disk are well again. After a write that failed looks are written by whoever opens the book anew.
  void mend() {
    if (book_disk) return book_disk->become({});
    open_book();
  }
  bool goes_on_mended() const { return cause_ == Cause::kClock; }

 private:
  const Cause cause_;
};

// Values of people.
const std::vector<std::string> kValues = {"Motivation",   "FormTongue",  "FormZone",      "mail-canary",  "GradeCanary",
                                          "EntityCanary", "StaffTongue", "Name of",       "Comment",      "Certificate",
                                          "EarlierProg",  "HoldReason",  "PurposeOfLook", "NameOfLooker", "OperatorOfLook"};

// And what stands for who somebody is.
std::vector<std::string> secrets(ServedHouse& served) {
  auto all = kValues;
  for (const auto* name : {"U1", "U2", "U3", "K1", "K2"}) all.push_back(served.id(name));
  return all;
}

std::string secret_in(const std::vector<std::string>& secrets, const std::string& text) {
  const auto it = std::find_if(secrets.begin(), secrets.end(), [&](const std::string& secret) { return text.find(secret) != std::string::npos; });
  return it == secrets.end() ? "" : *it;
}

// Whoever gets the most of each route.
const std::vector<As> kReaders = {{"AD", "administrator"}, {"CO", "compliance-officer"},     {"U1", "client"}, {"K1", "coach"},
                                  {"AU", "auditor"},       {"DP", "data-protection-officer"}};

// What is answered as ever while no look can be written. Of a job its owner is told, and a feed has no value of anybody; neither is a look.
const std::set<std::string> kGoOn = {"/v1/programmes",
                                     "/v1/checkpoint",
                                     "/v1/tile/{level}/{index*}",
                                     "/v1/proof/inclusion/{size}/{position}",
                                     "/v1/proof/consistency/{old}/{size}",
                                     "/problems",
                                     "/problems/{name}",
                                     "/healthz",
                                     "/metrics",
                                     "/v1/feed",
                                     "/v1/session",
                                     "/v1/sign-in/metadata",
                                     "/v1/jobs/{id}",
                                     "/v1/jobs/{id}/report"};

// What is a look, be it in vain, whoever asks and whatever comes of it.
bool is_look(const Asking& asking) {
  for (const auto* route :
       {"/v1/find", "/v1/export/history", "/v1/access-log", "/v1/people/{person}/export", "/v1/things/{id}", "/v1/things/{id}/explain"}) {
    if (asking.route == route) return true;
  }
  return asking.route == "/v1/history" && asking.query == "limit=1000";
}

// Of its own person a session says the id, and a feed has references.
const std::set<std::string> kWithIds = {"/v1/session", "/v1/feed"};

// What can be read of an export until it ends or breaks off.
struct Read {
  std::string text;
  bool cut = false;
};
Read read_on(const Response& response) {
  Read read;
  for (;;) {
    const auto part = response.parts->next();
    read.cut = !part;
    if (!part || !part.value()) return read;
    read.text += *part.value();
  }
}

}  // namespace

TEST_CASE("with the access book closed no route tells anything confidential, to whoever asks", "[server][disclosure][S0-06]") {
  ClosableHouse served(GENERATE(causes()));
  const auto all = askings(served);
  const auto hidden = secrets(served);
  std::string told_before;
  std::vector<unsigned> status_before;
  for (const auto& as : kReaders) {
    for (const auto& asking : all) {
      const auto answer = ask(served, asking, as);
      status_before.push_back(answer.status);
      told_before += whole_of(answer);
    }
  }
  for (const auto& secret : hidden) {
    INFO(secret);
    CHECK(told_before.find(secret) != std::string::npos);
  }
  served.close();
  const auto looks_before = served.looks().size();

  size_t asked = 0, refused = 0;
  for (const auto& as : kReaders) {
    for (const auto& asking : all) {
      const auto answer = ask(served, asking, as);
      const auto text = whole_of(answer);
      const auto found = secret_in(kWithIds.contains(asking.route) ? kValues : hidden, text);
      INFO(asking.path << "?" << asking.query << " as " << as.name << ": " << answer.status << " " << found);
      CHECK(found.empty());
      if (is_look(asking)) CHECK(problem_in(answer) == "access-book");
      if (is_look(asking)) CHECK(field_of(answer, "retry-after") == "5");
      if (kGoOn.contains(asking.route)) CHECK(answer.status == status_before[asked]);
      refused += problem_in(answer) == "access-book";
      ++asked;
    }
  }
  CHECK(refused > 300);
  CHECK(served.looks().size() == looks_before);
}

TEST_CASE("with the access book closed the service says so, and commands and public figures go on", "[server][disclosure]") {
  ClosableHouse served(GENERATE(causes()));
  CHECK(served.health.ready({}).status == 200);
  served.close();
  CHECK(served.get("/v1/things/A-U1", kAuthor).status == 503);

  const auto unwell = served.health.ready(Health::Moment{} + std::chrono::seconds(2));
  CHECK(unwell.status == 503);
  CHECK(unwell.body.find(R"("access-book":"wrong")") != std::string::npos);
  CHECK(served.get("/healthz", kNobody).status == 200);
  CHECK(served.get("/v1/programmes", kNobody).status == 200);
  const auto figures = served.get("/v1/programmes/iom-coaching/cycles/2024/stats", kNobody, "audience=public&edition=99");
  CHECK(problem_in(figures) == "not-found");  // no edition was published, which has nothing to do with looks
  const auto granted = served.post("/v1/commands/role-grant", R"({"person": "U2", "role": "auditor", "reason": "audits"})");
  const auto refused = served.post("/v1/commands/end-pairing", R"({"ref": "P-U2", "reason": "fit"})", {"U1", "client"});
  CHECK(member(granted, "outcome") == "recorded");
  CHECK(problem_in(refused) == "not-allowed");
  CHECK(secret_in(secrets(served), granted.body + refused.body).empty());
}

TEST_CASE("that looks cannot be written is said before anybody looks, and as soon as they can be, the opposite", "[server][disclosure]") {
  ServedHouse served;
  served.close_book();

  const auto unwell = served.health.ready({});
  served.open_book();
  const auto well = served.health.ready(Health::Moment{} + std::chrono::seconds(2));

  CHECK(unwell.status == 503);
  CHECK(unwell.body.find(R"("access-book":"wrong")") != std::string::npos);
  CHECK(well.status == 200);
}

TEST_CASE("a look that failed a while ago says nothing of now, so that a service which is sent no requests becomes well again",
          "[server][disclosure]") {
  ServedHouse served;
  LookBook lasting(*served.book, {.remembered = std::chrono::hours(1)}), forgetful(*served.book, {.remembered = {}});
  served.close_book();

  CHECK(lasting.record(a_look()).has_error());
  CHECK(forgetful.record(a_look()).has_error());
  served.open_book();

  CHECK(lasting.wrong().has_value());
  CHECK_FALSE(forgetful.wrong().has_value());
}

TEST_CASE("looks that wait for a disk that does not answer are said to, while they wait", "[server][disclosure]") {
  ServedHouse served;
  LookBook looks(*served.book, {.stuck = {}});
  std::promise<void> begun, release;
  const auto stuck = std::async(std::launch::async, [&] {
    served.book->alone([&] {
      begun.set_value();
      release.get_future().wait();
    });
  });
  begun.get_future().wait();
  const auto before = looks.wrong();

  auto looked = std::async(std::launch::async, [&] { return looks.record(a_look()).has_value(); });
  auto found = looks.wrong();
  while (!found) found = looks.wrong();
  release.set_value();

  CHECK_FALSE(before.has_value());  // nobody waited
  CHECK(found->ends_with("and 1 wait"));
  CHECK(looked.get());
  CHECK_FALSE(looks.wrong().has_value());
}

TEST_CASE("after a write that failed no look is written on the mended disk, health says why, and the book that is opened anew has all that was told",
          "[server][disclosure][disk]") {
  ClosableHouse served(GENERATE(Cause::kFull, Cause::kFailing, Cause::kFailedOnce));
  REQUIRE(served.get("/v1/things/A-U1", kAuthor).status == 200);
  const auto looks = served.looks();
  served.close();
  CHECK(problem_in(served.get("/v1/things/A-U1", kAuthor)) == "access-book");
  served.mend();

  CHECK(problem_in(served.get("/v1/things/A-U1", kAuthor)) == "access-book");
  const auto wrong = LookBook(*served.book).wrong();  // of one that remembers no look
  REQUIRE(wrong.has_value());
  CHECK(wrong->find("until the ledger is opened again") != std::string::npos);
  CHECK(served.look_book.wrong() == wrong);
  served.book.reset();  // as a stop does
  served.book = made(served.ledger->access_book("the test", served.home.clock, served.for_looks));
  LookBook anew(*served.book);
  CHECK_FALSE(anew.wrong().has_value());
  CHECK(anew.record(a_look()).has_value());
  const auto found = served.looks();
  REQUIRE(found.size() > looks.size());
  for (size_t i = 0; i < looks.size(); ++i) CHECK(found[i].envelope.event_id == looks[i].envelope.event_id);
}

TEST_CASE("whoever asks in a role that they do not hold waits for the access book too, on every route", "[server][disclosure]") {
  ClosableHouse served(GENERATE(causes()));
  served.close();
  const As nobodys{"U3", "auditor"};

  for (const auto* path : {"/v1/feed", "/v1/export/history", "/v1/history", "/v1/roles", "/v1/things/A-U1", "/v1/things/A-XX",
                           "/v1/export/programmes/iom-coaching/cycles/2024/seats", "/v1/programmes/iom-coaching/cycles/2024/seats"}) {
    CAPTURE(path);
    CHECK(problem_in(served.get(path, nobodys)) == "access-book");
  }
  served.mend();
  if (!served.goes_on_mended()) return;
  for (const auto* path : {"/v1/feed", "/v1/export/history", "/v1/history"}) CHECK(problem_in(served.get(path, nobodys)) == "role-not-held");
}

TEST_CASE("an export is cut where its next block cannot be accounted for, and nothing of that block leaves", "[server][disclosure]") {
  ClosableHouse served(GENERATE(causes()));
  for (int i = 0; i < 600; ++i) served.run(RecordStaff{staff_of("W" + std::to_string(i))});
  const auto last = served.id("W599");
  const auto whole = read_on(served.get("/v1/export/history", kAdmin));
  REQUIRE_FALSE(whole.cut);
  REQUIRE(whole.text.find(last) != std::string::npos);
  const auto looks_before = served.looks().size();

  const auto begun = served.get("/v1/export/history", kAdmin);
  REQUIRE(begun.status == 200);
  REQUIRE(served.looks().size() == looks_before + 1);  // the first block is accounted for before the answer begins
  served.close();
  const auto read = read_on(begun);

  CHECK(read.cut);
  CHECK(whole.text.starts_with(read.text));
  CHECK(read.text.find(last) == std::string::npos);
  CHECK(served.lines.str().find("\"stream\"") != std::string::npos);
  served.mend();
  if (served.goes_on_mended()) CHECK(read_on(served.get("/v1/export/history", kAdmin)).text.starts_with(whole.text));
}

TEST_CASE("a feed goes on while no look can be written, and has nothing in it that would be one", "[server][disclosure]") {
  ClosableHouse served(GENERATE(causes()));
  const auto feed = served.get("/v1/feed", kAuthor, "from=0");
  served.close();
  const auto before = served.end();
  served.run(RecordStaff{staff_of("W1")});

  const auto told = whole_of(feed);

  CHECK(told.find("id: " + std::to_string(before)) != std::string::npos);
  for (const auto* value : {"Motivation", "mail-canary", "GradeCanary", "Name of", "Comment", "Certificate", "HoldReason"}) {
    CAPTURE(value);
    CHECK(told.find(value) == std::string::npos);
  }
}

TEST_CASE("an import goes on while no look can be written, and what is told of it has no value of anybody", "[server][disclosure]") {
  ClosableHouse served(GENERATE(causes()));
  served.close();
  CHECK(problem_in(served.get("/v1/things/A-U1", kAuthor)) == "access-book");
  Asking import{"/v1/imports/{kind}", "job", "/v1/imports/activity"};
  import.method = Method::kPost;
  import.body = csv_line({"at", "actor", "action", "ref", "programme", "cycle", "client", "coach", "session", "held_on", "minutes", "rating",
                          "reason", "comment"}) +
                csv_line({"2024-03-01T12:00:00Z", "U2", "give-feedback", "P-U2", "", "", "", "", "2", "", "", "3", "", "CommentOnClosing"});

  const auto begun = ask(served, import, kAdmin);
  REQUIRE(begun.status == 202);
  const auto path = "/v1/jobs/" + member(begun, "job");
  auto job = served.get(path);
  while (member(job, "ended_at") == "null") {
    served.ledger->programme().wait(Position{served.end()}, std::chrono::milliseconds(2));
    job = served.get(path);
  }

  CHECK(member(job, "state") == "done");
  CHECK(member(job, "rows_done") == "1");
  const auto told = whole_of(job) + whole_of(served.get(path + "/report"));
  CHECK(secret_in(secrets(served), told).empty());
}

TEST_CASE("once looks can be written again, all is told as before", "[server][disclosure]") {
  ServedHouse served;
  const auto path = "/v1/programmes/iom-coaching/cycles/2024/seats";
  const auto rows = items(served.get(path, kAuthor), "rows");
  REQUIRE_FALSE(rows.empty());
  served.close_book();
  REQUIRE(problem_in(served.get(path, kAuthor)) == "access-book");
  served.open_book();

  const auto looks = served.looks().size();
  CHECK(items(served.get(path, kAuthor), "rows") == rows);
  CHECK(served.looks().size() == looks + 1);
  CHECK(served.health.ready(Health::Moment{} + std::chrono::seconds(9)).status == 200);
}

}  // namespace daybook::test
