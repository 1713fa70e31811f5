#!/usr/bin/env bash
# daybookd on a disk that is filled up: nothing confidential is told, commands and imports are refused with words, the rest goes on, /readyz says so; with
# room again all of it is as before, and nothing that was acknowledged is lost.
# usage: full_disk_test.sh DAYBOOK ROOT DAYBOOKD; status 77 where no file system can be mounted
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$2/tests/tools/lib.sh"
DAYBOOKD=$(realpath "$3")
lib=$(realpath "$2")/tests/server/lib.sh
begin "$1" "$2"
cd "$SCRATCH"
# shellcheck source=tests/server/lib.sh
. "$lib"
trap 'stop_service; umount "$SCRATCH/small" 2>/dev/null || true; clean_up' EXIT
mkdir small
mount -t tmpfs -o size=400m tmpfs small 2>/dev/null || { echo "left out: no file system can be mounted here"; exit 77; }
expect_status 0 "$DAYBOOK" init --ledger small/season --root-key root-key
ln -s small/season season
printf '\n[disk]\nfloor_mib = 64\nballast_mib = 16\n' >>season/daybook.toml
expect_status 0 "$DAYBOOK" import staff "$DEMO/staff.csv" --ledger season
number=$(sed -n '2s/,.*//p' "$DEMO/staff.csv")
name=$(sed -n '2s/^[^,]*,\([^ ]*\).*/\1/p' "$DEMO/staff.csv")
serve_signed_in

fill() { # MIB: but for so many
  rm -f small/filler
  head -c $(($(df --output=avail -B1 small | tail -n 1) - ($1 << 20))) /dev/zero >small/filler 2>/dev/null || true
}
await() { # SENTENCE CMD...: until the command gives 0; what /readyz says is a second old at most
  local n sentence=$1
  shift
  for ((n = 0; n < 100; ++n)); do ! "$@" || break; sleep 0.05; done
  check "$sentence" "$@"
}
ready() { # STATUS WORDS...: what /readyz says, and with which status
  local words status=$1
  shift
  ask "$OPERATIONS" GET /readyz
  [ "$(code)" = "$status" ] || return
  for words in "$@"; do grep -qF "$words" body || return; done
}
signed() { ask "$PORT" GET /v1/checkpoint && [ "$(sed -n 2p body)" -ge "$1" ]; } # END
await_signed() { # what was recorded last: until then there is something to be written
  await "all is under a checkpoint" signed "$(sed 's/.*"end":\([0-9]*\).*/\1/' body)"
}
hold() { # PERSON: places a hold, each with a key of its own
  BODY="{\"person\": \"$1\", \"reason\": \"a test\"}" ask "$PORT" POST /v1/commands/place-hold "${as[@]}" "idempotency-key: \"hold $1\""
}
import() { # KEY: one more person, and an import that waited is over
  local n job
  { sed -n 1p "$DEMO/staff.csv" && sed -n '2s/^[^,]*/X900001/p' "$DEMO/staff.csv"; } >one.csv
  SHEET=one.csv ask "$PORT" POST /v1/imports/staff "${as[@]}" "idempotency-key: \"$1\""
  expect_equal 202 "$(code)" "status of an import that is begun"
  job=$(field location)
  for ((n = 0; n < 100; ++n)); do
    ask "$PORT" GET "$job" "${as[@]}"
    ! grep -q '"ended_at":"' body || return 0
    sleep 0.05
  done
}
confidential=("POST /v1/find {\"words\":[\"$number\"]}" "POST /v1/show {\"id\":\"$number\"}" "POST /v1/explain {\"id\":\"$number\"}" "GET /v1/history" "GET /v1/history?limit=5&sort=-position"
  "GET /v1/export/history" "GET /v1/access-log" "GET /v1/roles")
ask_about() { # "METHOD PATH [BODY]"
  local method path BODY
  read -r method path BODY <<<"$1"
  ask "$PORT" "$method" "$path" "${as[@]}"
}
told() { # what is confidential is told, as it should be
  local question
  for question in "${confidential[@]:0:6}"; do
    ask_about "$question"
    expect_equal 200 "$(code)" "status of $question"
  done
  check "the record tells of the person" grep -q "$number" <(ask_about "${confidential[0]}"; cat body)
}
withheld() {
  local question
  for question in "${confidential[@]}"; do
    ask_about "$question"
    expect_equal 503 "$(code)" "status of $question"
    check "it is a problem of the access book" grep -q '"type":"/problems/access-book","title":"The look could not be written down"' body
    check "and says when to come again" test -n "$(field retry-after)"
    check "nobody is in it" refuse grep -qF -e "$number" -e "$name" whole
  done
}
goes_on() {
  local path size
  ask "$PORT" GET /v1/checkpoint
  size=$(sed -n 2p body)
  for path in /healthz /v1/programmes /v1/checkpoint /v1/tile/0/000 "/v1/proof/inclusion/$size/7" /v1/openapi.json /v1/session /problems/full; do
    ask "$PORT" GET "$path" "${as[@]}"
    expect_equal 200 "$(code)" "status of $path"
  done
}

say "With room."
check "it is ready" ready 200
told
hold "$number"
expect_equal 200 "$(code)" "status of a command"
cp body held
await_signed

say "Full: not a byte is left."
fill 0
await "/readyz says that there is no room, and that looks cannot be written" ready 503 '"disk":"wrong"' '"access-book":"wrong"'
withheld
goes_on
hold I000002
expect_equal 507 "$(code)" "status of a command"
check "with words" grep -q '"type":"/problems/full","title":"The disk has no room"' body
ask "$PORT" GET /problems/full
check "that say what to do" grep -q 'must make room; then the same request works' body
import full
check "an import ends, and says why" grep -q '"state":"failed".*"rows_done":0.*"type":"/problems/full"' body
check "the log says what was found and what is wanted" grep -q '"event":"unwell","check":"access-book","found":"the disk is nearly full: found .* want ' log
check "and nobody is in it" refuse grep -qF -e "$number" -e "$name" log

say "Room, but not for the ballast as well."
fill 70
await "it is not ready" ready 503 '"disk":"wrong"' '"access-book":"wrong"'
withheld
hold I000002
expect_equal 507 "$(code)" "status of a command"

say "Room again: the same process goes on."
rm small/filler
await "it is ready" ready 200 '"disk":"good"' '"access-book":"good"'
told
hold I000002
expect_equal 200 "$(code)" "status of the command that was refused"
check "it is recorded now" grep -q '"outcome":"recorded"' body
hold "$number"
check "what was acknowledged before is there" grep -q "\"outcome\":\"unchanged\",\"first\":$(sed 's/.*"first":\([0-9]*\).*/\1/' held)," body
import again
check "so is the import" grep -q '"state":"done".*"recorded":1' body

say "Stopped and started on a full disk."
await_signed
fill 0
await "it is not ready" ready 503 '"disk":"wrong"' '"access-book":"wrong"'
withheld
stop_service
check "it ends: $status" test "$status" = 0 -o "$status" = 4
fill 1 # what a log had taken ahead is free again
expect_status 4 timeout 60 "$DAYBOOKD" --config signed-in.toml --ledger season
expect_said "the disk is nearly full" "make room and try again"
rm small/filler
serve_signed_in
told
hold "$number"
check "what was acknowledged is there" grep -q '"outcome":"unchanged"' body

say "Filled in the moment in which something is written: RocksDB may end the process; nothing is lost even then."
hold I000003
expect_equal 200 "$(code)" "status of a command"
fill 0
for question in "${confidential[@]}"; do ask_about "$question" 2>/dev/null || break; done
stop_service
check "it goes on or has ended: $status" test "$status" = 0 -o "$status" = 4 -o "$status" = 134
rm small/filler
serve_signed_in
hold I000003
check "what was acknowledged is there" grep -q '"outcome":"unchanged"' body
told
stop_service
expect_equal 0 "$status" "status after SIGTERM"
expect_status 0 "$DAYBOOK" verify --ledger season
finish
