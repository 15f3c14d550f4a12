"""Results that a plan took from earlier observations."""

from __future__ import annotations

import attrs

from .durations import duration


@attrs.frozen(kw_only=True)
class Known:
    """Results that a plan took from earlier observations.

    Attributes:
        what: The kind, or a field that is read separately.
        where: The kind of the parents.
        count: Number of parents whose results were reused.
        seconds: Age of the oldest of these results.
        is_current: Whether the API would have reported later changes.
    """

    what: str
    where: str
    count: int
    seconds: float
    is_current: bool

    def to_dict(self) -> dict[str, object]:
        """The attributes as JSON values."""
        return {**attrs.asdict(self), "seconds": round(self.seconds)}

    def __str__(self) -> str:
        return (
            f"{self.what} of {self.count} {self.where} were read up to"
            f" {duration(self.seconds)} ago: later changes are not shown"
        )
