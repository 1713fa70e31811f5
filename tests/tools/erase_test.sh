#!/bin/bash
# One person of the season is erased: every other answer stays, receipts and checkpoints from before still verify, nothing of theirs, not
# even sealed, is left in any file, and neither last year's files nor a backup from before bring them back.
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$(dirname "$0")/lib.sh"
begin "$@"
ledger=$SCRATCH/season
export DAYBOOK_LEDGER=$ledger
person=U000148
who=(--role administrator --purpose "a test")

# Everything the product wrote.
hits() { grep -rlF -e "$1" "$SCRATCH"/season* "$@" 2>/dev/null | wc -l; }
# Every answer that no confidential value stands in. Of history what is older than NEWEST.
answers() { # PREFIX NEWEST
  local cycle list
  for cycle in $kCycles; do
    for list in decisions applications seats waitlist pairings sessions coaches overdue editions refused; do
      "$DAYBOOK" list $list "$cycle" --format csv >"$1-$list-${cycle%/*}"
    done
    for audience in team sponsor public; do
      "$DAYBOOK" stats "$cycle" --audience $audience --format json | figures /dev/stdin >"$1-stats-$audience-${cycle%/*}"
    done
  done
  "$DAYBOOK" history --position "0-$2" --json >"$1-history"
  "$DAYBOOK" list imports --format csv >"$1-imports"
}

# The sealed bytes of a person in a backup and its keys, a line of hex each: the ends of their records, name and key. ciphers ID FILE...
ciphers() {
  perl -e '
    my $id = shift;
    for my $name (@ARGV) {
      open my $file, "<:raw", $name or die "$name: $!";
      local $/;
      my $bytes = <$file>;
      for (my $at = 0; $at < length $bytes;) {
        my $key_size = unpack "n", substr $bytes, $at, 2;
        my $key = substr $bytes, $at + 2, $key_size;
        my $size = unpack "N", substr $bytes, $at + 2 + $key_size, 4;
        my $value = substr $bytes, $at + 6 + $key_size, $size;
        $at += 6 + $key_size + $size;
        my $theirs = ($key =~ /^r/ && index($value, "person/$id") == 1) || $key eq "n$id" || $key =~ m{/wperson/$id$};
        print unpack("H*", substr $value, -24), "\n" if $theirs;
      }
    }' "$@"
}
# How many of those lines stand in any file below the folders: sealed_hits LINES FOLDER...
sealed_hits() {
  find "${@:2}" -type f -print0 | perl -0 -e '
    open my $lines, "<", shift; local $/ = "\n"; my %left = map { chomp; (pack("H*", $_) => 1) } <$lines>; local $/ = "\0";
    my $found = 0;
    while (my $name = <STDIN>) {
      chomp $name;
      open my $file, "<:raw", $name or next;
      local $/; my $bytes = <$file>;
      for my $cipher (keys %left) { if (index($bytes, $cipher) >= 0) { ++$found; delete $left{$cipher} } }
    }
    print $found' "$1"
}

application=$(tr -d '\r' <"$DEMO/applications.csv" | awk -F, -v who="$person" '$4 == who && !found++ { print $1 }')
expect_status 0 "$DAYBOOK" init --origin ledger.example/season
for step in $kSeason; do expect_status 0 season_step "$step" "$ledger"; done
row=$(grep "^$person," "$DEMO/staff.csv" | tr -d '\r')
name=$(cut -d, -f2 <<<"$row") mail=$(cut -d, -f3 <<<"$row")
check "the person has a name and an address" test -n "$name" -a -n "$mail"
expect_status 0 "$DAYBOOK" show $person "${who[@]}"
check "they are found by number" grep -qF "$name" "$OUT"
expect_status 2 "$DAYBOOK" rights export $person
expect_status 0 "$DAYBOOK" rights export $person --as $person --role client --purpose "my request"
check "the export has their values" grep -qF "<td>$mail</td>" "$OUT"
check "nobody else's address is in it" test "$(grep -o '[^<>]*@staff.example' "$OUT" | sort -u | wc -l)" = 1
check "and says who looked before" grep -q "administrator: a test (show)" "$OUT"
expect_status 0 "$DAYBOOK" rights export $person --json --as $person --role client --purpose "my request"
check "rights export --json is one JSON text" is_json "$OUT"
expect_status 0 "$DAYBOOK" tick
end=$(book_end "$ledger")
answers "$SCRATCH/before" "$end"
expect_status 0 "$DAYBOOK" checkpoint
cp "$OUT" "$SCRATCH/checkpoint"
old=$(sed -n 2p "$OUT")
expect_status 0 "$DAYBOOK" prove inclusion 5000
cp "$OUT" "$SCRATCH/receipt"
expect_status 0 "$DAYBOOK" explain "$application" "${who[@]}"
check "the facts of their decision are told" refuse grep -q "fact erased" "$OUT"
grep '^ *criterion ' "$OUT" >"$SCRATCH/explained"

# The sealed bytes, as a backup has them; they are in the live files too.
expect_status 0 "$DAYBOOK" backup "$SCRATCH/old-backup" --keys "$SCRATCH/old-keys"
expect_status 0 "$DAYBOOK" show $person --json "${who[@]}"
id=$(grep -o 'person [a-z0-9]\{26\}' "$OUT" | head -n 1 | cut -d' ' -f2)
ciphers "$id" "$SCRATCH"/old-backup/*/sealed/* "$SCRATCH"/old-backup/*/rows.* "$SCRATCH"/old-keys/keys.* >"$SCRATCH/ciphers"
noted=$(wc -l <"$SCRATCH/ciphers")
check "there are many ($noted)" test "$noted" -ge 8
live=$(sealed_hits "$SCRATCH/ciphers" "$ledger")
check "nearly all of them: a block of the log may end within one ($live)" test "$live" -ge $((noted - 2))

say "An erasure of nobody is no; of somebody it is recorded and certified."
expect_status 1 "$DAYBOOK" erase nobody-at-all --reason "a request"
expect_status 2 "$DAYBOOK" erase $person --known-until soon --reason "a request"
expect_status 0 "$DAYBOOK" role grant second-person data-protection-officer reason="so that two can agree"
expect_status 0 "$DAYBOOK" erase $person --reason "a request"
check "it waits for a second person" grep -q "wants a second person" "$OUT"
expect_status 0 "$DAYBOOK" list proposals --format csv
proposal=$(tail -n 1 "$OUT" | cut -d, -f1)
expect_status 0 "$DAYBOOK" show $person "${who[@]}"
check "until then they are there" grep -qF "$name" "$OUT"
expect_status 1 "$DAYBOOK" second "$proposal"
expect_status 0 "$DAYBOOK" second "$proposal" --as second-person --role data-protection-officer reason="as asked"
check "it says how much went" grep -q "erased: [0-9]* sealed records went" "$OUT"
expect_status 0 "$DAYBOOK" history --kind ErasureCertified
check "no live file holds it any more" grep -q "no live file holds it" "$OUT"
expect_status 0 "$DAYBOOK" history --kind WrappingKeyChanged
check "the other keys were wrapped anew" grep -q "wrapping key 2 in force for [0-9]* owners, 1 destroyed" "$OUT"
expect_status 1 "$DAYBOOK" erase $person --reason again
expect_status 1 "$DAYBOOK" rights export $person --as $person --role client --purpose "my request"

say "Nobody finds them any more, and nothing of theirs is in any file."
expect_status 1 "$DAYBOOK" show $person "${who[@]}"
expect_status 0 "$DAYBOOK" find "$name" "${who[@]}" --format csv
check "no search finds them" refuse grep -qF -e $person -e "$mail" "$OUT"
for secret in "$person" "$name" "$mail"; do expect_equal 0 "$(hits "$secret")" "files that hold $secret"; done
expect_equal 0 "$(sealed_hits "$SCRATCH/ciphers" "$SCRATCH"/season*)" "sealed bytes of theirs in live files"

say "Every other answer is as it was."
expect_season "$ledger"
answers "$SCRATCH/after" "$end"
for before in "$SCRATCH"/before-*; do expect_same "$before" "${before/before-/after-}" "answers of ${before##*before-}"; done
expect_status 0 "$DAYBOOK" explain "$application" "${who[@]}"
check "a fact that went is said to be erased, its outcome stands" grep -q "saw  *fact erased, outcome stands" "$OUT"
expect_same "$SCRATCH/explained" <(grep '^ *criterion ' "$OUT") "outcomes of the criteria"
expect_status 0 "$DAYBOOK" verify
check "verify counts what was lawfully erased" grep -q "values were lawfully erased" "$OUT"
expect_status 0 "$DAYBOOK" prove consistency "$old"
check "the checkpoint of before is among those that verify has checked" test "$(sed -n 's/.* \([0-9]*\) signed checkpoints.*/\1/p' "$OUT" | head -n 1)" != 0
expect_status 0 "$DAYBOOK" prove inclusion 5000
expect_same <(sed -n 3p "$SCRATCH/receipt") <(sed -n 3p "$OUT") "entries of the receipt from before and of now"
expect_status 0 "$DAYBOOK" replay --check
check "replay --check has nothing to say" test ! -s "$OUT"

say "Last year's files again: their rows are refused, the others are known."
for step in staff participations applications activity; do
  expect_status 0 season_step "$step" "$ledger" --report "$SCRATCH/report.csv"
  tr -d '\r' <"$SCRATCH/report.csv" >"$SCRATCH/report"
  expect_equal 0 "$(awk -F, 'NR > 1 && $3 != "unchanged" && $4 != "erased"' "$SCRATCH/report" | wc -l)" "rows of $step that are neither unchanged nor erased"
  case $step in
    participations) ;;
    *) check "rows of $step are refused as erased" grep -q ",refused,erased," "$SCRATCH/report" ;;
  esac
  expect_equal 0 "$(hits "$name")" "files that hold the name"
done
expect_status 1 "$DAYBOOK" show $person "${who[@]}"
expect_status 0 season_step staff "$ledger" --report "$SCRATCH/report.csv"
check "and once refused, they are unchanged" refuse grep -q ",refused," "$SCRATCH/report.csv"
expect_season "$ledger"

say "A backup from before does not bring them back: what it restores has finished the erasure before anybody reads."
expect_status 0 "$DAYBOOK" backup "$SCRATCH/new-backup" --keys "$SCRATCH/keys"
expect_equal 0 "$(sealed_hits "$SCRATCH/ciphers" "$SCRATCH/new-backup" "$SCRATCH/keys")" "sealed bytes of theirs in a new backup"
expect_equal "$noted" "$(sealed_hits "$SCRATCH/ciphers" "$SCRATCH/old-backup" "$SCRATCH/old-keys")" "sealed bytes of theirs in the old backup"
mv "$ledger" "$SCRATCH/away"
export DAYBOOK_LEDGER=$SCRATCH/again
expect_status 2 "$DAYBOOK" restore "$SCRATCH/old-backup" "$DAYBOOK_LEDGER" --keys "$SCRATCH/keys" --at-rest
expect_status 0 "$DAYBOOK" restore "$SCRATCH/old-backup" "$DAYBOOK_LEDGER" --keys "$SCRATCH/keys" --accept-loss "a test"
check "it says who was left out" grep -q "1 owners erased since the backup" "$OUT"
expect_equal 0 "$(sealed_hits "$SCRATCH/ciphers" "$SCRATCH"/again*)" "sealed bytes of theirs in the restored ledger"
for secret in "$person" "$name" "$mail"; do expect_equal 0 "$(grep -rlF -e "$secret" "$SCRATCH"/again* | wc -l)" "restored files that hold $secret"; done
expect_status 0 "$DAYBOOK" access-log --role compliance-officer --purpose "a test" --format csv
check "the access book does not name them" refuse grep -qF -e $person "$OUT"
expect_status 1 "$DAYBOOK" show $person "${who[@]}"
expect_status 1 "$DAYBOOK" rights export $person --as $person --role client --purpose "my request"
expect_status 0 "$DAYBOOK" find "$name" "${who[@]}" --format csv
check "no search finds them" refuse grep -qF -e $person -e "$mail" "$OUT"
expect_status 0 "$DAYBOOK" list applications un-coaching/2023-pilot "${who[@]}" --format csv
check "no list names them" refuse grep -qF -e $person -e "$mail" "$OUT"
expect_status 0 "$DAYBOOK" history --kind ErasureCertified
check "the erasure is certified" grep -q "no live file holds it" "$OUT"
expect_status 0 season_step staff "$DAYBOOK_LEDGER" --report "$SCRATCH/report.csv"
check "last year's file is refused there too" grep -q ",refused,erased," "$SCRATCH/report.csv"
expect_season "$DAYBOOK_LEDGER"
expect_status 0 "$DAYBOOK" verify
expect_status 0 "$DAYBOOK" replay --check
finish
