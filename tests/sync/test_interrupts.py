"""What an interruption leaves behind, where a real signal would only rarely hit the spot."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import anyio.from_thread
import pytest

from clickhouse_cloud_async import ClickHouseCloud, HTTPOptions, RetryPolicy
from clickhouse_cloud_async.core.sync import run

if TYPE_CHECKING:

    from .conftest import HeldServer


def test_interrupt_right_after_the_start(
    held_server: HeldServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C that hits after a call has begun, but before the wait for it, cancels it as well."""
    original = anyio.from_thread.BlockingPortal.start_task_soon
    cloud = ClickHouseCloud(
        "key",
        "secret",
        base_url=held_server.url,
        organization_id="o",
        http=HTTPOptions(read_timeout=None),
        retry=RetryPolicy(attempts=1),
    )

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        original(*args, **kwargs)
        held_server.await_arrival()
        raise KeyboardInterrupt

    with cloud:
        with monkeypatch.context() as patch:
            patch.setattr(anyio.from_thread.BlockingPortal, "start_task_soon", interrupted)
            with pytest.raises(KeyboardInterrupt):
                cloud.services.list(timeout=None)

        held_server.await_departure()


def test_iterator_is_collected_in_the_facades_own_thread(
    cloud: ClickHouseCloud
) -> None:
    """An iterator that the garbage collector finds in the facade's thread goes in silence."""
    keys = cloud.api_keys.iterate()
    next(keys)
    cycle: list[object] = [keys]
    cycle.append(cycle)
    del keys, cycle

    async def collect() -> int:
        return gc.collect()

    assert run(collect) > 0
    assert len(cloud.services.list()) == 12
