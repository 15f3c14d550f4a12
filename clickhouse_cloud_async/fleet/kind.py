"""Kinds of resources that fleets act on."""

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
    """A resource as returned by the API. Its kind names the attributes for name and state."""

    @property
    def id(self) -> str:
        """Its ID."""
        ...


class Member(Protocol):
    """A resource of a fleet, and the client that reaches it."""

    @property
    def item(self) -> Any:
        """The resource as it was listed."""
        ...

    @property
    def organization_id(self) -> str:
        """ID of its organisation, or the name of the account if the API has no scope."""
        ...

    @property
    def cloud(self) -> Any:
        """The client."""
        ...


class Criteria(Protocol):
    """Criteria that select resources."""

    @property
    def filters(self) -> Sequence[str]:
        """The criteria that the API can apply, in its own syntax."""
        ...

    def match(self, item: Any, /) -> bool:
        """Return whether a resource is selected."""
        ...


class Order(Protocol):
    """The order of deletions."""

    def obstacle(self, item: Any, /) -> str | None:
        """Return why a resource cannot be deleted; None if it can be."""
        ...

    def finish(self, key: str, /, *, is_deleted: bool) -> None:
        """Record that the attempt to delete a resource is over."""
        ...

    async def wait_for_turn(
        self, item: Any, wait_until_gone: Callable[[str], Coroutine[Any, Any, None]], /
    ) -> str | None:
        """Wait until a resource can be deleted; return the reason if it cannot be."""
        ...


@attrs.frozen(kw_only=True, eq=False)
class Kind:
    """A kind of resources that fleets act on.

    Attributes:
        home: Module and name of this value, such as ``package.module:NAME``; it is pickled so.
        lifecycle: The lifecycle of its resources, and how to poll them.
        scope: The path parameter of the scope of a client's resources; empty if the API has none.
        passes: The states that a resource passes through after each command.
        list: Lists the resources of a client in a scope, by filters of the API, with a timeout.
        get: Gets a resource, with a timeout.
        member: Creates a member of a fleet from a resource, its scope and the client.
        event: Creates an event of a watch.
        name: The attribute of a resource that holds its name.
        subject: The value that criteria are applied to: a member's resource, or the member itself.
        prepare: Reads further data that members need besides the polled resources; None for none.
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
        """Return the scope of a client, or the name of its account if the API has none.

        Args:
            client: The client.

        Raises:
            CloudError: It cannot be looked up.
        """
        return await caller_of(client).default_scope() if self.scope else identity_of(client)

    def parent(self, scope: str) -> dict[str, str]:
        """Return the path parameters of the list of a scope.

        Args:
            scope: The scope.
        """
        return {self.scope: scope} if self.scope else {}

    def path(self, member: Member) -> dict[str, str]:
        """Return the path parameters of a resource.

        Args:
            member: The resource.
        """
        return {**self.parent(member.organization_id), self.lifecycle.item: member.item.id}

    def state_of(self, item: Any) -> str:
        """Return the state of a resource that may be gone.

        Args:
            item: The resource; None if it is gone.
        """
        return state_of(item, self.lifecycle.state)

    def selects(self, criteria: Criteria, member: Member) -> bool:
        """Return whether a member is selected.

        Args:
            criteria: The criteria.
            member: The member.
        """
        return criteria.match(self.subject(member))

    def __reduce__(self) -> tuple[Callable[[str], Kind], tuple[str]]:
        """Pickle the name, so that a process has a single such value."""
        return _load, (self.home,)


def _load(home: str) -> Kind:
    module, _, name = home.partition(":")
    kind = getattr(import_module(module), name)
    assert isinstance(kind, Kind), f"{home} is no kind"
    return kind
