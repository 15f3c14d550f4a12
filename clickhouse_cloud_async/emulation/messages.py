"""Requests and responses, independent of an HTTP library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import ConnectionReset, Fault, LostResponse
    from .problems import Problem

MASK = "**********"
"""Placeholder for a secret."""

_CREDENTIALS = {"authorization", "proxy-authorization"}


@attrs.frozen
class Incoming:
    """A request as it arrived.

    Args:
        method: HTTP method, upper-case.
        path: Path as it was sent, percent-encoded.
        query: Query parameters in order, decoded.
        headers: Headers by name in lower case, or in any case; bytes that are not UTF-8 are decoded
            with ``surrogateescape``.
        body: The body's bytes.
        peer: The caller's IP address.
        url: The emulator's URL for the caller, such as ``http://127.0.0.1:8123``.
        unread: The reason why a body that was sent was not read.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    peer: str
    url: str
    unread: Problem | None = None


@attrs.define
class Outgoing:
    """A response as it leaves.

    Args:
        status: HTTP status code.
        headers: Every header that the emulator sets.
        body: The body's bytes.
        delay: Real seconds by which it is delayed.
        fault: The fault that replaces the response, if any.
    """

    status: int
    headers: dict[str, str]
    body: bytes = attrs.field(repr=False)
    delay: float = 0.0
    fault: ConnectionReset | LostResponse | None = None


@attrs.frozen
class RecordedRequest:
    """One request that the emulator answered.

    Args:
        operation_id: The operation; None if the request matched none.
        method: HTTP method, upper-case.
        path: Path as it was sent, percent-encoded.
        query: Query parameters in order, decoded; secrets are masked.
        headers: Headers by lower-case name; the credential in ``authorization`` is masked.
        body: The JSON body; None if there was none or it could not be read.
        status: HTTP status of the response; 0 if the request was not carried out at all.
        elapsed: Time of arrival, in emulated seconds since the start of the emulator.
        faults: The injected faults that happened to it.
    """

    operation_id: str | None
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: object = attrs.field(repr=False)
    status: int
    elapsed: float
    faults: tuple[Fault, ...] = ()


@attrs.frozen
class Reply:
    """A successful result with additions to the usual envelope.

    Args:
        result: The result itself.
        beside: Further properties of the envelope, next to ``result``.
        headers: Further response headers.
    """

    result: object
    beside: Mapping[str, object] = attrs.Factory(dict["str", "object"])
    headers: Mapping[str, str] = attrs.Factory(dict["str", "str"])


def recorded_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers for the record, with credentials masked."""
    texts = {name.lower(): readable(value) for name, value in headers.items()}
    for name in _CREDENTIALS & texts.keys():
        texts[name] = masked(texts[name])
    return texts


def masked(header: str) -> str:
    """Return the value of an ``Authorization`` header, masked."""
    scheme, separator, _ = header.partition(" ")
    return f"{scheme} {MASK}" if separator else MASK


def readable(text: str) -> str:
    """Return text of a request with bytes that are not UTF-8 replaced."""
    if text.isascii():
        return text
    return text.encode(errors="surrogateescape").decode(errors="replace")
