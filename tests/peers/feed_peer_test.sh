#!/bin/bash
# Subscribers with npm's eventsource follow the feed while commands are recorded and daybookd is killed with kill -9 and started again, twice: each ends
# with every position once and in order. Debian's nodejs and npm; the package comes from the registry, in an exact version, into a scratch folder.
# usage: feed_peer_test.sh DAYBOOK ROOT DAYBOOKD [SUBSCRIBERS]
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/tools/lib.sh
. "$here/../tools/lib.sh"
# shellcheck source=tests/peers/peer.sh
. "$here/peer.sh"
daybookd=$(realpath "$3") subscribers=${4:-60}
begin "$1" "$2"
need node npm
mkdir "$SCRATCH/npm"
cp "$here"/feed_peer/{package.json,package-lock.json,main.mjs} "$SCRATCH/npm"
install_packages "$SCRATCH/npm"

say "A ledger with people in it."
expect_status 0 "$DAYBOOK" init --ledger "$SCRATCH/season"
expect_status 0 "$DAYBOOK" import staff "$DEMO/staff.csv" --ledger "$SCRATCH/season"
me="$(id -un)@$(uname -n)" # as init named the administrator
person=$(sed -n '2s/,.*//p' "$DEMO/staff.csv")

say "$subscribers subscribers, and two kills."
follow() { (cd "$SCRATCH/npm" && exec node main.mjs "$daybookd" "$SCRATCH/season" "$SCRATCH" "$me" "$person" "$subscribers"); }
check "each subscriber ends with every position once and in order" follow
expect_status 0 "$DAYBOOK" verify --ledger "$SCRATCH/season"
finish
