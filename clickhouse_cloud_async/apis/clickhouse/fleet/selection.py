"""A selection of services, and the actions on all of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.models.services import (
    ServicePatchRequest,
    ServiceReplicaScalingPatchRequest,
)
from clickhouse_cloud_async.core.arguments import checked_timeout
from clickhouse_cloud_async.core.values import UNSET
from clickhouse_cloud_async.fleet.confirmation import confirmation
from clickhouse_cloud_async.fleet.engine import carry_out
from clickhouse_cloud_async.fleet.mapping import mapping
from clickhouse_cloud_async.fleet.report import Report
from clickhouse_cloud_async.fleet.run import OnError, Options, Run

from . import actions
from .awake import STOP_TIME, keep_awake
from .criteria import Criteria
from .service import SERVICES, find_services

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from clickhouse_cloud_async.apis.clickhouse.client import AsyncClickHouseCloud
    from clickhouse_cloud_async.apis.clickhouse.models.common import (
        AutoscalingMode,
        AutoscalingModeText,
    )
    from clickhouse_cloud_async.apis.clickhouse.models.services import (
        InstancePrivateEndpointsPatch,
        InstanceTagsPatch,
        IpAccessListPatch,
        ReleaseChannel,
        ReleaseChannelText,
        ServiceEndpointChange,
    )
    from clickhouse_cloud_async.core.values import OpenText, Unset
    from clickhouse_cloud_async.fleet.progress import FleetProgress
    from clickhouse_cloud_async.fleet.report import MemberFailure
    from clickhouse_cloud_async.fleet.steps import Action

    from .events import FleetEvent
    from .service import AsyncFleetService


class AsyncSelection:
    """Services of a fleet, which each action lists again.

    An action lists the services with one request per client, sends the requests that they need
    concurrently within the rate limits, and reports the outcome of each. No request is sent for a
    service that needs none.

    Args:
        members: The clients of the fleet.
        criteria: Criteria that select services.
    """

    def __init__(self, members: Sequence[AsyncClickHouseCloud], criteria: Criteria) -> None:
        self._members = members
        self._criteria = criteria

    @property
    def criteria(self) -> Criteria:
        """Criteria that select services."""
        return self._criteria

    async def list(
        self,
        *,
        timeout: float | None = None,
        failures: builtins.list[MemberFailure] | None = None,
    ) -> builtins.list[AsyncFleetService]:
        """List the services, with one request per client.

        Args:
            timeout: Seconds for the whole action, None for no limit.
            failures: If given, clients that fail are added to this list, and the services of the
                others are returned.

        Returns:
            The services in the order of the clients.

        Raises:
            CloudError: The services of a client cannot be listed.
        """
        found, failed = await find_services(self._members, self._criteria, checked_timeout(timeout))
        if failures is not None:
            failures += failed
        elif failed:
            raise failed[0].error
        return found

    def watch(self, *, every: float = 10.0, initial: bool = False) -> AsyncIterator[FleetEvent]:
        """Watch the services: iterate over the changes of their states and settings.

        An event is reported if the service matches the criteria before or after it. Every
        difference between two polls is reported; if polls fail or are late, an event of kind
        ``gap`` gives its beginning and end.

        All watches of an organisation by the same client share polls. Events are queued without
        limit until they are consumed.

        Args:
            every: Polling interval in seconds. The rate limit may make it longer; other watches
                and waits make it shorter.
            initial: Whether services found by the first poll are reported as ``appeared``.

        Returns:
            An endless iterator of events. If one of several clients can no longer poll, a final gap
            is reported, and the watch continues with the others.

        Raises:
            InvalidArgumentError: The interval is not a positive number.
            CloudError: None of the clients can poll any more.
        """
        from clickhouse_cloud_async.fleet.watch import watch_members

        return watch_members(SERVICES, self._members, self._criteria, every=every, initial=initial)

    async def start(
        self,
        *,
        wait: bool = False,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Start stopped services.

        Idle services count as started.

        Args:
            wait: Whether to follow each service until its transition has finished.
            timeout: Seconds for the whole action, None for no limit. In any case, a service that
                has not reached the expected state half an hour after its command is no longer
                followed.
            on_error: Whether to ``continue`` with the remaining services after one has failed, or
                to ``stop``. Services that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of a service.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each service.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
        """
        return await self._carry_out(
            actions.START,
            wait=wait,
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=report,
        )

    async def stop(
        self,
        *,
        wait: bool = False,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Stop running and idle services.

        Args:
            wait: Whether to follow each service until its transition has finished.
            timeout: Seconds for the whole action, None for no limit. In any case, a service that
                has not reached the expected state half an hour after its command is no longer
                followed.
            on_error: Whether to ``continue`` with the remaining services after one has failed, or
                to ``stop``. Services that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of a service.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each service.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
        """
        return await self._carry_out(
            actions.STOP,
            wait=wait,
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=report,
        )

    async def wake(
        self,
        *,
        wait: bool = False,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Wake idle services; stopped services stay stopped.

        Args:
            wait: Whether to follow each service until its transition has finished.
            timeout: Seconds for the whole action, None for no limit. In any case, a service that
                has not reached the expected state half an hour after its command is no longer
                followed.
            on_error: Whether to ``continue`` with the remaining services after one has failed, or
                to ``stop``. Services that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of a service.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each service.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
        """
        return await self._carry_out(
            actions.WAKE,
            wait=wait,
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=report,
        )

    def awake(
        self,
        *,
        stop_again: bool = False,
        timeout: float | None = 1800.0,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
        stop_report: Report | None = None,
    ) -> AbstractAsyncContextManager[Report]:
        """Run a block of code while all services run; start or wake them if necessary.

        Use it as a context manager. The block is entered when all services run. If one does not
        start, it is not entered.

        With `stop_again`, services that this call has started are stopped at the end, also if the
        block raises or is cancelled, or is not entered. Services that were running or idle before
        are not stopped. Each is followed until it is stopped, for at most half an hour.

        Args:
            stop_again: Whether to stop services again that were stopped before.
            timeout: Seconds until all services run, None for no limit.
            on_progress: Called on each change of a service while they start.
            report: An empty report of the start that is filled in as it runs, so that it is
                available even if the block is cancelled.
            stop_report: The same for stopping them again.

        Returns:
            A context manager, which returns the report of the start.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
            FleetError: Not all services run, or not all could be stopped again; the error contains
                the report.

        Example:
            >>> async with cloud.fleet.select(tags={"env": "dev"}).awake(stop_again=True) as report:
            ...     print(report)
        """
        started = Report() if report is None else report

        async def stop(service_ids: frozenset[str]) -> Report:
            chosen = Criteria(where=lambda service: service.id in service_ids)
            return await AsyncSelection(self._members, chosen).stop(
                wait=True, timeout=STOP_TIME, report=stop_report
            )

        start = partial(
            self._carry_out,
            actions.AWAKE,
            wait=True,
            timeout=timeout,
            on_error="continue",
            dry_run=False,
            on_progress=on_progress,
            report=started,
        )
        return keep_awake(started, start, stop if stop_again else None)

    async def scale(
        self,
        *,
        min_replica_memory_gb: float | Unset = UNSET,
        max_replica_memory_gb: float | Unset = UNSET,
        autoscaling_mode: AutoscalingMode | AutoscalingModeText | OpenText | Unset = UNSET,
        num_replicas: int | Unset = UNSET,
        min_replicas: int | Unset = UNSET,
        max_replicas: int | Unset = UNSET,
        idle_scaling: bool | Unset = UNSET,
        idle_timeout_minutes: float | Unset = UNSET,
        wait: bool = False,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Change the scaling of services: memory per replica, number of replicas, idling.

        Nothing is sent for services that have these settings already. With ``wait=True`` each
        service is followed until the new size is in effect. While a scaling schedule is active, the
        size of the schedule stays in effect.

        Args:
            min_replica_memory_gb: Minimum memory of each replica, in GB. 8 to 356, a multiple of 4.
            max_replica_memory_gb: Maximum memory of each replica, in GB. 8 to 356, a multiple of 4.
            autoscaling_mode: Whether scaling changes the memory of the replicas or their number.
            num_replicas: Number of replicas; for vertical autoscaling. 1 to 20.
            min_replicas: Minimum number of replicas; for horizontal autoscaling, together with the
                maximum. 1 to 20.
            max_replicas: Maximum number of replicas; for horizontal autoscaling, together with the
                minimum. 1 to 20.
            idle_scaling: Whether the service may go idle when there are no queries.
            idle_timeout_minutes: Minutes without queries after which the service goes idle. At
                least 5.
            wait: Whether to follow each service until its transition has finished.
            timeout: Seconds for the whole action, None for no limit. In any case, a service that
                has not reached the expected state half an hour after its command is no longer
                followed.
            on_error: Whether to ``continue`` with the remaining services after one has failed, or
                to ``stop``. Services that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of a service.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each service.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
        """
        return await self._carry_out(
            actions.scaling(
                ServiceReplicaScalingPatchRequest(
                    min_replica_memory_gb=min_replica_memory_gb,
                    max_replica_memory_gb=max_replica_memory_gb,
                    autoscaling_mode=autoscaling_mode,
                    num_replicas=num_replicas,
                    min_replicas=min_replicas,
                    max_replicas=max_replicas,
                    idle_scaling=idle_scaling,
                    idle_timeout_minutes=idle_timeout_minutes,
                )
            ),
            wait=wait,
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=report,
        )

    async def update(
        self,
        *,
        name: str | Unset = UNSET,
        ip_access_list: IpAccessListPatch | Mapping[str, object] | Unset = UNSET,
        private_endpoint_ids: InstancePrivateEndpointsPatch | Mapping[str, object] | Unset = UNSET,
        release_channel: ReleaseChannel | ReleaseChannelText | OpenText | Unset = UNSET,
        endpoints: Sequence[ServiceEndpointChange | Mapping[str, object]] | Unset = UNSET,
        transparent_data_encryption_key_id: str | Unset = UNSET,
        tags: InstanceTagsPatch | Mapping[str, object] | Unset = UNSET,
        enable_core_dumps: bool | Unset = UNSET,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Change settings of services; omitted fields keep their values.

        Nothing is sent for services that have these settings already. In lists, removals are
        applied before additions.

        Args:
            name: Name of the service. 1 to 50 characters.
            ip_access_list: IP access list entries to add or remove.
            private_endpoint_ids: IDs of private endpoints to attach or detach.
            release_channel: How early the service gets new ClickHouse releases.
            endpoints: Network endpoints to enable or disable.
            transparent_data_encryption_key_id: ID of the key to rotate to for transparent data
                encryption.
            tags: Tags to add or remove.
            enable_core_dumps: Whether ClickHouse may write core dumps; disabling them for
                the organisation disables them for every service.
            timeout: Seconds for the whole action, None for no limit.
            on_error: Whether to ``continue`` with the remaining services after one has failed, or
                to ``stop``. Services that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of a service.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each service.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
        """
        return await self._carry_out(
            actions.updating(
                ServicePatchRequest(
                    name=name,
                    ip_access_list=ip_access_list,
                    private_endpoint_ids=private_endpoint_ids,
                    release_channel=release_channel,
                    endpoints=endpoints,
                    transparent_data_encryption_key_id=transparent_data_encryption_key_id,
                    tags=tags,
                    enable_core_dumps=enable_core_dumps,
                )
            ),
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=report,
        )

    async def restart(
        self,
        *,
        wait: bool = False,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Stop running and idle services, and start them again.

        Each service is followed until it has stopped in any case. Stopped services stay stopped.

        Args:
            wait: Whether to follow each service until its transition has finished.
            timeout: Seconds for the whole action, None for no limit. In any case, a service that
                has not reached the expected state half an hour after its command is no longer
                followed.
            on_error: Whether to ``continue`` with the remaining services after one has failed, or
                to ``stop``. Services that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of a service.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each service.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
        """
        return await self._carry_out(
            actions.RESTART,
            wait=wait,
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=report,
        )

    async def reset_passwords(
        self,
        *,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Reset the password of the default user of each service to a generated one.

        The new passwords are the results of the outcomes, as secrets. If a response is lost, the
        outcome is ``unknown``, and the password cannot be retrieved: reset it again.

        Args:
            timeout: Seconds for the whole action, None for no limit.
            on_error: Whether to ``continue`` with the remaining services after one has failed, or
                to ``stop``. Services that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of a service.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each service.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
        """
        return await self._carry_out(
            actions.RESET_PASSWORDS,
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=report,
        )

    async def delete(
        self,
        *,
        confirm: int | None = None,
        wait: bool = False,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Delete services; running services are stopped first.

        The API does not delete a running service, so it is followed until it has stopped in any
        case. The API may refuse to delete it for a while after that; the deletion is retried for up
        to 15 minutes. The secondary services of a warehouse are deleted before its primary one.

        Args:
            confirm: Number of services to delete; if another number is found, nothing is sent.
                Required unless it is a dry run.
            wait: Whether to follow each service until its transition has finished.
            timeout: Seconds for the whole action, None for no limit. In any case, a service that
                has not reached the expected state half an hour after its command is no longer
                followed.
            on_error: Whether to ``continue`` with the remaining services after one has failed, or
                to ``stop``. Services that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of a service.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each service.

        Raises:
            InvalidArgumentError: An argument is invalid, or `confirm` is not the number of
                services; nothing was sent.
        """
        return await self._carry_out(
            actions.DELETE,
            wait=wait,
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=report,
            check=confirmation(confirm, "services", dry_run=dry_run),
        )

    async def map(
        self,
        function: Callable[[AsyncFleetService], Awaitable[Any]],
        *,
        at_once: int = 20,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Call an async function with each service.

        Requests that it sends with the service's client respect the rate limit and are counted. Its
        return value is the result of the outcome; if it raises, the outcome is a failure.

        Args:
            function: The function.
            at_once: Maximum number of concurrent calls per client.
            timeout: Seconds for the whole action, None for no limit.
            on_error: Whether to ``continue`` with the remaining services after one has failed, or
                to ``stop``. Services that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of a service.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each service.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
        """
        return await self._carry_out(
            mapping(function, at_once),
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=report,
        )

    async def _carry_out(
        self,
        action: Action,
        *,
        timeout: float | None,
        on_error: OnError,
        dry_run: bool,
        on_progress: Callable[[FleetProgress], object] | None,
        report: Report | None,
        wait: bool = False,
        check: Callable[[int], None] | None = None,
    ) -> Report:
        options = Options(
            wait=wait,
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=Report() if report is None else report,
        )
        run = Run(action, options, SERVICES)
        return await carry_out(run, self._members, self._criteria, check)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._members)} clients: {self._criteria}>"
