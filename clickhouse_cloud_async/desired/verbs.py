"""What can be done with desired state: planned, applied, watched, exported, deleted."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.fleet.report import Report
from clickhouse_cloud_async.fleet.run import OnError, Options

from .looking import MAX_AGE, LookOptions

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterator,
        Awaitable,
        Callable,
        Collection,
        Mapping,
        Sequence,
    )
    from os import PathLike

    from clickhouse_cloud_async.core.client import AsyncAPIClient
    from clickhouse_cloud_async.fleet.progress import FleetProgress

    from .description import Description
    from .document import Desired
    from .drift import FleetDrift
    from .engine import Engine
    from .export import Exported
    from .looking import LookProgress
    from .plan import Plan


class AsyncDesiredVerbs(ABC):
    """The actions on desired state, for any API."""

    @property
    @abstractmethod
    def members(self) -> Sequence[AsyncAPIClient]:
        """The clients."""

    @property
    @abstractmethod
    def _engine(self) -> Engine:
        """The engine of the API, which loads when it is used."""

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
        one request for each client, or one for each resource that they live in; `look_requests`
        returns how many.

        Args:
            desired: The desired state, or the paths of YAML files or folders that describe it.
            only: The kinds to plan, such as ``roles``; None for all.
            targets: The resources to plan, as ``kind/name``, with what they depend on; None for
                all.
            destroy: Whether everything that is described is to go.
            resend: Resources whose secrets are sent again, as ``kind/name``: whether a secret
                differs, nobody can tell.
            wake: Whether idle resources may be woken to look at what is in them.
            since: A file with what earlier looks have found, which this one brings up to date. What
                it knows of a resource is read again only if the API shows a change of it;
                where it shows none of a kind, the plan says how old the knowledge is. None to look
                at everything.
            max_age: Seconds after which what the file knows is read again in any case.
            on_progress: Called before the first request of the look, with about how many there
                are, and then after each part of it.

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

        The actual state is read first, of a plan with ``since`` wherever something is to change.
        Changes made in the meantime are not made again. A resource
        that would need a change that the plan does not contain is left alone, and its
        outcome gives the reason. Each resource is followed until its transition is over. If the
        call is interrupted, plan and apply again: nothing is created twice.

        The result of a created resource is what the API shows only once, such as the initial
        password of a service or the secret of an API key.

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
        """Find out where the actual state has come to differ from the desired state.

        Args:
            desired: As for `plan`.
            only: As for `plan`.
            targets: As for `plan`.
            wake: As for `plan`.
            since: As for `plan`.
            max_age: As for `plan`.
            on_progress: As for `plan`.

        Returns:
            The drift, with the plan that would end it.

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
        """Watch for drift. The first item is what there is at once, each other one a change of it.

        A look that fails is repeated after the interval.

        Args:
            desired: As for `plan`; a file is read once.
            only: As for `plan`.
            targets: As for `plan`.
            every: Seconds between two looks; `look_requests` returns how many requests one takes.
            since: As for `plan`; each look after the first one asks for what has changed.
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
        since: str | PathLike[str] | None = None,
        max_age: float = MAX_AGE,
        on_progress: Callable[[LookProgress], object] | None = None,
    ) -> Exported:
        """Describe what there is; a plan of the description is empty.

        What no response shows is not in it, such as passwords, and neither are fields that take a
        request for each resource, such as the upgrade window of a service.

        Args:
            name: The name of the fleet that is described.
            only: The kinds to export; None for those of which one request shows all.
            names: One or more patterns of names, such as ``etl-*``; what lives in a resource that
                matches comes with it.
            tags: Values of tags by key, None for any value; labels are tags without one. Only what
                has them matches, and what lives in it.
            since: As for `plan`; `Exported.notes` says how old the knowledge is.
            max_age: As for `plan`.
            on_progress: As for `plan`. How many requests there are is not known before the
                resources are listed in which others live.

        Returns:
            The description, and what it lacks.

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
        return await self._engine.export(self.members, name, selection, looking)

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

        Of kinds whose resources carry the mark of their fleet, such as the tag of services, only
        those that carry it are deleted.

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

    async def adopt(self, fleet: str, name: str, *, kind: str | None = None) -> str:
        """Make a resource that was made elsewhere a part of a fleet, without changing it otherwise.

        Args:
            fleet: The name of the fleet.
            name: Name or ID of the resource.
            kind: Its kind, whose resources have to carry the mark of their fleet; None for the main
                kind of the API, such as ``services``.

        Returns:
            Its ID.

        Raises:
            InvalidArgumentError: Its kind carries no mark, another fleet has it, or there are
                several of the name.
            NotFoundError: There is none.
            CloudError: The API cannot be asked, or refuses.
        """
        if not fleet:
            raise InvalidArgumentError("fleet: the name is empty")
        return await self._engine.mark(self.members, kind, name, fleet)

    async def forget(self, name: str, *, kind: str | None = None) -> str:
        """Let a resource be a part of no fleet any more; it stays as it is.

        Args:
            name: Name or ID of the resource.
            kind: As for `adopt`.

        Returns:
            Its ID.

        Raises:
            InvalidArgumentError: Its kind carries no mark, or there are several of the name.
            NotFoundError: There is none.
            CloudError: The API cannot be asked, or refuses.
        """
        return await self._engine.mark(self.members, kind, name, None)

    async def rename(self, name: str, new_name: str, *, kind: str | None = None) -> str:
        """Give a resource another name; it keeps its ID, its contents and its fleet.

        Change its name in the document, too: a plan of the old one would create it anew.

        Args:
            name: Name of the resource, after that of the one that it lives in and a slash where it
                lives in one; or its ID.
            new_name: Its new name.
            kind: Its kind, such as ``api_keys``; None for the main kind of the API, such as
                ``services``.

        Returns:
            Its ID.

        Raises:
            InvalidArgumentError: The new name is taken or empty, nothing changes the name of such a
                resource, or there are several of the old name.
            NotFoundError: There is none.
            CloudError: The API cannot be asked, or refuses.
        """
        return await self._engine.rename(self.members, kind, name, new_name)

    async def schema(self) -> dict[str, Any]:
        """Return a JSON Schema of documents, for completion in editors."""
        return await asyncio.to_thread(self._engine.schema)

    async def _description(self, desired: Desired) -> Description:
        """Return what is described, read from files where it stands there."""
        from .description import Description
        from .document import DesiredDocument
        from .files import load_files

        if isinstance(desired, DesiredDocument):
            return desired.description
        if isinstance(desired, Description):
            return desired
        return await asyncio.to_thread(load_files, self._engine.kinds, desired)
