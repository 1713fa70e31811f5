#!/usr/bin/env bash
# Each line of the page that the demo ends with does what it says, in its order, as it stands.
# usage: demo_test.sh DAYBOOK ROOT      daybookd stands beside DAYBOOK
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$2/tests/tools/lib.sh"
begin "$1" "$2"
programs=$(dirname "$DAYBOOK") demo=$SCRATCH/demo
serve() { "$DEMO/serve" "$programs" "$demo" "$@"; }
trap 'serve --stop; clean_up' EXIT

page() { # the service started anew, and its page
  expect_status 0 serve --background
  cp "$OUT" "$SCRATCH/page"
  eval "$(sed -n '/^  export PATH=/p; /^  as() /p' "$SCRATCH/page")"
}
code_of() { awk -v of="$1" '$0 ~ "  " of { print $1; exit }' "$SCRATCH/page"; } # ROLE
declare -A role=([administrator]=administrator [client]=client [coach]=coach [auditor]=auditor [officer]=data-protection-officer)

mkdir -m 0700 "$demo"
expect_status 0 "$DEMO/demo" "$DAYBOOK" "$demo/ledger"
page
while read -r line; do
  read -ra words <<<"$line"
  [ "${words[2]}" != sign-in ] || line="as ${words[1]} sign-in <<<$(code_of "${role[${words[1]}]}")"
  expect_status 0 eval "$line"
done < <(sed -n '/^  as [a-z]* /p' "$SCRATCH/page")
check "the page has lines for each of them" test "$(grep -c sign-in "$SCRATCH/page")" -gt "${#role[@]}"
proposal=$(sed -n '2s/,.*//p' "$OUT")
expect_status 0 as administrator second "$proposal"
check "the client has what is held of them" grep -q U000148 "$demo/mine.html"
check "and so has whoever asked for them" grep -q U000148 "$demo/theirs.html"

say "new codes on the same ledger"
before=$(code_of administrator)
page
check "they are others" test "$before" != "$(code_of administrator)"
expect_status 0 eval "as administrator sign-in <<<$(code_of administrator)"
finish
