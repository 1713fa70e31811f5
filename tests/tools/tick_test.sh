#!/bin/bash
# Deadlines from the command line: tick records each once, says what, also when two run at once; offers of a seat by hand.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season
on=(--ledger "$ledger")
expect_status 0 "$DAYBOOK" init "${on[@]}"
for step in $kSeason; do expect_status 0 season_step "$step" "$ledger"; done

say "A dry run says what a tick would record, and records nothing."
end=$(book_end "$ledger")
expect_status 0 "$DAYBOOK" tick --dry-run --json "${on[@]}"
check "the dry run's answer is JSON" is_json "$OUT"
expect_equal "$end" "$(book_end "$ledger")" "end of the book after a dry run"
expect_status 0 "$DAYBOOK" tick --dry-run --format csv "${on[@]}"
cp "$OUT" "$SCRATCH/foreseen"

say "A tick records it: three periods, and the windows that passed with sessions left."
expect_status 0 "$DAYBOOK" tick --format csv "${on[@]}"
tr -d '\r' <"$OUT" >"$SCRATCH/recorded"
cut -d, -f2- "$SCRATCH/recorded" >"$SCRATCH/recorded-what"
tr -d '\r' <"$SCRATCH/foreseen" | cut -d, -f2- >"$SCRATCH/foreseen-what"
expect_same "$SCRATCH/foreseen-what" "$SCRATCH/recorded-what" "what the dry run said, and what was recorded,"
recorded=$(($(wc -l <"$SCRATCH/recorded") - 1))
expect_equal $((end + recorded)) "$(book_end "$ledger")" "end of the book after a tick"
expect_equal 3 "$(grep -c ',CycleClosed,' "$SCRATCH/recorded")" "cycles that closed"
check "windows elapsed" test "$(grep -c ',WindowElapsed,' "$SCRATCH/recorded")" -gt 100
awk -F, 'NR > 1 { print $3 }' "$SCRATCH/recorded" >"$SCRATCH/moments"
check "in order of when they happened" sort -c "$SCRATCH/moments"
expect_season "$ledger"

say "A tick again, and many at once, record nothing more; who finds the ledger in use is told so."
expect_status 0 "$DAYBOOK" tick --format table "${on[@]}"
check "and say nothing" test ! -s "$OUT"
expect_status 0 "$DAYBOOK" tick --json "${on[@]}"
check "in JSON an empty list" is_json "$OUT"
ticks=()
for i in 1 2 3 4; do
  "$DAYBOOK" tick --format table "${on[@]}" >"$SCRATCH/tick-$i" 2>&1 &
  ticks+=($!)
done
for i in 1 2 3 4; do
  status=0
  wait "${ticks[i - 1]}" || status=$?
  case $status in
    0) check "a tick beside others says nothing" test ! -s "$SCRATCH/tick-$i" ;;
    4) check "or who holds the ledger" grep -q "pid [0-9]* (daybook tick)" "$SCRATCH/tick-$i" ;;
    *) fail "status $status of a tick beside others: $(head -c 500 "$SCRATCH/tick-$i")" ;;
  esac
done
expect_equal $((end + recorded)) "$(book_end "$ledger")" "end of the book after more ticks"

say "Clients whose window passed are lapsed, by the event that says so."
event=$(awk -F, '$2 == "WindowElapsed" { print $1; exit }' "$SCRATCH/recorded")
pairing=$(awk -F, '$2 == "WindowElapsed" { sub("pairing/", "", $4); print $4; exit }' "$SCRATCH/recorded")
expect_status 0 "$DAYBOOK" show "$pairing" "${on[@]}"
check "show says lapsed" grep -q "^ *lapsed .*\[event $event\]" "$OUT"
expect_status 0 "$DAYBOOK" list pairings un-coaching/2023-pilot --format csv "${on[@]}"
check "list pairings says lapsed" grep -q ',lapsed,' "$OUT"
expect_status 0 "$DAYBOOK" history --kind WindowElapsed --limit 1 --json "${on[@]}"
check "the event was recorded by the clock, by nobody" grep -q '"actor": ""' "$OUT"
expect_status 0 "$DAYBOOK" explain "$pairing" "${on[@]}"
check "explain says what would change it" grep -q 'extend-window' "$OUT"

say "A seat is offered to whoever waits first, and taken; a silent one loses the turn at the next tick."
charter=$SCRATCH/executive.toml
"$DAYBOOK" charter show iom-executive-coaching "${on[@]}" | sed -e 's/^name = "2024"/name = "2036"/' -e 's/^\(closes_on\|facts_as_of\) = [0-9-]*/\1 = 2036-03-31/' -e '/^editions = /d' >"$charter"
expect_status 0 "$DAYBOOK" charter add "$charter" "${on[@]}"
cycle=iom-executive-coaching/2036
seats() { "$DAYBOOK" "do" "$1" programme=iom-executive-coaching cycle=2036 "${@:2}" "${on[@]}"; }
{
  header staff
  for i in 1 2 3; do echo "X$i,N,,,,,,,,D1,adviser,regular,,,,2015-01-01,,,"; done
} >"$SCRATCH/seniors.csv"
expect_status 0 "$DAYBOOK" import staff "$SCRATCH/seniors.csv" "${on[@]}"
{
  header applications
  for i in 1 2 3; do echo "W$i,iom-executive-coaching,2036,X$i,2024-03-10T12:00:0${i}Z,v1,yes,both,en,UTC,why"; done
} >"$SCRATCH/applications.csv"
expect_status 0 "$DAYBOOK" import applications "$SCRATCH/applications.csv" "${on[@]}"
expect_status 0 "$DAYBOOK" decide $cycle "${on[@]}"
expect_status 1 seats offer-seat answer_by=2036-01-01
expect_said nobody-waits
for i in 1 2 3; do expect_status 0 "$DAYBOOK" "do" decide-referral application=W$i outcome=eligible reason=senior "${on[@]}"; done
expect_status 2 seats offer-seat answer_by=soon
expect_said answer_by=YYYY-MM-DD
expect_status 1 seats offer-seat answer_by=2020-01-01
expect_said already-passed "from 20"
expect_status 1 "$DAYBOOK" "do" accept-offer application=W1 "${on[@]}"
expect_said no-offer
expect_status 2 "$DAYBOOK" "do" decline-offer application=W1 "${on[@]}"
expect_status 0 seats offer-seat answer_by=2024-04-01 at=2024-03-25T10:00:00Z
expect_status 0 seats offer-seat answer_by=2036-01-01
expect_status 0 seats offer-seat answer_by=2036-01-02
expect_status 0 "$DAYBOOK" list waitlist $cycle --format csv "${on[@]}"
check "list waitlist names the last day for the answer" grep -q '^2,W2,.*,2036-01-01,' "$OUT"
expect_status 0 "$DAYBOOK" "do" accept-offer application=W2 "${on[@]}"
expect_status 0 "$DAYBOOK" "do" decline-offer application=W3 reason=leave "${on[@]}"
expect_status 1 "$DAYBOOK" "do" accept-offer application=W1 "${on[@]}"
expect_said late 2024-04-01
expect_status 0 "$DAYBOOK" tick --format csv "${on[@]}"
expect_equal "OfferExpired 2024-04-01T21:59:59.999999Z application/W1" "$(tr -d '\r' <"$OUT" | awk -F, 'NR > 1 { print $2, $3, $4 }')" "what the tick recorded"
expect_status 0 "$DAYBOOK" list decisions $cycle --format csv "${on[@]}"
expect_equal "W1 waitlisted,W2 seated,W3 ," "$(tr -d '\r' <"$OUT" | awk -F, 'NR > 1 { printf "%s %s,", $1, $4 }')" "seats"
expect_status 0 "$DAYBOOK" explain W1 "${on[@]}"
check "explain says that the offer expired" grep -q 'expired' "$OUT"
expect_status 0 "$DAYBOOK" verify "${on[@]}"
finish
