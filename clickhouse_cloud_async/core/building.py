"""Turns operations and their arguments into requests: pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from .codec import CollectedSecrets, encode, holds_secret
from .errors import InvalidArgumentError
from .files import Upload
from .messages import Request
from .operation import Operation, PathValue, fill_path
from .paths import quoted
from .values import UNSET

if TYPE_CHECKING:
    from .api import API
    from .scopes import Scopes

Path = Mapping[str, PathValue | None]
Query = Mapping[str, object]

NOTHING: Mapping[str, Any] = {}


def build_request(
    operation: Operation[Any],
    path: Path,
    query: Query,
    body: object,
    api: API,
    scopes: Scopes,
    headers: Query = NOTHING,
) -> Request:
    """Turn an operation and its arguments into a request.

    A scope that is None has its default in the path, or stays a placeholder if there is none.

    Raises:
        InvalidArgumentError: An argument cannot be sent; the message names it.
    """
    scoped = scopes.in_path(operation.path)
    known = {name: scopes.known(scope) for name, scope in scoped.items()}
    try:
        if api.path_patterns:
            _check_path(api, {**known, **{n: v for n, v in path.items() if v is not None}})
        with CollectedSecrets() as secrets:
            request = Request(
                operation.id,
                operation.method,
                fill_path(operation, path, known),
                query_string(operation, query) if query else "",
                _body(operation, body),
                permissions=operation.permissions or (),
                result_kind=operation.result_kind,
                has_secret_result=holds_secret(operation.result),
                headers=_headers(operation, headers) if headers else None,
                media_type=operation.media_type,
                api=api,
                auth=operation.auth,
            )
    except InvalidArgumentError as error:
        error.api = api.name
        error.operation = operation.id
        raise
    request.secrets = tuple(secrets)
    for name, scope in scoped.items():
        value, default = path[name], known[name]
        if value is None and default is None:
            request.missing_scopes += (scope,)
        elif value is None or value == default:  # polls name the default themselves
            request.scope_hint = request.scope_hint or scopes.hint(scope)
    return request


def _check_path(api: API, values: Path) -> None:
    """Refuse values that cannot be right.

    Raises:
        InvalidArgumentError: A value does not match the API's pattern.
    """
    for name, value in values.items():
        pattern = api.path_patterns.get(name)
        if pattern and value is not None and not re.fullmatch(pattern, str(value)):
            argument = next((s.argument for s in api.scopes if s.parameter == name), name)
            raise InvalidArgumentError(f"{argument}: {str(value)!r} does not match {pattern}")


def _body(operation: Operation[Any], body: object) -> bytes | Upload | None:
    if operation.body is not Upload:
        return json_body(operation, body)
    if not isinstance(body, Upload):
        raise InvalidArgumentError(f"expected an Upload, found {type(body).__name__}")
    return body


def _headers(operation: Operation[Any], values: Query) -> dict[str, str]:
    """Write a request's header fields.

    Raises:
        InvalidArgumentError: A header cannot be sent.
    """
    fields: dict[str, str] = {}
    for name, value in values.items():
        if value is UNSET:
            continue
        text = _text(_encoded(name, operation.headers[name], value))
        if not (text.isascii() and text.isprintable()):
            raise InvalidArgumentError(f"{name}: {text!r} must be printable ASCII for a header")
        fields[name] = text
    return fields


def _encoded(name: str, kind: Any, value: object) -> Any:
    try:
        return encode(kind, value)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{name}: {error.message}") from None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def json_body(operation: Operation[Any], body: object) -> bytes | None:
    """Write a request's body; None where it has none.

    Raises:
        InvalidArgumentError: The body cannot be sent.
    """
    if body is UNSET:
        return None
    document = encode(operation.body, body)
    try:
        return orjson.dumps(document)
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
        encoded = _encoded(name, operation.query[name], value)
        items = encoded if isinstance(encoded, list) else [encoded]
        pairs += [f"{quoted(name, name)}={quoted(name, _text(item))}" for item in items]
    return "&".join(pairs)
