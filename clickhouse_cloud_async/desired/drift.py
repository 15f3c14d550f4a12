"""Differences between the actual and the described state."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.core.errors import CloudError, InvalidArgumentError
from clickhouse_cloud_async.core.numbers import is_number

from .plan import PlanAction

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from .plan import Plan, ResourcePlan


_WORDS: Mapping[PlanAction, str] = {
    PlanAction.ADD: "missing",
    PlanAction.CHANGE: "changed",
    PlanAction.REMOVE: "not described",
    PlanAction.REFUSED: "refused",
}


@attrs.frozen(kw_only=True)
class FleetDrift:
    """The differences between the actual and the described state.

    Attributes:
        plan: The plan that would remove them.
    """

    plan: Plan

    @property
    def missing(self) -> tuple[ResourcePlan, ...]:
        """Described resources that do not exist."""
        return self.plan.additions

    @property
    def changed(self) -> tuple[ResourcePlan, ...]:
        """Resources that differ from their description."""
        return (*self.plan.changes, *self.plan.refused)

    @property
    def extra(self) -> tuple[ResourcePlan, ...]:
        """Existing resources of pruned kinds that are not described."""
        return self.plan.removals

    @property
    def is_empty(self) -> bool:
        """Whether everything is as described."""
        return self.plan.is_empty

    def to_dict(self) -> dict[str, object]:
        """The drift as JSON values."""
        return {
            "fleet": self.plan.desired.name,
            "is_empty": self.is_empty,
            "missing": [item.to_dict() for item in self.missing],
            "changed": [item.to_dict() for item in self.changed],
            "extra": [item.to_dict() for item in self.extra],
            "notes": list(self.plan.notes),
            "known": [known.to_dict() for known in self.plan.known],
        }

    def __str__(self) -> str:
        if self.is_empty:
            return str(self.plan)
        lines = [f"fleet {self.plan.desired.name}: {len(self.plan.items)} differ"]
        for item in self.plan.items:
            reason = f": {item.reason}" if item.reason else ""
            what = f"{item.noun} {item.label}".rstrip()
            lines.append(f"{what}: {_WORDS[item.action]}{reason}")
            if item.action is PlanAction.CHANGE:
                lines += (f"    {change.drift}" for change in item.changes)
        return "\n".join((*lines, *(f"note: {remark}" for remark in self.plan.remarks)))


async def changes_of(
    look: Callable[[], Awaitable[FleetDrift]], every: float
) -> AsyncGenerator[FleetDrift]:
    """Observe repeatedly, and yield the drift whenever it has changed.

    Args:
        look: Returns the current drift.
        every: Seconds between two comparisons.

    Yields:
        The drift: first the current one, then each change of it.

    Raises:
        InvalidArgumentError: The interval is not a positive number.
        CloudError: The first comparison failed; later ones are retried.
    """
    if not is_number(every) or not 0 < every < float("inf"):
        raise InvalidArgumentError(f"every must be a positive number of seconds, got {every!r}")
    drift = await look()
    yield drift
    while True:
        await asyncio.sleep(every)
        try:
            seen = await look()
        except CloudError:
            continue
        if _facts(seen) != _facts(drift):
            drift = seen
            yield drift


def _facts(drift: FleetDrift) -> dict[str, object]:
    """Return the parts of a drift whose change is reported; the age of results always changes."""
    return drift.to_dict() | {"known": None}
