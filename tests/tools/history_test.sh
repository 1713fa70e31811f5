#!/bin/bash
# history: pages, moments of both clocks, corrections, chains; and `--follow` beside writers, which loses no event and shows
# none twice.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season
on=(--ledger "$ledger")
followers=()

# follow NAME OPTION...: its output in $SCRATCH/NAME
follow() {
  local name=$1
  shift
  "$DAYBOOK" history --follow "$@" "${on[@]}" >"$SCRATCH/$name" 2>"$SCRATCH/$name-errors" &
  followers+=($!)
}
# Whatever ends this, no follower goes on.
stop_and_clean_up() {
  local status=$?
  for each in "${followers[@]}"; do kill "$each" 2>/dev/null || true; done
  rm -rf "$SCRATCH"
  return "$status"
}
trap stop_and_clean_up EXIT

# Until CMD... holds; for a minute at most.
wait_until() {
  local deadline=$((SECONDS + 60))
  until "$@"; do
    [ $SECONDS -lt $deadline ] || fail "after a minute still not: $*"
    sleep 0.1
  done
}
lines_are() { [ "$(wc -l <"$SCRATCH/$1")" = "$2" ]; }
positions() { sed -n 's/^ *{"position": \([0-9]*\),.*/\1/p' "$1"; }
all_positions() { seq "$1" $(($2 - 1)); }
expect_history() { expect_status 0 "$DAYBOOK" history "$@" "${on[@]}"; }

say "It follows the writers of a season, with filters and without, from its first event."
expect_status 0 "$DAYBOOK" init "${on[@]}"
follow everything --json
follow sessions --format csv --kind SessionMarkedDone --kind SessionWithdrawn
for step in $kSeason; do expect_status 0 season_step "$step" "$ledger"; done
end=$(book_end "$ledger")
wait_until lines_are everything "$end"
all_positions 0 "$end" | cmp -s - <(positions "$SCRATCH/everything") || fail "the events that were followed are not 0 to $end, each once and in order"
expect_history --format csv --kind SessionMarkedDone --kind SessionWithdrawn
wait_until lines_are sessions "$(wc -l <"$OUT")"
cut -d, -f1-7,9- "$OUT" >"$SCRATCH/wanted" # but for corrected_by: what came later
cut -d, -f1-7,9- "$SCRATCH/sessions" >"$SCRATCH/found"
expect_same "$SCRATCH/wanted" "$SCRATCH/found" "sessions as they were followed, and as they stand"
check "thousands were followed" test "$end" -gt 10000

say "A signal ends it, with status 0."
kill -s TERM "${followers[0]}"
kill -s INT "${followers[1]}"
for each in "${followers[@]}"; do wait "$each" || fail "a follower ended with status $? ($(cat "$SCRATCH"/*-errors))"; done
followers=()

say "On the second clock it tells what had happened by then, whatever comes."
follow earlier --json --happened-by 2024-06-01 --after $((end - 1))
{ header staff && sed -n "2s/^[^,]*/X0/p" "$DEMO/staff.csv"; } >"$SCRATCH/early.csv"
expect_status 0 "$DAYBOOK" import staff "$SCRATCH/early.csv" --effective 2024-01-01 "${on[@]}"
sheet=$SCRATCH/late.csv
{ header activity && grep -m 1 ',end-pairing,' "$DEMO/activity.csv" | sed 's/^[^,]*/2025-01-01T12:00:00Z/'; } >"$sheet"
expect_status 0 "$DAYBOOK" import activity "$sheet" "${on[@]}"
sed -i 's/^X0/X9/' "$SCRATCH/early.csv"
expect_status 0 "$DAYBOOK" import staff "$SCRATCH/early.csv" --effective 2024-01-02 "${on[@]}"
told() { test "$(grep -c '"kind": "StaffRecorded"' "$SCRATCH/earlier")" = 2; }
wait_until told
check "what happened later is not told" refuse grep -q '"happened_at": "2025' "$SCRATCH/earlier"
kill -s TERM "${followers[0]}"
wait "${followers[0]}" || fail "the follower ended with status $? ($(cat "$SCRATCH"/*-errors))"
followers=()
end=$(book_end "$ledger")

say "It goes on behind a position, ends after so many, and ends when nobody reads any more."
follow rest --json --after $((end - 3)) --limit 4
wait_until lines_are rest 2
{ header staff && for i in 1 2 3; do sed -n "2s/^[^,]*/X$i/p" "$DEMO/staff.csv"; done; } >"$SCRATCH/new.csv"
expect_status 0 "$DAYBOOK" import staff "$SCRATCH/new.csv" "${on[@]}"
wait "${followers[0]}" || fail "the follower ended with status $?"
followers=()
all_positions $((end - 2)) $((end + 2)) | cmp -s - <(positions "$SCRATCH/rest") || fail "found $(positions "$SCRATCH/rest" | tr '\n' ' ')"
check "a reader that goes ends it" timeout 30 bash -c \
  '"$DAYBOOK" history --follow --after "$2" --ledger "$1" | { read -r && sleep 1; }' - "$ledger" "$end"

say "With --as each part that is shown was written down first."
before=$(looks "$ledger")
follow named --after "$end" "${administrator[@]}" --purpose "on duty"
wait_until lines_are named 4
kill -s TERM "${followers[0]}"
wait "${followers[0]}" || fail "the follower ended with status $?"
followers=()
check "names are shown" grep -q 'personnel record of X1' "$SCRATCH/named"
expect_equal $((before + 1)) "$(looks "$ledger")" "looks in the access book"

expect_history --format csv "${administrator[@]}" --purpose "the whole season"
check "a long answer is a look for each thousand events" test "$(looks "$ledger")" -gt $((before + 10))
check "with all events" test "$(wc -l <"$OUT")" -gt 10000

say "Pages, one after the other, are the whole, in both directions."
end=$(book_end "$ledger")
for direction in "" --reverse; do
  # shellcheck disable=SC2086
  expect_history --json --kind RowRefused $direction
  positions "$OUT" >"$SCRATCH/wanted"
  check "the whole has no next page" grep -q '^\], "next": null}$' "$OUT"
  : >"$SCRATCH/found"
  next=
  while [ "$next" != null ]; do
    # shellcheck disable=SC2086
    expect_history --json --kind RowRefused $direction --limit 777 ${next:+--after "$next"}
    check "a page is one JSON text" is_json "$OUT"
    positions "$OUT" >>"$SCRATCH/found"
    next=$(sed -n 's/^\], "next": \([0-9a-z]*\)}$/\1/p' "$OUT")
  done
  expect_same "$SCRATCH/wanted" "$SCRATCH/found" "pages and the whole $direction"
done
expect_history --limit 5
expect_said "there are more: --after 4"
expect_history --limit 5 --format csv
check "nothing is said beside CSV" test ! -s "$ERR"

say "Both clocks, alone and together."
moment=2024-03-01T00:00:00Z
# Whole lines of the whole history, by position or by moment: texts of one form sort as the moments do.
expect_history --format csv
cut -d, -f1,3 "$OUT" | tail -n +2 >"$SCRATCH/moments"
expect_history --format csv --at 9000
expect_equal 9001 "$(wc -l <"$OUT")" "lines of history --at 9000"
expect_history --format csv --happened-by $moment
cut -d, -f1 "$OUT" | tail -n +2 >"$SCRATCH/found"
awk -F, -v by=$moment '$2 <= by { print $1 }' "$SCRATCH/moments" >"$SCRATCH/wanted"
expect_same "$SCRATCH/wanted" "$SCRATCH/found" "what had happened by $moment"
expect_history --format csv --happened-by $moment --at 9000
cut -d, -f1 "$OUT" | tail -n +2 >"$SCRATCH/found"
awk '$1 < 9000' "$SCRATCH/wanted" >"$SCRATCH/both"
expect_same "$SCRATCH/both" "$SCRATCH/found" "what the ledger knew at 9000 of what had happened by $moment"
check "that is less than either, and not nothing" test "$(wc -l <"$SCRATCH/both")" -gt 100 -a "$(wc -l <"$SCRATCH/both")" -lt 9000
expect_history --format csv --happened-since $moment --happened-until 2024-04-01
cut -d, -f1 "$OUT" | tail -n +2 >"$SCRATCH/found"
awk -F, -v since=$moment '$2 >= since && $2 < "2024-04-01" { print $1 }' "$SCRATCH/moments" >"$SCRATCH/wanted"
expect_same "$SCRATCH/wanted" "$SCRATCH/found" "what happened in March"

say "A correction shows what it corrects, and what was corrected shows by what, also from another page."
expect_history --kind SessionWithdrawn --format csv --limit 1
withdrawn=$(sed -n '2s/,.*//p' "$OUT")
marked=$(sed -n 2p "$OUT" | cut -d, -f7)
expect_history --position "$withdrawn"
check "the correction says what it corrects" grep -q "withdrawn.*\[corrects $marked: pairing P.*: session . done" "$OUT"
expect_history --position "$marked"
check "the corrected event says by what" grep -q "done.*\[corrected by $withdrawn\]" "$OUT"
expect_history --position "$marked" --json
check "so it does in JSON" grep -q "\"corrected_by\": \[$withdrawn\]" "$OUT"
expect_history --position "$marked" --at "$withdrawn"
check "before it was corrected it says nothing of it" refuse grep -q corrected "$OUT"

say "A chain: what led to an event, its command, what followed."
expect_history --chain "$withdrawn" --json
began=$(positions "$OUT" | head -n 1)
expect_equal "$began $withdrawn" "$(positions "$OUT" | tr '\n' ' ' | sed 's/ $//')" "a row's chain"
check "depths are given" grep -q '"depth": 1}' "$OUT"
expect_history --chain "$began"
check "an import leads to all its rows" test "$(wc -l <"$OUT")" -gt 8000
check "they stand below it" grep -q "Z    pairing" "$OUT"
expect_history --chain "$began" --kind SessionWithdrawn --reverse --limit 1
check "other filters narrow a chain" grep -q withdrawn "$OUT"
rm -rf "${SCRATCH:?}/season"
finish
