# shellcheck shell=bash
# What the scripts of this folder share: a scratch folder, checks that say what they check, and a few readers of what
# daybook prints. Source it, then call `begin "$@"`. Only tools of a bare Debian are used.
#
# The first failure ends a script with status 1. KEEP_GOING=1 goes on and fails at the end, to see all failures at once.

export LC_ALL=C
unset DAYBOOK_LEDGER
checks=0 failures=0

# begin BINARY ROOT: sets DAYBOOK, DEMO (the season's sheets), EXPECTED and SCRATCH, a folder that goes when the script ends.
begin() {
  if [ $# -ne 2 ]; then
    echo "usage: $0 path/to/daybook path/to/repository" >&2
    exit 2
  fi
  DAYBOOK=$(realpath "$1")
  DEMO=$(realpath "$2")/tools/demo
  EXPECTED=$(realpath "$2")/tests/season/expected
  SCRATCH=$(mktemp -d)
  OUT=$SCRATCH/out ERR=$SCRATCH/err
  export DAYBOOK DEMO EXPECTED SCRATCH OUT ERR
  trap clean_up EXIT
  [ -x "$DAYBOOK" ] || fail "$1 is no program"
}

clean_up() {
  local status=$?
  rm -rf "$SCRATCH"
  return "$status"
}

# The last line of every script.
finish() {
  if [ "$failures" -gt 0 ]; then
    echo "$failures of $checks checks failed" >&2
    exit 1
  fi
  echo "$checks checks passed"
}

say() { echo "$*"; }

fail() {
  failures=$((failures + 1))
  echo "FAILED: $*" >&2
  [ "${KEEP_GOING:-}" = 1 ] || exit 1
}

# check "SENTENCE" CMD...: the sentence holds if the command gives 0.
check() {
  local sentence=$1
  shift
  checks=$((checks + 1))
  if "$@"; then
    say "  $sentence"
  else
    fail "$sentence: \`$*\` does not hold"
  fi
}

refuse() { ! "$@"; } # check "..." refuse grep ...

# expect_status N CMD...: runs the command, its output in $OUT and $ERR.
expect_status() {
  local wanted=$1 found=0
  shift
  checks=$((checks + 1))
  "$@" >"$OUT" 2>"$ERR" </dev/null || found=$?
  [ "$found" = "$wanted" ] || fail "status $found, want $wanted: $* $(head -c 500 "$ERR")"
}

# expect_said TEXT...: each stands in what the last command printed on standard error.
expect_said() {
  local text
  for text in "$@"; do
    checks=$((checks + 1))
    grep -qF -e "$text" "$ERR" || fail "the message lacks \"$text\": $(head -c 500 "$ERR")"
  done
}

# expect_same WANTED FOUND WHAT
expect_same() {
  checks=$((checks + 1))
  cmp -s "$1" "$2" || fail "$3 differ (< wanted, > found): $(diff "$1" "$2" | head -n 6)"
}

expect_equal() { # WANTED FOUND WHAT
  checks=$((checks + 1))
  [ "$1" = "$2" ] || fail "$3: found \"$2\", want \"$1\""
}

# The number of events in a book: events_in "programme book" LEDGER. Empty if verify says no.
events_in() {
  "$DAYBOOK" verify --json --ledger "$2" 2>/dev/null | tr -d '\n' | sed -n "s/.*\"book\": *\"$1\", *\"events\": *\([0-9]*\).*/\1/p"
}
book_end() { events_in "programme book" "$1"; }
looks() { events_in "access book" "$1"; }

# Who looks in the scripts: whoever runs them, whom `init` made administrator and compliance officer of every programme.
# shellcheck disable=SC2034
readonly administrator=(--role administrator) officer=(--role compliance-officer)

# Gives somebody a role, by two people where that is wanted: grant LEDGER PERSON ROLE [OPTION...]
grant() { "$DAYBOOK" role grant "$2" "$3" reason="the test wants it" --ledger "$1" "${administrator[@]}" "${@:4}"; }

# One figure a line, sorted, without those that depend on when the ledger was written.
figures() {
  tr -d ' \t\r\n{}' <"$1" | tr ',' '\n' | grep -v -e '^"as_of_position":' -e '^"checkpoint":' | sort
}

# Is the file one JSON text? Strings become s, numbers and words v, then objects and arrays of them become v.
is_json() {
  awk '
    { text = text $0 "\n" }
    END {
      gsub(/\\(["\\\/bfnrt]|u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])/, "", text)
      gsub(/"[^"\001-\037\\]*"/, "s", text)
      gsub(/-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?/, "v", text)
      gsub(/true|false|null/, "v", text)
      gsub(/[ \t\r\n]+/, "", text)
      while (gsub(/[{]s:[sv](,s:[sv])*[}]|[{][}]|\[[sv](,[sv])*\]|\[\]/, "v", text) > 0) {}
      exit text == "s" || text == "v" ? 0 : 1
    }' "$1"
}

readonly kCycles="un-coaching/2023-pilot iom-coaching/2024 iom-executive-coaching/2024"
# The whole season in the order in which it happened: KIND, or PROGRAMME/CYCLE to decide.
# shellcheck disable=SC2034
readonly kSeason="staff participations coaches applications $kCycles activity"

# season_step STEP LEDGER [OPTION...]
season_step() {
  local step=$1 ledger=$2
  shift 2
  case $step in
    */*) "$DAYBOOK" decide "$step" --ledger "$ledger" "$@" ;;
    *) "$DAYBOOK" import "$step" "$DEMO/$step.csv" --ledger "$ledger" "$@" ;;
  esac
}

# Decisions and figures of all cycles are the expected ones.
expect_season() {
  local cycle name
  for cycle in $kCycles; do
    name=${cycle%/*}-${cycle#*/}
    expect_status 0 "$DAYBOOK" list decisions "$cycle" --format csv --ledger "$1"
    expect_same "$EXPECTED/decisions-$name.csv" "$OUT" "decisions of $cycle"
    expect_status 0 "$DAYBOOK" stats "$cycle" --audience team --format json --ledger "$1"
    figures "$EXPECTED/stats-$name.json" >"$SCRATCH/figures-wanted"
    figures "$OUT" >"$SCRATCH/figures-found"
    expect_same "$SCRATCH/figures-wanted" "$SCRATCH/figures-found" "figures of $cycle"
  done
}

# The outcomes of a report, each once: `recorded refused`.
outcomes() { tr -d '\r' <"$1" | awk -F, 'NR > 1 { print $(NF - 2) }' | sort -u | tr '\n' ' ' | sed 's/ $//'; }

header() { head -n 1 "$DEMO/$1.csv" | tr -d '\r'; }

# The port of the N-th door that a service says it listens at: port_of LOG N
port_of() { sed -n 's/.*"event":"listening".*"port":\([0-9]*\).*/\1/p' "$1" | sed -n "$2p"; }

# Until the service of that process listens at both its doors, or as many as it has, for 30 seconds at most: await_service PID LOG [DOORS]
await_service() {
  local n
  for ((n = 0; n < 600; ++n)); do
    [ -z "$(port_of "$2" "${3:-2}")" ] || return 0
    kill -0 "$1" 2>/dev/null || { cat "$2" >&2; fail "the service ended"; exit 1; }
    sleep 0.05
  done
}

# Milliseconds since some moment.
now_ms() { echo $(($(date +%s%N) / 1000000)); }
