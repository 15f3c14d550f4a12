"""Synchronises a resource with its dependants."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Gate:
    """Starts the dependants of a resource once it is ready, and tracks their end.

    Args:
        name: The name of the resource in messages.

    Attributes:
        name: As the argument.
        before: The gates of the resources that it depends on.
        behind: The gates of its dependants.
        late: The gates of the resources that it is linked to after their creation.
        obstacle: Why its dependants cannot start; None if they can.
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
        """Make the resource wait for another.

        Args:
            other: The gate of the other.
        """
        self.before.append(other)
        other.behind.append(self)

    def open(self) -> None:
        """Release the dependants of the resource, which may not be finished itself."""
        self._ready.set()

    def close(self, obstacle: str | None) -> None:
        """Record that the work on the resource is finished.

        Args:
            obstacle: Why its dependants cannot start; None if they can.
        """
        self.obstacle = obstacle
        self._ready.set()
        self._over.set()

    async def wait_for_turn(self) -> str | None:
        """Wait for all dependencies; return the reason if the resource cannot start."""
        return await self._wait_for(self.before)

    async def wait_for_late(self) -> str | None:
        """Wait for all linked resources; return the reason if it cannot be linked.

        Resources that in turn wait to be linked to this one may start at once.
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

    @property
    def is_awaited(self) -> bool:
        """Whether the work on a dependant is not finished."""
        return not all(other._over.is_set() for other in self.behind)  # noqa: SLF001 - of this class

    async def wait_for_dependents(self) -> Sequence[str]:
        """Wait until the work on all dependants is finished.

        Returns:
            The reason for each failure.
        """
        for other in self.behind:
            await other._over.wait()  # noqa: SLF001 - of this class
        return [other.obstacle for other in self.behind if other.obstacle is not None]
