"""The data of warehouses: each has a folder, and a process while somebody uses it."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

from .processes import EngineProcess

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from .channels import Channels

logger: logging.Logger = logging.getLogger("clickhouse_cloud_async.emulator")

MOST_PROCESSES: Final = 4
"""Processes that run at once, apart from those whose queries are under way."""

IDLE_TIME: Final = 60.0
"""Real seconds after its last query at which a process ends."""


class Warehouse:
    """The data of one warehouse.

    Args:
        folder: Where it is.
        start: Starts its process.

    Attributes:
        used: How many queries are under way.
        last_use: When the last one ended, on the clock of the event loop.
        changed: Whether there may be data that no backup holds.
    """

    def __init__(
        self, folder: Path, start: Callable[[Warehouse], Awaitable[EngineProcess]]
    ) -> None:
        self.folder = folder
        self.used: int = 0
        self.last_use: float = 0.0
        self.changed: bool = self.exists
        self.process: EngineProcess | None = None
        self._start = start
        self._starting = asyncio.Lock()
        self._jobs: asyncio.Task[None] | None = None

    @property
    def exists(self) -> bool:
        """Whether it was ever used."""
        return (self.folder / "data").is_dir()

    def size(self) -> int:
        """Return how many bytes the data takes on disk; merges may change them meanwhile."""
        size = 0
        for folder, _, names in os.walk(self.folder / "data"):
            for name in names:
                with suppress(OSError):
                    size += os.stat(os.path.join(folder, name)).st_size  # noqa: PTH116, PTH118 - fast
        return size

    def memory(self) -> int:
        """Return how many bytes of memory the process takes; 0 without one, or where none tells."""
        if self.process is None:
            return 0
        try:
            pages = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    @asynccontextmanager
    async def using(self, *, writes: bool) -> AsyncGenerator[Channels]:
        """Keep the process running for a block, which begins after jobs that were scheduled.

        Args:
            writes: Whether the block may change data.
        """
        if self._jobs is not None:
            await asyncio.wait([self._jobs])
        self.changed |= writes
        try:
            async with self._running() as channels:
                yield channels
        finally:
            # A backup that began meanwhile may lack what was written.
            self.changed |= writes

    @asynccontextmanager
    async def _running(self) -> AsyncGenerator[Channels]:
        self.used += 1
        try:
            async with self._starting:
                if self.process is None or not self.process.is_alive:
                    self.process = await self._start(self)
                process = self.process
            yield process.channels
        finally:
            self.used -= 1
            self.last_use = asyncio.get_running_loop().time()

    def schedule(
        self,
        what: str,
        work: Callable[[Channels], Awaitable[None]],
        *,
        failed: Callable[[], object] = bool,
    ) -> None:
        """Run a job in the process, after all earlier jobs and before all later queries.

        Args:
            what: What it is, for the log.
            work: Sends requests to the process.
            failed: Called where that fails.
        """
        self._jobs = asyncio.create_task(self._job(self._jobs, what, work, failed))

    async def _job(
        self,
        before: asyncio.Task[None] | None,
        what: str,
        work: Callable[[Channels], Awaitable[None]],
        failed: Callable[[], object],
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            async with self._running() as channels:
                await work(channels)
        except Exception:
            logger.exception("%s of %s failed", what, self.folder.name)
            failed()

    async def end(self, *, even_if_used: bool = False) -> None:
        """End the process, once its jobs are done.

        Args:
            even_if_used: Whether queries that are under way are lost; it goes on for them if not.
        """
        if self._jobs is not None:
            await asyncio.wait([self._jobs])
        async with self._starting:
            if self.used and not even_if_used:
                return
            process, self.process = self.process, None
            if process is not None:
                await process.end()


class Warehouses:
    """All warehouses of an emulator.

    Args:
        folder: Where their data and the backups are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._warehouses: dict[str, Warehouse] = {}
        self._sockets: Path | None = None
        self._started = 0
        self._ending: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None

    @property
    def backups(self) -> Path:
        """The folder of the backups."""
        return self._folder / "backups"

    def get(self, warehouse_id: str) -> Warehouse:
        """The data of a warehouse, which may be empty."""
        found = self._warehouses.get(warehouse_id)
        if found is None:
            folder = self._folder / "warehouses" / warehouse_id
            found = self._warehouses[warehouse_id] = Warehouse(folder, self._start)
        return found

    def start(self) -> None:
        """Make folders, and begin to end processes that nobody uses."""
        self.backups.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        self._sockets = Path(mkdtemp(prefix="chcloud-"))
        self._sweeper = asyncio.create_task(self._end_unused())

    async def stop(self) -> None:
        """End all processes."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.wait([self._sweeper])
        warehouses, self._warehouses = self._warehouses, {}
        await asyncio.gather(*(each.end(even_if_used=True) for each in warehouses.values()))
        if self._ending:
            await asyncio.wait(self._ending)
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)

    def release(self, warehouse_id: str) -> None:
        """Let the process of a warehouse end, unless it is used."""
        warehouse = self._warehouses.get(warehouse_id)
        if warehouse is not None and warehouse.process is not None and not warehouse.used:
            self._later(warehouse.end())

    def drop(self, warehouse_id: str) -> None:
        """Remove the data of a warehouse that is gone."""
        warehouse = self.get(warehouse_id)
        del self._warehouses[warehouse_id]
        self._later(self._remove(warehouse))

    async def _remove(self, warehouse: Warehouse) -> None:
        await warehouse.end(even_if_used=True)
        await asyncio.to_thread(shutil.rmtree, warehouse.folder, ignore_errors=True)

    async def _start(self, warehouse: Warehouse) -> EngineProcess:
        """Start a process, and end the one that was used least lately where there are many."""
        running = [w for w in self._warehouses.values() if w.process is not None and not w.used]
        if len(running) >= MOST_PROCESSES:
            await min(running, key=lambda other: other.last_use).end()
        assert self._sockets is not None
        self._started += 1
        socket = self._sockets / str(self._started)
        return await EngineProcess.start(warehouse.folder, self.backups, socket)

    async def _end_unused(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(IDLE_TIME / 4)
            for warehouse_id, warehouse in list(self._warehouses.items()):
                if warehouse.last_use + IDLE_TIME < loop.time():
                    self.release(warehouse_id)

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
