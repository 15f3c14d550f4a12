"""Malformed HTTP gets a response or is cut off, and the emulator continues."""

from __future__ import annotations

import json
import random
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import authorization

if TYPE_CHECKING:
    from collections.abc import Iterator

START_LINES = (b"GET /v1/organizations HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator for all of this module's tests."""
    with Emulator(1, time_scale=0) as running:
        yield running


def _send(emulator: Emulator, data: bytes, *, then_close: bool = False) -> bytes:
    """Return what comes back until the emulator closes the connection."""
    parts = urlsplit(emulator.url)
    assert parts.hostname
    assert parts.port
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(data)
        if then_close:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
        return received


def _check_refusal(answer: bytes) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    assert 400 <= status < 500, head
    envelope = json.loads(body)
    assert envelope["status"] == status
    assert envelope.keys() == {"status", "error", "requestId"}


def _is_alive(emulator: Emulator) -> bool:
    lines = ["GET /v1/organizations HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in authorization(emulator).items()]
    return _send(emulator, "\r\n".join([*lines, "", ""]).encode()).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no TLS here\r\n\r\n",
        b"GET /v1/organizations HTTP/9.9\r\n\r\n",
        b"G\xe4T / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno header\r\n\r\n",
        b"POST /v1/organizations HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/organizations HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=["tls", "version", "method", "header", "length", "chunk", "long"],
)
def test_what_is_no_http_is_refused_in_the_envelope(emulator: Emulator, data: bytes) -> None:
    """The answer is a 4xx as the API writes it."""
    _check_refusal(_send(emulator, data))
    assert _is_alive(emulator)


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes(emulator: Emulator, seed: int) -> None:
    """Thousands of random bytes get a refusal or nothing, never a success or a failure."""
    source = random.Random(seed)  # noqa: S311 - only has to be arbitrary
    start = source.choice((b"", *START_LINES))
    answer = _send(emulator, start + source.randbytes(source.randrange(1, 6000)), then_close=True)
    if answer:
        _check_refusal(answer)
    assert _is_alive(emulator)
