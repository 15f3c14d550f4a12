"""What fleets without ``await`` do in another way than by waiting for the async ones."""

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

    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.apis.clickhouse.sync.client import ClickHouseCloud
    from clickhouse_cloud_async.fleet.progress import FleetProgress
    from clickhouse_cloud_async.fleet.report import MemberFailure, Report
    from clickhouse_cloud_async.fleet.run import OnError

    from .selection import AsyncSelection
    from .service import AsyncFleetService

MOST_THREADS = 256
"""How many functions of `map` run at the same time at most, whatever is asked for."""


@attrs.frozen(kw_only=True)
class FleetService:
    """A service of a fleet, and the client that reaches it.

    Attributes:
        service: The service as it was when it was listed.
        organization_id: ID of its organisation.
        cloud: The client.
    """

    service: Service
    organization_id: str
    cloud: ClickHouseCloud = attrs.field(repr=False, eq=False)


def without_await(each: AsyncFleetService) -> FleetService:
    """A service of a fleet as programs without ``await`` see it.

    Args:
        each: As the async fleet sees it.
    """
    from clickhouse_cloud_async.apis.clickhouse.sync.client import ClickHouseCloud

    return FleetService(
        service=each.service,
        organization_id=each.organization_id,
        cloud=view_of(ClickHouseCloud, each.cloud),
    )


class SyncFleet:
    """A fleet without ``await``; the subclass adds the rest."""

    _async: AsyncFleet

    def __init__(self, original: AsyncFleet) -> None:
        self._async = original

    @classmethod
    def of(cls, clients: Iterable[ClickHouseCloud]) -> Self:
        """Join the organisations of several clients.

        Args:
            clients: At least one client.

        Returns:
            The fleet.

        Raises:
            InvalidArgumentError: There is no client, or something is none.
        """
        members = tuple(clients) if isinstance(clients, Iterable) else (clients,)
        for member in members:
            if not isinstance(member, SyncAPIClient):
                kind = type(member).__name__
                raise InvalidArgumentError(f"clients: expected sync clients, found {kind}")
        return cls(AsyncFleet.of(map(original_of, members)))

    @property
    def members(self) -> tuple[ClickHouseCloud, ...]:
        """The clients."""
        from clickhouse_cloud_async.apis.clickhouse.sync.client import ClickHouseCloud

        return tuple(view_of(ClickHouseCloud, member) for member in self._async.members)

    def __repr__(self) -> str:
        return repr(self._async).replace("Async", "", 1)


class SyncSelection:
    """Services of a fleet without ``await``; the subclass adds the rest."""

    _async: AsyncSelection

    def __init__(self, original: AsyncSelection) -> None:
        self._async = original

    def list(
        self,
        *,
        timeout: float | None = None,
        failures: builtins.list[MemberFailure] | None = None,
    ) -> builtins.list[FleetService]:
        """List the services, with one request per client.

        Args:
            timeout: Seconds for all of it, None for no limit.
            failures: Where given, clients that fail are added here, and the services of the others
                are listed.

        Returns:
            The services in the order of the clients.

        Raises:
            CloudError: The services of a client cannot be listed.
        """
        found = run(self._async.list, timeout=timeout, failures=failures)
        return [without_await(each) for each in found]

    def map(
        self,
        function: Callable[[FleetService], Any],
        *,
        at_once: int = 20,
        timeout: float | None = None,
        on_error: OnError = "continue",
        dry_run: bool = False,
        on_progress: Callable[[FleetProgress], object] | None = None,
        report: Report | None = None,
    ) -> Report:
        """Call a function with each of them, in threads.

        Requests that it sends by the service's client keep to the rate budget and are counted. What
        it returns is the outcome's result; what it raises makes the outcome a failure. Where the
        time is up or somebody presses Ctrl-C, its calls are cancelled, and it can make no others.

        Args:
            function: The function.
            at_once: For how many services of a client it runs at the same time.
            timeout: Seconds for all of it, None for no limit.
            on_error: Whether to go on with the services that remain after one has failed, or to
                ``stop`` there; what has begun is brought to its end.
            dry_run: Whether to report what would be sent in place of sending it.
            on_progress: Called whenever something changes for a service.
            report: An empty report that is filled in as the action runs, so that it is
                available even if the call is cancelled.

        Returns:
            What became of each service.

        Raises:
            InvalidArgumentError: An argument makes no sense; nothing was sent.
        """
        checked_function("function", function)
        with Threads(MOST_THREADS) as threads:

            async def call(each: AsyncFleetService) -> Any:
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
