"""Tracks which services respond to queries, and wakes idle ones."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator import activities
from clickhouse_cloud_async.apis.clickhouse.emulator.organization import organization_at
from clickhouse_cloud_async.apis.clickhouse.emulator.services.service import (
    command,
    watch_idleness,
)

from .tally import Tally

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

ANSWERING: Final = frozenset({"running", "degraded", "partially_running"})
"""The states in which a service answers queries."""

_TICK: Final = 1.0
"""Real seconds between two checks of a service that wakes up."""

_SOON: Final = 0.002
"""Minimum number of real seconds between two checks."""


class UnavailableError(Exception):
    """A service that does not answer queries, and that no query wakes."""


class Presence:
    """Tracks which services respond, and their queries.

    Args:
        world: Where services are.
        run_timers: Lets everything happen that is due by now.
    """

    def __init__(self, world: World, run_timers: Callable[[], None]) -> None:
        self._world = world
        self._run_timers = run_timers
        self._changed = asyncio.Event()
        self._queries: dict[Path, int] = {}

    def note_change(self) -> None:
        """Make all waiters of a service check it again."""
        self._changed.set()
        self._changed = asyncio.Event()

    def running(self, path: Path) -> int:
        """Return how many queries of a service are under way."""
        return self._queries.get(path, 0)

    def state(self, path: Path) -> str | None:
        """The state of a service; None where it is gone."""
        self._run_timers()
        service = self._world.store.peek(path)
        return None if service is None else service["state"]

    async def answering(self, path: Path) -> JsonObject:
        """Wait until a service responds; an idle one is woken.

        Args:
            path: Where it is.

        Returns:
            The service, for reading.

        Raises:
            UnavailableError: It does not run, and does not wake up.
        """
        while True:
            changed = self._changed
            state = self.state(path)
            if state == "idle":
                self._wake(path)
                continue
            if state in ANSWERING:
                return self._world.store.peek(path) or {}
            if state != "awaking":
                raise UnavailableError
            try:
                await asyncio.wait_for(changed.wait(), self._time_left(path))
            except TimeoutError:
                continue

    def _wake(self, path: Path) -> None:
        organization = organization_at(self._world, path)
        with self._world.change():
            command(organization, path, "awake")
            activities.record_by_system(organization, "service_awaken", serviceId=path[-1])

    def _time_left(self, path: Path) -> float:
        """Return how many real seconds to wait for the end of a state."""
        due = self._world.timers.due_at(path, "service")
        scale = self._world.clock.time_scale
        if due is None or not scale:
            return _TICK
        return min(max((due - self._world.clock.elapsed) / scale, _SOON), _TICK)

    @asynccontextmanager
    async def querying(self, path: Path) -> AsyncGenerator[Tally]:
        """Keep a service from going idle during a block; its idle time begins after it.

        Args:
            path: Where the service is.

        Yields:
            What the block counts its query with.
        """
        self._queries[path] = self._queries.get(path, 0) + 1
        tally = Tally()
        try:
            yield tally
        finally:
            self._queries[path] -= 1
            if not self._queries[path]:
                del self._queries[path]
            if self._world.store.peek(path) is not None:
                organization = organization_at(self._world, path)
                with self._world.change():
                    tally.keep(organization, self._world.store.document(path))
                    watch_idleness(organization, path)
