"""Clients that take their time: each phase has one deadline for all of it, so that no drip holds a connection open."""

import threading
import time

from client import ask, connect, request, rest_of
from service import WATCHED, Service

DEADLINES = {"handshake": 1, "head": 1, "body": 2, "write": 3, "idle": 3}
LINGER = 1.0  # seconds for a client to read why it was refused
LATE = 3.0 * WATCHED  # of a busy machine
EACH = 8  # clients of each kind
POST = b"POST /v1/find HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

# Name, deadline, what is sent at once, what is then sent again and again; None for nothing.
KINDS = [
    ("nothing at all", "idle", b"", None),
    ("half a head", "head", b"GET /healthz HTTP/1.1\r\nHost: local", None),
    ("a head by the byte", "head", b"GET /healthz HTTP/1.1\r\nX: ", b"a"),
    ("a head by the field", "head", b"GET /healthz HTTP/1.1\r\n", b"X: y\r\n"),
    ("a request line by the byte", "head", b"GET /", b"a"),
    ("a body by the byte", "body", POST + b"Content-Length: 200000\r\n\r\n", b"a"),
    ("a body that does not come", "body", POST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n", None),
    ("chunks of one byte", "body", POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ("a chunk's size by the byte", "body", POST + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    ("nothing after an answer", "idle", request("GET", "/healthz"), None),
]
TLS_KINDS = [
    ("no handshake", "handshake", b"", None),
    ("half a handshake", "handshake", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", None),
    ("a handshake by the byte", "handshake", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"a"),
]


def held_for(port, first, drip, gap):
    """Seconds until the service ended the connection; None if it did not in time."""
    began = time.monotonic()
    with connect(port) as one:
        if first:
            one.sendall(first)
        while time.monotonic() - began < max(DEADLINES.values()) + LINGER + LATE + 1:
            _, ended = rest_of(one, gap)
            if ended:
                return time.monotonic() - began
            try:
                if drip:
                    one.sendall(drip)
            except OSError:
                return time.monotonic() - began
    return None


def cut_in_time(port, kinds, gap, checks):
    found = {name: [] for name, *_ in kinds}
    threads = []
    for name, _, first, drip in kinds:
        for _ in range(EACH):
            work = lambda name=name, first=first, drip=drip: found[name].append(held_for(port, first, drip, gap))
            threads.append(threading.Thread(target=work))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, deadline, *_ in kinds:
        least, most = DEADLINES[deadline] - 0.2, DEADLINES[deadline] + LINGER + LATE
        good = len(found[name]) == EACH and all(took is not None and least <= took <= most for took in found[name])
        checks.that(f"who sends {name} is cut after the {DEADLINES[deadline]} s of the {deadline}", good, found[name])


def case(programs, folder, checks):
    gap = 1.0 if programs.long else 0.2
    with Service(programs, folder, deadlines=DEADLINES) as service:
        cut_in_time(service.port, KINDS, gap, checks)
        checks.that("an honest client is answered", ask(service.port, "GET", "/healthz").status == 200)
        checks.that("nobody is left", service.await_figure("daybook_connections", 1))  # who asks for the figure
    with Service(programs, folder, deadlines=DEADLINES, tls=True) as service:
        cut_in_time(service.port, TLS_KINDS, gap, checks)
        checks.that("an honest client is answered over TLS", ask(service.port, "GET", "/healthz", tls=True).status == 200)
        checks.that("nobody is left of them either", service.await_figure("daybook_connections", 1))
