"""Waits for one service, and shows how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.text import Text

from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.cli.output import plain, stderr
from clickhouse_cloud_async.cli.states import state_text
from clickhouse_cloud_async.core.waiting.wait import DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clickhouse_cloud_async import AsyncClickHouseCloud, Progress
    from clickhouse_cloud_async.apis.clickhouse.extensions.services import ServiceTarget
    from clickhouse_cloud_async.models import Service


GOALS: Mapping[str, Collection[str]] = {
    "start": LIFECYCLE.up,
    "stop": {"stopped"},
    "awake": LIFECYCLE.awake,
}
"""The states that end the wait for a command."""


async def wait_until(
    cloud: AsyncClickHouseCloud, service: Service, states: Collection[str], timeout: float | None
) -> Service:
    """Wait until a service is in one of some states.

    Args:
        cloud: A client that reaches it.
        service: The service as it is.
        states: The states.
        timeout: Seconds; half an hour by default.

    Raises:
        CloudError: It does not get there, or not in time.
    """
    told = Text.assemble(plain(service.name), " is ", state_text(service.state))
    with stderr().status(told) as status:

        def show(progress: Progress[Service]) -> None:
            usual = "" if progress.typical is None else f", usually {progress.typical:.0f} s"
            state = state_text(progress.state or "")
            since = f" for {progress.elapsed:.0f} s{usual}"
            status.update(Text.assemble(plain(service.name), " is ", state, since))

        return await cloud.services.wait_until(
            service.id,
            cast("ServiceTarget", states),
            on_progress=show,
            timeout=DEFAULT_TIMEOUT if timeout is None else timeout,
        )
