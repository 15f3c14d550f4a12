"""Snapshots of an emulator, which can be restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import orjson

if TYPE_CHECKING:
    from .store import Key
    from .world import World


@attrs.frozen(repr=False)
class Snapshot:
    """The content of an emulator at one time, including the emulated time."""

    _world: World
    _documents: tuple[tuple[Key, bytes], ...]
    _random: tuple[object, ...]

    @classmethod
    def of(cls, world: World) -> Snapshot:
        """Take a snapshot."""
        return cls(world, tuple(world.dump()), world.random.getstate())

    def restore(self, world: World) -> None:
        """Restore the content of a world from the snapshot.

        Raises:
            ValueError: The snapshot is of another emulator.
        """
        if world is not self._world:
            raise ValueError("the snapshot is of another emulator")
        world.load((key, orjson.loads(body)) for key, body in self._documents)
        # From here on, everything happens as it did after the snapshot.
        world.random.setstate(self._random)
