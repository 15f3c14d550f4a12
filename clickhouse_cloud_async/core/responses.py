"""Reading a response: pure functions from status, headers and body to a result or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from .codec import decode, holds_secret
from .documents import LARGE_BODY, document_of, paused_collector
from .errors import ResponseDecodeError
from .masking import excerpt
from .operation import ResultKind
from .problems import annotate, check_status

if TYPE_CHECKING:
    from .drift import Drift
    from .messages import Request, Response
    from .operation import Operation

T = TypeVar("T")


def read_result(operation: Operation[T], request: Request, response: Response, drift: Drift) -> Any:
    """Return the result of a successful response: decoded JSON, text, bytes or None.

    The result is removed from the response, which can be read only once.

    Raises:
        APIStatusError: The status is an error status.
        ResponseDecodeError: The response is not of the declared type.
    """
    check_status(request, response)
    if operation.result is None or (operation.may_be_empty and not response.body):
        return None
    try:
        return _result(operation, request, response, drift)
    except ResponseDecodeError as error:
        failure = error
    raise without_document(annotate(failure, request, response))


def _result(operation: Operation[Any], request: Request, response: Response, drift: Drift) -> Any:
    if operation.result_kind is not ResultKind.JSON:
        return _other_result(operation, response)
    if len(response.body) < LARGE_BODY:
        return drift.decode(operation.id, operation.result, _taken(operation, request, response))
    with paused_collector():
        # No name may hold the parsed result here: it must be freed before the collector is back on.
        return drift.decode(operation.id, operation.result, _taken(operation, request, response))


def _taken(operation: Operation[Any], request: Request, response: Response) -> Any:
    """Return the parsed result, and remove it from the response.

    It is half of what the collector would scan next: 8 % of the time of a list.
    """
    document = response.document
    if document is None:
        document = parse(request, response)
    if not operation.keys:
        response.document = None
    for key in operation.keys:
        if operation.may_be_empty and isinstance(document, dict) and key not in document:
            return None
        document = taken_member(document, key)
    return document


def _other_result(operation: Operation[Any], response: Response) -> Any:
    """Return a result that is not JSON."""
    if operation.result_kind is ResultKind.BYTES:
        return response.body
    is_text = operation.result_kind is ResultKind.TEXT
    return decode(operation.result, text_of(response) if is_text else _location(response))


def _location(response: Response) -> str:
    try:
        return response.headers["Location"]
    except KeyError:
        raise ResponseDecodeError("the redirection has no Location header") from None


def text_of(response: Response) -> str:
    """Return the body of a response as text.

    Raises:
        ResponseDecodeError: The body is not UTF-8.
    """
    try:
        return response.body.decode()
    except UnicodeDecodeError:
        pass
    raise ResponseDecodeError("the body is not UTF-8")


def without_document(error: ResponseDecodeError) -> ResponseDecodeError:
    """Remove the traceback of an error: its frames hold the response, with its secrets."""
    error.__context__ = None
    return error.with_traceback(None)


def parse(request: Request, response: Response) -> Any:
    """Parse a JSON body.

    Raises:
        ResponseDecodeError: The body is not JSON.
    """
    try:
        return document_of(response)
    except orjson.JSONDecodeError:
        pass
    # Raised here, because the parser's error holds the whole body.
    if not response.body:
        raise ResponseDecodeError("the body is empty")
    message = f"the body is not JSON ({response.headers.get('Content-Type', 'no content type')})"
    if holds_secret(request.operation.result):
        # Any of it may be the secret.
        raise ResponseDecodeError(message)
    raise ResponseDecodeError(f"{message}: {excerpt(response.body, request.confidential)}")


def taken_member(document: Any, key: str) -> Any:
    """Remove and return the value of a required key.

    Raises:
        ResponseDecodeError: The document is not an object, or lacks the key.
    """
    if not isinstance(document, dict) or key not in document:
        raise ResponseDecodeError(f"the response has no {key!r}")
    return document.pop(key)
