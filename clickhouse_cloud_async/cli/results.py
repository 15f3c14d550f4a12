"""Prints results in the format and selection that the options of a command ask for."""

from __future__ import annotations

import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeGuard, cast

import typer

from .formats import csv_line, json_line, markdown_text, name_of, text_of, with_names, yaml_text
from .options import Options, Output
from .output import note, plain, print_lines, show_json, show_parts, show_table, stdout
from .selection import (
    SelectionError,
    column_searches,
    columns_of,
    compiled,
    in_order,
    is_plain,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from .output import Fields
    from .selection import Search

_LINES = {Output.JSONL, Output.CSV, Output.NAME}


def document_of(result: object) -> Any:
    """Return a result as the plain JSON values of the response.

    A secret in it is revealed: it is the purpose of the command, and may be returned only once.

    Args:
        result: A model, a list of models, or any value that a model may hold.
    """
    from clickhouse_cloud_async.core.codec import to_json

    return to_json(result)


def show(
    options: Options,
    result: Any,
    fields: Fields[Any] | None = None,
    *,
    document: Callable[[Any], Any] = document_of,
) -> None:
    """Print the result of a command.

    Args:
        options: The format, and which parts are printed.
        result: A model, a list of models, plain JSON values, text, bytes or None.
        fields: What tables show unless columns or a query are asked for; by default, what fits
            into a cell.
        document: Returns the JSON of a result, or of an item of a list.

    Raises:
        SelectionError: An expression cannot be applied to the result, which is printed whole.
    """
    try:
        _show(options, result, fields, document)
    except SelectionError:
        # An invalid expression must not lose the result, which may be returned only once.
        show_json([document(item) for item in result] if _is_list(result) else document(result))
        raise


def _show(
    options: Options,
    result: Any,
    fields: Fields[Any] | None,
    document: Callable[[Any], Any],
) -> None:
    if result is None and options.format is Output.TABLE and not _is_selected(options):
        note("done")
    elif isinstance(result, bytes):
        sys.stdout.flush()
        typer.echo(result, nl=False)
    elif _is_list(result):
        _show_list(options, result, fields, document)
    elif fields is not None and options.format is Output.TABLE and not _is_selected(options):
        show_parts({title: field(result) for title, field in fields.items()})
    else:
        _show_document(options, _queried(options, _readable(options, result, document)))


async def show_stream(
    options: Options, items: AsyncIterator[Any], fields: Fields[Any] | None = None
) -> None:
    """Print the items of a list; in formats of a line an item, each as soon as it is there.

    Args:
        options: The format, and which parts are printed. Reading ends at the limit.
        items: The items, from a generator, which is closed in the end.
        fields: As in `show`.

    Raises:
        SelectionError: As in `show`; lines that were printed before are not printed again.
    """
    is_reordered = options.sort is not None or options.query is not None
    is_whole = is_reordered or options.format not in _LINES
    limit = None if is_reordered else options.limit
    kept: list[Any] = []
    lines = _Lines(options)
    count = 0
    async with aclosing(cast("AsyncGenerator[Any]", items)):
        # Reading one item more than needed could request another page.
        while count != limit:
            try:
                item = await anext(items)
            except StopAsyncIteration:
                break
            count += 1
            # Only for a model the columns are known from the start.
            is_whole = is_whole or not lines.have_titles_for(item)
            if is_whole:
                kept.append(item)
            else:
                lines.write(document_of(item))
    if is_whole:
        show(options, kept, fields)


def _is_list(result: object) -> TypeGuard[list[Any]]:
    return isinstance(result, list)


def _is_selected(options: Options) -> bool:
    return options.columns is not None or options.query is not None


def _queried(options: Options, document: Any) -> Any:
    return document if options.query is None else compiled(options.query, "--query")(document)


def _show_list(
    options: Options,
    items: list[Any],
    fields: Fields[Any] | None,
    document: Callable[[Any], Any],
) -> None:
    if options.sort is not None:
        order = in_order([document(item) for item in items], options.sort)
        items = [items[each] for each in order]
    items = items[: options.limit]
    if fields is not None and not _is_selected(options):
        if options.format is Output.TABLE:
            show_table(items, fields)
            return
        if options.format is Output.MARKDOWN:
            rows = [[_plain_cell(field(item)) for field in fields.values()] for item in items]
            _write(markdown_text(list(fields), rows))
            return
    documents = [_readable(options, item, document) for item in items]
    _show_document(options, _queried(options, documents))


def _readable(options: Options, result: Any, document: Callable[[Any], Any]) -> Any:
    """Return a result's JSON, with names in place of numbers if people read its own fields."""
    found = document(result)
    if options.format in {Output.TABLE, Output.MARKDOWN} and not _is_selected(options):
        return with_names(result, found)
    return found


def _plain_cell(value: object) -> str:
    """Return the text of a table's field, without colour."""
    return text_of(value) if isinstance(value, list | None) else str(value)


def _show_document(options: Options, document: Any) -> None:
    """Print a JSON document."""
    if options.format in _LINES:
        items = document if isinstance(document, list) else [document]
        lines = _Lines(options, _keys_of(items))
        for item in items:
            lines.write(item)
        lines.end()
        return
    searches = None if options.columns is None else column_searches(options.columns)
    if searches is not None:
        document = _with_columns(document, searches)
    match options.format:
        case Output.JSON:
            show_json(document)
        case Output.YAML:
            _write(yaml_text(document), newline=False)
        case Output.MARKDOWN:
            _show_as_markdown(document, searches)
        case _:
            _show_as_table(document, searches)


def _with_columns(document: Any, searches: dict[str, Search]) -> Any:
    """Return an object, or each of some objects, reduced to the requested columns."""
    if isinstance(document, list):
        return [_with_columns(item, searches) for item in document]
    return {title: search(document) for title, search in searches.items()}


def _objects(items: list[Any]) -> list[dict[str, Any]]:
    """Return the items as objects; a plain value becomes one with a single key."""
    return [item if isinstance(item, dict) else {"value": item} for item in items]


def _keys_of(items: list[Any]) -> list[str]:
    """Return the keys that any of the items has."""
    return list(dict.fromkeys(key for item in _objects(items) for key in item))


def _show_as_markdown(document: Any, searches: dict[str, Search] | None) -> None:
    items = _objects(document if isinstance(document, list) else [document])
    titles = list(searches) if searches else columns_of(items)
    _write(
        markdown_text(titles, [[text_of(item.get(title)) for title in titles] for item in items])
    )


def _show_as_table(document: Any, searches: dict[str, Search] | None) -> None:
    if document is None:
        note("no result")
    elif isinstance(document, dict):
        show_parts(dict(_parts(document)))
    elif isinstance(document, list) and all(isinstance(item, dict) for item in document):
        titles = list(searches) if searches else columns_of(document)
        show_table(document, {title: _getter(title) for title in titles})
    else:
        for item in document if isinstance(document, list) else [document]:
            print_lines(stdout(), text_of(item))


def _getter(key: str) -> Callable[[dict[str, Any]], str]:
    return lambda item: text_of(item.get(key))


def _parts(document: dict[str, Any], prefix: str = "") -> list[tuple[str, object]]:
    """Yield the values of an object with their keys, for a line each."""
    parts: list[tuple[str, object]] = []
    for key, value in document.items():
        if isinstance(value, dict):
            parts += _parts(value, f"{prefix}{key}.")
        elif isinstance(value, list) and not is_plain(value):
            parts.append((prefix + key, [text_of(item) for item in value]))
        else:
            parts.append((prefix + key, text_of(value)))
    return parts


class _Lines:
    """Writes results in a format that has a line for each.

    Args:
        options: The format and the columns.
        titles: The columns of CSV where the options name none.
    """

    def __init__(self, options: Options, titles: list[str] | None = None) -> None:
        columns = options.columns
        self._format = options.format
        self._searches = None if columns is None else column_searches(columns)
        self._titles = titles if self._searches is None else list(self._searches)
        self._has_header = False

    def have_titles_for(self, item: object) -> bool:
        """Return whether the columns are known, as for a model, or do not matter."""
        from clickhouse_cloud_async.core.codec import model_fields
        from clickhouse_cloud_async.core.model import Model

        if self._titles is None and isinstance(item, Model):
            self._titles = [field.wire for field in model_fields(type(item))]
        return self._format is not Output.CSV or self._titles is not None

    def write(self, document: Any) -> None:
        """Write the JSON of a result."""
        if self._searches is not None:
            document = _with_columns(document, self._searches)
        if self._format is Output.JSONL:
            _write(json_line(document))
        elif self._format is Output.NAME:
            chosen = document if self._searches is None else next(iter(document.values()))
            _write(plain(name_of(chosen)))
        else:
            self._write_header()
            (row,) = _objects([document])
            _write(csv_line(row.get(title) for title in self._titles or ()), newline=False)

    def end(self) -> None:
        """Write the output of an empty result."""
        if self._format is Output.CSV and self._titles:
            self._write_header()

    def _write_header(self) -> None:
        if not self._has_header:
            self._has_header = True
            _write(csv_line(self._titles or ()), newline=False)


def _write(text: str, *, newline: bool = True) -> None:
    # As bytes, because these formats are UTF-8 regardless of the terminal's encoding.
    typer.echo(text.encode(), nl=newline)
