"""What goes wrong on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator.store import Path


class Faults:
    """The faults of an emulator.

    Args:
        seed: What chance depends on.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def divert(self, kind: str, path: Path, state: str, following: str) -> str:
        """Where a transition leads.

        Args:
            kind: Kind of the resource, such as ``service``.
            path: Where it is.
            state: The state that ends.
            following: The state that follows where nothing goes wrong.
        """
        return following
