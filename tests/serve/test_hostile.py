"""Whatever a request holds, it is answered or refused by name: no error of the service's own."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.model.test_scoring import COLUMNS
from tests.serve.bundles import typed
from tests.serve.service import Client, running

pytestmark = pytest.mark.slow  # a server
GOOD: dict[str, Any] = {
    "id": 7, "whole": 3, "number": 0.5, "few": "a", "full": "yes", "many": "place 3",
    "note": "a red red car",
}  # fmt: skip
MOST_BYTES, MOST_ROWS = 20_000, 20


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("hostile")
    typed(folder)
    limits = ["--bytes", str(MOST_BYTES), "--rows", str(MOST_ROWS), "--workers", "1"]
    with running(folder, *limits) as client:
        yield client


def row(**cells: Any) -> dict[str, Any]:
    return {**GOOD, **cells}


def text(**cells: str) -> bytes:
    """A row with some cells as JSON that Python would not write."""
    parts = {name: json.dumps(value) for name, value in GOOD.items()} | cells
    return ("{" + ", ".join(f'"{name}": {value}' for name, value in parts.items()) + "}").encode()


# Of a body: its bytes, the status, and what the answer names.
BODIES: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, "not JSON"),
    "a blank": (b" ", 400, "not JSON"),
    "a word": (b"row", 400, "not JSON"),
    "half an object": (b'{"id": 1', 400, "not JSON"),
    "a comma too many": (b'{"id": 1,}', 400, "not JSON"),
    "single quotes": (b"{'id': 1}", 400, "not JSON"),
    "a comment": (b'{"id": 1} // x', 400, "not JSON"),
    "two objects": (text() + text(), 400, "not JSON"),
    "lines of JSON": (text() + b"\n" + text(), 400, "not JSON"),
    "a byte order mark": (b"\xef\xbb\xbf" + text(), 400, "not JSON"),
    "UTF-16": (text().decode().encode("utf-16"), 400, "not UTF-8"),
    "Latin-1": (text(few='"é"').decode().encode("latin-1"), 400, "not UTF-8"),
    "a byte that is none": (text(few='"a\udcff"'.encode("utf-8", "surrogateescape").decode("latin-1")).decode().encode("latin-1"), 400, "not UTF-8"),  # noqa: E501
    "an overlong form": (b'{"few": "\xc0\xaf"}', 400, "not UTF-8"),
    "half a character in UTF-8": (b'{"few": "\xed\xa0\x80"}', 400, "not UTF-8"),
    "a control character": (b'{"few": "a\x01"}', 400, "not JSON"),
    "a line break in a text": (b'{"few": "a\n"}', 400, "not JSON"),
    "an escape that is none": (b'{"few": "\\x41"}', 400, "not JSON"),
    "a leading zero": (text(whole="01"), 400, "not JSON"),
    "a plus": (text(whole="+1"), 400, "not JSON"),
    "a hexadecimal": (text(whole="0x1"), 400, "not JSON"),
    "a number": (b"1", 422, "a request is a row"),
    "a text": (b'"row"', 422, "a request is a row"),
    "null": (b"null", 422, "a request is a row"),
    "true": (b"true", 422, "a request is a row"),
    "NaN alone": (b"NaN", 422, "a request is a row"),
    "no rows": (b"[]", 422, "a request is a row"),
    "a row that is a number": (b"[" + text() + b", 1]", 422, "row 2 is not an object"),
    "a row that is null": (b"[null]", 422, "row 1 is not an object"),
    "rows in rows": (b"[[" + text() + b"]]", 422, "row 1 is not an object"),
    "deep arrays": (b"[" * 9_000, 400, "nested too deep"),
    "deep objects": (b'{"few":' * 2_800 + b"1", 400, "nested too deep"),
    "deep, and whole": (b"[" * 9_000 + b"]" * 9_000, 400, "nested too deep"),
    "an empty row": (b"{}", 422, "not_nullable"),
    "NaN": (text(number="NaN"), 422, "number: is no number of JSON"),
    "Infinity": (text(number="Infinity"), 422, "number: is no number of JSON"),
    "-Infinity": (text(number="-Infinity"), 422, "number: is no number of JSON"),
    "1e400": (text(number="1e400"), 422, "number: is beyond all numbers"),
    "-1e999999": (text(number="-1e999999"), 422, "number: is beyond all numbers"),
    "2^63": (text(whole=str(2**63)), 422, "whole: is no whole number of 64 bits"),
    "a number of 5,000 digits": (text(whole="9" * 5_000), 422, "whole: is no whole number"),
    "one in a float": (text(number="9" * 400), 422, "number: is no whole number of 64 bits"),
    "a key given twice": (text()[:-1] + b', "few": "b"}', 422, "few: given twice"),
    "thrice": (text()[:-1] + b', "few": 1, "few": 2}', 422, "few: given twice"),
    "an unknown column": (json.dumps(row(more=1)).encode(), 422, "more: unknown"),
    "a column without a name": (json.dumps(row(**{"": 1})).encode(), 422, ": unknown"),
    "a name of the model's own": (json.dumps(row(column_0=1)).encode(), 422, "column_0: unknown"),
    "a name that Python has": (json.dumps(row(__class__="x")).encode(), 422, "__class__: unknown"),
    "a name of half a character": (text()[:-1] + b', "\\ud83d": 1}', 422, ": holds half of"),
    "half a character": (text(few='"\\ud83d"'), 422, "few: holds half of a character"),
    "the other half": (text(few='"\\ude00"'), 422, "few: holds half of a character"),
    "a NUL": (text(few='"a\\u0000b"'), 422, "few: holds a NUL"),
    "an array for a cell": (json.dumps(row(few=["a"])).encode(), 422, "few: is no single value"),
    "an object for a cell": (json.dumps(row(few={"a": 1})).encode(), 422, "few: is no single"),
    "a text for a number": (json.dumps(row(number="0.5")).encode(), 422, "number: type(number)"),
    "true for a number": (json.dumps(row(number=True)).encode(), 422, "number: type(number)"),
    "true for a whole number": (json.dumps(row(whole=True)).encode(), 422, "whole: type(whole"),
    "a fraction for a whole number": (text(whole="3.5"), 422, "whole: type(whole number)"),
    "a fraction that is whole": (text(whole="3.0"), 422, "whole: type(whole number)"),
    "a number for a text": (json.dumps(row(few=1)).encode(), 422, "few: type(text)"),
    "null for what is never missing": (json.dumps(row(full=None)).encode(), 422, "full: not_null"),
    "too many rows": (json.dumps([GOOD] * (MOST_ROWS + 1)).encode(), 413, "21 rows, and 20 are"),
    "too many bytes": (b" " * (MOST_BYTES + 1), 413, "longer than 20,000 bytes"),
    "many unknown names": (json.dumps({f"x{n}": 1 for n in range(1500)}).encode(), 422, "unknown"),
    "a long name": (json.dumps(row(**{"x" * 9_000: 1})).encode(), 422, "unknown"),
    "a long text": (json.dumps(row(few=1, note="y " * 4_000)).encode(), 422, "few: type(text)"),
    "markup": (json.dumps(row(few=2, note="<script>&amp;</script>")).encode(), 422, "few: type"),
    "a pattern": (json.dumps(row(whole="((a+)+)+$")).encode(), 422, "whole: type(whole number)"),
    "a template": (json.dumps(row(whole="${jndi:x}{{1}}%s")).encode(), 422, "whole: type(whole"),
}  # fmt: skip
# Of a request as it is sent: its bytes, and the statuses of which one comes back; "" for none.
REQUESTS: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "no protocol": (b"hello\r\n\r\n", ("400",)),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), ("400",)),
    "no host": (b"GET /v1/model HTTP/1.1\r\nConnection: close\r\n\r\n", ("421", "400")),
    "a stranger's name": (b"GET /v1/model HTTP/1.1\r\nHost: evil.example\r\n\r\n", ("421",)),
    "a header without a name": (b"GET / HTTP/1.1\r\n: x\r\n\r\n", ("400",)),
    "endless headers": (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 30_000, ("",)),
    "an endless line": (b"GET /" + b"a" * 200_000, ("",)),
    "two lengths": (b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12", ("400",)),  # noqa: E501
    "a negative length": (b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", ("400",)),  # noqa: E501
    "a length and chunks": (b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ("400",)),  # noqa: E501
    "a chunk that is none": (b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ("400",)),  # noqa: E501
    "too much in chunks": (b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"1000\r\n" + b" " * 4096 + b"\r\n") * 6 + b"0\r\n\r\n", ("413",)),  # noqa: E501
    "a length beyond all": (b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999999999\r\n\r\n{", ("413",)),  # noqa: E501
    "half a body": (b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{", ("400", "")),  # noqa: E501
    "a path that climbs": (b"GET /v1/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", ("404",)),  # noqa: E501
    "a path of other letters": (b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", ("400", "404")),  # noqa: E501
    "an upgrade": (b"GET /v1/model HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n", ("200", "400")),  # noqa: E501
    "a method of its own": (b"BREW /v1/predict HTTP/1.1\r\nHost: localhost\r\n\r\n", ("400",)),
}  # fmt: skip


def named(reply: Any) -> str:
    """What an answer names, in a line."""
    broken = "; ".join(f"{each['column']}: {each['check']}" for each in reply.get("broken", ()))
    return f"{reply['error']} {broken}"


def test_there_are_many_kinds() -> None:
    assert len(BODIES) + len(REQUESTS) >= 60
    assert set(COLUMNS) <= set(GOOD)


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_is_refused_by_name(kind: str, service: Client) -> None:
    body, status, said = BODIES[kind]
    reply = service.ask("/v1/predict", body)
    assert (reply.status, said in named(reply.content)) == (status, True), reply.body[:300]
    assert len(reply.body) < 40_000
    assert service.predict(GOOD).status == 200


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_request_that_is_none_ends_there(kind: str, service: Client) -> None:
    content, statuses = REQUESTS[kind]
    reply = service.raw(content, half=kind == "half a body")
    assert reply.partition(b"\r\n")[0].decode("latin-1")[9:12] in statuses, reply[:300]
    assert service.predict(GOOD).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/json; charset=utf-16"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "application/jsonx"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Type": 'Application/JSON; charset="UTF-8"'}, 200),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Host": "[::1]:1"}, 200),
    ],
)
def test_a_content_type_or_a_name_is_looked_at(
    headers: dict[str, str], status: int, service: Client
) -> None:
    reply = service.ask("/v1/predict", json.dumps(GOOD).encode(), headers)
    assert reply.status == status
    assert ("error" in reply.content) == (status != 200)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/predict", 405),
        ("DELETE", "/v1/model", 405),
        ("GET", "/", 404),
        ("GET", "/v1/predict/", 404),
        ("GET", "/docs", 404),
        ("GET", "/v1/predictions", 404),
        ("OPTIONS", "/v1/predict", 405),
        ("PUT", "/v1/predict", 405),
    ],
)
def test_no_other_path_or_method_is_there(
    method: str, path: str, status: int, service: Client
) -> None:
    reply = service.ask(path, method=method)
    assert (reply.status, set(reply.content)) == (status, {"error"})


def test_every_broken_column_of_every_row_is_named(service: Client) -> None:
    rows = [GOOD, row(whole="x", number="y", few=1, full=None, more=2), row(many=3)]
    reply = service.predict(rows)
    broken = sorted((each["row"], each["column"]) for each in reply.content["broken"])
    assert broken == [(2, name) for name in ("few", "full", "more", "number", "whole")] + [
        (3, "many")
    ]


def test_none_of_it_was_an_error_of_the_service(service: Client) -> None:
    page = service.ask("/metrics").body.decode()
    counted = {
        line.partition('status="')[2].partition('"')[0]
        for line in page.splitlines()
        if line.startswith("truerun_requests_total{")
    }
    assert {"200", "400", "413", "415", "421", "422", "405"} <= counted
    assert not {status for status in counted if status.startswith("5") or status == "other"}
    names = {
        line.partition('column="')[2].partition('"')[0]
        for line in page.splitlines()
        if line.startswith("truerun_refusals_total{")
    }
    assert names <= {*GOOD, "other"}
    assert 'truerun_refusals_total{column="few"}' in page


def test_what_is_odd_but_right_is_answered(service: Client) -> None:
    for odd in (
        json.dumps(row(few="z")).encode(),  # never seen
        json.dumps(row(many="\U0001f600" * 50)).encode(),
        json.dumps(row(few="\u202e\u200b")).encode(),
        b" \n\t" + text() + b"\r\n ",
        text(number="-0.0"),
        text(number="1e-400"),
        text(number="1E+2"),
        text(number="12345678901234567"),
        text(few='"\\u0061"'),
        text(few='"\\ud83d\\ude00"'),
        json.dumps({name: GOOD[name] for name in ("id", "whole", "full")}).encode(),
        json.dumps(row(target=1)).encode(),
    ):
        reply = service.ask("/v1/predict", odd)
        assert reply.status == 200, (odd, reply.body)
        assert 0 <= reply.content["score"] <= 1
