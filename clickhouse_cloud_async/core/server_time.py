"""Reads times from response headers: the server's clock, and the wait that it asks for."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RETRY_HEADER = "Retry-After"

RESET_MARGIN = 0.25
"""Seconds added to the wait that a server asks for, to allow for clock differences."""

FIRST_EPOCH = 1e9
"""Numbers of seconds from this one on (2001-09-09) are times since 1970."""

FIRST_EPOCH_IN_MILLISECONDS = 1e12
"""Numbers from this one on are times in milliseconds."""

PLAUSIBLE_YEARS = range(1970, 3000)
"""Plausible years of a ``Date`` header."""


def clock_offset(headers: Mapping[str, str]) -> timedelta:
    """Return how far the server's clock is ahead of this machine's.

    Args:
        headers: Header fields of a response that was just received.

    Returns:
        The difference by the ``Date`` header; zero without a plausible one.
    """
    server_now = _server_now(headers)
    return timedelta(0) if server_now is None else server_now - datetime.now(UTC)


def requested_wait(
    headers: Mapping[str, str], reset_header: str = "X-RateLimit-Reset"
) -> float | None:
    """Return for how long the server asks to wait before the next request.

    The API's own header takes precedence over ``Retry-After``. Either may be a number of seconds, a
    time since 1970 in seconds or milliseconds, or a date; times count from the server's own clock.

    Args:
        headers: Header fields of a response that was just received.
        reset_header: Name of the API's own header.

    Returns:
        Seconds from 0 on; None without a valid header.
    """
    for name in (reset_header, RETRY_HEADER):
        wait = _parse_wait(headers.get(name, ""), headers)
        if wait is not None:
            return wait
    return None


def _parse_wait(text: str, headers: Mapping[str, str]) -> float | None:
    try:
        number = float(text)
    except ValueError:
        moment = _parse_date(text)
        return None if moment is None else _seconds_until(moment.timestamp(), headers)
    if not math.isfinite(number) or number < 0:
        return None
    if number >= FIRST_EPOCH_IN_MILLISECONDS:
        return _seconds_until(number / 1000, headers)
    return _seconds_until(number, headers) if number >= FIRST_EPOCH else number


def _seconds_until(moment: float, headers: Mapping[str, str]) -> float:
    server_now = _server_now(headers) or datetime.now(UTC)
    return max(0.0, moment - server_now.timestamp())


def _server_now(headers: Mapping[str, str]) -> datetime | None:
    date = _parse_date(headers.get("Date", ""))
    return date if date is not None and date.year in PLAUSIBLE_YEARS else None


def _parse_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        # A zone of -0000 means UTC, but is parsed to a datetime without a zone.
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
