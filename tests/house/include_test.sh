#!/usr/bin/env bash
# Includes point one way: ledger <- projections <- server, tools. Names every include that does not.
# usage: include_test.sh DAYBOOK ROOT
set -euo pipefail
cd "$2"

may_include() {  # ROOM -> the rooms it may include, itself among them
  case $1 in
    ledger) echo 'ledger schema' ;;
    projections) echo 'ledger projections' ;;
    server) echo 'ledger projections server' ;;
    tools) echo 'ledger projections tools' ;;
  esac
}

check() {  # ROOM FILES... -> prints each wrong arrow
  local room=$1 allowed
  allowed=" $(may_include "$room") "
  shift
  # In quotes everything is ours; in angle brackets what begins with a room is.
  { grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*("|<(ledger|projections|server|tools|tests)/)' "$@" || true; } | while IFS=: read -r file line text; do
    local path=${text#*[\"<]}
    [[ $allowed == *" ${path%%/*} "* ]] || printf '%s:%s: %s may not include %s\n' "$file" "$line" "$room" "${path%[\">]*}"
  done
}

wrong=$(for room in ledger projections server tools; do
  mapfile -t files < <(find "$room" -name '*.h' -o -name '*.cc')
  ((${#files[@]} == 0)) || check "$room" "${files[@]}"
done)
[[ -z $wrong ]] || { printf '%s\n' "$wrong"; exit 1; }

# The test can fail: a wrong arrow is named.
probe=$(mktemp --suffix=.h)
trap 'rm -f "$probe"' EXIT
for form in '"projections/desk.h"' '<projections/desk.h>'; do
  echo "#include $form" >"$probe"
  [[ $(check ledger "$probe") == *"ledger may not include projections/desk.h" ]] || { echo "a wrong include was not named: $form"; exit 1; }
done
