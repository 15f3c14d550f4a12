"""A selection of instances, and the actions on all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.omnistrate.models.instances import UpdateInstanceRequest
from clickhouse_cloud_async.core.arguments import checked_timeout
from clickhouse_cloud_async.core.values import UNSET, protect_object
from clickhouse_cloud_async.fleet.confirmation import confirmation
from clickhouse_cloud_async.fleet.engine import carry_out
from clickhouse_cloud_async.fleet.mapping import mapping
from clickhouse_cloud_async.fleet.report import Report
from clickhouse_cloud_async.fleet.run import OnError, Options, Run

from . import actions
from .instance import INSTANCES, find_instances

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from clickhouse_cloud_async.apis.omnistrate.client import AsyncOmnistrate
    from clickhouse_cloud_async.apis.omnistrate.models.common import Tag
    from clickhouse_cloud_async.apis.omnistrate.models.dicts import TagDict
    from clickhouse_cloud_async.apis.omnistrate.models.instances import (
        NetworkAccess,
        NetworkAccessText,
    )
    from clickhouse_cloud_async.core.values import OpenText, SecretObject, Unset
    from clickhouse_cloud_async.fleet.progress import FleetProgress
    from clickhouse_cloud_async.fleet.report import MemberFailure
    from clickhouse_cloud_async.fleet.steps import Action

    from .criteria import Criteria
    from .events import InstanceEvent
    from .instance import AsyncFleetInstance


class AsyncSelection:
    """Instances of a fleet, which each action lists again.

    An action lists the instances with one request per client, sends the requests that they need
    concurrently within the rate limits, and reports the outcome of each. No request is sent for
    an instance that needs none.

    Args:
        members: The clients of the fleet.
        criteria: Criteria that select instances.
    """

    def __init__(self, members: Sequence[AsyncOmnistrate], criteria: Criteria) -> None:
        self._members = members
        self._criteria = criteria

    @property
    def criteria(self) -> Criteria:
        """Criteria that select instances."""
        return self._criteria

    async def list(
        self,
        *,
        timeout: float | None = None,
        failures: builtins.list[MemberFailure] | None = None,
    ) -> builtins.list[AsyncFleetInstance]:
        """List the instances, with one request per client.

        Args:
            timeout: Seconds for the whole action, None for no limit.
            failures: If given, clients that fail are added to this list, and the instances of the
                others are returned.

        Returns:
            The instances in the order of the clients.

        Raises:
            CloudError: The instances of a client cannot be listed.
        """
        found, failed = await find_instances(
            self._members, self._criteria, checked_timeout(timeout)
        )
        if failures is not None:
            failures += failed
        elif failed:
            raise failed[0].error
        return found

    def watch(self, *, every: float = 10.0, initial: bool = False) -> AsyncIterator[InstanceEvent]:
        """Watch the instances: iterate over the changes of their states and settings.

        An event is reported if the instance matches the criteria before or after it. Every
        difference between two polls is reported; if polls fail or are late, an event of kind
        ``gap`` gives its beginning and end.

        All watches and waits by the same client share polls. Events are queued without
        limit until they are consumed.

        Args:
            every: Polling interval in seconds. The rate limit may make it longer; other watches
                and waits make it shorter.
            initial: Whether instances found by the first poll are reported as ``appeared``.

        Returns:
            An endless iterator of events. If one of several clients can no longer poll, a final gap
            is reported, and the watch continues with the others.

        Raises:
            InvalidArgumentError: The interval is not a positive number.
            CloudError: None of the clients can poll any more.
        """
        from clickhouse_cloud_async.fleet.watch import watch_members

        return watch_members(INSTANCES, self._members, self._criteria, every=every, initial=initial)

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
        """Start stopped instances.

        Args:
            wait: Whether to follow each instance until its transition has finished.
            timeout: Seconds for the whole action, None for no limit. In any case, an instance that
                has not reached the expected state half an hour after its command is no longer
                followed.
            on_error: Whether to ``continue`` with the remaining instances after one has failed, or
                to ``stop``. Instances that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of an instance.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each instance.

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
        """Stop running instances.

        Args:
            wait: Whether to follow each instance until its transition has finished.
            timeout: Seconds for the whole action, None for no limit. In any case, an instance that
                has not reached the expected state half an hour after its command is no longer
                followed.
            on_error: Whether to ``continue`` with the remaining instances after one has failed, or
                to ``stop``. Instances that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of an instance.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each instance.

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
        """Restart running, failed and completed instances.

        Stopped instances stay stopped.

        Args:
            wait: Whether to follow each instance until its transition has finished.
            timeout: Seconds for the whole action, None for no limit. In any case, an instance that
                has not reached the expected state half an hour after its command is no longer
                followed.
            on_error: Whether to ``continue`` with the remaining instances after one has failed, or
                to ``stop``. Instances that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of an instance.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each instance.

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

    async def update(
        self,
        *,
        parameters: SecretObject | Mapping[str, object] | Unset = UNSET,
        network_type: NetworkAccess | NetworkAccessText | OpenText | Unset = UNSET,
        custom_tags: Sequence[Tag | TagDict] | Unset = UNSET,
        wait: bool = False,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Change parameters, network type or tags of instances; omitted fields keep their values.

        Nothing is sent for instances that have these settings already, as far as the API returns
        them.

        Args:
            parameters: Values of input parameters, by key; they may hold secrets.
            network_type: Whether instances are reached over the internet or over private networks.
            custom_tags: Tags of the cloud resources.
            wait: Whether to follow each instance until its transition has finished.
            timeout: Seconds for the whole action, None for no limit. In any case, an instance that
                has not reached the expected state half an hour after its command is no longer
                followed.
            on_error: Whether to ``continue`` with the remaining instances after one has failed, or
                to ``stop``. Instances that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of an instance.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each instance.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
        """
        parameters = protect_object(parameters)
        return await self._carry_out(
            actions.updating(
                UpdateInstanceRequest(
                    parameters=parameters, network_type=network_type, custom_tags=custom_tags
                )
            ),
            wait=wait,
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=report,
        )

    async def upgrade(
        self,
        *,
        target_version: str | Unset = UNSET,
        wait: bool = False,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Upgrade instances to another version of their plan.

        Nothing is sent for instances that run the version already.

        Args:
            target_version: Version of the plan, such as ``2.0``; by default the preferred one.
            wait: Whether to follow each instance until its transition has finished.
            timeout: Seconds for the whole action, None for no limit. In any case, an instance that
                has not reached the expected state half an hour after its command is no longer
                followed.
            on_error: Whether to ``continue`` with the remaining instances after one has failed, or
                to ``stop``. Instances that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of an instance.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each instance.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
        """
        return await self._carry_out(
            actions.upgrading(target_version),
            wait=wait,
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
        """Delete instances in any stable state.

        The API refuses to delete protected instances.

        Args:
            confirm: Number of instances to delete; if another number is found, nothing is sent.
                Required unless it is a dry run.
            wait: Whether to follow each instance until its transition has finished.
            timeout: Seconds for the whole action, None for no limit. In any case, an instance that
                has not reached the expected state half an hour after its command is no longer
                followed.
            on_error: Whether to ``continue`` with the remaining instances after one has failed, or
                to ``stop``. Instances that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of an instance.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each instance.

        Raises:
            InvalidArgumentError: An argument is invalid, or `confirm` is not the number of
                instances; nothing was sent.
        """
        return await self._carry_out(
            actions.DELETE,
            wait=wait,
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=report,
            check=confirmation(confirm, "instances", dry_run=dry_run),
        )

    async def map(
        self,
        function: Callable[[AsyncFleetInstance], Awaitable[Any]],
        *,
        at_once: int = 20,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Call an async function with each instance.

        Requests that it sends with the instance's client respect the rate limit and are counted.
        Its return value is the result of the outcome; if it raises, the outcome is a failure.

        Args:
            function: The function.
            at_once: Maximum number of concurrent calls per client.
            timeout: Seconds for the whole action, None for no limit.
            on_error: Whether to ``continue`` with the remaining instances after one has failed, or
                to ``stop``. Instances that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of an instance.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each instance.

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
        run = Run(action, options, INSTANCES)
        return await carry_out(run, self._members, self._criteria, check)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._members)} clients: {self._criteria}>"
