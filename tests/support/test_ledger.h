// A ledger in memory for tests: a clock that is set by hand, seeded randomness, and one call for each thing a test
// wants to happen. Times are RFC 3339, days YYYY-MM-DD, as in the spreadsheets.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ledger/civil_time.h"
#include "ledger/import.h"
#include "ledger/replay.h"
#include "ledger/sequencer.h"
#include "projections/desk.h"
#include "projections/lists.h"
#include "projections/statistics.h"

namespace daybook::test {

class FakeClock final : public Clock {
 public:
  Instant now() const override { return wall; }
  std::chrono::microseconds running() const override { return ran; }
  // Both clocks run on.
  void pass(std::chrono::microseconds time) { wall += time, ran += time; }
  void reach(Instant moment) { pass(moment - wall); }

  Instant wall = *parse_instant("2024-06-01T12:00:00Z");
  std::chrono::microseconds ran{0};
};

// Bytes that are the same in every run with the same seed.
class SeededRandomness final : public Randomness {
 public:
  explicit SeededRandomness(uint64_t seed = 1) : state_(seed) {}
  void fill(std::span<uint8_t> out) override;

 private:
  uint64_t state_;
};

// The text of a charter that ships, such as "iom-coaching", but for the days of its editions: they would pass in tests of
// other deadlines.
std::string shipped(const std::string& programme);

// `text` with `from`, which must stand in it exactly once, replaced by `to`: a charter with one value changed.
std::string changed(std::string text, const std::string& from, const std::string& to);

// A person with everything in order for each programme that ships; change what the test is about.
StaffRecorded staff_of(const std::string& staff_number);
CoachRecorded coach_of(const std::string& programme, uint32_t capacity);

class TestLedger {
  FakeClock own_clock_;

 public:
  // Adopts the shipped charters, each replaced by the one of `charters` for the same programme.
  explicit TestLedger(const std::vector<std::string>& charters = {}, DoTable rights = shipped_do_table());
  // On a log of the caller's, which must outlive this. Charters are adopted if the log is empty.
  TestLedger(EventLog& log, const std::vector<std::string>& charters);
  // On a ledger that has its sequencer, such as one in a folder. All is borrowed.
  TestLedger(Sequencer& sequencer, EventLog& log, const VaultKeys& with, FakeClock& by);

  // In which channel `run` records. As by import: the rules are what most tests are about, and no right is asked of a row.
  Channel channel = Channel::kImport;

  // ---- what can happen; each gives the sequencer's answer ----
  Answer run(CommandBody body, const std::string& at = "", const std::string& actor = "admin");
  Answer staff(const StaffRecorded& values) { return run(RecordStaff{values}); }
  Answer staff(const std::string& number) { return staff(staff_of(number)); }
  Answer took_part(const std::string& number, const std::string& programme, const std::string& sponsor, const std::string& edition);
  Answer coach(const std::string& number, const std::string& programme, uint32_t capacity) {
    return run(RecordCoach{number, coach_of(programme, capacity)});
  }
  // An application with commitment yes; `cycle` is PROGRAMME/CYCLE.
  Answer apply(const std::string& ref, const std::string& number, const std::string& cycle, const std::string& at,
               const std::string& commitment = "yes");
  Answer decide(const std::string& cycle) { return run(DecideCycle{cycle_id(cycle)}); }
  Answer refer(const std::string& application, bool eligible) { return run(DecideReferral{application, eligible, "judged"}); }
  Answer grant_seat(const std::string& cycle) { return run(GrantSeat{cycle_id(cycle)}); }
  Answer offer_seat(const std::string& cycle, const std::string& answer_by, const std::string& at = "") {
    return run(OfferSeat{cycle_id(cycle), *parse_day(answer_by)}, at);
  }
  Answer accept_offer(const std::string& application, const std::string& at = "") { return run(AcceptOffer{application}, at); }
  Answer decline_offer(const std::string& application, const std::string& at = "", const std::string& reason = "no time") {
    return run(DeclineOffer{application, reason}, at);
  }
  // Records the deadlines that have passed by the clock, as `daybook tick` does.
  Answer tick();
  Answer request(const std::string& ref, const std::string& cycle, const std::string& client, const std::string& coach, const std::string& at);
  // accept-pairing, decline-pairing, end-pairing
  Answer act(const std::string& action, const std::string& ref, const std::string& at, const std::string& actor = "admin");
  Answer extend(const std::string& ref, const std::string& last_day, const std::string& at);
  Answer done(const std::string& ref, uint32_t session, const std::string& held_on, const std::string& at, const std::string& actor = "admin");
  Answer missed(const std::string& ref, uint32_t session, const std::string& held_on, const std::string& at, const std::string& actor = "admin");
  Answer withdraw(const std::string& ref, uint32_t session, const std::string& at, const std::string& reason = "by mistake");
  Answer feedback(const std::string& ref, uint32_t session, const std::string& rating, const std::string& at, const std::string& actor = "admin");

  // A seated client of the cycle, and an accepted coach with that many places: staff, application and decision in one.
  // The application comes on the first day of the cycle's period. (A cycle's other undecided applications are decided too.)
  void seated(const std::string& number, const std::string& cycle);
  void accepted_coach(const std::string& number, const std::string& programme, uint32_t capacity = 1);
  // A pairing from request to acceptance, both at `at`.
  void paired(const std::string& ref, const std::string& cycle, const std::string& client, const std::string& coach, const std::string& at);

  // Imports a file's text. The report has one row per record.
  Result<ImportSummary> import(const std::string& sheet, const std::string& csv, std::vector<ReportRow>* report = nullptr,
                               std::optional<Instant> effective = std::nullopt);

  // ---- what there is to see ----
  State state();                                  // a copy, as it is durable
  std::vector<Event> events(Position from = {});  // from there to the end
  const ApplicationState application(const std::string& ref);
  std::string seat(const std::string& ref);                 // seated, waitlisted or ""
  std::vector<std::string> failed(const std::string& ref);  // criteria that failed
  Table decisions(const std::string& cycle);
  Statistics stats(const std::string& cycle);
  Vault vault() { return Vault(*log_, keys); }
  EventLog& log() { return *log_; }
  Sequencer& sequencer() { return *writer_; }

  static CycleId cycle_id(const std::string& text);

  FakeClock& clock = own_clock_;
  SeededRandomness randomness;
  VaultKeys keys;

 private:
  void start(const std::vector<std::string>& charters, DoTable rights);
  std::unique_ptr<EventLog> own_;
  EventLog* log_;
  std::unique_ptr<Sequencer> sequencer_;
  Sequencer* writer_ = nullptr;
};

// A folder that goes with the object.
class TempFolder {
 public:
  // Below `parent`; empty: where the system keeps such things.
  explicit TempFolder(const std::string& parent = "");
  ~TempFolder();
  std::string path(const std::string& name = "") const;

 private:
  std::string path_;
};

// A place in memory, for what is written often and need not survive: there an fsync costs nothing. Empty if there is none.
std::string memory_folder();

// "recorded", "recorded outside-window", "refused late", "unchanged", "failed ...": what an answer says, to compare.
std::string said(const Answer& answer);

}  // namespace daybook::test
