#!/bin/bash
# backup, backup verify and restore, as an operator has them: beside a writer, killed in the middle, damaged, onto an older
# head. SEED can be set.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
RANDOM=${SEED:-70001}
ledger=$SCRATCH/season backup=$SCRATCH/backup keys=$SCRATCH/keys

verified_events() { "$DAYBOOK" backup verify "$1" --json | sed -n 's/.*"events": \([0-9]*\),.*/\1/p'; }
# What a fold of the first N events says: dump LEDGER N
dump() { "$DAYBOOK" replay --dump --to "$2" --ledger "$1"; }
# The places where a restore may look for the newest heads of a ledger that stands elsewhere.
watermarks() { echo "--watermark $1/programme.checkpoint --watermark $1/access.checkpoint"; }

say "A young ledger, at rest: backed up, verified, restored, it is the same."
expect_status 0 "$DAYBOOK" init --ledger "$ledger" --origin ledger.example/season
for step in staff participations coaches; do expect_status 0 season_step "$step" "$ledger"; done
expect_status 0 "$DAYBOOK" show I000001 --role administrator --purpose "a look" --ledger "$ledger"
expect_status 0 "$DAYBOOK" backup "$backup" --keys "$keys" --ledger "$ledger"
check "it says what it wrote" grep -q "run 1 of .* events and 1 looks" "$OUT"
expect_status 0 "$DAYBOOK" backup verify "$backup"
check "every root was derived" grep -q '^verified$' "$OUT"
vkey=$(sed -n "s/^programme_key = '\(.*\)'$/\1/p" "$ledger/daybook.toml")
expect_status 0 "$DAYBOOK" backup verify "$backup" --trust "$vkey"
expect_status 2 "$DAYBOOK" backup verify "$backup" --trust "ledger.example/season+00000000+AAAA"
expect_status 0 "$DAYBOOK" restore "$backup" "$SCRATCH/same" --keys "$keys"
check "the former ledger is named" grep -q "still stands in" "$OUT"
expect_status 0 "$DAYBOOK" verify --ledger "$SCRATCH/same"
end=$(book_end "$ledger")
expect_equal "$end" "$(book_end "$SCRATCH/same")" "events of the restored ledger"
dump "$ledger" "$end" >"$SCRATCH/wanted"
dump "$SCRATCH/same" "$end" >"$SCRATCH/found"
expect_same "$SCRATCH/wanted" "$SCRATCH/found" "views of the ledger and of the restored one"
expect_status 0 season_step staff "$SCRATCH/same"
check "the same sheet again is unchanged" grep -q "0 recorded, 0 refused, 2100 unchanged" "$OUT"
for name in programme access; do expect_same "$ledger/$name.checkpoint" "$SCRATCH/same/$name.checkpoint" "watermarks of the $name book"; done
check "files of a backup are for their owner only" test -z "$(find "$backup" "$keys" -type f -perm /077)"

say "Wrong use is told apart from damage."
expect_status 2 "$DAYBOOK" backup --ledger "$ledger"
expect_status 2 "$DAYBOOK" backup "$ledger/inside" --ledger "$ledger"
expect_status 2 "$DAYBOOK" backup "$backup" --keys "$backup/keys" --ledger "$ledger"
expect_status 2 "$DAYBOOK" restore "$backup" "$SCRATCH/same" --keys "$keys"
expect_said "want an empty folder"
expect_status 2 "$DAYBOOK" backup verify "$SCRATCH"

say "Under full load: while another process imports, run after run verifies, and restores to the views of that position."
for step in applications $kCycles; do expect_status 0 season_step "$step" "$ledger"; done
"$DAYBOOK" import activity "$DEMO/activity.csv" --ledger "$ledger" >"$SCRATCH/imported" 2>&1 &
writer=$!
runs=0
while kill -0 $writer 2>/dev/null; do
  expect_status 0 "$DAYBOOK" backup "$backup" --keys "$keys" --keep 3 --ledger "$ledger"
  expect_status 0 "$DAYBOOK" backup verify "$backup"
  runs=$((runs + 1))
  cp -r "$backup" "$SCRATCH/loaded-$runs"
done
wait $writer || fail "the import beside the backups: $(head -c 300 "$SCRATCH/imported")"
check "there was a run while the ledger grew" test "$runs" -ge 1
say "  $runs runs"
for ((run = 1; run <= runs; run++)); do
  end=$(verified_events "$SCRATCH/loaded-$run")
  if [ "$end" -lt "$(book_end "$ledger")" ]; then
    expect_status 2 "$DAYBOOK" restore "$SCRATCH/loaded-$run" "$SCRATCH/loaded" --keys "$keys"
    expect_said "--accept-loss"
  fi
  expect_status 0 "$DAYBOOK" restore "$SCRATCH/loaded-$run" "$SCRATCH/loaded" --keys "$keys" --accept-loss "a test of run $run"
  dump "$ledger" "$end" >"$SCRATCH/wanted"
  dump "$SCRATCH/loaded" "$end" >"$SCRATCH/found"
  expect_same "$SCRATCH/wanted" "$SCRATCH/found" "views at position $end"
  expect_status 0 "$DAYBOOK" verify --ledger "$SCRATCH/loaded"
  rm -rf "$SCRATCH/loaded" "$SCRATCH/loaded.log-key-2"
  [ $run -eq 1 ] || rm -rf "$SCRATCH/loaded-$run"
done

say "The season, restored from its last run, is the season; and the rest of an import goes on."
expect_status 0 "$DAYBOOK" backup "$backup" --keys "$keys" --keep 3 --ledger "$ledger"
expect_status 0 "$DAYBOOK" restore "$backup" "$SCRATCH/whole" --keys "$keys"
expect_season "$SCRATCH/whole"
expect_status 0 "$DAYBOOK" replay --check --ledger "$SCRATCH/whole"
expect_status 0 "$DAYBOOK" restore "$SCRATCH/loaded-1" "$SCRATCH/part" --keys "$keys" --accept-loss "a test"
expect_status 0 season_step activity "$SCRATCH/part"
expect_season "$SCRATCH/part"

say "Killed at any moment, a backup leaves the run before whole, and the next run goes on."
for round in 1 2 3 4 5 6; do
  { header staff && sed -n "2s/^[^,]*/K$round/p" "$DEMO/staff.csv"; } >"$SCRATCH/new.csv"
  expect_status 0 "$DAYBOOK" import staff "$SCRATCH/new.csv" --ledger "$ledger"
  "$DAYBOOK" backup "$backup" --keys "$keys" --keep 3 --ledger "$ledger" >"$SCRATCH/killed" 2>&1 &
  process=$!
  sleep "0.$((RANDOM % 20 + 5))"
  kill -9 $process 2>/dev/null || true
  wait $process 2>/dev/null || true
  expect_status 0 "$DAYBOOK" backup verify "$backup"
done
expect_status 0 "$DAYBOOK" backup "$backup" --keys "$keys" --keep 3 --ledger "$ledger"
expect_status 0 "$DAYBOOK" backup verify "$backup"
check "nothing is left over" refuse grep -q "left over" "$OUT"

say "A changed byte is named, in every file."
files=0
while read -r file; do
  size=$(stat -c %s "$backup/$file")
  [ "$size" -gt 0 ] || continue
  place=$(((RANDOM * 32768 + RANDOM) % size))
  byte=$(dd if="$backup/$file" bs=1 skip=$place count=1 2>/dev/null | od -An -tu1 | tr -d ' ')
  printf "\\$(printf '%03o' $((byte ^ 1)))" | dd of="$backup/$file" bs=1 seek=$place conv=notrunc 2>/dev/null
  expect_status 3 "$DAYBOOK" backup verify "$backup"
  expect_said "$file: "
  printf "\\$(printf '%03o' "$byte")" | dd of="$backup/$file" bs=1 seek=$place conv=notrunc 2>/dev/null
  files=$((files + 1))
done < <(cd "$backup" && find . -type f ! -name lock -printf '%P\n' | sort)
expect_status 0 "$DAYBOOK" backup verify "$backup"
say "  $files files"

say "An older head: refused, or under a new origin with the loss in the record."
{ header staff && sed -n "2s/^[^,]*/L1/p" "$DEMO/staff.csv"; } >"$SCRATCH/new.csv"
expect_status 0 "$DAYBOOK" import staff "$SCRATCH/new.csv" --ledger "$ledger"
mv "$ledger" "$SCRATCH/away"
expect_status 2 "$DAYBOOK" restore "$backup" "$ledger" --keys "$keys"
expect_said "--at-rest"
# shellcheck disable=SC2046
expect_status 2 "$DAYBOOK" restore "$backup" "$ledger" --keys "$keys" $(watermarks "$SCRATCH/away")
expect_said "the newest signed checkpoint has" "--accept-loss"
check "nothing was left where the ledger goes" test ! -e "$ledger" -a ! -e "$ledger.unfinished"
# shellcheck disable=SC2046
expect_status 0 "$DAYBOOK" restore "$backup" "$ledger" --keys "$keys" $(watermarks "$SCRATCH/away") --accept-loss "the disk of 3 May"
check "its new log key stands beside the old one" test -s "$ledger.log-key-2" -a -s "$ledger.log-key"
check "it says the new origin" grep -q "it goes on as ledger.example/season/2" "$OUT"
expect_status 0 "$DAYBOOK" history --kind LedgerRestored --json --ledger "$ledger"
check "the old origin is in the record" grep -q '"ledger.example/season"' "$OUT"
check "and the reason is not to be read without a look" refuse grep -q "the disk of 3 May" "$OUT"
expect_status 0 "$DAYBOOK" checkpoint --ledger "$ledger"
expect_equal "ledger.example/season/2" "$(head -n 1 "$OUT")" "origin of the new checkpoint"
expect_status 0 "$DAYBOOK" verify --ledger "$ledger"
expect_status 0 "$DAYBOOK" backup "$SCRATCH/backup-2" --keys "$SCRATCH/keys-2" --ledger "$ledger"
expect_status 0 "$DAYBOOK" backup verify "$SCRATCH/backup-2"
expect_status 2 "$DAYBOOK" backup "$backup" --ledger "$ledger"
expect_said "found the backup of ledger.example/season"

say "At rest, and vouched for, it goes on as it was."
rm -rf "$SCRATCH/away"
expect_status 0 "$DAYBOOK" restore "$SCRATCH/backup-2" "$SCRATCH/rest" --keys "$SCRATCH/keys-2" --at-rest
expect_status 0 "$DAYBOOK" verify --ledger "$SCRATCH/rest"
expect_status 0 "$DAYBOOK" checkpoint --ledger "$SCRATCH/rest"
expect_same "$OUT" "$ledger/programme.checkpoint" "checkpoints"
finish
