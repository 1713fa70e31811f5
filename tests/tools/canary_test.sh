#!/bin/bash
# An unmistakable word in every field of every command; none of them in any byte that the product wrote: not after imports, use, kills,
# an erasure, backups and restores. Every verb and every action is used: one that is not fails the test. A build that does not seal is
# found by the same sweep.
#
# No words go into what the record holds open, as ledger/EVENTS.md says: references, ids, names of programmes, cycles and units, roles,
# classes of fields, dates, the text of a charter. Not swept are answers: what a command prints for a role that may see it, and a report
# of an import, which its operator asked for by name. What is said on standard error is swept, less the words that were typed in that
# very command (or stand in the sheet that it refuses, cell by cell). What is typed on a command line stands in the arguments of that very
# process for as long as it runs, as its user typed it; it starts no other.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
leaking=${3:?usage: $0 path/to/daybook path/to/repository path/to/daybook_leaking}
begin "$1" "$2"
leaking=$(realpath "$leaking")
export TMPDIR=$SCRATCH/tmp HOME=$SCRATCH/home
mkdir "$TMPDIR" "$HOME" "$SCRATCH/in" "$SCRATCH/said" "$SCRATCH/run"
: >"$SCRATCH/canaries"
cd "$SCRATCH/run" # a core would be written here
ulimit -c unlimited
shopt -s nullglob
honest=$DAYBOOK in=$SCRATCH/in
CHARTER=$2/ledger/charters/un-coaching.toml
readonly kCycle=iom-executive-coaching/2024 kNames="programme=iom-executive-coaching cycle=2024"

# Each call a word of its own: its 20 letters stand nowhere else, in no part either.
canary() {
  local word
  word=$(printf 'canary %d %s' "$(wc -l <"$SCRATCH/canaries")" "$1" | sha256sum | tr '0-9' 'g-p' | cut -c1-20)
  echo "$word" >>"$SCRATCH/canaries"
  printf %s "$word"
}
cells() { # COUNT: so many, comma-separated
  local i
  for i in $(seq "$1"); do printf '%s%s' "$([ "$i" = 1 ] || echo ,)" "$(canary "$i")"; done
}

# run STATUS VERB...: as expect_status; keeps what was said on standard error, less what was typed, and that the verb was used.
run() {
  local status=$1
  shift
  case $1 in
    "do") echo "do $2" ;;
    backup | role | rights | charter | prove | export) case $2 in /*) echo "$1" ;; *) echo "$1 $2" ;; esac ;;
    *) echo "$1" ;;
  esac >>"$SCRATCH/used"
  expect_status "$status" "$DAYBOOK" "$@" --ledger "$ledger"
  printf '%s\n' "$@" | { grep -oF -f "$SCRATCH/canaries" || true; } >"$SCRATCH/typed"
  for sheet in $(printf '%s\n' "$@" | { grep "^$in/" || true; }); do
    [ "$status" = 0 ] || grep -oF -f "$SCRATCH/canaries" "$sheet" >>"$SCRATCH/typed"
  done
  sed -f <(sed 's/.*/s#&##g/' "$SCRATCH/typed") "$ERR" >"$SCRATCH/said/$(wc -l <"$SCRATCH/used")"
}
# elsewhere STATUS VERB...: the same of a verb that takes no ledger.
elsewhere() {
  echo "$2 $([ "$2" != backup ] || echo "$3")" | sed 's/ $//' >>"$SCRATCH/used"
  expect_status "$1" "$DAYBOOK" "${@:2}"
  cp "$ERR" "$SCRATCH/said/$(wc -l <"$SCRATCH/used")"
}
# The id of what was proposed last, or the like, of a list.
newest() {
  run 0 list "$1" --format csv
  tail -n 1 "$OUT" | cut -d, -f1
}

sheets() {
  local n
  { # number name .. region job_network grade position ..
    header staff
    for n in 1 2 3 4 5 6 7 8; do
      number[n]=S$n$(canary number)
      local grade=P5 post=chief-of-mission
      case $n in 2 | 5) grade=$(canary grade) ;; 3 | 4 | 6) post=$(canary post) ;; 8) grade=$(canary grade) post=$(canary post) ;; esac
      echo "${number[n]},$(canary name),$(canary mail)@$(canary host),$(cells 6),$grade,$post,regular,f,$(canary tongue),Europe/Berlin,2015-01-0$n,2020-01-0$n,$(canary supervisor),"
    done
  } >"$in/staff.csv"
  coach=${number[1]} client=${number[2]}
  {
    header coaches
    echo "iom-executive-coaching,$coach,icf-certification,,$(cells 3),Europe/Berlin,5,2022-12-01,2022-12-15,accepted"
    echo "$(canary programme),$coach,icf-certification,,$(cells 3),Europe/Berlin,5,2022-12-01,2022-12-15,accepted"
    echo "iom-executive-coaching,$(canary nobody),$(canary kind),,$(cells 3),Europe/Berlin,5,2022-12-01,2022-12-15,accepted"
  } >"$in/coaches.csv"
  { header participations; echo "${number[5]},$(cells 4)"; } >"$in/participations.csv"
  {
    header applications
    for n in 2 3 4 5 6 7 8; do
      echo "A$n,iom-executive-coaching,2024,${number[n]},2024-03-0${n}T05:00:00+01:00,$(canary form),yes,both,$(canary tongue),Europe/Berlin,$(canary motivation)"
    done
    echo "A9,iom-executive-coaching,2024,${number[1]},2024-05-05T05:00:00+01:00,$(canary form),yes,both,$(canary tongue),Europe/Berlin,$(canary late)"
    echo "A10,$(canary programme),$(canary cycle),${number[1]},2024-03-05T05:00:00+01:00,$(canary form),yes,both,$(canary tongue),Europe/Berlin,$(canary lost)"
  } >"$in/applications.csv"
  {
    header activity
    echo "2024-04-01T00:00:00Z,$(canary actor),request-pairing,P1,iom-executive-coaching,2024,$client,$coach,,,,,$(cells 2)"
    echo "2024-04-02T00:00:00Z,$coach,accept-pairing,P1,,,,,,,,,$(cells 2)"
    echo "2024-04-10T00:00:00Z,$coach,mark-session-done,P1,,,,,1,2024-04-09,$(canary minutes),,$(cells 2)"
    echo "2024-04-11T00:00:00Z,$client,give-feedback,P1,,,,,1,,,4,$(cells 2)"
    echo "2024-04-12T00:00:00Z,$client,mark-session-missed,P1,,,,,2,2024-04-11,$(canary minutes),,$(cells 2)"
    echo "2024-04-13T00:00:00Z,$client,mark-session-done,P1,,,,,3,2024-04-12,,,$(cells 2)"
    echo "2024-04-14T00:00:00Z,$client,withdraw-session,P1,,,,,3,,,,$(cells 2)"
    echo "2024-04-15T00:00:00Z,$(canary actor),extend-window,P1,,,,,,2025-01-01,,,$(cells 2)"
    echo "2024-04-16T00:00:00Z,${number[8]},request-pairing,P9,iom-executive-coaching,2024,${number[8]},$coach,,,,,$(cells 2)"
  } >"$in/activity.csv"
}

# The words go through a ledger as a season does, and every look there is.
live() {
  ledger=$1
  run 0 init
  sheets
  local kind
  for kind in staff participations coaches applications; do
    run 0 import $kind "$in/$kind.csv" --report "$in/report"
  done
  run 0 decide $kCycle
  run 0 import activity "$in/activity.csv"
  run 0 "do" give-feedback ref=P1 session=1 rating=2 comment="$(canary comment)" --as "$coach" --idempotency-key "$(canary key)"
  boss=$(canary boss) dpo=$(canary officer)
  run 0 role grant "$boss" administrator reason="$(canary reason)"
  run 0 show "$client" --role administrator --purpose "$(canary purpose)"
  run 0 views --build
}

# Every way to look, with a purpose of its own; answers may hold words, files may not.
looks() {
  local what
  for what in "show $client" "show A2" "show P1" "show iom-executive-coaching/$coach" "show $kCycle" "explain A2" "explain A8" "explain P1" "explain A9" \
    "find $(canary search)" "find" "history --subject $client" "history --stream pairing/P1" "history --actor $coach --reverse" "list imports" "list roles" \
    "list proposals" "list glasses" "charter list" "charter show iom-executive-coaching" "stats $kCycle"; do
    # shellcheck disable=SC2086
    run 0 $what --role administrator --purpose "$(canary purpose)"
  done
  for what in decisions applications seats waitlist pairings sessions coaches overdue editions refused; do
    run 0 list $what $kCycle --role administrator --purpose "$(canary purpose)"
    run 0 list $what $kCycle --format csv --at 30
  done
  run 0 show "$client" --as "$coach" --role coach --purpose "$(canary purpose)"
  run 0 rights export "$client" --as "$client" --role client --purpose "$(canary purpose)"
  run 0 access-log --about "$client" --as "$client" --role client --purpose "$(canary purpose)"
  run 0 access-log --by "$(canary "by whom")" --role compliance-officer --purpose "$(canary purpose)"
}

# What is asked in vain, or wrongly: the answer is no, and is no place for a word of somebody else.
refused() {
  run 1 show "$(canary nobody)" --role administrator --purpose "$(canary purpose)"
  run 1 show "$client" --as "$(canary stranger)" --role administrator --purpose "$(canary purpose)"
  run 1 explain "$client" --as "${number[8]}" --role coach --purpose "$(canary purpose)"
  run 1 rights export "$client" --as "${number[8]}" --role client --purpose "$(canary purpose)"
  run 1 list "decisions" "$(canary programme)/$(canary cycle)"
  run 2 show A2 --role "$(canary role)" --purpose "$(canary purpose)"
  run 2 history --since "$(canary since)"
  run 2 "do" "$(canary action)" ref=P1
  run 2 "do" rectify-staff staff_number="$client" reason="$(canary reason)" contract_type="$(canary type)"
  run 1 "do" end-pairing ref=P1 reason="$(canary reason)" --as "$(canary stranger)"
  run 1 "do" end-pairing ref="$(canary ref)" reason="$(canary reason)"
  run 1 "do" give-feedback ref=P1 session=1 comment="$(canary comment)" --as "$coach"
  run 1 "do" request-pairing ref=P5 $kNames client="$client" coach="$coach" comment="$(canary comment)"
  run 1 erase "$(canary nobody)" --reason "$(canary reason)"
  run 1 role grant "$(canary person)" king reason="$(canary reason)"
  run 1 second "$(canary proposal)" reason="$(canary reason)"
  { header staff; echo "$(cells 19)"; } >"$in/broken.csv"
  run 2 import staff "$in/broken.csv"
  echo "programme = \"$(canary charter)\"" >"$in/broken.toml"
  run 2 charter add "$in/broken.toml"
}

# Every action that no sheet brings, each with a word in whatever it takes.
act() {
  run 0 "do" decide-referral application=A3 outcome=eligible reason="$(canary reason)"
  run 0 "do" decide-referral application=A4 outcome=eligible reason="$(canary reason)"
  run 0 "do" decide-referral application=A6 outcome=eligible reason="$(canary reason)"
  # shellcheck disable=SC2086
  run 0 "do" grant-seat $kNames
  run 0 "do" offer-seat $kNames answer_by=2099-01-01
  run 0 "do" accept-offer application=A4
  run 0 "do" offer-seat $kNames answer_by=2099-01-01
  run 0 "do" decline-offer application=A6 reason="$(canary reason)"
  run 0 "do" request-pairing ref=P2 $kNames client="${number[7]}" coach="$coach" comment="$(canary comment)" reason="$(canary reason)"
  run 0 "do" decline-pairing ref=P2 reason="$(canary reason)" --as "$coach"
  run 0 "do" request-pairing ref=P3 $kNames client="${number[5]}" coach="$coach" at=2024-06-01T00:00:00Z
  run 0 "do" accept-pairing ref=P3 at=2024-06-02T00:00:00Z --as "$coach"
  run 0 "do" mark-session-done ref=P3 session=1 held_on=2024-06-03 minutes="$(canary minutes)" at=2024-06-04T00:00:00Z --as "$coach"
  run 0 "do" mark-session-missed ref=P3 session=2 held_on=2024-06-05 at=2024-06-06T00:00:00Z --as "${number[5]}"
  run 0 "do" withdraw-session ref=P3 session=1 reason="$(canary reason)" --as "$coach"
  run 0 "do" extend-window ref=P3 held_on=2099-02-01 reason="$(canary reason)"
  run 0 "do" end-pairing ref=P1 reason="$(canary end)" --as "$client"
  run 0 "do" rectify-staff staff_number="$client" reason="$(canary reason)" name="$(canary name)" email="$(canary mail)@$(canary host)" organisation="$(canary organisation)" \
    grade="$(canary grade)" supervisor="$(canary supervisor)" languages="$(canary tongue)"
  run 0 "do" rectify-form application=A2 reason="$(canary reason)" form_version="$(canary form)" languages="$(canary tongue)" motivation="$(canary motivation)" commitment=no
  run 0 "do" place-hold person="${number[7]}" reason="$(canary reason)"
  run 0 "do" lift-hold person="${number[7]}" reason="$(canary reason)"
  { header staff; echo "$(canary number),$(cells 10),regular,f,$(canary tongue),Europe/Berlin,2015-01-01,2020-01-01,$(canary supervisor),"; } >"$in/undone.csv"
  run 0 import staff "$in/undone.csv"
  run 0 list imports --format csv
  run 0 "do" undo-import batch="$(tail -n 1 "$OUT" | cut -d, -f1)" reason="$(canary reason)"
  run 0 role grant "$dpo" data-protection-officer --unit a-unit reason="$(canary reason)"
  run 0 second "$(newest proposals)" --as "$boss" reason="$(canary reason)"
  run 0 role grant "$(canary person)" auditor --until 2099-01-01 reason="$(canary reason)"
  run 0 decline "$(newest proposals)" --as "$boss" reason="$(canary reason)"
  run 0 role end "$dpo" data-protection-officer --unit a-unit reason="$(canary reason)"
  run 0 withdraw "$(newest proposals)" reason="$(canary reason)"
  run 1 role begin
  run 0 role grant "$dpo" compliance-officer reason="$(canary reason)"
  run 0 second "$(newest proposals)" --as "$boss" reason="$(canary reason)"
  run 0 break-glass "${number[7]}" --classes contact,staff --minutes 30 --reason "$(canary reason)" --tell "$dpo"
  run 0 show "${number[7]}" --role administrator --purpose "$(canary purpose)"
  run 0 review-glass "$(newest glasses)" finding=unclear reason="$(canary reason)" --as "$dpo"
  run 0 review-glass "$(newest glasses)" finding=proper reason="$(canary reason)" --as "$dpo"
  sed 's/^programme = .*/programme = "another"/' "$CHARTER" >"$in/another.toml"
  run 0 charter add "$in/another.toml"
  run 0 tick
}

# What asks for no role, and what writes beside the ledger.
prove_and_copy() {
  run 0 checkpoint
  run 0 prove inclusion 5
  run 0 prove consistency 5
  run 0 diff $kCycle --from 2024-01-01 --clock happened
  run 0 replay --dump
  run 0 replay --check
  run 0 verify
  run 0 doctor
  run 0 stats $kCycle --audience public
  run 0 export tiles "$SCRATCH/tiles"
  run 0 backup "$SCRATCH/backup" --keys "$SCRATCH/keys"
  run 0 backup erasures
  elsewhere 0 backup verify "$SCRATCH/backup"
}

# How many of the words stand in a file that the product wrote.
sweep() { find "$@" "$TMPDIR" "$HOME" "$SCRATCH/run" "$SCRATCH/said" -type f -print0 | xargs -0 cat | grep -aoF -f "$SCRATCH/canaries" | sort -u | wc -l; }
clean() { expect_equal 0 "$(sweep "$SCRATCH"/season* "$SCRATCH"/backup* "$SCRATCH"/keys* "$SCRATCH"/again* "$SCRATCH"/tiles*)" "words in files $1"; }

# Ends a process that was told to leave a core, and wants none.
abort() {
  sleep 0.5
  check "it may not write a core" grep -q "^Max core file size *0 *0 " "/proc/$1/limits"
  check "it has started no other process" test -z "$(cat "/proc/$1/task/"*/children)"
  kill -ABRT "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
  check "there is no core" test -z "$(ls "$SCRATCH/run")"
}
# Kills a command in the middle: killed SECONDS VERB...
killed() {
  "$DAYBOOK" "${@:2}" --ledger "$ledger" >/dev/null 2>"$SCRATCH/said/killed" &
  sleep "$1"
  kill -9 $! 2>/dev/null || true
  wait $! 2>/dev/null || true
}

say "A ledger with a word of its own in every field of every command."
live "$SCRATCH/season"
check "there are many words" test "$(wc -l <"$SCRATCH/canaries")" -gt 150
clean "after import and use"
refused
clean "after what was refused"
act
looks
clean "after every action"
prove_and_copy
clean "after proofs, tiles and a backup"

say "Killed in the middle."
{ header staff; for i in $(seq 4000); do echo "K$i$(printf '%s' "$i" | sha256sum | tr '0-9' 'g-p' | cut -c1-20),Killed,,,,,,,,,,regular,,,,2015-01-01,2020-01-01,,"; done; } >"$in/many.csv"
tail -n +2 "$in/many.csv" | cut -d, -f1 | grep -o '.\{20\}$' >>"$SCRATCH/canaries"
killed 0.15 import staff "$in/many.csv"
clean "after a kill in an import"
killed 0.02 "do" rectify-staff staff_number="$client" reason="$(canary reason)" name="$(canary name)"
killed 0.05 show "$client" --role administrator --purpose "$(canary purpose)"
killed 0.1 backup "$SCRATCH/backup" --keys "$SCRATCH/keys"
clean "after other kills"
run 0 verify
"$DAYBOOK" history --follow --ledger "$ledger" >/dev/null 2>"$SCRATCH/said/follow" &
abort $!
clean "after an abort"

say "An erasure, killed in the middle and finished."
cp -r "$SCRATCH/backup" "$SCRATCH/backup-before"
run 0 erase "$client" --reason "$(canary reason)"
wanted=$(newest proposals)
killed 0.12 second "$wanted" --as "$boss" reason="$(canary reason)"
clean "after a kill in an erasure"
"$DAYBOOK" second "$wanted" --as "$boss" reason="$(canary reason)" --ledger "$ledger" >/dev/null 2>&1 || true # it may have been done
run 0 tick
run 0 history --kind ErasureCertified
check "it is certified" grep -q "no live file holds it" "$OUT"
run 1 show "$client" --role administrator --purpose "$(canary purpose)"
run 0 explain A2 --role administrator --purpose "$(canary purpose)"
run 0 "do" expire-cohort $kNames
run 0 second "$(newest proposals)" --as "$boss" reason="$(canary reason)"
run 0 rotate-keys
run 0 rotate-keys --root
run 0 verify
prove_and_copy
clean "after an erasure, an expiry and new keys"

say "Restored, from a backup of before the erasure and from one of after it."
for from in backup backup-before; do
  ledger=$SCRATCH/again-$from
  elsewhere 0 restore "$SCRATCH/$from" "$ledger" --keys "$SCRATCH/keys" --accept-loss "$(canary loss)"
  run 1 show "$client" --role administrator --purpose "$(canary purpose)"
  run 0 verify
done
clean "after restores"

say "Every verb, and every action, was used."
"$DAYBOOK" --help | sed -n '/^Subcommands:/,/^$/p' | sed -n 's/^  \([a-z-]*\) .*/\1/p' | grep -vx -e bench -e completion -e simulate -e serve -e sign-in -e sign-out >"$SCRATCH/verbs" # these take no word, or make up a life of their own
"$DAYBOOK" "do" --help | sed -n 's/^  action TEXT REQUIRED *//p' | tr -d ' ' | tr ',' '\n' | sed 's/^/do /' >>"$SCRATCH/verbs"
for of in backup role rights charter prove export; do
  "$DAYBOOK" $of --help | sed -n '/^Subcommands:/,/^$/p' | sed -n "s/^  \([a-z-]*\) .*/$of \1/p"
done >>"$SCRATCH/verbs"
tail -n +2 "$in/activity.csv" | cut -d, -f3 | sed 's/^/do /' >>"$SCRATCH/used"
grep -o '^[a-z-]*' "$SCRATCH/used" >>"$SCRATCH/used.verbs"
check "there are many" test "$(wc -l <"$SCRATCH/verbs")" -gt 60
expect_equal "" "$(sort -u "$SCRATCH/verbs" | grep -vxF -f <(cat "$SCRATCH/used" "$SCRATCH/used.verbs") | tr '\n' ' ')" "what was not used"

say "A build that does not seal is found."
DAYBOOK=$leaking
live "$SCRATCH/leak"
check "the same sweep finds words" test "$(sweep "$SCRATCH"/leak*)" -gt 100
DAYBOOK=$honest
clean "of the honest ledgers"
finish
