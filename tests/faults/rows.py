"""The table: every fault, in the groups in which the documentation shows them."""

from __future__ import annotations

from .bodies import BODIES, SIZES
from .connections import CONNECTIONS, PROTOCOL
from .statuses import REDIRECTS, STATUSES, THROTTLING

GROUPS = {
    "The connection": CONNECTIONS,
    "HTTP": PROTOCOL,
    "The body": BODIES,
    "Size and compression": SIZES,
    "Refusals and failures": STATUSES,
    "Throttling": THROTTLING,
    "Redirects": REDIRECTS,
}
"""Groups of faults by their title."""

ROWS = tuple(row for group in GROUPS.values() for row in group)
"""Every fault."""


def markdown() -> str:
    """The table as the documentation shows it."""
    lines = ["| Fault | GET, PUT | DELETE | Creation |", "| --- | --- | --- | --- |"]
    for title, group in GROUPS.items():
        lines.append(f"| **{title}** | | | |")
        for row in group:
            outcomes = (row.promise.read, row.promise.delete, row.promise.create)
            lines.append(f"| {' | '.join([row.name, *map(str, outcomes)])} |")
    return "\n".join(lines) + "\n"
