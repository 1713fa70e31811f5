"""A client that is a socket and nothing more: it sends what no library would, and reads what comes."""

import os
import re
import socket
import ssl
import time

PATIENCE = 20.0  # seconds for what must come; only a failure waits so long


def connect(port, source=None, receive_bytes=None, tls=False):
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    one.settimeout(PATIENCE)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if receive_bytes:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    if source:
        one.bind((source, 0))
    one.connect(("127.0.0.1", port))
    return trusting().wrap_socket(one) if tls else one


def trusting():
    """Any certificate will do: the tests make one for the occasion."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Answer:
    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    @property
    def closes(self):
        return self.fields.get("connection", "") == "close"


def parse_head(head):
    lines = head.decode("latin-1").split("\r\n")
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    return int(lines[0].split(" ")[1]), fields


class Reader:
    """Answers, one after the other, of one connection."""

    def __init__(self, one):
        self.one, self.bytes = one, bytearray()

    def more(self, what):
        part = self.one.recv(1 << 20)
        if not part:
            raise EOFError(f"the connection ended {what}")
        self.bytes += part

    def take(self, size):
        while len(self.bytes) < size:
            self.more("within an answer")
        taken = bytes(self.bytes[:size])
        del self.bytes[:size]
        return taken

    def take_to(self, mark, what):
        while mark not in self.bytes:
            self.more(what)
        return self.take(self.bytes.index(mark) + len(mark))

    def answer(self, with_body=True):
        status, fields = parse_head(self.take_to(b"\r\n\r\n", "before an answer")[:-4])
        if not with_body:
            return Answer(status, fields, b"")
        if fields.get("transfer-encoding") == "chunked":
            return Answer(status, fields, self.chunks())
        return Answer(status, fields, self.take(int(fields.get("content-length", 0))))

    def chunks(self):
        parts = []
        while True:
            size = int(self.take_to(b"\r\n", "before a chunk")[:-2], 16)
            parts.append(self.take(size))
            self.take(2)
            if size == 0:
                return b"".join(parts)


def request(method, path, fields=(), body=None):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *fields]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


def ask(port, method, path, fields=(), body=None, tls=False):
    """One answer on a connection of its own."""
    with connect(port, tls=tls) as one:
        one.sendall(request(method, path, ["Connection: close", *fields], body))
        return Reader(one).answer(method != "HEAD")


def rest_of(one, seconds):
    """All that comes until the other side ends it, and whether it did within so long."""
    taken, end = b"", time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        if left <= 0:
            return taken, False
        one.settimeout(left)
        try:
            part = one.recv(65536)
        except (TimeoutError, socket.timeout):
            return taken, False
        except OSError:  # reset: an end too
            return taken, True
        if not part:
            return taken, True
        taken += part


def answers_in(taken):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", taken)]


def new_trace():
    """A traceparent field, and the id by which a problem names the request that it answers."""
    trace = os.urandom(16).hex()
    return f"Traceparent: 00-{trace}-{os.urandom(8).hex()}-01", trace
