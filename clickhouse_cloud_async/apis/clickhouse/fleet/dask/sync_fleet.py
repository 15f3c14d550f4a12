"""The fleets of a Dask cluster without ``await``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.clickhouse.fleet.sync_fleet import (
    MOST_THREADS,
    FleetService,
    without_await,
)
from clickhouse_cloud_async.apis.clickhouse.sync.selection import Selection
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.functions import checked_function
from clickhouse_cloud_async.core.sync import run
from clickhouse_cloud_async.core.sync_threads import Threads

from .fleet import AsyncDaskFleet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from typing import Unpack

    from distributed import Client

    from clickhouse_cloud_async.apis.clickhouse.fleet.criteria import States
    from clickhouse_cloud_async.apis.clickhouse.fleet.service import AsyncFleetService
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.fleet.progress import FleetProgress
    from clickhouse_cloud_async.fleet.report import Report
    from clickhouse_cloud_async.fleet.run import OnError

    from .keys import ClientOptions, FleetKey


class DaskFleet:
    """The services of the organisations of many keys, dealt with by the workers of a Dask cluster.

    Each key, together with those of the same organisation, is used by one task, and always on the
    same worker. So its budget is counted in one place. The workers need this package with its
    extra ``dask``, in the same version.

    Args:
        client: A client of the cluster; it stays the caller's to close.
        keys: The keys. They are sent to the workers: who may connect to the cluster can see them.
        **options: How clients are set up on the workers.

    Raises:
        ConfigurationError: The extra is not installed.
        InvalidArgumentError: There is no key, or one is there twice, or the options cannot be sent,
            or the client is one with ``asynchronous=True``.
    """

    def __init__(
        self, client: Client, keys: Iterable[FleetKey], **options: Unpack[ClientOptions]
    ) -> None:
        self._async = AsyncDaskFleet(client, keys, **options)
        if client.asynchronous:
            raise InvalidArgumentError("client: an asynchronous one is for AsyncDaskFleet")

    @property
    def keys(self) -> tuple[FleetKey, ...]:
        """The keys."""
        return self._async.keys

    def select(
        self,
        *,
        tags: Mapping[str, str | Collection[str] | None] | None = None,
        name: str | Collection[str] | None = None,
        region: str | Collection[str] | None = None,
        provider: str | Collection[str] | None = None,
        state: States | None = None,
        where: Callable[[Service], object] | None = None,
    ) -> DaskSelection:
        """Choose services. Nothing is asked for yet; each use of the selection looks anew.

        All that is said has to hold; without any criterion all services are meant.

        Args:
            tags: Values that tags have, by key: one, any of several, or None for whatever value.
            name: Pattern of the name such as ``etl-*``, or several; case matters.
            region: The region, or several.
            provider: The cloud provider, or several.
            state: The state, or several.
            where: Called on the workers with each service of which all else holds; says whether it
                is meant.

        Returns:
            The selection.

        Raises:
            InvalidArgumentError: A criterion is of a wrong type, or there is no such state or
                provider.
        """
        selection = self._async.select(
            tags=tags, name=name, region=region, provider=provider, state=state, where=where
        )
        return DaskSelection(selection)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.keys)} keys>"


class DaskSelection(Selection):
    """Services of a fleet on a cluster, looked for anew by each use.

    It does what a selection of clients does, on the workers. What is called there, such as the
    function of `map`, has to be something that can be sent to them, and so have its results.

    Where a worker is lost, the outcome of its services that were not at their end is unknown;
    nothing is done a second time. Ctrl-C stops all tasks, and the report says what was sent.
    """

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
        """Call a function with each of them, in threads of the workers.

        Requests that it sends by the service's client keep to the rate budget and are counted. What
        it returns is the outcome's result; what it raises makes the outcome a failure. Where the
        time is up or somebody presses Ctrl-C, its calls are cancelled, and it can make no others.

        Args:
            function: The function.
            at_once: For how many services of a client it runs at the same time.
            timeout: Seconds for all of it, None for no limit; a service that is not where it should
                be half an hour after its command is given up in any case.
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
        return run(
            self._async.map,
            _InThread(checked_function("function", function)),
            at_once=at_once,
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=report,
        )


@attrs.frozen
class _InThread:
    """Calls a function in a thread of the worker."""

    function: Callable[[FleetService], Any]

    async def __call__(self, each: AsyncFleetService) -> Any:
        return await _threads().call(self.function, without_await(each))


@cache
def _threads() -> Threads:
    return Threads(MOST_THREADS)
