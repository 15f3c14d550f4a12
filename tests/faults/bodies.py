"""Faults of responses that come whole: bodies that are broken, too large or of another shape."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async import ResponseDecodeError

from .calls import GOOD
from .connections import flood, good
from .server import head
from .table import HARMLESS, TOO_MUCH, UNREADABLE, always, fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from .server import Behaviour, Wire

HTML = b"<html><body><h1>Please sign in</h1></body></html>"

MUCH = b" " * 2**20
"""More than the client of these tests reads."""


def body(data: bytes, status: int = 200, **headers: object) -> Behaviour:
    """Answer with a body, whatever was asked."""

    async def behave(wire: Wire) -> None:
        await wire.answer(data, status, **headers)

    return behave


def changed(change: Callable[[bytes], bytes], **headers: object) -> Behaviour:
    """Answer with the bytes of the good response, but changed."""

    async def behave(wire: Wire) -> None:
        await wire.answer(change(good(wire)), 200, **headers)

    return behave


def reshaped(change: Callable[[dict[str, Any]], Any]) -> Behaviour:
    """Answer with another result in place of the good one."""

    async def behave(wire: Wire) -> None:
        result = GOOD[wire.arrival.method].get("result", {})
        await wire.answer({"result": change(result)})

    return behave


async def echo(wire: Wire) -> None:
    """Answer with a page that shows the request's headers, as some gateways do."""
    lines = "".join(f"<li>{n}: {v}</li>" for n, v in wire.arrival.headers.items() if n[0] == "a")
    await wire.answer(f"<ul>{lines}</ul>".encode(), Content_Type="text/html")


def _every(kind: Callable[[Any], object]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda result: {name: kind(value) for name, value in result.items()}


def _newer(result: dict[str, Any]) -> dict[str, Any]:
    """A result with an enum value that is not known yet."""
    if "service" in result:
        return result | {"service": _newer(result["service"])}
    return result | {"state": "hibernating"} if "state" in result else result | {"duration": 7}


def _cut(data: bytes) -> bytes:
    return data[:-2]


BODIES = (
    fault("an empty body", UNREADABLE, body(b"")),
    fault("204 where a result belongs", UNREADABLE, body(b"", 204)),
    fault("an HTML page of a gateway", UNREADABLE, body(HTML, Content_Type="text/html")),
    fault("a page that repeats the request's headers", UNREADABLE, echo),
    fault("JSON that is cut off", UNREADABLE, changed(_cut)),
    fault("what is almost JSON", UNREADABLE, body(b"{'result': {}}"), body(b'{"result": NaN}')),
    fault("two JSON documents", UNREADABLE, changed(lambda data: data * 2)),
    fault("bytes that are not UTF-8", UNREADABLE, body(b'{"result": "\xff\xfe"}')),
    fault(
        "UTF-16 without a byte order mark",
        UNREADABLE,
        changed(lambda data: data.decode().encode("utf-16-le")),
        changed(lambda data: data.decode().encode("utf-16-be")),
    ),
    fault(
        "UTF-8 or UTF-16 with a byte order mark",
        HARMLESS,
        changed(lambda data: data.decode().encode("utf-8-sig")),
        changed(lambda data: data.decode().encode("utf-16")),
    ),
    fault("half a character in an escape", UNREADABLE, body(b'{"result": {"name": "\\ud800"}}')),
    fault("JSON nested thousands deep", UNREADABLE, body(b"[" * 5000 + b"]" * 5000)),
    fault("a wrong content type", HARMLESS, changed(bytes, Content_Type="text/html")),
    fault("no content type", HARMLESS, changed(bytes, Content_Type="")),
    fault(
        "a foreign charset in the content type",
        HARMLESS,
        changed(bytes, Content_Type="application/json; charset=zebra"),
    ),
    fault(
        "JSON that is no object",
        UNREADABLE,
        *(body(data) for data in (b"null", b"[]", b"7", b'"text"')),
    ),
    fault("no result in the response", UNREADABLE, body(b"{}"), body(b'{"status": 200}')),
    fault(
        "a result of another type",
        UNREADABLE,
        *(body(b'{"result": %s}' % data) for data in (b"null", b"[]", b'"text"', b"7")),
    ),
    fault("fields of a wrong type", HARMLESS, reshaped(_every(lambda value: [value]))),
    fault("fields that are missing", HARMLESS, reshaped(lambda _: {})),
    fault("fields that are null", HARMLESS, reshaped(_every(lambda _: None))),
    fault("fields that are new", HARMLESS, reshaped(lambda result: result | {"new": {"a": [1]}})),
    fault("enum values that are new", HARMLESS, reshaped(_newer)),
)
"""Bodies that are not what the API promises."""

SIZES = (
    fault("a body over the limit", TOO_MUCH, body(MUCH)),
    fault(
        "a body without end",
        TOO_MUCH,
        flood(b"1000\r\n" + b" " * 4096 + b"\r\n", head(200, {"Transfer_Encoding": "chunked"})),
        flood(b" " * 4096, head(200, {})),
    ),
    fault(
        "a small body that decompresses beyond the limit",
        TOO_MUCH,
        body(gzip.compress(MUCH * 10), Content_Encoding="gzip"),
        body(zlib.compress(MUCH * 10), Content_Encoding="deflate"),
    ),
    fault(
        "compression that is broken or cut off",
        always(ResponseDecodeError),
        body(b"no gzip", Content_Encoding="gzip"),
        changed(lambda data: gzip.compress(data)[:-12], Content_Encoding="gzip"),
    ),
    fault(
        "a compression that is unknown",
        UNREADABLE,
        changed(lambda data: data[::-1], Content_Encoding="zebra"),
    ),
    fault("a compressed response", HARMLESS, changed(gzip.compress, Content_Encoding="gzip")),
)
"""Bodies that are too large, and compression."""
