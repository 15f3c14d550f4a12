"""Selects the printed parts of a result: query, columns, order and limit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Search = Callable[[Any], Any]
    """A function that finds a part of a JSON document."""

_TITLED = re.compile(r"\s*(\w[\w ]*?)\s*=(?!=)")
"""The title before a column's expression, which may hold ``==`` itself."""


class SelectionError(typer.BadParameter):
    """An expression cannot be applied to a result."""


def check_selection(columns: str | None, sort: str | None, query: str | None) -> None:
    """Check the expressions of a command line, before anything is sent.

    Args:
        columns: Those of the columns.
        sort: Those of the order.
        query: That of the query.

    Raises:
        BadParameter: One of them is not a valid expression.
    """
    if columns is not None:
        column_searches(columns)
    if sort is not None:
        in_order([], sort)
    if query is not None:
        compiled(query, "--query")


def compiled(expression: str, option: str) -> Search:
    """Return the function that applies an expression to a document.

    Args:
        expression: A JMESPath expression.
        option: The option that it was given with, for the error.

    Raises:
        BadParameter: It is no such expression. The function raises `SelectionError` where it cannot
            be applied to a document.
    """
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        parsed = jmespath.compile(expression)
    except JMESPathError as error:
        raise typer.BadParameter(_message(error), param_hint=option) from None

    def search(document: Any) -> Any:
        try:
            return parsed.search(document)
        except JMESPathError as error:
            raise SelectionError(_message(error), param_hint=option) from None

    return search


def _message(error: Exception) -> str:
    """The message of a parser, which marks the place on lines of their own."""
    return " ".join(str(error).split("\n")[0].split()).removesuffix(":")


def column_searches(columns: str) -> dict[str, Search]:
    """Return the function for each requested column, by its title.

    Args:
        columns: Expressions with commas between them; ``TITLE=EXPRESSION`` gives one a title.

    Raises:
        BadParameter: One of them is empty, or not a valid expression.
    """
    searches: dict[str, Search] = {}
    for text in _split(columns):
        titled = _TITLED.match(text)
        expression = text[titled.end() :].strip() if titled else text.strip()
        if not expression:
            raise typer.BadParameter(f"{columns!r} has an empty column", param_hint="--columns")
        searches[titled[1] if titled else expression] = compiled(expression, "--columns")
    return searches


def _split(text: str) -> list[str]:
    """Split a text at the commas outside of brackets and quotes."""
    parts, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append("")
            continue
        parts[-1] += character
    return parts


def in_order(documents: Sequence[Any], sort: str) -> list[int]:
    """Return the positions of documents in the requested order.

    Args:
        documents: The documents.
        sort: Expressions with commas between them; one that begins with ``-`` counts down.

    Raises:
        BadParameter: One of them is empty, or not a valid expression.
    """
    positions = list(range(len(documents)))
    # From the last to the first: sorting is stable, so that the first counts most.
    for text in reversed(_split(sort)):
        expression = text.strip().removeprefix("-")
        if not expression:
            raise typer.BadParameter(f"{sort!r} has an empty field", param_hint="--sort")
        search = compiled(expression, "--sort")
        values = [search(document) for document in documents]
        ranks = [_rank(value) for value in values]
        is_down = text.strip().startswith("-")
        known = [each for each in positions if values[each] is not None]
        known.sort(key=lambda each: ranks[each], reverse=is_down)
        positions = known + [each for each in positions if values[each] is None]
    return positions


def _rank(value: Any) -> tuple[int, Any]:
    """Return a sort key for values of any type."""
    match value:
        case bool() | int() | float():
            return (0, value)
        case str():
            return (1, value)
        case _:
            return (2, str(value))


def columns_of(documents: Iterable[Any]) -> list[str]:
    """Choose columns for objects without defined columns.

    These are the keys whose values fit into cells: the name first, then the state and the id, then
    the others in the API's order.

    Args:
        documents: The objects.
    """
    fit: dict[str, bool] = {}
    for document in documents:
        for key, value in document.items():
            if value not in (None, []):
                fit[key] = fit.get(key, True) and is_plain(value)
    keys = [key for key, fits in fit.items() if fits]
    first = [key for key in ("name", "state", "status", "id") if key in keys]
    return [*first, *(key for key in keys if key not in first)]


def is_plain(value: Any) -> bool:
    """Return whether a value fits into a cell: a scalar, or a list of scalars."""
    if isinstance(value, list):
        return not any(isinstance(item, dict | list) for item in value)
    return not isinstance(value, dict)
