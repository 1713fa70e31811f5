#!/usr/bin/env bash
# Hostile clients against daybookd, from outside: cut, refused or bounded, and whoever is honest is answered. tools/campaign hostile does the same at length.
# usage: hostile_test.sh DAYBOOK ROOT DAYBOOKD; status 77 where all holds that was tried, but Debian's python3 or nginx is not there
set -euo pipefail
# shellcheck source=tests/tools/lib.sh
. "$2/tests/tools/lib.sh"
DAYBOOKD=$(realpath "$3")
ROOT=$(realpath "$2")
begin "$1" "$2"
command -v python3 >/dev/null || { echo "python3 is not there (tools/setup --peers installs it)"; exit 77; }

export PYTHONDONTWRITEBYTECODE=1
ledger=$SCRATCH/season
expect_status 0 "$DAYBOOK" init --ledger "$ledger"
for step in $kSeason; do
  season_step "$step" "$ledger" >"$OUT" 2>"$ERR" || check "$step is recorded, but for rows that a rule refuses" test $? = 1
done
expect_status 0 "$DAYBOOK" tick --ledger "$ledger" # or the service would record deadlines in the midst of it
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$SCRATCH/tls.key" -out "$SCRATCH/tls.pem" -days 1 -subj /CN=localhost 2>/dev/null
chmod 600 "$SCRATCH/tls.key"

status=0
python3 "$ROOT/tests/server/hostile/hostile.py" --daybook "$DAYBOOK" --daybookd "$DAYBOOKD" --ledger "$ledger" --scratch "$SCRATCH" --person "$(id -un)@$(uname -n)" "${@:4}" || status=$?
expect_status 0 "$DAYBOOK" verify --ledger "$ledger"
case $status in
  0) ;;
  77) exit 77 ;;
  *) fail "hostile clients: see above" ;;
esac
finish
