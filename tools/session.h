// What every verb needs: which ledger, who asks, in what form the answer goes out, and the exit status.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/civil_time.h"
#include "ledger/ledger_folder.h"
#include "ledger/replay.h"
#include "projections/desk.h"
#include "tools/output.h"

namespace daybook {

enum Exit { kDone = 0, kNo = 1, kWrongUse = 2, kDamaged = 3, kFailed = 4 };  // contract section 2

struct Settings {
  std::string ledger, root_key, format;
  bool json = false, confirm_clock = false, for_spreadsheet = false;
  std::string as, role, purpose, at;
};

// --ledger, else the environment's DAYBOOK_LEDGER; empty for neither.
std::string ledger_folder(const Settings& settings);

// The status that goes with a fault, and its message on standard error.
Exit complain(const Error& error);

class Session {
 public:
  explicit Session(const Settings& settings) : settings_(settings) {}

  const Settings& settings() const { return settings_; }
  // `held`: against the watermarks.
  Result<Ledger*> open(OpenMode mode, const std::string& verb, bool held = true);
  Format format(Format on_terminal, Format elsewhere) const;

  // Signs what was recorded and closes the ledger. `status` stands if that went well.
  int close(int status);

  // The ledger as of --at. Opens it to read.
  struct View {
    Ledger* ledger;
    Replayed replayed;
    std::optional<Instant> at;  // the time of --at, if that is what it was
  };
  Result<View> view(const std::string& verb);

  bool may_look() const { return !settings_.as.empty(); }

  // Writes down what the desk handed out; only then may the answer be printed. Nothing confidential: nothing to do.
  Result<void> account_for(const std::string& verb, Ledger& ledger, const Desk& desk, const CycleId& cycle, Position end);

  // user@host of whoever runs this.
  static std::string operator_name();

  SystemClock clock;
  SystemRandomness randomness;

 private:
  const Settings& settings_;
  std::unique_ptr<Ledger> ledger_;
};

// PROGRAMME/CYCLE
std::optional<CycleId> parse_cycle(const std::string& text);

// A DATE is its last instant in `zone`; a TIME is itself.
std::optional<Instant> parse_moment(const std::string& text, const Zone& zone);

}  // namespace daybook
