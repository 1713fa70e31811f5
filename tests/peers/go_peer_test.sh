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
finish
