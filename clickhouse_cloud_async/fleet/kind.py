"""What an engine of fleets knows about the things that it acts on."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle


class Item(Protocol):
    """A thing as the API shows it."""

    @property
    def id(self) -> str:
        """Its ID."""
        ...

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def state(self) -> object:
        """Its state."""
        ...


class Member(Protocol):
    """A thing of a fleet, and the client that reaches it."""

    @property
    def service(self) -> Any:
        """The thing as it was when it was listed."""
        ...

    @property
    def organization_id(self) -> str:
        """ID of its organisation."""
        ...

    @property
    def cloud(self) -> Any:
        """The client."""
        ...


class Criteria(Protocol):
    """Which things are meant."""

    @property
    def filters(self) -> Sequence[str]:
        """The criteria that the API can apply itself, in its own syntax."""
        ...

    def match(self, item: Any, /) -> bool:
        """Return whether a thing is meant."""
        ...


class Order(Protocol):
    """Which things have to be gone before others are deleted."""

    def obstacle(self, item: Any, /) -> str | None:
        """Return why a thing cannot be deleted, or None if nothing stands in the way."""
        ...

    def finish(self, key: str, /, *, is_deleted: bool) -> None:
        """Record that the attempt to delete a thing is over."""
        ...

    async def wait_for_turn(
        self, item: Any, wait_until_gone: Callable[[str], Coroutine[Any, Any, None]], /
    ) -> str | None:
        """Wait until a thing can be deleted; return why it cannot be, if so."""
        ...


@attrs.frozen(kw_only=True, eq=False)
class Kind:
    """One kind of things that fleets act on, as a value.

    Attributes:
        home: Module and name of this value, such as ``package.module:NAME``; it is pickled so.
        lifecycle: How such a thing changes by itself, and where to poll it.
        scope: The path parameter of the scope that the things of a client belong to.
        passes: The states that a thing passes through after each command.
        list: Lists the things of a client in a scope, by filters of the API, within some seconds.
        get: Gets a thing anew within some seconds.
        member: Makes a member of a fleet.
        event: Makes an event of a watch.
    """

    home: str
    lifecycle: Lifecycle[Any]
    scope: str
    passes: Mapping[str, tuple[str, ...]]
    list: Callable[[Any, str, Sequence[str], float | None], Awaitable[Sequence[Any]]]
    get: Callable[[Any, float | None], Awaitable[Any]]
    member: Callable[..., Any]
    event: Callable[..., Any]

    def path(self, member: Member) -> dict[str, str]:
        """Return the path parameters that lead to a thing.

        Args:
            member: The thing.
        """
        return {self.scope: member.organization_id, self.lifecycle.item: member.service.id}

    def __reduce__(self) -> tuple[Callable[[str], Kind], tuple[str]]:
        """Pickle the name, so that there is one such value in a process."""
        return _load, (self.home,)


def _load(home: str) -> Kind:
    module, _, name = home.partition(":")
    kind = getattr(import_module(module), name)
    assert isinstance(kind, Kind), f"{home} is no kind"
    return kind
