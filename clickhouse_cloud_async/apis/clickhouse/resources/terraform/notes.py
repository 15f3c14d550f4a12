"""Notes about the conversion of resources."""

from __future__ import annotations

from typing import Any

import attrs

from clickhouse_cloud_async.apis.clickhouse.resources.variables import variable_of

from .report import Loss, Replacement

_SCAFFOLD = frozenset(
    {"source", "credentials", "access_key", "kafka", "kinesis", "mongodb", "mysql"}
    | {"object_storage", "postgres", "pubsub", "bigquery"}
)
"""Steps of a path that are omitted from the name of a variable."""


@attrs.define
class Ledger:
    """The notes about all resources of a state."""

    references: list[Replacement] = attrs.field(factory=list[Replacement])
    secrets: list[Replacement] = attrs.field(factory=list[Replacement])
    losses: list[Loss] = attrs.field(factory=list[Loss])
    variables: set[str] = attrs.field(factory=set[str])


@attrs.define
class Notes:
    """The notes about one resource.

    Attributes:
        address: Its address.
        title: Prefix of the names of its variables, such as its kind and name.
        ledger: The notes about all resources.
    """

    address: str
    title: str
    ledger: Ledger

    def lose(self, attribute: str | None, reason: str) -> None:
        """Record something that the document does not contain."""
        self.ledger.losses.append(Loss(self.address, attribute, reason))

    def secret(self, path: tuple[str, ...]) -> dict[str, Any]:
        """Record a sensitive value, and return the reference that replaces it."""
        base = variable_of(self.title, *(step for step in path if step not in _SCAFFOLD))
        name, number = base, 1
        while name in self.ledger.variables:
            number += 1
            name = f"{base}_{number}"
        self.ledger.variables.add(name)
        self.ledger.secrets.append(Replacement(self.address, ".".join(path), name))
        return {"env": name}

    def refer(self, attribute: str, target: str) -> str:
        """Record an ID that a reference replaces, and return the reference."""
        self.ledger.references.append(Replacement(self.address, attribute, target))
        return target
