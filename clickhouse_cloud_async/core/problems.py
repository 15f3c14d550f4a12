"""Reading refusals and failures: pure functions from responses to errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from .codec import holds_secret
from .documents import LARGE_BODY, document_of
from .errors import (
    APIStatusError,
    CloudError,
    NotFoundError,
    OperationInProgressError,
    PermissionDeniedError,
    RateLimitError,
    error_class,
)
from .masking import excerpt, masked
from .messages import FAILURES
from .operation import ResultKind
from .server_time import requested_wait

if TYPE_CHECKING:
    from .api import API, Keys, Problems
    from .messages import Request, Response

END_OF_STATUSES = 600

Document = Mapping[str, Any]


def check_status(request: Request, response: Response) -> None:
    """Raise the error that a response means; do nothing for success.

    Raises:
        APIStatusError: The status is not 2xx, or the body is a problem.
    """
    if response.is_problem or not request.succeeds_with(response.status):
        raise status_error(request, response)


def find_problem(request: Request, response: Response) -> None:
    """Mark a response whose body is a problem although its status means success.

    A gateway may forward a problem of the API with status 200; the status in the body counts.
    """
    if not _is_problem(request, response) or not request.succeeds_with(response.status):
        return
    response.is_problem = True
    status = _value(_object(response), request.api.problems.status)
    if isinstance(status, int) and FAILURES <= status < END_OF_STATUSES:
        response.status = status


def _is_problem(request: Request, response: Response) -> bool:
    """Return whether a body is only a problem, such as ``{"status": 400, "error": "..."}``."""
    api, problems = request.api, request.api.problems
    if not problems.marks or not 0 < len(response.body) < LARGE_BODY:
        return False
    if request.operation.result_kind is ResultKind.BYTES:
        return False  # a file may hold anything
    document = _object(response)  # cached, because the result is read from it
    if api.envelope is not None and document.get(api.envelope) is not None:
        return False
    return document.keys() <= problems.members and any(map(document.get, problems.marks))


def status_error(request: Request, response: Response) -> APIStatusError:
    """Return the error for a response that is not a success."""
    api = request.api
    error = _error_class(request, response)(problem_message(request, response))
    error.code = _code(api.problems, response)
    if isinstance(error, RateLimitError):
        error.retry_after = requested_wait(response.headers, api.rate_headers.reset)
    if isinstance(error, PermissionDeniedError) and request.operation.permissions:
        needed = request.operation.permissions
        error.required_permissions = needed
        error.message += f"; {request.operation.id} needs {' and '.join(needed)}"
    if response.status == HTTPStatus.FORBIDDEN or _is_unknown_id(request, response):
        error.hint = request.scope_hint
    return annotate(error, request, response)


def is_absent(request: Request, response: Response) -> bool:
    """Return whether a response says that the resource of its path does not exist.

    That is a 404 of the API, or its refusal of an ID that never existed. A 404 that says that
    nothing is served at the path is not evidence about the resource.
    """
    problems = request.api.problems
    if response.status == HTTPStatus.NOT_FOUND:
        return problems.missing_route is None or problems.missing_route not in response.body
    return _is_unknown_id(request, response)


def _is_unknown_id(request: Request, response: Response) -> bool:
    return any(
        response.status == status and re.fullmatch(pattern, problem_message(request, response))
        for status, pattern in request.api.problems.unknown_ids
    )


def _error_class(request: Request, response: Response) -> type[APIStatusError]:
    if is_absent(request, response):
        return NotFoundError
    if response.status == HTTPStatus.NOT_FOUND:
        return APIStatusError
    if is_in_progress(request, response):
        return OperationInProgressError
    return error_class(response.status)


E_ = TypeVar("E_", bound=CloudError)


def annotate(error: E_, request: Request, response: Response) -> E_:
    """Add the details of request and response to an error, and mask secrets in it."""
    text = masked(error.message, request.confidential)
    error.message = text
    error.args = (text,)
    error.api = request.api.name
    error.operation = request.operation.id
    error.method = request.method
    error.path = request.path
    error.status = response.status
    error.request_id = request_id_of(request.api, response)
    error.attempts = response.attempts
    error.has_ambiguous_attempt = response.has_ambiguous_attempt
    return error


def request_id_of(api: API, response: Response) -> str | None:
    """Return the API's id of a request, from the body of its response or else from a header."""
    document = _object(response) if api.problems.request_ids else {}
    for keys in api.problems.request_ids:
        value = _value(document, keys)
        if isinstance(value, str):
            return value
    for header in api.problems.request_id_headers:
        if header in response.headers:
            return response.headers[header]
    return None


def is_temporary(api: API, response: Response) -> bool:
    """Return whether a response says that the same request can succeed later."""
    if not api.problems.temporary:
        return False
    document = _object(response)
    return any(_value(document, keys) is True for keys in api.problems.temporary)


def is_stale_session(request: Request, response: Response) -> bool:
    """Return whether a response says that the session of its request has ended."""
    if response.status == HTTPStatus.UNAUTHORIZED:
        return True
    return _says(request, response, request.api.problems.stale_session)


def is_in_progress(request: Request, response: Response) -> bool:
    """Return whether a response says that another operation on the same resource is in progress."""
    return _says(request, response, request.api.problems.in_progress)


def _says(request: Request, response: Response, refusals: tuple[tuple[int, str], ...]) -> bool:
    """Return whether a response matches a status and the part of the message given with it."""
    return any(
        response.status == status and part in problem_message(request, response)
        for status, part in refusals
    )


def _object(response: Response) -> Document:
    try:
        document = document_of(response)
    except orjson.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def _value(document: Document, keys: Keys) -> Any:
    value: Any = document
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def problem_message(request: Request, response: Response) -> str:
    """Return the API's own message, in any form that it and its gateways use."""
    problems, document = request.api.problems, _object(response)
    for keys in problems.messages:
        value = _value(document, keys)
        if isinstance(value, dict):
            value = value.get("message")
        if isinstance(value, str) and value.strip():
            return value.strip() + _issues(_value(document, problems.issues))
    if response.status == HTTPStatus.NOT_FOUND and not is_absent(request, response):
        return "nothing is served at this path"
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "an unknown status"
    is_text = response.headers.get("Content-Type", "").startswith("text/plain")
    if response.body and is_text and not holds_secret(request.operation.result):
        return f"{phrase}: {excerpt(response.body, request.confidential)}"
    return f"{phrase}, and no explanation in the response"


def _code(problems: Problems, response: Response) -> str | None:
    document = _object(response) if problems.codes else {}
    for keys in problems.codes:
        value = _value(document, keys)
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            return str(value)
    return None


def _issues(issues: object) -> str:
    """Return the list of issues that some refusals of a request carry, as text."""
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
