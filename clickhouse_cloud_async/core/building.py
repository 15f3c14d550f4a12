"""Turns operations and their arguments into requests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from .codec import CollectedSecrets, encode
from .errors import InvalidArgumentError
from .files import Upload
from .messages import Request
from .operation import Operation, PathValue
from .paths import quoted, segment
from .values import UNSET

if TYPE_CHECKING:
    from .api import API, Scope
    from .scopes import Scopes

Path = Mapping[str, PathValue | None]
Query = Mapping[str, object]

NOTHING: Mapping[str, Any] = {}


class _Parameter(NamedTuple):
    """A parameter of a path.

    Attributes:
        at: Its place among the pieces of the path.
        name: Its name.
        scope: The scope that it is; None if it is not one.
        hint: Where the scope comes from by default, for errors.
        pattern: A pattern of its values; None where any will do.
    """

    at: int
    name: str
    scope: Scope | None
    hint: str
    pattern: str | None


class RequestBuilder:
    """Builds the requests of one operation.

    Everything that is the same for all of them is computed once, so that a call only fills in its
    arguments.

    Args:
        operation: The operation.
        api: The API that it belongs to.
        scopes: The scopes that calls leave out.
    """

    def __init__(self, operation: Operation[Any], api: API, scopes: Scopes) -> None:
        self._operation = operation
        self._api = api
        self._scopes = scopes
        scoped = api.scopes_in(operation.path)
        self._parameters: list[_Parameter] = []
        for at, name in list(enumerate(operation.pieces))[1::2]:
            scope = scoped.get(name)
            hint = "" if scope is None else scopes.hint(scope)
            pattern = api.path_patterns.get(name)
            self._parameters.append(_Parameter(at, name, scope, hint, pattern))

    def build(
        self, path: Path, query: Query = NOTHING, body: object = UNSET, headers: Query = NOTHING
    ) -> Request:
        """Build the request of a call.

        A scope that is None takes its default, or stays a placeholder if there is none.

        Args:
            path: Value of each path parameter; that of a scope may be None.
            query: Value of each query parameter, or `UNSET`.
            body: The request body, as the operation declares it; `UNSET` for none.
            headers: Value of each header parameter, or `UNSET`.

        Raises:
            InvalidArgumentError: An argument cannot be sent; the message names it.
        """
        request = Request(self._operation, self._api)
        try:
            self._fill_path(request, path)
            if query or headers or self._operation.body is not None:
                _add_content(request, query, body, headers)
        except InvalidArgumentError as error:
            error.api = self._api.name
            error.operation = self._operation.id
            raise
        return request

    def _fill_path(self, request: Request, values: Path) -> None:
        """Put values into the path, each percent-encoded as one segment."""
        pieces = list(self._operation.pieces)
        for at, name, scope, hint, pattern in self._parameters:
            value = values[name]
            if scope is not None:
                default = self._scopes.known(scope)
                if value is None and default is None:
                    request.missing_scopes += (scope,)
                    pieces[at] = f"{{{name}}}"
                    continue
                if value is None or value == default:  # polls pass the default themselves
                    value = default
                    request.scope_hint = request.scope_hint or hint
            if pattern is not None:
                argument = name if scope is None else scope.argument
                _check_pattern(argument, pattern, value)
            pieces[at] = segment(name, value)
        request.path = "".join(pieces)


def _check_pattern(argument: str, pattern: str, value: object) -> None:
    """Check a value of a path parameter against the API's pattern.

    Raises:
        InvalidArgumentError: It does not match the API's pattern.
    """
    if value is not None and not re.fullmatch(pattern, str(value)):
        raise InvalidArgumentError(f"{argument}: {str(value)!r} does not match {pattern}")


def _add_content(request: Request, query: Query, body: object, headers: Query) -> None:
    """Encode query, body and header fields, and keep the secrets that they hold."""
    operation = request.operation
    with CollectedSecrets() as secrets:
        request.query = _query_string(operation, query)
        request.body = _body(operation, body)
        request.headers = _headers(operation, headers) if headers else None
    request.secrets = tuple(secrets)


def _body(operation: Operation[Any], body: object) -> bytes | Upload | None:
    if operation.body is not Upload:
        return _json_body(operation, body)
    if not isinstance(body, Upload):
        raise InvalidArgumentError(f"expected an Upload, found {type(body).__name__}")
    return body


def _headers(operation: Operation[Any], values: Query) -> dict[str, str]:
    """Encode a request's header fields.

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


def _json_body(operation: Operation[Any], body: object) -> bytes | None:
    """Encode a request's body; None if it has none.

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
    # Otherwise the frames of both errors would hold the document.
    del document
    raise InvalidArgumentError(message)


def _query_string(operation: Operation[Any], query: Query) -> str:
    """Encode a request's query, without the question mark.

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
