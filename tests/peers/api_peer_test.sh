#!/usr/bin/env bash
# The service against its own OpenAPI document: Redocly finds nothing wrong with it, Prism nothing with any answer, one member more in any answer, and
# in a frame of the feed, is noticed, every status that it lists is seen, and requests made at random from it are answered as it says. Debian's nodejs
# (from 20 on) and npm; the packages come from the registry, in exact versions, into a scratch folder.
# usage: api_peer_test.sh DAYBOOK ROOT DAYBOOKD [RUNS [SEED]]
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/tools/lib.sh
. "$here/../tools/lib.sh"
# shellcheck source=tests/peers/peer.sh
. "$here/peer.sh"
DAYBOOKD=$(realpath "$3")
runs=${4:-2000} seed=${5:-1}
begin "$1" "$2"
need node npm
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || { echo "skipped: node is $(node --version), want 20 or later"; exit 77; }
services=()
stop_services() {
  [ ${#services[@]} = 0 ] || { kill -TERM "${services[@]}" 2>/dev/null || true; wait "${services[@]}" || true; }
  services=()
  umount "$SCRATCH/small" 2>/dev/null || true
}
trap 'stop_services; clean_up' EXIT
start_service() { # NAME LEDGER: as NAME.toml says; its codes are in NAME.codes, its log in NAME.log, and its port is in `port`
  : >"$1.log"
  "$DAYBOOKD" --ledger "$2" --config "$1.toml" >"$1.codes" 2>"$1.log" &
  services+=($!)
  await_service "${services[-1]}" "$1.log" 1
  port=$(port_of "$1.log" 1)
}
cp -r "$here/api_peer" "$SCRATCH/npm"
install_packages "$SCRATCH/npm"
export NODE_PATH=$SCRATCH/npm/node_modules REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

say "A season behind the service."
cd "$SCRATCH"
expect_status 0 "$DAYBOOK" init --ledger season
for step in $kSeason; do expect_status 0 season_step "$step" season; done
me="$(id -un)@$(uname -n)" # as init named the administrator
read -r client coach < <(awk -F, '$3 == "request-pairing" && $5 == "iom-coaching" { print $7, $8; exit }' "$DEMO/activity.csv")
cat >wide.toml <<END
[public]
listen = "127.0.0.1:0"
[operations]
listen = ""
[limits]
requests_a_second = 0
user_requests_a_second = 0
user_requests_handled = 0
[demo]
people = ["$me", "$client", "$coach"]
END
start_service wide season

say "A service beside it with a full disk, and which lets few requests in."
mkdir small
room=1024 # MiB above the floor; where nothing can be mounted, on a disk that others fill and empty
! mount -t tmpfs -o size=400m tmpfs small 2>/dev/null || room=48
expect_status 0 "$DAYBOOK" init --ledger small/ledger
free=$(df --output=avail -BM small | tail -n 1 | tr -dc 0-9)
printf '\n[disk]\nfloor_mib = %s\nballast_mib = 1\n' $((free - room)) >>small/ledger/daybook.toml
cat >narrow.toml <<END
[public]
listen = "127.0.0.1:0"
[operations]
listen = ""
[limits]
requests_a_second = 1
requests_at_once = 20
[demo]
people = ["$me"]
END
wide=$port
start_service narrow small/ledger
narrow=$port
expect_status 0 fallocate -l $((room * 3 / 2))M small/fill

say "Its document."
check "it is served" node -e 'fetch(process.argv[1]).then(async (a) => { require("fs").writeFileSync("openapi.json", await a.text()); process.exit(a.ok ? 0 : 1); })' \
  "http://127.0.0.1:$wide/v1/openapi.json"
expect_status 0 "$NODE_PATH/.bin/redocly" lint openapi.json --config "$SCRATCH/npm/redocly.yaml" --format json
node -e '
  const { totals, problems } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
  for (const one of problems.slice(0, 20)) console.error(one.ruleId, one.message, one.location[0].pointer);
  process.exit(totals.errors + totals.warnings > 0 ? 1 : 0);' "$OUT" || fail "Redocly finds something wrong with the document"
say "  Redocly finds nothing wrong with it"

say "Prism before it."
node "$SCRATCH/npm/main.js" "$wide" wide.codes "$narrow" narrow.codes openapi.json "$me" "$client" "$coach" "$seed" "$runs" ||
  fail "the service does not keep to its document"
stop_services
expect_status 0 "$DAYBOOK" verify --ledger season
finish
