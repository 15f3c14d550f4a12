"""What the demo does: bring every service of an organisation up, and tell how it went."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING

from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloudError
from clickhouse_cloud_async.emulator import Emulator

from .board import count_states, open_board, states_text
from .output import note, show_parts, stdout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.models import Service

    from .board import Show

POLL_SECONDS = 0.25
"""Real seconds between two looks at the fleet."""

PATIENCE = 600.0
"""Emulated seconds within which all services are to run; the slowest need two minutes."""

GRACE = 20.0
"""Real seconds on top, for a busy machine."""

_COMMANDS: Mapping[str, str] = {"stopped": "start", "idle": "awake"}


class FleetStart:
    """Brings services to ``running``: starts the stopped, wakes the idle, waits for the others.

    Args:
        cloud: Client of their organisation.
        show: Told all services whenever there is news of them.

    Attributes:
        services: The services as last known.
        commands: How often each command was given.
        refusals: What went wrong with commands, in words.
    """

    def __init__(self, cloud: AsyncClickHouseCloud, show: Show) -> None:
        self.services: list[Service] = []
        self.commands: Counter[str] = Counter()
        self.refusals: list[str] = []
        self._cloud = cloud
        self._show = show

    @property
    def laggards(self) -> list[Service]:
        """The services that do not run, as last known."""
        return [service for service in self.services if service.state != "running"]

    async def run(self) -> None:
        """Look at the fleet and send commands, round after round, until every service runs.

        Raises:
            ClickHouseCloudError: The services could not be listed.
        """
        while True:
            self.services = await self._cloud.services.list()
            self._show(self.services)
            if not self.laggards:
                return
            async with asyncio.TaskGroup() as group:
                sent = [group.create_task(self._prod(service)) for service in self.services]
            self.services = [task.result() for task in sent]
            self._show(self.services)
            await asyncio.sleep(POLL_SECONDS)

    async def _prod(self, service: Service) -> Service:
        """Send a service the command that its state asks for, if any; give what is then known."""
        command = _COMMANDS.get(service.state)
        if command is None:
            return service
        self.commands[command] += 1
        try:
            return await self._cloud.services.update_state(service.id, command=command)
        except ClickHouseCloudError as error:
            # The next round tries again, if the service still needs it.
            self.refusals.append(f"{command} {service.name}: {error}")
            return service


async def run_demo(count: int, time_scale: float, seed: int) -> None:
    """Bring a fleet of emulated services up, show it, and sum it up.

    Args:
        count: How many services.
        time_scale: Emulated seconds per real second.
        seed: What the emulator makes up depends on it.

    Raises:
        ClickHouseCloudError: The services could not be listed, or did not come up in time.
    """
    console = stdout()
    async with (
        Emulator(count, time_scale=time_scale, seed=seed) as emulator,
        AsyncClickHouseCloud(
            emulator.api_key,
            emulator.api_secret,
            organization_id=emulator.organization_id,
            base_url=emulator.url,
        ) as cloud,
    ):
        console.print(f"{count} emulated services, {time_scale:g} times as fast as real ones")
        began = time.monotonic()
        with open_board(console) as show:
            start = FleetStart(cloud, show)
            await _run_within(start, PATIENCE / time_scale + GRACE)
        for refusal in start.refusals:
            note(refusal)
        seconds = time.monotonic() - began
        requests = Counter(str(request.operation_id) for request in emulator.requests)
    console.print()
    show_parts(
        {
            "services": states_text(count_states(start.services)),
            "commands": f"{_told(start.commands)}; {len(start.refusals)} refused",
            "requests": _told(requests),
            "time": f"{seconds:.1f} s",
        }
    )


async def _run_within(start: FleetStart, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await start.run()
    except TimeoutError:
        late = ", ".join(f"{service.name} is {service.state}" for service in start.laggards)
        raise ClickHouseCloudError(
            f"after {seconds:.0f} s {len(start.laggards)} services do not run: {late}"
        ) from None


def _told(counts: Counter[str]) -> str:
    each = ", ".join(f"{count} {name}" for name, count in counts.items())
    return f"{counts.total()} ({each})" if each else "none"
