#!/bin/bash
# The Go team's sumdb/note and sumdb/tlog take our checkpoint and proofs, and refuse forged ones. Debian's golang-go and
# golang-golang-x-mod-dev; nothing is fetched.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/tools/lib.sh
. "$here/../tools/lib.sh"
# shellcheck source=tests/peers/peer.sh
. "$here/peer.sh"
begin "$@"
need go
export GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$SCRATCH/go-cache GOFLAGS= GOPROXY=off CGO_ENABLED=0
[ -d "$GOPATH/src/golang.org/x/mod/sumdb/tlog" ] || need golang.org/x/mod/sumdb/tlog

say "The checker is built."
check "it builds without the network" go build -o "$SCRATCH/checker" "$here/go_peer/main.go"

say "A season, and proofs of it."
season_with_proofs 330 220

say "The checker takes them all, and none that is forged."
check "sumdb/note and sumdb/tlog agree" "$SCRATCH/checker" "$SCRATCH/peer"

say "The checker knows damage when it sees it."
for file in tiles/checkpoint tiles/tile/0/000 tiles/tile/entries/001 inclusion/256 consistency/256; do
  cp "$SCRATCH/peer/$file" "$SCRATCH/kept"
  # A letter of the last hash or note line, or a byte within a tile.
  place=$(($(stat -c %s "$SCRATCH/kept") / 2))
  byte=$(dd if="$SCRATCH/kept" bs=1 skip=$place count=1 2>/dev/null | od -An -tu1 | tr -d ' ')
  printf "\\$(printf '%03o' $((byte == 65 ? 66 : 65)))" | dd of="$SCRATCH/peer/$file" bs=1 seek=$place conv=notrunc 2>/dev/null
  expect_status 1 "$SCRATCH/checker" "$SCRATCH/peer"
  say "  refused: $file with a byte changed"
  cp "$SCRATCH/kept" "$SCRATCH/peer/$file"
done
mv "$SCRATCH/peer/inclusion/255" "$SCRATCH/kept"
sed 's/^index 255$/index 254/' "$SCRATCH/kept" >"$SCRATCH/peer/inclusion/254"
expect_status 1 "$SCRATCH/checker" "$SCRATCH/peer"
say "  refused: the proof of another position"

say "Somebody who follows the log is never shown a second record by a restore."
check "the client is built" go build -o "$SCRATCH/client" "$here/go_client/main.go"
ledger=$SCRATCH/season
new_staff() { # NUMBER LEDGER
  { header staff && sed -n "2s/^[^,]*/$1/p" "$DEMO/staff.csv"; } >"$SCRATCH/new.csv"
  expect_status 0 "$DAYBOOK" import staff "$SCRATCH/new.csv" --ledger "$2"
}
note_of() { # LEDGER NAME
  "$DAYBOOK" checkpoint --ledger "$1" >"$SCRATCH/$2" || fail "no checkpoint of $1"
}
expect_status 0 "$DAYBOOK" backup "$SCRATCH/backup" --keys "$SCRATCH/keys" --ledger "$ledger"
cp -a "$ledger" "$SCRATCH/copy"
new_staff X1 "$ledger"
note_of "$ledger" trusted
expect_status 0 "$DAYBOOK" restore "$SCRATCH/backup" "$SCRATCH/restored" --keys "$SCRATCH/keys" --accept-loss "a test"
note_of "$SCRATCH/restored" restored-1
new_staff X2 "$SCRATCH/restored"
note_of "$SCRATCH/restored" restored-2
expect_status 0 "$SCRATCH/client" "$SCRATCH/peer/vkey" "$SCRATCH/trusted" "$SCRATCH/restored-1" "$SCRATCH/restored-2"
expect_equal "taken 0 refused 2" "$(cat "$OUT")" "what a client of the old origin takes"
sed -n "s/^programme_key = '\(.*\)'$/\1/p" "$SCRATCH/restored/daybook.toml" >"$SCRATCH/vkey-2"
expect_status 0 "$SCRATCH/client" "$SCRATCH/vkey-2" "$SCRATCH/restored-1" "$SCRATCH/restored-2"
expect_equal "taken 1 refused 0" "$(cat "$OUT")" "what a client of the new origin takes"
new_staff X3 "$SCRATCH/copy"
note_of "$SCRATCH/copy" forked
expect_status 1 "$SCRATCH/client" "$SCRATCH/peer/vkey" "$SCRATCH/trusted" "$SCRATCH/forked"
say "  the client knows a fork when it sees one"
finish
