// The verbs of the command line as a service is asked them (--server): each takes its options and gives the exit status. What they print is what
// the verbs of verbs.h print, as far as the service tells it.
#pragma once

#include "tools/verbs.h"

namespace daybook {

int remote_charter_list(const Settings& settings);
int remote_charter_show(const Settings& settings, const std::string& programme);
int remote_list(const Settings& settings, const std::string& what, const std::string& cycle);
int remote_find(const Settings& settings, const std::vector<std::string>& words);
int remote_cards(const Settings& settings, const std::string& id, bool explained);
int remote_stats(const Settings& settings, const std::string& cycle, const std::string& audience, uint32_t edition);
int remote_history(const Settings& settings, const HistoryQuestion& arguments);
int remote_access_log(const Settings& settings, const LookQuestion& arguments);
int remote_rights_export(const Settings& settings, const std::string& person);

// Commands. `values` and `arguments` as they were typed.
int remote_do(const Settings& settings, const std::string& action, const std::vector<std::string>& arguments, bool dry_run);
int remote_decide(const Settings& settings, const std::string& cycle, const std::string& on);
int remote_charter_add(const Settings& settings, const std::string& file);
int remote_change_role(const Settings& settings, const std::string& action, const RoleArguments& arguments);
int remote_close(const Settings& settings, const std::string& proposal, const std::string& outcome, const std::vector<std::string>& arguments);
int remote_erase(const Settings& settings, const std::string& person, const std::string& known_until, const std::string& reason);
int remote_rotate_keys(const Settings& settings, bool root);
int remote_break_glass(const Settings& settings, const GlassArguments& arguments);
int remote_review_glass(const Settings& settings, const std::string& glass, const std::vector<std::string>& arguments);
int remote_import(const Settings& settings, const ImportArguments& arguments);

int remote_checkpoint(const Settings& settings);
int remote_prove_inclusion(const Settings& settings, uint64_t position);
int remote_prove_consistency(const Settings& settings, uint64_t old_size, uint64_t size);

// Signs this machine in: as the service's provider says on another device, or with a single-use code of the demo from standard input.
int sign_in(const Settings& settings);
int sign_out(const Settings& settings);

// Becomes the service of the ledger: `daybookd` beside this program, else on the PATH. Comes back only if that failed.
int serve(const Settings& settings, const std::string& config, bool check);

}  // namespace daybook
