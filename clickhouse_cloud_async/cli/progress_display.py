"""Progress of many resources: in place on a terminal, line by line elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rich.columns import Columns
from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from .output import plain
from .states import state_text
from .streams import OutputClosed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Sequence
    from contextlib import AbstractContextManager

    from rich.console import Console, RenderableType

    Show: TypeAlias = Callable[["Frame"], None]

REDRAW = 0.2
"""Seconds from one drawing to the next."""

LINE = 1.0
"""Minimum number of seconds between two lines, without a terminal."""

_BAR_WIDTH = 40
_GAP = 3
_STATE_WIDTH = len("provisioning")
_OTHER_LINES = 4
_MINUTE = 60.0


class Cell(NamedTuple):
    """A resource on the display.

    Attributes:
        name: Its name.
        state: Its state.
        is_settled: Whether it has finished.
    """

    name: str
    state: str
    is_settled: bool


class Frame(NamedTuple):
    """A frame of the display.

    Attributes:
        cells: The services.
        headline: Their progress in words.
        has_bar: Whether a bar shows how many are settled.
        remaining: About how many seconds are left; None where that is unknown.
    """

    cells: Sequence[Cell]
    headline: str
    has_bar: bool = True
    remaining: float | None = None

    @property
    def states(self) -> Counter[str]:
        """Number of services in each state."""
        return Counter(cell.state for cell in self.cells)


def states_text(states: Counter[str]) -> Text:
    """The states, each in its colour, with their counts, the most frequent first."""
    return Text(", ").join(
        Text.assemble(f"{count} ", state_text(state)) for state, count in states.most_common()
    )


def is_live(console: Console) -> bool:
    """Return whether a console can be drawn on in place."""
    return console.file.isatty() and console.is_interactive


@asynccontextmanager
async def display(
    console: Console, take_frame: Callable[[], Frame], *, is_kept: bool
) -> AsyncGenerator[None]:
    """Draw the frames of a function repeatedly until the end of the block.

    Args:
        console: Where to draw.
        take_frame: Returns what to draw; a frame with a bar is not drawn without cells.
        is_kept: Whether the last frame stays on a terminal.

    Raises:
        OutputClosed: The output has no reader any more; the block is cancelled at once.
    """
    with _open_display(console, is_kept=is_kept) as show:
        task = asyncio.create_task(_draw(show, take_frame, asyncio.current_task()))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            _draw_once(show, take_frame)


async def _draw(
    show: Show, take_frame: Callable[[], Frame], block: asyncio.Task[object] | None
) -> None:
    try:
        while True:
            _draw_once(show, take_frame)
            await asyncio.sleep(REDRAW)
    except OutputClosed:
        if block is not None:
            block.cancel()
        raise


def _draw_once(show: Show, take_frame: Callable[[], Frame]) -> None:
    frame = take_frame()
    if frame.cells or not frame.has_bar:
        show(frame)


def _open_display(console: Console, *, is_kept: bool) -> AbstractContextManager[Show]:
    return _live_display(console, is_kept=is_kept) if is_live(console) else _log(console)


@contextmanager
def _live_display(console: Console, *, is_kept: bool) -> Generator[Show]:
    began = time.monotonic()
    with Live(console=console, auto_refresh=False, transient=not is_kept) as live:

        def show(frame: Frame) -> None:
            live.update(render(frame, time.monotonic() - began, console), refresh=True)

        yield show


@contextmanager
def _log(console: Console) -> Generator[Show]:
    began = time.monotonic()
    written = Counter[str]()
    next_line = began
    last: Frame | None = None

    def write(frame: Frame) -> None:
        nonlocal written
        written = frame.states
        line = Text.assemble(f"{time.monotonic() - began:5.1f} s  ", states_text(written))
        console.print(line.append(_left(frame)), soft_wrap=True)

    def show(frame: Frame) -> None:
        nonlocal last, next_line
        last = frame
        now = time.monotonic()
        if now >= next_line and frame.states != written:
            write(frame)
            next_line = now + LINE

    yield show
    if last is not None and last.states != written:
        write(last)


def _left(frame: Frame) -> str:
    seconds = frame.remaining
    if seconds is None or seconds < 1:
        return ""
    amount = f"{seconds:.0f} s" if seconds < 2 * _MINUTE else f"{seconds / _MINUTE:.0f} min"
    return f"; about {amount} left"


def render(frame: Frame, seconds: float, console: Console) -> RenderableType:
    """Return a frame as shown on a terminal.

    Args:
        frame: What is shown.
        seconds: How long it took so far.
        console: The console, which has the available size.
    """
    progress = _progress(frame, seconds)
    return Group(progress, _grid(frame.cells, console)) if frame.cells else progress


def _progress(frame: Frame, seconds: float) -> RenderableType:
    settled = sum(cell.is_settled for cell in frame.cells)
    row = Table.grid(padding=(0, _GAP, 0, 0))
    if frame.has_bar:
        row.add_column(max_width=_BAR_WIDTH)
    # In little space the bar is dropped, so that the words stay in one line.
    row.add_column(no_wrap=True)
    row.add_column(no_wrap=True)
    words = (Text(frame.headline, "bold"), f"{seconds:.1f} s{_left(frame)}")
    bar = ProgressBar(len(frame.cells), settled, complete_style="green")
    row.add_row(*([bar] if frame.has_bar else []), *words)
    states = states_text(frame.states)
    states.no_wrap, states.overflow = True, "ellipsis"
    return Group(row, states)


def _grid(services: Sequence[Cell], console: Console) -> RenderableType:
    """The services in columns; where the terminal is too small, those on their way first."""
    width = max(len(plain(service.name)) for service in services)
    across = max(1, (console.width + _GAP) // (width + 1 + _STATE_WIDTH + _GAP))
    room = across * max(1, console.height - _OTHER_LINES)
    if len(services) <= room:
        cells = _cells(services, width)
    else:
        by_urgency = sorted(services, key=lambda service: service.is_settled)
        cells = _cells(by_urgency[: room - 1], width)
        cells.append(Text(f"and {len(services) - len(cells)} more", "dim"))
    return Columns(cells, padding=(0, _GAP, 0, 0), column_first=True)


def _cells(services: Iterable[Cell], width: int) -> list[Text]:
    cells: list[Text] = []
    for service in services:
        state = state_text(service.state)
        state.pad_right(_STATE_WIDTH - len(state))
        cells.append(Text.assemble(f"{plain(service.name):{width}} ", state))
    return cells
