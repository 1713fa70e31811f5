#!/bin/bash
# One person of the season is erased: every other answer stays, nothing of theirs is left in any file, and last year's files do
# not bring them back.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season
export DAYBOOK_LEDGER=$ledger
person=U000148
who=(--role administrator --purpose "a test")

# Everything the product wrote, keys aside.
hits() { grep -rlF -e "$1" "$ledger" "$SCRATCH/season.programme" 2>/dev/null | wc -l; }
answers() {
  local cycle list
  for cycle in $kCycles; do
    for list in decisions applications seats waitlist pairings sessions coaches overdue; do
      "$DAYBOOK" list $list "$cycle" --format csv >"$1-$list-${cycle%/*}"
    done
  done
}

expect_status 0 "$DAYBOOK" init
for step in $kSeason; do expect_status 0 season_step "$step" "$ledger"; done
row=$(grep "^$person," "$DEMO/staff.csv" | tr -d '\r')
name=$(cut -d, -f2 <<<"$row") mail=$(cut -d, -f3 <<<"$row")
check "the person has a name and an address" test -n "$name" -a -n "$mail"
expect_status 0 "$DAYBOOK" show $person "${who[@]}"
check "they are found by number" grep -qF "$name" "$OUT"
expect_status 2 "$DAYBOOK" rights export $person
expect_status 0 "$DAYBOOK" rights export $person --as $person --role client --purpose "my request"
check "the export has their values" grep -qF "<td>$mail</td>" "$OUT"
check "nobody else's address is in it" test "$(grep -o '[^<>]*@staff.example' "$OUT" | sort -u | wc -l)" = 1
check "and says who looked before" grep -q "administrator: a test (show)" "$OUT"
expect_status 0 "$DAYBOOK" rights export $person --json --as $person --role client --purpose "my request"
check "rights export --json is one JSON text" is_json "$OUT"
answers "$SCRATCH/before"
expect_status 0 "$DAYBOOK" checkpoint
old=$(sed -n 2p "$OUT")

say "An erasure of nobody is no; of somebody it is recorded and certified."
expect_status 1 "$DAYBOOK" erase nobody-at-all --reason "a request"
expect_status 2 "$DAYBOOK" erase $person --known-until soon --reason "a request"
expect_status 0 "$DAYBOOK" role grant second-person data-protection-officer reason="so that two can agree"
expect_status 0 "$DAYBOOK" erase $person --reason "a request"
check "it waits for a second person" grep -q "wants a second person" "$OUT"
expect_status 0 "$DAYBOOK" list proposals --format csv
proposal=$(tail -n 1 "$OUT" | cut -d, -f1)
expect_status 0 "$DAYBOOK" show $person "${who[@]}"
check "until then they are there" grep -qF "$name" "$OUT"
expect_status 1 "$DAYBOOK" second "$proposal"
expect_status 0 "$DAYBOOK" second "$proposal" --as second-person --role data-protection-officer reason="as asked"
check "it says how much went" grep -q "erased: [0-9]* sealed records went" "$OUT"
expect_status 0 "$DAYBOOK" history --kind ErasureCertified
check "no live file holds it any more" grep -q "no live file holds it" "$OUT"
expect_status 0 "$DAYBOOK" history --kind WrappingKeyChanged
check "the other keys were wrapped anew" grep -q "wrapping key 2 in force for [0-9]* owners, 1 destroyed" "$OUT"
expect_status 1 "$DAYBOOK" erase $person --reason again
expect_status 1 "$DAYBOOK" rights export $person --as $person --role client --purpose "my request"

say "Nobody finds them any more, and nothing of theirs is in any file."
expect_status 1 "$DAYBOOK" show $person "${who[@]}"
expect_status 0 "$DAYBOOK" find "$name" "${who[@]}" --format csv
check "no search finds them" refuse grep -qF -e $person -e "$mail" "$OUT"
for secret in "$person" "$name" "$mail"; do expect_equal 0 "$(hits "$secret")" "files that hold $secret"; done

say "Every other answer is as it was."
expect_season "$ledger"
answers "$SCRATCH/after"
for before in "$SCRATCH"/before-*; do expect_same "$before" "${before/before-/after-}" "answers of ${before##*-}"; done
expect_status 0 "$DAYBOOK" verify
check "verify counts what was lawfully erased" grep -q "values were lawfully erased" "$OUT"
expect_status 0 "$DAYBOOK" prove consistency "$old"
expect_status 0 "$DAYBOOK" replay --check
check "replay --check has nothing to say" test ! -s "$OUT"

say "Last year's files again: their rows are refused, the others are known."
for step in staff participations applications activity; do
  expect_status 0 season_step "$step" "$ledger" --report "$SCRATCH/report.csv"
  tr -d '\r' <"$SCRATCH/report.csv" >"$SCRATCH/report"
  expect_equal 0 "$(awk -F, 'NR > 1 && $3 != "unchanged" && $4 != "erased"' "$SCRATCH/report" | wc -l)" "rows of $step that are neither unchanged nor erased"
  case $step in
    participations) ;;
    *) check "rows of $step are refused as erased" grep -q ",refused,erased," "$SCRATCH/report" ;;
  esac
  expect_equal 0 "$(hits "$name")" "files that hold the name"
done
expect_status 1 "$DAYBOOK" show $person "${who[@]}"
expect_status 0 season_step staff "$ledger" --report "$SCRATCH/report.csv"
check "and once refused, they are unchanged" refuse grep -q ",refused," "$SCRATCH/report.csv"
expect_season "$ledger"
finish
