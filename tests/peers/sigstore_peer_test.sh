#!/bin/bash
# Sigstore's verifier takes our checkpoint and proofs of inclusion, and refuses forged ones. It knows no proofs of
# consistency. Debian's nodejs and npm; the packages come from the registry, in exact versions, into a scratch folder.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/tools/lib.sh
. "$here/../tools/lib.sh"
# shellcheck source=tests/peers/peer.sh
. "$here/peer.sh"
begin "$@"
need node npm
mkdir "$SCRATCH/npm"
cp "$here/sigstore_peer/package.json" "$here/sigstore_peer/package-lock.json" "$SCRATCH/npm"
install_packages "$SCRATCH/npm"

say "A season, and proofs of it."
season_with_proofs 330 0

say "The checker takes them all, and none that is forged."
export NODE_PATH=$SCRATCH/npm/node_modules
check "@sigstore/verify agrees" node "$here/sigstore_peer/main.js" "$SCRATCH/peer"

say "The checker knows damage when it sees it."
for file in tiles/checkpoint inclusion/256; do
  cp "$SCRATCH/peer/$file" "$SCRATCH/kept"
  awk 'NR == 3 { $0 = (substr($0, 1, 1) == "A" ? "B" : "A") substr($0, 2) } { print }' "$SCRATCH/kept" >"$SCRATCH/peer/$file"
  expect_status 1 node "$here/sigstore_peer/main.js" "$SCRATCH/peer"
  say "  refused: $file with a letter changed"
  cp "$SCRATCH/kept" "$SCRATCH/peer/$file"
done
finish
