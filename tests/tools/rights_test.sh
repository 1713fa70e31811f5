#!/bin/bash
# Who may do what, from the command line: roles, two persons, a coach's and a client's own, records put right, holds.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season
export DAYBOOK_LEDGER=$ledger
expect_status 0 "$DAYBOOK" init
for step in $kSeason; do expect_status 0 season_step "$step" "$ledger"; done
expect_season "$ledger"
# A pairing that is active, its client and coach; and another coach.
row=$(tr -d '\r' <"$DEMO/activity.csv" | awk -F, '$3 == "end-pairing" { ended[$4] = 1 } $3 == "accept-pairing" { accepted[$4] = 1 }
  $3 == "request-pairing" && $5 == "iom-coaching" { asked[$4] = $7 " " $8 } END { for (p in accepted) if (p in asked && !(p in ended)) print p, asked[p] }' |
  sort | sed -n 1p)
read -r pairing client coach <<<"$row"
stranger=$(tr -d '\r' <"$DEMO/coaches.csv" | awk -F, -v coach="$coach" '$1 == "iom-coaching" && $2 != coach && !found++ { print $2 }')
reason_of() { grep -o '"reason": *"[^"]*"' "$OUT" | sed 's/.*"\([^"]*\)"$/\1/'; }
# no REASON ARGUMENT...: the command is refused for that reason, and nothing is recorded.
no() {
  local wanted=$1 before
  shift
  before=$(book_end "$ledger")
  expect_status 1 "$DAYBOOK" "$@" --json
  expect_equal "$wanted" "$(reason_of)" "why $* was refused"
  expect_equal "$before" "$(book_end "$ledger")" "end of the book after $*"
}
proposal() { grep -o 'proposal [0-9]*' "$OUT" | head -n 1 | cut -d' ' -f2; }

say "Whoever made the ledger is administrator and compliance officer; nobody else is anything."
expect_status 0 "$DAYBOOK" list roles --format csv
expect_equal 3 "$(wc -l <"$OUT")" "lines of the list of roles"
check "of every programme" grep -q ',administrator,,,' "$OUT"
no already-begun role begin
no not-allowed "do" end-pairing ref="$pairing" reason=fit --as nobody

say "A pairing is its coach's, its client's and the administrators'."
no not-allowed "do" end-pairing ref="$pairing" reason=fit --as "$stranger"
no not-allowed "do" end-pairing ref="$pairing" reason=fit --as "$stranger" --role coach
cp "$OUT" "$SCRATCH/there"
no not-allowed "do" end-pairing ref=no-such-pairing reason=fit --as "$stranger" --role coach
expect_same "$SCRATCH/there" "$OUT" "what is out of reach and what does not exist"
no not-allowed "do" accept-pairing ref="$pairing"
no not-allowed "do" give-feedback ref="$pairing" session=1 rating=5
no not-allowed erase "$client" --reason "not theirs to ask" --as "$stranger"
cp "$OUT" "$SCRATCH/there"
no not-allowed erase nobody-at-all --reason "not theirs to ask" --as "$stranger"
expect_same "$SCRATCH/there" "$OUT" "an erasure of somebody and of nobody"
no unknown-role "do" end-pairing ref="$pairing" reason=fit --role king
expect_status 0 "$DAYBOOK" "do" mark-session-missed ref="$pairing" session=9 held_on="$(date -u +%F)" actor="$client"
expect_status 0 "$DAYBOOK" history --reverse --limit 1 --json
check "the event says in which role" grep -q '"role": *"client"' "$OUT"

say "The first other role is granted alone, the next takes two."
expect_status 0 "$DAYBOOK" role grant A1 administrator reason="runs the programmes"
check "and told" grep -q "is administrator of every programme" "$OUT"
expect_status 0 "$DAYBOOK" role grant A2 administrator --programme un-coaching --until 2099-12-31 reason="runs one"
check "it is a proposal" grep -q "wants a second person" "$OUT"
first=$(proposal)
no needs-second-person second "$first"
no not-allowed second "$first" --as "$stranger"
no not-allowed second 99999999 --as "$stranger"
expect_status 0 "$DAYBOOK" list proposals --format csv
check "it is listed as open" grep -q "^$first,role-grant,un-coaching,,.*,administrator,," "$OUT"
expect_status 0 "$DAYBOOK" second "$first" --as A1
check "the closing and the grant are one batch" test "$(grep -c '^recorded: ' "$OUT")" = 2
no not-open second "$first" --as A1
expect_status 0 "$DAYBOOK" role end A2 administrator --programme un-coaching reason="left"
second=$(proposal)
no no-reason decline "$second" --as A1
expect_status 0 "$DAYBOOK" decline "$second" --as A1 reason="stays"
expect_status 0 "$DAYBOOK" role end A1 administrator reason="left"
expect_status 0 "$DAYBOOK" withdraw "$(proposal)" reason="a mistake"
expect_status 0 "$DAYBOOK" list roles --format csv
expect_equal 5 "$(wc -l <"$OUT")" "lines of the list of roles"
check "with the last day" grep -q ',administrator,un-coaching,,2099-12-31' "$OUT"

say "An administrator of another programme has no say here."
no not-allowed "do" end-pairing ref="$pairing" reason=fit --as A2
no not-allowed decide iom-coaching/2024 --as A2
no not-allowed "do" grant-seat programme=iom-coaching cycle=2024 --as A2 --role administrator
expect_status 0 "$DAYBOOK" decide un-coaching/2023-pilot --as A2

say "Nobody administers their own case."
expect_status 0 "$DAYBOOK" role grant "$coach" administrator --programme iom-coaching reason="helps out"
expect_status 0 "$DAYBOOK" second "$(proposal)" --as A1
no own-case "do" extend-window ref="$pairing" held_on=2099-01-01 --as "$coach"

say "A record is put right: the rest of it stays, and readers see the newest."
no nothing-new "do" rectify-staff staff_number="$client" reason=typo time_zone="$(grep "^$client," "$DEMO/staff.csv" | tr -d '\r' | cut -d, -f15)"
expect_status 2 "$DAYBOOK" "do" rectify-staff staff_number="$client" reason=typo contract_type=eternal
expect_status 0 "$DAYBOOK" "do" rectify-staff staff_number="$client" reason=typo name=CanaryRight
check "the answer holds no value" refuse grep -q Canary "$OUT"
expect_status 0 "$DAYBOOK" show "$client" --as A1 --role administrator --purpose test
check "show has the new name" grep -q CanaryRight "$OUT"
application=$(tr -d '\r' <"$DEMO/applications.csv" | awk -F, -v who="$client" '$4 == who && $2 == "iom-coaching" && !found++ { print $1 }')
expect_status 0 "$DAYBOOK" "do" rectify-form application="$application" reason=misread commitment=no

say "On hold, nothing is done to somebody."
expect_status 0 "$DAYBOOK" "do" place-hold person="$client" reason=contested
no held "do" end-pairing ref="$pairing" reason=fit
no held "do" place-hold person="$client" reason=contested
expect_status 0 "$DAYBOOK" "do" lift-hold person="$client" reason=settled
expect_status 0 "$DAYBOOK" "do" end-pairing ref="$pairing" reason=fit

say "What a coach gets of a pairing's stream is the same, positions aside, whether or not its client gave feedback."
today=$(date -u +%F)
other=$(tr -d '\r' <"$DEMO/activity.csv" | awk -F, '$3 == "end-pairing" { ended[$4] = 1 } $3 == "accept-pairing" { accepted[$4] = 1 }
  $3 == "request-pairing" && $5 == "iom-coaching" { asked[$4] = $7 " " $8 } END { for (p in accepted) if (p in asked && !(p in ended)) print p, asked[p] }' |
  sort | sed -n 2p)
read -r pairing client coach <<<"$other"
stream() { expect_status 0 "$DAYBOOK" history --stream "pairing/$pairing" --json --as "$1" --role "$2" --purpose test "${@:3}"; }
expect_status 0 "$DAYBOOK" "do" mark-session-done ref="$pairing" session=8 held_on="$today" actor="$coach"
stream "$coach" coach
grep -o '"position": [0-9]*' "$OUT" >"$SCRATCH/without"
expect_status 0 "$DAYBOOK" "do" give-feedback ref="$pairing" session=8 comment=CanaryWords --as "$client" --role client
stream "$coach" coach
grep -o '"position": [0-9]*' "$OUT" >"$SCRATCH/with"
expect_same "$SCRATCH/without" "$SCRATCH/with" "events of the stream before and after"
expect_status 0 "$DAYBOOK" "do" mark-session-missed ref="$pairing" session=9 held_on="$today" actor="$coach"
stream "$coach" coach
check "there is one event more" test "$(grep -c '"position": ' "$OUT")" = $(($(wc -l <"$SCRATCH/with") + 1))
check "nothing counts the events of the stream" refuse grep -q '"version"' "$OUT"
check "nor says by whose hand another's were recorded, and with which import" refuse grep -q '"recorded_by"\|"provenance"\|"batch": "[0-9a-f]' "$OUT"
stream A1 administrator
check "an administrator has the place of each in the stream" grep -q '"version": ' "$OUT"

say "An auditor has the fields as commitments."
expect_status 0 "$DAYBOOK" role grant A3 auditor reason="checks the record"
expect_status 0 "$DAYBOOK" second "$(proposal)" --as A1
stream A3 auditor
check "each field's commitment" grep -q '"commitment": "[0-9a-f]\{64\}"' "$OUT"
check "and no value" refuse grep -q CanaryWords "$OUT"
stream A1 administrator
check "others have values or nothing" refuse grep -q '"commitments"' "$OUT"

say "The sponsors' edition is for sponsors and whoever may have figures; the public's is for everybody."
expect_status 0 "$DAYBOOK" tick
edition() { expect_status "$1" "$DAYBOOK" stats "$2" --audience "$3" --purpose test "${@:4}"; }
expect_status 0 "$DAYBOOK" stats iom-coaching/2024 --audience sponsor
expect_status 0 "$DAYBOOK" role grant A4 sponsor --programme iom-coaching reason="pays"
expect_status 0 "$DAYBOOK" second "$(proposal)" --as A1
edition 0 iom-coaching/2024 sponsor --as A4 --role sponsor
edition 1 un-coaching/2023-pilot sponsor --as A4 --role sponsor
edition 0 iom-coaching/2024 sponsor --as A1 --role administrator
edition 0 iom-coaching/2024 public --as "$client" --role client
for who in "$client client" "$coach coach" "nobody public"; do
  # shellcheck disable=SC2086
  set -- $who
  edition 1 iom-coaching/2024 sponsor --as "$1" --role "$2"
  check "nothing is printed to $2" test ! -s "$OUT"
  cp "$ERR" "$SCRATCH/there"
  expect_status 1 "$DAYBOOK" stats iom-coaching/2024 --audience sponsor --edition 99 --purpose test --as "$1" --role "$2"
  expect_same "$SCRATCH/there" "$ERR" "an edition that is there and one that is not, to $2"
done

say "All of it is in order."
expect_status 0 "$DAYBOOK" verify
expect_status 0 "$DAYBOOK" replay --check
finish
