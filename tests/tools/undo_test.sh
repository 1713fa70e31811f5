#!/bin/bash
# An import that is undone: first as a dry run, then in earnest; what later events build on stays and is named.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season
export DAYBOOK_LEDGER=$ledger
cycle=iom-coaching/2024

say "1,000 personnel records, 50 of them of applicants; 950 were a mistake."
expect_status 0 "$DAYBOOK" init
{
  header staff
  for i in $(seq 1000); do echo "S$i,CanaryName,,,,,,,,P3,,fixed-term,,,UTC,2015-01-01,2020-01-01,,"; done
} >"$SCRATCH/staff.csv"
{
  header applications
  for i in $(seq 20 20 1000); do echo "A$i,iom-coaching,2024,S$i,2024-01-10T10:00:00Z,v1,yes,both,en,UTC,why"; done
} >"$SCRATCH/applications.csv"
expect_status 0 "$DAYBOOK" import staff "$SCRATCH/staff.csv"
expect_status 0 "$DAYBOOK" import applications "$SCRATCH/applications.csv"

say "The import is found by its id."
expect_status 0 "$DAYBOOK" list imports --format csv
check "two imports are listed" test "$(wc -l <"$OUT")" = 3
check "with what became of their rows" grep -q "^[^,]*,staff,[^,]*,1000,0,0,0," "$OUT"
batch=$(awk -F, '$2 == "staff" { print $1 }' "$OUT")
applied=$(awk -F, '$2 == "applications" { print $1 }' "$OUT")
expect_status 0 "$DAYBOOK" list imports --json
check "list imports --json is one JSON text" is_json "$OUT"
expect_status 2 "$DAYBOOK" list imports $cycle

say "A dry run says what would be undone, and records nothing."
end=$(book_end "$ledger")
expect_status 0 "$DAYBOOK" "do" undo-import batch="$batch" reason="wrong file" --dry-run
check "950 would go" grep -q "nothing recorded: staff: 950 of 1000 rows undone, 50 kept" "$OUT"
expect_equal 50 "$(grep -c 'is kept: event .* builds on it: application A' "$OUT")" "rows named by the dry run"
check "the first of them by its row" grep -q "^  row 20 " "$OUT"
expect_status 0 "$DAYBOOK" "do" undo-import batch="$batch" reason="wrong file" --dry-run --format csv
cp "$OUT" "$SCRATCH/rehearsed"
expect_status 0 "$DAYBOOK" "do" undo-import batch="$batch" reason="wrong file" --dry-run --json
check "the dry run's --json is one JSON text" is_json "$OUT"
expect_equal "$end" "$(book_end "$ledger")" "end of the book after dry runs"

say "Answers that are no, and wrong use, record nothing."
expect_status 1 "$DAYBOOK" "do" undo-import batch=nothing reason=x
expect_said unknown-import
expect_status 1 "$DAYBOOK" "do" undo-import batch=nothing reason=x --dry-run
expect_status 1 "$DAYBOOK" "do" undo-import batch="$batch" reason=
expect_said no-reason
expect_status 1 "$DAYBOOK" "do" undo-import batch="$batch" reason=x rows=949
expect_said other-rows "950"
expect_status 1 "$DAYBOOK" "do" undo-import batch=nothing reason=x --json
check "a refusal --json is one JSON text" is_json "$OUT"
for wrong in "batch=$batch" "reason=x" "batch=$batch reason=x rows=all" "batch=$batch reason=x ref=P1" "batch=$batch reason=x at=2024-01-01T00:00:00Z"; do
  # shellcheck disable=SC2086
  expect_status 2 "$DAYBOOK" "do" undo-import $wrong
done
expect_status 2 "$DAYBOOK" "do" end-pairing ref=P1 --dry-run
expect_equal "$end" "$(book_end "$ledger")" "end of the book after commands that were refused"

say "In earnest: 950 undone, 50 named."
expect_status 0 "$DAYBOOK" "do" undo-import batch="$batch" reason="wrong file" rows=950 --format csv
expect_same "$SCRATCH/rehearsed" "$OUT" "what the dry run said and what was done"
expect_equal 950 "$(grep -c ',undone,' "$OUT")" "rows undone"
expect_equal 50 "$(grep -c ',kept,' "$OUT")" "rows kept"
expect_equal $((end + 950)) "$(book_end "$ledger")" "end of the book after the undo"
expect_status 0 "$DAYBOOK" verify
expect_status 0 "$DAYBOOK" list imports --format csv
check "the list says so" grep -q "^$batch,staff,[^,]*,1000,0,0,950," "$OUT"
expect_status 0 "$DAYBOOK" find "${administrator[@]}" --purpose test --format csv
expect_equal 51 "$(wc -l <"$OUT")" "people found after the undo, and the header"
undone=$(awk -F, '$1 == 1 { print $2 }' "$SCRATCH/rehearsed")
expect_status 0 "$DAYBOOK" show "$undone"
check "show of an undone person says so" grep -q "undone by event $((end + 949))," "$OUT"
check "why is sealed" refuse grep -q "wrong file" "$OUT"
expect_status 0 "$DAYBOOK" show "$undone" "${administrator[@]}" --purpose test
check "and told to those who may look" grep -q "wrong file" "$OUT"
expect_status 0 "$DAYBOOK" show "$undone" --at "$end"
check "before the undo the record stands" grep -q "personnel record" "$OUT"
expect_status 0 "$DAYBOOK" history --subject "$undone"
check "history shows the correction with what it corrects" grep -q "row 1 of import $batch undone: event \([0-9]*\) .*\[corrects \1: " "$OUT"

say "What is undone is not undone twice; what is built upon is refused again, by name."
expect_status 1 "$DAYBOOK" "do" undo-import batch="$batch" reason="wrong file"
expect_said built-upon
expect_equal 50 "$(grep -c 'is kept' "$OUT")" "rows named again"
expect_status 1 "$DAYBOOK" "do" undo-import batch="$batch" reason="wrong file" --json
check "built-upon --json is one JSON text" is_json "$OUT"

say "Undone from the newest import on, all of it goes."
expect_status 0 "$DAYBOOK" "do" undo-import batch="$applied" reason="wrong file"
check "50 applications go" grep -q "applications: 50 of 50 rows undone, 0 kept" "$OUT"
expect_status 0 "$DAYBOOK" "do" undo-import batch="$batch" reason="wrong file" rows=50
expect_status 0 "$DAYBOOK" "do" undo-import batch="$batch" reason="wrong file"
check "nothing is left" grep -q "0 of 0 rows undone" "$OUT"
expect_status 0 "$DAYBOOK" show A20
check "show of an undone application says so" grep -q "application/A20: what was recorded is undone" "$OUT"
expect_status 0 "$DAYBOOK" explain A20
expect_status 0 "$DAYBOOK" list applications $cycle --format csv
check "no application is listed" test "$(wc -l <"$OUT")" = 1

say "The same file is taken again."
expect_status 0 "$DAYBOOK" import staff "$SCRATCH/staff.csv"
check "all its rows are new" grep -q "1000 recorded, 0 refused, 0 unchanged" "$OUT"
expect_status 0 "$DAYBOOK" verify
finish
