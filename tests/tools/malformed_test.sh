#!/bin/bash
# Files that are refused whole: each fault is named by line, column, what was found and what was wanted, nothing is
# recorded, and no report claims otherwise. Big files are read in bounded memory. FULL=1 takes 1 GB in place of 200 MB.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/ledger
file=$SCRATCH/sheet.csv report=$SCRATCH/report.csv
expect_status 0 "$DAYBOOK" init --ledger "$ledger"
# Two persons the sheets can speak of.
{ header staff && sed -n 2,3p "$DEMO/staff.csv" | tr -d '\r'; } >"$file"
expect_status 0 "$DAYBOOK" import staff "$file" --ledger "$ledger"
end=$(book_end "$ledger")

coaches=$(header coaches) participations=$(header participations)
applications=$(header applications) activity=$(header activity)
coach=iom-coaching,I000001,icf-certification,,ICF-1,skills,en,Europe/Berlin,5,2022-12-01,2022-12-15,accepted
participation=I000001,iom-coaching,CDT,2022,3
application=A1,iom-coaching,2024,I000001,2024-01-05T05:00:00+01:00,v1,yes,both,en,Europe/Berlin,why
feedback=2024-03-04T05:06:07Z,I000001,give-feedback,P1,iom-coaching,2024,I000001,I000002,1,,60,4,,fine

expect_nothing_recorded() {
  expect_equal "$end" "$(book_end "$ledger")" "end of the book after: $1"
}
# refused "WHAT" KIND TEXT...: $file is refused whole, and the message holds each text.
refused() {
  local what=$1 kind=$2
  shift 2
  say "  refused: $what"
  rm -f "$report"
  expect_status 2 "$DAYBOOK" import "$kind" "$file" --ledger "$ledger" --report "$report"
  expect_said "$@"
  expect_nothing_recorded "$what"
  [ ! -e "$report" ] || expect_equal 1 "$(wc -l <"$report")" "lines of the report after: $what"
}
sheet() { printf '%s\r\n' "$@" >"$file"; }

say "The rows that the faults are put into are good as they are."
for kind in coaches participations applications activity; do
  case $kind in
    coaches) row=$coach ;;
    participations) row=$participation ;;
    applications) row=$application ;;
    *) row=$feedback ;;
  esac
  sheet "$(header $kind)" "$row"
  expect_status 0 "$DAYBOOK" import "$kind" "$file" --ledger "$ledger" --dry-run
  expect_nothing_recorded "a dry run of $kind"
done

say "The header."
sheet "$coaches" "$coach"
refused "the header of another sheet" participations "line 1" sponsor edition sessions_done want
sheet "${participations%,*}" "${participation%,*}"
refused "a column that is missing" participations "line 1" "column sessions_done" found want
sheet "$participations,sponsor" "$participation,CDT"
refused "a column named twice" participations "line 1" sponsor found twice want
sheet "${participations/sponsor/Sponsor}" "$participation"
refused "a column in other letters" participations "line 1" "column sponsor" found want
sheet "$participation"
refused "no header" participations "line 1" "column staff_number" found want

say "The cells."
sheet "$coaches" "$coach" "${coach/2022-12-01/2022-02-30}"
refused "a day that no month has" coaches "line 3" "column pledged_on" 'found "2022-02-30"' "want" "YYYY-MM-DD"
sheet "$coaches" "${coach/2022-12-15/15.12.2022}"
refused "a day in another form" coaches "line 2" "column reviewed_on" 'found "15.12.2022"' "want" "YYYY-MM-DD"
sheet "$coaches" "${coach/,5,/,three,}"
refused "capacity in a word" coaches "line 2" "column capacity" 'found "three"' "want a whole number"
sheet "$coaches" "${coach/,5,/,-1,}"
refused "capacity below nought" coaches "line 2" "column capacity" 'found "-1"' "want a whole number"
sheet "$coaches" "${coach/,5,/,99999999999999999999999,}"
refused "capacity beyond all numbers" coaches "line 2" "column capacity" 'found "99999999999999999999999"' "want"
sheet "$coaches" "${coach/Europe\/Berlin/Europe\/Nowhere}"
refused "a time zone that does not exist" coaches "line 2" "column time_zone" 'found "Europe/Nowhere"' "want an IANA"
sheet "$coaches" "${coach/accepted/maybe}"
refused "a review of no known word" coaches "line 2" "column review" 'found "maybe"' "want accepted, declined"
sheet "$applications" "${application/+01:00/+25:00}"
refused "an offset of more than a day" applications "line 2" "column submitted_at" "+25:00" "want a time with seconds and offset"
sheet "$applications" "${application/+01:00/}"
refused "a time without an offset" applications "line 2" "column submitted_at" 'found "2024-01-05T05:00:00"' "want a time with seconds and offset"
sheet "$applications" "${application/05:00:00+/05:00+}"
refused "a time without seconds" applications "line 2" "column submitted_at" 'found "2024-01-05T05:00+01:00"' "want a time with seconds and offset"
sheet "$applications" "${application/A1,/A 1,}"
refused "a ref with a blank" applications "line 2" "column ref" 'found "A 1"' "want 1 to 40"
sheet "$applications" "${application/A1,/$(printf 'A%.0s' $(seq 41)),}"
refused "a ref of 41 letters" applications "line 2" "column ref" AAAAAA "want 1 to 40"
sheet "$applications" "${application/A1,/,}"
refused "an empty ref" applications "line 2" "column ref" 'found ""' "want 1 to 40"
sheet "$applications" "${application/,yes,/,Yes,}"
refused "a fixed word in other letters" applications "line 2" "column commitment" 'found "Yes"' "want yes, no"
sheet "$activity" "${feedback/,4,,/,6,,}"
refused "rating 6" activity "line 2" "column rating" 'found "6"' "want 1"
sheet "$activity" "${feedback/give-feedback/dance}"
refused "an unknown action" activity "line 2" "column action" 'found "dance"' "want request-pairing"
sheet "$activity" "$feedback" "${feedback/05:06:07/05:06:06}"
refused "rows out of order" activity "line 3" "column at" 'found "2024-03-04T05:06:06Z"' "want" "2024-03-04T05:06:07Z"
printf '%s\n\n"%s\n\n",%s\n%s\n' "reason,${activity/,reason/}" "two lines" "${feedback/,,fine/,fine}" "r,${feedback/,4,,fine/,7,fine}" >"$file"
refused "a bad cell after a cell of three lines (the line where the record starts)" activity "line 6" "column rating" 'found "7"'

say "The form."
sheet "$participations" "$participation" "${participation/CDT/\"CDT}" "$participation"
refused "a quote that is never closed" participations "line 3" found want "closing quote"
sheet "$participations" "${participation/CDT/\"CDT\"x}"
refused "text after a closing quote" participations "line 2" found want
sheet "$participations" "$participation,9"
refused "a row with a cell too many" participations "line 2" "found 6 cells" "want 5"
sheet "$participations" "$participation" "${participation%,*}"
refused "a row with a cell too few" participations "line 3" "found 4 cells" "want 5"
sheet "$participations" "$(printf 'I000001,iom-coaching,CD\351T,2022,3')"
refused "latin-1 bytes" participations "line 2" "column sponsor" "0xe9" "want UTF-8"
{ printf '%s\r\n' "$participations" && printf 'I000001,iom-coaching,C\000DT,2022,3\r\n'; } >"$file"
refused "a NUL byte" participations "line 2" "column sponsor" "0x00" want
sheet "$participations" "$(printf 'I000001,iom-coaching,\355\240\200,2022,3')"
refused "half a surrogate pair" participations "line 2" "column sponsor" found "want UTF-8"
printf '%s\r%s\r' "$participations" "$participation" >"$file"
refused "lone carriage returns as line ends" participations "line 1" "carriage return" want
{ printf '%s\r\nI000001,iom-coaching,' "$participations" && head -c 2000000 /dev/zero | tr '\0' x && printf ',2022,3\r\n'; } >"$file"
refused "a cell of 2 MB" participations "line 2" found want
head -c 2000000 /dev/zero | tr '\0' x >"$file"
refused "a header of 2 MB" participations "line 1" found want
: >"$file"
refused "an empty file" participations "line 1" "empty" "want a header"
printf '\n\r\n' >"$file"
refused "blank lines only" participations "want a header"
head -c 100000 "$DAYBOOK" >"$file"
refused "a program" participations "line " found want

say "Twenty of 25 bad cells are named, and how many more there are."
{ printf '%s\r\n' "$coaches" && for i in $(seq 25); do printf '%s\r\n' "${coach/,5,/,bad$i,}"; done; } >"$file"
refused "25 bad cells" coaches "line 2" 'found "bad1"' "line 21" 'found "bad20"' "and 5 more"
check "the 21st is not named" refuse grep -q bad21 "$ERR"
expect_equal 20 "$(grep -c 'column capacity' "$ERR")" "bad cells named"
{ printf '%s\r\n' "$coaches" && for i in $(seq 20); do printf '%s\r\n' "${coach/,5,/,bad$i,}"; done; } >"$file"
refused "20 bad cells" coaches 'found "bad20"'
check "20 of 20 leaves nothing over" refuse grep -q more "$ERR"

say "What does not come from the file's own words: control characters in a message are made visible."
sheet "$coaches" "${coach/,5,/,$(printf '\033[2J'),}"
refused "an escape sequence" coaches "line 2" "column capacity"
check "no escape character is printed" refuse grep -q "$(printf '\033')" "$ERR"

say "A header alone is a good file of no rows; a row that breaks a rule does not make the file bad."
sheet "$participations"
expect_status 0 "$DAYBOOK" import participations "$file" --ledger "$ledger" --report "$report" --json
check "0 rows are reported" grep -q '"rows": *0,' "$OUT"
expect_equal 1 "$(wc -l <"$report")" "lines of the report of a header alone"
printf '\357\273\277%s' "$participations" >"$file"
expect_status 0 "$DAYBOOK" import participations "$file" --ledger "$ledger"

say "Good and bad rows together: nothing of the good ones is recorded, and an earlier report does not stay."
sheet "$coaches" "$coach" "${coach/,5,/,three,}"
printf 'row,ref,outcome,reason,flags\r\n1,I000001,recorded,,\r\n' >"$SCRATCH/earlier.csv"
expect_status 2 "$DAYBOOK" import coaches "$file" --ledger "$ledger" --report "$SCRATCH/earlier.csv"
expect_nothing_recorded "good and bad rows"
check "no report says recorded" refuse grep -q recorded "$SCRATCH/earlier.csv"

say "What is no file."
not_a_file() {
  expect_status 2 timeout 3 "$DAYBOOK" import staff "$1" --ledger "$ledger"
  expect_said "$1"
  expect_nothing_recorded "import of $1"
  say "  refused: $1"
}
mkdir "$SCRATCH/folder" && not_a_file "$SCRATCH/folder"
not_a_file "$SCRATCH/nothing-there"
not_a_file /dev/null
not_a_file /dev/zero

say "A big file with a bad cell at its very end is refused after one reading, in bounded memory."
size=$([ "${FULL:-}" = 1 ] && echo 1000000000 || echo 200000000)
grow() { # ROW BYTES: the row again and again
  # head ends the pipe; what it cuts is the last row, which is taken off.
  { yes "$1" || true; } 2>/dev/null | head -c "$2" | sed '$d'
}
# Measures the most memory that an import held. Sets peak_mb, status and took.
measured() {
  local began peak=0 now process
  began=$(now_ms) status=0
  "$DAYBOOK" import "$@" --ledger "$ledger" >"$OUT" 2>"$ERR" &
  process=$!
  while now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$process/status" 2>/dev/null) && [ -n "$now" ]; do
    peak=$now
    sleep 0.02
  done
  wait "$process" || status=$?
  peak_mb=$((peak / 1024)) took=$(($(now_ms) - began))
}
memory_mb_max=300
{ printf '%s\n' "$coaches" && grow "$coach" "$size" && printf '%s\n' "${coach/,5,/,three,}"; } >"$file"
lines=$(wc -l <"$file")
measured coaches "$file"
rm "$file"
expect_equal 2 "$status" "status of a big file with a bad cell at its end"
expect_said "line $lines" "column capacity" 'found "three"'
expect_nothing_recorded "a big file with a bad cell"
say "  $((size / 1000000)) MB, $lines lines: refused in $took ms with at most $peak_mb MB of memory"
check "at most $memory_mb_max MB" test "$peak_mb" -le "$memory_mb_max"

say "Millions of bad cells are counted, not kept."
{ printf '%s\n' "$coaches" && grow "${coach/,5,/,three,}" 20000000; } >"$file"
lines=$(wc -l <"$file")
measured coaches "$file"
expect_equal 2 "$status" "status of a file of bad cells only"
expect_said "and $((lines - 1 - 20)) more"
say "  20 MB, $((lines - 1)) bad cells: refused in $took ms with at most $peak_mb MB of memory"
check "at most $memory_mb_max MB" test "$peak_mb" -le "$memory_mb_max"

say "60 MB of good rows, all the same: one is recorded, the others are unchanged, in bounded memory."
{ printf '%s\n' "$coaches" && grow "$coach" 60000000; } >"$file"
lines=$(wc -l <"$file")
measured coaches "$file" --report "$report" --json
expect_equal 0 "$status" "status of 60 MB of good rows"
say "  60 MB, $((lines - 1)) rows: taken in $took ms with at most $peak_mb MB of memory"
check "at most $memory_mb_max MB" test "$peak_mb" -le "$memory_mb_max"
wanted="{\"rows\": $((lines - 1)), \"recorded\": 1, \"refused\": 0, \"unchanged\": $((lines - 2))"
expect_equal "$wanted" "$(sed 's/, "end".*//' "$OUT")" "figures of 60 MB of rows"
expect_equal "$lines" "$(wc -l <"$report")" "lines of the report of 60 MB of rows"
rm "$file" "$report"
expect_status 0 "$DAYBOOK" verify --ledger "$ledger"

say "A pipe without a writer is refused, not waited for."
end=$(book_end "$ledger")
mkfifo "$SCRATCH/pipe" && not_a_file "$SCRATCH/pipe"

say "A report may not be written over the sheet that it reports on."
sheet "$participations" "$participation"
cp "$file" "$SCRATCH/copy.csv"
expect_status 2 "$DAYBOOK" import participations "$file" --ledger "$ledger" --report "$file"
expect_same "$SCRATCH/copy.csv" "$file" "the sheet before and after an import that was to report into it"
finish
