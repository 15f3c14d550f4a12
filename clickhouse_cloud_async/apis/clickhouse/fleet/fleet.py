"""The services of one client or of several as one thing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.client import AsyncAPIClient
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.fleet.report import Report
from clickhouse_cloud_async.fleet.run import OnError, Options

from .criteria import Criteria
from .selection import AsyncSelection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping
    from os import PathLike

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.fleet.criteria import States
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.apis.clickhouse.resources.document import DesiredFleet
    from clickhouse_cloud_async.apis.clickhouse.resources.plan import Plan
    from clickhouse_cloud_async.fleet.progress import FleetProgress

    from .events import FleetEvent


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
        state: States | None = None,
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

    def watch(
        self,
        *,
        tags: Mapping[str, str | Collection[str] | None] | None = None,
        name: str | Collection[str] | None = None,
        region: str | Collection[str] | None = None,
        provider: str | Collection[str] | None = None,
        state: States | None = None,
        where: Callable[[Service], object] | None = None,
        every: float = 10.0,
        initial: bool = False,
    ) -> AsyncIterator[FleetEvent]:
        """Tell what happens to services, as `watch` of a selection does.

        Args:
            tags: As for `select`.
            name: As for `select`.
            region: As for `select`.
            provider: As for `select`.
            state: As for `select`.
            where: As for `select`.
            every: Seconds from one look to the next.
            initial: Whether services that are there at the first look are told to have appeared.

        Returns:
            What happens, without end.

        Raises:
            InvalidArgumentError: A criterion is of a wrong type, there is no such state or
                provider, or the interval is none.
        """
        selection = self.select(
            tags=tags, name=name, region=region, provider=provider, state=state, where=where
        )
        return selection.watch(every=every, initial=initial)

    async def plan(self, desired: DesiredFleet | str | PathLike[str]) -> Plan:
        """Compare a fleet as it is wanted with what there is; nothing is changed.

        Only fields that are named are compared. It takes one request for each client, and one for
        each service of which the backup configuration or the upgrade window is named.

        Args:
            desired: The fleet as it is wanted, or a YAML file that describes it.

        Returns:
            What has to happen.

        Raises:
            DescriptionError: There are mistakes in the file; each is named with line and reason.
            InvalidArgumentError: A service is wanted in an organisation of none of the clients.
            ConfigurationError: PyYAML is not installed.
            OSError: The file cannot be read.
            CloudError: What there is could not be found out.
        """
        from clickhouse_cloud_async.apis.clickhouse.resources.document import DesiredFleet
        from clickhouse_cloud_async.apis.clickhouse.resources.services import plan_fleet

        if not isinstance(desired, DesiredFleet):
            desired = await asyncio.to_thread(DesiredFleet.load, desired)
        return await plan_fleet(self._members, desired)

    async def apply(
        self,
        plan: Plan,
        *,
        allow_delete: bool = False,
        timeout: float | None = None,
        on_error: OnError = "continue",
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Carry out a plan, for all services at the same time within the rate budgets.

        It looks first at what there is. What has happened in the meantime is not done again; a
        service to which something would have to be done that the plan does not show is left alone,
        and its outcome says so. Each service is followed to its end. Where it is broken off, plan
        and apply again: nothing is created twice.

        The result of a service that was created is its first password.

        Args:
            plan: What has to happen.
            allow_delete: Whether services are deleted; if not, they are left and reported.
            timeout: Seconds for all of it, None for no limit; a service that is not where it should
                be half an hour after its command is given up in any case.
            on_error: Whether to go on with the services that remain after one has failed, or to
                ``stop`` there; what has begun is brought to its end.
            on_progress: Called whenever something changes for a service.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            What became of each service of the plan.

        Raises:
            InvalidArgumentError: An argument makes no sense; nothing was sent.
            CloudError: What there is could not be found out; nothing was changed.
        """
        from clickhouse_cloud_async.apis.clickhouse.resources.plan import Plan
        from clickhouse_cloud_async.apis.clickhouse.resources.services import apply_plan

        if not isinstance(plan, Plan):
            raise InvalidArgumentError(f"plan: expected a Plan, found {type(plan).__name__}")
        options = Options(
            wait=True,
            timeout=timeout,
            on_error=on_error,
            on_progress=on_progress,
            report=Report() if report is None else report,
        )
        return await apply_plan(self._members, plan, options, allow_delete=allow_delete)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._members)} clients>"
