#!/bin/bash
# A disk that is full, fails, or may not be written, and a process without file descriptors: each ends a command with 4
# and words for a person; nothing is lost, reading goes on, and the same command goes on when there is room.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
trap 'umount "$SCRATCH/small" 2>/dev/null || true; clean_up' EXIT
ledger=$SCRATCH/season
expect_status 0 "$DAYBOOK" init --ledger "$ledger"
expect_status 0 season_step staff "$ledger"

readers_work() {
  expect_status 0 "$DAYBOOK" verify --ledger "$1"
  expect_status 0 "$DAYBOOK" list applications iom-coaching/2024 --ledger "$1"
}

say "Below the floor: refused with what was found and what is wanted; the ballast is given up; reading goes on."
for book in programme access; do check "the $book book has its ballast" test "$(du -k "$ledger/$book.ballast" | cut -f1)" -ge 16384; done
expect_status 0 "$DAYBOOK" doctor --ledger "$ledger"
cp "$ledger/daybook.toml" "$SCRATCH/daybook.toml"
printf '\n[disk]\nfloor_mib = 1000000000\n' >>"$ledger/daybook.toml"
end=$(book_end "$ledger")
expect_status 4 season_step participations "$ledger"
expect_said "the disk is nearly full" "found" "MiB free at $ledger" "want 1000000000.0 MiB"
check "the ballast is given up" test ! -e "$ledger/programme.ballast"
readers_work "$ledger"
expect_equal "$end" "$(book_end "$ledger")" "end of the book below the floor"
expect_status 4 "$DAYBOOK" doctor --ledger "$ledger"
check "doctor names the floor" grep -q 'free disk space .*BAD .*the floor is 1000000000' "$OUT"
check "doctor names the ballast" grep -q 'programme ballast .*none .*given up' "$OUT"
expect_status 4 "$DAYBOOK" show I000001 --ledger "$ledger" --role administrator --purpose test # its look has no room
cp "$SCRATCH/daybook.toml" "$ledger/daybook.toml"
expect_status 0 season_step participations "$ledger"
check "the ballast is made again" test "$(du -k "$ledger/programme.ballast" | cut -f1)" -ge 16384
expect_status 0 "$DAYBOOK" doctor --ledger "$ledger"

say "A write that fails in the middle of an import (a limit on the size of files): outcome unknown, then settled."
end=$(book_end "$ledger")
limited() { (
  trap '' XFSZ
  ulimit -f "$1"
  season_step coaches "$ledger"
); }
expect_status 4 limited 40
expect_said "outcome is unknown" "File too large"
readers_work "$ledger"
check "nothing is lost by a write that failed" test "$(book_end "$ledger")" -ge "$end"
expect_status 0 season_step coaches "$ledger"
expect_status 0 season_step coaches "$ledger" --report "$SCRATCH/coaches.csv"
expect_equal unchanged "$(outcomes "$SCRATCH/coaches.csv")" "outcomes of the same import once more"
expect_status 0 "$DAYBOOK" history --ledger "$ledger"
check "what was dropped of the failed write is in the record" grep -q 'bytes of an unfinished write; they were dropped' "$OUT"

say "Too few file descriptors."
few() { (
  ulimit -n "$1"
  season_step applications "$ledger"
); }
end=$(book_end "$ledger")
for count in 5 8 12 14 16 24 64 319; do
  expect_status 4 few $count
  expect_said "found a limit of $count open files, want 320"
done
readers_work "$ledger"
expect_equal "$end" "$(book_end "$ledger")" "end of the book after too few descriptors"
expect_status 0 few 320

say "A folder that may not be written."
plain=() # whom permissions bind
if [ "$(id -u)" = 0 ]; then
  plain=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  chmod 755 "$SCRATCH"
  chown -R 65534:65534 "$ledger" "$ledger".*-key "$ledger".key-ring
fi
end=$(book_end "$ledger")
[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$ledger"
for folder in "$ledger/programme" "$ledger"; do
  chmod a-w "$folder"
  [ "$folder" != "$ledger" ] || chmod a-w "$ledger/programme.lock"
  expect_status 4 "${plain[@]}" "$DAYBOOK" decide un-coaching/2023-pilot --as "$(id -un)@$(uname -n)" --ledger "$ledger"
  expect_said "ermission denied"
  chmod u+w "$folder" "$ledger/programme.lock"
done
expect_status 0 "${plain[@]}" "$DAYBOOK" verify --ledger "$ledger"
expect_equal "$end" "$(book_end "$ledger")" "end of the book whose folder could not be written"
[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$ledger"
expect_status 0 "${plain[@]}" "$DAYBOOK" decide un-coaching/2023-pilot --as "$(id -un)@$(uname -n)" --ledger "$ledger"

say "A small disk that an import fills: stopped at the floor, and done when the disk is larger."
if ! { mkdir "$SCRATCH/small" && mount -t tmpfs -o size=64m tmpfs "$SCRATCH/small"; } 2>/dev/null; then
  say "  left out: no file system can be mounted here"
  finish
  exit 0
fi
ledger=$SCRATCH/small/season key=$SCRATCH/small.root-key
expect_status 4 "$DAYBOOK" init --ledger "$ledger" --root-key "$key"
expect_said "the disk is nearly full" "want 272.0 MiB"
check "no key and no ledger was made" test ! -e "$key" -a ! -e "$ledger/daybook.toml"
expect_status 0 mount -o remount,size=1g "$SCRATCH/small"
expect_status 0 "$DAYBOOK" init --ledger "$ledger" --root-key "$key"
for step in staff participations coaches applications; do expect_status 0 season_step "$step" "$ledger"; done
used=$(df -k --output=used "$SCRATCH/small" | tail -n 1)
# So much room that the activity begins, and meets the floor on its way.
fallocate -l $((1048576 - used - 262144 - 1024))K "$SCRATCH/small/filler"
status=0
season_step activity "$ledger" >"$OUT" 2>"$ERR" || status=$?
expect_equal 4 "$status" "status of an import that meets the floor: $(head -c 300 "$ERR")"
expect_said "the disk is nearly full"
readers_work "$ledger"
rm "$SCRATCH/small/filler"
for step in un-coaching/2023-pilot iom-coaching/2024 iom-executive-coaching/2024; do expect_status 0 season_step "$step" "$ledger"; done
expect_status 0 season_step activity "$ledger"
readers_work "$ledger"

say "Without a floor the disk fills, and RocksDB may end the process: nothing is lost even then."
ledger=$SCRATCH/small/third
expect_status 0 "$DAYBOOK" init --ledger "$ledger" --root-key "$SCRATCH/third.root-key"
expect_status 0 season_step staff "$ledger"
printf '\n[disk]\nfloor_mib = 0\nballast_mib = 0\n' >>"$ledger/daybook.toml"
end=$(book_end "$ledger")
for left in 200 400 800 1600; do
  used=$(df -k --output=used "$SCRATCH/small" | tail -n 1)
  fallocate -l $((1048576 - used - left))K "$SCRATCH/small/filler"
  status=0
  season_step applications "$ledger" >"$OUT" 2>"$ERR" || status=$?
  # What an import needs depends on how its rows fell into groups: more room may do for what the runs before left over.
  [ "$left" != 200 ] && [ "$status" = 0 ] ||
    check "with $left KiB: $status, the disk failed or RocksDB stopped" test "$status" = 4 -o "$status" = 134
  rm "$SCRATCH/small/filler"
  readers_work "$ledger"
  check "the book does not end before $end" test "$(book_end "$ledger")" -ge "$end"
  end=$(book_end "$ledger")
done
expect_status 0 season_step applications "$ledger"
readers_work "$ledger"
finish
