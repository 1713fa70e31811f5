"""Thousands of connections that are held, and an honest client beside them; and too few open files."""

import multiprocessing
import resource
import socket
import time

from checks import quantile
from client import PATIENCE, Reader, ask, connect, request
from service import MIB, WATCHED, Service
from sink import Sink

A_SECOND = 150  # requests of the honest client: below the cap of its address
EACH_ADDRESS = 250  # connections: below the cap of an address
MEMORY_EACH = 100 * 1024 * WATCHED  # bytes that a held connection may cost the service
POST = b"POST /v1/find HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"

# What is sent at once, and what each second after.
KINDS = [(b"GET /healthz HTTP/1.1\r\nX: ", b"a"), (POST, b"a"), (request("GET", "/healthz"), b""), (request("GET", "/problems"), b"")]


def hold(port, number, told, stop):
    """Holds so many connections, opening those anew that are ended, until it is told to stop. A process of its own."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    held = [open_one(port, i) for i in range(number)]
    told.put("held")
    opened = number
    while not stop.is_set():
        began = time.monotonic()
        for i in range(number):
            if stop.is_set():
                break
            if not drip(held[i], KINDS[i % len(KINDS)][1]):
                held[i].close()
                held[i] = open_one(port, i)
                opened += 1
            if i % 50 == 0:  # evenly over the second
                time.sleep(max(0.0, began + i / number - time.monotonic()))
        time.sleep(max(0.0, began + 1 - time.monotonic()))
    told.put(opened)


def open_one(port, i):
    one = connect(port, source=f"127.1.{i // EACH_ADDRESS // 200}.{1 + i // EACH_ADDRESS % 200}", receive_bytes=2048)
    one.sendall(KINDS[i % len(KINDS)][0])
    one.setblocking(False)
    return one


def drip(one, data):
    try:
        if one.recv(16, socket.MSG_PEEK if not data else 0) == b"":
            return False
    except BlockingIOError:
        pass
    except OSError:
        return False
    try:
        return not data or one.send(data) > 0
    except BlockingIOError:
        return True
    except OSError:
        return False


def honest(port, seconds):
    """Seconds that each answer took: on a connection that is kept and, in turn, on a new one."""
    kept, fresh = [], []
    one = connect(port, source="127.2.0.1")
    reader, began = Reader(one), time.monotonic()
    for n in range(int(seconds * A_SECOND)):
        time.sleep(max(0.0, began + n / A_SECOND - time.monotonic()))
        start = time.monotonic()
        if n % 2 == 1:
            with connect(port, source="127.2.0.1") as other:
                other.sendall(request("GET", "/v1/checkpoint"))
                good = Reader(other).answer().status == 200
            fresh.append(time.monotonic() - start)
        else:
            one.sendall(request("GET", "/v1/checkpoint"))
            answer = reader.answer()
            kept.append(time.monotonic() - start)
            good = answer.status == 200
            if answer.closes:
                one = connect(port, source="127.2.0.1")
                reader = Reader(one)
        if not good:
            raise RuntimeError("an honest request was refused")
    return kept, fresh


def most_open(service):
    """Within two seconds: some are always between the end of one connection and the next."""
    counts = []
    for _ in range(10):
        counts.append(service.figure("daybook_connections"))
        time.sleep(0.2)
    return max(counts)


def told_of(name, times):
    parts = ", ".join(f"{label} {1e6 * quantile(times, part):.0f} us" for label, part in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)))
    print(f"  {name}: {parts} of {len(times)}", flush=True)


class Holders:
    """Hold so many connections to a port, from a process of their own, until the block ends."""

    def __init__(self, port, number):
        context = multiprocessing.get_context("fork")
        self.told, self.stop = context.Queue(), context.Event()
        self.process = context.Process(target=hold, args=(port, number, self.told, self.stop), daemon=True)

    def __enter__(self):
        self.process.start()
        self.told.get(timeout=10 * PATIENCE)
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.opened = self.told.get(timeout=PATIENCE)
        self.process.join(PATIENCE)
        return False


def beside_a_sink(number, seconds, port):
    """As honest(), while as many connections are held, in the same way, of a bare sink on the same machine."""
    with Sink() as sink, Holders(sink.port, number):
        return honest(port, seconds)


def compare(checks, judged, alone, elsewhere, where, beside):
    """`elsewhere`: times while the machine, and not the service, has as much to do."""
    for i, name in enumerate(("a kept connection", "new connections")):
        told_of(f"alone, {name}", alone[i])
        told_of(f"{where}, {name}", elsewhere[i])
        told_of(f"beside them, {name}", beside[i])
        p99 = quantile(beside[i], 0.99)
        ratio = p99 / quantile(elsewhere[i], 0.99)
        sentence = f"p99 of an honest client, {name}: {p99 / quantile(alone[i], 0.99):.2f}x of it alone, {ratio:.2f}x of it {where}"
        print(f"  {sentence}") if not judged else checks.that(sentence + ", below 2x", ratio < 2)


def case(programs, folder, checks):
    number = programs.connections
    limits = {"connections_per_address": 256, "requests_a_second": 200, "connections": number + 256}
    with Service(programs, folder, limits=limits) as service:
        honest(service.port, 1)
        alone = honest(service.port, programs.seconds)
        elsewhere = beside_a_sink(number, programs.seconds, service.port)
        before = service.resident()
        with Holders(service.port, number) as holders:
            beside = honest(service.port, programs.seconds)
            open_now, memory = most_open(service), service.resident() - before
        print(f"  opened {holders.opened} connections in all, {open_now:.0f} held when counted")
        checks.that(f"{number} connections are held, and every honest request is answered", open_now >= 0.9 * number, open_now)
        checks.that(f"they cost {memory / MIB:.1f} MiB of memory, at most {number * MEMORY_EACH / MIB:.0f}", memory <= number * MEMORY_EACH + 16 * MIB * WATCHED)
        compare(checks, programs.long, alone, elsewhere, "beside a sink that is held", beside)
        checks.that("when they go nobody is left", service.await_figure("daybook_connections", 1))
    checks.that("the service ends well", service.ended == 0, service.ended)


def files_case(programs, folder, checks):
    room = 64
    with Service(programs, folder, files=256 + room, limits={"reserved_files": 256, "connections": 1000}) as service:
        inside = connect(service.port)
        inside.sendall(request("GET", "/healthz"))
        reader = Reader(inside)
        good = reader.answer().status == 200
        crowd = [connect(service.port) for _ in range(room + 40)]
        waiting = connect(service.port)
        waiting.sendall(request("GET", "/healthz"))
        for _ in range(50):
            inside.sendall(request("GET", "/healthz"))
            good = good and reader.answer().status == 200
        checks.that("without open files who is inside is answered", good)
        waiting.settimeout(0.3)
        try:
            early = waiting.recv(1)
        except TimeoutError:
            early = None
        checks.that("and nobody new is let in", early is None, early)
        began = time.monotonic()
        for one in crowd:
            one.close()
        waiting.settimeout(PATIENCE)
        status = Reader(waiting).answer().status
        checks.that(f"who waited is answered {time.monotonic() - began:.2f} s after there is room, within 5 s", status == 200 and time.monotonic() - began < 5)
        checks.that("and the ledger goes on", ask(service.port, "GET", "/readyz").status == 200)
    checks.that("the service ends well", service.ended == 0, service.ended)
