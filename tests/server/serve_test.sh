#!/usr/bin/env bash
# daybookd on a ledger that daybook made: what it serves is what `export tiles` writes; it drains, reloads certificates, refuses a configuration that is wrong.
# usage: serve_test.sh DAYBOOK ROOT DAYBOOKD
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$2/tests/tools/lib.sh"
DAYBOOKD=$(realpath "$3")
lib=$(realpath "$2")/tests/server/lib.sh
begin "$1" "$2"
cd "$SCRATCH"
# shellcheck source=tests/server/lib.sh
. "$lib"

cat >daybookd.toml <<'END'
[public]
listen = "127.0.0.1:0"
[operations]
listen = "127.0.0.1:0"
END

expect_status 0 "$DAYBOOK" init --ledger season
expect_status 0 "$DAYBOOK" import staff "$DEMO/staff.csv" --ledger season
expect_status 0 "$DAYBOOK" tick --ledger season # or the service would do it, and its checkpoint be another
expect_status 0 "$DAYBOOK" export tiles tiles --ledger season

say "what is served"
start_service --config daybookd.toml
check "it may not write a core" grep -q '^Max core file size *0 *0 ' "/proc/$service/limits"
check "its files are its own" grep -q '^Umask:.*0077' "/proc/$service/status"
ask "$PORT" GET /v1/checkpoint
expect_equal 200 "$(code)" "status of the checkpoint"
expect_same tiles/checkpoint body "the served checkpoint and the exported one"
tag=$(field etag)
ask "$PORT" GET /v1/checkpoint "if-none-match: $tag"
expect_equal 304 "$(code)" "status of a checkpoint that the client has"
(cd tiles && find tile -type f ! -path 'tile/entries/*') >names
check "there are tiles" test -s names
while read -r name; do
  ask "$PORT" GET "/v1/$name"
  expect_same "tiles/$name" body "$name as served and as exported"
  expect_equal "public, max-age=31536000, immutable" "$(field cache-control)" "caching of $name"
done <names
ask "$PORT" GET /v1/tile/entries/000
expect_equal 401 "$(code)" "status of entries, which want a right"
size=$(sed -n 2p tiles/checkpoint)
ask "$PORT" GET "/v1/proof/inclusion/$size/7"
expect_status 0 "$DAYBOOK" prove inclusion 7 --ledger season
expect_same "$OUT" body "the served proof and that of the command line"
ask "$PORT" GET /healthz
expect_equal 200 "$(code)" "health"
ask "$PORT" GET /readyz
expect_equal 200 "$(code)" "readiness"
ask "$PORT" GET /metrics
expect_equal 404 "$(code)" "figures for everybody"
ask "$OPERATIONS" GET /metrics
check "operators get figures" grep -q '^daybook_request_seconds_count' body
for figure in group_events write_seconds; do check "they get $figure" grep -q "^daybook_${figure}_count{book=\"access\"}" body; done
for figure in looks_total view_lag_events commands_waiting; do check "they get $figure" grep -q "^daybook_$figure" body; done
ask "$PORT" GET "/v1/canary?canary=1" "user-agent: canary"
expect_equal 404 "$(code)" "status of a path that is not there"
ask "$PORT" GET "/problems/$(sed -n 's/.*"type":"\/problems\/\([a-z-]*\)".*/\1/p' body)"
expect_equal 200 "$(code)" "the page that a problem names"

say "how it ends"
expect_status 4 "$DAYBOOK" import staff "$DEMO/staff.csv" --ledger season
expect_said daybookd
expect_status 0 "$DAYBOOK" backup "$SCRATCH/copy" --ledger season
expect_status 0 "$DAYBOOK" backup verify "$SCRATCH/copy"
for beside in doctor verify "replay --check"; do
  # shellcheck disable=SC2086
  expect_status 0 "$DAYBOOK" $beside --ledger season
done
stop_service
expect_equal 0 "$status" "status after SIGTERM"
check "it said that all was answered" grep -q '"event":"drained","all":true' log
check "no line of the log has what was asked" refuse grep -q canary log
while read -r line; do
  printf '%s' "$line" >line
  check "a line of the log is JSON" is_json line
done <log >/dev/null
expect_status 0 "$DAYBOOK" verify --ledger season

say "SIGTERM while requests run"
client() { # N: asks until nothing comes any more; what does come is whole
  mkdir "client.$1" && cd "client.$1"
  while ask "$PORT" GET /v1/checkpoint 2>/dev/null && [ -s whole ]; do
    cmp -s body ../tiles/checkpoint || cp whole ../broken
    touch ../answered
  done
}
start_service --config daybookd.toml
clients=()
for ((n = 0; n < 8; ++n)); do
  client "$n" &
  clients+=($!)
done
for ((n = 0; n < 100; ++n)); do [ ! -e answered ] || break; sleep 0.05; done
sleep 0.2
stop_service
wait "${clients[@]}" || true
expect_equal 0 "$status" "status after SIGTERM"
check "requests were answered before" test -e answered
check "no answer was broken off" test ! -e broken
check "all was answered that was asked" grep -q '"event":"drained","all":true' log

say "who is signed in"
{ cat daybookd.toml && printf '[demo]\npeople = ["%s"]\n' "$me"; } >demo.toml
start_service --config demo.toml
secret=$(sed -n 's/.*minutes: //p' codes)
ours=("origin: http://localhost" "daybook-console: 1")
BODY="{\"code\": \"$secret\"}" ask "$PORT" POST /v1/sign-in/demo "${ours[@]}"
expect_equal 204 "$(code)" "status of a sign-in with the printed code"
cookie=$(field set-cookie)
as=("cookie: ${cookie%%;*}" "daybook-role: administrator" "daybook-purpose: a test")
BODY="{\"code\": \"$secret\"}" ask "$PORT" POST /v1/sign-in/demo "${ours[@]}"
expect_equal 401 "$(code)" "status of the same code again"
number=$(sed -n '2s/,.*//p' "$DEMO/staff.csv")
BODY="{\"words\": [\"$number\"]}" ask "$PORT" POST /v1/find "${as[@]}" "${ours[@]}"
expect_equal 200 "$(code)" "status of a search"
check "the answer has the person, and names its look" grep -q "\"looks\":\[[0-9]*\].*\"staff_number\":\"$number\"" body
ask "$PORT" GET /v1/programmes/iom-coaching/cycles/2024/seats
expect_equal 401 "$(code)" "status of a list that nobody asks for"
follow() { # until the service ends it
  exec 4<>"/dev/tcp/127.0.0.1/$PORT"
  { printf 'GET /v1/feed?from=0 HTTP/1.1\r\nhost: localhost\r\n'; printf '%s\r\n' "${as[@]}" ''; } >&4
  exec cat <&4 >followed
}
: >followed
follow &
follower=$!
await_fed() { # WORDS: until the feed has them
  local n
  for ((n = 0; n < 100; ++n)); do ! grep -q "$1" followed || return 0; sleep 0.05; done
  return 1
}
check "the feed tells what is recorded" await_fed '"kind":"StaffRecorded"'
BODY="{\"person\": \"$number\", \"reason\": \"a test\"}" ask "$PORT" POST /v1/commands/place-hold "${as[@]}" "${ours[@]}" 'idempotency-key: "1"'
expect_equal 200 "$(code)" "status of a command"
check "it was recorded" grep -q '"outcome":"recorded"' body
check "the feed tells it" await_fed '"kind":"HoldPlaced"'
ask "$PORT" POST /v1/sign-out "${as[@]}" "${ours[@]}" "content-length: 0"
ask "$PORT" GET /v1/programmes/iom-coaching/cycles/2024/seats "${as[@]}"
expect_equal 401 "$(code)" "status after signing out"
stop_service
expect_equal 0 "$status" "status after SIGTERM"
wait "$follower" || true
expect_equal 0 "$(tail -c 5 followed | tr -d '\r\n')" "the last chunk of the feed, which a stop ends in order"
check "neither code nor name is in the log" refuse grep -qF -e "$secret" -e "$number" log
check "and none in the feed" refuse grep -qF -e "$number" followed
expect_status 0 "$DAYBOOK" history --kind HoldPlaced --ledger season
expect_status 0 "$DAYBOOK" access-log --as "$me" --role compliance-officer --purpose "a test" --ledger season
check "the look is in the access book" grep -q find "$OUT"

say "SIGTERM while an import runs"
{
  sed -n 1p "$DEMO/staff.csv"
  for letter in A B C D E F; do grep '^I0' "$DEMO/staff.csv" | sed "s/^I0/$letter/; s/[.]i0/.$letter/"; done
} >many.csv
serve_signed_in
SHEET=many.csv ask "$PORT" POST /v1/imports/staff "${as[@]}" 'idempotency-key: "many"'
expect_equal 202 "$(code)" "status of an import that is begun"
job=$(field location)
for ((n = 0; n < 200; ++n)); do
  ask "$PORT" GET "$job" "${as[@]}"
  ! grep -q '"recorded":[1-9]' body || break
done
check "it runs" grep -q '"state":"running"' body
stop_service
expect_equal 0 "$status" "status after SIGTERM"
rows=$(sed -n 's/.*"event":"import","kind":"staff".*"rows":\([0-9]*\),"problem":"unfinished".*/\1/p' log)
check "the log says how far it came: ${rows:-nowhere}" test "${rows:-0}" -gt 0 -a "${rows:-0}" -lt "$(($(wc -l <many.csv) - 1))"
expect_status 0 "$DAYBOOK" verify --ledger season
expect_status 0 "$DAYBOOK" import staff many.csv --ledger season --report many.report
expect_equal "$rows" "$(grep -c ',unchanged,' many.report)" "rows that were there when the same file came again"
check "and they are the first" test "$(grep -n ',unchanged,' many.report | tail -n 1 | cut -d: -f1)" = $((rows + 1))

say "open files"
too_few() { (ulimit -n 512 && exec "$DAYBOOKD" --ledger season --config daybookd.toml); }
expect_status 2 too_few
expect_said "the system allows 512 open files, want 1056"
FILES=1060 start_service --config daybookd.toml
check "it says that there are fewer connections" grep -q '"event":"fewer-connections","found":36,"want":8192' log
hold() { # 100 connections that ask nothing
  local n one
  for ((n = 0; n < 100; ++n)); do exec {one}<>"/dev/tcp/127.0.0.1/$PORT"; done
  touch held
  exec sleep 60
}
hold &
holder=$!
for ((n = 0; n < 100; ++n)); do [ ! -e held ] || break; sleep 0.05; done
ask "$PORT" GET /readyz &
asked=$!
sleep 0.3
check "no more are let in, and files are left" test "$(find "/proc/$service/fd" -type l | wc -l)" -lt 200
check "who came later waits" kill -0 "$asked"
kill "$holder"
wait "$holder" "$asked" || true
expect_equal 200 "$(code)" "readiness when there is room again"
stop_service
expect_equal 0 "$status" "status after SIGTERM"

say "over TLS"
certificate() { # NAME
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.pem" -days 1 -subj "/CN=$1" 2>/dev/null
}
certificate one
certificate two
chmod 600 one.key two.key
cp one.pem now.pem
cp -p one.key now.key
printf '[public]\nlisten = "127.0.0.1:0"\ncertificate = "now.pem"\ncertificate_key = "now.key"\n[operations]\nlisten = "127.0.0.1:0"\n' >tls.toml
start_service --config tls.toml
session() { openssl s_client -connect "127.0.0.1:$PORT" "$@" </dev/null 2>&1 || true; }
check "TLS 1.3 is spoken" grep -q 'TLSv1.3' <(session -tls1_3)
check "TLS 1.2 is spoken, with forward secrecy" grep -q 'ECDHE' <(session -tls1_2)
check "TLS 1.1 is not" grep -qE 'alert|no protocols available' <(session -tls1_1 -cipher ALL:@SECLEVEL=0)
check "a cipher without forward secrecy is not" grep -qE 'alert|handshake failure' <(session -tls1_2 -cipher AES128-GCM-SHA256)
check "HTTP/1.1 is the protocol" grep -q 'ALPN protocol: http/1.1' <(session -alpn h2,http/1.1)
check "HTTP/2 alone is refused" grep -q 'no application protocol' <(session -alpn h2)
served() { session | openssl x509 -noout -subject; }
check "the certificate is the first" grep -q 'CN *= *one' <(served)
cp two.pem now.pem
cp -p two.key now.key
kill -HUP "$service"
for ((n = 0; n < 100; ++n)); do grep -q certificates-reloaded log && break; sleep 0.05; done
check "after SIGHUP it is the second" grep -q 'CN *= *two' <(served)
cp one.pem now.pem
kill -HUP "$service"
for ((n = 0; n < 100; ++n)); do grep -q certificates-kept log && break; sleep 0.05; done
check "one that does not fit its key is not taken" grep -q 'CN *= *two' <(served)
printf 'GET /v1/checkpoint HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n' | openssl s_client -quiet -connect "127.0.0.1:$PORT" 2>/dev/null >whole || true
check "a checkpoint comes over TLS" grep -q 'HTTP/1.1 200 OK' whole
check "and says that TLS is to be used again" grep -q 'strict-transport-security' whole
stop_service
expect_equal 0 "$status" "status after SIGTERM"

say "what is wrong with a configuration"
expect_status 0 "$DAYBOOKD" --config daybookd.toml --ledger season --check-config
expect_status 0 "$DAYBOOKD" --config /dev/null --ledger season --check-config
expect_status 2 "$DAYBOOKD" --config . --ledger season --check-config
printf '[limits]\nfield = 5\n' >wrong.toml
expect_status 2 "$DAYBOOKD" --config wrong.toml --ledger season --check-config
expect_said "wrong.toml:2: limits.field: found a key of that name, want one that CONFIG.md lists"
expect_status 2 "$DAYBOOKD" --config none.toml --ledger season
expect_status 2 "$DAYBOOKD" --ledger none
expect_status 2 "$DAYBOOKD"

say "the unit"
if [[ $(systemd-analyze --help 2>/dev/null) == *--offline* ]]; then
  check "systemd finds little that the unit leaves open" systemd-analyze security --offline=true --threshold=20 "$DEMO/../../server/daybookd.service"
fi
finish
