#!/bin/bash
# What is confidential stays sealed unless somebody says who looks, in which role and why; and every such look is
# written down before the answer is given.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season

# Every cell of free text holds a word of its own that starts with Canary; so do the keys of commands by hand.
say "A ledger with a canary in every cell of free text."
expect_status 0 "$DAYBOOK" init --ledger "$ledger"
{
  header staff
  for i in 1 2 3; do
    row=S$i,CanaryName$i,CanaryMail$i@x.example,CanaryOrg$i,CanaryEntity$i,CanaryStation$i,CanaryCountry$i,CanaryRegion$i
    echo "$row,CanaryNetwork$i,CanaryGrade$i,CanaryPosition$i,regular,f,CanaryLanguage$i,Europe/Berlin,2015-01-0$i,2020-01-0$i,CanarySupervisor$i,"
  done
} >"$SCRATCH/staff.csv"
{
  header coaches
  echo "iom-coaching,S1,icf-certification,CanaryHours,CanaryCredential,CanaryArea,CanaryCoachLanguage,Europe/Berlin,5,2022-12-01,2022-12-15,accepted"
  echo "iom-coaching,S3,CanaryKind,10,CanaryCredential3,CanaryArea3,en,Europe/Berlin,5,2022-12-01,2022-12-15,accepted"
} | sed 's/CanaryHours//' >"$SCRATCH/coaches.csv"
{
  header participations
  echo "S3,CanaryProgramme,CanarySponsor,CanaryEdition,CanaryCount"
} >"$SCRATCH/participations.csv"
{
  header applications
  echo "A1,iom-coaching,2024,S2,2024-01-05T05:00:00+01:00,CanaryForm,yes,both,CanaryTongue,Europe/Berlin,CanaryMotivation"
  echo "A2,iom-coaching,2024,S3,2024-03-05T05:00:00+01:00,CanaryFormLate,yes,both,CanaryTongueLate,Europe/Berlin,CanaryMotivationLate"
} >"$SCRATCH/applications.csv"
{
  header activity
  echo "2024-03-01T00:00:00Z,CanaryActor,request-pairing,P1,iom-coaching,2024,S2,S1,,,,,CanaryReason0,CanaryComment0"
  echo "2024-03-02T00:00:00Z,S1,accept-pairing,P1,,,,,,,,,CanaryReason1,CanaryComment1"
  echo "2024-03-10T00:00:00Z,S1,mark-session-done,P1,,,,,1,2024-03-09,CanaryMinutes,,CanaryReason2,CanaryComment2"
  echo "2024-03-11T00:00:00Z,S2,give-feedback,P1,,,,,1,,,4,CanaryReason3,CanaryComment3"
  echo "2024-03-12T00:00:00Z,S2,mark-session-missed,P1,,,,,2,2024-03-11,,,CanaryReason4,CanaryComment4"
  echo "2024-03-13T00:00:00Z,S2,mark-session-done,P1,,,,,3,2024-03-12,,,CanaryReason5,CanaryComment5"
  echo "2024-03-14T00:00:00Z,S2,withdraw-session,P1,,,,,3,,,,CanaryReason6,CanaryComment6"
  echo "2024-03-15T00:00:00Z,S2,extend-window,P1,,,,,,2025-01-01,,,CanaryReason7,CanaryComment7"
  echo "2024-03-16T00:00:00Z,S3,request-pairing,P2,iom-coaching,2024,S3,S1,,,,,CanaryReason8,CanaryComment8"
  echo "2024-03-17T00:00:00Z,S3,request-pairing,P3,iom-coaching,2024,S2,S1,,,,,CanaryReason9,CanaryComment9"
} >"$SCRATCH/activity.csv"
# What the writing verbs print is searched too.
said=$SCRATCH/said
step() {
  expect_status "$1" "$DAYBOOK" "${@:2}" --ledger "$ledger"
  cat "$OUT" "$ERR" >>"$said"
}
for sheet in staff participations coaches applications; do
  step 0 import $sheet "$SCRATCH/$sheet.csv" --dry-run --report "$SCRATCH/report-$sheet.csv"
  cat "$SCRATCH/report-$sheet.csv" >>"$said"
  step 0 import $sheet "$SCRATCH/$sheet.csv" --report "$SCRATCH/report-$sheet.csv" --json
  cat "$SCRATCH/report-$sheet.csv" >>"$said"
done
step 0 role grant CanaryDecider administrator --programme iom-coaching reason=CanaryGrant
step 0 decide iom-coaching/2024 --as CanaryDecider --role administrator
step 0 import activity "$SCRATCH/activity.csv" --report "$SCRATCH/report-activity.csv"
cat "$SCRATCH/report-activity.csv" >>"$said"
step 0 "do" give-feedback ref=P1 session=1 actor=S1 rating=2 comment=CanaryByHand --as CanaryGiver
step 1 "do" give-feedback ref=P1 session=1 actor=CanaryStranger rating=2 comment=CanaryByHand2 reason=CanaryWhy2 --json
step 1 "do" request-pairing ref=P9 programme=iom-coaching cycle=2024 client=S2 coach=S3 reason=CanaryRefusedReason comment=CanaryRefused
step 0 "do" end-pairing ref=P1 reason=CanaryEnd comment=CanaryEndComment
check "reports and answers of the writing verbs hold no canary" refuse grep -h Canary "$said"
check "activity had all its outcomes" test "$(outcomes "$SCRATCH/report-activity.csv")" = "recorded refused"

people=$("$DAYBOOK" history --kind StaffRecorded --json --ledger "$ledger" | grep -o '"subject": *"[^"]*"' | sed 's/.*"\([^"]*\)"$/\1/' | grep . | sort -u)
check "three people are known by ids" test "$(echo "$people" | wc -l)" = 3
lists="decisions applications seats waitlist pairings sessions coaches overdue refused"

# Each line is a question; the same are asked sealed and unsealed.
questions() {
  local what id
  for what in $lists; do echo "list $what iom-coaching/2024"; done
  for id in A1 A2 P1 P2 P3 iom-coaching/2024 $people; do echo "show $id"; done
  for id in A1 A2 P1 P2 P3; do echo "explain $id"; done
  echo "stats iom-coaching/2024"
  echo "history"
  for id in A1 A2 P1 $people; do echo "history --subject $id"; done
  echo "charter list"
  echo "charter show iom-coaching"
}

say "Without --as no verb shows one, in any form, at any moment."
: >"$SCRATCH/sealed"
while read -r question; do
  forms=" --json"
  [ "${question#charter show}" = "$question" ] && forms="|--json|--format csv|--format table"
  IFS='|' read -r -a forms <<<"$forms"
  for form in "${forms[@]}"; do
    # shellcheck disable=SC2086
    expect_status 0 "$DAYBOOK" $question $form --ledger "$ledger"
    ! grep -o 'Canary[A-Za-z0-9]*' "$OUT" "$ERR" >"$SCRATCH/hits" || fail "$question $form shows $(head -n 1 "$SCRATCH/hits")"
    cat "$OUT" >>"$SCRATCH/sealed"
  done
done < <(questions)
for id in S1 S2 S3 iom-coaching/S1; do
  "$DAYBOOK" show "$id" --ledger "$ledger" >>"$SCRATCH/sealed" 2>&1 || true
  "$DAYBOOK" explain "$id" --ledger "$ledger" >>"$SCRATCH/sealed" 2>&1 || true
done
for verb in verify doctor; do "$DAYBOOK" $verb --ledger "$ledger" >>"$SCRATCH/sealed" 2>&1; done
check "no answer without --as holds a canary" refuse grep -o 'Canary[A-Za-z0-9]*' "$SCRATCH/sealed"
check "no answer without --as holds a person's mail" refuse grep -q 'x\.example' "$SCRATCH/sealed"
expect_equal 0 "$(looks "$ledger")" "events in the access book after answers without --as"

say "Half a claim is none: without role and purpose it is wrong use, and nothing is shown or written down."
for half in "--as S1" "--as S1 --role administrator" "--as S1 --purpose review" "--role administrator" "--purpose review"; do
  for question in "show P1" "explain A1" "list pairings iom-coaching/2024" "history --subject P1"; do
    # shellcheck disable=SC2086
    expect_status 2 "$DAYBOOK" $question $half --ledger "$ledger"
    ! grep -q Canary "$OUT" "$ERR" || fail "$question $half shows $(grep -ho 'Canary[A-Za-z0-9]*' "$OUT" "$ERR" | head -n 1)"
  done
done
expect_status 2 "$DAYBOOK" show P1 --as S1 --role administrator --purpose "" --ledger "$ledger"
expect_equal 0 "$(looks "$ledger")" "events in the access book after half claims"

say "A role that the record does not have for somebody is none: nothing is shown, and the attempt is written down."
for question in "show S2" "explain A1" "list pairings iom-coaching/2024" "find CanaryStation2"; do
  # shellcheck disable=SC2086
  expect_status 1 "$DAYBOOK" $question --as CanaryLooker --role administrator --purpose CanaryPretext --ledger "$ledger"
  check "$question shows nothing to somebody without the role" test ! -s "$OUT"
done
expect_equal 4 "$(looks "$ledger")" "events in the access book after four attempts"

say "With a role and a purpose there is something to see, and each look is one event in the access book."
who=("${administrator[@]}" --purpose "CanaryPurpose of the yearly review")
seen=4
look() { # STATUS QUESTION..: shows a canary, one event more
  expect_status 0 "$DAYBOOK" "$@" "${who[@]}" --ledger "$ledger"
  check "$* shows confidential text" grep -q Canary "$OUT"
  seen=$((seen + 1))
  expect_equal $seen "$(looks "$ledger")" "events in the access book after $*"
}
look show S2
check "a person's name is shown" grep -q CanaryName2 "$OUT"
look show A1
check "a motivation is shown" grep -q CanaryMotivation "$OUT"
look show P1
look show iom-coaching/S1
check "a coach's credential is shown" grep -q CanaryCredential "$OUT"
look explain A1
look explain P1
look list pairings iom-coaching/2024
look list applications iom-coaching/2024 --json
look list coaches iom-coaching/2024 --format csv

say "Rows about people are a look, be there no field in them; figures and charters are none."
expect_status 0 "$DAYBOOK" list decisions iom-coaching/2024 "${who[@]}" --ledger "$ledger"
seen=$((seen + 1))
expect_equal $seen "$(looks "$ledger")" "events in the access book after list decisions"
for question in "stats iom-coaching/2024" "charter list"; do
  # shellcheck disable=SC2086
  expect_status 0 "$DAYBOOK" $question "${who[@]}" --ledger "$ledger"
  expect_equal $seen "$(looks "$ledger")" "events in the access book after $question"
done

say "Every other question with --as: if it shows a canary, a look was written down."
while read -r question; do
  # shellcheck disable=SC2086
  expect_status 0 "$DAYBOOK" $question "${who[@]}" --ledger "$ledger"
  now=$(looks "$ledger")
  if grep -q Canary "$OUT"; then
    expect_equal $((seen + 1)) "$now" "events in the access book after $question, which showed something"
  else
    check "at most one event after $question" test "$now" -le $((seen + 1))
  fi
  seen=$now
done < <(questions) >"$SCRATCH/looked"

say "Looking changes nothing in the programme book, and its events never show who looked or at what."
expect_status 0 "$DAYBOOK" history --json --ledger "$ledger"
check "history --json holds no canary" refuse grep -o 'Canary[A-Za-z0-9]*' "$OUT"
expect_status 0 "$DAYBOOK" verify --ledger "$ledger"

say "If the access book cannot be written, nothing confidential is shown."
held_book() { flock "$ledger/access.lock" "$@"; }
shown_nothing() {
  expect_equal 0 "$(wc -c <"$OUT")" "bytes printed by $1"
  check "its message holds nothing confidential" refuse grep -q Canary "$ERR"
}
expect_status 4 held_book "$DAYBOOK" show S2 "${who[@]}" --ledger "$ledger"
shown_nothing "show while another process holds the access book"
expect_said "access book"
expect_status 0 held_book "$DAYBOOK" show P1 --ledger "$ledger"
mv "$ledger/access" "$ledger/access-away"
: >"$ledger/access"
for question in "show P1" "explain A1" "list pairings iom-coaching/2024" "history --subject P1"; do
  status=0
  # shellcheck disable=SC2086
  "$DAYBOOK" $question "${who[@]}" --ledger "$ledger" >"$OUT" 2>"$ERR" || status=$?
  check "$question without an access book ends with 3 or 4, not $status" test "$status" = 4 -o "$status" = 3
  check "$question without an access book shows nothing" refuse grep -q Canary "$OUT" "$ERR"
done
rm "$ledger/access" && mv "$ledger/access-away" "$ledger/access"
expect_equal "$seen" "$(looks "$ledger")" "events in the access book after looks that were not granted"
look show S2
expect_status 0 "$DAYBOOK" verify --ledger "$ledger"

say "The root key and the ledger are for their owner only."
expect_equal 600 "$(stat -c %a "$ledger.root-key")" "mode of the root key"
expect_equal 700 "$(stat -c %a "$ledger")" "mode of the ledger's folder"
check "the key stands outside of the ledger" refuse grep -rqF "$(cat "$ledger.root-key")" "$ledger"
finish
