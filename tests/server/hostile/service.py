"""A daybookd of our own on a ledger of our own; and what is seen of it from outside."""

import json
import os
import re
import resource
import signal
import subprocess
import time

from client import PATIENCE, ask

MIB = 1 << 20
# Of memory and time, so many times as much for a program that is watched by a sanitizer.
WATCHED = 10 if {"ASAN_OPTIONS", "TSAN_OPTIONS"} & set(os.environ) else 1


def config_text(folder, limits=None, deadlines=None, threads=None, people=(), tls=False, proxies=()):
    """A configuration without caps per address, unless `limits` has some: one machine plays everybody."""
    limits = {"connections_per_address": 0, "requests_a_second": 0, "user_requests_a_second": 0, "user_requests_handled": 0, **(limits or {})}
    lines = ["[public]", 'listen = "127.0.0.1:0"']
    if tls:
        lines += [f'certificate = "{folder}/tls.pem"', f'certificate_key = "{folder}/tls.key"']
    if proxies:
        lines.append(f"proxies = {json.dumps(list(proxies))}")
    lines += ["[operations]", 'listen = "127.0.0.1:0"', "[limits]"]
    lines += [f"{key} = {value}" for key, value in limits.items()]
    for table, values in (("deadlines", deadlines), ("threads", threads)):
        lines += [f"[{table}]"] + [f"{key} = {value}" for key, value in (values or {}).items()]
    if people:
        lines += ["[demo]", f"people = {json.dumps(list(people))}"]
    return "\n".join(lines) + "\n"


class Service:
    """Runs until the block ends; then it must end by itself, with status 0."""

    def __init__(self, programs, folder, ledger=None, files=None, **config):
        self.programs, self.folder, self.files, self.config = programs, folder, files, config
        self.ledger = ledger or programs.ledger

    def __enter__(self):
        path = os.path.join(self.folder, "daybookd.toml")
        with open(path, "w") as out:
            out.write(config_text(self.folder, **self.config))
        self.log_path = os.path.join(self.folder, "log")
        self.codes_path = os.path.join(self.folder, "codes")
        limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (self.files, self.files))) if self.files else None
        with open(self.codes_path, "w") as codes, open(self.log_path, "w") as log:
            words = [self.programs.daybookd, "--ledger", self.ledger, "--config", path]
            self.process = subprocess.Popen(words, stdout=codes, stderr=log, preexec_fn=limit)
        self.port, self.operations = self.await_ports()
        return self

    def await_ports(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            ports = [line["port"] for line in self.lines("listening")]
            if len(ports) == 2:
                return ports
            time.sleep(0.02)
        self.process.kill()
        raise RuntimeError("daybookd did not start: " + open(self.log_path).read()[-2000:])

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.ended = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.ended = self.process.wait()
        return False

    def lines(self, event):
        """The lines of its log with that event."""
        found = []
        for text in open(self.log_path):
            if text.endswith("\n") and f'"event":"{event}"' in text:
                found.append(json.loads(text))
        return found

    def resident(self):
        """Bytes of memory that it has now."""
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def figure(self, name):
        text = ask(self.operations, "GET", "/metrics").body.decode()
        found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
        return float(found.group(1)) if found else 0.0

    def await_figure(self, name, wanted, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while self.figure(name) != wanted and time.monotonic() < end:
            time.sleep(0.02)
        return self.figure(name) == wanted

    def record_end(self):
        """How many events the checkpoint covers."""
        return int(ask(self.port, "GET", "/v1/checkpoint").body.split(b"\n")[1])

    def sign_in(self):
        """The fields of somebody who is signed in with the code that was printed."""
        code = open(self.codes_path).read().split("minutes: ")[1].split()[0]
        ours = ["Origin: http://localhost", "Daybook-Console: 1", "Content-Type: application/json"]
        answer = ask(self.port, "POST", "/v1/sign-in/demo", ours, json.dumps({"code": code}).encode())
        if answer.status != 204:
            raise RuntimeError(f"the sign-in was answered with {answer.status}")
        cookie = answer.fields["set-cookie"].split(";")[0]
        return [f"Cookie: {cookie}", "Daybook-Role: administrator", "Daybook-Purpose: a test", *ours]
