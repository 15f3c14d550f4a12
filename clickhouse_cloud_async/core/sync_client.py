"""The parts of the sync client that are not generated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from .uncopyable import Uncopyable

if TYPE_CHECKING:
    from collections.abc import Callable

    from .recording import RawResponse

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound="SyncAPIClient")


class SyncAPIClient(Uncopyable):
    """A client of one API without ``await``; subclasses add the rest."""

    _async: Any
    _namespaces: Any

    def __repr__(self) -> str:
        inner = self.__dict__.get("_async")
        name = type(self).__name__
        return f"<{name}>" if inner is None else repr(inner).replace(f"Async{name}", name, 1)

    def with_response(
        self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[T]:
        """Make a call and return its whole response.

        Args:
            function: A method of this client, such as ``cloud.services.get``.
            *args: Its arguments.
            **kwargs: Its keyword arguments.

        Returns:
            The result together with status, headers, request ID, attempts and body. If the method
            sends several requests, they are those of the last one.

        Raises:
            CloudError: Any error that the method raises.
        """
        from .recording import recording

        with recording() as recorded:
            result = function(*args, **kwargs)
        return recorded.response(result)


def view_of(kind: type[C], original: object) -> C:
    """Return a sync client on top of an async one, with which it shares everything.

    Args:
        kind: Class of the client.
        original: The async client.
    """
    view = kind.__new__(kind)
    view.__dict__ |= {"_async": original, "_namespaces": original}
    return view


def original_of(client: SyncAPIClient) -> Any:
    """Return the async client underneath a sync client."""
    return client._async  # noqa: SLF001  # same module
