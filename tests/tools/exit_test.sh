#!/bin/bash
# What scripts lean on: exit statuses, JSON that is JSON, help with an example, completion, and options that do what
# they say.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season
cycle=un-coaching/2023-pilot
on=(--ledger "$ledger")
statuses() { # WANTED, then a command a line on standard input
  local words
  while read -r -a words; do
    expect_status "$1" "$DAYBOOK" "${words[@]}" "${on[@]}"
    check "$1: ${words[*]}, with a message" test -s "$ERR"
  done
}

say "The checker of JSON texts knows one when it sees one."
for good in '{}' '[]' '[{"a": [1, -2.5e3, null], "b\n": "x\"y"}, true]' '"x"' '0'; do
  printf '%s' "$good" >"$OUT"
  check "$good" is_json "$OUT"
done
for bad in '' '{} {}' '[1,]' '{"a" 1}' '{a: 1}' '[01]' '["a\x"]' '{"a": 1' '"a" "b"'; do
  printf '%s' "$bad" >"$OUT"
  check "not: $bad" refuse is_json "$OUT"
done

say "A season, with a dry run before each import that says the same as the import and records nothing."
expect_status 0 "$DAYBOOK" init "${on[@]}" --json
check "init --json is one JSON text" is_json "$OUT"
for step in $kSeason; do
  case $step in
    */*)
      expect_status 0 season_step "$step" "$ledger" --json
      check "decide --json is one JSON text" is_json "$OUT"
      ;;
    *)
      end=$(book_end "$ledger") books=$("$DAYBOOK" verify --json "${on[@]}")
      expect_status 0 season_step "$step" "$ledger" --dry-run --report "$SCRATCH/dry.csv" --json
      check "import $step --dry-run --json is one JSON text" is_json "$OUT"
      sed 's/"dry_run": true/"dry_run": false/' "$OUT" >"$SCRATCH/dry"
      expect_equal "$books" "$("$DAYBOOK" verify --json "${on[@]}")" "books after a dry run of $step"
      expect_status 0 season_step "$step" "$ledger" --report "$SCRATCH/real.csv" --json
      check "import $step --json is one JSON text" is_json "$OUT"
      expect_same "$SCRATCH/real.csv" "$SCRATCH/dry.csv" "report of $step and that of its dry run"
      expect_same "$OUT" "$SCRATCH/dry" "figures of $step and those of its dry run"
      ;;
  esac
done

say "0: done."
end=$(book_end "$ledger")
while read -r -a words; do
  expect_status 0 "$DAYBOOK" "${words[@]}" "${on[@]}"
  say "  0: ${words[*]}"
done <<EOT
list decisions $cycle
show P00850
show $cycle
explain A00067
history --limit 3
list imports
history --subject P00850
history --subject P00850 --kind SessionMarkedDone --reverse --limit 1
history --chain 7
history --kind PairingEnded --since 2000-01-01 --until 2000-01-02
stats $cycle
stats $cycle --at $end
stats $cycle --at 2030-01-01
verify
doctor
charter list
charter show un-coaching
EOT

say "1: the answer is no."
statuses 1 <<EOT
list decisions nothing/2024
list decisions iom-coaching/1999
stats nothing/2024
stats iom-coaching/1999
decide nothing/2024
decide iom-coaching/1999
charter show nothing
show NOTHING
explain NOTHING
history --subject NOTHING
history --subject NOTHING --follow
history --stream pairing/NOTHING
history --actor NOTHING
history --chain 99999999
history --after 99999999
history --position 99999999
show P00850 --at 5
do end-pairing ref=NOTHING reason=fit
do accept-pairing ref=P00850
do mark-session-done ref=P00850 session=1 held_on=2023-05-31
do decide-referral application=NOTHING outcome=eligible reason=x
do decide-referral application=A00067 outcome=eligible reason=x
do undo-import batch=NOTHING reason=x
EOT
expect_equal "$end" "$(book_end "$ledger")" "end of the book after commands that were refused"

say "2: wrong use."
statuses 2 <<EOT
list
list decisions
list decisions iom-coaching
list imports $cycle
list decisions $cycle surplus
list nonsense $cycle
list decisions $cycle --nonsense
list decisions $cycle --format
list decisions $cycle --format xml
list decisions $cycle --at nonsense
list decisions $cycle --at 2024-02-30
list decisions $cycle --at -1
show
explain
stats
stats iom-coaching
stats $cycle --audience nonsense
history --position nonsense
history --since nonsense
history --kind nonsense
history --limit nonsense
history --kind PairingEnded --kind nonsense
history --correlation nonsense
history --happened-since nonsense
history --happened-until 2024-02-30
history --after nonsense
history --chain -1
history --chain
history --follow --at 5
history --follow --reverse
history --follow --chain 5
decide
decide iom-coaching
decide $cycle --on nonsense
import
import staff
import nonsense $DEMO/staff.csv
import staff $DEMO/staff.csv --effective nonsense
import staff $SCRATCH/nothing-there.csv
charter
charter nonsense
charter add $SCRATCH/nothing-there.toml
charter add $DEMO/staff.csv
do
do nonsense
do end-pairing
do end-pairing ref
do end-pairing =P00850
do end-pairing ref=
do end-pairing ref=P00850 ref=P00851
do end-pairing nonsense=x ref=P00850
do give-feedback ref=P00850 session=1 rating=6
do give-feedback ref=P00850 session=one
do mark-session-done ref=P00850 session=1 held_on=2023-02-30
do extend-window ref=P00850
do decide-referral application=A00067 outcome=maybe reason=x
do end-pairing ref=P00850 at=nonsense
do offer-seat programme=iom-coaching cycle=2024
do accept-offer
do decline-offer application=A00067
tick surplus
do end-pairing ref=P00850 --dry-run
do undo-import batch=NOTHING
verify --nonsense
verify surplus
doctor --nonsense
init
nonsense
EOT
expect_equal "$end" "$(book_end "$ledger")" "end of the book after wrong use"
expect_status 2 "$DAYBOOK"
expect_status 2 "$DAYBOOK" completion nonsense
expect_status 2 "$DAYBOOK" completion
for verb in "verify" "list decisions $cycle" "show P00850" "stats $cycle" "history" "charter list" "decide $cycle" "do end-pairing ref=P00850"; do
  # shellcheck disable=SC2086
  expect_status 2 "$DAYBOOK" $verb
  # shellcheck disable=SC2086
  expect_status 2 "$DAYBOOK" $verb --ledger "$SCRATCH/no-such-ledger"
done
check "a look at a ledger that is not there makes none" test ! -e "$SCRATCH/no-such-ledger"

say "2: a root key that is not there, is none, or that others can read."
bad_key() { # WHAT FILE
  local verb
  for verb in verify "list decisions $cycle" "import staff $DEMO/staff.csv"; do
    # shellcheck disable=SC2086
    expect_status 2 "$DAYBOOK" $verb "${on[@]}" --root-key "$2"
    check "2: $verb with $1" grep -q "$2" "$ERR"
  done
}
bad_key "a key that is not there" "$SCRATCH/no-key"
bad_key "a folder for a key" "$SCRATCH"
echo nonsense >"$SCRATCH/bad-key" && chmod 600 "$SCRATCH/bad-key"
bad_key "a key that is none" "$SCRATCH/bad-key"
head -c 32 "$ledger.root-key" >"$SCRATCH/short-key" && chmod 600 "$SCRATCH/short-key"
bad_key "half a key" "$SCRATCH/short-key"
cp "$ledger.root-key" "$SCRATCH/open-key" && chmod 644 "$SCRATCH/open-key"
bad_key "a key that others can read" "$SCRATCH/open-key"
if [ "$(id -u)" != 0 ]; then
  cp "$ledger.root-key" "$SCRATCH/shut-key" && chmod 000 "$SCRATCH/shut-key"
  bad_key "a key that may not be read" "$SCRATCH/shut-key"
fi

say "--json gives one JSON text, whatever the answer is."
while read -r -a words; do
  wanted=${words[0]}
  expect_status "$wanted" "$DAYBOOK" "${words[@]:1}" "${on[@]}"
  check "JSON: ${words[*]:1}" is_json "$OUT"
done <<EOT
0 list decisions $cycle --json
0 list decisions $cycle --format json
0 list decisions $cycle --json --at 8
0 list applications $cycle --json
0 list seats $cycle --json
0 list waitlist $cycle --json
0 list pairings $cycle --json
0 list sessions $cycle --json
0 list coaches $cycle --json
0 list overdue $cycle --json
0 list refused $cycle --json
0 show P00850 --json
0 show A00001 --json
0 show $cycle --json
0 explain A00067 --json
0 explain P00850 --json
0 stats $cycle --json
0 verify --json
0 doctor --json
0 charter list --json
0 history --position 7 --json
0 tick --dry-run --json
0 history --chain 7 --json
1 do end-pairing ref=NOTHING reason=fit --json
EOT

say "Tables and CSV on request."
expect_status 0 "$DAYBOOK" list decisions $cycle --format table "${on[@]}"
check "a table has no commas between its columns" grep -q '^ref  *outcome  *failed  *seat *$' "$OUT"
rows=$(wc -l <"$OUT")
expect_status 0 "$DAYBOOK" list decisions $cycle --format csv "${on[@]}"
check "CSV has CRLF line ends" grep -q "^ref,outcome,failed,seat$(printf '\r')\$" "$OUT"
check "the table has all rows" test "$rows" -ge "$(wc -l <"$OUT")"
check "nothing but a terminal gets colours" refuse grep -q "$(printf '\033')" "$OUT"
expect_status 0 "$DAYBOOK" stats $cycle --format table "${on[@]}"
check "figures as a table" grep -q '^applications  *[0-9]' "$OUT"

say "Every verb has help with an example."
for verb in init charter "charter list" "charter show" "charter add" simulate import "do" decide tick list show explain history stats views replay verify doctor completion; do
  # shellcheck disable=SC2086
  expect_status 0 "$DAYBOOK" $verb --help
  check "help of $verb has an example" grep -q "^Example: daybook ${verb%% *}" "$OUT"
done
expect_status 0 "$DAYBOOK" --help
check "the help says what the exit statuses are" grep -q "Exit status" "$OUT"
expect_status 0 "$DAYBOOK" --version

say "Completion scripts."
for shell in bash zsh fish; do
  "$DAYBOOK" completion $shell >"$SCRATCH/completion.$shell"
  check "$shell knows the verbs" grep -q explain "$SCRATCH/completion.$shell"
done
check "bash reads its script" bash -n "$SCRATCH/completion.bash"
# shellcheck disable=SC2016
offered=$(bash -c '. "$1"; COMP_WORDS=(daybook expl) COMP_CWORD=1; _daybook; echo "${COMPREPLY[*]}"' - "$SCRATCH/completion.bash")
check "bash completes expl to explain" test "$offered" = explain

say "DAYBOOK_LEDGER names the ledger."
expect_status 0 "$DAYBOOK" list decisions $cycle --format csv "${on[@]}"
cp "$OUT" "$SCRATCH/named"
expect_status 0 env DAYBOOK_LEDGER="$ledger" "$DAYBOOK" list decisions $cycle --format csv
expect_same "$SCRATCH/named" "$OUT" "answers by --ledger and by DAYBOOK_LEDGER"

say "An idempotency key: the same command twice is carried out once."
end=$(book_end "$ledger")
expect_status 0 "$DAYBOOK" list pairings iom-coaching/2024 --format csv "${on[@]}"
pairing=$(awk -F, '$2 == "active" { print $1; exit }' "$OUT")
expect_status 0 "$DAYBOOK" "do" end-pairing ref="$pairing" reason=fit --idempotency-key once "${on[@]}" --json
check "the first is recorded" grep -q '"outcome": "recorded"' "$OUT"
check "do --json is one JSON text" is_json "$OUT"
expect_equal $((end + 1)) "$(book_end "$ledger")" "end of the book after the first"
expect_status 0 "$DAYBOOK" "do" end-pairing ref="$pairing" reason=fit --idempotency-key once "${on[@]}" --json
check "the second is unchanged" grep -q '"outcome": "unchanged"' "$OUT"
expect_equal $((end + 1)) "$(book_end "$ledger")" "end of the book after the second"
expect_status 1 "$DAYBOOK" "do" end-pairing ref="$pairing" reason=fit --idempotency-key another "${on[@]}"

say "Happened-at is what the caller says it is."
happened_of() { "$DAYBOOK" history --position "$1" --json "${on[@]}" | sed -n 's/.*"happened_at": *"\([^".Z]*\).*/\1/p'; }
end=$(book_end "$ledger")
{ header staff && echo 'X1,N,,,,,,,,,,regular,,,,2015-01-01,,,'; } >"$SCRATCH/one.csv"
expect_status 0 "$DAYBOOK" import staff "$SCRATCH/one.csv" --effective 2019-03-04 "${on[@]}"
expect_equal 2019-03-04T23:59:59 "$(happened_of $((end + 1)))" "happened_at of a staff row, --effective DATE (its last instant, UTC)"
{ header staff && echo 'X2,N,,,,,,,,,,regular,,,,2015-01-01,,,'; } >"$SCRATCH/one.csv"
end=$(book_end "$ledger")
expect_status 0 "$DAYBOOK" import staff "$SCRATCH/one.csv" --effective 2019-03-04T12:00:00+02:00 "${on[@]}"
expect_equal 2019-03-04T10:00:00 "$(happened_of $((end + 1)))" "happened_at of a staff row, --effective TIME"
{ header participations && echo 'X1,iom-coaching,CDT,2018,2'; } >"$SCRATCH/one.csv"
end=$(book_end "$ledger")
expect_status 0 "$DAYBOOK" import participations "$SCRATCH/one.csv" --effective 2019-03-05 "${on[@]}"
expect_equal 2019-03-05T23:59:59 "$(happened_of $((end + 1)))" "happened_at of a participations row, --effective DATE"
{ header applications && echo 'X-1,iom-coaching,2024,X2,2024-01-05T05:00:00+01:00,v1,yes,both,en,Europe/Berlin,why'; } >"$SCRATCH/one.csv"
end=$(book_end "$ledger")
expect_status 0 "$DAYBOOK" import applications "$SCRATCH/one.csv" "${on[@]}"
expect_equal 2024-01-05T04:00:00 "$(happened_of $((end + 1)))" "happened_at of an application, its submitted_at"
end=$(book_end "$ledger")
expect_status 0 "$DAYBOOK" decide iom-coaching/2024 --on 2024-02-15 "${on[@]}"
check "the late application was decided" test "$(book_end "$ledger")" -gt "$end"
expect_equal 2024-02-15T22:59:59 "$(happened_of "$end")" "happened_at of a decision, --on DATE (its last instant in Zurich)"
expect_status 0 "$DAYBOOK" "do" end-pairing ref="$("$DAYBOOK" list pairings iom-coaching/2024 --format csv "${on[@]}" |
  awk -F, '$2 == "active" { print $1; exit }')" reason=fit at=2024-12-01T10:00:00+01:00 "${on[@]}"
expect_equal 2024-12-01T09:00:00 "$(happened_of $(($(book_end "$ledger") - 1)))" "happened_at of a command by hand, at=TIME"

say "3: the ledger is damaged."
expect_status 0 "$DAYBOOK" list decisions $cycle --format csv "${on[@]}"
cp "$OUT" "$SCRATCH/undamaged"
expect_status 0 "$DAYBOOK" verify "${on[@]}"
# The biggest of the files that hold events and values.
biggest=$(find "$ledger/programme" -maxdepth 1 -name '*.log' -o -name '*.sst' | while read -r each; do echo "$(stat -c %s "$each") $each"; done |
  sort -rn | sed -n '1s/^[0-9]* //p')
size=$(stat -c %s "$biggest")
name=${biggest##*/}
damaged=$SCRATCH/damaged
on_damaged=(--ledger "$damaged" --root-key "$ledger.root-key")
again() {
  rm -rf "$damaged"
  cp -a "$ledger" "$damaged"
}
flip() { # FILE OFFSET: all bits of one byte
  local byte
  byte=$(dd if="$1" bs=1 skip="$2" count=1 status=none | od -An -tu1)
  # shellcheck disable=SC2059
  printf "$(printf '\\%03o' $((byte ^ 255)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
again
for percent in $(seq 2 2 98); do flip "$damaged/programme/$name" $((size * percent / 100)); done
for verb in verify "list decisions $cycle" "stats $cycle" "history --limit 100000" "show P00850"; do
  # shellcheck disable=SC2086
  expect_status 3 "$DAYBOOK" $verb "${on_damaged[@]}"
  check "3: $verb on a ledger with 49 bytes flipped, with a message" test -s "$ERR"
done
# Nothing is recorded on top of damage that is in the way.
status=0
"$DAYBOOK" decide $cycle "${on_damaged[@]}" >"$OUT" 2>"$ERR" || status=$?
expect_equal 3 $status "status of decide on a ledger with 49 bytes flipped"
again
: >"$damaged/programme/$name"
expect_status 3 "$DAYBOOK" verify "${on_damaged[@]}"
again
rm "$damaged/programme/$name"
expect_status 3 "$DAYBOOK" verify "${on_damaged[@]}"
again
truncate -s $((size - 100)) "$damaged/programme/$name"
expect_status 3 "$DAYBOOK" verify "${on_damaged[@]}"
again
echo nonsense >"$damaged/daybook.toml"
expect_status 3 "$DAYBOOK" verify "${on_damaged[@]}"
say "  verify says 3 when the biggest file is flipped, emptied, gone or cut, and when the configuration is nonsense"
for percent in 3 20 40 60; do
  again
  flip "$damaged/programme/$name" $((size * percent / 100))
  status=0
  "$DAYBOOK" list decisions $cycle --format csv "${on_damaged[@]}" >"$OUT" 2>"$ERR" || status=$?
  case $status in
    0) expect_same "$SCRATCH/undamaged" "$OUT" "decisions read from a ledger with one byte flipped at $percent %" ;;
    *) expect_equal 3 "$status" "status of list on a ledger with one byte flipped at $percent %" ;;
  esac
done
say "  one flipped byte never gives another answer"

say "An option on the command line beats the environment."
expect_status 2 env DAYBOOK_LEDGER="$ledger" "$DAYBOOK" verify --ledger "$SCRATCH/no-such-ledger"

say "history --json is one JSON text, for any number of events."
for positions in 0-3 0-0; do
  expect_status 0 "$DAYBOOK" history --position $positions --json "${on[@]}"
  check "JSON: history --position $positions" is_json "$OUT"
done

say "A key of another ledger opens nothing."
expect_status 0 "$DAYBOOK" init --ledger "$SCRATCH/other"
again
expect_status 2 "$DAYBOOK" import staff "$DEMO/staff.csv" --ledger "$damaged" --root-key "$SCRATCH/other.root-key"
expect_equal "$(book_end "$ledger")" "$(book_end "$damaged")" "end of the book after an import with another ledger's key"

say "verify finds one flipped byte anywhere in the biggest file."
for percent in 1 10 25 50 60 65 70 75 80 90 99; do
  again
  flip "$damaged/programme/$name" $((size * percent / 100))
  expect_status 3 "$DAYBOOK" verify "${on_damaged[@]}"
done

say "A book that is gone altogether is damage."
again
rm -r "$damaged/programme"
expect_status 3 "$DAYBOOK" verify "${on_damaged[@]}"
again
rm -r "$damaged/access"
expect_status 3 "$DAYBOOK" verify "${on_damaged[@]}"

say "An answer that could not be written out is not done."
for verb in "list decisions $cycle" "stats $cycle" "verify" "history" "show P00850"; do
  status=0
  # shellcheck disable=SC2086
  "$DAYBOOK" $verb "${on[@]}" >/dev/full 2>"$ERR" || status=$?
  expect_equal 4 $status "status of $verb into a full device"
done

say "A verb that does not exist is named."
expect_status 2 "$DAYBOOK" frobnicate
expect_said frobnicate

say "doctor without a ledger is wrong use, not damage."
expect_status 2 "$DAYBOOK" doctor
expect_status 2 "$DAYBOOK" doctor --ledger "$SCRATCH/no-such-ledger"
finish
