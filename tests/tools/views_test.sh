#!/bin/bash
# Kept views: an open starts from them, says so when it cannot, and replay --check names what is wrong with them.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/one other=$SCRATCH/two
kept=views/state.3
figures() { "$DAYBOOK" stats un-coaching/2023-pilot --ledger "$ledger" --format csv; }
# expect_silent: a check that finds nothing says nothing.
expect_silent() {
  expect_status 0 "$DAYBOOK" replay --check --ledger "$ledger"
  check "nothing is said" test ! -s "$OUT" -a ! -s "$ERR"
}

say "A year of an organisation, and another one."
expect_status 0 "$DAYBOOK" simulate --years 3 --people 600 --seed 5 --ledger "$ledger"
expect_status 0 "$DAYBOOK" simulate --years 3 --people 600 --seed 6 --ledger "$other"
check "the one who wrote kept the state" test -s "$ledger/$kept"
expect_silent
wanted=$(figures)

say "A byte of a kept view is changed: a question says so and answers from the events, the check fails."
cp "$ledger/$kept" "$SCRATCH/good"
size=$(stat -c %s "$SCRATCH/good")
for at in 30 $((size / 3)) $((size - 1)); do
  printf '\377' | dd of="$ledger/$kept" bs=1 seek="$at" conv=notrunc status=none
  expect_equal "$wanted" "$(figures)" "figures with a bad byte at $at"
  expect_status 3 "$DAYBOOK" replay --check --ledger "$ledger"
  expect_said "view state version 3"
  expect_said "do not match their digest"
  cp "$SCRATCH/good" "$ledger/$kept"
done

say "A snapshot of another ledger is not taken."
cp "$other/$kept" "$ledger/$kept"
expect_equal "$wanted" "$(figures)" "figures beside a foreign snapshot"
expect_status 3 "$DAYBOOK" replay --check --ledger "$ledger"
expect_said "do not match their digest"

say "Another version is left alone until this one is built, then it goes."
rm "$ledger/$kept"
cp "$SCRATCH/good" "$ledger/views/state.0"
expect_status 0 "$DAYBOOK" views --ledger "$ledger"
check "there is none of this version" grep -q ',none' "$OUT"
check "the old one is there" test -s "$ledger/views/state.0"
expect_silent
expect_status 0 "$DAYBOOK" views --build --ledger "$ledger"
check "it is built" grep -q ',kept' "$OUT"
check "the old one went" test ! -e "$ledger/views/state.0"
expect_silent
expect_equal "$wanted" "$(figures)" "figures from the view that was built"

say "The dump is the same with and without a snapshot."
"$DAYBOOK" replay --dump --ledger "$ledger" >"$SCRATCH/with"
rm -r "$ledger/views"
"$DAYBOOK" replay --dump --ledger "$ledger" >"$SCRATCH/without"
check "the dumps are the same" cmp -s "$SCRATCH/with" "$SCRATCH/without"
finish
