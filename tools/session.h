// What every verb needs: which ledger, who asks, in what form the answer goes out, and the exit status.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/civil_time.h"
#include "ledger/ledger_folder.h"
#include "ledger/replay.h"
#include "projections/inquiry.h"
#include "tools/output.h"

namespace daybook {

enum Exit { kDone = 0, kNo = 1, kWrongUse = 2, kDamaged = 3, kFailed = 4 };  // contract section 2

struct Settings {
  std::string ledger, root_key, format;
  bool json = false, confirm_clock = false, for_spreadsheet = false;
  std::string as, role, purpose, at, happened_by, sort;
  std::string server, token_file, trust_file, key;  // of a service that is asked in place of a ledger, and the key of a command to it
  rocksdb::Env* env = nullptr;                      // for tests that make the disk fail; no option of the command line sets it
};

// The form of an answer: as it was asked for, else `on_terminal` or `elsewhere`.
Format answer_format(const Settings& settings, Format on_terminal, Format elsewhere);

// --ledger, else the environment's DAYBOOK_LEDGER; empty for neither.
std::string ledger_folder(const Settings& settings);

inline Error not_there(const std::string& what) { return {Fault::kNotFound, what}; }

// The status that goes with a fault, and its message on standard error.
Exit complain(const Error& error);

class Session {
 public:
  explicit Session(const Settings& settings) : settings_(settings) {}

  const Settings& settings() const { return settings_; }
  // `held`: against the watermarks.
  Result<Ledger*> open(OpenMode mode, const std::string& verb, bool held = true) { return open_by(clock, mode, verb, held); }
  // The same, recording by another clock than the system's. It is borrowed and must outlive this.
  Result<Ledger*> open_by(const Clock& time, OpenMode mode, const std::string& verb, bool held = true);
  Format format(Format on_terminal, Format elsewhere) const { return answer_format(settings_, on_terminal, elsewhere); }

  // Signs what was recorded and closes the ledger. `status` stands if that went well.
  int close(int status);

  // Opens the ledger to read it as of --at and --happened-by. Without --role everything confidential is sealed; with it whoever looks is --as,
  // else whoever runs this. A day of --happened-by is its last instant in the zone of `cycle`; UTC where there is none.
  // `kCohort`: what is asked is about that cycle alone (cohort.h); `kThing`: about an application or pairing, whose reference
  // stands in place of the cycle. Names and numbers of people need the whole.
  enum class Scope { kAll, kCohort, kThing };
  Result<std::unique_ptr<Inquiry>> view(const std::string& verb, const std::string& cycle = "", Scope scope = Scope::kAll);

  // The same, as of now, from the state of an earlier view of the ledger: for whoever follows it.
  Result<std::unique_ptr<Inquiry>> view_further(const std::string& verb, State earlier);

  // Writes down what the desk handed out or, where nothing is `told`, who was asked about in vain; only then may the answer be printed, with
  // the look's place in the access book, which is said on standard error. Nothing confidential: nothing to do. kNotFound: whoever asks does
  // not hold the role; then nothing may be printed.
  Result<void> account_for(const std::string& verb, const Inquiry& inquiry, const CycleId& cycle = {}, bool told = true);
  // The looks that the answer rests on, by their places in the access book.
  const std::vector<Position>& looks() const { return looks_; }
  const SeeTable& see_table() const { return see_table_; }

  // Who looks: --as, else whoever runs this.
  std::string reader_name() const { return settings_.as.empty() ? operator_name() : settings_.as; }
  // user@host of whoever runs this.
  static std::string operator_name();

  SystemClock clock;
  SystemRandomness randomness;

 private:
  // Tells whoever runs this of glasses that were broken and of which they are the second person: the next time they look or act.
  void tell_of_glasses(const State& state, const PersonId& person) const;
  void tell_of_glasses();
  Result<std::unique_ptr<Inquiry>> inquire(Ledger& ledger, Replayed folded, const AsOf& as_of) const;
  const Settings& settings_;
  const SeeTable see_table_ = shipped_see_table();
  std::unique_ptr<Ledger> ledger_;
  std::vector<Position> looks_;
  bool writes_ = false;  // the ledger is open for writing
};

// Whether somebody says who looks.
inline bool names_reader(const Settings& settings) { return !settings.as.empty() || !settings.role.empty() || !settings.purpose.empty(); }

}  // namespace daybook
