"""The processes that run engines: one for each warehouse that is used."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Final

from .channels import Channels
from .streams import EngineLostError
from .wire import READY

if TYPE_CHECKING:
    from pathlib import Path

_START_TIME: Final = 120.0
"""Seconds that a process may take until it answers, on a machine with much else to do."""

_END_TIME: Final = 10.0
"""Seconds that it may take to end by itself."""

# Nothing else of the environment is passed on: it may hold credentials.
_ENVIRONMENT: Final = (
    "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONHASHSEED", "PYTHONHOME",
    "PYTHONPATH", "TMPDIR", "VIRTUAL_ENV",
)  # fmt: skip


class EngineStartError(EngineLostError):
    """The process of an engine did not come up."""


class EngineProcess:
    """A process that runs the engine of a warehouse.

    Attributes:
        channels: Sends requests to it.
        pid: The id of the process.
    """

    def __init__(self, process: asyncio.subprocess.Process, socket: Path) -> None:
        self._process = process
        self._socket = socket
        self.pid: int = process.pid
        self.channels: Channels = Channels(socket)

    @classmethod
    async def start(cls, folder: Path, backups: Path, socket: Path) -> EngineProcess:
        """Start a process, and wait until it answers.

        Args:
            folder: The warehouse's folder, which is made where it is missing.
            backups: The folder of the backups.
            socket: Where it listens.

        Raises:
            EngineStartError: It ended, or it does not answer in time.
        """
        (folder / "data").mkdir(mode=0o700, parents=True, exist_ok=True)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", f"{__package__}.worker", str(folder), str(backups), str(socket)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        )
        started = cls(process, socket)
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), _START_TIME)
        except BaseException:
            await started.end()
            raise
        if line != READY:
            await started.end()
            raise EngineStartError(f"the engine of {folder.name} did not start")
        return started

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.returncode is None

    async def end(self) -> None:
        """End the process: ask it to, and kill it where that takes too long."""
        self.channels.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _END_TIME)
        except TimeoutError:
            self.kill()
            await self._process.wait()
        self._socket.unlink(missing_ok=True)

    def kill(self) -> None:
        """Kill the process, which a statement may keep from ending."""
        if self.is_alive:
            self._process.kill()
