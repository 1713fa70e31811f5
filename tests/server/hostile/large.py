"""Answers that are long: of the season's ledger a list, of one that has grown its whole record, of more than 100 MB."""

import os
import subprocess

from service import MIB

SYSTEM_HOLDS = 8 * MIB  # of an answer, at most, in its own buffers: of one that is smaller nothing waits for the reader
YEARS, PEOPLE, SEED = 3, 20_000, 7


def large(programs):
    """A ledger, and the path of a long answer about it. The grown one is made the first time that somebody asks."""
    if not programs.long:
        return programs.ledger, "/v1/programmes/iom-coaching/cycles/2024/applications?limit=5000"
    ledger = os.path.join(programs.scratch, "grown")
    if not os.path.exists(ledger):
        told = daybook(programs, "simulate", "--years", YEARS, "--people", PEOPLE, "--seed", SEED, "--ledger", ledger)
        print("  " + told.splitlines()[-1], flush=True)
        daybook(programs, "tick", "--ledger", ledger)  # or the service would record deadlines in the midst of it
    return ledger, "/v1/export/history"


def looks_in(programs, ledger):
    """How many looks its access book has, on disk and verified; nobody else may have the ledger open."""
    told = daybook(programs, "verify", "--ledger", ledger)
    return int(told.split("access book: ")[1].split(" ")[0])


def daybook(programs, *words):
    done = subprocess.run([programs.daybook, *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"daybook {words[0]}: status {done.returncode}, {done.stderr[-1000:]}")
    return done.stdout
