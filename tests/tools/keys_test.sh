#!/bin/bash
# The root key and the wrapping key are changed by a verb: no event changes, values stay readable, who may do it is asked, and a kill
# at any moment costs nothing. SEED can be set.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
RANDOM=${SEED:-70011}
ledger=$SCRATCH/season
export DAYBOOK_LEDGER=$ledger
who=(--role administrator --purpose "a test")
name=$(sed -n 2p "$DEMO/staff.csv" | cut -d, -f2)

# All is in order, and a value can be read: sound WHAT
sound() {
  expect_status 0 "$DAYBOOK" verify
  expect_status 0 "$DAYBOOK" show I000001 "${who[@]}"
  grep -qF "$name" "$OUT" || fail "$1: a value cannot be read"
  checks=$((checks + 1))
}

expect_status 0 "$DAYBOOK" init
for step in staff coaches; do expect_status 0 season_step "$step" "$ledger"; done
expect_status 0 "$DAYBOOK" backup "$SCRATCH/backup" --keys "$SCRATCH/keys"
end=$(book_end "$ledger")
"$DAYBOOK" replay --dump --to "$end" >"$SCRATCH/before"
cp "$ledger.root-key" "$SCRATCH/former-root"

say "New keys: the former open nothing any more, and nothing else has changed."
expect_status 0 "$DAYBOOK" rotate-keys
check "copies of the keys stand as they are" refuse grep -q "copies of the keys" "$OUT"
check "it says which version is in force" grep -q "wrapping key 2 in force for [0-9]* owners, 1 destroyed" "$OUT"
expect_same "$SCRATCH/former-root" "$ledger.root-key" "root keys before and after a change of the wrapping key"
expect_status 0 "$DAYBOOK" rotate-keys --root --as "$(id -un)@$(uname -n)" --role administrator
check "version 3 follows" grep -q "wrapping key 3 in force" "$OUT"
check "it says that the keys are to be backed up anew" grep -q "copies of the keys from before .* make a new one now" "$OUT"
check "the root key is another" refuse cmp -s "$SCRATCH/former-root" "$ledger.root-key"
check "for its owner only" test "$(stat -c %a "$ledger.root-key" "$ledger.key-ring" | tr '\n' ' ')" = "600 600 "
expect_status 2 "$DAYBOOK" verify --root-key "$SCRATCH/former-root"
expect_said "the key of another ledger"
sound "after new keys"
"$DAYBOOK" replay --dump --to "$end" >"$SCRATCH/after"
expect_same "$SCRATCH/before" "$SCRATCH/after" "what the events of before say"
expect_equal "$((end + 2))" "$(book_end "$ledger")" "events, two of them of the changes"
expect_status 0 season_step staff "$ledger"
check "rows of imports are known as before" grep -q "0 recorded, 0 refused, 2100 unchanged" "$OUT"

say "The books' backup from before goes with the keys' backup from after."
expect_status 0 "$DAYBOOK" backup "$SCRATCH/backup" --keys "$SCRATCH/keys"
expect_status 0 "$DAYBOOK" restore "$SCRATCH/backup" "$SCRATCH/again" --run 1 --keys "$SCRATCH/keys" --accept-loss "a test"
expect_status 0 "$DAYBOOK" show I000001 --ledger "$SCRATCH/again" "${who[@]}"
check "its values can be read" grep -qF "$name" "$OUT"

say "It takes a right."
expect_status 1 "$DAYBOOK" rotate-keys --as I000001
expect_said "not-allowed"
expect_status 1 "$DAYBOOK" rotate-keys --role auditor
expect_status 1 "$DAYBOOK" backup "$SCRATCH/backup" --as I000001
expect_said "not-allowed"

say "Readers beside it are answered, and what they back up of the keys opens."
while [ ! -e "$SCRATCH/asked" ]; do "$DAYBOOK" rotate-keys --root >/dev/null 2>>"$SCRATCH/rotated" || echo "failed" >>"$SCRATCH/rotated"; sleep 0.2; done &
rotating=$!
for _ in 1 2 3 4 5 6; do
  expect_status 0 "$DAYBOOK" show I000001 "${who[@]}"
  expect_status 0 "$DAYBOOK" backup "$SCRATCH/backup-beside" --keys "$SCRATCH/keys-beside"
done
touch "$SCRATCH/asked"
wait $rotating
check "all changes were made" test ! -s "$SCRATCH/rotated"

say "Killed at any moment, the ledger opens, and the next change goes on."
for round in $(seq 12); do
  "$DAYBOOK" rotate-keys --root >/dev/null 2>&1 &
  process=$!
  sleep "0.$(printf %03d $((RANDOM % 160)))"
  kill -9 $process 2>/dev/null || true
  wait $process 2>/dev/null || true
  sound "after kill $round"
done
expect_status 0 "$DAYBOOK" rotate-keys --root
expect_equal 1 "$(wc -l <"$ledger.root-key")" "root keys in the file"
expect_equal 2 "$(tail -n +2 "$ledger.key-ring" | wc -l)" "keys in the ring: the base key, and one that wraps"
sound "in the end"
finish
