"""Conditions by which the API filters lists and sums."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.errors import InvalidArgumentError

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.values import Unset

_CONDITION = re.compile(r"tag:[^=]")


def check_filter(conditions: Sequence[str] | Unset) -> None:
    """Check that every condition names a tag.

    The API ignores a condition of any other form and returns everything, so that a misspelt one
    would widen what the caller then works on. Wrong types are left to the encoder.

    Args:
        conditions: The argument `filter` of a call.

    Raises:
        InvalidArgumentError: A condition has another form.
    """
    if isinstance(conditions, str) or not isinstance(conditions, Sequence):
        return
    for index, condition in enumerate(conditions):
        if isinstance(condition, str) and not _CONDITION.match(condition):
            raise InvalidArgumentError(
                f"filter[{index}]: {condition!r} is not of the form tag:Key=Value or tag:Key; the"
                " API would ignore it and return everything, so it was not sent"
            )
