"""Faults of connections and of HTTP itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson

from clickhouse_cloud_async import APIStatusError, HTTPOptions
from tests.client.stub import skip_time

from .calls import GOOD
from .server import head
from .table import (
    HARMLESS,
    LOST,
    NOT_SENT,
    NOT_SENT_IN_TIME,
    OUT_OF_TIME,
    SILENT,
    Where,
    always,
    fault,
)

if TYPE_CHECKING:
    from .server import Behaviour, Wire

IMPATIENT = {"http": HTTPOptions(connect_timeout=0.15, read_timeout=0.15)}
HURRIED = {"timeout": 0.2}

DRIP = 0.01
"""Seconds between two bytes of a response that never ends."""

_really_sleep = asyncio.sleep


def good(wire: Wire) -> bytes:
    """The body of a good response to a request."""
    return orjson.dumps(GOOD[wire.arrival.method])


async def answer_well(wire: Wire) -> None:
    """Answer as a good server does."""
    await wire.answer(good(wire))


def partly(data: bytes, *, reset: bool = False) -> Behaviour:
    """Send some bytes, then end the connection, by a reset or in order."""

    async def behave(wire: Wire) -> None:
        if data:
            await wire.send(data)
        if reset:
            wire.reset()
        else:
            wire.close()

    return behave


def then_silent(data: bytes) -> Behaviour:
    """Send some bytes and nothing more."""

    async def behave(wire: Wire) -> None:
        await wire.send(data)
        await wire.silence()

    return behave


def well_after(data: bytes) -> Behaviour:
    """Send some bytes before a good response."""

    async def behave(wire: Wire) -> None:
        await wire.send(data)
        await answer_well(wire)

    return behave


def drip(data: bytes, first: bytes = b"") -> Behaviour:
    """Send some bytes, then others again and again, one at a time."""

    async def behave(wire: Wire) -> None:
        await wire.send(first)
        while True:
            for byte in data:
                await wire.send(bytes([byte]))
                await _really_sleep(DRIP)

    return behave


def flood(data: bytes, first: bytes) -> Behaviour:
    """Send some bytes, then others again and again, as fast as they are read."""

    async def behave(wire: Wire) -> None:
        await wire.send(first)
        while True:
            await wire.send(data)

    return behave


def whole(headers: dict[str, object], *, cut: int = 0) -> Behaviour:
    """Send a good body under some headers, but for some of its bytes, and close."""

    async def behave(wire: Wire) -> None:
        body = good(wire)
        await wire.send(head(200, headers) + body[: len(body) - cut])
        wire.close()

    return behave


def only_once(fault: Behaviour, afterwards: Behaviour) -> Behaviour:
    """Do something the first time, and something else from then on."""
    waiting = [fault]

    async def behave(wire: Wire) -> None:
        await (waiting.pop() if waiting else afterwards)(wire)

    return behave


async def silence(wire: Wire) -> None:
    """Never answer."""
    await wire.silence()


async def overdue(wire: Wire) -> None:
    """Never answer, and let the time of those pass that wait for an answer."""
    skip_time()
    await wire.silence()


async def echo_request(wire: Wire) -> None:
    """Send the request back, credentials included."""
    arrival = wire.arrival
    lines = "".join(f"{name}: {value}\r\n" for name, value in arrival.headers.items())
    await wire.send(f"{lines}\r\n".encode() + arrival.body)
    wire.close()


async def answer_twice(wire: Wire) -> None:
    """Send another response behind the good one."""
    stray = b'{"result": "stray"}'
    body = good(wire)
    await wire.send(head(200, {"Content_Length": len(body)}) + body + _sized(stray))


async def answer_before_garbage(wire: Wire) -> None:
    """Send what is no HTTP in one piece with the good response."""
    await wire.send(_sized(good(wire)) + b"garbage\r\n\r\n")


def _sized(body: bytes) -> bytes:
    return head(200, {"Content_Length": len(body)}) + body


CHUNKED = head(200, {"Transfer_Encoding": "chunked"})
START = b"HTTP/1.1 200 OK\r\n"
HUNDRED = head(200, {"Content_Length": 100})

CONNECTIONS = (
    fault("no server listens", NOT_SENT, answer_well, where=Where.NOWHERE),
    fault("an untrusted certificate", NOT_SENT, answer_well, where=Where.SELF_SIGNED),
    fault(
        "TLS that the server does not speak",
        NOT_SENT,
        partly(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        partly(b""),
        partly(b"", reset=True),
        where=Where.TLS,
        greets=True,
    ),
    fault(
        "silence during the TLS handshake",
        NOT_SENT_IN_TIME,
        silence,
        where=Where.TLS,
        greets=True,
        settings=IMPATIENT,
    ),
    fault("a new connection is closed", LOST, partly(b""), greets=True),
    fault("a new connection is reset", LOST, partly(b"", reset=True), greets=True),
    fault("closed before the response", LOST, partly(b"")),
    fault("reset before the response", LOST, partly(b"", reset=True)),
    fault("closed within the status line", LOST, partly(b"HTTP/1.1 20")),
    fault("closed within the headers", LOST, partly(START + b"Content-Ty")),
    fault("reset within the headers", LOST, partly(START + b"Content-Ty", reset=True)),
    fault("closed after the headers", LOST, partly(HUNDRED)),
    fault("reset after the headers", LOST, partly(HUNDRED, reset=True)),
    fault(
        "closed within the body",
        LOST,
        partly(HUNDRED + b'{"result": {"id'),
        whole({"Content_Length": 5000}),
    ),
    fault("reset within the body", LOST, partly(HUNDRED + b'{"result": {"id', reset=True)),
    fault(
        "a chunked body without its end",
        LOST,
        partly(CHUNKED + b'5\r\n{"res'),
        partly(CHUNKED + b"2\r\n{}\r\n"),
    ),
    fault("a chunk without a size", LOST, partly(CHUNKED + b"size\r\n{}\r\n0\r\n\r\n")),
    fault("no response in time", SILENT, silence, settings=IMPATIENT),
    fault("silence within the headers", SILENT, then_silent(START), settings=IMPATIENT),
    fault("silence after the headers", SILENT, then_silent(HUNDRED), settings=IMPATIENT),
    fault("silence within the body", SILENT, then_silent(HUNDRED + b"{"), settings=IMPATIENT),
    fault(
        "headers byte by byte, without end", OUT_OF_TIME, drip(b"a: b\r\n", START), settings=HURRIED
    ),
    fault(
        "a body byte by byte, past the deadline",
        OUT_OF_TIME,
        drip(b" ", head(200, {})),
        settings=HURRIED,
    ),
    fault(
        "interim responses without end",
        OUT_OF_TIME,
        drip(b"HTTP/1.1 103 Early\r\n\r\n"),
        settings=HURRIED,
    ),
)
"""Connections that are not made, break or fall silent."""

PROTOCOL = (
    fault(
        "not HTTP", LOST, partly(b"SSH-2.0-Server\r\n"), partly(b"\x16\x03\x01\x02\x00\x01\xff\n\n")
    ),
    fault("a status line without a status", LOST, partly(b"HTTP/1.1 OK\r\n\r\n")),
    fault("a broken header line", LOST, partly(START + b"no colon\r\n\r\n{}")),
    fault(
        "a header line of a megabyte", LOST, partly(START + b"A: " + b"a" * 2**20 + b"\r\n\r\n{}")
    ),
    fault("headers without end", LOST, flood(b"A: b\r\n" * 1000, START)),
    fault(
        "a Content-Length that is no length",
        LOST,
        partly(head(200, {"Content_Length": -1}) + b"{}"),
        partly(head(200, {"Content_Length": "ten"}) + b"{}"),
    ),
    fault("a Content-Length that is too small", LOST, whole({"Content_Length": 9})),
    fault("an echo of the request", LOST, echo_request),
    fault("a response without a length", HARMLESS, whole({"Connection": "close"})),
    fault(
        "interim responses before the response",
        HARMLESS,
        well_after(b"HTTP/1.1 100 Continue\r\n\r\n"),
        well_after(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 5),
    ),
    fault(
        "101, a change of protocol",
        always(APIStatusError),
        partly(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    ),
    fault("a second response behind the first", HARMLESS, answer_twice),
    fault("garbage behind the response", HARMLESS, answer_before_garbage),
)
"""Answers that break the rules of HTTP, or stretch them."""
