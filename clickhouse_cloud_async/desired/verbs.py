"""The actions on desired state: plan, apply, watch, export, delete."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.fleet.report import Report
from clickhouse_cloud_async.fleet.run import OnError, Options

from .looking import MAX_AGE, LookOptions
from .resource_verbs import AsyncResourceVerbs

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterator,
        Awaitable,
        Callable,
        Collection,
        Mapping,
    )
    from os import PathLike

    from clickhouse_cloud_async.fleet.progress import FleetProgress

    from .description import Description
    from .document import Desired
    from .drift import FleetDrift
    from .export import Exported
    from .looking import LookProgress
    from .plan import Plan


class AsyncDesiredVerbs(AsyncResourceVerbs):
    """The actions on desired state, for any API."""

    async def plan(
        self,
        desired: Desired,
        *,
        only: Collection[str] | None = None,
        targets: Collection[str] | None = None,
        destroy: bool = False,
        resend: Collection[str] = (),
        wake: bool = False,
        since: str | PathLike[str] | None = None,
        max_age: float = MAX_AGE,
        on_progress: Callable[[LookProgress], object] | None = None,
    ) -> Plan:
        """Compare the desired state with the actual state; nothing is changed.

        Only kinds, resources and fields in the description are compared. Most kinds are listed with
        one request for each client, or one for each parent; `look_requests` returns their number.

        Args:
            desired: The desired state, or the paths of YAML files or folders that describe it.
            only: The kinds to plan, such as ``roles``; None for all.
            targets: The resources to plan, as ``kind/name``, together with their dependencies; None
                for all.
            destroy: Whether to plan the deletion of all described resources.
            resend: Resources whose secrets are sent again, as ``kind/name``. Secrets cannot be
                compared.
            wake: Whether idle resources may be woken to read from them.
            since: A file with results of earlier plans, which is updated. Results in it are read
                again only if the API reports a change. For kinds whose changes the API does not
                report, the plan states the age of the results. None to read everything.
            max_age: Seconds after which results in the file are read again in any case.
            on_progress: Called with the estimated number of requests before the first one, and
                then as requests are completed.

        Returns:
            The plan: the changes that lead to the desired state, in order.

        Raises:
            DescriptionError: The file has errors; the message lists each with line and reason.
            InvalidArgumentError: There is no such kind, a resource is described in an organisation
                of none of the clients, or ``since`` is another kind of file.
            ConfigurationError: PyYAML is not installed.
            OSError: A file cannot be read or written.
            CloudError: The actual state could not be read.
        """
        from .plan import PlanOptions

        options = PlanOptions(
            only=None if only is None else frozenset(only),
            targets=None if targets is None else frozenset(targets),
            destroy=destroy,
            resend=frozenset(resend),
            wake=wake,
        )
        looking = LookOptions(since=since, max_age=max_age, on_progress=on_progress)
        described = await self._description(desired)
        return await self._engine.plan(self.members, described, options, looking)

    async def look_requests(
        self,
        desired: Desired,
        *,
        only: Collection[str] | None = None,
        targets: Collection[str] | None = None,
    ) -> int:
        """Return the estimated number of requests of `plan`, without sending them.

        Args:
            desired: As for `plan`.
            only: As for `plan`.
            targets: As for `plan`.

        Returns:
            The number of requests.

        Raises:
            DescriptionError: The file has errors; the message lists each with line and reason.
            InvalidArgumentError: There is no such kind, or a resource is described in an
                organisation that no client reaches.
            ConfigurationError: PyYAML is not installed.
            OSError: The file cannot be read.
            CloudError: The organisations of the clients could not be read.
        """
        from .plan import PlanOptions

        options = PlanOptions(
            only=None if only is None else frozenset(only),
            targets=None if targets is None else frozenset(targets),
        )
        described = await self._description(desired)
        return await self._engine.look_requests(self.members, described, options)

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

        The actual state is read first; if the plan was made with ``since``, only where something is
        going to change. Changes that were made in the meantime are not made again. A resource that
        needs a change that the plan does not contain is not changed, and its outcome gives the
        reason. Each resource is followed until its transition is finished. If the call is
        interrupted, plan and apply again: nothing is created twice.

        The result of a created resource is the secret that the API shows only once, such as the
        initial password of a service or the secret of an API key.

        Args:
            plan: The plan.
            allow_delete: Whether to delete resources that the plan removes, or the kinds of those
                to delete; others are kept and reported as ``not_sent``.
            parallel: Maximum number of resources per client with requests in flight.
            timeout: Seconds for the whole action, None for no limit. In any case, a resource that
                has not reached the expected state half an hour after its command is no longer
                followed.
            on_error: Whether to ``continue`` with the remaining resources after one has failed, or
                to ``stop``. Resources that have received a request are still finished.
            on_progress: Called on each change of a resource.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each resource of the plan.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
            ConfigurationError: A secret that the document refers to is missing; nothing was sent.
            OSError: The file of the plan cannot be written; nothing was changed.
            CloudError: The actual state could not be read; nothing was changed.
        """
        from .plan import Plan

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
        return await self._engine.apply(
            self.members, plan, options, allow_delete=allowed, parallel=parallel
        )

    async def drift(
        self,
        desired: Desired,
        *,
        only: Collection[str] | None = None,
        targets: Collection[str] | None = None,
        wake: bool = False,
        since: str | PathLike[str] | None = None,
        max_age: float = MAX_AGE,
        on_progress: Callable[[LookProgress], object] | None = None,
    ) -> FleetDrift:
        """Return the differences between the actual and the desired state.

        Args:
            desired: As for `plan`.
            only: As for `plan`.
            targets: As for `plan`.
            wake: As for `plan`.
            since: As for `plan`.
            max_age: As for `plan`.
            on_progress: As for `plan`.

        Returns:
            The drift, with the plan that removes it.

        Raises:
            DescriptionError: The file has errors; the message lists each with line and reason.
            InvalidArgumentError: There is no such kind, a resource is described in an organisation
                of none of the clients, or ``since`` is another kind of file.
            ConfigurationError: PyYAML is not installed.
            OSError: A file cannot be read or written.
            CloudError: The actual state could not be read.
        """
        from .drift import FleetDrift

        plan = await self.plan(
            desired,
            only=only,
            targets=targets,
            wake=wake,
            since=since,
            max_age=max_age,
            on_progress=on_progress,
        )
        return FleetDrift(plan=plan)

    async def watch_drift(
        self,
        desired: Desired,
        *,
        only: Collection[str] | None = None,
        targets: Collection[str] | None = None,
        every: float = 300.0,
        since: str | PathLike[str] | None = None,
        max_age: float = MAX_AGE,
    ) -> AsyncIterator[FleetDrift]:
        """Watch for drift: yield the current drift, and then each change of it.

        A comparison that fails is repeated after the interval.

        Args:
            desired: As for `plan`; a file is read once.
            only: As for `plan`.
            targets: As for `plan`.
            every: Seconds between two comparisons; `look_requests` returns how many requests one
                takes.
            since: As for `plan`; later comparisons read only what has changed.
            max_age: As for `plan`.

        Yields:
            The drift, whenever it has changed.

        Raises:
            DescriptionError: The file has errors; the message lists each with line and reason.
            InvalidArgumentError: There is no such kind, a resource is described in an organisation
                of none of the clients, ``since`` is another kind of file, or the interval is not a
                positive number.
            ConfigurationError: PyYAML is not installed.
            OSError: A file cannot be read or written.
            CloudError: The actual state could not be read at first.
        """
        from .drift import changes_of

        described = await self._description(desired)

        def look() -> Awaitable[FleetDrift]:
            return self.drift(described, only=only, targets=targets, since=since, max_age=max_age)

        drifts = changes_of(look, every)
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
        wake: bool = False,
        since: str | PathLike[str] | None = None,
        max_age: float = MAX_AGE,
        on_progress: Callable[[LookProgress], object] | None = None,
    ) -> Exported:
        """Describe the existing resources, so that a plan of the description is empty.

        The description has no values that responses do not show, such as passwords, and no fields
        that take a request for each resource, such as the upgrade window of a service.

        Args:
            name: The name of the fleet that is described.
            only: The kinds to export; None for the kinds that one request lists in full.
            names: One or more patterns of names, such as ``etl-*``. Resources that match are
                exported with their children.
            tags: Values of tags by key, None for any value; labels are tags without a value. Only
                resources with these tags are exported, with their children.
            wake: Whether idle resources may be woken to be read.
            since: As for `plan`; `Exported.notes` states the age of the results.
            max_age: As for `plan`.
            on_progress: As for `plan`. The number of requests is not known before the parent
                resources are listed.

        Returns:
            The description, and notes about missing parts.

        Raises:
            InvalidArgumentError: There is no such kind, or ``since`` is another kind of file.
            OSError: A file cannot be read or written.
            CloudError: The actual state could not be read.
        """
        from .export import Selection

        patterns = (names,) if isinstance(names, str) else names
        selection = Selection(
            only=None if only is None else frozenset(only),
            names=None if patterns is None else tuple(patterns),
            tags=tags,
        )
        looking = LookOptions(since=since, max_age=max_age, on_progress=on_progress)
        return await self._engine.export(self.members, name, selection, looking, wake=wake)

    async def destroy(
        self,
        desired: Desired,
        *,
        confirm: int,
        timeout: float | None = None,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Delete all described resources, dependants first.

        If resources of a kind carry the mark of their fleet, such as the tag of services, only
        those with the mark are deleted.

        Args:
            desired: As for `plan`.
            confirm: The number of resources that are deleted. If there are more or fewer, nothing
                is sent. ``plan(desired, destroy=True)`` shows them.
            timeout: As for `apply`.
            on_progress: As for `apply`.
            report: As for `apply`.

        Returns:
            The report, with the outcome of each resource.

        Raises:
            DescriptionError: The file has errors; the message lists each with line and reason.
            InvalidArgumentError: An argument is invalid, or the number differs; nothing was sent.
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

    async def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of documents, for completion in editors."""
        return await asyncio.to_thread(self._engine.schema)

    async def _description(self, desired: Desired) -> Description:
        """Return the description, read from files if it is in files."""
        from .description import Description
        from .document import DesiredDocument
        from .files import load_files

        if isinstance(desired, DesiredDocument):
            return desired.description
        if isinstance(desired, Description):
            return desired
        return await asyncio.to_thread(load_files, self._engine.kinds, desired)
