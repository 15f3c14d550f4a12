"""A process that is killed while it applies a plan."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

import anyio
import attrs

from tests.effort import IS_THOROUGH

from .scene import DOCUMENT, SPEED, open_client, open_emulator, truth

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from clickhouse_cloud_async.emulation.messages import RecordedRequest
    from clickhouse_cloud_async.emulator import Emulator

PROGRAM = f"""
import asyncio, os, sys
from clickhouse_cloud_async import AsyncClickHouseCloud, Polling
from clickhouse_cloud_async.fleet import DesiredFleet

async def apply(key, secret, organization, url):
    options = {{"organization_id": organization, "base_url": url, "rate_limit": None}}
    async with AsyncClickHouseCloud(
        key, secret, polling=Polling(speed={SPEED / 10}), **options
    ) as cloud:
        plan = await cloud.fleet.plan(sys.argv[1])
        await cloud.fleet.apply(plan, allow_delete=True)

DesiredFleet.load(sys.argv[1])  # what is imported by now need not be imported by each process
for line in sys.stdin:
    if process := os.fork():
        print(process, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
    else:
        asyncio.run(apply(*line.split()))
        os._exit(0)
"""
"""Forks a process for each emulator named on standard input, and prints its exit status."""


@attrs.define
class _Killer:
    """Kills a process when one of its requests has been carried out, before that is answered."""

    at: int
    process: int | None = None

    def __call__(self, _: RecordedRequest) -> None:
        """Take note of a request."""
        if self.process is not None:
            self.at -= 1
            if not self.at:
                os.kill(self.process, signal.SIGKILL)


@contextmanager
def _program(file: Path) -> Generator[subprocess.Popen[str]]:
    """Run the program, and end it and its processes when the block is left."""
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, str(file)],
        stdin=pipe,
        stdout=pipe,
        text=True,
        start_new_session=True,
    ) as program:
        try:
            yield program
        finally:
            os.killpg(program.pid, signal.SIGKILL)


async def _run(program: subprocess.Popen[str], emulator: Emulator, killer: _Killer) -> int:
    """Let a process apply the document until it is killed, and return its status."""
    assert program.stdin is not None
    assert program.stdout is not None
    key = (emulator.api_key, emulator.api_secret)
    print(*key, emulator.organization_id, emulator.url, file=program.stdin, flush=True)
    # The loop stands still meanwhile, so that no request is missed.
    killer.process = int(program.stdout.readline())
    try:
        return int(await anyio.to_thread.run_sync(program.stdout.readline))
    finally:
        killer.process = None


async def test_killed_at_each_request(tmp_path: Path) -> None:
    """What a killed process has left is finished by the next one, with no duplicate.

    Where the same code was tried by another Python, it is killed at every fourth request.
    """
    file = tmp_path / "fleet.yaml"
    file.write_text(DOCUMENT)
    with _program(file) as program:
        for at in count(1, 1 if IS_THOROUGH else 4):
            killer = _Killer(at)
            async with open_emulator(on_request=killer) as emulator:
                status = await _run(program, emulator, killer)
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
