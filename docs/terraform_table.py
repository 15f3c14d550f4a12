"""Writes the table of `how-to/from-terraform.md` from `terraform.toml`.

::

    python docs/terraform_table.py
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
PAGE = FOLDER / "how-to" / "from-terraform.md"
_BEGIN = "| Resource of the provider |"


class Row(NamedTuple):
    """A resource of the provider with what it becomes.

    Attributes:
        resource: Its type.
        kind: The kind of the document; empty if the resource is not converted.
        also: Another kind that contains a part of it; empty for none.
        field: The field of another resource that it becomes; empty for a separate resource.
        lost: What is not converted, or why nothing is.
    """

    resource: str
    kind: str
    also: str
    field: str
    lost: str


def rows() -> list[Row]:
    """Read the table."""
    tables = tomllib.loads((FOLDER / "terraform.toml").read_text("utf-8"))
    return [
        Row(name, *(row.get(column, "") for column in ("kind", "also", "field", "lost")))
        for name, row in tables.items()
    ]


def table() -> str:
    """Return the table of the page."""
    lines = [f"| `{row.resource}` | {_becomes(row)} | {row.lost or '-'} |" for row in rows()]
    return "\n".join((f"{_BEGIN} Becomes | Not converted |", "| --- | --- | --- |", *lines)) + "\n"


def _becomes(row: Row) -> str:
    if not row.kind:
        return "nothing"
    if row.field:
        return f"`{row.field}` of `{row.kind}`"
    return " and ".join(f"`{kind}`" for kind in (row.kind, row.also) if kind)


def page() -> str:
    """Return the page with the table as it has to be."""
    text, _, _ = PAGE.read_text("utf-8").partition(_BEGIN)
    return text + table()


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
