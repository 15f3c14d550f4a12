"""Fleets: the instances of one or more clients."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.client import AsyncAPIClient
from clickhouse_cloud_async.core.errors import InvalidArgumentError

from .criteria import Criteria
from .selection import AsyncSelection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection

    from clickhouse_cloud_async.apis.omnistrate.client import AsyncOmnistrate
    from clickhouse_cloud_async.apis.omnistrate.fleet.criteria import Statuses
    from clickhouse_cloud_async.apis.omnistrate.models.instances import Instance

    from .events import InstanceEvent


class AsyncFleet:
    """The instances of one or more clients.

    Instances that represent a connected cloud account or monitoring are not part of it.

    Args:
        members: The clients, which the caller has to close.
    """

    def __init__(self, members: Iterable[AsyncOmnistrate]) -> None:
        self._members: tuple[AsyncOmnistrate, ...] = tuple(members)

    @classmethod
    def of(cls, clients: Iterable[AsyncOmnistrate]) -> AsyncFleet:
        """Join the instances of several clients.

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
    def members(self) -> tuple[AsyncOmnistrate, ...]:
        """The clients."""
        return self._members

    def select(
        self,
        *,
        service: str | Collection[str] | None = None,
        environment: str | Collection[str] | None = None,
        plan: str | Collection[str] | None = None,
        region: str | Collection[str] | None = None,
        status: Statuses | None = None,
        where: Callable[[Instance], object] | None = None,
    ) -> AsyncSelection:
        """Select instances. Nothing is requested yet; each action lists them again.

        An instance has to match all criteria; without criteria all instances are selected.

        Args:
            service: Names, keys or IDs of one or more services.
            environment: Names, keys or IDs of one or more environments.
            plan: Names, keys or IDs of one or more plans.
            region: One or more regions.
            status: One or more states.
            where: Called with each instance that matches the other criteria; returns whether to
                select it.

        Returns:
            The selection.

        Raises:
            InvalidArgumentError: A criterion is of a wrong type, or there is no such state.
        """
        criteria = Criteria.of(
            service=service,
            environment=environment,
            plan=plan,
            region=region,
            status=status,
            where=where,
        )
        return AsyncSelection(self._members, criteria)

    def watch(
        self,
        *,
        service: str | Collection[str] | None = None,
        environment: str | Collection[str] | None = None,
        plan: str | Collection[str] | None = None,
        region: str | Collection[str] | None = None,
        status: Statuses | None = None,
        where: Callable[[Instance], object] | None = None,
        every: float = 10.0,
        initial: bool = False,
    ) -> AsyncIterator[InstanceEvent]:
        """Watch instances, as `AsyncSelection.watch` does.

        Args:
            service: As for `select`.
            environment: As for `select`.
            plan: As for `select`.
            region: As for `select`.
            status: As for `select`.
            where: As for `select`.
            every: Polling interval in seconds.
            initial: Whether instances found by the first poll are reported as ``appeared``.

        Returns:
            An endless iterator of events.

        Raises:
            InvalidArgumentError: A criterion is of a wrong type, there is no such state, or the
                interval is not a positive number.
        """
        selection = self.select(
            service=service,
            environment=environment,
            plan=plan,
            region=region,
            status=status,
            where=where,
        )
        return selection.watch(every=every, initial=initial)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._members)} clients>"
