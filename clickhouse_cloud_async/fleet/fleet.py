"""The services of one client or of several as one thing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.client import AsyncAPIClient
from clickhouse_cloud_async.core.errors import InvalidArgumentError

from .criteria import Criteria
from .selection import AsyncSelection

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service


class AsyncFleet:
    """The services of the organisations of one client or of several.

    Each client keeps to the rate budget of its own key. A client that sees several organisations
    stands for the one that its calls go to; `with_options` makes a client for each of the others.

    Args:
        members: The clients; they stay the caller's to close.
    """

    def __init__(self, members: Iterable[AsyncClickHouseCloud]) -> None:
        self._members: tuple[AsyncClickHouseCloud, ...] = tuple(members)

    @classmethod
    def of(cls, clients: Iterable[AsyncClickHouseCloud]) -> AsyncFleet:
        """Join the organisations of several clients.

        Args:
            clients: At least one client.

        Returns:
            The fleet.

        Raises:
            InvalidArgumentError: There is no client, or something is none.
        """
        members = tuple(clients) if isinstance(clients, Iterable) else (clients,)
        if not members:
            raise InvalidArgumentError("clients: a fleet needs at least one client")
        for member in members:
            if not isinstance(member, AsyncAPIClient):
                kind = type(member).__name__
                raise InvalidArgumentError(f"clients: expected async clients, found {kind}")
        return cls(members)

    @property
    def members(self) -> tuple[AsyncClickHouseCloud, ...]:
        """The clients."""
        return self._members

    def select(
        self,
        *,
        tags: Mapping[str, str | Collection[str] | None] | None = None,
        name: str | Collection[str] | None = None,
        region: str | Collection[str] | None = None,
        provider: str | Collection[str] | None = None,
        state: str | Collection[str] | None = None,
        where: Callable[[Service], object] | None = None,
    ) -> AsyncSelection:
        """Choose services. Nothing is asked for yet; each use of the selection looks anew.

        All that is said has to hold; without any criterion all services are meant.

        Args:
            tags: Values that tags have, by key: one, any of several, or None for whatever value.
            name: Pattern of the name such as ``etl-*``, or several; case matters.
            region: The region, or several.
            provider: The cloud provider, or several.
            state: The state, or several.
            where: Called with each service of which all else holds; says whether it is meant.

        Returns:
            The selection.

        Raises:
            InvalidArgumentError: A criterion is of a wrong type, or there is no such state or
                provider.
        """
        criteria = Criteria.of(
            tags=tags, name=name, region=region, provider=provider, state=state, where=where
        )
        return AsyncSelection(self._members, criteria)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._members)} clients>"
