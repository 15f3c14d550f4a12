"""The state of an emulator at one moment, to go back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import orjson

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.cloud import Cloud

    from .store import Key


@attrs.frozen(repr=False)
class Snapshot:
    """Everything that an emulator held at one moment, the moment included."""

    _cloud: Cloud
    _documents: tuple[tuple[Key, bytes], ...]
    _random: tuple[object, ...]

    @classmethod
    def of(cls, cloud: Cloud) -> Snapshot:
        """Take a snapshot."""
        return cls(cloud, tuple(cloud.dump()), cloud.random.getstate())

    def restore(self, cloud: Cloud) -> None:
        """Let an emulated cloud hold what it held when the snapshot was taken.

        Raises:
            ValueError: The snapshot is of another one.
        """
        if cloud is not self._cloud:
            raise ValueError("the snapshot is of another emulator")
        cloud.load((key, orjson.loads(body)) for key, body in self._documents)
        # From here on everything goes as it went after the snapshot.
        cloud.random.setstate(self._random)
