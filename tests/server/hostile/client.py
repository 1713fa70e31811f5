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
        self.one, self.bytes = one, b""

    def more(self):
        part = self.one.recv(65536)
        self.bytes += part
        return bool(part)

    def answer(self, with_body=True):
        while b"\r\n\r\n" not in self.bytes:
            if not self.more():
                raise EOFError("the connection ended before an answer")
        head, _, rest = self.bytes.partition(b"\r\n\r\n")
        status, fields = parse_head(head)
        size = int(fields.get("content-length", 0)) if with_body else 0
        if fields.get("transfer-encoding") == "chunked":
            return self.chunked(status, fields, rest)
        while len(rest) < size:
            part = self.one.recv(65536)
            if not part:
                raise EOFError("the connection ended within an answer")
            rest += part
        self.bytes = rest[size:]
        return Answer(status, fields, rest[:size])

    def chunked(self, status, fields, rest):
        body = b""
        while True:
            while b"\r\n" not in rest:
                rest = self.take_more(rest)
            line, _, rest = rest.partition(b"\r\n")
            size = int(line.split(b";")[0], 16)
            while len(rest) < size + 2:
                rest = self.take_more(rest)
            body += rest[:size]
            rest = rest[size + 2 :]
            if size == 0:
                self.bytes = rest
                return Answer(status, fields, body)

    def take_more(self, rest):
        part = self.one.recv(1 << 20)
        if not part:
            raise EOFError("the connection ended within a chunk")
        return rest + part


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
