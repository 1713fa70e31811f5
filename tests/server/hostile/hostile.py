#!/usr/bin/env python3
"""Hostile clients against a daybookd of our own.

usage: hostile.py --daybook PROGRAM --daybookd PROGRAM --ledger FOLDER --scratch FOLDER --person NAME [--case CASE]... [--connections N]
                  [--seconds N] [--long]
Cases: smuggling slow held files oversize json aborted readers; all unless some are named. Exit status: 0 all holds, 1 something does not, 77 all that
was tried holds, but nginx is not there. --long judges times too, which a busy machine makes no matter for every run of the tests, and has readers of a
whole record, of 100 MB, for which `daybook simulate` makes a ledger below --scratch.
"""

import argparse
import os
import sys
import tempfile

import checks as checking
import greedy
import held
import json_forms
import readers
import slow
import smuggling
from nginx import find_nginx
from service import Service

NOT_HERE = 77


def smuggling_case(programs, folder, checks):
    config = {"deadlines": smuggling.HASTY, "proxies": ["127.0.0.1"]}
    with Service(programs, folder, **config) as service:
        smuggling.direct(service, checks)
        nginx = find_nginx()
        if nginx:
            smuggling.through_nginx(nginx, folder, service, checks)
    if not nginx:
        print("NOT TRIED: nginx (Debian's package nginx) is not there, so no form went through a proxy", flush=True)
        programs.missing = True
    checks.that("and the service ends well", service.ended == 0, service.ended)


CASES = {
    "smuggling": smuggling_case,
    "slow": slow.case,
    "held": held.case,
    "files": held.files_case,
    "oversize": greedy.oversize_case,
    "json": json_forms.case,
    "aborted": greedy.aborted_case,
    "readers": readers.case,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("daybook", "daybookd", "ledger", "scratch", "person"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--connections", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--long", action="store_true")
    programs = parser.parse_args()
    programs.missing = False
    checks = checking.Checks()
    for case in programs.case or CASES:
        print(case, flush=True)
        with tempfile.TemporaryDirectory(dir=programs.scratch) as folder:
            for name in ("tls.pem", "tls.key"):
                os.symlink(os.path.realpath(os.path.join(programs.scratch, name)), os.path.join(folder, name))
            CASES[case](programs, folder, checks)
    print(f"{checks.made - checks.failed} of {checks.made} checks passed")
    if checks.failed:
        return 1
    return NOT_HERE if programs.missing else 0


if __name__ == "__main__":
    sys.exit(main())
