#!/usr/bin/env bash
# The commands in README.md work as they stand there, and give what it says. Each line of an indented block that starts
# with "$ " is run in one shell; a line that starts with "> " must be part of what the command before it printed.
# usage: readme_test.sh DAYBOOK ROOT
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH=$(dirname "$1"):$PATH
cd "$work"
ln -s "$2/tools" tools
ln -s "$2/ledger" ledger

runs=0 output=
while IFS= read -r line; do
  case $line in
    '    $ tools/'*) ;;  # installs and builds: what runs this test
    '    $ '*)
      status=0
      eval "${line#'    $ '}" >output 2>&1 </dev/null || status=$?  # not in a subshell: an export must last
      output=$(<output)
      ((status == 0)) || { printf 'README.md: %s\nfailed:\n%s\n' "$line" "$output"; exit 1; }
      runs=$((runs + 1))
      ;;
    '    > '*)
      grep -qF -- "${line#'    > '}" <<<"$output" || { printf 'README.md says %s\nbut the command printed:\n%s\n' "$line" "$output"; exit 1; }
      ;;
  esac
done <"$2/README.md"
((runs >= 8)) || { echo "README.md shows only $runs commands"; exit 1; }
