"""Parses timestamps in requests."""

from __future__ import annotations

from datetime import UTC, datetime

from .problems import bad_request


def read_moment(name: str, text: str) -> datetime:
    """Parse a timestamp or a date, in UTC unless a time zone is given.

    Args:
        name: The property or parameter that holds it.
        text: The text, which is known to be a timestamp.

    Raises:
        Problem: 400 for a time outside the years 1 to 9999 in UTC.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise bad_request(f"{name}: is out of range") from None
