"""Monthly usage of resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

HOURS_A_MONTH = 730
"""Hours of a month: 365 days of 24 hours in 12 months."""


@attrs.frozen
class Usage:
    """What a resource uses in a month.

    Attributes:
        unit: What is counted, as files of prices name it.
        least: How much of it at least.
        most: How much of it at most.
        labels: What the price depends on, such as the region.
    """

    unit: str
    least: float
    most: float
    labels: Mapping[str, str] = attrs.field(factory=dict[str, str])
