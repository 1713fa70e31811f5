# shellcheck shell=bash
# What the peers check: a season made with the command line, its export, and proofs of it. Source it after lib.sh.

kOrigin=ledger.example/season

# season_with_proofs INCLUSIONS CONSISTENCIES: $SCRATCH/season, and $SCRATCH/peer with vkey, tiles/, inclusion/N, consistency/N.
season_with_proofs() {
  local ledger=$SCRATCH/season peer=$SCRATCH/peer step size position old
  expect_status 0 "$DAYBOOK" init --ledger "$ledger" --origin $kOrigin
  for step in $kSeason; do expect_status 0 season_step "$step" "$ledger"; done
  mkdir -p "$peer/inclusion" "$peer/consistency"
  sed -n "s/^programme_key = '\(.*\)'$/\1/p" "$ledger/daybook.toml" >"$peer/vkey"
  check "the config has the verifier key of $kOrigin" grep -qF "$kOrigin+" "$peer/vkey"
  expect_status 0 "$DAYBOOK" export tiles "$peer/tiles" --ledger "$ledger"
  expect_status 0 "$DAYBOOK" checkpoint --ledger "$ledger"
  expect_same "$OUT" "$peer/tiles/checkpoint" "the checkpoint and the exported one"
  size=$(book_end "$ledger")
  # The ends, what lies around tiles' ends, and the rest at random from a seed.
  RANDOM=70000
  for position in $(around 0 "$size" "$((size - 1))" && some "$1" "$size"); do
    [ -e "$peer/inclusion/$position" ] || "$DAYBOOK" prove inclusion "$position" --ledger "$ledger" >"$peer/inclusion/$position" ||
      fail "no proof of $position"
  done
  for old in $(around 0 "$((size + 1))" "$size" && some "$2" "$size"); do
    [ -e "$peer/consistency/$old" ] || "$DAYBOOK" prove consistency "$old" --ledger "$ledger" >"$peer/consistency/$old" || fail "no proof of $old"
  done
}

around() { # FIRST END LAST
  local each
  for each in "$1" 1 2 3 254 255 256 257 511 512 513 4095 4096 4097 "$3" $(($3 - 1)); do [ "$each" -ge "$2" ] || echo "$each"; done
}

some() { # COUNT BELOW
  local i
  for ((i = 0; i < $1; i++)); do echo $(((RANDOM * 32768 + RANDOM) % $2)); done
}

# need TOOL...: without them nothing can be said, and ctest is told so.
need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || {
      echo "skipped: there is no $tool"
      exit 77
    }
  done
}

# install_packages FOLDER: what its package-lock.json names. That has the versions and their SHA-512, no addresses: where from is the machine's own
# business. A registry that does not answer costs two minutes at most.
install_packages() {
  local npm=(timeout -k 5 120 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --prefer-offline --fetch-retries=1 --fetch-timeout=20000)
  if ! (cd "$1" && HOME=${HOME:-$SCRATCH} "${npm[@]}") >"$OUT" 2>"$ERR" </dev/null; then
    ! grep -q EINTEGRITY "$ERR" || fail "the packages are not the ones that were pinned: $(head -c 500 "$ERR")"
    echo "skipped: the packages cannot be had: $(grep -m 1 -i '^npm err' "$ERR" || tail -n 1 "$ERR")"
    exit 77
  fi
}
