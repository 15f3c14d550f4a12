"""Outcomes of resources of any kind."""

from __future__ import annotations

import attrs

from clickhouse_cloud_async.fleet.report import Outcome


@attrs.define(kw_only=True)
class ResourceOutcome(Outcome):
    """The outcome of a resource.

    Attributes:
        id: ID of the resource; empty if it does not exist.
        kind: Its kind.
        parent: The label of its parent; None for none.
    """

    kind: str
    parent: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return everything but the result as JSON values."""
        return {"kind": self.kind, "parent": self.parent, **super().to_dict()}
