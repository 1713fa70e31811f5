#!/bin/bash
# Who may see what, from the command line: by role and relation as the record has them; the same answer for what is out of
# reach and what is not there; each look and each attempt in the access book before the first byte of an answer; broken glass.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season
export DAYBOOK_LEDGER=$ledger

say "Two clients, each with a coach; every confidential cell holds a word of its own."
expect_status 0 "$DAYBOOK" init
{
  header staff
  for i in 1 2 3 4 5; do
    echo "S$i,CanaryName$i,CanaryMail$i@x.example,CanaryOrg$i,CanaryEntity$i,CanaryStation$i,CanaryCountry$i,CanaryRegion$i,CanaryNetwork$i,CanaryGrade$i,CanaryPosition$i,regular,f,CanaryLanguage$i,Europe/Berlin,2015-01-0$i,2020-01-0$i,,"
  done
} >"$SCRATCH/staff.csv"
{
  header coaches
  for i in 1 4; do
    echo "iom-coaching,S$i,icf-certification,,CanaryCredential$i,CanaryArea$i,CanaryCoachLanguage$i,Europe/Berlin,5,2022-12-01,2022-12-15,accepted"
  done
} >"$SCRATCH/coaches.csv"
{
  header applications
  for i in 2 3; do
    echo "A$i,iom-coaching,2024,S$i,2024-01-0${i}T05:00:00+01:00,CanaryForm$i,yes,both,CanaryTongue$i,Europe/Berlin,CanaryMotivation$i"
  done
} >"$SCRATCH/applications.csv"
{
  header activity
  echo "2024-03-01T00:00:00Z,S2,request-pairing,P2,iom-coaching,2024,S2,S1,,,,,,"
  echo "2024-03-02T00:00:00Z,S1,accept-pairing,P2,,,,,,,,,,"
  echo "2024-03-03T00:00:00Z,S3,request-pairing,P3,iom-coaching,2024,S3,S4,,,,,,"
  echo "2024-03-04T00:00:00Z,S4,accept-pairing,P3,,,,,,,,,,"
  echo "2024-03-10T00:00:00Z,S1,mark-session-done,P2,,,,,1,2024-03-09,CanaryMinutes2,,,"
  echo "2024-03-11T00:00:00Z,S2,give-feedback,P2,,,,,1,,,4,,CanaryComment2"
} >"$SCRATCH/activity.csv"
for sheet in staff coaches applications; do expect_status 0 "$DAYBOOK" import $sheet "$SCRATCH/$sheet.csv"; done
expect_status 0 "$DAYBOOK" decide iom-coaching/2024
expect_status 0 "$DAYBOOK" import activity "$SCRATCH/activity.csv"

shown() { check "$1 is shown: $last" grep -q "$1" "$OUT"; }
hidden() { check "$1 is not shown: $last" refuse grep -q "$1" "$OUT" "$ERR"; }
as() { # STATUS PERSON ROLE QUESTION..
  last="${*:2}"
  expect_status "$1" "$DAYBOOK" "${@:4}" --as "$2" --role "$3" --purpose "a test"
}

say "A client sees their own and how to reach their coach; a coach what it takes to meet; nobody the others."
as 0 S2 client show A2
for word in CanaryMotivation2 CanaryTongue2 "outcome .*eligible"; do shown "$word"; done
as 0 S2 client show P2
for word in CanaryName1 CanaryMinutes2 CanaryComment2; do shown "$word"; done
as 0 S1 coach show A2
shown CanaryTongue2
for word in CanaryMotivation2 CanaryForm2 eligible; do hidden "$word"; done
as 0 S1 coach show S2
shown CanaryMail2
for word in CanaryGrade2 CanaryPosition2 CanaryEntity2; do hidden "$word"; done
as 0 S1 coach show P2
shown CanaryMinutes2
hidden CanaryComment2
as 0 S1 coach list pairings iom-coaching/2024 --format csv
expect_equal 2 "$(wc -l <"$OUT")" "lines of a coach's list of pairings"
hidden P3
as 0 S2 client list applications iom-coaching/2024 --json
for word in A3 CanaryName3; do hidden "$word"; done
as 0 S3 client show iom-coaching/S1
shown CanaryArea1
hidden CanaryCredential1
as 1 S3 client show A2
hidden Canary

say "A role that is not held gives nothing, whatever is asked."
for question in "show A2" "explain A2" "find CanaryStation2" "list pairings iom-coaching/2024" "history" "stats iom-coaching/2024"; do
  for who in "S2 administrator" "S5 auditor" "nobody sponsor"; do
    # shellcheck disable=SC2086
    as 1 $who $question
    hidden Canary
    check "nothing is printed: $question" test ! -s "$OUT"
  done
done
as 2 S2 emperor show A2

say "What is out of reach and what is not there: the same words, status and size, and a look each."
same_answer() { # PERSON ROLE VERB REAL MADE-UP
  local before
  before=$(looks "$ledger")
  as 1 "$1" "$2" $3 "$4"
  sed "s|$4|IT|" "$ERR" >"$SCRATCH/real"
  wc -c <"$OUT" >>"$SCRATCH/real"
  as 1 "$1" "$2" $3 "$5"
  sed "s|$5|IT|" "$ERR" >"$SCRATCH/made-up"
  wc -c <"$OUT" >>"$SCRATCH/made-up"
  expect_same "$SCRATCH/made-up" "$SCRATCH/real" "answers to $3 $4 and $3 $5"
  expect_equal $((before + 2)) "$(looks "$ledger")" "looks after two questions in vain"
}
for verb in show explain "history --subject"; do
  same_answer S1 coach "$verb" A3 A7
  same_answer S1 coach "$verb" P3 P7
  same_answer S1 coach "$verb" S3 S7
  same_answer S3 client "$verb" P2 P8
  same_answer nobody public "$verb" S2 S8
done
same_answer S1 coach "history --stream" pairing/P3 pairing/P7
same_answer S1 coach "history --actor" S3 S7
position=$("$DAYBOOK" history --stream application/A3 --json | sed -n 's/.*"position": \([0-9]*\).*/\1/p' | head -n 1)
for option in --position --chain; do same_answer S1 coach "history $option" "$position" 999999; done
same_answer S1 coach "rights export" S2 S8
same_answer S3 client "rights export" S1 S8

say "Pages and links lead to events in reach alone."
as 0 S1 coach history --json
grep -o '"position": [0-9]*' "$OUT" | grep -o '[0-9]*' >"$SCRATCH/reached"
: >"$SCRATCH/paged"
after=()
for ((page = 0; page < 100; ++page)); do
  as 0 S1 coach history --limit 2 "${after[@]}" --json
  grep -o '"position": [0-9]*' "$OUT" | grep -o '[0-9]*' >>"$SCRATCH/paged"
  next=$(sed -n 's/.*"next": \([0-9a-z]*\).*/\1/p' "$OUT")
  [ "$next" = null ] && break
  after=(--after "$next")
done
expect_same "$SCRATCH/reached" "$SCRATCH/paged" "events in one answer and in pages of two"
as 0 S1 coach history --json
for link in $(grep -o '"\(caused_by\|corrects\)": [0-9][0-9]*' "$OUT" | grep -o '[0-9]*$' | sort -u); do
  check "event $link, which another follows from, is in reach" grep -qx "$link" "$SCRATCH/reached"
done

say "What a refusal quotes is told to whoever may be told of that event."
refused() { expect_status 1 "$DAYBOOK" "do" request-pairing ref=P2 programme="$1" cycle="$2" client=S2 coach=S1 --json "${@:3}"; }
expect_status 0 grant "$ledger" S5 administrator --programme iom-executive-coaching
refused iom-coaching 2024
check "the event in the way, and what of it was seen" grep -q '"saw": "the reference stands.*"because": [0-9]' "$OUT"
refused iom-executive-coaching 2024 --as S5
check "not to an administrator of another programme" grep -q '"saw": "(sealed)".*"because": null' "$OUT"

say "The access book says who, in which role, why, at whom, through whom; and the answer names its look."
yearly=("${officer[@]}" --purpose "the yearly review")
expect_status 0 "$DAYBOOK" show A2 --as S2 --role client --purpose "my own form" --json
look=$(sed -n 's/.*"looks": \[\([0-9]*\)\].*/\1/p' "$OUT" | head -n 1)
expect_said "this is look $look of the access book"
expect_status 0 "$DAYBOOK" access-log "${yearly[@]}" --format csv
check "the look is there under its id" grep -q "^$look,.*,S2,client,,my own form,show,shown,.*registration" "$OUT"
check "attempts are there too" grep -q ",coach,,a test,show,denied," "$OUT"
me=$("$DAYBOOK" history --subject A2 --json | sed -n 's/.*"subject": "\([^"]\+\)".*/\1/p' | head -n 1)
check "an attempt names whom it was about" grep -q ",show,denied,[^,]*,$me," "$OUT"
before=$(looks "$ledger")
expect_status 0 "$DAYBOOK" access-log --about S2 "${yearly[@]}" --json
expect_equal $((before + 1)) "$(looks "$ledger")" "looks after a look at the access book"
as 0 S2 client access-log --format csv
check "a person is told in which role and why their record was looked at" grep -q ",coach,,a test,show,shown," "$OUT"
hidden CanaryName
check "and not by whom" refuse grep -q ",S1," "$OUT"
me_or_not=$(wc -l <"$OUT")
check "there is something to find" test "$me_or_not" -gt 1
for by in S1 S5; do
  as 0 S2 client access-log --by "$by" --format csv
  expect_equal 1 "$(wc -l <"$OUT")" "looks that a client finds by asking for $by"
done
for who in "S1 coach" "S5 client"; do
  # shellcheck disable=SC2086
  as 0 $who access-log --about S2 --format csv
  expect_equal 1 "$(wc -l <"$OUT")" "lines of an access log of somebody else"
done

say "If the access book cannot be written, nothing leaves: 100 of 100."
admin=("${administrator[@]}" --purpose "must not leave")
withheld=0
nothing_leaves() { # QUESTION..
  local status=0 out
  out=$(mktemp -p "$SCRATCH")
  "$DAYBOOK" "$@" "${admin[@]}" >"$out" 2>"$out.err" </dev/null || status=$?
  { [ "$status" = 3 ] || [ "$status" = 4 ]; } && [ ! -s "$out" ] && ! grep -q Canary "$out.err" && echo ok >>"$SCRATCH/nothing"
}
questions=("show S2" "explain A2" "list pairings iom-coaching/2024" "history --subject S2" "find CanaryStation2")
ask_all() { # TIMES [&]
  local i question
  for ((i = 0; i < $1; ++i)); do
    for question in "${questions[@]}"; do
      # shellcheck disable=SC2086
      if [ "${2:-}" = "&" ]; then nothing_leaves $question & else nothing_leaves $question || true; fi
    done
  done
  wait
}
before=$(looks "$ledger")
: >"$SCRATCH/nothing"
cp "$ledger/daybook.toml" "$SCRATCH/daybook.toml"
printf '\n[disk]\nfloor_mib = 1000000000\n' >>"$ledger/daybook.toml"
ask_all 8 # a full disk
cp "$SCRATCH/daybook.toml" "$ledger/daybook.toml"
mv "$ledger/access" "$ledger/access-away"
: >"$ledger/access"
ask_all 8 # errors of the disk
rm "$ledger/access" && mv "$ledger/access-away" "$ledger/access"
exec 9>"$ledger/access.lock"
flock 9
ask_all 4 "&" # stuck
exec 9>&-
withheld=$(wc -l <"$SCRATCH/nothing")
expect_equal 100 "$withheld" "questions of 100 that were withheld"
expect_equal "$before" "$(looks "$ledger")" "looks after 100 that were not granted"
expect_status 0 "$DAYBOOK" show S2 "${admin[@]}"
shown CanaryName2
expect_status 0 "$DAYBOOK" verify

say "Broken glass: reason and scope first, a second person, a short time; open until somebody else has reviewed it."
blind=("${yearly[@]}")
expect_status 1 "$DAYBOOK" show S2 "${blind[@]}"
glass=(break-glass S2 --classes "contact,staff" --minutes 30 --reason "CanaryReason" --tell S4 --role compliance-officer)
expect_status 1 "$DAYBOOK" break-glass S2 --classes contact --minutes 241 --reason x --tell S4 --role compliance-officer
expect_status 1 "$DAYBOOK" break-glass S2 --classes contact --minutes 5 --reason x --tell nobody --role compliance-officer
expect_status 1 "$DAYBOOK" "${glass[@]}"
expect_said no-second-person "review-glass as compliance-officer in scope"
expect_status 0 grant "$ledger" S4 data-protection-officer
expect_status 2 "$DAYBOOK" break-glass S2 --classes feedback --minutes 5 --reason x --tell S4 --role compliance-officer
expect_status 0 "$DAYBOOK" "${glass[@]}"
expect_said "tell S4"
expect_status 0 "$DAYBOOK" show S2 "${blind[@]}"
for word in CanaryName2 CanaryGrade2; do shown "$word"; done
expect_status 1 "$DAYBOOK" show A2 "${blind[@]}"
expect_status 1 "$DAYBOOK" show S3 "${blind[@]}"
broken=$("$DAYBOOK" history --kind GlassBroken --json | sed -n 's/.*"position": \([0-9]*\).*/\1/p' | tail -n 1)
expect_status 0 "$DAYBOOK" access-log --about S2 "${blind[@]}" --format csv
check "a look under it names the glass" grep -q ",show,shown,.*,$broken"$'\r' "$OUT"
check "who is to be told is not told under another name" refuse grep -q "you are told" "$ERR"
as 0 S4 coach list glasses --format csv
expect_said "you are told that" "wants a review"
check "who was told sees it" grep -q 'wants a review' "$OUT"
expect_status 0 "$DAYBOOK" list glasses --format csv
id=$(sed -n '2s/,.*//p' "$OUT")
check "why is sealed without a role" refuse grep -q CanaryReason "$OUT"
expect_status 1 "$DAYBOOK" review-glass "$id" finding=proper reason=fine --role compliance-officer
expect_said own-case
expect_status 1 "$DAYBOOK" review-glass "$id" finding=proper reason=fine --as S5 --role compliance-officer
expect_said not-allowed
expect_status 0 "$DAYBOOK" doctor
check "doctor says that it is open" grep -q 'broken glass .*open' "$OUT"
expect_status 0 grant "$ledger" S5 compliance-officer
expect_status 0 "$DAYBOOK" review-glass "$id" finding=unclear reason="asked again" --as S5 --role compliance-officer
expect_status 0 "$DAYBOOK" doctor
check "an unclear finding leaves it open" grep -q 'broken glass .*open' "$OUT"
expect_status 1 "$DAYBOOK" show S2 "${blind[@]}"
expect_status 0 "$DAYBOOK" review-glass "$id" finding=proper reason="the family was reached" --as S5 --role compliance-officer
expect_status 0 "$DAYBOOK" doctor
check "a finding closes it" grep -q 'broken glass .*good' "$OUT"
as 0 S4 coach list glasses --format csv
check "and nobody needs telling any more" refuse grep -q "you are told" "$ERR"
expect_status 0 "$DAYBOOK" list decisions iom-coaching/2024 "${blind[@]}" --format csv
check "no decision is shown without a glass" refuse grep -q A2 "$OUT"
expect_status 0 "$DAYBOOK" break-glass iom-coaching/2024 --classes registration --minutes 30 --reason x --tell S4 --role compliance-officer
broken=$("$DAYBOOK" history --kind GlassBroken --json | sed -n 's/.*"position": \([0-9]*\).*/\1/p' | tail -n 1)
expect_status 0 "$DAYBOOK" list decisions iom-coaching/2024 "${blind[@]}" --format csv
check "with one it is" grep -q A2 "$OUT"
expect_said "of the access book"
expect_status 0 "$DAYBOOK" access-log "${blind[@]}" --format csv
check "a look at what is no field names the glass" grep -q ",shown,.*registration.*,$broken"$'\r' "$OUT"
expect_status 0 "$DAYBOOK" verify
expect_status 0 "$DAYBOOK" replay --check
finish
