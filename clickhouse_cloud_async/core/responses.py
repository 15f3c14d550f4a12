"""Reading an answer: pure functions from status, headers and body to a result or an error."""

from __future__ import annotations

import codecs
import gc
from contextlib import AbstractContextManager, contextmanager, nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from .codec import decode, holds_secret
from .errors import (
    APIStatusError,
    CloudError,
    PermissionDeniedError,
    RateLimitError,
    ResponseDecodeError,
    error_class,
)
from .masking import excerpt, masked
from .messages import FAILURES, ResultKind
from .server_time import requested_wait

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from .drift import Drift
    from .messages import Request, Response
    from .operation import Operation

T = TypeVar("T")

REQUEST_ID_HEADER = "X-Request-Id"
LARGE_BODY = 64 * 1024
END_OF_STATUSES = 600
ERROR_KEYS = frozenset(("error", "error_msg", "issues", "message", "requestId", "result", "status"))
"""All that the body of an error may hold; its result is null where it has one."""

_AT_WORK = nullcontext()
"""Shared by all small bodies: a generator would cost each of them more than a microsecond."""

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    # Before UTF-16, whose mark in little endian is the beginning of this one.
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_FIRST_BYTES_OF_MARKS = frozenset(mark[:1] for mark in _BYTE_ORDER_MARKS)


def read_result(operation: Operation[T], request: Request, response: Response, drift: Drift) -> Any:
    """Give what a successful answer carries: its decoded result, text or nothing.

    It is taken out of the answer, which can be read only once.

    Raises:
        APIStatusError: The status means refusal or failure.
        ResponseDecodeError: The answer is not what the operation promises.
    """
    check_status(request, response)
    if operation.result is None or (operation.may_be_empty and not response.body):
        return None
    try:
        return _result(operation, request, response, drift)
    except ResponseDecodeError as error:
        failure = error
    raise without_document(place(failure, request, response))


def _result(operation: Operation[Any], request: Request, response: Response, drift: Drift) -> Any:
    if operation.result_kind is not ResultKind.JSON:
        return _other_result(operation, response)
    with collector_at_rest(response.body):
        # No name may hold the parsed result here: it has to be gone when the collector wakes up.
        return drift.decode(operation.id, operation.result, _taken(operation, request, response))


def _taken(operation: Operation[Any], request: Request, response: Response) -> Any:
    """The parsed result, which the answer keeps no longer.

    It is half of what the collector would look at next: 8 % of the time of a list.
    """
    document = parse(operation, request, response)
    if operation.envelope is None:
        response.document = None
        return document
    return taken_member(document, operation.envelope)


def _other_result(operation: Operation[Any], response: Response) -> Any:
    """Give a result that is not in JSON."""
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
    """The body of an answer as text.

    Raises:
        ResponseDecodeError: The body is not UTF-8.
    """
    try:
        return response.body.decode()
    except UnicodeDecodeError:
        pass
    raise ResponseDecodeError("the body is not UTF-8")


def without_document(error: ResponseDecodeError) -> ResponseDecodeError:
    """Forget where an error was raised: those frames hold the answer, with its secrets."""
    error.__context__ = None
    return error.with_traceback(None)


def check_status(request: Request, response: Response) -> None:
    """Raise the error that a response means; do nothing for success.

    Raises:
        APIStatusError: The status is not 2xx, or the body is an error.
    """
    if not request.succeeds_with(response.status) or _is_error(request, response):
        raise status_error(request, response)


def stated_status(request: Request, response: Response) -> int:
    """Return the status that a response means.

    A gateway may send an error of the API with a status of success; the one in the body counts.
    """
    if request.succeeds_with(response.status) and _is_error(request, response):
        status = _envelope(response).get("status")
        if isinstance(status, int) and FAILURES <= status < END_OF_STATUSES:
            return status
    return response.status


def _is_error(request: Request, response: Response) -> bool:
    """Whether a body is nothing but an error, such as ``{"status": 400, "error": "..."}``."""
    if request.result_kind is ResultKind.BYTES:
        return False  # whatever the file holds
    # Errors are short, and hardly any other body holds the word: few are parsed here.
    if len(response.body) >= LARGE_BODY or b'"error' not in response.body:
        return False
    envelope = _envelope(response)
    return (
        bool(envelope.get("error") or envelope.get("error_msg"))
        and envelope.get("result") is None
        and envelope.keys() <= ERROR_KEYS
    )


def status_error(request: Request, response: Response) -> APIStatusError:
    """The error that stands for an answer that is no success."""
    error = error_class(response.status)(_message(request, response))
    if isinstance(error, RateLimitError):
        error.retry_after = requested_wait(response.headers)
    if isinstance(error, PermissionDeniedError) and request.permissions:
        error.required_permissions = request.permissions
        error.message += f"; {request.operation} needs {' and '.join(request.permissions)}"
    return place(error, request, response)


def collector_at_rest(body: bytes) -> AbstractContextManager[None]:
    """Keep the garbage collector from running while a large body becomes objects.

    All that is made then stays alive, so that the collector would look at it again and again in
    vain: with 1,000 services that is an eighth of all instructions.
    """
    return _AT_WORK if len(body) < LARGE_BODY or not gc.isenabled() else _at_rest()


@contextmanager
def _at_rest() -> Generator[None, None, None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def parse(operation: Operation[Any], request: Request, response: Response) -> Any:
    """Parse a JSON body.

    Raises:
        ResponseDecodeError: The body is not JSON.
    """
    try:
        return _document(response)
    except orjson.JSONDecodeError:
        pass
    # Raised here, because the parser's error holds the whole body.
    if not response.body:
        raise ResponseDecodeError("the body is empty")
    message = f"the body is not JSON ({response.headers.get('Content-Type', 'no content type')})"
    if holds_secret(operation.result):
        # Whatever it looks like, it may be the secret.
        raise ResponseDecodeError(message)
    raise ResponseDecodeError(f"{message}: {excerpt(response.body, request.secrets)}")


def _document(response: Response) -> Any:
    """The parsed body, which is kept: a hook's request id and the result are both in it."""
    document = response.document
    if document is None:
        with collector_at_rest(response.body):
            response.document = document = orjson.loads(without_mark(response.body))
    return document


def without_mark(body: bytes) -> bytes:
    """Return a body that begins with a byte order mark as UTF-8 without one.

    JSON must not have a mark, but a gateway may add it, and a password that the API shows only once
    must not be lost for that.
    """
    if body[:1] not in _FIRST_BYTES_OF_MARKS:
        return body
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if body.startswith(mark):
            return body.decode(encoding, errors="replace").encode()
    return body


def taken_member(document: Any, key: str) -> Any:
    """Take the value of a key that an answer has to carry out of it.

    Raises:
        ResponseDecodeError: The document is no object, or lacks the key.
    """
    if not isinstance(document, dict) or key not in document:
        raise ResponseDecodeError(f"the answer has no {key!r}")
    return document.pop(key)


E_ = TypeVar("E_", bound=CloudError)


def place(error: E_, request: Request, response: Response) -> E_:
    """Write on an error which request and answer it is about, and mask what is secret in it."""
    text = masked(error.message, request.secrets)
    if response.status == HTTPStatus.FORBIDDEN and request.scope_origin is not None:
        error.hint = f"the organisation comes from {request.scope_origin}"
    error.message = text
    error.args = (text,)
    error.operation = request.operation
    error.method = request.method
    error.path = request.path
    error.status = response.status
    error.request_id = request_id_of(response)
    error.attempts = response.attempts
    error.has_ambiguous_attempt = response.has_ambiguous_attempt
    return error


def _envelope(response: Response) -> Mapping[str, Any]:
    try:
        document = _document(response)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _message(request: Request, response: Response) -> str:
    """The API's own words, from any of the envelopes that it and its gateways use."""
    envelope = _envelope(response)
    for key in ("error", "message", "error_msg", "name"):
        value = envelope.get(key)
        if isinstance(value, dict):
            value = value.get("message")
        if isinstance(value, str) and value.strip():
            return value.strip() + _issues(envelope)
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "an unknown status"
    if response.body and response.headers.get("Content-Type", "").startswith("text/plain"):
        return f"{phrase}: {excerpt(response.body, request.secrets)}"
    return f"{phrase}, and no explanation in the response"


def _issues(envelope: Mapping[str, Any]) -> str:
    """The list of problems that some refusals of a request carry."""
    issues = envelope.get("issues")
    if not isinstance(issues, list):
        return ""
    texts = [
        f"{_issue_place(issue)}{issue['message']}"
        for issue in issues
        if isinstance(issue, dict) and "message" in issue
    ]
    return f" [{'; '.join(texts)}]" if texts else ""


def _issue_place(issue: Mapping[str, Any]) -> str:
    path = issue.get("path")
    return f"{'.'.join(map(str, path))}: " if isinstance(path, list) and path else ""


def request_id_of(response: Response) -> str | None:
    """The API's id of a request, from its body or else from a header."""
    value = _envelope(response).get("requestId")
    return value if isinstance(value, str) else response.headers.get(REQUEST_ID_HEADER)
