"""What a look has taken from earlier ones, as plans tell it."""

from __future__ import annotations

import attrs

from .durations import duration


@attrs.frozen(kw_only=True)
class Known:
    """What a look has taken from earlier ones.

    Attributes:
        what: The kind, or a field that is read by itself.
        where: The kind of the resources that it is about.
        count: Of how many of them it was taken.
        seconds: How long ago the oldest of those looks was.
        is_current: Whether the API would have told of a change since then.
    """

    what: str
    where: str
    count: int
    seconds: float
    is_current: bool

    def to_dict(self) -> dict[str, object]:
        """It as JSON has it."""
        return {**attrs.asdict(self), "seconds": round(self.seconds)}

    def __str__(self) -> str:
        return (
            f"{self.what} of {self.count} {self.where} are as they were up to"
            f" {duration(self.seconds)} ago: later changes do not show"
        )
