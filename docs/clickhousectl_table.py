"""Writes the table of `from-clickhousectl.md` from `clickhousectl.toml`.

::

    python docs/clickhousectl_table.py
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
PAGE = FOLDER / "from-clickhousectl.md"
_BEGIN = "| `clickhousectl cloud` |"


class Counterpart(NamedTuple):
    """A command of ``clickhousectl cloud`` with the one that does the same here.

    Attributes:
        theirs: The words of the command.
        ours: The words of ours; empty where there is none.
        note: What differs, or why there is none.
    """

    theirs: str
    ours: str
    note: str


def counterparts() -> list[Counterpart]:
    """Read the table."""
    tables = tomllib.loads((FOLDER / "clickhousectl.toml").read_text("utf-8"))
    found = []
    for group, commands in tables.items():
        for verb, ours in commands.items():
            given = {"command": ours} if isinstance(ours, str) else ours
            found.append(Counterpart(f"{group} {verb}", given["command"], given.get("note", "")))
    return found


def table() -> str:
    """Return the table of the page."""
    rows = [f"| `{each.theirs}` | {_ours(each)} |" for each in counterparts()]
    return "\n".join((f"{_BEGIN} `chcloud` |", "| --- | --- |", *rows)) + "\n"


def _ours(counterpart: Counterpart) -> str:
    command = f"`{counterpart.ours}`" if counterpart.ours else ""
    return ", ".join(filter(None, (command, counterpart.note)))


def page() -> str:
    """Return the page with the table as it has to be."""
    text, _, _ = PAGE.read_text("utf-8").partition(_BEGIN)
    return text + table()


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
