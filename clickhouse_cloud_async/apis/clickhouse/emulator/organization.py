"""One organisation of the emulated cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.clock import moment_at, timestamp
from clickhouse_cloud_async.emulation.randomness import seeded

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from clickhouse_cloud_async.core.contract import Contract
    from clickhouse_cloud_async.emulation.faults import Faults
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Collection, Path, Store
    from clickhouse_cloud_async.emulation.timers import Timers
    from clickhouse_cloud_async.emulation.validation import Validator

    from .cloud import Cloud


class Organization:
    """What requests and timers of one organisation work on.

    Args:
        cloud: What the organisation is part of.
        path: Where its document is.

    Attributes:
        cloud: What the organisation is part of.
        path: Where its document is.
    """

    def __init__(self, cloud: Cloud, path: Path) -> None:
        self.cloud = cloud
        self.path = path

    @property
    def id(self) -> str:
        """Its UUID."""
        return self.path[-1]

    @property
    def document(self) -> JsonObject:
        """The organisation's own properties."""
        return self.cloud.store.document(self.path)

    @property
    def contract(self) -> Contract:
        """What objects look like."""
        return self.cloud.contract

    @property
    def validator(self) -> Validator:
        """Says what fits a schema."""
        return self.cloud.validator

    @property
    def store(self) -> Store:
        """Every document."""
        return self.cloud.store

    @property
    def timers(self) -> Timers:
        """What happens later."""
        return self.cloud.timers

    @property
    def faults(self) -> Faults:
        """What goes wrong on purpose."""
        return self.cloud.faults

    @property
    def random(self) -> Random:
        """Where ids and secrets are drawn from."""
        return self.cloud.random

    @property
    def elapsed(self) -> float:
        """The moment of what happens now, in emulated seconds."""
        return self.cloud.elapsed

    @property
    def now(self) -> datetime:
        """The moment of what happens now."""
        return moment_at(self.cloud.elapsed)

    @property
    def timestamp(self) -> str:
        """The moment of what happens now, as the API writes it."""
        return timestamp(self.now)

    def collection(self, *names: str) -> Collection:
        """A collection below the organisation.

        Args:
            *names: The rest of its path, such as ``"services"`` or ``"services", id, "backups"``.
        """
        return self.cloud.store.collection((*self.path, *names))

    def service(self, service_id: str) -> JsonObject:
        """A service by its id.

        Raises:
            Problem: 404 where it is not there.
        """
        return self.cloud.store.document((*self.path, "services", service_id))

    def draw(self, *purpose: str) -> Random:
        """A source of randomness that depends on nothing but the seed and what it is for."""
        return seeded(self.cloud.seed, *purpose)
