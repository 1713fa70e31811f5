"""Readers of a long answer who take their time: they are cut, what they cost has a bound, others are answered, and what they were sent is accounted for."""

import multiprocessing
import os
import re
import threading
import time

from client import PATIENCE, ask, connect, request
from held import compare, honest
from large import SYSTEM_HOLDS, large, looks_in
from service import MIB, WATCHED, Service
from slow import DEADLINES, LATE, LINGER

READERS = 20
GULP = 64 * 1024  # that each reader takes at once more than the one before
BEGIN = 0.5 * WATCHED  # seconds until an export has begun; they begin one after the other
BLOCK = 256  # positions of an export, for which one look is written down


def sip(port, path, fields, at_once, seconds, results, stop):
    """Reads so many bytes and then by the kilobyte, until there is no more, or nobody wants it to; keeps what came. False: it was told to come again."""
    taken, end = bytearray(), time.monotonic() + seconds
    with connect(port, receive_bytes=65536) as one:
        one.sendall(request("GET", path, fields))
        while not stop.is_set() and time.monotonic() < end:
            try:
                part = one.recv(65536 if len(taken) < at_once else 1024)
            except OSError:  # reset: the end too
                break
            if not part:
                break
            taken += part
            if len(taken) >= at_once:
                stop.wait(0.5)
    if taken.startswith(b"HTTP/1.1 503 "):
        return stop.wait(0.5)
    results.append(bytes(taken))
    return True


def crowd(work):
    threads = [threading.Thread(target=work, args=(n,)) for n in range(READERS)]
    for thread in threads:
        thread.start()
    return threads


def watch(service, seconds):
    """Until nobody is connected, or so long: the seconds that it took, None if somebody still is, and the most memory meanwhile."""
    began, most = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        time.sleep(0.05)
        most = max(most, service.resident())
        if service.figure("daybook_connections") == 1:  # who asks for the figure
            return time.monotonic() - began, most
    return None, most


def cut(service, path, fields, size, checks):
    """What the readers got until they were cut."""
    before, results, stop = service.resident(), [], threading.Event()

    def work(n):
        while not sip(service.port, path, fields, n * GULP, PATIENCE, results, stop):
            pass

    threads = crowd(work)
    waits = size > SYSTEM_HOLDS
    most_seconds = DEADLINES["write"] + (READERS * BEGIN if waits else DEADLINES["idle"]) + LINGER + LATE
    ended, most = watch(service, most_seconds)
    checks.that("an honest client is answered beside them", ask(service.port, "GET", "/healthz").status == 200)
    stop.set()
    for thread in threads:
        thread.join()
    checks.that(f"{READERS} readers who sip have no connection after {ended or 0:.1f} s, of {most_seconds:.1f} at most", ended is not None)
    bound = (READERS * min(size, SYSTEM_HOLDS) + 64 * MIB) * WATCHED
    checks.that(f"they cost {(most - before) / MIB:.1f} MiB of memory, at most {bound / MIB:.0f}", most - before <= bound)
    if waits:
        checks.that("none of them has the whole of it", all(len(taken) < size for taken in results), [len(taken) for taken in results])
        checks.that("and no answer is being sent any longer", service.await_figure("daybook_streams", 0))
    else:
        print(f"NOT TRIED: {size:,} bytes fit into the system's buffers, so the deadline of the answer stands behind the idle one; --long has a larger")
    return results


def blocks_in(taken):
    """How many blocks of the record it has a part of."""
    return len({int(position) // BLOCK for position in re.findall(rb'\{"position":(\d+),', taken)})


def accounted_for(programs, service, ledger, before, sent, checks):
    """What was sent has its looks on disk: the service is killed, and the book read by somebody else."""
    service.process.kill()
    service.process.wait()
    looks, blocks = looks_in(programs, ledger) - before, sum(blocks_in(taken) for taken in sent)
    checks.that(f"they were sent {blocks} blocks of the record, and {looks} looks are on disk when the service is killed", 0 < blocks <= looks)


def again_and_again(port, path, fields, told, stop):
    """Readers who come again when they are cut. A process of its own."""
    results = []

    def work(n):
        while not stop.is_set():
            sip(port, path, fields, n * GULP, DEADLINES["write"] + LINGER, results, stop)

    for thread in crowd(work):
        thread.join()
    told.put(len(results))


def spin():
    while True:
        pass


def beside_busy_processors(port, seconds):
    """As honest(), while every processor is busy with something that is not the service."""
    busy = [multiprocessing.get_context("fork").Process(target=spin, daemon=True) for _ in range(os.cpu_count())]
    for one in busy:
        one.start()
    times = honest(port, seconds)
    for one in busy:
        one.terminate()
        one.join(PATIENCE)
    return times


def beside(service, path, fields, seconds, checks):
    honest(service.port, 1)
    alone = honest(service.port, seconds)
    elsewhere = beside_busy_processors(service.port, seconds)
    context = multiprocessing.get_context("fork")
    told, stop = context.Queue(), context.Event()
    process = context.Process(target=again_and_again, args=(service.port, path, fields, told, stop), daemon=True)
    process.start()
    times = honest(service.port, seconds)
    stop.set()
    begun = told.get(timeout=PATIENCE)
    process.join(PATIENCE)
    print(f"  meanwhile {READERS} readers asked {begun} times for all of it, and sipped")
    compare(checks, True, alone, elsewhere, "beside processors that are busy elsewhere", times)


def case(programs, folder, checks):
    if programs.long and os.sched_getscheduler(0) != os.SCHED_OTHER:  # what keeps the processors busy would let nobody else run
        checks.that("the readers' case has no real-time priority", False, "run it without chrt")
        return
    ledger, path = large(programs)
    looks = looks_in(programs, ledger)
    with Service(programs, folder, ledger=ledger, deadlines=DEADLINES, people=[programs.person]) as service:
        fields = service.sign_in()
        began = time.monotonic()
        whole = ask(service.port, "GET", path, fields)
        size, took = len(whole.body), time.monotonic() - began
        if not checks.that(f"an honest reader gets {path}: {size:,} bytes in {took:.2f} s", whole.status == 200, whole.status):
            return
        parts = cut(service, path, fields, size, checks)
        if programs.long:
            accounted_for(programs, service, ledger, looks, [whole.body, *parts], checks)
    if not programs.long:
        return
    with Service(programs, folder, ledger=ledger, deadlines=DEADLINES, people=[programs.person]) as service:
        beside(service, path, service.sign_in(), programs.seconds, checks)
        checks.that("when they go nobody is left", service.await_figure("daybook_connections", 1))
    checks.that("the service ends well", service.ended == 0, service.ended)
