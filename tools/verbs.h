// The verbs of the command line: each takes its options and gives the exit status.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/import.h"
#include "ledger/init.h"
#include "projections/editions.h"
#include "projections/history_question.h"
#include "projections/looks.h"
#include "tools/organisation.h"
#include "tools/session.h"

namespace daybook {

// Where a new ledger goes with its keys.
Result<InitPlaces> init_places(const Settings& settings, const std::string& origin);
int init(const Settings& settings, const std::string& origin);
int simulate(const Settings& settings, const OrganisationSize& size);
int charter_add(const Settings& settings, const std::string& file);
struct ImportArguments {
  std::string kind, file, report, effective;
  bool dry_run = false;
};
int import(const Settings& settings, const ImportArguments& arguments);
// `end`: of the book that the rows went into; of a dry run that is a copy.
void print_import(const Settings& settings, const ImportArguments& arguments, const ImportSummary& counts, uint64_t end, uint64_t ledger_end);
int do_action(const Settings& settings, const std::string& action, const std::vector<std::string>& values, const std::string& idempotency_key,
              bool dry_run);
// What `undo-import` does, or with `dry_run` what it would do; gives the exit status.
int undo_import(const Settings& settings, Command command, bool dry_run);
int role_begin(const Settings& settings);
struct RoleArguments {
  std::string person, role, programme, unit, until;
  std::vector<std::string> values;  // reason=TEXT
};
int role_grant(const Settings& settings, const RoleArguments& arguments);
int role_end(const Settings& settings, const RoleArguments& arguments);
// `outcome`: seconded, declined or withdrawn.
int close_proposal(const Settings& settings, const std::string& proposal, const std::string& outcome, const std::vector<std::string>& values);
int decide_cycle(const Settings& settings, const std::string& cycle, const std::string& on);
int tick(const Settings& settings, bool dry_run);
int erase_person(const Settings& settings, const std::string& person, const std::string& known_until, const std::string& reason);
// `root`: the root key, too.
int rotate_keys(const Settings& settings, bool root);
int rights_export(const Settings& settings, const std::string& person);
// Carries out on disk what erasures have left to do.
Result<void> finish_erasures(Session& session, Ledger& ledger);
// Drops the looks that the policy no longer keeps.
Result<void> expire_looks(Session& session, Ledger& ledger);

int charter_list(const Settings& settings);
int charter_show(const Settings& settings, const std::string& programme);
int list_rows(const Settings& settings, const std::string& what, const std::string& cycle);
int find_people(const Settings& settings, const std::vector<std::string>& words);
int show(const Settings& settings, const std::string& id);
int explain(const Settings& settings, const std::string& id);
int access_log(const Settings& settings, const LookQuestion& question);
struct GlassArguments {
  std::string about, reason, told;
  std::vector<std::string> classes;
  uint64_t minutes = 0;
};
int break_glass(const Settings& settings, const GlassArguments& arguments);
int review_glass(const Settings& settings, const std::string& glass, const std::vector<std::string>& values);
int history(const Settings& settings, const HistoryQuestion& question);
// `edition`: 0 for the newest.
int stats(const Settings& settings, const std::string& cycle, const std::string& audience, uint32_t edition);
void print_edition(const Settings& settings, const Edition& edition);
int tell_edition(const Session& session, const Inquiry& view, const CycleState& cycle, const std::string& audience, uint32_t number);
struct DiffArguments {
  std::string cycle, from, to, clock = "recorded";
};
int diff(const Settings& settings, const DiffArguments& arguments);
int replay_dump(const Settings& settings, const std::string& to);
int replay_check(const Settings& settings);
int views(const Settings& settings, bool build);
int verify_books(const Settings& settings);
int checkpoint(const Settings& settings);
int prove_inclusion(const Settings& settings, uint64_t position);
int prove_consistency(const Settings& settings, uint64_t old_size, uint64_t size);
int export_tiles(const Settings& settings, const std::string& folder, bool follow);
int doctor(const Settings& settings);
struct BackupArguments {
  std::string folder, keys, trust;
  uint64_t keep = 7, keep_keys = 1;
};
int backup(const Settings& settings, const BackupArguments& arguments);
int verify_backup(const Settings& settings, const BackupArguments& arguments);
int print_erasures(const Settings& settings);
struct RestoreArguments {
  std::string backup, folder, log_key, keys, erasures;
  std::vector<std::string> watermarks;
  std::optional<std::string> accept_loss;
  uint64_t run = 0;
  bool at_rest = false;
};
int restore(const Settings& settings, const RestoreArguments& arguments);

}  // namespace daybook
