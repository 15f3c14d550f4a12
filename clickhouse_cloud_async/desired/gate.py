"""The moments of a resource that others wait for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Gate:
    """Lets what depends on a resource begin once it is ready, and knows when that is over.

    Args:
        name: What messages call the resource.

    Attributes:
        name: As the argument.
        before: The gates of the resources that it depends on.
        behind: The gates of those that depend on it.
        late: The gates of the resources that it is linked to once they are there.
        obstacle: Why those that depend on it cannot begin; None where they can.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.before: list[Gate] = []
        self.behind: list[Gate] = []
        self.late: list[Gate] = []
        self.obstacle: str | None = None
        self._ready = asyncio.Event()
        self._over = asyncio.Event()

    def depend_on(self, other: Gate) -> None:
        """Let the resource begin only after another.

        Args:
            other: The gate of the other.
        """
        self.before.append(other)
        other.behind.append(self)

    def open(self) -> None:
        """Let those begin that depend on the resource; it may have something left to do."""
        self._ready.set()

    def close(self, obstacle: str | None) -> None:
        """Take note that nothing more is done to the resource.

        Args:
            obstacle: Why those that depend on it cannot begin; None where they can.
        """
        self.obstacle = obstacle
        self._ready.set()
        self._over.set()

    async def wait_for_turn(self) -> str | None:
        """Wait for all that the resource depends on; return why it cannot begin, if so."""
        return await self._wait_for(self.before)

    async def wait_for_late(self) -> str | None:
        """Wait for all that the resource is linked to; return why it cannot be linked, if so.

        Those that wait for this one in turn may begin at once.
        """
        self.open()
        return await self._wait_for(self.late)

    @staticmethod
    async def _wait_for(others: Iterable[Gate]) -> str | None:
        for other in others:
            await other._ready.wait()  # noqa: SLF001 - of this class
            if other.obstacle is not None:
                return other.obstacle
        return None

    async def wait_for_dependents(self) -> Sequence[str]:
        """Wait until nothing more is done to what depends on the resource.

        Returns:
            Why each of them failed that did.
        """
        for other in self.behind:
            await other._over.wait()  # noqa: SLF001 - of this class
        return [other.obstacle for other in self.behind if other.obstacle is not None]
