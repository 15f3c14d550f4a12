"""Bodies of responses as JSON documents."""

from __future__ import annotations

import codecs
import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Generator

    from .messages import Response

LARGE_BODY = 64 * 1024
"""Size of a body in bytes from which the garbage collector is off while it is decoded."""

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    # Before UTF-16, whose mark in little endian is a prefix of this one.
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_FIRST_BYTES_OF_MARKS = frozenset(mark[:1] for mark in _BYTE_ORDER_MARKS)


def document_of(response: Response) -> Any:
    """Return the parsed body, and cache it: hooks and the result both need it.

    Raises:
        JSONDecodeError: The body is not JSON; the error holds it.
    """
    if response.document is None:
        body = without_byte_order_mark(response.body)
        if len(body) < LARGE_BODY:
            response.document = orjson.loads(body)
        else:
            with paused_collector():
                response.document = orjson.loads(body)
    return response.document


def without_byte_order_mark(body: bytes) -> bytes:
    """Return a body as UTF-8 without a byte order mark, if it has one.

    JSON must not have a mark, but a gateway may add it, and a password that the API shows only once
    must not be lost for that.
    """
    if body[:1] not in _FIRST_BYTES_OF_MARKS:
        return body
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if body.startswith(mark):
            return body.decode(encoding, errors="replace").encode()
    return body


@contextmanager
def paused_collector() -> Generator[None, None, None]:
    """Turn the garbage collector off while a large body is decoded.

    All objects that decoding creates stay alive, so the collector would scan them repeatedly
    without freeing any: with 1,000 services that is an eighth of all instructions.
    """
    was_at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_at_work:
            gc.enable()
