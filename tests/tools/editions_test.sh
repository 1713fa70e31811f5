#!/bin/bash
# Editions from the command line: what sponsors and the public are told, when, and what they are refused.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season
on=(--ledger "$ledger")
expect_status 0 "$DAYBOOK" init "${on[@]}"
for step in $kSeason; do expect_status 0 season_step "$step" "$ledger"; done
cycle=iom-coaching/2024
told() { "$DAYBOOK" stats "$1" --audience "$2" --format csv "${on[@]}" "${@:3}" | tr -d '\r'; }

say "Before anything was published the answer is no, and when the next edition is due."
expect_status 1 "$DAYBOOK" stats $cycle --audience sponsor "${on[@]}"
expect_said "no edition of $cycle for the sponsor was published; the next is due on 2024-03-31"
expect_status 0 "$DAYBOOK" list editions $cycle --format csv "${on[@]}"
expect_equal "sponsor,1,2024-03-31," "$(tr -d '\r' <"$OUT" | sed -n 2p)" "the first edition in the list"

say "A dry run says what a tick would publish; a tick publishes it, each day once for each audience."
expect_status 0 "$DAYBOOK" tick --dry-run --format csv "${on[@]}"
expect_equal 14 "$(grep -c ',EditionPublished,' "$OUT")" "editions that a tick would publish"
expect_status 0 "$DAYBOOK" tick --format csv "${on[@]}"
expect_equal 14 "$(grep -c ',EditionPublished,' "$OUT")" "editions that were published: of 3, 2 and 2 days, for two audiences"
expect_status 0 "$DAYBOOK" tick --format csv "${on[@]}"
expect_equal 0 "$(grep -c ',EditionPublished,' "$OUT" || true)" "editions of a second tick"
expect_season "$ledger"

say "Sponsor and public are answered from the newest edition, which says which one it is."
expect_status 0 "$DAYBOOK" stats $cycle --audience sponsor --format table "${on[@]}"
check "the headline names edition, day and minimum" grep -q "^edition 3 of $cycle for the sponsor, due 2025-01-31: .* fewer than 11 people" "$OUT"
expect_status 0 "$DAYBOOK" stats $cycle --audience sponsor --json "${on[@]}"
check "in JSON one object" is_json "$OUT"
check "with the minimum" grep -q '"minimum": 11' "$OUT"
expect_equal 844 "$(told $cycle sponsor | awk -F, '$4 == "applications-by-place" && $5 == "total" { print $6 }')" "applications"
expect_equal 350 "$(told $cycle public | awk -F, '$4 == "seated-by-place" && $5 == "total" { print $6 }')" "seated"
expect_equal 160 "$(told $cycle public | awk -F, '$4 == "completed" { print $6 }')" "completed"
check "the public is not told of goals" refuse grep -q applications-by-goal <(told $cycle public)
for each in $kCycles; do
  for audience in sponsor public; do
    check "$each tells the $audience of nobody or of 11" awk -F, 'NR > 1 && $6 > 0 && $6 < 11 { exit 1 }' <(told "$each" "$audience")
  done
done
check "groups add up to the total" awk -F, '
  NR > 1 && $5 == "total" && groups[$4] && groups[$4] != $6 { exit 1 } NR > 1 && $5 != "total" { groups[$4] += $6 }' <(told $cycle sponsor)
told $cycle sponsor --edition 1 | cut -d, -f4- >"$SCRATCH/first"
told $cycle sponsor | cut -d, -f4- >"$SCRATCH/newest"
expect_same "$SCRATCH/first" "$SCRATCH/newest" "an edition and a later one in which nothing changed"

say "What is asked in another way is refused."
for way in "--at 2024-03-01" "--happened-by 2024-03-01"; do
  # shellcheck disable=SC2086
  expect_status 2 "$DAYBOOK" stats $cycle --audience public $way "${on[@]}"
  expect_said "answered from editions only"
done
expect_status 2 "$DAYBOOK" stats $cycle --audience team --edition 1 "${on[@]}"
expect_status 1 "$DAYBOOK" stats $cycle --audience public --edition 9 "${on[@]}"
expect_said "no edition 9"

say "No view tells how a coach was rated: a coach has too few clients for any minimum."
who=(--role administrator --purpose "look for ratings")
expect_status 0 "$DAYBOOK" list coaches $cycle --format csv "${who[@]}" "${on[@]}"
coach=$(tr -d '\r' <"$OUT" | awk -F, 'NR == 2 { print $2 }')
for question in "list coaches $cycle" "list sessions $cycle" "list pairings $cycle" "show iom-coaching/$coach" "stats $cycle"; do
  # shellcheck disable=SC2086
  expect_status 0 "$DAYBOOK" $question --json "${who[@]}" "${on[@]}"
  check "$question has no rating but the cycle's mean" refuse grep -qi 'rating[^_]' "$OUT"
done

say "A later cycle has its own days, and its figures wait for them; a minimum below the floor is refused with its line."
charter=$SCRATCH/executive.toml
"$DAYBOOK" charter show iom-executive-coaching "${on[@]}" |
  sed -e 's/^name = "2024"/name = "2036"/' -e 's/^\(closes_on\|facts_as_of\) = [0-9-]*/\1 = 2036-03-31/' -e 's/^editions = .*/editions = [2036-06-30]/' >"$charter"
sed 's/^published_minimum = .*/published_minimum = 2/' "$charter" >"$SCRATCH/low.toml"
expect_status 2 "$DAYBOOK" charter add "$SCRATCH/low.toml" "${on[@]}"
expect_said "low.toml:$(grep -n '^published_minimum' "$charter" | cut -d: -f1): figures.published_minimum: found 2, want a whole number from 3"
expect_status 0 "$DAYBOOK" charter add "$charter" "${on[@]}"
expect_status 0 "$DAYBOOK" tick "${on[@]}"
expect_status 1 "$DAYBOOK" stats iom-executive-coaching/2036 --audience public "${on[@]}"
expect_said "the next is due on 2036-06-30"
expect_status 0 "$DAYBOOK" history --kind EditionPublished --limit 1 "${on[@]}"
check "history says what was published" grep -q "edition 1 of .* published, due" "$OUT"
expect_status 0 "$DAYBOOK" verify "${on[@]}"
expect_status 0 "$DAYBOOK" replay --check "${on[@]}"
finish
