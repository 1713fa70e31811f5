"""JSON that is none, or that two readers take differently, sent by somebody who is signed in, to a view and to a command."""

from client import Reader, ask, connect, request
from service import Service

FORMS = {
    "nothing": b"",
    "a blank": b" ",
    "an object that goes on": b'{"words":["a"]',
    "a text that goes on": b'{"words":["a',
    "two values": b'{"words":["a"]} {}',
    "something behind": b'{"words":["a"]}x',
    "a line feed and more": b'{"words":["a"]}\n{"words":["b"]}',
    "a comma too many": b'{"words":["a"],}',
    "a comma too many in a list": b'{"words":["a",]}',
    "no comma": b'{"words":["a" "b"]}',
    "no quotes": b"{words:[1]}",
    "single quotes": b"{'words':['a']}",
    "a comment": b'{"words":["a"]/* x */}',
    "a line's comment": b'{"words":["a"]}// x',
    "a byte order mark": b'\xef\xbb\xbf{"words":["a"]}',
    "UTF-16": '{"words":["a"]}'.encode("utf-16"),
    "NUL behind": b'{"words":["a"]}\0',
    "NUL within": b'{"words":["a\0"]}',
    "a control character": b'{"words":["a\x01"]}',
    "a line end within": b'{"words":["a\n"]}',
    "bytes that are no UTF-8": b'{"words":["\xff"]}',
    "UTF-8 that is longer than it may be": b'{"words":["\xc0\xae"]}',
    "UTF-8 of half a pair": b'{"words":["\xed\xa0\x80"]}',
    "UTF-8 that is cut": b'{"words":["\xe2\x82"]}',
    "UTF-8 beyond the last": b'{"words":["\xf4\x90\x80\x80"]}',
    "half a pair, escaped": b'{"words":["\\ud800"]}',
    "the other half, escaped": b'{"words":["\\udc00"]}',
    "an escape that is none": b'{"words":["\\x41"]}',
    "an escape that is cut": b'{"words":["\\u00"]}',
    "a name twice": b'{"words":["a"],"words":["b"]}',
    "a name twice, escaped": b'{"words":["a"],"w\\u006frds":["b"]}',
    "a name twice further down": b'{"words":[{"a":1,"a":2}]}',
    "an empty name twice": b'{"":1,"":2}',
    "33 deep": b'{"words":' + b"[" * 32 + b"]" * 32 + b"}",
    "10,000 deep": b"[" * 10_000 + b"]" * 10_000,
    "100,000 deep without an end": b"[" * 100_000,
    "objects 20,000 deep": b'{"a":' * 20_000,
    "60,000 values": b'{"words":[' + b"0," * 60_000 + b"0]}",
    "60,000 names": b"{" + b",".join(b'"%d":0' % n for n in range(20_000)) + b"}",
    "a number of 400 digits": b'{"words":[' + b"9" * 400 + b"]}",
    "a number past 64 bits": b'{"words":[18446744073709551616]}',
    "a number below 64 bits": b'{"words":[-9223372036854775809]}',
    "1e999": b'{"words":[1e999]}',
    "-1e999": b'{"words":[-1e999]}',
    "1e-400 of 100 digits": b'{"words":[0.' + b"0" * 400 + b"1e]}",
    "NaN": b'{"words":[NaN]}',
    "Infinity": b'{"words":[Infinity]}',
    "a nought before": b'{"words":[01]}',
    "a plus before": b'{"words":[+1]}',
    "a point behind": b'{"words":[1.]}',
    "hexadecimal": b'{"words":[0x1]}',
    "true in another case": b'{"words":[True]}',
    "null": b"null",
    "a list": b'["words"]',
    "a text": b'"words"',
    "a number": b"1",
    "a number for a list": b'{"words":{"a":{}}}',
    "an object in a list": b'{"words":[{}]}',
    "a name that nobody knows": b'{"words":["a"],"sudo":[]}',
    "a prototype": b'{"__proto__":{"words":["a"]}}',
}
ROUTES = ["/v1/find", "/v1/commands/place-hold"]
TOO_LARGE = b'{"words":["' + b"a" * 300_000 + b'"]}'


def posted(reader, one, path, fields, body, n):
    one.sendall(request("POST", path, [*fields, f'Idempotency-Key: "hostile {n}"'], body))
    return reader.answer()


def case(programs, folder, checks):
    with Service(programs, folder, people=[programs.person]) as service:
        fields = service.sign_in()
        end, wrong = service.record_end(), []
        with connect(service.port) as one:  # one connection for all: what is no JSON is no reason to end it
            reader = Reader(one)
            for path in ROUTES:
                for n, (name, body) in enumerate(FORMS.items()):
                    answer = posted(reader, one, path, fields, body, n)
                    if answer.status != 400 or answer.closes:
                        wrong.append(f"{path}, {name}: {answer.status} {answer.body[:120]!r}")
        checks.none(f"{len(FORMS)} forms of JSON that are not what is wanted are refused with 400 by {len(ROUTES)} routes", wrong)
        large = ask(service.port, "POST", ROUTES[0], fields, TOO_LARGE)
        checks.that("a body that is too large is refused as such", large.status == 413, large.status)
        other = ask(service.port, "POST", ROUTES[0], [f for f in fields if not f.startswith("Content-Type")] + ["Content-Type: text/plain"], b"{}")
        checks.that("and one of another type", other.status == 415, other.status)
        checks.that("nothing was recorded", service.record_end() == end)
        good = ask(service.port, "POST", ROUTES[0], fields, b'{"words":["nobody-of-that-name"]}')
        checks.that("and what is as it should be is answered", good.status == 200, good.status)
    checks.that("the service ends well", service.ended == 0, service.ended)
