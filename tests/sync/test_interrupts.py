"""Interruptions at points that a real signal would rarely hit."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, NoReturn

import pytest

from clickhouse_cloud_async import ClickHouseCloud, HTTPOptions, RetryPolicy
from clickhouse_cloud_async.core.sync import _Call, _runtime, run
from tests.client.processes import GUARD

if TYPE_CHECKING:
    from .conftest import HeldServer


def test_interrupt_right_after_the_start(
    held_server: HeldServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C that hits after a call has begun, but before the wait for it, cancels it as well."""
    cloud = ClickHouseCloud(
        "key",
        "secret",
        base_url=held_server.url,
        organization_id="o",
        http=HTTPOptions(read_timeout=None),
        retry=RetryPolicy(attempts=1),
    )

    def interrupted(_: object) -> NoReturn:
        held_server.await_arrival()
        raise KeyboardInterrupt

    with cloud:
        with monkeypatch.context() as patch:
            patch.setattr("clickhouse_cloud_async.core.sync._Call.result", interrupted)
            with pytest.raises(KeyboardInterrupt):
                cloud.services.list(timeout=None)

        held_server.await_departure()


def test_iterator_is_collected_in_the_facades_own_thread(cloud: ClickHouseCloud) -> None:
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


@pytest.mark.parametrize("begins", [True, False])
def test_interrupt_before_the_first_step(*, begins: bool) -> None:
    """A call that is cancelled before it could begin has an end all the same."""
    began: list[bool] = []

    async def work() -> None:
        began.append(True)

    loop = _runtime.loop()
    call = _Call(work, loop)

    def interrupted() -> None:
        if begins:
            call.start()
        call.cancel()

    loop.call_soon_threadsafe(interrupted)
    call.await_end(GUARD)

    assert call._has_ended
    assert not began
