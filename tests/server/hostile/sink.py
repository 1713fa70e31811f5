"""What it costs the machine alone that thousands of connections are held: a server that takes whatever comes, says nothing, and ends connections when
the service would."""

import collections
import multiprocessing
import resource
import select
import socket
import time

from client import PATIENCE

HEAD, BODY, IDLE = 5, 15, 30  # seconds: the deadlines of a service that is not configured otherwise


class Sink:
    """Runs, as a process of its own, until the block ends."""

    def __init__(self):
        context = multiprocessing.get_context("fork")
        self.told = context.Queue()
        self.process = context.Process(target=serve, args=(self.told,), daemon=True)

    def __enter__(self):
        self.process.start()
        self.port = self.told.get(timeout=PATIENCE)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.join(PATIENCE)
        return False


def serve(told):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    door = socket.create_server(("127.0.0.1", 0), backlog=4096)
    told.put(door.getsockname()[1])
    poll, open_now, ends = select.epoll(), {}, {seconds: collections.deque() for seconds in (HEAD, BODY, IDLE)}
    poll.register(door, select.EPOLLIN)
    while True:
        for file, _ in poll.poll(0.1):
            if file == door.fileno():
                one, _ = door.accept()
                poll.register(one, select.EPOLLIN)
                open_now[one.fileno()] = [one, False]
            else:
                take(open_now, file, ends)
        for seconds, waiting in ends.items():
            while waiting and waiting[0][0] + seconds <= time.monotonic():
                one = waiting.popleft()[1]
                open_now.pop(one.fileno(), None)
                one.close()


def take(open_now, file, ends):
    one, seen = open_now[file]
    try:
        data = one.recv(4096)
    except OSError:
        data = b""
    if not data:
        del open_now[file]
        one.close()
    elif not seen:
        open_now[file][1] = True
        ends[deadline(data)].append((time.monotonic(), one))


def deadline(first):
    if first.startswith(b"POST "):
        return BODY
    return IDLE if first.endswith(b"\r\n\r\n") else HEAD
