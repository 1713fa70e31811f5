"""Requests that two readers are known to take differently, each with another request hidden behind or within it.

A form is a name and its bytes. `REFUSED` must be answered with a refusal and the end of the connection, or with the end alone where it is not
whole; nothing hidden in one may be answered. `LAWFUL` is answered once: it looks odd, and can be read in one way only.
"""

HIDDEN = b"GET /problems/busy HTTP/1.1\r\nHost: localhost\r\n\r\n"
SIZE = len(HIDDEN)


def post(fields, body=b"", end=b"\r\n"):
    head = b"POST /v1/find HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return head + fields + end + body


def get(target=b"/healthz", fields=b"", version=b"HTTP/1.1"):
    return b"GET " + target + b" " + version + b"\r\nHost: localhost\r\n" + fields + b"\r\n"


def both_ways(coding):
    """With a length that ends before the hidden request, and with one that takes it in."""
    return [
        (post(b"Content-Length: 4\r\n" + coding, b"0\r\n\r\n" + HIDDEN)),
        (post(coding + b"Content-Length: %d\r\n" % (SIZE + 5), b"0\r\n\r\n" + HIDDEN)),
    ]


CODINGS = {
    "chunked": b"Transfer-Encoding: chunked\r\n",
    "other case": b"transfer-encoding: CHUNKED\r\n",
    "xchunked": b"Transfer-Encoding: xchunked\r\n",
    "chunkedx": b"Transfer-Encoding: chunkedx\r\n",
    "gzip": b"Transfer-Encoding: gzip\r\n",
    "identity": b"Transfer-Encoding: identity\r\n",
    "empty": b"Transfer-Encoding:\r\n",
    "gzip, chunked": b"Transfer-Encoding: gzip, chunked\r\n",
    "chunked, identity": b"Transfer-Encoding: chunked, identity\r\n",
    "identity, chunked": b"Transfer-Encoding: identity, chunked\r\n",
    "chunked, chunked": b"Transfer-Encoding: chunked, chunked\r\n",
    "comma before": b"Transfer-Encoding: ,chunked\r\n",
    "comma behind": b"Transfer-Encoding: chunked,\r\n",
    "parameter": b"Transfer-Encoding: chunked;q=1\r\n",
    "quoted": b'Transfer-Encoding: "chunked"\r\n',
    "single quotes": b"Transfer-Encoding: 'chunked'\r\n",
    "space before the colon": b"Transfer-Encoding : chunked\r\n",
    "tab before the colon": b"Transfer-Encoding\t: chunked\r\n",
    "tab behind the colon": b"Transfer-Encoding:\tchunked\r\n",
    "tab behind": b"Transfer-Encoding: chunked\t\r\n",
    "vertical tab": b"Transfer-Encoding:\x0bchunked\r\n",
    "form feed": b"Transfer-Encoding:\x0cchunked\r\n",
    "no-break space": b"Transfer-Encoding:\xa0chunked\r\n",
    "byte order mark": b"Transfer-Encoding: \xef\xbb\xbfchunked\r\n",
    "NUL behind": b"Transfer-Encoding: chunked\0\r\n",
    "DEL behind": b"Transfer-Encoding: chunked\x7f\r\n",
    "backspace": b"Transfer-Encoding: chunke\x08d\r\n",
    "folded": b"Transfer-Encoding:\r\n chunked\r\n",
    "folded by tab": b"Transfer-Encoding:\r\n\tchunked\r\n",
    "folded in the middle": b"Transfer-Encoding: chun\r\n ked\r\n",
    "folded away": b"X: y\r\n Transfer-Encoding: chunked\r\n",
    "space before the name": b" Transfer-Encoding: chunked\r\n",
    "line feed before": b"X: y\nTransfer-Encoding: chunked\r\n",
    "carriage return before": b"X: y\rTransfer-Encoding: chunked\r\n",
    "line feed behind": b"Transfer-Encoding: chunked\n",
    "two line feeds": b"Transfer-Encoding: chunked\n\n",
    "underscore": b"Transfer_Encoding: chunked\r\n",
    "twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "twice, the second other": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
    "twice, the first other": b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n",
    "name with NUL": b"Transfer\0-Encoding: chunked\r\n",
    "name with a high byte": b"Transfer-Encoding\xff: chunked\r\n",
    "name with a small sign": b"Trans\xc5\xbfer-Encoding: chunked\r\n",
    "no colon": b"Transfer-Encoding chunked\r\n",
    "with a trailer": b"Transfer-Encoding: chunked\r\nTrailer: Content-Length\r\n",
    "hidden in a connection option": b"Connection: Content-Length\r\nTransfer-Encoding: chunked\r\n",
}

LENGTHS = {
    "plus": b"+4",
    "minus": b"-4",
    "hexadecimal": b"0x4",
    "octal-like, and more": b"04 4",
    "a blank within": b"4 4",
    "comma": b"4, 4",
    "comma, other": b"4,%d" % (SIZE + 4),
    "empty": b"",
    "letters": b"four",
    "point": b"4.0",
    "exponent": b"4e0",
    "underscore": b"4_0",
    "tab": b"\t4",
    "form feed": b"\x0c4",
    "NUL": b"4\0",
    "semicolon": b"4;",
    "quoted": b'"4"',
    "other digits": b"\xd9\xa4",
    "twenty digits": b"00000000000000000004",
    "past 32 bits": b"4294967300",
    "past 64 bits": b"18446744073709551620",
    "folded": b"\r\n 4",
    "folded on": b"4\r\n 4",
    "chunked": b"chunked",
}

LENGTH_FIELDS = {
    "twice": b"Content-Length: 4\r\nContent-Length: 4\r\n",
    "twice, the second greater": b"Content-Length: 4\r\nContent-Length: %d\r\n" % (SIZE + 4),
    "twice, the first greater": b"Content-Length: %d\r\nContent-Length: 4\r\n" % (SIZE + 4),
    "twice, none and some": b"Content-Length: 0\r\nContent-Length: %d\r\n" % SIZE,
    "space before the colon": b"Content-Length : %d\r\n" % SIZE,
    "underscore beside": b"Content_Length: %d\r\nContent-Length: 0\r\n" % SIZE,
    "space before the name": b" Content-Length: %d\r\n" % SIZE,
    "carriage return alone": b"Content-Length: 0\rX: y\r\n",
    "line feed alone": b"Content-Length: 0\nX: y\r\n",
    "none": b"",
}

CHUNKS = {
    "extension": b"3;a=b\r\nabc\r\n0\r\n\r\n",
    "extension, empty": b"3;\r\nabc\r\n0\r\n\r\n",
    "extension of the last": b"3\r\nabc\r\n0;a=b\r\n\r\n",
    "extension, line feed within": b"3;a\nb\r\nabc\r\n0\r\n\r\n",
    "extension, quoted line end": b'3;a="\r\n0\r\n\r\n"\r\nabc\r\n0\r\n\r\n',
    "extension, 64 KiB": b"3;" + b"a" * 65536 + b"\r\nabc\r\n0\r\n\r\n",
    "plus": b"+3\r\nabc\r\n0\r\n\r\n",
    "minus": b"-3\r\nabc\r\n0\r\n\r\n",
    "0x": b"0x3\r\nabc\r\n0\r\n\r\n",
    "blank before": b" 3\r\nabc\r\n0\r\n\r\n",
    "blank behind": b"3 \r\nabc\r\n0\r\n\r\n",
    "tab behind": b"3\t\r\nabc\r\n0\r\n\r\n",
    "underscore": b"0_3\r\nabc\r\n0\r\n\r\n",
    "NUL": b"3\0\r\nabc\r\n0\r\n\r\n",
    "no digit": b"\r\nabc\r\n0\r\n\r\n",
    "no hexadecimal digit": b"g\r\nabc\r\n0\r\n\r\n",
    "line feed alone": b"3\nabc\n0\n\n",
    "line feed behind the size": b"3\nabc\r\n0\r\n\r\n",
    "line feed behind the data": b"3\r\nabc\n0\r\n\r\n",
    "carriage return behind the size": b"3\rabc\r\n0\r\n\r\n",
    "carriage return before the size": b"\r3\r\nabc\r\n0\r\n\r\n",
    "two characters for the line end": b"3\r\nabcXX0\r\n\r\n",
    "longer than its size": b"3\r\nabcd\r\n0\r\n\r\n",
    "shorter than its size": b"9\r\nabc\r\n0\r\n\r\n",
    "past 64 bits": b"10000000000000003\r\nabc\r\n0\r\n\r\n",
    "all of 64 bits": b"ffffffffffffffff\r\nabc\r\n0\r\n\r\n",
    "the sign of 64 bits": b"8000000000000000\r\nabc\r\n0\r\n\r\n",
    "past 32 bits": b"100000003\r\nabc\r\n0\r\n\r\n",
    "trailer": b"3\r\nabc\r\n0\r\nX: y\r\n\r\n",
    "trailer that is a length": b"3\r\nabc\r\n0\r\nContent-Length: 50\r\n\r\n",
    "trailer that is a host": b"3\r\nabc\r\n0\r\nHost: other\r\n\r\n",
    "trailer, folded": b"3\r\nabc\r\n0\r\nX: y\r\n z\r\n\r\n",
    "end without its line": b"3\r\nabc\r\n0\r\n",
    "end with a line feed": b"3\r\nabc\r\n0\r\n\n",
    "end of many noughts": b"3\r\nabc\r\n000000000000000000000000\r\n\r\n",
}

LINES = {
    "two spaces": b"GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "tab": b"GET\t/healthz\tHTTP/1.1\r\nHost: localhost\r\n\r\n",
    "space behind": b"GET /healthz HTTP/1.1 \r\nHost: localhost\r\n\r\n",
    "space before": b" GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "empty line before": b"\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "line feed before": b"\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "line feeds alone": b"GET /healthz HTTP/1.1\nHost: localhost\n\n",
    "carriage returns alone": b"GET /healthz HTTP/1.1\rHost: localhost\r\r",
    "empty line by line feed": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\n",
    "HTTP/0.9": b"GET /healthz\r\n",
    "HTTP/1.0": b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n",
    "HTTP/1.0, kept alive": b"GET /healthz HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n",
    "HTTP/1.0, chunked": b"POST /v1/find HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.2": b"GET /healthz HTTP/1.2\r\nHost: localhost\r\n\r\n",
    "HTTP/1.10": b"GET /healthz HTTP/1.10\r\nHost: localhost\r\n\r\n",
    "HTTP/01.1": b"GET /healthz HTTP/01.1\r\nHost: localhost\r\n\r\n",
    "http/1.1": b"GET /healthz http/1.1\r\nHost: localhost\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "SOCKS": b"\x05\x01\x00",
    "TLS to a plain port": b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
    "small method": b"get /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "TRACE": b"TRACE /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "CONNECT": b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "method with a hidden one": b"GET\r\nX: /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "absolute form": b"GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "absolute form of another host": b"GET http://other/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "authority form": b"GET localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "asterisk": b"GET * HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "fragment": get(b"/healthz#x"),
    "space in the target": get(b"/healthz /x"),
    "request in the target": get(b"/healthz HTTP/1.1\r\nX:"),
    "NUL in the target": get(b"/health\0z"),
    "high byte in the target": get(b"/health\xffz"),
    "encoded line end": get(b"/healthz%0d%0aX:%20y"),
    "encoded NUL": get(b"/healthz%00"),
    "encoded slash": get(b"/v1%2fcheckpoint"),
    "dots": get(b"/v1/../healthz"),
    "encoded dots": get(b"/v1/%2e%2e/healthz"),
    "two slashes": get(b"//healthz"),
    "backslash": get(b"/v1\\checkpoint"),
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": get(fields=b"Host: localhost\r\n"),
    "another host": b"GET /healthz HTTP/1.1\r\nHost: other.example\r\n\r\n",
    "host with a path": b"GET /healthz HTTP/1.1\r\nHost: localhost/x\r\n\r\n",
    "host with a user": b"GET /healthz HTTP/1.1\r\nHost: a@localhost\r\n\r\n",
    "host, folded": b"GET /healthz HTTP/1.1\r\nHost:\r\n localhost\r\n\r\n",
    "field without a name": get(fields=b": x\r\n"),
    "field without a colon": get(fields=b"GET /problems/busy HTTP/1.1\r\n"),
    "field with a blank in its name": get(fields=b"X y: z\r\n"),
    "field with NUL": get(fields=b"X: a\0b\r\n"),
    "field with a line feed": get(fields=b"X: a\nY: b\r\n"),
    "connection twice": get(fields=b"Connection: close\r\nConnection: keep-alive\r\n"),
    "GET with a length": get(fields=b"Content-Length: %d\r\n" % SIZE),
    "GET, chunked": get(fields=b"Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
    "HEAD with a length": b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % SIZE,
    "pipelined": get(),
    "pipelined behind a body": post(b"Content-Length: 2\r\n", b"{}"),
    "pipelined behind chunks": post(b"Transfer-Encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n"),
    "pipelined behind an upgrade": get(fields=b"Connection: Upgrade\r\nUpgrade: websocket\r\n"),
    "pipelined behind 100-continue": post(b"Content-Length: 2\r\nExpect: 100-continue\r\n", b"{}"),
    "encoded body": post(b"Content-Length: 2\r\nContent-Encoding: gzip\r\n", b"{}"),
    "other expectation": post(b"Content-Length: 2\r\nExpect: 200-ok\r\n", b"{}"),
}

LAWFUL = {
    "upgrade to HTTP/2": get(fields=b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"),
    "upgrade to a socket": get(fields=b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
    "noughts before the length": post(b"Content-Length: 0002\r\n", b"{}"),
    "large hexadecimal": post(b"Transfer-Encoding: chunked\r\n", b"00000A\r\n[[[[[]]]]]\r\n0\r\n\r\n"),
    "other method named": post(b"Content-Length: 2\r\nX-HTTP-Method-Override: GET\r\n", b"{}"),
    "other target named": get(fields=b"X-Original-URL: /metrics\r\nX-Rewrite-URL: /metrics\r\n"),
    "length in a connection option": post(b"Content-Length: 2\r\nConnection: content-length\r\n", b"{}"),
}


def refused():
    forms = []
    for name, coding in CODINGS.items():
        forms += [(f"coding, {name}, {n}", data) for n, data in enumerate(both_ways(coding))]
    for name, value in LENGTHS.items():
        forms.append((f"length, {name}", post(b"Content-Length: " + value + b"\r\n", b"null" + HIDDEN)))
    for name, fields in LENGTH_FIELDS.items():
        forms.append((f"length fields, {name}", post(fields, b"null" + HIDDEN)))
    for name, chunks in CHUNKS.items():
        forms.append((f"chunks, {name}", post(b"Transfer-Encoding: chunked\r\n", chunks + HIDDEN)))
    for name, lines in LINES.items():
        forms.append((f"lines, {name}", lines + HIDDEN))
    return forms


def lawful():
    return [(f"lawful, {name}", data) for name, data in LAWFUL.items()]
