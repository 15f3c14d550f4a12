"""The parts of the sync fleet that are not generated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.functions import checked_function
from clickhouse_cloud_async.core.sync import run
from clickhouse_cloud_async.core.sync_client import SyncAPIClient, original_of, view_of
from clickhouse_cloud_async.core.sync_threads import Threads

from .fleet import AsyncFleet

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable
    from typing import Self

    from clickhouse_cloud_async.apis.omnistrate.extensions.directory import Place
    from clickhouse_cloud_async.apis.omnistrate.models.instances import Instance
    from clickhouse_cloud_async.apis.omnistrate.sync.client import Omnistrate
    from clickhouse_cloud_async.fleet.progress import FleetProgress
    from clickhouse_cloud_async.fleet.report import MemberFailure, Report
    from clickhouse_cloud_async.fleet.run import OnError

    from .instance import AsyncFleetInstance
    from .selection import AsyncSelection

MOST_THREADS = 256
"""Maximum number of concurrent threads of `map`, also if `at_once` is larger."""


@attrs.frozen(kw_only=True)
class FleetInstance:
    """An instance of a fleet, and its client.

    Attributes:
        instance: The instance as it was when it was listed.
        place: Its service, plan and resource; None if no available plan has it.
        account: Name of the account with access to it.
        cloud: The client.
    """

    instance: Instance
    place: Place | None
    account: str
    cloud: Omnistrate = attrs.field(repr=False, eq=False)


def without_await(each: AsyncFleetInstance) -> FleetInstance:
    """Return the sync view of an instance of a fleet.

    Args:
        each: The service of the async fleet.
    """
    from clickhouse_cloud_async.apis.omnistrate.sync.client import Omnistrate

    return FleetInstance(
        instance=each.instance,
        place=each.place,
        account=each.account,
        cloud=view_of(Omnistrate, each.cloud),
    )


class SyncFleet:
    """Base class of the sync fleet; the generated subclass adds the other methods."""

    _async: AsyncFleet

    def __init__(self, original: AsyncFleet) -> None:
        self._async = original

    @classmethod
    def of(cls, clients: Iterable[Omnistrate]) -> Self:
        """Join the instances of several clients.

        Args:
            clients: At least one client.

        Returns:
            The fleet.

        Raises:
            InvalidArgumentError: There is no client, or an item is not a sync client.
        """
        members = tuple(clients) if isinstance(clients, Iterable) else (clients,)
        for member in members:
            if not isinstance(member, SyncAPIClient):
                kind = type(member).__name__
                raise InvalidArgumentError(f"clients: expected sync clients, found {kind}")
        return cls(AsyncFleet.of(map(original_of, members)))

    @property
    def members(self) -> tuple[Omnistrate, ...]:
        """The clients."""
        from clickhouse_cloud_async.apis.omnistrate.sync.client import Omnistrate

        return tuple(view_of(Omnistrate, member) for member in self._async.members)

    def __repr__(self) -> str:
        return repr(self._async).replace("Async", "", 1)


class SyncSelection:
    """Base class of the sync selection; the generated subclass adds the other methods."""

    _async: AsyncSelection

    def __init__(self, original: AsyncSelection) -> None:
        self._async = original

    def list(
        self,
        *,
        timeout: float | None = None,
        failures: builtins.list[MemberFailure] | None = None,
    ) -> builtins.list[FleetInstance]:
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
        found = run(self._async.list, timeout=timeout, failures=failures)
        return [without_await(each) for each in found]

    def map(
        self,
        function: Callable[[FleetInstance], Any],
        *,
        at_once: int = 20,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Call a function with each instance, in threads.

        Requests that it sends with the service's client respect the rate limit and are counted. Its
        return value is the result of the outcome; if it raises, the outcome is a failure. At the
        timeout or on Ctrl-C, its calls are cancelled, and it cannot make others.

        Args:
            function: The function.
            at_once: Maximum number of concurrent calls per client.
            timeout: Seconds for the whole action, None for no limit.
            on_error: Whether to ``continue`` with the remaining instances after one has failed, or
                to ``stop``. Services that have received a request are still finished.
            dry_run: Whether to report which requests would be sent, without sending them.
            on_progress: Called on each change of an instance.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            The report, with the outcome of each instance.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
        """
        checked_function("function", function)
        with Threads(MOST_THREADS) as threads:

            async def call(each: AsyncFleetInstance) -> Any:
                return await threads.call(function, without_await(each))

            return run(
                self._async.map,
                call,
                at_once=at_once,
                timeout=timeout,
                on_error=on_error,
                dry_run=dry_run,
                on_progress=on_progress,
                report=report,
            )

    def __repr__(self) -> str:
        return repr(self._async).replace("Async", "", 1)
