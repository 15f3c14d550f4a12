"""The synchronous fleets of a Dask cluster."""

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

    from clickhouse_cloud_async.apis.clickhouse.fleet.criteria import Providers, Regions, States
    from clickhouse_cloud_async.apis.clickhouse.fleet.service import AsyncFleetService
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.fleet.progress import FleetProgress
    from clickhouse_cloud_async.fleet.report import Report
    from clickhouse_cloud_async.fleet.run import OnError

    from .keys import ClientOptions, FleetKey


class DaskFleet:
    """The services of the organisations of many keys; actions run on workers of a Dask cluster.

    Each key, together with other keys of the same organisation, is used by one task, and always on
    the same worker. All its requests are therefore counted in one process. The workers need this
    package with its extra ``dask``, in the same version.

    Args:
        client: A client of the cluster, which the caller has to close.
        keys: The keys. They are sent to the workers: anyone with access to the cluster can read
            them.
        **options: Settings of the clients on the workers.

    Raises:
        ConfigurationError: The extra is not installed.
        InvalidArgumentError: There is no key, a key is given twice, the options cannot be pickled,
            or the client is one with ``asynchronous=True``.
    """

    def __init__(
        self, client: Client, keys: Iterable[FleetKey], **options: Unpack[ClientOptions]
    ) -> None:
        self._async = AsyncDaskFleet(client, keys, **options)
        if client.asynchronous:
            raise InvalidArgumentError("client: use AsyncDaskFleet with an asynchronous client")

    @property
    def keys(self) -> tuple[FleetKey, ...]:
        """The keys."""
        return self._async.keys

    def select(
        self,
        *,
        tags: Mapping[str, str | Collection[str] | None] | None = None,
        name: str | Collection[str] | None = None,
        region: Regions | None = None,
        provider: Providers | None = None,
        state: States | None = None,
        where: Callable[[Service], object] | None = None,
    ) -> DaskSelection:
        """Select services. Nothing is requested yet; each action lists them again.

        A service has to match all criteria; without criteria all services are selected.

        Args:
            tags: Values of tags by key: one, any of several, or None for any value.
            name: One or more patterns of the name, such as ``etl-*``; case-sensitive.
            region: One or more regions.
            provider: One or more cloud providers.
            state: One or more states.
            where: Called on the workers with each service that matches the other criteria; returns
                whether to select it.

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
    """Services of a fleet on a cluster, which each action lists again.

    It has the actions of a selection of clients, and runs them on the workers. Functions that are
    called there, such as the function of `map`, and their results have to be picklable.

    If a worker is lost, the outcome of its unfinished services is ``unknown``; nothing is done a
    second time. Ctrl-C stops all tasks, and the report shows what was sent.
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
        """Call a function with each service, in threads of the workers.

        Requests that it sends with the service's client respect the rate limit and are counted. Its
        return value is the result of the outcome; if it raises, the outcome is a failure. At the
        timeout or on Ctrl-C, its calls are cancelled, and it cannot make others.

        Args:
            function: The function.
            at_once: Maximum number of concurrent calls per client.
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
