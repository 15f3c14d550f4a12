"""A request and a response as values, as they go over the wire."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import attrs

from .auth import credentials_in
from .operation import ResultKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .api import API, Scope
    from .files import Upload
    from .operation import Operation
    from .values import Secret


SUCCESSES, REDIRECTIONS, FAILURES = 200, 300, 400
"""First status of each class.

Plain numbers: each response is compared with four of them, and on Python 3.11 looking up a member
of `HTTPStatus` takes 0.2 us.
"""


@attrs.define(repr=False, eq=False)
class Request:
    """A request as it goes on the wire.

    What may hold secrets has ``repr=False``, because debuggers such as rich walk through the fields
    of attrs classes and ignore their `__repr__`; likewise in `Response`.

    Attributes:
        operation: The operation.
        api: The API that it belongs to.
        path: Encoded path, from the version segment on.
        query: Encoded query string, without the question mark.
        body: The body, as JSON or as an upload; None if there is none.
        headers: Header fields of the operation; None for none.
        secrets: The secrets in the body.
        scope_hint: Where a scope in the path comes from, if the call did not name it.
        missing_scopes: Scopes that the path still has as placeholders.
        save_to: File that the body of a success is written to; None to keep it in memory.
        base_url: The server that it goes to; empty for the API's own.
        authorization: The Authorization header of the last attempt; None for none.
    """

    operation: Operation[Any]
    api: API
    path: str = ""
    query: str = attrs.field(default="", repr=False)
    body: bytes | Upload | None = attrs.field(default=None, repr=False)
    headers: Mapping[str, str] | None = attrs.field(default=None, repr=False)
    secrets: tuple[Secret, ...] = attrs.field(default=(), repr=False)
    scope_hint: str = ""
    missing_scopes: tuple[Scope, ...] = ()
    save_to: IO[bytes] | None = attrs.field(default=None, repr=False)
    base_url: str = ""
    authorization: Secret | None = attrs.field(default=None, init=False, repr=False)

    @property
    def method(self) -> str:
        """HTTP method."""
        return self.operation.method

    @property
    def confidential(self) -> tuple[Secret, ...]:
        """All secrets that were sent: a server may echo them, and errors must not show them."""
        return (*self.secrets, *credentials_in(self.authorization))

    @property
    def size(self) -> int:
        """Bytes of the body."""
        if self.body is None:
            return 0
        return len(self.body) if isinstance(self.body, bytes) else self.body.size

    def succeeds_with(self, status: int) -> bool:
        """Return whether a status means success."""
        if SUCCESSES <= status < REDIRECTIONS:
            return True
        is_location = self.operation.result_kind is ResultKind.LOCATION
        return is_location and REDIRECTIONS <= status < FAILURES

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"


@attrs.define(repr=False, eq=False)
class Response:
    """A response as received.

    Attributes:
        status: HTTP status.
        headers: Header fields, case-insensitive.
        body: The body, decompressed.
        attempts: Number of requests that were sent for the call.
        document: The parsed body, cached once it was parsed.
        is_problem: Whether its body is a problem although its status means success.
        has_ambiguous_attempt: Whether any attempt of the call may have been carried out.
    """

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    attempts: int = 1
    document: Any = attrs.field(default=None, init=False, repr=False)
    is_problem: bool = attrs.field(default=False, init=False)
    has_ambiguous_attempt: bool = attrs.field(default=False, init=False)

    def __repr__(self) -> str:
        return f"<Response {self.status} with {len(self.body)} bytes>"
