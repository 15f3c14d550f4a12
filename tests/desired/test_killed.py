"""A process that is killed while it applies a plan."""

from __future__ import annotations

import signal
import subprocess
import sys
from itertools import count
from typing import TYPE_CHECKING

import anyio
import attrs

from tests.effort import IS_THOROUGH

from .scene import DOCUMENT, SPEED, open_client, open_emulator, truth

if TYPE_CHECKING:
    from pathlib import Path

    from clickhouse_cloud_async.emulation.messages import RecordedRequest
    from clickhouse_cloud_async.emulator import Emulator

PROGRAM = f"""
import asyncio, sys
from clickhouse_cloud_async import AsyncClickHouseCloud, Polling

async def main():
    key, secret, organization, url, file = sys.argv[1:]
    options = {{"organization_id": organization, "base_url": url, "rate_limit": None}}
    async with AsyncClickHouseCloud(
        key, secret, polling=Polling(speed={SPEED / 10}), **options
    ) as cloud:
        plan = await cloud.fleet.plan(file)
        await cloud.fleet.apply(plan, allow_delete=True)

asyncio.run(main())
"""


@attrs.define
class _Killer:
    """Kills a process when one of its requests has been carried out, before that is answered."""

    at: int
    process: subprocess.Popen[bytes] | None = None

    def __call__(self, _: RecordedRequest) -> None:
        """Take note of a request."""
        if self.process is not None:
            self.at -= 1
            if not self.at:
                self.process.kill()


async def _run(emulator: Emulator, file: Path, killer: _Killer) -> int:
    """Run the program until it is killed."""
    key = (emulator.api_key, emulator.api_secret)
    killer.process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own program
        [sys.executable, "-c", PROGRAM, *key, emulator.organization_id, emulator.url, str(file)]
    )
    with killer.process as process:
        try:
            return await anyio.to_thread.run_sync(process.wait)
        finally:
            process.kill()
            killer.process = None


async def test_killed_at_each_request(tmp_path: Path) -> None:
    """What a killed process has left is finished by the next one, with no duplicate.

    Where the same code was tried by another Python, it is killed at every fourth request.
    """
    file = tmp_path / "fleet.yaml"
    file.write_text(DOCUMENT)
    for at in count(1, 1 if IS_THOROUGH else 4):
        killer = _Killer(at)
        async with open_emulator(on_request=killer) as emulator:
            status = await _run(emulator, file, killer)
            if status:
                assert status == -signal.SIGKILL
                async with open_client(emulator) as cloud:
                    plan = await cloud.fleet.plan(file)
                    (await cloud.fleet.apply(plan, allow_delete=True)).raise_for_failures()
                    assert (await cloud.fleet.plan(file)).is_empty
            assert truth(emulator).keys() == {"etl", "reports", "web", "cache", "foreign"}, at
            if not status:
                assert at > len(emulator.requests)
                break
