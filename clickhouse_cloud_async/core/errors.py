"""Everything that this package raises, in one small hierarchy.

::

    CloudError
    ├── ConfigurationError            the client cannot be set up
    ├── InvalidArgumentError          an argument cannot be sent
    ├── APIConnectionError            no response came
    │   └── APITimeoutError           ... in time
    ├── OutcomeUnknownError           it may have been carried out or not
    ├── ResponseDecodeError           a response came that cannot be read
    ├── IncompleteListError           a list goes on, and cannot be read to its end
    ├── PartialFailureError           a call of several requests was carried out in part
    ├── WaitError                     what was waited for did not happen
    │   ├── WaitTimeoutError          ... in time
    │   └── UnreachableStateError     ... and cannot
    └── APIStatusError                the API refused
        ├── BadRequestError           400
        ├── AuthenticationError       401
        ├── PermissionDeniedError     403
        ├── NotFoundError             404
        ├── ConflictError             409
        │   └── OperationInProgressError  another operation is not over yet
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
        message: The failure; the API's own words if it responded.
        operation: Id of the operation in the API's contract, such as ``instanceGet``.
        method: HTTP method of the request.
        path: Path of the request, without host and query.
        status: HTTP status of the response, where one came.
        request_id: The API's id of the request, to quote to its support.
        attempts: How many requests were sent for the call.

    Attributes:
        message: As the argument.
        operation: As the argument; None where no operation was at work.
        method: As the argument; None before a request was made.
        path: As the argument; None before a request was made.
        status: As the argument; None where no response came.
        request_id: As the argument; None where the API gave none.
        attempts: As the argument; 0 where none was sent.
        has_ambiguous_attempt: Whether some attempt of the call may have been carried out.
        hint: Advice in this package's words; mostly empty.
        api: Name of the API that it comes from; None where no client was at work.
        code: The API's own code for this kind of problem; None where it gave none.
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
    """An argument cannot be sent; nothing was."""


class APIConnectionError(CloudError):
    """No response came: the connection could not be made, or broke.

    Attributes:
        was_sent: Whether the last attempt may have reached the API. False if no connection was
            made, and for a call whose time was up between two attempts.
    """

    was_sent: bool = True


class APITimeoutError(APIConnectionError):
    """No response came in time."""


class OutcomeUnknownError(CloudError):
    """The request may have been carried out or not, and sending it again could do it twice.

    Its cause is the failure. Before sending it again, check the actual state with the matching
    ``get`` or ``list``, or with ``reconcile`` where a namespace has it.

    Args:
        message: As in `CloudError`.
        operation: As in `CloudError`.
        method: As in `CloudError`.
        path: As in `CloudError`.
        status: As in `CloudError`.
        request_id: As in `CloudError`.
        attempts: As in `CloudError`.
        sent_at: When the first attempt was sent.
        name: The name of what was to be created, where the request had one.

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
    """A response came, but it is not what the API promises; the message names the place in it."""


class IncompleteListError(CloudError):
    """The API says that a list goes on, but documents no way to ask for the rest of it.

    Methods that give items one by one have given all that came before they raise this.
    """


class PartialFailureError(CloudError):
    """A call that sends several requests was carried out in part; its cause is the failure.

    Args:
        message: As in `CloudError`; it says what was done, what was not, and what to do about it.
        operation: As in `CloudError`.
        method: As in `CloudError`.
        path: As in `CloudError`.
        status: As in `CloudError`.
        request_id: As in `CloudError`.
        attempts: As in `CloudError`.
        result: What the call would have returned, as it was before the failure; None if there is
            nothing.

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
    """What was waited for did not happen.

    Args:
        message: What was waited for, what there is, and what may help.
        operation: As in `CloudError`.
        method: As in `CloudError`.
        path: As in `CloudError`.
        status: As in `CloudError`.
        request_id: As in `CloudError`.
        attempts: As in `CloudError`.
        kind: The kind of the resource, such as ``service``.
        id: Its id.
        state: Its state when it was seen last; None where it was not seen.
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
    """The time for a wait was up; what was waited for may still happen."""


class UnreachableStateError(WaitError):
    """The target of a wait cannot be reached from the present state without a command."""


class APIStatusError(CloudError):
    """The API responded with a status that means refusal or failure."""


class BadRequestError(APIStatusError):
    """The API refused the request as malformed or not allowed in this state (400)."""


class AuthenticationError(APIStatusError):
    """The credentials are missing, wrong, disabled or expired (401)."""


class PermissionDeniedError(APIStatusError):
    """The key lacks a permission, or the feature is not enabled (403).

    Attributes:
        required_permissions: The permissions that the operation needs, all of them; empty where
            the API's documentation names none.
    """

    required_permissions: tuple[str, ...] = ()


class NotFoundError(APIStatusError):
    """The thing that the request names does not exist, or the key cannot see it.

    The status is 404, or 400 where the API refuses an id that never existed.
    """


class ConflictError(APIStatusError):
    """The request contradicts the present state of the thing that it names (409)."""


class OperationInProgressError(ConflictError):
    """Another operation on the thing that the request names is not over yet.

    Nothing was done. ``RetryPolicy(in_progress_wait=...)`` retries such a request.
    """


class UnprocessableError(APIStatusError):
    """The request is well-formed, but a limit or rule forbids it (422)."""


class FailedDependencyError(APIStatusError):
    """Something that the request needs is not ready, such as a running service (424)."""


class PreconditionRequiredError(APIStatusError):
    """The request lacks something that the API wants to be settled before (428)."""


class ServerError(APIStatusError):
    """The API or a gateway before it failed (5xx)."""


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
        retry_after: Seconds until the API takes requests again; None where it did not say.

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
    """The class of error that stands for an HTTP status."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ServerError
    return _BY_STATUS.get(status, APIStatusError)
