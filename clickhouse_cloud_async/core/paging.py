"""How the pages of a list follow each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import attrs

from .errors import IncompleteListError, ResponseDecodeError

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.frozen(kw_only=True)
class Paging:
    """How a list operation hands out its items page by page.

    The API gives a cursor or token of the next page, or pages are asked for by the number of items
    before them or by their own number.

    Attributes:
        items: Keys that lead from the response to the list of items.
        cursor: Keys that lead from the response to the next page's cursor or token; empty where
            pages are counted.
        parameter: Query parameter that says which page is wanted: by cursor or token, by the number
            of items before it, or by its number. None where the API documents none.
        first_page: Number of the first page where pages are numbered; None where items are counted.
        size_parameter: Query parameter of the size of a page; None where there is none.
        page_size: The size of a page where the caller names none; a shorter page is the last.
    """

    items: tuple[str, ...]
    cursor: tuple[str, ...] = ()
    parameter: str | None
    first_page: int | None = None
    size_parameter: str | None = None
    page_size: int = 100


def following(
    paging: Paging, query: Mapping[str, object], length: int, cursor: str | None
) -> dict[str, object] | None:
    """Return the query of the page after this one; None where this is the last.

    Args:
        paging: How the pages of the list follow each other.
        query: Query of this page.
        length: Number of its items.
        cursor: The cursor or token that came with it; None where there was none.

    Raises:
        IncompleteListError: There is another page, and the API documents no way to ask for it.
        ResponseDecodeError: The next page is said to be this one.
    """
    if paging.cursor:
        if not cursor:
            return None
        if paging.parameter is None:
            raise IncompleteListError(
                "the list goes on, and the API documents no way to ask for the rest of it"
            )
        if query.get(paging.parameter) == cursor:
            raise ResponseDecodeError("the cursor of the next page is that of this one")
        return {**query, paging.parameter: cursor}
    assert paging.parameter is not None, "pages that are counted are asked for by a parameter"
    size = query.get(paging.size_parameter) if paging.size_parameter else None
    if length < cast("int", size or paging.page_size):
        return None
    if paging.first_page is None:
        position = _number(query.get(paging.parameter), 0) + length
    else:
        position = _number(query.get(paging.parameter), paging.first_page) + 1
    return {**query, paging.parameter: position}


def _number(value: Any, default: int) -> int:
    """Return what a query says of where to begin; a caller may leave it out or pass `UNSET`."""
    return value if isinstance(value, int) else default
