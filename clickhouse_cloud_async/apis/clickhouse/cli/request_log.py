"""A line for each request that the emulator answers, on stderr."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from clickhouse_cloud_async.cli.output import plain
from clickhouse_cloud_async.emulation.clock import moment_at
from clickhouse_cloud_async.emulator import ConnectionReset, LostResponse

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import RecordedRequest

_ORGANIZATION_DEPTH = 4
"""Number of slashes before the path below an organisation."""

_STYLES = {0: "red", 2: "green", 4: "yellow", 5: "red"}


def log_request(request: RecordedRequest) -> None:
    """Write the emulated time, the operation and the status of a request."""
    outcome = _outcome(request)
    line = Text.assemble(
        (f"{moment_at(request.elapsed):%H:%M:%S} ", "dim"),
        (f"{outcome:5} ", _STYLES.get(request.status // 100, "")),
        f"{request.method:6} {_shown_path(request)}",
        (f"  {request.operation_id or 'no operation'}", "dim"),
    )
    if request.faults:
        names = ", ".join(type(fault).__name__ for fault in request.faults)
        line.append(f"  fault: {names}", "red")
    _console().print(line, soft_wrap=True)


def _outcome(request: RecordedRequest) -> str:
    if any(isinstance(fault, ConnectionReset) for fault in request.faults):
        return "reset"
    if any(isinstance(fault, LostResponse) for fault in request.faults):
        return "lost"
    return str(request.status)


def _shown_path(request: RecordedRequest) -> str:
    """Return the path below the organisation, with the query."""
    parts = request.path.split("/", _ORGANIZATION_DEPTH)
    below = f"/{parts[-1]}" if len(parts) > _ORGANIZATION_DEPTH else request.path
    query = "&".join(f"{name}={value}" for name, value in request.query)
    return plain(f"{below}?{query}" if query else below)


@cache
def _console() -> Console:
    return Console(stderr=True, highlight=False, markup=False, emoji=False)
