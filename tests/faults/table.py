"""The rows of the table of faults: a fault, and the guarantees of a call that meets it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async import (
    APIConnectionError,
    APITimeoutError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async import CloudError

    from .server import Behaviour


@attrs.frozen
class Outcome:
    """How a call ends that meets a fault.

    Attributes:
        error: Class of the error where the fault lasts; None where the call succeeds nevertheless.
        retried: Whether the request is sent again, so that the call succeeds where the fault does
            not last.
    """

    error: type[CloudError] | None = None
    retried: bool = False

    def __str__(self) -> str:
        if self.error is None:
            return "result"
        return f"{'retried, then ' if self.retried else ''}`{self.error.__name__}`"


RESULT = Outcome()


@attrs.frozen
class Promise:
    """How each kind of call ends that meets a fault.

    Attributes:
        read: A GET or a PUT: an idempotent call with a result.
        delete: A DELETE, which needs no result.
        create: A POST that makes something each time.
    """

    read: Outcome
    delete: Outcome
    create: Outcome

    def of(self, method: str) -> Outcome:
        """Return how a call with an HTTP method ends."""
        return {"DELETE": self.delete, "POST": self.create}.get(method, self.read)


def always(error: type[CloudError], *, retried: bool = False) -> Promise:
    """The promise that all calls end in the same way."""
    outcome = Outcome(error, retried)
    return Promise(outcome, outcome, outcome)


def ambiguous(error: type[CloudError]) -> Promise:
    """The promise for a request that may or may not have been carried out."""
    outcome = Outcome(error, retried=True)
    return Promise(outcome, outcome, Outcome(OutcomeUnknownError))


HARMLESS = Promise(RESULT, RESULT, RESULT)
NOT_SENT = always(APIConnectionError, retried=True)
NOT_SENT_IN_TIME = always(APITimeoutError, retried=True)
LOST = ambiguous(APIConnectionError)
SILENT = ambiguous(APITimeoutError)
OUT_OF_TIME = Promise(
    Outcome(APITimeoutError), Outcome(APITimeoutError), Outcome(OutcomeUnknownError)
)
FAILED = ambiguous(ServerError)
THROTTLED = always(RateLimitError, retried=True)
THROTTLED_TOO_LONG = always(RateLimitError)
TOO_MUCH = always(ResponseDecodeError)
UNREADABLE = Promise(Outcome(ResponseDecodeError), RESULT, Outcome(ResponseDecodeError))


class Where(Enum):
    """Where a client looks for the server."""

    USUAL = "where it is"
    NOWHERE = "at a port where no server listens"
    TLS = "with TLS, which the server does not speak"
    SELF_SIGNED = "with TLS, behind a certificate that no authority vouches for"


@attrs.frozen
class Fault:
    """Something that goes wrong, and what is promised for it.

    Attributes:
        name: What happens, as the documentation says it.
        promise: How calls end.
        variants: Ways in which it happens; a server does each of them to every request.
        wait: The least and the most seconds that have to pass before a retry, if the server
            says so.
        greets: Whether it happens to a new connection, before a request is read.
        where: Where the client looks for the server.
        settings: Settings of the client that keep silence from taking long.
        reads_state: Whether a DELETE that meets it is followed by a GET of the state, which says
            whether the refusal passes.
    """

    name: str
    promise: Promise
    variants: tuple[Behaviour, ...] = attrs.field(repr=False)
    wait: tuple[float, float] = (0.0, 0.0)
    greets: bool = False
    where: Where = Where.USUAL
    settings: Mapping[str, object] = attrs.field(factory=dict[str, object])
    reads_state: bool = False


def fault(name: str, promise: Promise, *variants: Behaviour, **facts: Any) -> Fault:
    """Make a row of the table; the arguments are those of `Fault`."""
    return Fault(name, promise, variants, **facts)
