#!/bin/bash
# What a forger may do to the files of a ledger who has the disk but not the watermark: cut the end off, roll back, go on
# otherwise, take the write-ahead log away, put another book in the place of this one. Every command refuses with status
# 3 and says what was found and wanted. Damage to single entries is in verify's own tests.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season
cycle=un-coaching/2023-pilot

# Every way to the ledger is barred, and nothing it does makes it pass.
expect_damage() { # WHAT TEXT...
  local what=$1 before command
  shift
  before=$(sha256sum <"$ledger/programme.checkpoint")
  while read -r -a command; do
    expect_status 3 "$DAYBOOK" "${command[@]}" --ledger "$ledger"
    expect_said found want "$@"
  done <<EOT
verify
checkpoint
prove inclusion 3
prove consistency 3
export tiles $SCRATCH/tiles
list decisions $cycle
history --limit 1
stats $cycle
decide $cycle
import staff $DEMO/staff.csv
EOT
  expect_equal "$before" "$(sha256sum <"$ledger/programme.checkpoint")" "watermark after $what"
  check "$what: no checkpoint was exported" test ! -e "$SCRATCH/tiles/checkpoint"
  say "  $what: refused"
}
expect_whole() { expect_status 0 "$DAYBOOK" verify --ledger "$ledger"; }
back_to() { rm -rf "$ledger" && cp -a "$SCRATCH/$1" "$ledger"; }

say "A ledger on two days, and a copy of each."
expect_status 0 "$DAYBOOK" init --ledger "$ledger"
expect_status 0 season_step staff "$ledger"
yesterday=$(book_end "$ledger")
cp -a "$ledger" "$SCRATCH/yesterday"
for step in participations coaches applications; do expect_status 0 season_step $step "$ledger"; done
noon=$(book_end "$ledger")
cp -a "$ledger" "$SCRATCH/noon"
expect_status 0 season_step $cycle "$ledger"
today=$(book_end "$ledger")
cp -a "$ledger" "$SCRATCH/today"
check "the ledger grew from day to day" test "$yesterday" -lt "$noon" -a "$noon" -lt "$today"

say "17, 18: the end is cut off, where a commit or a checkpoint ended: an older programme/ in the place of today's."
for older in yesterday noon; do
  back_to today
  rm -rf "$ledger/programme"
  cp -a "$SCRATCH/$older/programme" "$ledger/"
  expect_damage "programme/ of $older" "${!older}" "$today"
done

say "21: the whole folder is rolled back; only a watermark from outside tells."
back_to yesterday
expect_whole
expect_status 2 "$DAYBOOK" prove consistency "$today" --ledger "$ledger"
say "  nothing in the folder tells, but a proof from the newer checkpoint's size cannot be had"
cp "$SCRATCH/today/programme.checkpoint" "$ledger/"
expect_damage "the folder of yesterday under today's watermark" "$yesterday" "$today"

say "19, 22: rolled back and gone on with other events, fewer, and more than there were."
for step in coaches applications; do
  back_to yesterday
  [ $step = coaches ] || expect_status 0 season_step participations "$ledger"
  expect_status 0 season_step coaches "$ledger"
  [ $step = coaches ] || expect_status 0 season_step applications "$ledger"
  [ $step = coaches ] || expect_status 0 season_step $cycle "$ledger"
  expect_whole
  other=$(book_end "$ledger")
  cp "$SCRATCH/today/programme.checkpoint" "$ledger/"
  [ $step = coaches ] || expect_equal "$today" "$other" "the same commands give as many events"
  expect_damage "rolled back and gone on to $other" "$today"
done
back_to today
expect_status 0 season_step iom-coaching/2024 "$ledger"
rm -rf "$SCRATCH/longer"
cp -a "$ledger" "$SCRATCH/longer"
back_to yesterday
for step in $kSeason; do expect_status 0 season_step "$step" "$ledger"; done
cp "$SCRATCH/longer/programme.checkpoint" "$ledger/"
expect_damage "rolled back and gone on to more events than before" root

say "20: the write-ahead log is taken away after a kill -9."
head -n 1 "$DEMO/staff.csv" | tr -d '\r' >"$SCRATCH/many.csv"
tail -n +2 "$DEMO/staff.csv" | tr -d '\r' |
  awk -F, -v OFS=, 'NR <= 2000 { for (i = 0; i < 40; i++) { $1 = "X" NR "-" i; print } }' >>"$SCRATCH/many.csv"
signed() { sed -n 2p "$ledger/programme.checkpoint"; }
killed_in_import() { # the ledger of today, killed while it signs what it takes in; $mark is what was signed
  back_to today
  "$DAYBOOK" import staff "$SCRATCH/many.csv" --ledger "$ledger" >"$OUT" 2>"$ERR" &
  process=$!
  until [ "$(signed)" -gt "$today" ] || ! kill -0 $process 2>/dev/null; do sleep 0.02; done
  kill -9 $process 2>/dev/null || fail "the import was over before it was killed: $(cat "$ERR")"
  wait $process 2>/dev/null || true
  mark=$(signed)
}
in_tables() { # whether all that was signed had left the write-ahead log when it was killed: then nobody misses it
  rm "$ledger"/programme/*.log
  "$DAYBOOK" verify --ledger "$ledger" >/dev/null 2>&1 || return 1
  check "what was signed is there" test "$(book_end "$ledger")" -ge "$mark"
}
for ((try = 0; try < 5; ++try)); do
  killed_in_import
  rm -rf "$SCRATCH/killed"
  cp -a "$ledger" "$SCRATCH/killed"
  in_tables || break
done
check "a checkpoint was signed while it ran" test "$mark" -gt "$today"
back_to killed
expect_whole
check "what was signed is there" test "$(book_end "$ledger")" -ge "$mark"
back_to killed
check "there is a write-ahead log to take away" test -n "$(find "$ledger/programme" -name '*.log' -size +0)"
rm "$ledger"/programme/*.log
expect_damage "no write-ahead log" "$mark"
back_to killed
for log in "$ledger"/programme/*.log; do : >"$log"; done
expect_damage "an empty write-ahead log" "$mark"
back_to killed
expect_whole
say "  with it the ledger is whole"

say "15, 29: the book of another ledger, alone and with its watermark."
expect_status 0 "$DAYBOOK" init --ledger "$SCRATCH/other"
for step in $kSeason; do expect_status 0 season_step "$step" "$SCRATCH/other"; done
back_to today
rm -rf "$ledger/programme"
cp -a "$SCRATCH/other/programme" "$ledger/"
expect_damage "a foreign book"
cp "$SCRATCH/other/programme.checkpoint" "$ledger/"
for command in verify checkpoint "list decisions $cycle" "decide $cycle"; do
  # shellcheck disable=SC2086
  expect_status 3 "$DAYBOOK" $command --ledger "$ledger"
done
say "  a foreign book with its watermark: refused"

say "The watermark itself: damaged, empty, gone."
for way in damaged empty gone; do
  back_to today
  case $way in
    damaged) sed -i '2s/^./9/' "$ledger/programme.checkpoint" ;;
    empty) : >"$ledger/programme.checkpoint" ;;
    gone) rm "$ledger/programme.checkpoint" ;;
  esac
  for command in verify checkpoint "list decisions $cycle" "decide $cycle"; do
    # shellcheck disable=SC2086
    expect_status 3 "$DAYBOOK" $command --ledger "$ledger"
  done
  say "  $way: refused"
done

say "And the honest ledger still is."
back_to today
expect_whole
finish
