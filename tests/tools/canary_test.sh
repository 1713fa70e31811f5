#!/bin/bash
# An unmistakable word in every field of every command; none of them in any byte that the product wrote: not after imports,
# use, a kill, an erasure. A build that does not seal is found by the same sweep.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
leaking=${3:?usage: $0 path/to/daybook path/to/repository path/to/daybook_leaking}
begin "$1" "$2"
export TMPDIR=$SCRATCH/tmp HOME=$SCRATCH/home
mkdir "$TMPDIR" "$HOME"
honest=$DAYBOOK

# Each call a word of its own: its 20 letters stand nowhere else, in no part either.
words=0
canary() {
  words=$((words + 1))
  local word
  word=$(printf 'canary %d %s' $words "$1" | sha256sum | tr '0-9' 'g-p' | cut -c1-20)
  echo "$word" >>"$SCRATCH/canaries"
  printf %s "$word"
}
cells() { # COUNT: so many, comma-separated
  local i
  for i in $(seq "$1"); do printf '%s%s' "$([ "$i" = 1 ] || echo ,)" "$(canary "$i")"; done
}

live() { # the ledger that the words go through
  local ledger=$1 i
  expect_status 0 "$DAYBOOK" init --ledger "$ledger"
  {
    header staff
    # number name email ... position
    for i in 1 2 3; do echo "S$i$(canary number),$(cells 10),regular,f,$(canary languages),Europe/Berlin,2015-01-0$i,2020-01-0$i,$(canary supervisor),"; done
  } >"$SCRATCH/staff.csv"
  local one two three
  one=$(sed -n 2p "$SCRATCH/staff.csv" | cut -d, -f1) two=$(sed -n 3p "$SCRATCH/staff.csv" | cut -d, -f1) three=$(sed -n 4p "$SCRATCH/staff.csv" | cut -d, -f1)
  { header coaches; echo "iom-coaching,$one,icf-certification,,$(cells 3),Europe/Berlin,5,2022-12-01,2022-12-15,accepted"; } >"$SCRATCH/coaches.csv"
  { header participations; echo "$three,$(cells 4)"; } >"$SCRATCH/participations.csv"
  {
    header applications
    echo "A1,iom-coaching,2024,$two,2024-01-05T05:00:00+01:00,$(canary form),yes,both,$(canary tongue),Europe/Berlin,$(canary motivation)"
    echo "A2,iom-coaching,2024,$three,2024-03-05T05:00:00+01:00,$(canary form),yes,both,$(canary tongue),Europe/Berlin,$(canary late)"
  } >"$SCRATCH/applications.csv"
  {
    header activity
    echo "2024-03-01T00:00:00Z,$(canary actor),request-pairing,P1,iom-coaching,2024,$two,$one,,,,,$(cells 2)"
    echo "2024-03-02T00:00:00Z,$one,accept-pairing,P1,,,,,,,,,$(cells 2)"
    echo "2024-03-10T00:00:00Z,$one,mark-session-done,P1,,,,,1,2024-03-09,$(canary minutes),,$(cells 2)"
    echo "2024-03-11T00:00:00Z,$two,give-feedback,P1,,,,,1,,,4,$(cells 2)"
    echo "2024-03-12T00:00:00Z,$two,mark-session-missed,P1,,,,,2,2024-03-11,$(canary minutes),,$(cells 2)"
    echo "2024-03-13T00:00:00Z,$two,mark-session-done,P1,,,,,3,2024-03-12,,,$(cells 2)"
    echo "2024-03-14T00:00:00Z,$two,withdraw-session,P1,,,,,3,,,,$(cells 2)"
    echo "2024-03-15T00:00:00Z,$two,extend-window,P1,,,,,,2025-01-01,,,$(cells 2)"
    echo "2024-03-16T00:00:00Z,$three,request-pairing,P2,iom-coaching,2024,$three,$one,,,,,$(cells 2)"
  } >"$SCRATCH/activity.csv"
  for i in staff participations coaches applications; do expect_status 0 "$DAYBOOK" import $i "$SCRATCH/$i.csv" --ledger "$ledger"; done
  expect_status 0 "$DAYBOOK" decide iom-coaching/2024 --ledger "$ledger"
  expect_status 0 "$DAYBOOK" import activity "$SCRATCH/activity.csv" --ledger "$ledger"
  expect_status 0 "$DAYBOOK" "do" give-feedback ref=P1 session=1 actor="$one" rating=2 comment="$(canary comment)" --ledger "$ledger" --idempotency-key "$(canary key)"
  expect_status 0 "$DAYBOOK" "do" end-pairing ref=P1 actor="$two" reason="$(canary end)" --ledger "$ledger"
  for i in "show $two" "show A1" "explain A1" "list pairings iom-coaching/2024" "history --subject $two" "find $(canary search)"; do
    # shellcheck disable=SC2086
    expect_status 0 "$DAYBOOK" $i --role administrator --purpose "$(canary purpose)" --ledger "$ledger"
  done
  printf '%s' "$two" >"$SCRATCH/somebody"
}

# How many of the words stand in a file that the product wrote.
sweep() { find "$@" "$TMPDIR" "$HOME" -type f -print0 | xargs -0 cat | grep -aoF -f "$SCRATCH/canaries" | sort -u | wc -l; }

say "A ledger with a word of its own in every field."
ledger=$SCRATCH/season
live "$ledger"
check "there are many words" test "$(wc -l <"$SCRATCH/canaries")" -gt 70
expect_equal 0 "$(sweep "$SCRATCH"/season*)" "words in files after import and use"

say "A kill in the middle of an import."
{ header staff; for i in $(seq 4000); do echo "K$i$(printf '%s' "$i" | sha256sum | tr '0-9' 'g-p' | cut -c1-20),Killed,,,,,,,,,,regular,,,,2015-01-01,2020-01-01,,"; done; } >"$SCRATCH/many.csv"
tail -n +2 "$SCRATCH/many.csv" | cut -d, -f1 | cut -c3- >>"$SCRATCH/canaries"
"$DAYBOOK" import staff "$SCRATCH/many.csv" --ledger "$ledger" >/dev/null 2>&1 &
sleep 0.15
kill -9 $! 2>/dev/null || true
wait $! 2>/dev/null || true
expect_equal 0 "$(sweep "$SCRATCH"/season*)" "words in files after a kill"
expect_status 0 "$DAYBOOK" verify --ledger "$ledger"

say "An erasure."
expect_status 0 "$DAYBOOK" role grant second-person data-protection-officer reason="$(canary reason)" --ledger "$ledger"
expect_status 0 "$DAYBOOK" erase "$(cat "$SCRATCH/somebody")" --reason "$(canary reason)" --ledger "$ledger"
expect_status 0 "$DAYBOOK" list proposals --format csv --ledger "$ledger"
expect_status 0 "$DAYBOOK" second "$(tail -n 1 "$OUT" | cut -d, -f1)" --as second-person --role data-protection-officer reason="$(canary reason)" --ledger "$ledger"
expect_equal 0 "$(sweep "$SCRATCH"/season*)" "words in files after an erasure"

say "A running process leaves no core."
"$DAYBOOK" history --follow --ledger "$ledger" >/dev/null 2>&1 &
running=$!
sleep 0.5
check "it may not write one" grep -q "^Max core file size *0 *0 " /proc/$running/limits
kill -ABRT $running 2>/dev/null || true
wait $running 2>/dev/null || true
expect_equal 0 "$(sweep "$SCRATCH"/season*)" "words in files after an abort"

say "A build that does not seal is found."
DAYBOOK=$(realpath "$leaking")
live "$SCRATCH/leak"
check "the same sweep finds words" test "$(sweep "$SCRATCH"/leak*)" -gt 10
DAYBOOK=$honest
expect_equal 0 "$(sweep "$SCRATCH"/season*)" "words in files of the honest ledger"
finish
