"""Clients that send too much, and clients that ask for much and go away."""

import concurrent.futures
import socket
import struct

from client import Reader, answers_in, ask, connect, request, rest_of
from large import SYSTEM_HOLDS, large
from service import MIB, WATCHED, Service

AT_ONCE, ROUNDS = 32, 8
MEMORY_MAX = 48 * MIB * WATCHED  # what all of them together may leave behind
HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /v1/find HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

# Name, statuses that may be, bytes.
TOO_MUCH = [
    ("a request line of 5 KiB", (414,), b"GET /" + b"a" * 5120 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("a request line of 1 MiB without an end", (414,), b"GET /" + b"a" * MIB),
    ("a query of 1 MiB", (414,), b"GET /healthz?" + b"a=b&" * (MIB // 4) + b" HTTP/1.1\r\n\r\n"),
    ("a field of 9 KiB", (431,), HEAD + b"X: " + b"a" * 9216 + b"\r\n\r\n"),
    ("a field of 1 MiB without an end", (431,), HEAD + b"X: " + b"a" * MIB),
    ("a field's name of 9 KiB", (431, 400), HEAD + b"a" * 9216 + b": x\r\n\r\n"),
    ("65 fields", (431,), HEAD + b"X: y\r\n" * 64 + b"\r\n"),
    ("100,000 fields", (431,), HEAD + b"X: y\r\n" * 100_000 + b"\r\n"),
    ("a body of 256 KiB and a byte, as it says", (413,), POST + b"Content-Length: 262145\r\n\r\n" + b"a" * 262_145),
    ("a body of 10^18 bytes, as it says", (413,), POST + b"Content-Length: 1000000000000000000\r\n\r\n"),
    ("the same, with 100-continue", (413,), POST + b"Content-Length: 262145\r\nExpect: 100-continue\r\n\r\n"),
    ("a chunk of 256 KiB and a byte", (413,), POST + b"Transfer-Encoding: chunked\r\n\r\n40001\r\n" + b"a" * 262_145),
    ("chunks without end", (413,), POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"\r\n400\r\n".join([b"a" * 1024] * 1024)),
    ("a chunk of 2^60 bytes", (413, 400), POST + b"Transfer-Encoding: chunked\r\n\r\n1000000000000000\r\n"),
    ("a chunk's extension of 1 MiB", (400, 413, 431), POST + b"Transfer-Encoding: chunked\r\n\r\n3;" + b"a" * MIB + b"\r\nabc\r\n0\r\n\r\n"),
    ("a chunk's size of 1 MiB", (400, 413, 431), POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * MIB + b"3\r\nabc\r\n0\r\n\r\n"),
    ("a trailer of 1 MiB", (400, 413, 431), POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"a" * MIB + b"\r\n\r\n"),
    ("a body without a length", (411,), POST + b"\r\n" + b"a" * 1000),
]


def taken_as(port, name, statuses, data):
    """What is wrong with how it was taken; None if nothing."""
    with connect(port) as one:
        try:
            one.sendall(data)
        except OSError:  # it was cut off
            pass
        taken, ended = rest_of(one, 10)
    found = answers_in(taken)
    if not ended:
        return f"{name}: the connection stays open"
    # Who sends megabytes more than is read may lose the answer with them.
    if len(found) > 1 or (found and found[0] not in statuses) or (not found and len(data) < 65_536):
        return f"{name}: answered with {found}"
    return None


def oversize_case(programs, folder, checks):
    with Service(programs, folder, deadlines={"head": 3, "body": 3}) as service:
        for one in TOO_MUCH:
            taken_as(service.port, *one)
        before = service.resident()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            faults = list(pool.map(lambda one: taken_as(service.port, *one), TOO_MUCH * ROUNDS))
        more = service.resident() - before
        checks.none(f"{len(TOO_MUCH)} kinds of too much are refused as such, {ROUNDS} times each, {AT_ONCE} at once", [fault for fault in faults if fault])
        checks.that(f"they leave {more / MIB:.1f} MiB of memory behind, at most {MEMORY_MAX // MIB}", more <= MEMORY_MAX)
        checks.that("and the service answers", ask(service.port, "GET", "/readyz").status == 200)
    checks.that("the service ends well", service.ended == 0, service.ended)


# ---- answers that nobody waits for ----

ABORTED = 120


def abort(port, path, fields, read):
    """Asks, reads so many bytes, and is gone without a farewell; at once where it is told to come again, which takes fewer bytes."""
    with connect(port, receive_bytes=4096) as one:
        one.sendall(request("GET", path, fields))
        while read > 0:
            part = one.recv(min(read, 4096))
            if not part:
                return "the connection ended before it was left"
            read = 0 if part.startswith(b"HTTP/1.1 503") else read - len(part)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return None


def aborted_case(programs, folder, checks):
    ledger, path = large(programs)
    with Service(programs, folder, ledger=ledger, people=[programs.person]) as service:
        fields = service.sign_in()
        whole = ask(service.port, "GET", path, fields)
        if not checks.that(f"the answer that will be left is there, {len(whole.body):,} bytes", whole.status == 200, whole.status):
            return
        held = min(len(whole.body), SYSTEM_HOLDS)
        warm(service.port, path, fields, 1 if held == SYSTEM_HOLDS else 8)
        before = service.resident()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            faults = list(pool.map(lambda n: abort(service.port, path, fields, (0, 1, 1000)[n % 3]), range(ABORTED)))
        checks.none(f"{ABORTED} answers are left before they end", [fault for fault in faults if fault])
        checks.that("nobody is left", service.await_figure("daybook_connections", 1))
        checks.that("and no answer is being sent any longer", service.await_figure("daybook_streams", 0))
        more, bound = service.resident() - before, 8 * held + MEMORY_MAX
        checks.that(f"they leave {more / MIB:.1f} MiB of memory behind, at most {bound / MIB:.0f}", more <= bound)
        again = ask(service.port, "GET", path, fields)
        checks.that("who stays gets the whole of it", again.status == 200 and abs(len(again.body) - len(whole.body)) < 100)
    checks.that("the service ends well", service.ended == 0, service.ended)


def warm(port, path, fields, rounds):
    with connect(port) as one:
        reader = Reader(one)
        for _ in range(rounds):
            one.sendall(request("GET", path, fields))
            reader.answer()
