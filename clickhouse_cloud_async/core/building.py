"""Turns operations and their arguments into requests: pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from .codec import encode, encode_with_secrets
from .errors import InvalidArgumentError
from .messages import Request
from .operation import Operation, PathValue, fill_path
from .paths import quoted
from .values import UNSET

if TYPE_CHECKING:
    from .values import Secret

Path = Mapping[str, PathValue | None]
Query = Mapping[str, object]

NOTHING: Mapping[str, Any] = {}


def build_request(
    operation: Operation[Any],
    path: Path,
    query: Query,
    body: object,
    scope: str,
    default: str | None,
) -> Request:
    """Turn an operation and its arguments into a request.

    A scope that is None has its default in the path, or where that is None stays a placeholder.

    Raises:
        InvalidArgumentError: An argument cannot be sent; the message names it.
    """
    try:
        return Request(
            operation.id,
            operation.method,
            fill_path(operation, path, scope, default),
            query_string(operation, query) if query else "",
            *json_body(operation, body),
            permissions=operation.permissions or (),
        )
    except InvalidArgumentError as error:
        error.operation = operation.id
        raise


def json_body(operation: Operation[Any], body: object) -> tuple[bytes | None, tuple[Secret, ...]]:
    """Write a request's body, None where it has none, and name the secrets in it.

    Raises:
        InvalidArgumentError: The body cannot be sent.
    """
    if body is UNSET:
        return None, ()
    document, secrets = encode_with_secrets(operation.body, body)
    try:
        return orjson.dumps(document), secrets
    except orjson.JSONEncodeError as error:
        message = f"the body cannot be written as JSON: {error}"
    # The frame of the first error holds the document, and so would this one.
    del document
    raise InvalidArgumentError(message)


def query_string(operation: Operation[Any], query: Query) -> str:
    """Write a request's query, without the question mark.

    Raises:
        InvalidArgumentError: A parameter cannot be sent.
    """
    pairs: list[str] = []
    for name, value in query.items():
        if value is UNSET:
            continue
        try:
            encoded = encode(operation.query[name], value)
        except InvalidArgumentError as error:
            raise InvalidArgumentError(f"{name}: {error.message}") from None
        for item in encoded if isinstance(encoded, list) else [encoded]:
            text = str(item).lower() if isinstance(item, bool) else str(item)
            pairs.append(f"{quoted(name, name)}={quoted(name, text)}")
    return "&".join(pairs)
