#!/bin/bash
# One process writes at a time: a second one is told who holds the ledger; readers are not kept out.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season
cycle=iom-coaching/2024
expect_status 0 "$DAYBOOK" init --ledger "$ledger"
for step in staff participations coaches applications $cycle; do expect_status 0 season_step "$step" "$ledger"; done
end=$(book_end "$ledger")

readers_work() {
  expect_status 0 "$DAYBOOK" list decisions $cycle --ledger "$ledger" --format csv
  expect_same "$EXPECTED/decisions-iom-coaching-2024.csv" "$OUT" "decisions read while another process writes"
  expect_status 0 "$DAYBOOK" stats $cycle --ledger "$ledger" --json
  expect_status 0 "$DAYBOOK" history --position 0-5 --ledger "$ledger"
  expect_status 0 "$DAYBOOK" show A00268 --ledger "$ledger"
  expect_status 0 "$DAYBOOK" explain A00268 --ledger "$ledger"
  expect_status 0 "$DAYBOOK" charter list --ledger "$ledger"
  expect_status 0 "$DAYBOOK" verify --ledger "$ledger"
}

say "The lock file is held, and says by whom."
(
  flock 9
  printf 'pid 4242 (daybook import activity) of somebody@elsewhere' >&9
  touch "$SCRATCH/held"
  while [ -e "$SCRATCH/held" ]; do sleep 0.05; done
  : 2>/dev/null >"$ledger/programme.lock" || true
) 9<>"$ledger/programme.lock" &
holder=$!
until [ -e "$SCRATCH/held" ]; do sleep 0.02; done
for command in "import staff $DEMO/staff.csv" "decide un-coaching/2023-pilot" "do end-pairing ref=P00017 reason=fit"; do
  # shellcheck disable=SC2086
  expect_status 4 "$DAYBOOK" $command --ledger "$ledger"
  expect_said "pid 4242" "somebody@elsewhere"
  say "  turned away: ${command%% *}"
done
"$DAYBOOK" charter show iom-coaching --ledger "$ledger" >"$SCRATCH/charter.toml"
expect_status 4 "$DAYBOOK" charter add "$SCRATCH/charter.toml" --ledger "$ledger"
expect_said "pid 4242"
say "  turned away: charter add"
readers_work
say "  readers work"
expect_equal "$end" "$(book_end "$ledger")" "end of the book while it is held by another"
rm "$SCRATCH/held"
wait "$holder"

say "After the holder is gone the writer works."
expect_status 0 "$DAYBOOK" decide un-coaching/2023-pilot --ledger "$ledger"
check "the book grew" test "$(book_end "$ledger")" -gt "$end"

say "A holder that was killed leaves no lock behind, and its name misleads nobody."
printf 'pid 4243 (daybook import) of nobody@nowhere' >"$ledger/programme.lock"
expect_status 0 "$DAYBOOK" decide iom-executive-coaching/2024 --ledger "$ledger"
check "nobody is named in the lock file after a writer closed it" test ! -s "$ledger/programme.lock"

say "A real import holds the ledger: its pid is named, readers see whole rows."
# Long enough to be met: the season's activity several times over, each row but the first time unchanged.
{ header activity && for _ in 1 2 3 4 5 6; do sed 1d "$DEMO/activity.csv"; done | sort -s -t, -k1,1; } >"$SCRATCH/long.csv"
"$DAYBOOK" import activity "$SCRATCH/long.csv" --ledger "$ledger" >"$SCRATCH/import-out" 2>"$SCRATCH/import-err" &
import=$!
# The holder's name in the lock file says that the import has it.
while kill -0 $import 2>/dev/null && [ ! -s "$ledger/programme.lock" ]; do sleep 0.01; done
met=0 read=0
while kill -0 $import 2>/dev/null; do
  status=0
  "$DAYBOOK" "do" end-pairing ref=no-such-pairing reason=fit --ledger "$ledger" >"$OUT" 2>"$ERR" || status=$?
  if [ "$status" = 4 ] && grep -qF "pid $import " "$ERR"; then
    met=$((met + 1))
    grep -qF "import activity" "$ERR" || fail "the message does not say what the holder does: $(cat "$ERR")"
    expect_status 0 "$DAYBOOK" stats $cycle --ledger "$ledger" --json
    check "the figures read during the import are one JSON text" is_json "$OUT"
    expect_status 0 "$DAYBOOK" verify --ledger "$ledger"
    expect_status 0 "$DAYBOOK" list pairings $cycle --ledger "$ledger"
    read=$((read + 1))
  elif [ "$status" != 1 ]; then # after the import was done: refused by a rule
    fail "a second writer gave $status: $(cat "$ERR")"
  fi
done
status=0
wait $import || status=$?
expect_equal 0 "$status" "status of the import that was disturbed"
check "the import was met $met times, read $read times" test "$met" -gt 0
expect_season "$ledger"
expect_status 1 "$DAYBOOK" "do" end-pairing ref=no-such-pairing reason=fit --ledger "$ledger"
expect_status 0 "$DAYBOOK" verify --ledger "$ledger"

say "Ten writers at once: each is done, or turned away with 4; nothing is lost or done twice."
end=$(book_end "$ledger")
for i in 1 2 3 4 5 6 7 8 9 10; do
  (
    status=0
    person=$(sed -n "$((i + 1))p" "$DEMO/staff.csv" | cut -d, -f1)
    "$DAYBOOK" "do" place-hold person="$person" reason=x --ledger "$ledger" >"$SCRATCH/writer-$i" 2>&1 || status=$?
    echo $status >"$SCRATCH/status-$i"
  ) &
done
wait
recorded=$(cat "$SCRATCH"/status-* | grep -c '^0$' || true) turned_away=$(cat "$SCRATCH"/status-* | grep -c '^4$' || true)
expect_equal 10 $((recorded + turned_away)) "writers done ($recorded) or turned away ($turned_away): $(cat "$SCRATCH"/writer-*)"
expect_equal $((end + recorded)) "$(book_end "$ledger")" "end of the book after $recorded commands were recorded"
say "  $recorded were done, $turned_away turned away"

say "Readers come and go while writers open and close the book, for STRESS seconds (8)."
# A reader that opens the book at the moment at which a writer changes its files must neither fail nor cry damage.
busy=$SCRATCH/busy
expect_status 0 "$DAYBOOK" init --ledger "$busy"
touch "$SCRATCH/going"
for reader in 1 2 3 4; do
  (
    reads=0
    while [ -e "$SCRATCH/going" ]; do
      status=0
      "$DAYBOOK" charter list --ledger "$busy" >/dev/null 2>"$SCRATCH/reader-err-$reader" || status=$?
      reads=$((reads + 1))
      [ $status = 0 ] || echo "status $status: $(head -c 250 "$SCRATCH/reader-err-$reader" | tr '\n' ' ')" >>"$SCRATCH/reader-bad"
    done
    echo $reads >"$SCRATCH/reads-$reader"
  ) &
done
until_ms=$(($(now_ms) + ${STRESS:-8} * 1000)) first=2
while [ "$(now_ms)" -lt "$until_ms" ] && [ "$first" -lt 2000 ]; do
  { header staff && sed -n "$first,$((first + 9))p" "$DEMO/staff.csv"; } >"$SCRATCH/part.csv"
  expect_status 0 "$DAYBOOK" import staff "$SCRATCH/part.csv" --ledger "$busy"
  first=$((first + 10))
done
rm "$SCRATCH/going"
wait
reads=$(cat "$SCRATCH"/reads-* | awk '{ n += $1 } END { print n }')
bad=0
[ ! -e "$SCRATCH/reader-bad" ] || bad=$(wc -l <"$SCRATCH/reader-bad")
checks=$((checks + 1))
[ "$bad" = 0 ] || fail "$bad of $reads reads beside $(((first - 2) / 10)) short writes failed, such as: $(head -n 1 "$SCRATCH/reader-bad")"
say "  $reads reads beside $(((first - 2) / 10)) writes"
finish
