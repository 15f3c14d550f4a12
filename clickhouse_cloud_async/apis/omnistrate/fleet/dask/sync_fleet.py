"""The synchronous fleets of a Dask cluster."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.omnistrate.fleet.sync_fleet import (
    MOST_THREADS,
    FleetInstance,
    without_await,
)
from clickhouse_cloud_async.apis.omnistrate.sync.selection import Selection
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.functions import checked_function
from clickhouse_cloud_async.core.sync import run
from clickhouse_cloud_async.core.sync_threads import Threads

from .fleet import AsyncDaskFleet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import Unpack

    from distributed import Client

    from clickhouse_cloud_async.apis.omnistrate.fleet.criteria import Statuses
    from clickhouse_cloud_async.apis.omnistrate.fleet.instance import AsyncFleetInstance
    from clickhouse_cloud_async.apis.omnistrate.models.instances import Instance
    from clickhouse_cloud_async.fleet.progress import FleetProgress
    from clickhouse_cloud_async.fleet.report import Report
    from clickhouse_cloud_async.fleet.run import OnError

    from .keys import ClientOptions, FleetKey


class DaskFleet:
    """The instances of many accounts; actions run on workers of a Dask cluster.

    Each account is used by one task, and always on the same worker, where it signs in. The workers
    need this package with its extra ``dask``, in the same version.

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
        service: str | Collection[str] | None = None,
        environment: str | Collection[str] | None = None,
        plan: str | Collection[str] | None = None,
        region: str | Collection[str] | None = None,
        status: Statuses | None = None,
        where: Callable[[Instance], object] | None = None,
    ) -> DaskSelection:
        """Select instances. Nothing is requested yet; each action lists them again.

        An instance has to match all criteria; without criteria all instances are selected.

        Args:
            service: Names, keys or IDs of one or more services.
            environment: Names, keys or IDs of one or more environments.
            plan: Names, keys or IDs of one or more plans.
            region: One or more regions.
            status: One or more states.
            where: Called on the workers with each instance that matches the other criteria; returns
                whether to select it.

        Returns:
            The selection.

        Raises:
            InvalidArgumentError: A criterion is of a wrong type, or there is no such state.
        """
        selection = self._async.select(
            service=service,
            environment=environment,
            plan=plan,
            region=region,
            status=status,
            where=where,
        )
        return DaskSelection(selection)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.keys)} keys>"


class DaskSelection(Selection):
    """Instances of a fleet on a cluster, which each action lists again.

    It has the actions of a selection of clients, and runs them on the workers. Functions that are
    called there, such as the function of `map`, and their results have to be picklable.

    If a worker is lost, the outcome of its unfinished instances is ``unknown``; nothing is done a
    second time. Ctrl-C stops all tasks, and the report shows what was sent.
    """

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
        """Call a function with each instance, in threads of the workers.

        Requests that it sends with the instance's client respect the rate limit and are counted.
        Its return value is the result of the outcome; if it raises, the outcome is a failure. At
        the timeout or on Ctrl-C, its calls are cancelled, and it cannot make others.

        Args:
            function: The function.
            at_once: Maximum number of concurrent calls per client.
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

    function: Callable[[FleetInstance], Any]

    async def __call__(self, each: AsyncFleetInstance) -> Any:
        return await _threads().call(self.function, without_await(each))


@cache
def _threads() -> Threads:
    return Threads(MOST_THREADS)
