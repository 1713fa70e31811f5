# shellcheck shell=bash
# What scripts that ask a running daybookd share: begins and stops it, and asks. Source it after tests/tools/lib.sh, in the scratch folder, with DAYBOOKD set.

service=

stop_service() { # the process is ours; its status in $status
  status=0
  [ -z "$service" ] || { kill -TERM "$service" 2>/dev/null || true; wait "$service" || status=$?; }
  service=
}
trap 'stop_service; clean_up' EXIT

start_service() { # OPTION...: sets PORT and OPERATIONS; with as many open files as FILES says
  : >log  # what the one before said of its ports is over
  (ulimit -n "${FILES:-$(ulimit -n)}" && exec "$DAYBOOKD" --ledger season "$@" >codes 2>log) &
  service=$!
  await_service "$service" log
  PORT=$(port_of log 1)
  OPERATIONS=$(port_of log 2)
}

# ask PORT METHOD PATH [FIELD...]: head in $SCRATCH/head, body in $SCRATCH/body. BODY is what is sent, JSON in ASCII; SHEET a CSV file that is sent.
ask() {
  local port=$1 method=$2 path=$3
  shift 3
  exec 3<>"/dev/tcp/127.0.0.1/$port" || return
  [ -z "${BODY:-}" ] || set -- "$@" "content-length: ${#BODY}" "content-type: application/json"
  [ -z "${SHEET:-}" ] || set -- "$@" "content-length: $(wc -c <"$SHEET")" "content-type: text/csv"
  {
    printf '%s %s HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n' "$method" "$path"
    for field in "$@"; do printf '%s\r\n' "$field"; done
    printf '\r\n%s' "${BODY:-}"
    [ -z "${SHEET:-}" ] || cat "$SHEET"
  } >&3
  cat <&3 >whole
  exec 3>&-
  sed '/^\r$/q' whole >head
  tail -c +$(($(wc -c <head) + 1)) whole >body
}
code() { sed -n '1s/HTTP\/1.1 \([0-9]*\).*/\1/p' head; }
field() { tr -d '\r' <head | sed -n "s/^$1: //p"; }

# serve_signed_in: begins a service on ports that are free, and signs in whoever init named the administrator. Sets `ours`, what a page of ours sends, and
# `as`, what they send.
me="$(id -un)@$(uname -n)"
serve_signed_in() {
  printf '[public]\nlisten = "127.0.0.1:0"\n[operations]\nlisten = "127.0.0.1:0"\n[demo]\npeople = ["%s"]\n' "$me" >signed-in.toml
  start_service --config signed-in.toml
  ours=("origin: http://localhost" "daybook-console: 1")
  BODY="{\"code\": \"$(sed -n 's/.*minutes: //p' codes)\"}" ask "$PORT" POST /v1/sign-in/demo "${ours[@]}"
  local cookie
  cookie=$(field set-cookie)
  as=("${ours[@]}" "cookie: ${cookie%%;*}" "daybook-role: administrator" "daybook-purpose: a test")
}
