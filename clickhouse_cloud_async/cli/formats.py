"""JSON documents as text in the formats of ``--output``."""

from __future__ import annotations

import csv
import io
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.text import visible

from .selection import is_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NAMES = ("name", "id", "email", "key")
"""Keys for names, in order of preference."""


def text_of(value: Any) -> str:
    """Return a JSON value as text for a cell of a table.

    Args:
        value: The value; lists of scalars have spaces between the items, anything nested is JSON.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case list() if is_plain(value):
            return " ".join(map(text_of, value))
        case dict() | list():
            return json_line(value)
        case _:
            return str(value)


def json_line(document: Any) -> str:
    """Return a document as JSON in one line."""
    from clickhouse_cloud_async.core.codec import json_bytes

    return json_bytes(document).decode()


def yaml_text(document: Any) -> str:
    """Return a document as YAML."""
    import yaml

    return yaml.safe_dump(
        document, sort_keys=False, allow_unicode=True, width=_NO_WRAPPING, default_flow_style=False
    )


_NO_WRAPPING = 1_000_000


def csv_line(cells: Iterable[Any]) -> str:
    """Return a line of CSV, with its line feed.

    Args:
        cells: JSON values; what is nested is written as JSON.
    """
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(
        json_line(cell) if isinstance(cell, dict | list) else text_of(cell) for cell in cells
    )
    return line.getvalue()


def markdown_text(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown.

    Args:
        titles: A title for each column.
        rows: The cells of each row.
    """
    lines = (_markdown_row(cells) for cells in (titles, ["---"] * len(titles), *rows))
    return "\n".join(lines)


def _markdown_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(_markdown_cell, cells))} |"


def _markdown_cell(text: str) -> str:
    """Return a cell, with cell separators and HTML markup escaped."""
    line = visible(" ".join(text.split()))
    for special, escaped in (("\\", "\\\\"), ("|", "\\|"), ("<", "&lt;")):
        line = line.replace(special, escaped)
    return line


def name_of(document: Any) -> str:
    """Return the name of an object, or the closest value to a name.

    Args:
        document: A JSON object, or a plain value, which is its own name.
    """
    if not isinstance(document, dict):
        return text_of(document)
    named = (document[key] for key in _NAMES if isinstance(document.get(key), str | int))
    return text_of(next(named, document))


def with_names(result: object, document: Any) -> Any:
    """Return the JSON of a model with the names of numbers that stand for words.

    Args:
        result: The model, or any other result.
        document: Its JSON.
    """
    from clickhouse_cloud_async.core.codec import model_fields
    from clickhouse_cloud_async.core.model import Model

    if not isinstance(result, Model):
        return document
    values = {field.wire: getattr(result, field.name) for field in model_fields(type(result))}
    names = {key: each.name.lower() for key, each in values.items() if isinstance(each, IntEnum)}
    return {key: names.get(key, value) for key, value in document.items()}
