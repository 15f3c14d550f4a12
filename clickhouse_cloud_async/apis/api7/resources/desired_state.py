"""What a control plane holds, as it is described: planned, applied, exported."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.fleet.report import Report
from clickhouse_cloud_async.fleet.run import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import Any

    from clickhouse_cloud_async.apis.api7.client import AsyncAPI7Cloud
    from clickhouse_cloud_async.desired.description import Description
    from clickhouse_cloud_async.desired.export import Exported
    from clickhouse_cloud_async.desired.plan import Plan
    from clickhouse_cloud_async.desired.sources import Source
    from clickhouse_cloud_async.fleet.progress import FleetProgress
    from clickhouse_cloud_async.fleet.run import OnError


class AsyncDesiredState:
    """The desired state of a client's control plane: applications, APIs, consumers and the rest.

    Args:
        client: The client, whose control plane it is.
    """

    def __init__(self, client: AsyncAPI7Cloud) -> None:
        self._client: AsyncAPI7Cloud = client

    async def plan(
        self,
        desired: Description | Source | Iterable[Source],
        *,
        only: Collection[str] | None = None,
        destroy: bool = False,
    ) -> Plan:
        """Compare what is described with what there is; nothing is changed.

        Only the kinds that the document names are listed, and of them only the fields that it
        names are compared.

        Args:
            desired: YAML files or folders with them, or what `export` has returned.
            only: The kinds to plan; None for all.
            destroy: Whether everything that is described is to be deleted.

        Returns:
            The plan; print it, or pass it to `apply`.

        Raises:
            DescriptionError: The file has errors; the message lists each with line and reason.
            InvalidArgumentError: There is no such kind.
            ConfigurationError: PyYAML is not installed.
            OSError: The file cannot be read.
            CloudError: The actual state could not be read.

        Example:
            >>> desired = AsyncDesiredState(cloud)
            >>> report = await desired.apply(await desired.plan("gateway.yaml"))
        """
        from clickhouse_cloud_async.apis.api7.resources.kinds import ENGINE
        from clickhouse_cloud_async.desired.plan import PlanOptions

        options = PlanOptions(only=None if only is None else frozenset(only), destroy=destroy)
        return await ENGINE.plan([self._client], await _description(desired), options)

    async def apply(
        self,
        plan: Plan,
        *,
        allow_delete: bool | Collection[str] = False,
        timeout: float | None = None,
        on_error: OnError = "continue",
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Apply a plan as far as it still holds.

        The actual state is read first. What has changed in the meantime is not done again, and what
        the plan does not contain is not done. After an interruption, plan and apply again.

        Args:
            plan: The plan.
            allow_delete: Whether to delete what the plan removes, or the kinds of that.
            timeout: Seconds for all of it, None for no limit.
            on_error: Whether to ``continue`` with the rest after a failure, or to ``stop``.
            on_progress: Called on each change of a resource.
            report: An empty report that is filled in on the way, so that it is available even if
                the call is cancelled.

        Returns:
            The report, with the outcome of each resource of the plan.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
            CloudError: The actual state could not be read; nothing was changed.
        """
        from clickhouse_cloud_async.apis.api7.resources.kinds import ENGINE
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
        return await ENGINE.apply([self._client], plan, options, allow_delete=allowed)

    async def export(self, name: str, *, only: Collection[str] | None = None) -> Exported:
        """Describe what there is; a plan of the description is empty.

        Args:
            name: The name of what is described.
            only: The kinds to export; None for those of which one list shows all.

        Returns:
            The description, without secrets, and what it lacks.

        Raises:
            InvalidArgumentError: There is no such kind.
            CloudError: The actual state could not be read.
        """
        from clickhouse_cloud_async.apis.api7.resources.kinds import ENGINE
        from clickhouse_cloud_async.desired.export import Selection

        selection = Selection(only=None if only is None else frozenset(only))
        return await ENGINE.export([self._client], name, selection)

    async def schema(self) -> dict[str, Any]:
        """Return a JSON Schema of documents, for completion in editors."""
        from clickhouse_cloud_async.apis.api7.resources.kinds import KINDS
        from clickhouse_cloud_async.desired.schema import schema_of

        return await asyncio.to_thread(schema_of, KINDS, "A control plane of API7 Cloud")


async def _description(desired: Description | Source | Iterable[Source]) -> Description:
    """Return what is described, read from files where it stands there."""
    from clickhouse_cloud_async.apis.api7.resources.kinds import KINDS
    from clickhouse_cloud_async.desired.description import Description
    from clickhouse_cloud_async.desired.files import load_files

    if isinstance(desired, Description):
        return desired
    return await asyncio.to_thread(load_files, KINDS, desired)
