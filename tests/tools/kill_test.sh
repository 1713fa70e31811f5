#!/bin/bash
# kill -9 at random moments of the season's imports and decisions: what was recorded stays, what was not is recorded by
# the same command again, nothing is recorded twice. ROUNDS (12) and SEED can be set.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
rounds=${ROUNDS:-12} seed=${SEED:-$RANDOM}
RANDOM=$seed
say "seed $seed, $rounds rounds (SEED=$seed ROUNDS=$rounds gives the same moments, as far as the machine does)"

key=$SCRATCH/season.root-key
# A file name for a step: PROGRAMME/CYCLE holds a slash.
named() { echo "${1//\//-}"; }
# How many events there are of each kind, but for what an import says about itself (a killed one began once more) and what
# an open dropped.
kinds() {
  "$DAYBOOK" history --format csv --ledger "$1" --root-key "$key" | awk -F, '$4 !~ /^(Import|TailDropped)/ { print $4 }' | sort | uniq -c
}

say "The season once without a kill, timed, with a copy of the ledger from before each step."
ledger=$SCRATCH/season
expect_status 0 "$DAYBOOK" init --ledger "$ledger" --root-key "$key"
for step in $kSeason; do
  cp -a "$ledger" "$SCRATCH/before-$(named "$step")"
  began=$(now_ms)
  case $step in
    */*) expect_status 0 season_step "$step" "$ledger" ;;
    *) expect_status 0 season_step "$step" "$ledger" --report "$SCRATCH/whole-$step.csv" ;;
  esac
  eval "took_$(named "$step" | tr - _)=$(($(now_ms) - began))"
done
kinds "$ledger" >"$SCRATCH/kinds-wanted"
check "the season has events of many kinds" test "$(wc -l <"$SCRATCH/kinds-wanted")" -gt 10

# Starts a step and kills it after a random part of the time it took undisturbed. Says what became of it.
kill_within() {
  local step=$1 took wait_us status=0
  took=$(eval "echo \$took_$(named "$step" | tr - _)")
  wait_us=$(((RANDOM * 32768 + RANDOM) % (took * 1000 + 1000)))
  case $step in
    */*) "$DAYBOOK" decide "$step" --ledger "$ledger" --root-key "$key" >"$OUT" 2>"$ERR" & ;;
    *) "$DAYBOOK" import "$step" "$DEMO/$step.csv" --ledger "$ledger" --root-key "$key" >"$OUT" 2>"$ERR" & ;;
  esac
  local process=$!
  sleep "$(printf '%d.%06d' $((wait_us / 1000000)) $((wait_us % 1000000)))"
  kill -9 "$process" 2>/dev/null || true
  wait "$process" 2>/dev/null || status=$?
  case $status in
    137) killed=$((killed + 1)) state=killed ;;
    0) state="was done before" ;;
    *) fail "$step that was to be killed ended with $status: $(head -c 300 "$ERR")" ;;
  esac
  say "  round $round: $step, after $((wait_us / 1000)) of $took ms: $state; the book ends at $("$DAYBOOK" verify --json --ledger "$ledger" \
    --root-key "$key" 2>/dev/null | tr -d '\n' | sed -n 's/.*"programme book", "events": \([0-9]*\).*/\1/p')"
}

say "Rounds: kill within a step, up to three times in a row, then the step to its end, then the rest of the season."
killed=0
for round in $(seq "$rounds"); do
  # Every other round the activity, which is longest; else any step.
  # shellcheck disable=SC2086
  set -- $kSeason
  if [ $((round % 2)) = 1 ]; then step=activity; else
    shift $((RANDOM % ($# - 1)))
    step=$1
  fi
  ledger=$SCRATCH/round
  rm -rf "$ledger"
  cp -a "$SCRATCH/before-$(named "$step")" "$ledger"
  before=0
  for _ in $(seq $((1 + RANDOM % 3))); do
    kill_within "$step"
    expect_status 0 "$DAYBOOK" verify --json --ledger "$ledger" --root-key "$key"
    end=$(tr -d '\n' <"$OUT" | sed -n 's/.*"programme book", "events": \([0-9]*\).*/\1/p')
    [ "$end" -ge "$before" ] || fail "the book ended at $before, now at $end: recorded events are gone"
    before=$end
  done
  rest=0
  for each in $kSeason; do
    [ "$each" != "$step" ] || rest=1
    [ $rest = 1 ] || continue
    case $each in
      */*) expect_status 0 season_step "$each" "$ledger" --root-key "$key" ;;
      *)
        expect_status 0 season_step "$each" "$ledger" --root-key "$key" --report "$SCRATCH/rest.csv"
        # Row for row: recorded before the kill, or what the undisturbed import said.
        tr -d '\r' <"$SCRATCH/rest.csv" >"$SCRATCH/rest"
        tr -d '\r' <"$SCRATCH/whole-$each.csv" >"$SCRATCH/whole"
        paste -d '\n' "$SCRATCH/whole" "$SCRATCH/rest" | awk -F, '
          NR % 2 { line = $0; row = $1 "," $2; next }
          $0 != line && $0 != row ",unchanged,," { print "wanted " line ", found " $0; bad = 1; exit }
          END { exit bad }' >"$OUT" || fail "$each after the kill: $(cat "$OUT")"
        ;;
    esac
  done
  kinds "$ledger" >"$SCRATCH/kinds-found"
  expect_same "$SCRATCH/kinds-wanted" "$SCRATCH/kinds-found" "numbers of events by kind after round $round"
  expect_status 0 "$DAYBOOK" verify --ledger "$ledger" --root-key "$key"
done
check "at least a third of the rounds killed a process ($killed kills)" test $((killed * 3)) -ge "$rounds"

say "After the last round: all imports again say unchanged, decisions and figures are the expected ones, the books verify."
# The copies name their key by the ledger's own config, which init wrote.
end=$(book_end "$ledger")
for step in $kSeason; do
  case $step in
    */*) expect_status 0 season_step "$step" "$ledger" ;;
    *)
      expect_status 0 season_step "$step" "$ledger" --report "$SCRATCH/again.csv"
      expect_equal unchanged "$(outcomes "$SCRATCH/again.csv")" "outcomes of $step, imported again"
      ;;
  esac
done
expect_equal "$end" "$(book_end "$ledger")" "end of the book after everything again"
expect_season "$ledger"
expect_status 0 "$DAYBOOK" verify --ledger "$ledger"
expect_status 0 "$DAYBOOK" replay --check --ledger "$ledger"
finish
