#!/bin/bash
# The verb simulate: a ledger that was lived in stands like any other, the same seed lives the same life, and a ledger
# that is in use is left alone.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
cycle=un-coaching/2023-pilot
# What a life says for itself, without random ids.
life_of() {
  "$DAYBOOK" list decisions "$cycle" --ledger "$1" --format csv
  "$DAYBOOK" stats "$cycle" --ledger "$1" --format json | sed 's/"checkpoint": .*//'
  "$DAYBOOK" history --ledger "$1" --format csv | cut -d, -f1-4
}

say "A year of an organisation makes a ledger that verifies."
expect_status 0 "$DAYBOOK" simulate --years 1 --people 100 --seed 5 --ledger "$SCRATCH/one" --json
check "simulate --json is one JSON text" is_json "$OUT"
expect_status 0 "$DAYBOOK" verify --ledger "$SCRATCH/one"
check "somebody applied" test "$("$DAYBOOK" list decisions "$cycle" --ledger "$SCRATCH/one" --format csv | wc -l)" -gt 3
check "it was recorded in 2023" grep -q ',2023-11-' <("$DAYBOOK" history --ledger "$SCRATCH/one" --format csv)

say "The same seed lives the same life, another another."
expect_status 0 "$DAYBOOK" simulate --years 1 --people 100 --seed 5 --ledger "$SCRATCH/two"
expect_status 0 "$DAYBOOK" simulate --years 1 --people 100 --seed 6 --ledger "$SCRATCH/other"
expect_equal "$(life_of "$SCRATCH/one")" "$(life_of "$SCRATCH/two")" "two lives of one seed"
check "another seed lives another life" test "$(life_of "$SCRATCH/one")" != "$(life_of "$SCRATCH/other")"

say "A ledger that holds charters alone is filled from then on; one that is in use is left alone."
expect_status 0 "$DAYBOOK" init --ledger "$SCRATCH/fresh"
expect_status 0 "$DAYBOOK" simulate --years 1 --people 100 --ledger "$SCRATCH/fresh"
end=$(book_end "$SCRATCH/fresh")
expect_status 1 "$DAYBOOK" simulate --years 1 --ledger "$SCRATCH/fresh"
check "the message says what was found" grep -q 'found ImportStarted at position 9' "$ERR"
expect_equal "$end" "$(book_end "$SCRATCH/fresh")" "end of a ledger that was in use"
expect_status 2 "$DAYBOOK" simulate --years 0 --ledger "$SCRATCH/none"
expect_status 2 "$DAYBOOK" simulate
check "nothing is made then" refuse test -e "$SCRATCH/none"

finish
