"""Smuggling: directly, where each form is refused; and through a proxy, where nobody may ever get the answer of somebody else."""

import concurrent.futures
import os
import time

from client import PATIENCE, Reader, answers_in, ask, connect, new_trace, request, rest_of
from nginx import start_nginx
import forms

AT_ONCE = 16
HASTY = {"head": 1, "body": 1, "idle": 2}


def direct(service, checks):
    refused, lawful = forms.refused(), forms.lawful()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = [fault for fault in pool.map(lambda form: refused_fault(service.port, form), refused) if fault]
        odd = [fault for fault in pool.map(lambda form: lawful_fault(service.port, form), lawful) if fault]
    checks.none(f"{len(refused)} forms that can be read in two ways are refused, the connection closed, and nothing hidden is answered", wrong)
    checks.none(f"{len(lawful)} odd forms that can be read in one way are answered once, and no protocol is changed", odd)
    checks.that("the service answers as before", ask(service.port, "GET", "/healthz").status == 200)


def refused_fault(port, form):
    """What is wrong with how it was taken; None if nothing."""
    name, data = form
    with connect(port) as one:
        try:
            one.sendall(data)
        except OSError:  # it was refused before it was sent
            pass
        taken, ended = rest_of(one, 8)
    statuses = [status for status in answers_in(taken) if status != 100]
    if not ended:
        return f"{name}: the connection stays open, after {statuses}"
    if len(statuses) > 1:
        return f"{name}: {len(statuses)} answers, {statuses}"
    if statuses and (statuses[0] < 400 or b"connection: close\r\n" not in taken):
        return f"{name}: answered with {statuses[0]}"
    return None


def lawful_fault(port, form):
    name, data = form
    with connect(port) as one:
        one.sendall(data)
        answer = Reader(one).answer()
        rest, _ = rest_of(one, 3)
    if answer.status == 101 or answer.closes or answers_in(rest):
        return f"{name}: answered with {answer.status}, then {answers_in(rest)}"
    return None


# ---- through nginx ----

NGINX = """
daemon off; master_process off; pid nginx.pid; error_log nginx.error;
events {{ worker_connections 512; }}
http {{
  log_format upstream '$upstream_addr';
  access_log nginx.access upstream;
  client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
  client_header_timeout 1s; client_body_timeout 1s; keepalive_timeout 1s; lingering_close off;
  underscores_in_headers on;
  upstream ledger {{ server 127.0.0.1:{service}; keepalive 1; }}
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host localhost;
  proxy_next_upstream off; proxy_ignore_client_abort on; proxy_read_timeout 5s;
  server {{ listen 127.0.0.1:{whole}; location / {{ proxy_pass http://ledger; }} }}
  server {{ listen 127.0.0.1:{streamed}; location / {{ proxy_request_buffering off; proxy_pass http://ledger; }} }}
}}
"""


class Nginx:
    """In front of the service: one door that reads a body whole before it asks, one that passes it on as it comes."""

    def __init__(self, program, folder, service):
        self.program, self.folder, self.service = program, folder, service

    def __enter__(self):
        config = lambda whole, streamed: NGINX.format(service=self.service.port, whole=whole, streamed=streamed)
        self.process, (self.whole, self.streamed) = start_nginx(self.program, self.folder, config, 2)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        return False

    def asked(self):
        """How many requests it passed on, or began to."""
        return sum(1 for line in open(os.path.join(self.folder, "nginx.access")) if line.strip() != "-")


def through_nginx(program, folder, service, checks):
    all_forms = forms.refused() + forms.lawful()
    time.sleep(0.2)  # in which the log has what was asked before
    before = len(service.lines("request"))
    with Nginx(program, folder, service) as nginx:
        wrong = []
        for port in (nginx.whole, nginx.streamed):
            for name, data in all_forms:
                attack(port, data)
                wrong += [f"{name}: {fault}" for fault in (stranger_fault(port) for _ in range(2)) if fault]
        time.sleep(0.2)
    asked, read = nginx.asked(), len(service.lines("request")) - before
    checks.none(f"after each of {len(all_forms)} forms, whole and streamed, who asks next through nginx gets their own answer, and one", wrong)
    checks.that(f"the service read no request that nginx did not send: {read} of {asked}", read <= asked)


def attack(port, data):
    with connect(port) as one:
        try:
            one.sendall(data)
        except OSError:
            pass
        rest_of(one, 0.05)


def stranger_fault(port):
    """Somebody else's request: its answer names the trace that it brought."""
    field, trace = new_trace()
    with connect(port) as one:
        one.sendall(request("GET", "/v1/nothing-here", [field]))
        try:
            answer = Reader(one).answer()
        except (EOFError, OSError) as error:
            return f"no answer: {error!r}"
        more, _ = rest_of(one, 0.001)
    if answer.status != 404 or f'"trace":"{trace}"'.encode() not in answer.body or more:
        return f"{answer.status}, {answer.body[:80]!r}, and {len(more)} bytes behind it"
    return None
