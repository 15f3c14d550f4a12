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
    """The monthly usage of a resource.

    Attributes:
        unit: The unit, as named in files of prices.
        least: The minimum number of units.
        most: The maximum number of units.
        labels: Labels that the price depends on, such as the region.
    """

    unit: str
    least: float
    most: float
    labels: Mapping[str, str] = attrs.field(factory=dict[str, str])
