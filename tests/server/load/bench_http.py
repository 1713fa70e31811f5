#!/usr/bin/env python3
"""daybookd's figures beside their limits, measured in turn in one run with wrk: a bare Beast server, nginx with a file, the ledger in one process.

usage: bench_http.py --daybook PROGRAM --daybookd PROGRAM --hello PROGRAM --demo FOLDER [--folder FOLDER] [--seconds N] [--rounds N]
                     [--connections N] [--workers N] [--events N]
Exit status: 0 measured, whatever came of the aims; 2 a program is not there.
"""

import argparse
import contextlib
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "hostile"))

from client import ask  # noqa: E402
from service import Service  # noqa: E402
from nginx import find_nginx, start_nginx  # noqa: E402

PEOPLE = 50  # of the confidential list, as many as `daybook bench` asks for in one process
CLIENTS = 64
CYCLE = "/v1/programmes/iom-coaching/cycles/2024"
LIMITS = {"connections_per_address": 0, "requests_a_second": 0, "user_requests_a_second": 0, "user_requests_handled": 0, "requests_per_connection": 1_000_000}

# What wrk tells at its end.
DONE = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('RESULT {"requests": %d, "seconds": %f, "p50": %d, "p99": %d, "p999": %d, "refused": %d, "broken": %d, "late": %d}\\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50), latency:percentile(99), latency:percentile(99.9), e.status, e.connect + e.read + e.write, e.timeout))
end
"""

# Each run and each thread has people of its own: first all of them are held, then all are released, and so on. The keys are new.
COMMANDS = """
local threads = 0
function setup(thread) thread:set("number", threads); threads = threads + 1 end
local people, n, actions = {%(people)s}, 0, {'place-hold', 'lift-hold'}
function request()
  local share = math.floor(#people / %(threads)s)
  local person, action = people[number * share + n % share + 1], actions[math.floor(n / share) % 2 + 1]
  n = n + 1
  wrk.headers['Idempotency-Key'] = string.format('"%(run)s-%d-%d"', number, n)
  return wrk.format('POST', '/v1/commands/' .. action, nil, string.format('{"person": "%s", "reason": "measured"}', person))
end
"""


def run(words, **more):
    done = subprocess.run(words, capture_output=True, text=True, **more)
    if done.returncode > 1:
        raise RuntimeError(f"{words}: {done.stderr[-1000:]}")
    return done.stdout


def sheet(programs, name):
    with open(os.path.join(programs.demo, name + ".csv"), newline="") as rows:
        return list(csv.reader(rows))


def make_ledger(programs, folder):
    """All the staff of the demo, and a cycle for which so many of them applied."""
    ledger = os.path.join(folder, "ledger")
    columns, *rows = sheet(programs, "applications")
    some = os.path.join(folder, "applications.csv")
    with open(some, "w", newline="") as out:
        csv.writer(out).writerows([columns] + [row for row in rows if row[1:3] == ["iom-coaching", "2024"]][:PEOPLE])
    run([programs.daybook, "init", "--ledger", ledger])
    report = os.path.join(folder, "report.csv")
    run([programs.daybook, "import", "staff", os.path.join(programs.demo, "staff.csv"), "--report", report, "--ledger", ledger])
    with open(report, newline="") as rows:
        programs.people = [row["ref"] for row in csv.DictReader(rows) if row["outcome"] == "recorded"]
    run([programs.daybook, "import", "applications", some, "--ledger", ledger])
    run([programs.daybook, "tick", "--ledger", ledger])
    return ledger


def in_process(programs, part):
    """Figures of `daybook bench`, by name."""
    words = [programs.daybook, "bench", "--part", part, "--events", str(programs.events), "--rounds", "1", "--folder", programs.folder, "--json"]
    return {row["figure"]: float(row["value"]) for row in json.loads(run(words))}


class Wrk:
    def __init__(self, program, folder, seconds):
        self.program, self.folder, self.seconds, self.runs = program, folder, seconds, 0

    def measure(self, port, path, connections, fields=(), script=""):
        """Requests a second and microseconds; fails if answers were not as they should be."""
        self.runs += 1
        file = os.path.join(self.folder, "wrk.lua")
        with open(file, "w") as out:
            out.write(script.replace("%(run)s", str(self.runs)) + DONE)
        words = [self.program, "-t", str(threads_for(connections)), "-c", str(connections), "-d", f"{self.seconds}s", "-s", file]
        for field in (*fields, "Host: localhost"):
            words += ["-H", field]
        said = run([*words, f"http://127.0.0.1:{port}{path}"])
        if "RESULT " not in said:
            raise RuntimeError(f"{path}: wrk said {said}")
        found = json.loads(said.split("RESULT ")[1].splitlines()[0])
        # wrk now and then builds a request that it does not send; a command that should have followed one is then refused.
        if found["refused"] > found["requests"] // 500 or found["broken"] or not found["requests"]:
            raise RuntimeError(f"{path}: of {found['requests']} answers {found['refused']} are no 2xx, and {found['broken']} connections broke")
        return {"rate": found["requests"] / found["seconds"], **{name: found[name] for name in ("p50", "p99", "p999")}}


def threads_for(connections):
    return min(2, connections)


def middle(rounds):
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


class Started:
    """A server beside ours, until the block ends."""

    def __init__(self, process, port):
        self.process, self.port = process, port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        return False


def bare_beast(program, size):
    process = subprocess.Popen([program, str(size)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return Started(process, int(process.stdout.readline().split()[1]))


NGINX = """
daemon off; master_process off; pid nginx.pid; error_log nginx.error;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 1000000; sendfile on; tcp_nopush on; default_type text/plain; open_file_cache max=10;
  client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


def nginx_with_file(program, folder, size):
    os.makedirs(os.path.join(folder, "files"), exist_ok=True)
    with open(os.path.join(folder, "files", "file"), "w") as out:
        out.write("a" * size)
    process, (port,) = start_nginx(program, folder, lambda port: NGINX.format(port=port, folder=folder), 1)
    return Started(process, port)


def plain_views(programs, wrk, folder, service):
    """Both views, the bare server and nginx, in turn; answers of the same size each."""
    rows = []
    for path in ("/v1/checkpoint", "/v1/programmes"):
        answer = ask(service.port, "GET", path)
        whole = len(answer.body) + sum(len(name) + len(value) + 4 for name, value in answer.fields.items()) + len("HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.ExitStack() as beside:
            nginx = beside.enter_context(nginx_with_file(programs.nginx, folder, len(answer.body)))
            bare = beside.enter_context(bare_beast(programs.hello, whole)) if programs.hello else None
            found = {"view": [], "bare": [], "nginx": []}
            for _ in range(programs.rounds):
                found["view"].append(wrk.measure(service.port, path, programs.connections))
                if bare:
                    found["bare"].append(wrk.measure(bare.port, "/", programs.connections))
                found["nginx"].append(wrk.measure(nginx.port, "/file", programs.connections))
        nginx_row = middle(found["nginx"])
        bare_row = middle(found["bare"]) if bare else None
        size = f"{whole} bytes"
        if bare_row:
            rows.append(Row(f"bare Beast, {size}", bare_row))
        rows.append(Row(f"nginx, a file, {size}", nginx_row))
        rows.append(Row(f"GET {path}, {size}", middle(found["view"]), *((bare_row["rate"], "bare Beast", 0.7) if bare_row else ())))
        rows.append(Row("the same", middle(found["view"]), nginx_row["rate"], "nginx"))
    return rows


def confidential_reads(programs, wrk, service, fields):
    """The list of so many people, its look durable before there is an answer: over the wire and in one process, in turn."""
    wire, process = [], []
    for _ in range(programs.rounds):
        wire.append(wrk.measure(service.port, CYCLE + "/applications", 32, fields))
        process.append(in_process(programs, "looks"))
    within = f"confidential list of {PEOPLE} people, 32 readers, "
    rate = 32e6 / statistics.median(one[within + "p50"] for one in process)
    inside = {"rate": rate, "p50": statistics.median(one[within + "p50"] for one in process), "p99": statistics.median(one[within + "p99"] for one in process),
              "p999": 0}
    return [Row("in one process: the list, 32 readers (32 / p50)", inside), Row(f"GET {CYCLE}/applications, 32 clients", middle(wire), rate, "in one process")]


def commands(programs, wrk, service, fields):
    wire, process, share = [], [], len(programs.people) // programs.rounds
    for n in range(programs.rounds):
        people = ",".join(f"'{number}'" for number in programs.people[n * share : (n + 1) * share])
        script = COMMANDS.replace("%(people)s", people).replace("%(threads)s", str(threads_for(CLIENTS)))
        wire.append(wrk.measure(service.port, "/", CLIENTS, fields, script))
        process.append(in_process(programs, "commands"))
    rate = statistics.median(next(iter(one.values())) for one in process)
    inside = {"rate": rate, "p50": 0, "p99": 0, "p999": 0}
    return [Row(f"in one process: durable commands, {CLIENTS} callers", inside), Row(f"POST /v1/commands, {CLIENTS} clients", middle(wire), rate, "in one process", 0.6)]


class Row:
    def __init__(self, name, found, limit=0.0, beside="", aim=0.0):
        self.name, self.found, self.limit, self.beside, self.aim = name, found, limit, beside, aim

    @property
    def ratio(self):
        return self.found["rate"] / self.limit if self.limit else 0.0

    def cells(self):
        figures = [f"{self.found[name]:.0f}" if self.found[name] else "" for name in ("rate", "p50", "p99", "p999")]
        return [self.name, *figures, self.beside, f"{self.ratio:.2f}" if self.limit else "", f"{self.aim:.2f}" if self.aim else ""]


def print_table(rows):
    table = [["figure", "requests/s", "p50 us", "p99 us", "p99.9 us", "beside", "ratio", "aim"]] + [row.cells() for row in rows]
    widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
    for line in table:
        print("  ".join(cell.ljust(width) if i in (0, 5) else cell.rjust(width) for i, (cell, width) in enumerate(zip(line, widths))).rstrip())
    for row in rows:
        if row.aim:
            print(f"{'reached' if row.ratio >= row.aim else 'MISSED'}: {row.name}: {row.ratio:.2f}x of {row.beside}, the aim is {row.aim:.2f}x")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("daybook", "daybookd", "demo"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--hello", default="", help="empty: nothing bare is held beside")
    parser.add_argument("--folder", default=".", help="where to measure: the disk matters")
    for name, otherwise in (("seconds", 5), ("rounds", 3), ("connections", 32), ("workers", 0), ("events", 20_000)):
        parser.add_argument("--" + name, type=int, default=otherwise)
    return parser.parse_args()


def main():
    programs = read_options()
    wrk_program, programs.nginx = shutil.which("wrk"), find_nginx()
    for name, found in (("wrk", wrk_program), ("nginx", programs.nginx)):
        if not found:
            print(f"bench_http: {name} is not there; Debian has it in the package {name}", file=sys.stderr)
            return 2
    with tempfile.TemporaryDirectory(dir=os.path.abspath(programs.folder), prefix="daybook-bench-") as folder:
        programs.ledger = make_ledger(programs, folder)
        wrk = Wrk(wrk_program, folder, programs.seconds)
        person = f"{run(['id', '-un']).strip()}@{os.uname().nodename}"
        threads = {"workers": programs.workers} if programs.workers else {}
        with Service(programs, folder, limits=LIMITS, threads=threads, people=[person]) as service:
            fields = service.sign_in()
            rows = plain_views(programs, wrk, folder, service)
            rows += confidential_reads(programs, wrk, service, fields)
            rows += commands(programs, wrk, service, fields)
    print_table(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
