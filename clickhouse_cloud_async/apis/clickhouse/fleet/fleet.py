"""Fleets: the services of one or more clients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.client import AsyncAPIClient
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.desired.verbs import AsyncDesiredVerbs

from .criteria import Criteria
from .selection import AsyncSelection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.fleet.criteria import Providers, Regions, States
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.desired.engine import Engine

    from .events import FleetEvent


class AsyncFleet(AsyncDesiredVerbs):
    """The services of the organisations of one or more clients.

    Each client respects the rate limit of its own key. A client whose key belongs to several
    organisations contributes its default organisation; use `with_options` to make a client for each
    of the others.

    Args:
        members: The clients, which the caller has to close.
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
            InvalidArgumentError: There is no client, or an item is not an async client.
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
        region: Regions | None = None,
        provider: Providers | None = None,
        state: States | None = None,
        where: Callable[[Service], object] | None = None,
    ) -> AsyncSelection:
        """Select services. Nothing is requested yet; each action lists them again.

        A service has to match all criteria; without criteria all services are selected.

        Args:
            tags: Values of tags by key: one, any of several, or None for any value.
            name: One or more patterns of the name, such as ``etl-*``; case-sensitive.
            region: One or more regions.
            provider: One or more cloud providers.
            state: One or more states.
            where: Called with each service that matches the other criteria; returns whether to
                select it.

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

    def watch(
        self,
        *,
        tags: Mapping[str, str | Collection[str] | None] | None = None,
        name: str | Collection[str] | None = None,
        region: Regions | None = None,
        provider: Providers | None = None,
        state: States | None = None,
        where: Callable[[Service], object] | None = None,
        every: float = 10.0,
        initial: bool = False,
    ) -> AsyncIterator[FleetEvent]:
        """Watch services, as `AsyncSelection.watch` does.

        Args:
            tags: As for `select`.
            name: As for `select`.
            region: As for `select`.
            provider: As for `select`.
            state: As for `select`.
            where: As for `select`.
            every: Polling interval in seconds.
            initial: Whether services found by the first poll are reported as ``appeared``.

        Returns:
            An endless iterator of events.

        Raises:
            InvalidArgumentError: A criterion is of a wrong type, there is no such state or
                provider, or the interval is not a positive number.
        """
        selection = self.select(
            tags=tags, name=name, region=region, provider=provider, state=state, where=where
        )
        return selection.watch(every=every, initial=initial)

    @property
    def _engine(self) -> Engine:
        """The engine of desired state, loaded when it is first used."""
        from clickhouse_cloud_async.apis.clickhouse.resources.kinds import ENGINE

        return ENGINE

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._members)} clients>"
