"""Builds HTML; all text is escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Markup(str):
    """Text that is already HTML."""

    __slots__ = ()


def html(value: object) -> Markup:
    """Return a value as HTML: unchanged if it is HTML, escaped otherwise."""
    return value if isinstance(value, Markup) else Markup(escape(visible(str(value))))


def element(name: str, /, *children: object, **attributes: object) -> Markup:
    """Return an element.

    Args:
        name: Its name.
        *children: Its content, as HTML or text.
        **attributes: Its attributes; a trailing underscore of a name is dropped.
    """
    return Markup(f"<{name}{_written(attributes)}>{''.join(map(html, children))}</{name}>")


def void_element(name: str, /, **attributes: object) -> Markup:
    """Return an element without content, such as an input.

    Args:
        name: Its name.
        **attributes: Its attributes, as those of `element`.
    """
    return Markup(f"<{name}{_written(attributes)}>")


def table(titles: Sequence[str], rows: Iterable[Sequence[object]], *, wide: int = -1) -> Markup:
    """Return a table, or a word if it has no rows.

    Args:
        titles: Titles of the columns.
        rows: The rows' cells, as HTML or text.
        wide: The column that takes the remaining width.
    """
    lines = [
        element(
            "tr",
            *(
                element("td", cell, **({"class_": "wide"} if place == wide else {}))
                for place, cell in enumerate(row)
            ),
        )
        for row in rows
    ]
    if not lines:
        return element("p", "none", class_="dim")
    head = element("tr", *(element("th", title) for title in titles))
    whole = element("table", element("thead", head), element("tbody", *lines))
    return element("div", whole, class_="scroll")


def _written(attributes: Mapping[str, object]) -> str:
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(visible(str(value)))}"'
        for name, value in attributes.items()
    )
