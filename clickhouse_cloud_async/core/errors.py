"""Everything that this package raises, in one small hierarchy.

::

    CloudError
    ├── ConfigurationError            the client cannot be set up
    ├── InvalidArgumentError          an argument cannot be sent
    ├── APIConnectionError            no response was received
    │   └── APITimeoutError           ... in time
    ├── OutcomeUnknownError           the request may have been carried out
    ├── ResponseDecodeError           a response cannot be decoded
    ├── IncompleteListError           the rest of a list cannot be fetched
    ├── PartialFailureError           a call of several requests was only partly carried out
    ├── WaitError                     a wait ended without success
    │   ├── WaitTimeoutError          its timeout expired
    │   └── UnreachableStateError     its target cannot be reached
    └── APIStatusError                the API responded with an error
        ├── BadRequestError           400
        ├── AuthenticationError       401
        ├── PermissionDeniedError     403
        ├── NotFoundError             404
        ├── ConflictError             409
        │   └── OperationInProgressError  another operation is in progress
        ├── UnprocessableError        422
        ├── FailedDependencyError     424
        ├── PreconditionRequiredError 428
        ├── RateLimitError            429
        └── ServerError               5xx
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class CloudError(Exception):
    """Root of all errors of this package.

    Args:
        message: Description of the failure; the API's own message if it responded.
        operation: Id of the operation in the API's contract, such as ``instanceGet``.
        method: HTTP method of the request.
        path: Path of the request, without host and query.
        status: HTTP status of the response, if there was one.
        request_id: The API's ID of the request, to quote to its support.
        attempts: Number of requests that were sent for the call.

    Attributes:
        message: As the argument.
        operation: As the argument; None if no operation was involved.
        method: As the argument; None if no request was made.
        path: As the argument; None if no request was made.
        status: As the argument; None if there was no response.
        request_id: As the argument; None if the API gave none.
        attempts: As the argument; 0 if none was sent.
        has_ambiguous_attempt: Whether any attempt of the call may have been carried out.
        hint: Advice from this package; usually empty.
        api: Name of the API that the error comes from; None if no client was involved.
        code: The API's own code for this kind of problem; None if it gave none.
    """

    has_ambiguous_attempt: bool = False
    hint: str = ""
    api: str | None = None
    code: str | None = None

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        attempts: int = 0,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.operation = operation
        self.method = method
        self.path = path
        self.status = status
        self.request_id = request_id
        self.attempts = attempts

    def __str__(self) -> str:
        where = [f"{self.method} {self.path}"] if self.method else []
        if self.status is not None:
            where.append(f"status {self.status}")
        if self.request_id is not None:
            where.append(f"request id {self.request_id}")
        if self.attempts > 1:
            where.append(f"{self.attempts} attempts")
        text = f"{self.message}; {self.hint}" if self.hint else self.message
        return f"{text} ({', '.join(where)})" if where else text


class ConfigurationError(CloudError):
    """The client cannot be set up: credentials, base URL, profile or scope."""


class InvalidArgumentError(CloudError, ValueError):
    """An argument cannot be sent; nothing was sent."""


class APIConnectionError(CloudError):
    """No response was received: the connection could not be made, or was lost.

    Attributes:
        was_sent: Whether the last attempt may have reached the API. False if no connection was
            made, and for a call whose timeout expired between two attempts.
    """

    was_sent: bool = True


class APITimeoutError(APIConnectionError):
    """No response was received in time."""


class OutcomeUnknownError(CloudError):
    """The request may or may not have been carried out; a retry could carry it out twice.

    The cause of this error is the original failure. Before sending the request again, check the
    actual state with the matching ``get`` or ``list``, or with ``reconcile`` if the namespace has
    it.

    Args:
        message: As in `CloudError`.
        operation: As in `CloudError`.
        method: As in `CloudError`.
        path: As in `CloudError`.
        status: As in `CloudError`.
        request_id: As in `CloudError`.
        attempts: As in `CloudError`.
        sent_at: When the first attempt was sent.
        name: Name of the resource to create, if the request contained one.

    Attributes:
        sent_at: As the argument.
        name: As the argument.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        attempts: int = 0,
        sent_at: datetime | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            message,
            operation=operation,
            method=method,
            path=path,
            status=status,
            request_id=request_id,
            attempts=attempts,
        )
        self.sent_at = sent_at
        self.name = name


class ResponseDecodeError(CloudError):
    """A response does not match the API's contract; the message says where."""


class IncompleteListError(CloudError):
    """The API says that a list continues, but documents no way to fetch the rest.

    Methods that return items one by one return all items received so far before they raise this.
    """


class PartialFailureError(CloudError):
    """A call that sends several requests was only partly carried out; the cause is the failure.

    Args:
        message: As in `CloudError`; it says what was done, what was not, and what to do about it.
        operation: As in `CloudError`.
        method: As in `CloudError`.
        path: As in `CloudError`.
        status: As in `CloudError`.
        request_id: As in `CloudError`.
        attempts: As in `CloudError`.
        result: The object that the call would have returned, as it was before the failure; None if
            there is none.

    Attributes:
        result: As the argument.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        attempts: int = 0,
        result: object = None,
    ) -> None:
        super().__init__(
            message,
            operation=operation,
            method=method,
            path=path,
            status=status,
            request_id=request_id,
            attempts=attempts,
        )
        self.result = result


class WaitError(CloudError):
    """A wait ended without success.

    Args:
        message: The condition of the wait, the current state, and advice.
        operation: As in `CloudError`.
        method: As in `CloudError`.
        path: As in `CloudError`.
        status: As in `CloudError`.
        request_id: As in `CloudError`.
        attempts: As in `CloudError`.
        kind: Kind of the resource, such as ``service``.
        id: ID of the resource.
        state: Last known state of the resource; None if it was never read.
        elapsed: Seconds since the wait began.

    Attributes:
        kind: As the argument.
        id: As the argument.
        state: As the argument.
        elapsed: As the argument.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        attempts: int = 0,
        kind: str = "",
        id: str = "",  # noqa: A002  # the API's own word
        state: str | None = None,
        elapsed: float = 0.0,
    ) -> None:
        super().__init__(
            message,
            operation=operation,
            method=method,
            path=path,
            status=status,
            request_id=request_id,
            attempts=attempts,
        )
        self.kind = kind
        self.id = id
        self.state = state
        self.elapsed = elapsed


class WaitTimeoutError(WaitError):
    """The timeout of a wait expired; its condition may still be met later."""


class UnreachableStateError(WaitError):
    """The target of a wait cannot be reached from the current state without a command."""


class APIStatusError(CloudError):
    """The API responded with an error status."""


class BadRequestError(APIStatusError):
    """The API refused the request as malformed or not allowed in this state (400)."""


class AuthenticationError(APIStatusError):
    """The credentials are missing, wrong, disabled or expired (401)."""


class PermissionDeniedError(APIStatusError):
    """The key lacks a permission, or the feature is not enabled (403).

    Attributes:
        required_permissions: All permissions that the operation needs; empty if the API's
            documentation names none.
    """

    required_permissions: tuple[str, ...] = ()


class NotFoundError(APIStatusError):
    """The requested resource does not exist, or the key has no access to it.

    The status is 404, or 400 if the API refuses an ID that never existed.
    """


class ConflictError(APIStatusError):
    """The request conflicts with the current state of the resource (409)."""


class OperationInProgressError(ConflictError):
    """Another operation on the same resource is still in progress.

    The request was not carried out. ``RetryPolicy(in_progress_wait=...)`` retries such a request.
    """


class UnprocessableError(APIStatusError):
    """The request is well-formed, but a limit or rule forbids it (422)."""


class FailedDependencyError(APIStatusError):
    """Something that the request needs is not ready, such as a running service (424)."""


class PreconditionRequiredError(APIStatusError):
    """The request does not meet a precondition of the API (428)."""


class ServerError(APIStatusError):
    """The API, or a gateway in front of it, failed (5xx)."""


class RateLimitError(APIStatusError):
    """The key's request budget is used up (429).

    Args:
        message: As in `CloudError`.
        operation: As in `CloudError`.
        method: As in `CloudError`.
        path: As in `CloudError`.
        status: As in `CloudError`.
        request_id: As in `CloudError`.
        attempts: As in `CloudError`.
        retry_after: Seconds until the API accepts requests again; None if it did not say.

    Attributes:
        retry_after: As the argument.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        method: str | None = None,
        path: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        attempts: int = 0,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message,
            operation=operation,
            method=method,
            path=path,
            status=status,
            request_id=request_id,
            attempts=attempts,
        )
        self.retry_after = retry_after


_BY_STATUS: dict[int, type[APIStatusError]] = {
    HTTPStatus.BAD_REQUEST: BadRequestError,
    HTTPStatus.UNAUTHORIZED: AuthenticationError,
    HTTPStatus.FORBIDDEN: PermissionDeniedError,
    HTTPStatus.NOT_FOUND: NotFoundError,
    HTTPStatus.CONFLICT: ConflictError,
    HTTPStatus.UNPROCESSABLE_ENTITY: UnprocessableError,
    HTTPStatus.FAILED_DEPENDENCY: FailedDependencyError,
    HTTPStatus.PRECONDITION_REQUIRED: PreconditionRequiredError,
    HTTPStatus.TOO_MANY_REQUESTS: RateLimitError,
}


def error_class(status: int) -> type[APIStatusError]:
    """Return the class of error for an HTTP status."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ServerError
    return _BY_STATUS.get(status, APIStatusError)
