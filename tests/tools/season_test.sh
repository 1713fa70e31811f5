#!/bin/bash
# The season of three programmes, from the command line, against answers worked out by a separate program; then the same
# sheets again, in other clothes, which change nothing.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season

say "The season gives the expected reports, decisions and figures."
expect_status 0 "$DAYBOOK" init --ledger "$ledger"
for step in $kSeason; do
  case $step in
    */*) expect_status 0 season_step "$step" "$ledger" ;;
    *)
      expect_status 0 season_step "$step" "$ledger" --report "$SCRATCH/$step.csv"
      [ ! -e "$EXPECTED/$step.csv" ] || expect_same "$EXPECTED/$step.csv" "$SCRATCH/$step.csv" "reports of $step"
      ;;
  esac
done
for sheet in staff participations; do
  expect_equal recorded "$(outcomes "$SCRATCH/$sheet.csv")" "outcomes of $sheet"
done
expect_season "$ledger"

say "The same season again: every row is unchanged, no event is added."
end=$(book_end "$ledger")
root=$("$DAYBOOK" verify --json --ledger "$ledger")
check "the book holds events" test "${end:-0}" -gt 6
for step in $kSeason; do
  case $step in
    */*) expect_status 0 season_step "$step" "$ledger" ;;
    *)
      expect_status 0 season_step "$step" "$ledger" --report "$SCRATCH/again.csv"
      expect_equal unchanged "$(outcomes "$SCRATCH/again.csv")" "outcomes of $step, imported again"
      expect_equal "$(wc -l <"$SCRATCH/$step.csv")" "$(wc -l <"$SCRATCH/again.csv")" "lines in the report of $step, imported again"
      ;;
  esac
  expect_equal "$end" "$(book_end "$ledger")" "end of the book after $step again"
done
expect_equal "$root" "$("$DAYBOOK" verify --json --ledger "$ledger")" "both books after the second time"
expect_season "$ledger"

say "Reordered columns, LF line ends, a byte-order mark, blank lines and columns of no meaning: the same rows."
# Sheets without quoted cells can be cut at their commas: columns backwards, and one in front that nobody knows.
backwards() {
  printf '\357\273\277'
  tr -d '\r' <"$1" | awk -F, '
    { line = NR == 1 ? "unknown" : "x" NR; for (i = NF; i > 0; i--) line = line "," $i; print line; if (NR % 7 == 1) print "" }'
}
for sheet in staff participations coaches; do
  if grep -q '"' "$DEMO/$sheet.csv"; then
    fail "$sheet.csv holds quotes; this script cannot reorder it"
  fi
  backwards "$DEMO/$sheet.csv" >"$SCRATCH/other.csv"
  expect_status 0 "$DAYBOOK" import "$sheet" "$SCRATCH/other.csv" --ledger "$ledger" --report "$SCRATCH/again.csv"
  expect_equal unchanged "$(outcomes "$SCRATCH/again.csv")" "outcomes of $sheet, reordered"
  cut -d, -f1,2 "$SCRATCH/$sheet.csv" >"$SCRATCH/rows-wanted"
  cut -d, -f1,2 "$SCRATCH/again.csv" >"$SCRATCH/rows-found"
  expect_same "$SCRATCH/rows-wanted" "$SCRATCH/rows-found" "row numbers and refs of $sheet, reordered"
done
# applications and activity have quoted cells with line ends: those stay as they are, the rest is turned round.
for sheet in applications activity; do
  { printf '\357\273\277\r\n\r\n' && cat "$DEMO/$sheet.csv" && printf '\r\n\n'; } >"$SCRATCH/other.csv"
  expect_status 0 "$DAYBOOK" import "$sheet" "$SCRATCH/other.csv" --ledger "$ledger" --report "$SCRATCH/again.csv"
  expect_equal unchanged "$(outcomes "$SCRATCH/again.csv")" "outcomes of $sheet with blank lines"
  if ! grep -q '"' "$DEMO/$sheet.csv"; then
    backwards "$DEMO/$sheet.csv" >"$SCRATCH/other.csv"
    expect_status 0 "$DAYBOOK" import "$sheet" "$SCRATCH/other.csv" --ledger "$ledger" --report "$SCRATCH/again.csv"
    expect_equal unchanged "$(outcomes "$SCRATCH/again.csv")" "outcomes of $sheet, reordered"
  fi
done
expect_equal "$end" "$(book_end "$ledger")" "end of the book after the reordered sheets"

say "A cell that differs by a blank is another row."
tr -d '\r' <"$DEMO/staff.csv" | awk 'NR <= 2' | sed '2s/,IOM,/,IOM ,/' >"$SCRATCH/other.csv"
expect_status 0 "$DAYBOOK" import staff "$SCRATCH/other.csv" --ledger "$ledger" --report "$SCRATCH/again.csv"
expect_equal recorded "$(outcomes "$SCRATCH/again.csv")" "outcome of a row with one more blank"
check "the book grew" test "$(book_end "$ledger")" -gt "$end"

say "The books verify."
expect_status 0 "$DAYBOOK" verify --ledger "$ledger"
expect_status 0 "$DAYBOOK" replay --check --ledger "$ledger"
check "replay --check has nothing to say" test ! -s "$OUT" -a ! -s "$ERR"
finish
