// daybook: the command line. Describes the verbs; verbs_*.cc carry them out.
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <type_traits>

#include "ledger/command.h"
#include "ledger/private_process.h"
#include "projections/lists.h"
#include "tools/bench.h"
#include "tools/completion.h"
#include "tools/organisation.h"
#include "tools/remote_verbs.h"
#include "tools/verbs.h"

namespace daybook {
namespace {

constexpr const char* kVersion = "0.1.0";
// Why a verb is not done over the wire; server/catalogue.cc says the same.
constexpr const char *kMakes = "it makes a ledger", *kAtKeyboard = "it is for whoever has the ledger's folder and keys",
                     *kAsksNothing = "it asks nothing of a ledger",
                     *kTellsOfAll = "it tells of everybody in a cycle; over the wire `list`, `show` and `stats` take both clocks";
constexpr uint64_t kCountMax = uint64_t{1} << 62;
const CLI::Range kCount(uint64_t{0}, kCountMax);  // a minus sign would wrap round

class CommandLine {
 public:
  CommandLine() : app_("The book of original entry for coaching, mentoring and leadership programmes.", "daybook") {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", kVersion);
    app_.add_option("--server", settings_.server,
                    "asks a service in place of a ledger: https://HOST[:PORT]; whoever is signed in there asks and acts")
        ->check([](const std::string& url) { return url.empty() ? "found no address, want https://HOST[:PORT]" : ""; });  // no ledger in its place
    app_.add_option(
        "--token-file", settings_.token_file,
        "with --server: the file with the bearer token, readable by its owner alone; else the environment's DAYBOOK_TOKEN_FILE, else what "
        "sign-in kept");
    app_.add_option("--trust-file", settings_.trust_file, "with --server: certificates in PEM that are trusted beside the system's");
    app_.add_option("--idempotency-key", settings_.key, "with --server: the key of a command that is sent again; it is carried out once");
    app_.footer(
        "Exit status: 0 done; 1 the answer is no; 2 wrong use, or a file refused whole; 3 the ledger is damaged; 4 the disk or a peer failed.");
    writing();
    keys();
    emergencies();
    asking();
    proving();
    keeping();
    serving();
    others();
  }

  int run(int argc, char** argv) {
    const std::string first = argc > 1 ? argv[1] : "-";
    const auto verbs = app_.get_subcommands([&](const CLI::App* verb) { return verb->get_name() == first; });
    if (first[0] != '-' && verbs.empty()) {
      return complain({Fault::kRejected, "found the verb \"" + printable(first) + "\"; `daybook --help` lists those there are"});
    }
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? kDone : kWrongUse;
    }
    if (std::fflush(stdout) != 0 || std::ferror(stdout)) return complain({Fault::kStorage, "the answer could not be written out"});
    return status_;
  }

 private:
  CLI::App* verb(CLI::App& of, const std::string& name, const std::string& what, const std::string& example) {
    auto* verb = of.add_subcommand(name, what);
    verb->footer("Example: daybook " + example);
    return verb;
  }
  // What every verb on a ledger takes.
  CLI::App* on_ledger(CLI::App* verb) {
    verb->add_option("--ledger", settings_.ledger, "the ledger's folder; else the environment's DAYBOOK_LEDGER");
    verb->add_option("--root-key", settings_.root_key,
                     "the root key's file, if it is not where init put it; credential:NAME where systemd hands it over");
    auto* json = verb->add_flag("--json", settings_.json, "answer in JSON");
    verb->add_flag("--for-spreadsheet", settings_.for_spreadsheet, "in CSV, guards cells that a spreadsheet would run as a formula");
    verb->add_option("--format", settings_.format, "json, csv or table")->check(CLI::IsMember({"json", "csv", "table"}))->excludes(json);
    return verb;
  }
  CLI::App* who(CLI::App* verb) {
    verb->add_option("--as", settings_.as, "who acts or looks: a staff number or other name (a claim; the record says so); else whoever runs this");
    verb->add_option("--role", settings_.role, "in which role; to look, one that they hold: projections/WHO_MAY_SEE.md says what it may see");
    return verb;
  }
  CLI::App* looks(CLI::App* verb) {
    who(verb)->add_option("--purpose", settings_.purpose, "why confidential fields are looked at; written down with the look");
    verb->add_option("--at", settings_.at, "as the ledger knew it then: a position (the end of what is seen), a day or a time");
    verb->add_option("--happened-by", settings_.happened_by, "only what had happened by then, of what the ledger knew: a day or a time");
    return verb;
  }
  CLI::App* records(CLI::App* verb) {
    verb->add_flag("--confirm-clock", settings_.confirm_clock, "the clock is right although the ledger's newest event is later");
    return verb;
  }
  void sorts(CLI::App* verb) { verb->add_option("--sort", settings_.sort, "by that column; -COLUMN for the greatest first"); }
  // `run` does it on a ledger, `over_wire` with --server: a function too, or the words why there is none.
  template <class Run, class OverWire>
  void calls(CLI::App* verb, Run run, OverWire over_wire) {
    verb->callback([this, verb, run, over_wire] {
      if (settings_.server.empty()) {
        status_ = settings_.token_file.empty() && settings_.trust_file.empty()
                      ? run()
                      : int{complain({Fault::kRejected, "--token-file and --trust-file go with --server"})};
      } else if (!verb->get_subcommands().empty()) {
        return;  // the verb below it has said so
      } else if constexpr (std::is_invocable_v<OverWire>) {
        status_ = over_wire();
      } else {
        status_ = complain({Fault::kRejected, fmt::format("--server: {} is not done over the wire: {}", verb->get_name(), over_wire)});
      }
    });
  }

  void names_role(CLI::App* verb) {
    verb->add_option("person", role_.person, "whose: a staff number or other name")->required();
    verb->add_option("as_what", role_.role,
                     "administrator, supervision-lead, sponsor, line-manager, auditor, compliance-officer or data-protection-officer")
        ->required();
    verb->add_option("--programme", role_.programme, "of that programme alone; default all");
    verb->add_option("--unit", role_.unit, "of people of that unit alone: the entity of their personnel record; default all");
    verb->add_option("values", role_.values, "reason=TEXT");
  }
  void closes(const std::string& name, const std::string& outcome, const std::string& what, const std::string& example) {
    auto* closing = records(who(on_ledger(verb(app_, name, what, example + " --ledger ./season"))));
    closing->add_option("proposal", text_, "its id")->required();
    closing->add_option("values", values_, "reason=TEXT");
    calls(
        closing, [this, outcome] { return close_proposal(settings_, text_, outcome, values_); },
        [this, outcome] { return remote_close(settings_, text_, outcome, values_); });
  }

  void writing() {
    auto* init_verb = on_ledger(verb(app_, "init", "makes an empty ledger with the charters that ship", "init --ledger ./season"));
    init_verb->add_option("--origin", text_, "the name under which checkpoints are signed: a URL without its scheme, never changed later");
    calls(init_verb, [this] { return init(settings_, text_); }, kMakes);

    auto* lives = on_ledger(verb(app_, "simulate", "fills a new ledger with the life of a made-up organisation, from 2023 on",
                                 "simulate --years 3 --seed 7 --ledger ./grown"));
    lives->add_option("--years", simulate_.years, "of programme time")->check(CLI::Range(1, kYearsMax));
    lives->add_option("--people", simulate_.people, "staff when it begins; each makes some five events a year")
        ->check(CLI::Range(uint64_t{50}, uint64_t{10'000'000}));
    lives->add_option("--seed", simulate_.seed, "the same seed, years and people give the same life; only random ids differ");
    calls(lives, [this] { return simulate(settings_, simulate_); }, kMakes);

    auto* charter = verb(app_, "charter", "programmes and their rulebooks", "charter list --ledger ./season");
    charter->require_subcommand(1);
    auto* listed = looks(on_ledger(verb(*charter, "list", "the programmes and their cycles", "charter list --ledger ./season")));
    calls(listed, [this] { return charter_list(settings_); }, [this] { return remote_charter_list(settings_); });
    auto* shown = looks(on_ledger(verb(*charter, "show", "a programme's charter in force, as TOML", "charter show iom-coaching --ledger ./season")));
    shown->add_option("programme", text_, "the programme")->required();
    calls(shown, [this] { return charter_show(settings_, text_); }, [this] { return remote_charter_show(settings_, text_); });
    auto* added = records(
        who(on_ledger(verb(*charter, "add", "adopts a charter, or a new version of one", "charter add my-programme.toml --ledger ./season"))));
    added->add_option("file", text_, "the charter, TOML; ledger/CHARTERS.md describes it")->required();
    calls(added, [this] { return charter_add(settings_, text_); }, [this] { return remote_charter_add(settings_, text_); });

    auto* imports = records(
        on_ledger(verb(app_, "import", "records the rows of a spreadsheet", "import staff staff.csv --ledger ./season --report staff-report.csv")));
    imports->add_option("kind", import_.kind, "staff, participations, coaches, applications or activity")->required();
    imports->add_option("file", import_.file, "UTF-8 CSV with a header row")->required();
    imports->add_flag("--dry-run", import_.dry_run, "says what would happen; records nothing");
    imports->add_option("--report", import_.report, "writes row,ref,outcome,reason,flags for every record");
    imports->add_option("--role", settings_.role, "with --server: in which role it is done there");
    imports->add_option("--effective", import_.effective, "when the facts of staff and participations began to hold: a day or a time");
    calls(imports, [this] { return import(settings_, import_); }, [this] { return remote_import(settings_, import_); });

    auto* does = records(who(on_ledger(
        verb(app_, "do", "one command by hand; keys are the columns of activity.csv", "do end-pairing ref=P00017 reason=fit --ledger ./season"))));
    does->add_option("action", text_,
                     "request-pairing, accept-pairing, decline-pairing, end-pairing, extend-window, mark-session-done, "
                     "mark-session-missed, withdraw-session, give-feedback, decide-referral, grant-seat, offer-seat, accept-offer, decline-offer, "
                     "undo-import, rectify-staff, rectify-form, place-hold, lift-hold, expire-cohort")
        ->required();
    does->add_option("values", values_, "key=value ...");
    does->footer(
        "Keys: at actor role ref programme cycle client coach session held_on minutes rating reason comment. What each action needs:\n"
        "  request-pairing     ref programme cycle client coach\n"
        "  accept-pairing, decline-pairing, end-pairing   ref\n"
        "  extend-window       ref held_on (the new last day)\n"
        "  mark-session-done, mark-session-missed         ref session held_on\n"
        "  withdraw-session    ref session reason\n"
        "  give-feedback       ref session\n"
        "  decide-referral     application outcome (eligible or not-eligible) reason\n"
        "  grant-seat          programme cycle (a free seat to the head of the waitlist)\n"
        "  offer-seat          programme cycle answer_by (the same, held for them to the end of that day)\n"
        "  accept-offer        application\n"
        "  decline-offer       application reason\n"
        "  undo-import         batch (`list imports` has it) reason; rows: only if it undoes so many\n"
        "  rectify-staff       staff_number reason, and columns of staff.csv: what is right\n"
        "  rectify-form        application reason, and form_version commitment languages time_zone motivation: what is right\n"
        "  place-hold, lift-hold   person reason (what is held of them may not be used in between)\n"
        "  expire-cohort       programme cycle (what only the cycle's figures used goes, for good; wants a second person)\n"
        "Who may do what: ledger/WHO_MAY_DO.md. Without a role it is the first of the actor's that may.\n"
        "Example: daybook do end-pairing ref=P00017 reason=fit --ledger ./season");
    does->add_option("--idempotency-key", settings_.key, "the same key is carried out once");
    does->add_flag("--dry-run", dry_run_, "with undo-import: says what would be undone; records nothing");
    calls(
        does, [this] { return do_action(settings_, text_, values_, settings_.key, dry_run_); },
        [this] { return remote_do(settings_, text_, values_, dry_run_); });

    auto* role =
        verb(app_, "role", "who may act and look in which role", "role grant M0042 administrator reason=\"leads the team\" --ledger ./season");
    role->require_subcommand(1);
    auto* grants =
        records(who(on_ledger(verb(*role, "grant", "somebody holds a role from now on; wants a second person (`second`)",
                                   "role grant M0042 administrator --programme iom-coaching reason=\"leads the team\" --ledger ./season"))));
    names_role(grants);
    grants->add_option("--until", role_.until, "the last day, UTC; default no end");
    calls(grants, [this] { return role_grant(settings_, role_); }, [this] { return remote_change_role(settings_, "role-grant", role_); });
    auto* ends = records(who(on_ledger(verb(*role, "end", "somebody no longer holds a role; wants a second person (`second`)",
                                            "role end M0042 administrator --programme iom-coaching reason=\"left the team\" --ledger ./season"))));
    names_role(ends);
    calls(ends, [this] { return role_end(settings_, role_); }, [this] { return remote_change_role(settings_, "role-end", role_); });
    auto* begins = records(on_ledger(
        verb(*role, "begin", "the first roles for whoever runs this, where nobody is left who may change roles", "role begin --ledger ./season")));
    calls(begins, [this] { return role_begin(settings_); }, kAtKeyboard);

    closes("second", "seconded", "agrees to what somebody proposed, which is then done; `list proposals` has them", "second 5712");
    closes("decline", "declined", "says no to what somebody proposed", "decline 5712 reason=\"not this year\"");
    closes("withdraw", "withdrawn", "takes back what one proposed oneself", "withdraw 5712 reason=\"a mistake\"");

    auto* decides = records(who(
        on_ledger(verb(app_, "decide", "decides every undecided application, seats and waitlists", "decide iom-coaching/2024 --ledger ./season"))));
    decides->add_option("cycle", text_, "PROGRAMME/CYCLE")->required();
    decides->add_option("--on", other_, "when it was decided: a day (its last instant in the cycle's zone) or a time; default now");
    calls(decides, [this] { return decide_cycle(settings_, text_, other_); }, [this] { return remote_decide(settings_, text_, other_); });

    auto* ticks =
        records(on_ledger(verb(app_, "tick", "records the deadlines that have passed by themselves, each once: windows, periods, offers, editions",
                               "tick --ledger ./season")));
    ticks->add_flag("--dry-run", dry_run_, "says what would be recorded; records nothing");
    calls(ticks, [this] { return tick(settings_, dry_run_); }, "the service does it by itself");

    auto* erases = records(who(on_ledger(verb(app_, "erase", "takes every value and key of a person out, for good; what was decided stands",
                                              "erase U000148 --reason \"their request\" --ledger ./season"))));
    erases->add_option("person", text_, "a staff number, an e-mail address or an id")->required();
    erases->add_option("--known-until", other_,
                       "the last day on which the repeat rule, and rows that come again, still know them by a keyed digest; default in five years");
    erases->add_option("--reason", key_, "why; it goes with the erasure")->required();
    calls(erases, [this] { return erase_person(settings_, text_, other_, key_); }, [this] { return remote_erase(settings_, text_, other_, key_); });
  }

  void keys() {
    auto* rotates = records(who(on_ledger(verb(app_, "rotate-keys", "makes a new wrapping key and destroys the former; no event and no value changes",
                                               "rotate-keys --root --ledger ./season"))));
    rotates->footer(
        "Back up the keys anew afterwards: copies from before open with the former root key alone.\n"
        "Example: daybook rotate-keys --ledger ./season\n"
        "         daybook rotate-keys --root --ledger ./season");
    rotates->add_flag("--root", root_, "makes a new root key before it, in the place of the former");
    calls(rotates, [this] { return rotate_keys(settings_, root_); }, [this] { return remote_rotate_keys(settings_, root_); });
  }

  void emergencies() {
    auto* breaks = records(on_ledger(who(verb(app_, "break-glass", "takes a right to look for a short time; somebody else reviews it afterwards",
                                              "break-glass M0001 --classes contact,staff --minutes 30 --reason \"accident on mission\" --tell M0002 "
                                              "--as M0003 --role administrator --ledger ./season"))));
    breaks->add_option("about", glass_.about, "whose fields: a person by id or staff number, or everybody in PROGRAMME/CYCLE")->required();
    breaks->add_option("--classes", glass_.classes, "which classes of fields, with commas between")->required()->delimiter(',');
    breaks->add_option("--minutes", glass_.minutes, "how long, at most 240")->required()->check(kCount);
    breaks->add_option("--reason", glass_.reason, "why; it stands in the record before anything is shown")->required();
    breaks->add_option("--tell", glass_.told, "the second person, who is told at once: by staff number")->required();
    calls(breaks, [this] { return break_glass(settings_, glass_); }, [this] { return remote_break_glass(settings_, glass_); });

    auto* reviews =
        records(on_ledger(who(verb(app_, "review-glass", "says what was found of a glass that somebody else broke; `unclear` leaves it open",
                                   "review-glass ID finding=proper reason=\"the family was reached\" --as M0002 --role compliance-officer "
                                   "--ledger ./season"))));
    reviews->add_option("glass", text_, "its id: `list glasses` has them")->required();
    reviews->add_option("values", values_, "finding=proper|improper|unclear reason=TEXT")->required();
    calls(reviews, [this] { return review_glass(settings_, text_, values_); }, [this] { return remote_review_glass(settings_, text_, values_); });
  }

  void asking() {
    auto* lists = looks(on_ledger(verb(app_, "list", "a list of a cycle", "list decisions iom-coaching/2024 --ledger ./season --format csv")));
    lists
        ->add_option("what", text_,
                     "decisions, applications, seats, waitlist, pairings, sessions, coaches, overdue, editions or refused; or imports, roles, "
                     "proposals or glasses")
        ->required();
    lists->add_option("cycle", other_, "PROGRAMME/CYCLE; of imports, roles, proposals and glasses none");
    sorts(lists);
    calls(lists, [this] { return list_rows(settings_, text_, other_); }, [this] { return remote_list(settings_, text_, other_); });

    auto* finds = looks(on_ledger(verb(app_, "find", "people in whose personnel record each word stands, in any case",
                                       "find geneva P4 --as M0001 --role administrator --purpose \"call for coaches\" --ledger ./season")));
    finds->add_option("words", values_, "none: everybody");
    sorts(finds);
    calls(finds, [this] { return find_people(settings_, values_); }, [this] { return remote_find(settings_, values_); });

    auto* shows = looks(
        on_ledger(verb(app_, "show", "one person, application, pairing, coach (PROGRAMME/STAFF_NUMBER) or cycle", "show P00017 --ledger ./season")));
    shows->add_option("id", text_, "a reference, a person's id or staff number, PROGRAMME/STAFF_NUMBER, PROGRAMME/CYCLE")->required();
    calls(shows, [this] { return show(settings_, text_); }, [this] { return remote_cards(settings_, text_, false); });

    auto* explains = looks(on_ledger(
        verb(app_, "explain", "why: each rule, what it saw, the events behind it, what would change it", "explain A00266 --ledger ./season")));
    explains->add_option("id", text_, "an application's or pairing's reference")->required();
    calls(explains, [this] { return explain(settings_, text_); }, [this] { return remote_cards(settings_, text_, true); });

    auto* rights = verb(app_, "rights", "what a person has a right to",
                        "rights export U000148 --as U000148 --role client --purpose \"my request\" --ledger ./season");
    rights->require_subcommand(1);
    auto* all = looks(on_ledger(verb(*rights, "export", "everything that is held of a person, and who looked at it: a page, or JSON",
                                     "rights export U000148 --as U000148 --role client --purpose \"my request\" --ledger ./season > mine.html")));
    all->add_option("person", text_, "a staff number or an id")->required();
    calls(all, [this] { return rights_export(settings_, text_); }, [this] { return remote_rights_export(settings_, text_); });

    auto* tells =
        looks(on_ledger(verb(app_, "history", "the events themselves, sealed fields sealed", "history --subject P00017 --ledger ./season")));
    tells->footer(
        "Filters combine: an event is told if it meets all that are given. One sentence a line; JSON or a table on request.\n"
        "Example: daybook history --subject P00017 --ledger ./season\n"
        "         daybook history --reverse --limit 20 --after 5717 --ledger ./season\n"
        "         daybook history --follow --kind RowRefused --json --ledger ./season\n"
        "         daybook history --chain 4069 --ledger ./season");
    tells->add_option("--subject", history_.subject, "a reference, or a person by id or staff number: about them, or as a coach");
    tells->add_option("--stream", history_.stream, "such as pairing/P00017");
    tells->add_option("--kind", history_.kinds, "such as PairingAccepted; given again, one of them")->allow_extra_args(false);
    tells->add_option("--actor", history_.actor, "who acted, by id or staff number");
    tells->add_option("--acting-role", history_.role, "in which role they acted");
    tells->add_option("--correlation", history_.correlation, "what one command made: 32 hex digits, as --json shows them");
    tells->add_option("--since", history_.since, "recorded then or later: a day or a time");
    tells->add_option("--until", history_.until, "recorded before then: a day or a time");
    tells->add_option("--happened-since", history_.happened_since, "happened then or later: a day or a time");
    tells->add_option("--happened-until", history_.happened_until, "happened before then: a day or a time");
    tells->add_option("--position", history_.position, "N, FROM-TO (TO not included) or FROM-");
    auto* chain = tells->add_option("--chain", history_.chain, "what led to the event at that position, its command's other events, what followed");
    chain->check(kCount);
    tells->add_option("--limit", history_.limit, "at most so many events")->check(CLI::Range(uint64_t{1}, kCountMax));
    tells->add_option("--after", history_.after, "goes on after that position: the next page")->check(kCount);
    auto* reverse = tells->add_flag("--reverse", history_.reverse, "newest first");
    tells
        ->add_flag("--follow", history_.follow,
                   "goes on with what is recorded, as its checkpoint is signed (about a second), until SIGINT or SIGTERM; with --json a line each")
        ->excludes(reverse, chain, tells->get_option("--at"));
    calls(tells, [this] { return history(settings_, history_); }, [this] { return remote_history(settings_, history_); });

    auto* accesses = on_ledger(who(verb(app_, "access-log", "who looked at whose confidential fields, in which role, why and when",
                                        "access-log --about M0001 --as M0001 --role client --purpose \"my right to know\" --ledger ./season")));
    accesses->add_option("--purpose", settings_.purpose, "why the access book is read; written down with this look");
    accesses->add_option("--about", access_.about, "at whose fields, by id or staff number; of a client or coach: their own");
    accesses->add_option("--by", access_.by, "who looked, by id or name");
    accesses->add_option("--since", access_.since, "then or later: a day or a time");
    accesses->add_option("--until", access_.until, "before then: a day or a time");
    calls(accesses, [this] { return access_log(settings_, access_); }, [this] { return remote_access_log(settings_, access_); });

    auto* figures =
        looks(on_ledger(verb(app_, "stats", "the figures of a cycle", "stats iom-coaching/2024 --audience team --ledger ./season --format json")));
    figures->add_option("cycle", text_, "PROGRAMME/CYCLE")->required();
    figures->add_option("--audience", audience_, "team: the record; sponsor or public: the newest edition that was published for them");
    figures->add_option("--edition", edition_, "with sponsor or public: an earlier edition; `list editions` has them")
        ->check(CLI::Range(uint32_t{1}, uint32_t{999}));
    calls(
        figures, [this] { return stats(settings_, text_, audience_, edition_); },
        [this] { return remote_stats(settings_, text_, audience_, edition_); });

    auto* differs = on_ledger(verb(app_, "diff", "what changed in a cycle between two moments, and which event made it so",
                                   "diff iom-coaching/2024 --from 2024-02-01 --to 2024-03-01 --clock happened --ledger ./season"));
    differs->add_option("cycle", diff_.cycle, "PROGRAMME/CYCLE")->required();
    differs->add_option("--from", diff_.from, "a moment: a position, a day or a time")->required();
    differs->add_option("--to", diff_.to, "the other moment; default now");
    differs->add_option("--clock", diff_.clock, "recorded: what the ledger knew then; happened: what had happened by then")
        ->check(CLI::IsMember({"recorded", "happened"}));
    differs->add_option("--at", settings_.at, "with --clock happened: as the ledger knew both moments then");
    differs->add_option("--happened-by", settings_.happened_by, "with --clock recorded: only what had happened by then");
    calls(differs, [this] { return diff(settings_, diff_); }, kTellsOfAll);

    auto* replays = on_ledger(verb(app_, "replay", "folds the record from its first event: writes the state as text, or checks the views",
                                   "replay --check --ledger ./season"));
    auto* dumps = replays->add_flag("--dump", dump_, "a line for each value: THING NAME = VALUE [EVENT]; ledger/FORMAT.md describes it");
    replays->add_flag("--check", check_, "folds each view twice in isolation and holds it against the kept one; says nothing if all is well")
        ->excludes(dumps);
    replays->add_option("--to", text_, "a position (the end of what is folded), a day or a time; default all")->needs(dumps);
    replays->add_option("--happened-by", settings_.happened_by, "only what had happened by then")->needs(dumps);
    calls(
        replays,
        [this] {
          if (dump_ == check_) return int{complain({Fault::kRejected, "replay: found neither --dump nor --check, want one of them"})};
          return check_ ? replay_check(settings_) : replay_dump(settings_, text_);
        },
        kAtKeyboard);

    auto* keeps =
        on_ledger(verb(app_, "views", "the views that are kept to open quickly: version, position, how far behind", "views --ledger ./season"));
    keeps->add_flag("--build", build_, "builds each from the first event, beside whoever writes, and puts it in the place of the old one");
    calls(keeps, [this] { return views(settings_, build_); }, kAtKeyboard);
  }

  void proving() {
    calls(
        on_ledger(verb(app_, "verify", "re-hashes every event and checks every value against its commitment", "verify --ledger ./season")),
        [this] { return verify_books(settings_); }, kAtKeyboard);
    calls(
        on_ledger(verb(app_, "checkpoint", "the newest signed checkpoint, a C2SP signed note", "checkpoint --ledger ./season")),
        [this] { return checkpoint(settings_); }, [this] { return remote_checkpoint(settings_); });
    auto* prove = verb(app_, "prove", "proofs that anybody can check", "prove inclusion 42 --ledger ./season");
    prove->require_subcommand(1);
    auto* inclusion = on_ledger(verb(*prove, "inclusion", "that an event is in the book: a C2SP tlog-proof", "prove inclusion 42 --ledger ./season"));
    inclusion->add_option("position", position_, "the event's position")->required()->check(kCount);
    calls(inclusion, [this] { return prove_inclusion(settings_, position_); }, [this] { return remote_prove_inclusion(settings_, position_); });
    auto* consistency =
        on_ledger(verb(*prove, "consistency", "that an older book is the beginning of a newer one: the body of a witness's add-checkpoint",
                       "prove consistency 100 200 --ledger ./season"));
    consistency->add_option("old", position_, "the older size")->required()->check(kCount);
    consistency->add_option("new", size_, "the newer size, one that a checkpoint was signed for; default the newest")->check(kCount);
    calls(
        consistency, [this] { return prove_consistency(settings_, position_, size_); },
        [this] { return remote_prove_consistency(settings_, position_, size_); });
    auto* exports = verb(app_, "export", "what others keep and check", "export tiles ./tiles --ledger ./season");
    exports->require_subcommand(1);
    auto* tiles =
        on_ledger(verb(*exports, "tiles", "checkpoint, tiles and entries as a C2SP tlog-tiles folder", "export tiles ./tiles --ledger ./season"));
    tiles->add_option("folder", text_, "where to; what is there already is left alone")->required();
    tiles->add_flag("--follow", follow_, "goes on while the ledger grows, until SIGINT or SIGTERM: export tiles ./tiles --follow --ledger ./season");
    calls(
        tiles, [this] { return export_tiles(settings_, text_, follow_); }, "the service has them as C2SP tlog-tiles below /v1, for clients of those");
    calls(
        on_ledger(verb(app_, "doctor", "looks for what could stand in the way", "doctor --ledger ./season")), [this] { return doctor(settings_); },
        kAtKeyboard);
  }

  void keeping() {
    auto* backs = who(on_ledger(
        verb(app_, "backup", "adds a run to a backup; beside a process that writes, too", "backup ./backup --keys ./keys --ledger ./season")));
    backs->footer(
        "What is full is written once. Owners' keys are backed up apart, and only the newest copies are kept, so that an erased key is soon "
        "nowhere.\n"
        "Example: daybook backup ./backup --keys ./keys --ledger ./season\n"
        "         daybook backup verify ./backup\n"
        "         daybook backup erasures --ledger ./season");
    backs->add_option("folder", backup_.folder, "where to: an empty folder, or an earlier backup of this ledger");
    backs->add_option("--keys", backup_.keys, "a folder of its own for the keys of owners and the list of erasures");
    backs->add_option("--keep", backup_.keep, "so many runs; after an erasure only the newest")->check(CLI::Range(uint64_t{1}, kCountMax));
    backs->add_option("--keep-keys", backup_.keep_keys, "so many copies of the keys; older ones are overwritten and removed")
        ->check(CLI::Range(uint64_t{1}, kCountMax));
    auto* verifies = verb(*backs, "verify", "hashes a backup anew and holds every root against what was signed; needs no ledger and no secret key",
                          "backup verify ./backup --trust ledger.example/season+0b1f24c6+AbCd...");
    verifies->add_option("folder", backup_.folder, "the backup")->required();
    verifies->add_option("--trust", backup_.trust, "the verifier key that it must be of; the one in the backup says nothing of itself");
    verifies->add_flag("--json", settings_.json, "answer in JSON");
    calls(verifies, [this] { return verify_backup(settings_, backup_); }, kAtKeyboard);
    auto* erasures =
        on_ledger(verb(*backs, "erasures", "whose values were erased, a line each: what a restore is told", "backup erasures --ledger ./season"));
    calls(erasures, [this] { return print_erasures(settings_); }, kAtKeyboard);
    calls(backs, [this, backs] { return backs->get_subcommands().empty() ? backup(settings_, backup_) : status_; }, kAtKeyboard);

    auto* restores = verb(app_, "restore", "makes a ledger anew from a backup, in an empty place",
                          "restore ./backup ./season --keys ./keys --watermark ./programme.checkpoint --watermark ./access.checkpoint");
    restores->footer(
        "The ledger goes on as it was only if the backup has the newest head that was signed of both books: two --watermark say so, or the former "
        "ledger where\n"
        "it still stands, or --at-rest. Else it takes --accept-loss REASON, and goes on under a new origin and log key.\n"
        "Example: daybook restore ./backup ./season --keys ./keys --accept-loss \"disk of 3 May\"");
    restores->add_option("backup", restore_.backup, "the backup's folder")->required();
    restores->add_option("ledger", restore_.folder, "the new ledger's folder: nothing, or an empty folder")->required();
    restores->add_option("--run", restore_.run, "an earlier run than the newest")->check(CLI::Range(uint64_t{1}, kCountMax));
    restores->add_option("--root-key", settings_.root_key, "the root key's file, if it is not where the former ledger had it");
    restores->add_option("--log-key", restore_.log_key,
                         "the log key's file, likewise; with a new origin where the new one goes, by default LEDGER.log-key-2, -3 ..");
    restores->add_option("--keys", restore_.keys, "the folder with the keys of owners; its list of erasures is applied");
    restores->add_option("--erasures", restore_.erasures, "another list of those who were erased after the backup");
    restores->add_option("--watermark", restore_.watermarks, "a file with the newest checkpoint that anybody holds; once for each book")
        ->allow_extra_args(false);
    auto* rest = restores->add_flag("--at-rest", restore_.at_rest, "you vouch that nothing was recorded after the backup");
    restores->add_option("--accept-loss", restore_.accept_loss, "why what was recorded after the backup may be lost; stands in the record")
        ->excludes(rest);
    restores->add_flag("--json", settings_.json, "answer in JSON");
    calls(restores, [this] { return restore(settings_, restore_); }, kMakes);
  }

  void serving() {
    auto* serves = verb(app_, "serve", "the ledger as a service: becomes daybookd, which stands beside this program", "serve --ledger ./season");
    serves->add_option("--ledger", settings_.ledger, "the ledger's folder; else the environment's DAYBOOK_LEDGER");
    serves->add_option("--config", text_, "its configuration, TOML; server/CONFIG.md has every key");
    serves->add_flag("--check-config", check_, "says what is wrong with the configuration, and serves nothing");
    calls(serves, [this] { return serve(settings_, text_, check_); }, "it starts one");

    const auto where = [](const std::string& name) {
      return [name] { return int{complain({Fault::kRejected, fmt::format("{}: where? `daybook --server URL {}`", name, name)})}; };
    };
    constexpr auto* kSignsIn =
        "signs this machine in to a service: on any device, where its provider says so; in the demo with a code from standard input";
    auto* signs_in = verb(app_, "sign-in", kSignsIn, "--server https://ledger.example.org sign-in");
    calls(signs_in, where("sign-in"), [this] { return sign_in(settings_); });
    auto* signs_out = verb(app_, "sign-out", "ends that, and removes what was kept of it", "--server https://ledger.example.org sign-out");
    calls(signs_out, where("sign-out"), [this] { return sign_out(settings_); });
  }

  void others() {
    auto* measures = verb(app_, "bench", "figures beside their limits, measured in one run", "bench --events 20000");
    measures->add_option("--folder", bench_.folder, "where to measure: the disk matters");
    measures->add_option("--events", bench_.events, "events of each measurement")->check(CLI::Range(uint64_t{1000}, uint64_t{100'000'000}));
    measures->add_option("--rounds", bench_.rounds, "medians of so many")->check(CLI::Range(1, 99));
    measures->add_option("--book", bench_.book, "events of the book that is held against one of 100,000, and asked questions")
        ->check(CLI::Range(uint64_t{100'000}, uint64_t{1'000'000'000}));
    measures->add_option("--part", bench_.part, "commands or looks alone, beside which tools/bench_http holds what clients have of them")
        ->check(CLI::IsMember({"commands", "looks"}));
    measures->add_option("--postgres", bench_.postgres, "folder of PostgreSQL's programs; else the newest under /usr/lib/postgresql");
    measures->add_flag("--json", settings_.json, "answer in JSON");
    calls(measures, [this] { return bench(bench_, settings_.json ? Format::kJson : Format::kTable); }, kAsksNothing);

    auto* completes = verb(app_, "completion", "the completion script for a shell", "completion bash");
    completes->add_option("shell", text_, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    calls(
        completes,
        [this] {
          std::string listed = "imports roles proposals glasses refused";
          for (const auto& info : daybook::lists()) listed += fmt::format(" {}", info.name);
          const std::map<std::string, std::string> values = {
              {"list", listed},
              {"import", "staff participations coaches applications activity"},
              {"do", fmt::format("{} {}", fmt::join(kActionNames, " "), fmt::join(kOtherActionNames, " "))},
              {"completion", "bash zsh fish"}};
          std::fputs(completion_script(app_, text_, values).c_str(), stdout);
          return int{kDone};
        },
        kAsksNothing);
  }

  CLI::App app_;
  int status_ = kDone;
  Settings settings_;
  std::string text_, other_, key_, audience_ = "team";
  std::vector<std::string> values_;
  uint64_t position_ = 0, size_ = 0;
  uint32_t edition_ = 0;
  bool follow_ = false, dry_run_ = false;
  BackupArguments backup_;
  RestoreArguments restore_;
  BenchOptions bench_;
  ImportArguments import_;
  OrganisationSize simulate_;
  HistoryQuestion history_;
  LookQuestion access_;
  GlassArguments glass_;
  DiffArguments diff_;
  RoleArguments role_;
  bool dump_ = false, check_ = false, build_ = false, root_ = false;
};

}  // namespace
}  // namespace daybook

int main(int argc, char** argv) {
  daybook::keep_process_private();
  try {
    return daybook::CommandLine().run(argc, argv);
  } catch (const std::exception& error) {  // a library's way to say that the system refused something
    return daybook::complain({daybook::Fault::kStorage, error.what()});
  }
}
