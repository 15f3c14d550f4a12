"""One async client in several event loops, one after the other or at the same time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, ConfigurationError
from tests.client.processes import run_script
from tests.client.stub import Gate, session_of

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import Emulator
    from tests.client.stub import Stub

THREADS = 4
DESCRIPTORS = Path("/proc/self/fd")


def test_loops_at_the_same_time(emulated: dict[str, Any], emulator: Emulator) -> None:
    """Loops that run in several threads at once share a client, its lookups and its waits."""
    settings: dict[str, Any] = {**emulated, "organization_id": None}
    client = AsyncClickHouseCloud(**settings, rate_limit=None)
    all_run = Barrier(THREADS)

    async def work() -> int:
        all_run.wait()
        lists = await asyncio.gather(*(client.services.list() for _ in range(10)))
        for service in lists[0][:3]:
            assert service.id
            assert service.state
            await client.services.wait_until(service.id, service.state)
        all_run.wait()
        return sum(map(len, lists))

    with ThreadPoolExecutor(THREADS) as pool:
        counts = list(pool.map(lambda _: asyncio.run(work()), range(THREADS)))
    asyncio.run(client.close())

    assert counts == [120] * THREADS
    assert {request.status for request in emulator.requests} == {200}


async def test_closing_in_another_loop_ends_calls_where_they_run(stub: Stub) -> None:
    """A client that is closed elsewhere gives its connections back in their own loop."""
    stub.handler = gate = Gate()
    client = stub.client()
    call = asyncio.create_task(client.services.list())
    await gate.entered.wait()
    session = session_of(client)

    await asyncio.to_thread(asyncio.run, client.close())

    assert session.closed
    await gate.abandoned.wait()
    with pytest.raises(ConfigurationError, match="closed"):
        await client.services.list()
    await asyncio.wait([call])
    assert call.exception() is not None


async def test_given_session_is_for_one_loop(stub: Stub) -> None:
    """A session that the caller gave is refused in another loop than its own."""
    async with aiohttp.ClientSession() as session, stub.client(http=session) as client:
        await client.services.list()

        with pytest.raises(ConfigurationError, match="another event loop"):
            await asyncio.to_thread(lambda: asyncio.run(client.services.list()))


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="open descriptors are not listed here")
@pytest.mark.parametrize("closing", ["asyncio.run(client.close())", "pass", "del client"])
def test_ended_loop_leaves_nothing(emulated: dict[str, Any], closing: str) -> None:
    """The end of a loop closes the connections in it; the client may be closed later or never."""
    outcome = run_script(
        f"""
        import asyncio, gc, os, sys, warnings
        from clickhouse_cloud_async import AsyncClickHouseCloud

        warnings.simplefilter("error")

        def use():
            client = AsyncClickHouseCloud(**{emulated!r}, rate_limit=None)

            async def main():
                await asyncio.gather(*(client.services.list() for _ in range(3)))

            asyncio.run(main())
            {closing}

        use()
        gc.collect()
        before = os.listdir("/proc/self/fd")
        for _ in range(3):
            use()
        gc.collect()
        print(len(os.listdir("/proc/self/fd")) - len(before))
        """
    )

    assert outcome == (0, "0\n", "")
