#!/usr/bin/env bash
# The service against its own OpenAPI document: Redocly finds nothing wrong with it, Prism nothing with any answer, one member more in any answer is
# noticed, and requests made at random from it are answered as it says. Debian's nodejs (from 20 on) and npm; the packages come from the registry, in
# exact versions, into a scratch folder.
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
service=
stop_service() {
  [ -z "$service" ] || { kill -TERM "$service" 2>/dev/null || true; wait "$service" || true; }
  service=
}
trap 'stop_service; clean_up' EXIT
cp -r "$here/api_peer" "$SCRATCH/npm"
install_packages "$SCRATCH/npm"
export NODE_PATH=$SCRATCH/npm/node_modules REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

say "A season behind the service."
cd "$SCRATCH"
expect_status 0 "$DAYBOOK" init --ledger season
for step in $kSeason; do expect_status 0 season_step "$step" season; done
me="$(id -un)@$(uname -n)" # as init named the administrator
read -r client coach < <(awk -F, '$3 == "request-pairing" && $5 == "iom-coaching" { print $7, $8; exit }' "$DEMO/activity.csv")
cat >daybookd.toml <<END
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
: >log
"$DAYBOOKD" --ledger season --config daybookd.toml >codes 2>log &
service=$!
for ((n = 0; n < 600; ++n)); do
  ! grep -q '"event":"listening"' log || break
  kill -0 "$service" 2>/dev/null || { cat log >&2; fail "daybookd ended"; exit 1; }
  sleep 0.05
done
port=$(sed -n 's/.*"event":"listening".*"port":\([0-9]*\).*/\1/p' log)

say "Its document."
check "it is served" node -e 'fetch(process.argv[1]).then(async (a) => { require("fs").writeFileSync("openapi.json", await a.text()); process.exit(a.ok ? 0 : 1); })' \
  "http://127.0.0.1:$port/v1/openapi.json"
expect_status 0 "$NODE_PATH/.bin/redocly" lint openapi.json --config "$SCRATCH/npm/redocly.yaml" --format json
node -e '
  const { totals, problems } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
  for (const one of problems.slice(0, 20)) console.error(one.ruleId, one.message, one.location[0].pointer);
  process.exit(totals.errors + totals.warnings > 0 ? 1 : 0);' "$OUT" || fail "Redocly finds something wrong with the document"
say "  Redocly finds nothing wrong with it"

say "Prism before it."
node "$SCRATCH/npm/main.js" "$port" openapi.json codes "$me" "$client" "$coach" "$seed" "$runs" || fail "the service does not keep to its document"
stop_service
expect_status 0 "$DAYBOOK" verify --ledger season
finish
