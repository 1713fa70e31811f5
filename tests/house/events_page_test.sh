#!/usr/bin/env bash
# ledger/EVENTS.md says what the schema says. usage: events_page_test.sh DAYBOOK ROOT PAGE
set -euo pipefail
diff -u "$2/ledger/EVENTS.md" "$3" || { echo "ledger/EVENTS.md is not current: copy $3 over it"; exit 1; }
grep -q '| 2 | `rating` | text | statistic | cohort |' "$3"
