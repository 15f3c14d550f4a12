"""Lengths of time as text."""

from __future__ import annotations

_MINUTE = 60


def duration(seconds: float) -> str:
    """Return a length of time as text, such as ``3 min``.

    Args:
        seconds: The seconds.
    """
    if seconds < _MINUTE:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / _MINUTE)
    return f"{minutes} min" if minutes < _MINUTE else f"{minutes // 60} h {minutes % 60} min"
