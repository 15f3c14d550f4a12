"""How the demo shows a fleet: in place on a terminal, line by line elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from rich.columns import Columns
from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from .output import plain
from .service_fields import state_text

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from contextlib import AbstractContextManager

    from rich.console import Console, RenderableType

    from clickhouse_cloud_async.models import Service

    Show: TypeAlias = Callable[[Sequence[Service]], None]
    """Shows all services as they are known now."""

_BAR_WIDTH = 40
_GAP = 3
_STATE_WIDTH = len("provisioning")
_OTHER_LINES = 4


def count_states(services: Sequence[Service]) -> Counter[str]:
    """How many services are in each state."""
    return Counter(str(service.state) for service in services)


def states_text(states: Counter[str]) -> Text:
    """The states, each in its colour, with their counts, the most frequent first."""
    return Text(", ").join(
        Text.assemble(f"{count} ", state_text(state)) for state, count in states.most_common()
    )


def open_board(console: Console) -> AbstractContextManager[Show]:
    """Open what suits where stdout goes to.

    Args:
        console: A console on stdout.
    """
    lives = sys.stdout.isatty() and console.is_interactive
    return _live_board(console) if lives else _log(console)


@contextmanager
def _live_board(console: Console) -> Generator[Show]:
    began = time.monotonic()
    with Live(console=console, auto_refresh=False) as live:

        def show(services: Sequence[Service]) -> None:
            progress = _progress(services, time.monotonic() - began)
            live.update(Group(progress, _grid(services, console)), refresh=True)

        yield show


@contextmanager
def _log(console: Console) -> Generator[Show]:
    began = time.monotonic()
    last = Counter[str]()

    def show(services: Sequence[Service]) -> None:
        nonlocal last
        states = count_states(services)
        if states != last:
            console.print(f"{time.monotonic() - began:5.1f} s ", states_text(states))
            last = states

    yield show


def _progress(services: Sequence[Service], seconds: float) -> RenderableType:
    states = count_states(services)
    running = states.pop("running", 0)
    row = Table.grid(padding=(0, _GAP, 0, 0))
    row.add_row(
        ProgressBar(len(services), running, width=_BAR_WIDTH, complete_style="green"),
        Text(f"{running} of {len(services)} running", "bold"),
        f"{seconds:.1f} s",
    )
    return Group(row, states_text(states))


def _grid(services: Sequence[Service], console: Console) -> RenderableType:
    """The services in columns; where the terminal is too small, those that do not run first."""
    width = max(len(service.name) for service in services)
    cells = [_cell(service, width) for service in services]
    across = max(1, (console.width + _GAP) // (cells[0].cell_len + _GAP))
    room = across * max(1, console.height - _OTHER_LINES)
    if len(cells) > room:
        by_urgency = sorted(services, key=lambda service: service.state == "running")
        cells = [_cell(service, width) for service in by_urgency[: room - 1]]
        cells.append(Text(f"and {len(services) - len(cells)} more", "dim"))
    return Columns(cells, padding=(0, _GAP, 0, 0), column_first=True)


def _cell(service: Service, width: int) -> Text:
    state = state_text(service.state)
    state.pad_right(_STATE_WIDTH - len(state))
    return Text.assemble(f"{plain(service.name):{width}} ", state)
