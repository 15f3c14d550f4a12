"""Fleets whose actions run on the workers of a Dask cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.client import AsyncOmnistrate
from clickhouse_cloud_async.apis.omnistrate.fleet.criteria import Criteria
from clickhouse_cloud_async.apis.omnistrate.fleet.instance import INSTANCES, AsyncFleetInstance
from clickhouse_cloud_async.apis.omnistrate.fleet.selection import AsyncSelection
from clickhouse_cloud_async.core.errors import ConfigurationError, InvalidArgumentError
from clickhouse_cloud_async.core.extras import require_extra
from clickhouse_cloud_async.fleet.report import Report
from clickhouse_cloud_async.fleet.run import OnError, Options

from .keys import ClientOptions, FleetKey

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncIterator, Callable, Collection, Iterable
    from typing import Never, Unpack

    from distributed import Client

    from clickhouse_cloud_async.apis.omnistrate.fleet.criteria import Statuses
    from clickhouse_cloud_async.apis.omnistrate.fleet.events import InstanceEvent
    from clickhouse_cloud_async.apis.omnistrate.models.instances import Instance
    from clickhouse_cloud_async.fleet.dask.run import Setup
    from clickhouse_cloud_async.fleet.progress import FleetProgress
    from clickhouse_cloud_async.fleet.report import MemberFailure
    from clickhouse_cloud_async.fleet.steps import Action


class AsyncDaskFleet:
    """The instances of many accounts; actions run on workers of a Dask cluster.

    Each account is used by one task, and always on the same worker, where it signs in. The workers
    need this package with its extra ``dask``, in the same version.

    Args:
        client: A client of the cluster, with or without ``asynchronous=True``, which the caller has
            to close.
        keys: The keys. They are sent to the workers: anyone with access to the cluster can read
            them.
        **options: Settings of the clients on the workers.

    Raises:
        ConfigurationError: The extra is not installed.
        InvalidArgumentError: There is no key, a key is given twice, or the options cannot be
            pickled.
    """

    def __init__(
        self, client: Client, keys: Iterable[FleetKey], **options: Unpack[ClientOptions]
    ) -> None:
        require_extra("distributed", "dask")
        from clickhouse_cloud_async.fleet.dask.keys import group_keys
        from clickhouse_cloud_async.fleet.dask.picklable import check_picklable
        from clickhouse_cloud_async.fleet.dask.run import Setup

        self._setup = Setup(kind=INSTANCES, client=client, keys=tuple(keys), options=options)
        if not self.keys:
            raise InvalidArgumentError("keys: a fleet needs at least one")
        for key in self.keys:
            if not isinstance(key, FleetKey):
                raise InvalidArgumentError(f"keys: expected keys, found {type(key).__name__}")
        group_keys(self.keys)
        check_picklable(options)

    @property
    def keys(self) -> tuple[FleetKey, ...]:
        """The keys."""
        return self._setup.keys

    def select(
        self,
        *,
        service: str | Collection[str] | None = None,
        environment: str | Collection[str] | None = None,
        plan: str | Collection[str] | None = None,
        region: str | Collection[str] | None = None,
        status: Statuses | None = None,
        where: Callable[[Instance], object] | None = None,
    ) -> AsyncDaskSelection:
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
        criteria = Criteria.of(
            service=service,
            environment=environment,
            plan=plan,
            region=region,
            status=status,
            where=where,
        )
        return AsyncDaskSelection(self._setup, criteria)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.keys)} keys>"


class AsyncDaskSelection(AsyncSelection):
    """Instances of a fleet on a cluster, which each action lists again.

    It has the actions of a selection of clients, and runs them on the workers. Functions that are
    called there, such as the function of `map`, and their results have to be picklable.

    If a worker is lost, the outcome of its unfinished instances is ``unknown``; nothing is done a
    second time. Cancelling a call stops all tasks, and the report shows what was sent.

    Args:
        setup: The fleet.
        criteria: Criteria that select instances.
    """

    def __init__(self, setup: Setup, criteria: Criteria) -> None:
        super().__init__((), criteria)
        self._setup = setup

    async def list(
        self,
        *,
        timeout: float | None = None,
        failures: builtins.list[MemberFailure] | None = None,
    ) -> builtins.list[AsyncFleetInstance]:
        """List the instances, with one request per key.

        Their clients are on the workers: the clients of the returned instances cannot be used.

        Args:
            timeout: Seconds for the whole action, None for no limit.
            failures: If given, keys that fail are added to this list, and the instances of the
                others are returned.

        Returns:
            The instances in the order of the keys.

        Raises:
            CloudError: The instances of a key cannot be listed.
        """
        from clickhouse_cloud_async.fleet.dask.run import DaskRun

        options = Options(timeout=timeout)
        run = DaskRun(self._setup, self.criteria, None, options)
        await run.carry_out()
        if failures is not None:
            failures += options.report.failures
        elif options.report.failures:
            raise options.report.failures[0].error
        away = _ClientElsewhere()
        return [
            AsyncFleetInstance(instance=instance, place=None, account=account, cloud=away)
            for instance, account in run.found
        ]

    def watch(
        self,
        *,
        every: float = 10.0,  # noqa: ARG002  # as for a selection of clients
        initial: bool = False,  # noqa: ARG002  # likewise
    ) -> AsyncIterator[InstanceEvent]:
        """Refuse to watch: use a fleet of clients in one process, since a watch sends few requests.

        Args:
            every: Ignored.
            initial: Ignored.

        Raises:
            ConfigurationError: Always.
        """
        raise ConfigurationError(
            "a fleet on a cluster cannot watch: use AsyncFleet.of([client, ...]).watch()"
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
        from clickhouse_cloud_async.fleet.dask.run import DaskRun

        options = Options(
            wait=wait,
            timeout=timeout,
            on_error=on_error,
            dry_run=dry_run,
            on_progress=on_progress,
            report=Report() if report is None else report,
        )
        await DaskRun(self._setup, self.criteria, action, options).carry_out(check)
        return options.report

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._setup.keys)} keys: {self.criteria}>"


class _ClientElsewhere(AsyncOmnistrate):
    """A placeholder for a client that is on a worker."""

    def __init__(self) -> None:
        """Skip the initialisation of a client: a placeholder sends nothing."""

    @property
    def _caller(self) -> Never:
        raise ConfigurationError(
            "this instance's client is on a worker: use `map` to call a function there"
        )
