"""Printing: results on stdout, everything else on stderr."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

import typer

from clickhouse_cloud_async.core.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rich.console import Console
    from rich.text import Text

    T = TypeVar("T")
    Fields: TypeAlias = Mapping[str, Callable[[T], object]]
    """The fields to show of an object: a title for each, and a function that returns it."""

PIPE_WIDTH = 10_000
"""Width without a terminal: a pipe gets whole lines."""

_GAP = 2

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def stdout() -> Console:
    """A console for results: as wide as the terminal, or without limit in a pipe."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Console(width=width, highlight=False, markup=False, emoji=False)


def stderr() -> Console:
    """A console for everything else."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def note(message: str) -> None:
    """Print a note that is no part of the result."""
    stderr().print(plain(message), style="dim", soft_wrap=True)


def complain(message: str) -> None:
    """Print an error in one line."""
    from rich.text import Text

    line = Text.assemble(("error:", "bold red"), " ", plain(message))
    stderr().print(line, soft_wrap=True)


def show_table(items: Sequence[T], fields: Fields[T]) -> None:
    """Print objects as a table with as many columns as fit, or a note where there is none.

    Args:
        items: The objects.
        fields: The columns, the most important ones first.
    """
    if not items:
        note("none found")
        return
    columns = [
        [_title(_HUMP.sub(" ", title).upper()), *(_cell(field(item)) for item in items)]
        for title, field in fields.items()
    ]
    console = stdout()
    ends = accumulate(_width(column) + _GAP for column in columns)
    fitting = max(2, sum(end - _GAP <= console.width for end in ends))
    _print_rows(console, list(zip(*columns[:fitting], strict=True)))
    if hidden := list(fields)[fitting:]:
        note(f"not shown, for lack of width: {', '.join(hidden)}")


def show_json(document: object) -> None:
    """Print a JSON document."""
    from clickhouse_cloud_async.core.codec import json_bytes

    # As bytes, because JSON is UTF-8 whatever the terminal's encoding is.
    typer.echo(json_bytes(document, indent=True))


def show_parts(parts: Mapping[str, object]) -> None:
    """Print a line for each part, with its title in front; for a list, a line for each item.

    Args:
        parts: The parts by title; those that are None or empty are omitted.
    """
    rows: list[tuple[Text, Text]] = []
    for title, value in parts.items():
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        cells = [cell for item in items if (cell := _cell(item))]
        titles = [_title(title), *(_cell(None) for _ in cells)]
        rows += zip(titles, cells, strict=False)
    _print_rows(stdout(), rows)


def print_lines(console: Console, text: str) -> None:
    """Print lines unchanged, except for control characters."""
    for line in text.splitlines():
        console.print(visible(_CONTROL.sub(" ", line)), soft_wrap=True)


def plain(text: str) -> str:
    """Return the text in one line, without control and other misleading characters."""
    return visible(_CONTROL.sub(" ", text).strip())


def _cell(value: object) -> Text:
    from rich.text import Text

    match value:
        case Text():
            return value
        case None:
            return Text()
        case datetime():
            return Text(f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
        case _:
            return Text(plain(str(value)))


def _title(text: str) -> Text:
    from rich.text import Text

    return Text(text, "bold")


def _print_rows(console: Console, rows: Sequence[tuple[Text, ...]]) -> None:
    from rich.text import Text

    widths = [_width(column) for column in zip(*rows, strict=True)]
    for row in rows:
        line = Text()
        for cell, width in zip(row, widths, strict=True):
            line.append_text(cell)
            line.pad_right(width - cell.cell_len + _GAP)
        line.rstrip()
        console.print(line, overflow="fold")


def _width(cells: Iterable[Text]) -> int:
    return max(cell.cell_len for cell in cells)
