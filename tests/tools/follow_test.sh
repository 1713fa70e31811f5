#!/bin/bash
# `export tiles --follow` beside a writer: the folder comes after the ledger, never shows a checkpoint whose tiles are not
# there, ends at a signal with what it was at, and goes on where it stopped.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season tiles=$SCRATCH/tiles follower=

begin_following() {
  "$DAYBOOK" export tiles "$tiles" --follow --ledger "$ledger" >"$SCRATCH/followed" 2>"$SCRATCH/follow-errors" &
  follower=$!
}
end_following() { # SIGNAL
  local status=0
  kill -s "$1" "$follower"
  wait "$follower" || status=$?
  follower=
  expect_equal 0 "$status" "status after SIG$1 ($(head -c 300 "$SCRATCH/follow-errors"))"
}
# Whatever ends this, no export goes on.
stop_and_clean_up() {
  local status=$?
  [ -z "$follower" ] || kill "$follower" 2>/dev/null || true
  rm -rf "$SCRATCH"
  return "$status"
}
trap stop_and_clean_up EXIT

exported() { sed -n 2p "$tiles/checkpoint" 2>/dev/null || true; }
index_path() { printf '%03d' "$1"; } # the season has fewer than 1,000 bundles

# What a reader of the folder needs for the checkpoint that it has just read is there.
expect_readable() {
  local size level=0 hashes index width
  size=$(exported)
  [ -n "$size" ] || return 0
  for ((hashes = size; hashes > 0; level++, hashes /= 256)); do
    for ((index = 0; index * 256 < hashes; index++)); do
      width=$((hashes - index * 256))
      width=$([ $width -ge 256 ] || echo ".p/$width")
      [ -s "$tiles/tile/$level/$(index_path $index)$width" ] || fail "checkpoint of $size events without tile/$level/$index$width"
      [ $level -gt 0 ] || [ -s "$tiles/tile/entries/$(index_path $index)$width" ] || fail "checkpoint of $size events without entries/$index$width"
    done
  done
  checks=$((checks + 1))
}

# Looks at the folder again and again until it has the ledger's newest checkpoint; for a minute at most.
follow_up() {
  local deadline=$((SECONDS + 60)) wanted
  wanted=$(sed -n 2p "$ledger/programme.checkpoint")
  while [ "$(exported)" != "$wanted" ]; do
    [ $SECONDS -lt $deadline ] || fail "the folder is at $(exported), want $wanted: $(cat "$SCRATCH/follow-errors")"
    kill -0 "$follower" 2>/dev/null || fail "the export ended by itself: $(cat "$SCRATCH/follow-errors")"
    expect_readable
    sleep 0.02
  done
  expect_readable
}

say "It follows a writer."
expect_status 0 "$DAYBOOK" init --ledger "$ledger"
begin_following
follow_up
for step in $kSeason; do
  season_step "$step" "$ledger" >"$OUT" 2>"$ERR" &
  writer=$!
  while kill -0 $writer 2>/dev/null; do expect_readable; done
  wait $writer || fail "$step beside the export: $(head -c 300 "$ERR")"
  follow_up
done
check "it took several steps" test "$(wc -l <"$SCRATCH/followed")" -ge 5

say "A signal ends it, and nothing is half done."
end_following TERM
expect_readable
expect_status 0 "$DAYBOOK" export tiles "$SCRATCH/once" --ledger "$ledger"
(cd "$SCRATCH/once" && find . -type f) | while read -r file; do cmp "$SCRATCH/once/$file" "$tiles/$file" || exit 1; done ||
  fail "the folder differs from an export at once"
check "nothing is left over from a write" test -z "$(find "$tiles" -name '*.next')"

say "It goes on where it stopped, and another signal ends it too."
{ header staff && sed -n '2s/^[^,]*/X1/p' "$DEMO/staff.csv"; } >"$SCRATCH/new.csv"
expect_status 0 "$DAYBOOK" import staff "$SCRATCH/new.csv" --ledger "$ledger"
begin_following
follow_up
end_following INT

say "Damage ends it, with the status of damage."
begin_following
follow_up
sed -i '2s/^./9/' "$ledger/programme.checkpoint"
status=0
wait "$follower" || status=$?
follower=
expect_equal 3 "$status" "status after damage"
finish
