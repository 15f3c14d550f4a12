"""The state of an emulator at one moment, to go back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import orjson

if TYPE_CHECKING:
    from .store import Key
    from .world import World


@attrs.frozen(repr=False)
class Snapshot:
    """Everything that an emulator held at one moment, the moment included."""

    _world: World
    _documents: tuple[tuple[Key, bytes], ...]
    _random: tuple[object, ...]

    @classmethod
    def of(cls, world: World) -> Snapshot:
        """Take a snapshot."""
        return cls(world, tuple(world.dump()), world.random.getstate())

    def restore(self, world: World) -> None:
        """Bring a world back to what it held when the snapshot was taken.

        Raises:
            ValueError: The snapshot is of another one.
        """
        if world is not self._world:
            raise ValueError("the snapshot is of another emulator")
        world.load((key, orjson.loads(body)) for key, body in self._documents)
        # From here on everything goes as it went after the snapshot.
        world.random.setstate(self._random)
