"""Bodies of requests: data of inserts is passed on as it comes, everything else is collected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .compression import UnknownEncodingError, decompress
from .errors import CANNOT_PARSE, NOT_IMPLEMENTED, TOO_MANY_BYTES, EngineError
from .statements import read_statement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .statements import Statement

_BEGINNING: Final = 2**18
"""Bytes of a body in which the data of an insert begins; longer statements are collected."""

MOST_COLLECTED: Final = 2**28
"""Bytes of a statement, or of a form with tables, at most."""


def unpacked(encoding: str, body: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the content of a body as it comes.

    Args:
        encoding: Its ``Content-Encoding``; empty for none.
        body: The body.

    Raises:
        EngineError: It cannot be decompressed.
    """
    try:
        yield from decompress(encoding, body)
    except UnknownEncodingError as problem:
        raise EngineError(NOT_IMPLEMENTED, str(problem)) from None
    except ValueError as problem:
        raise EngineError(CANNOT_PARSE, str(problem)) from None


def collected(body: Iterator[bytes]) -> bytes:
    """Return the rest of a body.

    Args:
        body: The body.

    Raises:
        EngineError: It is too long.
    """
    pieces, size = [], 0
    for piece in body:
        size += len(piece)
        if size > MOST_COLLECTED:
            message = f"Only the data of an insert may be longer than {MOST_COLLECTED} bytes"
            raise EngineError(TOO_MANY_BYTES, message)
        pieces.append(piece)
    return b"".join(pieces)


def statement_of(query: bytes, body: Iterator[bytes]) -> tuple[Statement, Iterator[bytes]]:
    """Read the statement of a request.

    Args:
        query: The statement of the URL; empty where the body holds it.
        body: The request's body: the statement, its rest, or the data of an insert.

    Returns:
        The statement, with the rest of the data of an insert.

    Raises:
        EngineError: The statement is too long.
    """
    begun = b""
    for piece in body:
        begun += piece
        if len(begun) >= _BEGINNING:
            break
    statement = read_statement(query, begun)
    if not statement.data:
        rest = collected(body)
        if rest:
            statement = read_statement(query, begun + rest)
    return statement, body
