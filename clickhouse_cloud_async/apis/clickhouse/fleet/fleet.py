"""Fleets: the services of one or more clients."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.client import AsyncAPIClient
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.fleet.report import Report
from clickhouse_cloud_async.fleet.run import OnError, Options

from .criteria import Criteria
from .selection import AsyncSelection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection, Mapping

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.fleet.criteria import Providers, Regions, States
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.apis.clickhouse.resources.desired_fleet import Desired
    from clickhouse_cloud_async.desired.description import Description
    from clickhouse_cloud_async.desired.drift import FleetDrift
    from clickhouse_cloud_async.desired.export import Exported
    from clickhouse_cloud_async.desired.plan import Plan
    from clickhouse_cloud_async.fleet.progress import FleetProgress

    from .events import FleetEvent


class AsyncFleet:
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
        """Select services. Nothing is requested yet; each use of the selection lists them anew.

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
            An iterator of events without end.

        Raises:
            InvalidArgumentError: A criterion is of a wrong type, there is no such state or
                provider, or the interval is not a positive number.
        """
        selection = self.select(
            tags=tags, name=name, region=region, provider=provider, state=state, where=where
        )
        return selection.watch(every=every, initial=initial)

    async def plan(
        self,
        desired: Desired,
        *,
        only: Collection[str] | None = None,
        targets: Collection[str] | None = None,
        destroy: bool = False,
        resend: Collection[str] = (),
        wake: bool = False,
    ) -> Plan:
        """Compare the desired state of a fleet with its actual state; nothing is changed.

        Only kinds, resources and fields in the description are compared. Most kinds are listed with
        one request for each client, or one for each service that is named; `look_requests` returns
        how many.

        Args:
            desired: The desired state, or the paths of YAML files or folders that describe it.
            only: The kinds to plan, such as ``roles``; None for all.
            targets: The resources to plan, as ``kind/name``, with what they depend on; None for
                all.
            destroy: Whether everything that is described is to go.
            resend: Resources whose secrets are sent again, as ``kind/name``: whether a secret
                differs, nobody can tell.
            wake: Whether services may be woken to look at what is in them.

        Returns:
            The plan: the changes that lead to the desired state, in order.

        Raises:
            DescriptionError: The file has errors; the message lists each with line and reason.
            InvalidArgumentError: There is no such kind, or a resource is described in an
                organisation of none of the clients.
            ConfigurationError: PyYAML is not installed.
            OSError: The file cannot be read.
            CloudError: The actual state could not be read.
        """
        from clickhouse_cloud_async.apis.clickhouse.resources.kinds import ENGINE
        from clickhouse_cloud_async.desired.plan import PlanOptions

        options = PlanOptions(
            only=None if only is None else frozenset(only),
            targets=None if targets is None else frozenset(targets),
            destroy=destroy,
            resend=frozenset(resend),
            wake=wake,
        )
        return await ENGINE.plan(self._members, await _description(desired), options)

    async def look_requests(
        self,
        desired: Desired,
        *,
        only: Collection[str] | None = None,
        targets: Collection[str] | None = None,
    ) -> int:
        """Return about how many requests `plan` takes to look, without looking.

        Args:
            desired: As for `plan`.
            only: As for `plan`.
            targets: As for `plan`.

        Returns:
            The number of requests.

        Raises:
            DescriptionError: The file has errors; the message lists each with line and reason.
            InvalidArgumentError: There is no such kind, or a resource is described in an
                organisation of none of the clients.
            ConfigurationError: PyYAML is not installed.
            OSError: The file cannot be read.
            CloudError: The organisations of the clients could not be read.
        """
        from clickhouse_cloud_async.apis.clickhouse.resources.kinds import ENGINE
        from clickhouse_cloud_async.desired.plan import PlanOptions

        options = PlanOptions(
            only=None if only is None else frozenset(only),
            targets=None if targets is None else frozenset(targets),
        )
        return await ENGINE.look_requests(self._members, await _description(desired), options)

    async def apply(
        self,
        plan: Plan,
        *,
        allow_delete: bool | Collection[str] = False,
        parallel: int = 20,
        timeout: float | None = None,
        on_error: OnError = "continue",
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Apply a plan to all resources concurrently within the rate limits.

        The actual state is read first. Changes made in the meantime are not made again. A resource
        that would need a change that the plan does not contain is left alone, and its
        outcome gives the reason. Each resource is followed until its transition is over. If the
        call is interrupted, plan and apply again: nothing is created twice.

        The result of a created service is its initial password, that of an API key its secret.

        Args:
            plan: The plan.
            allow_delete: Whether to delete resources that the plan removes, or the kinds of those
                to delete; others are kept and reported as ``not_sent``.
            parallel: For how many resources of a client requests may be under way at the same time.
            timeout: Seconds for the whole action, None for no limit. A resource that has not
                reached the expected state half an hour after its command is given up in any case.
            on_error: Whether to ``continue`` with the remaining resources after one has failed, or
                to ``stop``. Resources that have been started with are finished in any case.
            on_progress: Called on each change of a resource.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each resource of the plan.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
            ConfigurationError: A secret is not where the document says; nothing was sent.
            CloudError: The actual state could not be read; nothing was changed.
        """
        from clickhouse_cloud_async.apis.clickhouse.resources.kinds import ENGINE
        from clickhouse_cloud_async.desired.plan import Plan

        if not isinstance(plan, Plan):
            raise InvalidArgumentError(f"plan: expected a Plan, found {type(plan).__name__}")
        options = Options(
            wait=True,
            timeout=timeout,
            on_error=on_error,
            on_progress=on_progress,
            report=Report() if report is None else report,
        )
        allowed = allow_delete if isinstance(allow_delete, bool) else frozenset(allow_delete)
        return await ENGINE.apply(
            self._members, plan, options, allow_delete=allowed, parallel=parallel
        )

    async def drift(
        self,
        desired: Desired,
        *,
        only: Collection[str] | None = None,
        targets: Collection[str] | None = None,
        wake: bool = False,
    ) -> FleetDrift:
        """Find out where the actual state has come to differ from the desired state.

        Args:
            desired: As for `plan`.
            only: As for `plan`.
            targets: As for `plan`.
            wake: As for `plan`.

        Returns:
            The drift, with the plan that would end it.

        Raises:
            DescriptionError: The file has errors; the message lists each with line and reason.
            InvalidArgumentError: There is no such kind, or a resource is described in an
                organisation of none of the clients.
            ConfigurationError: PyYAML is not installed.
            OSError: The file cannot be read.
            CloudError: The actual state could not be read.
        """
        from clickhouse_cloud_async.desired.drift import FleetDrift

        return FleetDrift(plan=await self.plan(desired, only=only, targets=targets, wake=wake))

    async def watch_drift(
        self,
        desired: Desired,
        *,
        only: Collection[str] | None = None,
        targets: Collection[str] | None = None,
        every: float = 300.0,
    ) -> AsyncIterator[FleetDrift]:
        """Watch for drift. The first item is what there is at once, each other one a change of it.

        A look that fails is repeated after the interval.

        Args:
            desired: As for `plan`; a file is read once.
            only: As for `plan`.
            targets: As for `plan`.
            every: Seconds between two looks; `look_requests` returns how many requests one takes.

        Yields:
            The drift, whenever it has changed.

        Raises:
            DescriptionError: The file has errors; the message lists each with line and reason.
            InvalidArgumentError: There is no such kind, a resource is described in an organisation
                of none of the clients, or the interval is not a positive number.
            ConfigurationError: PyYAML is not installed.
            OSError: The file cannot be read.
            CloudError: The actual state could not be read at first.
        """
        from clickhouse_cloud_async.desired.drift import changes_of

        described = await _description(desired)
        drifts = changes_of(lambda: self.drift(described, only=only, targets=targets), every)
        async with aclosing(drifts):
            async for drift in drifts:
                yield drift

    async def export(
        self,
        name: str,
        *,
        only: Collection[str] | None = None,
        names: str | Collection[str] | None = None,
        tags: Mapping[str, str | None] | None = None,
    ) -> Exported:
        """Describe what there is; a plan of the description is empty.

        What no response shows is not in it, such as passwords, and neither are the backup
        configuration and the upgrade window of services, each of which takes a request.

        Args:
            name: The name of the fleet that is described.
            only: The kinds to export; None for those of which one request shows all.
            names: One or more patterns of names, such as ``etl-*``; what lives in a service that
                matches comes with it.
            tags: Values of tags by key, None for any value. Only what has tags matches, and what
                lives in it.

        Returns:
            The description, and what it lacks.

        Raises:
            InvalidArgumentError: There is no such kind.
            CloudError: The actual state could not be read.
        """
        from clickhouse_cloud_async.apis.clickhouse.resources.kinds import ENGINE
        from clickhouse_cloud_async.desired.export import Selection

        patterns = (names,) if isinstance(names, str) else names
        selection = Selection(
            only=None if only is None else frozenset(only),
            names=None if patterns is None else tuple(patterns),
            tags=tags,
        )
        return await ENGINE.export(self._members, name, selection)

    async def destroy(
        self,
        desired: Desired,
        *,
        confirm: int,
        timeout: float | None = None,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Delete everything that is described, in the order that this takes.

        Of services only those that carry the fleet's tag are deleted.

        Args:
            desired: As for `plan`.
            confirm: The number of resources that are deleted; nothing is sent where there are more
                or fewer. ``plan(desired, destroy=True)`` shows them.
            timeout: As for `apply`.
            on_progress: As for `apply`.
            report: As for `apply`.

        Returns:
            The report, with the outcome of each resource.

        Raises:
            DescriptionError: The file has errors; the message lists each with line and reason.
            InvalidArgumentError: An argument is invalid, or the number is another; nothing was
                sent.
            ConfigurationError: PyYAML is not installed.
            OSError: The file cannot be read.
            CloudError: The actual state could not be read; nothing was changed.
        """
        from clickhouse_cloud_async.fleet.confirmation import confirmation

        check = confirmation(confirm, "resources", dry_run=False)
        plan = await self.plan(desired, destroy=True)
        check(len(plan.removals))
        return await self.apply(
            plan, allow_delete=True, timeout=timeout, on_progress=on_progress, report=report
        )

    async def adopt(self, fleet: str, name: str, *, kind: str = "services") -> str:
        """Make a resource that was made elsewhere a part of a fleet, without changing it otherwise.

        Args:
            fleet: The name of the fleet.
            name: Name or ID of the resource.
            kind: Its kind; only services carry the mark of their fleet.

        Returns:
            Its ID.

        Raises:
            InvalidArgumentError: Its kind carries no mark, another fleet has it, or there are
                several of the name.
            NotFoundError: There is none.
            CloudError: The API cannot be asked, or refuses.
        """
        from clickhouse_cloud_async.apis.clickhouse.resources.kinds import ENGINE

        if not fleet:
            raise InvalidArgumentError("fleet: the name is empty")
        return await ENGINE.mark(self._members, kind, name, fleet)

    async def forget(self, name: str, *, kind: str = "services") -> str:
        """Let a resource be a part of no fleet any more; it stays as it is.

        Args:
            name: Name or ID of the resource.
            kind: Its kind; only services carry the mark of their fleet.

        Returns:
            Its ID.

        Raises:
            InvalidArgumentError: Its kind carries no mark, or there are several of the name.
            NotFoundError: There is none.
            CloudError: The API cannot be asked, or refuses.
        """
        from clickhouse_cloud_async.apis.clickhouse.resources.kinds import ENGINE

        return await ENGINE.mark(self._members, kind, name, None)

    async def rename(self, name: str, new_name: str, *, kind: str = "services") -> str:
        """Give a resource another name; it keeps its ID, its contents and its fleet.

        Change its name in the document, too: a plan of the old one would create it anew.

        Args:
            name: Name of the resource, after that of its service and a slash where it lives in
                one; or its ID.
            new_name: Its new name.
            kind: Its kind, such as ``services`` or ``api_keys``.

        Returns:
            Its ID.

        Raises:
            InvalidArgumentError: The new name is taken or empty, nothing changes the name of such a
                resource, or there are several of the old name.
            NotFoundError: There is none.
            CloudError: The API cannot be asked, or refuses.
        """
        from clickhouse_cloud_async.apis.clickhouse.resources.kinds import ENGINE

        return await ENGINE.rename(self._members, kind, name, new_name)

    async def schema(self) -> dict[str, Any]:
        """Return a JSON Schema of documents, for completion in editors."""
        from clickhouse_cloud_async.apis.clickhouse.resources.desired_fleet import DesiredFleet

        return await asyncio.to_thread(DesiredFleet.schema)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._members)} clients>"


async def _description(desired: Desired) -> Description:
    """Return what is described, read from files where it stands there."""
    from clickhouse_cloud_async.apis.clickhouse.resources.desired_fleet import DesiredFleet
    from clickhouse_cloud_async.desired.description import Description

    if isinstance(desired, Description):
        return desired
    if not isinstance(desired, DesiredFleet):
        desired = await asyncio.to_thread(DesiredFleet.load, desired)
    return desired.description
