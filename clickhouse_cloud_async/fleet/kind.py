"""What an engine of fleets knows about the things that it acts on."""

from __future__ import annotations

from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from clickhouse_cloud_async.core.client import caller_of, identity_of

from .states import state_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence

    from clickhouse_cloud_async.core.client import AsyncAPIClient
    from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle


class Item(Protocol):
    """A thing as the API shows it. Its kind says which attributes hold name and state."""

    @property
    def id(self) -> str:
        """Its ID."""
        ...


class Member(Protocol):
    """A thing of a fleet, and the client that reaches it."""

    @property
    def item(self) -> Any:
        """The thing as it was when it was listed."""
        ...

    @property
    def organization_id(self) -> str:
        """ID of its organisation, or the name of the account where the API has no scope."""
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
        scope: The path parameter of the scope that the things of a client belong to; empty where
            the API has none.
        passes: The states that a thing passes through after each command.
        list: Lists the things of a client in a scope, by filters of the API, within some seconds.
        get: Gets a thing anew within some seconds.
        member: Makes a member of a fleet: of a thing, its scope and the client.
        event: Makes an event of a watch.
        name: The attribute of a thing that holds its name.
        subject: What criteria are applied to: a member's thing, or the member itself.
        prepare: Finds out with a client what its members need beside the things that were polled;
            None for nothing.
    """

    home: str
    lifecycle: Lifecycle[Any]
    scope: str
    passes: Mapping[str, tuple[str, ...]]
    list: Callable[[Any, str, Sequence[str], float | None], Awaitable[Sequence[Any]]]
    get: Callable[[Any, float | None], Awaitable[Any]]
    member: Callable[[Any, str, Any], Any]
    event: Callable[..., Any]
    name: str = "name"
    subject: Callable[[Any], Any] = attrgetter("item")
    prepare: Callable[[Any, Collection[Any]], Awaitable[None]] | None = None

    async def scope_of(self, client: AsyncAPIClient) -> str:
        """Return the scope of a client, or the name of its account where the API has none.

        Args:
            client: The client.

        Raises:
            CloudError: The API cannot be asked for it.
        """
        return await caller_of(client).default_scope() if self.scope else identity_of(client)

    def parent(self, scope: str) -> dict[str, str]:
        """Return the path parameters that lead to the things of a scope.

        Args:
            scope: The scope.
        """
        return {self.scope: scope} if self.scope else {}

    def path(self, member: Member) -> dict[str, str]:
        """Return the path parameters that lead to a thing.

        Args:
            member: The thing.
        """
        return {**self.parent(member.organization_id), self.lifecycle.item: member.item.id}

    def state_of(self, item: Any) -> str:
        """Return the state of a thing that may be gone.

        Args:
            item: The thing; None if it is gone.
        """
        return state_of(item, self.lifecycle.state)

    def selects(self, criteria: Criteria, member: Member) -> bool:
        """Return whether a member is meant.

        Args:
            criteria: Which members are.
            member: The member.
        """
        return criteria.match(self.subject(member))

    def __reduce__(self) -> tuple[Callable[[str], Kind], tuple[str]]:
        """Pickle the name, so that there is one such value in a process."""
        return _load, (self.home,)


def _load(home: str) -> Kind:
    module, _, name = home.partition(":")
    kind = getattr(import_module(module), name)
    assert isinstance(kind, Kind), f"{home} is no kind"
    return kind
