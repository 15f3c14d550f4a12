"""Results of earlier reads, used in place of requests."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from .codec import decode, holds_secret, model_fields, to_json
from .errors import NotFoundError
from .model import Model
from .operation import ResultKind
from .values import Secret, SecretObject

if TYPE_CHECKING:
    from collections.abc import Generator

    from .messages import Request

_NOT_FOUND = 404


class Memory:
    """Results of reads, as JSON that can be saved in a file.

    A result that contains a secret is not kept, so its request is sent each time.

    Args:
        known: Results that replace requests, in the form of `results`.

    Attributes:
        results: All results, including those of requests that were sent: a list with the result as
            JSON by the request, or an empty list if the resource did not exist.
        recalled: Number of requests that were not sent.
        kept: Number of these results that come from requests that were sent.
    """

    def __init__(self, known: Mapping[str, list[Any]]) -> None:
        self.results: dict[str, list[Any]] = dict(known)
        self.recalled: int = 0
        self.kept: int = 0

    def knows(self, request: Request) -> bool:
        """Return whether the result of a request is known.

        Args:
            request: The request.
        """
        return request.method == "GET" and _key(request) in self.results

    def recall(self, request: Request) -> Any:
        """Return the result of a request that is known.

        Args:
            request: The request.

        Raises:
            NotFoundError: The resource did not exist.
            ResponseDecodeError: The known result is not a result of the operation.
        """
        self.recalled += 1
        known = self.results[_key(request)]
        if not known:
            raise NotFoundError(
                "the resource did not exist when it was last read",
                operation=request.operation.id,
                method=request.method,
                path=request.path,
                status=_NOT_FOUND,
            )
        (result,) = known
        return None if result is None else decode(request.operation.result, result)

    def keep(self, request: Request, result: object) -> None:
        """Keep the result of a read, unless it holds a secret.

        Args:
            request: The request.
            result: Its result.
        """
        operation = request.operation
        if request.method != "GET" or operation.result_kind is not ResultKind.JSON:
            return
        if not (holds_secret(operation.result) and _may_be_secret(result)):
            self._add(request, [to_json(result)])

    def keep_missing(self, request: Request) -> None:
        """Record that the resource of a read does not exist.

        Args:
            request: The request.
        """
        if request.method == "GET":
            self._add(request, [])

    def _add(self, request: Request, result: list[Any]) -> None:
        self.results[_key(request)] = result
        self.kept += 1


_memory: ContextVar[Memory | None] = ContextVar("memory", default=None)


def memory_of_context() -> Memory | None:
    """Return the memory that this context reads from; None if it sends all requests."""
    return _memory.get()


@contextmanager
def remembering(memory: Memory | None) -> Generator[None]:
    """Read known results from a memory, and keep the results of all other reads in it.

    Args:
        memory: The memory; None to send all requests.
    """
    token = _memory.set(memory)
    try:
        yield
    finally:
        _memory.reset(token)


def _key(request: Request) -> str:
    return f"{request.operation.id} {request.path}?{request.query}"


def _may_be_secret(value: object) -> bool:
    """Return whether a secret is in a value, or a mapping that a model with one may have become."""
    if isinstance(value, Secret | SecretObject | Mapping):
        return bool(value)
    if isinstance(value, list):
        return any(map(_may_be_secret, value))
    if isinstance(value, Model):
        return any(_may_be_secret(getattr(value, each.name)) for each in model_fields(type(value)))
    return False
