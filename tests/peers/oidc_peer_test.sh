#!/bin/bash
# daybookd with a real OpenID provider, npm's oidc-provider, on loopback over TLS: a browser signs in and out, systems and the command line have
# tokens, forged ones are refused and make nobody ask anything, keys change. Debian's nodejs (20 or newer) and npm; the packages come from the
# registry, in exact versions, into a scratch folder.
# usage: oidc_peer_test.sh DAYBOOK ROOT DAYBOOKD
set -euo pipefail
here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/tools/lib.sh
. "$here/../tools/lib.sh"
# shellcheck source=tests/peers/peer.sh
. "$here/peer.sh"
DAYBOOKD=$(realpath "$3")
begin "$1" "$2"
need node npm openssl
if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)'; then
  echo "skipped: node is older than 20"
  exit 77
fi
peer=$SCRATCH/npm
mkdir "$peer"
cp "$here"/oidc_peer/* "$peer"
# package-lock.json has the versions and their SHA-512, no addresses: where from is the machine's own business. A registry that
# does not answer costs a minute at most.
npm=(timeout -k 5 60 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=1 --fetch-timeout=20000)
if ! (cd "$peer" && HOME=${HOME:-$SCRATCH} "${npm[@]}") >"$OUT" 2>"$ERR" </dev/null; then
  ! grep -q EINTEGRITY "$ERR" || fail "the packages are not the ones that were pinned: $(head -c 500 "$ERR")"
  echo "skipped: the packages cannot be had: $(grep -m 1 -i '^npm err' "$ERR" || tail -n 1 "$ERR")"
  exit 77
fi

say "A ledger, a certificate for this machine, a client's secret."
expect_status 0 "$DAYBOOK" init --ledger "$SCRATCH/season"
expect_status 0 "$DAYBOOK" import staff "$DEMO/staff.csv" --ledger "$SCRATCH/season"
folder=$SCRATCH/oidc
mkdir "$folder"
expect_status 0 openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$folder/key.pem" -out "$folder/cert.pem" -days 1 \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1
expect_status 0 openssl rand -hex -out "$folder/secret" 32
chmod 600 "$folder/key.pem" "$folder/secret"

say "The provider, the service, a browser."
me="$(id -un)@$(uname -n)" # as init named the administrator
number=$(sed -n '2s/,.*//p' "$DEMO/staff.csv")
check "oidc-provider agrees" env NODE_EXTRA_CA_CERTS="$folder/cert.pem" NODE_NO_WARNINGS=1 \
  node "$peer/main.mjs" "$folder" "$DAYBOOKD" "$SCRATCH/season" "$me" "$number"
finish
