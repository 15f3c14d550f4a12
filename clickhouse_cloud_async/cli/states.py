"""States in colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from .output import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

_STYLES: Mapping[str, str] = {
    "running": "green",
    "idle": "blue",
    "stopped": "bright_black",
    "gone": "bright_black",
    "not there": "bright_black",
    "failed": "bold red",
    "degraded": "red",
    "partially_running": "red",
}
_TRANSITION = "yellow"


def state_text(state: str) -> Text:
    """Return a state in its colour: green runs, yellow is in transition, red needs attention."""
    return Text(plain(state or ""), _STYLES.get(state, _TRANSITION))
