#!/usr/bin/env bash
# What a service answers over the wire is what the ledger answers, byte for byte; and what becomes of a service that is not there, not whom it says, or
# goes away.
# usage: remote_test.sh DAYBOOK ROOT      daybookd stands beside DAYBOOK
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$2/tests/tools/lib.sh"
begin "$1" "$2"
cd "$SCRATCH"
export XDG_STATE_HOME=$SCRATCH/state
unset DAYBOOK_TOKEN_FILE
service=

stop() { # the process that was started last
  [ -z "$service" ] || { kill -TERM "$service" 2>/dev/null || true; wait "$service" || true; }
  service=
}
trap 'stop; clean_up' EXIT

start() { # CONFIG: sets PORT
  : >log
  DAYBOOK_LEDGER=nowhere "$DAYBOOK" serve --config "$1" >codes 2>log & # the configuration counts for more
  service=$!
  await_service "$service" log
  PORT=$(port_of log 1)
}

# A server that is none of ours: answers each connection with TEXT after SECONDS, and closes it; what it was sent goes to `sent`.
start_other() { # TEXT SECONDS: sets PORT
  rm -f other_port sent
  perl -MIO::Socket::INET -e '
    my ($text, $seconds) = @ARGV;
    my $door = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1", LocalPort => 0) or die;
    open(my $port, ">", "other_port.new") or die; print $port $door->sockport; close $port; rename("other_port.new", "other_port");
    while (my $client = $door->accept) {
      open(my $sent, ">>", "sent") or die;
      while (defined(my $line = <$client>)) { print $sent $line; last if $line =~ /^\r?\n$/; }
      close $sent;
      sleep $seconds if $seconds;
      print $client $text;
      close $client;
    }' "$1" "$2" &
  service=$!
  local n
  for ((n = 0; n < 200; ++n)); do [ ! -e other_port ] || break; sleep 0.05; done
  PORT=$(cat other_port)
}

# both VERB...: on the ledger and over the wire the same is printed, and the status is the same. Looks have other places in another access book.
both() {
  local wanted=0 found=0
  "$DAYBOOK" "$@" --ledger season >wanted 2>wanted.err </dev/null || wanted=$?
  "$DAYBOOK" --server "$URL" "$@" >found 2>found.err </dev/null || found=$?
  expect_equal "$wanted" "$found" "status of $* ($(head -c 300 found.err))"
  sed -i 's/, "looks": \[[0-9, ]*\]//' wanted found
  expect_same wanted found "answers of $*"
}
both_said() { # the same, and what is said on standard error
  both "$@"
  sed -i '/this is look/d' wanted.err found.err
  expect_same wanted.err found.err "words of $*"
}
over_wire() { "$DAYBOOK" --server "$URL" "$@"; }

cat >plain.toml <<'END'
[ledger]
folder = "served"
[public]
listen = "127.0.0.1:0"
[operations]
listen = "127.0.0.1:0"
END
me="$(id -un)@$(uname -n)" # as init named the administrator
{ cat plain.toml && printf '[demo]\npeople = ["%s"]\n' "$me"; } >demo.toml

expect_status 0 "$DAYBOOK" init --ledger season
for step in $kSeason; do expect_status 0 season_step "$step" season; done
expect_status 0 "$DAYBOOK" tick --ledger season # or the service would do it, and its record be another
cp -a season served
look=("${administrator[@]}" --purpose "a test")
number=$(sed -n '2s/,.*//p' "$DEMO/staff.csv")
coach=$(awk -F, '$1 == "iom-coaching" { print $2; exit }' "$DEMO/coaches.csv")

say "signing in"
start demo.toml
URL=http://127.0.0.1:$PORT
expect_status 2 over_wire list seats iom-coaching/2024 "${look[@]}"
expect_said "sign-in"
secret=$(sed -n 's/.*minutes: //p' codes)
signs_in() { printf '%s\n' "$1" | "$DAYBOOK" --server "$URL" sign-in >"$OUT" 2>"$ERR"; }
check "a wrong code is refused" refuse signs_in "nothing"
check "the code signs in" signs_in "$secret"
check "it says in which roles" grep -q administrator "$OUT"
check "the code is good once" refuse signs_in "$secret"
kept=$XDG_STATE_HOME/daybook/http_127.0.0.1_$PORT
expect_equal 600 "$(stat -c %a "$kept/session")" "mode of the session's file"
expect_equal 700 "$(stat -c %a "$kept")" "mode of its folder"

say "views"
for cycle in $kCycles; do
  for list in decisions applications seats waitlist pairings sessions coaches overdue editions refused; do both list "$list" "$cycle" "${look[@]}"; done
  both stats "$cycle" "${look[@]}" --format json
  both stats "$cycle" "${look[@]}"
  both show "$cycle" "${look[@]}"
done
for list in imports roles proposals glasses; do
  both list "$list" "${look[@]}"
  both list "$list" "${look[@]}" --json
done
for format in table csv json; do
  both list pairings iom-coaching/2024 "${look[@]}" --format "$format" --sort -paired_on
  both list seats iom-coaching/2024 "${look[@]}" --format "$format" --at 2200
  both show A00266 "${look[@]}" --format "$format"
  both explain A00266 "${look[@]}" --format "$format"
  both find geneva P4 "${look[@]}" --format "$format"
  both history --subject P00017 "${look[@]}" --format "$format"
done
both show "$number" "${look[@]}"
both show "iom-coaching/$coach" "${look[@]}"
both show P00017 "${look[@]}" --happened-by 2024-04-01
both explain P00017 "${look[@]}"
both stats iom-coaching/2024 --audience public
both stats iom-coaching/2024 --audience public --json
both stats iom-coaching/2024 --audience sponsor "${look[@]}" --format csv
both history --reverse --limit 20 "${look[@]}"
both history --limit 1500 --kind RowRefused "${look[@]}" --json
both history --position 100-140 "${look[@]}"
both charter show iom-coaching "${look[@]}"
both charter show iom-coaching "${look[@]}" --json
both checkpoint
both prove inclusion 7
both show nobody-of-that-name "${look[@]}"
both list seats iom-coaching/2024 --at 999999 "${look[@]}"
check "a position that is not there is a no" grep -q past-the-end found.err
both charter show no-programme "${look[@]}"
expect_status 0 over_wire charter list
expect_status 0 over_wire access-log --role compliance-officer --purpose "a test"
check "what was asked over the wire is in the access book" grep -q "list seats" "$OUT"
expect_status 0 over_wire access-log --about "$number" --role compliance-officer --purpose "a test"
check "by the staff number, to whom may search for nobody" grep -q shown "$OUT"
both history --subject "$number" "${look[@]}"
both history --actor "$number" --limit 5 "${look[@]}"
both history --subject nobody-of-that-name "${look[@]}"
check "the staff number stands in no line of the log" refuse grep -qF "$number" log

say "commands"
reference=$(awk -F, '$3 == "accept-pairing" { print $4; exit }' "$DEMO/activity.csv")
both_said "do" accept-pairing "ref=$reference" "${administrator[@]}"
both_said "do" end-pairing ref=P99999 reason=fit "${administrator[@]}"
both "do" end-pairing ref=P99999 reason=fit "${administrator[@]}" --json
both_said "do" no-such-action ref=P1
both_said "do" extend-window "ref=$reference" held_on=soon
both "do" place-hold "person=$number" "reason=a test" "${administrator[@]}" --json --idempotency-key one
both "do" place-hold "person=$number" "reason=a test" "${administrator[@]}" --json --idempotency-key one
check "the key makes it one" grep -q unchanged found
both role grant "$number" auditor "reason=a test" "${administrator[@]}" --json
expect_status 0 over_wire "do" lift-hold "person=$number" "reason=a test" "${administrator[@]}"
check "in words, what was recorded stands by its position" grep -q '^recorded: event [0-9]*$' "$OUT"
expect_status 0 over_wire decide iom-coaching/2024 "${administrator[@]}"
check "where there was nothing to do, no event is named" grep -qx 'unchanged: no event' "$OUT"
expect_status 0 over_wire history --kind HoldLifted "${look[@]}"
check "and is there at once" grep -q . "$OUT"
expect_status 0 "$DAYBOOK" "do" lift-hold "person=$number" "reason=a test" "${administrator[@]}" --ledger season

say "spreadsheets"
import_both() { # KIND FILE [OPTION...]
  rm -f wanted.csv found.csv
  expect_status "$1" "$DAYBOOK" import "${@:2}" --report wanted.csv --ledger season
  cp "$OUT" wanted
  cp "$ERR" wanted.err
  expect_status "$1" over_wire import "${@:2}" --report found.csv --role administrator
  expect_same wanted "$OUT" "what import says"
  expect_same wanted.err "$ERR" "what import complains of"
  expect_same wanted.csv found.csv "the reports"
}
import_both 0 coaches "$DEMO/coaches.csv" --json
import_both 0 coaches "$DEMO/coaches.csv" --dry-run
head -n 5 "$DEMO/staff.csv" | sed '2s/,[^,]*/,no such day/18' >broken.csv
import_both 2 staff broken.csv
: >empty.csv
import_both 2 staff empty.csv

say "what does not go over the wire"
expect_status 2 over_wire list seats iom-coaching/2024 --as M0001 "${look[@]}"
expect_said "--as"
expect_status 2 over_wire checkpoint --ledger season
expect_said "--ledger"
expect_status 2 over_wire list seats iom-coaching/2024
expect_said "--role ROLE and --purpose TEXT"
expect_status 2 over_wire tick
expect_said "the service does it by itself"
expect_status 2 over_wire verify
expect_said "the ledger's folder and keys"
expect_status 2 over_wire diff iom-coaching/2024 --from 2024-01-01
expect_said "it tells of everybody in a cycle"
expect_status 2 "$DAYBOOK" sign-in
DAYBOOK_LEDGER=season expect_status 2 "$DAYBOOK" --server "" checkpoint
expect_status 2 "$DAYBOOK" --server http://ledger.example checkpoint
expect_said "https"
expect_status 1 over_wire list seats iom-coaching/1999 "${look[@]}"
expect_status 2 over_wire list seats iom-coaching/2024 --sort nothing "${look[@]}"

say "the position that was told"
echo 99999999 >"$kept/position"
expect_status 4 over_wire list seats iom-coaching/2024 "${look[@]}"
expect_said "99999999" "lost events"
rm "$kept/position"

say "signing out"
cp -p "$kept/session" session
DAYBOOK_TOKEN_FILE=none expect_status 0 over_wire sign-out
check "nothing of it is kept" test ! -e "$kept/session"
cp -p session "$kept/session"
expect_status 2 over_wire list seats iom-coaching/2024 "${look[@]}"
check "it ended at the service too, whatever token is named" grep -q sign-in-wanted "$ERR"
rm "$kept/session"
expect_status 2 over_wire list seats iom-coaching/2024 "${look[@]}"
stop
expect_status 4 over_wire checkpoint
expect_said "cannot be asked"

say "a service that goes away in the middle"
start_other $'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"outcome":' 0
URL=http://127.0.0.1:$PORT
expect_status 4 over_wire "do" end-pairing ref=P1 reason=fit --idempotency-key again
expect_said "its answer did not come whole" "--idempotency-key again"
expect_equal 4 "$(grep -ci '^idempotency-key: "again"' sent)" "times that the same key was sent"
stop

say "a stranger's answer"
start_other $'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>' 0
URL=http://127.0.0.1:$PORT
expect_status 4 over_wire list seats iom-coaching/2024 "${look[@]}"
expect_said "another form than wanted"
stop

say "a token"
printf 'aaaa.bbbb.cccc\n' >token
chmod 644 token
expect_status 2 "$DAYBOOK" --server "$URL" --token-file token checkpoint
expect_said "others can read"
chmod 600 token
start_other $'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n' 2
URL=http://127.0.0.1:$PORT
DAYBOOK_TOKEN_FILE=token "$DAYBOOK" --server "$URL" checkpoint >/dev/null 2>&1 &
asking=$!
for ((n = 0; n < 100; ++n)); do [ ! -s sent ] || break; sleep 0.05; done
check "the command line has no token" refuse grep -qa bbbb "/proc/$asking/cmdline"
check "nor has the environment" refuse grep -qsa bbbb "/proc/$asking/environ"
wait "$asking" || true
check "the service got it" grep -qi '^authorization: Bearer aaaa.bbbb.cccc' sent
stop

say "certificates"
certificate() { # NAME ALTERNATIVE
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.pem" -days 1 -subj "/CN=$1" -addext "subjectAltName=$2" \
    2>/dev/null
  chmod 600 "$1.key"
}
certificate here DNS:localhost,IP:127.0.0.1
certificate elsewhere DNS:elsewhere.example
for name in here elsewhere; do
  printf '[ledger]\nfolder = "served"\n[public]\nlisten = "127.0.0.1:0"\ncertificate = "%s.pem"\ncertificate_key = "%s.key"\n[operations]\nlisten = "127.0.0.1:0"\n' "$name" "$name" >tls.toml
  start tls.toml
  URL=https://localhost:$PORT
  expect_status 4 over_wire checkpoint
  expect_said "certificate is not trusted"
  if [ "$name" = here ]; then
    expect_status 0 "$DAYBOOK" --server "$URL" --trust-file here.pem checkpoint
    check "a checkpoint comes" grep -q . "$OUT"
    expect_status 2 "$DAYBOOK" --server "$URL" --trust-file plain.toml checkpoint
    expect_said "--trust-file"
  else
    expect_status 4 "$DAYBOOK" --server "$URL" --trust-file elsewhere.pem checkpoint
    expect_said "certificate is not trusted"
  fi
  stop
done
finish
