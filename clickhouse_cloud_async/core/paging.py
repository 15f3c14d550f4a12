"""How the pages of a list follow each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import attrs

from .errors import IncompleteListError, ResponseDecodeError

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.frozen(kw_only=True)
class Paging:
    """How a list operation returns its items page by page.

    The API returns a cursor or token of the next page, or pages are requested by the number of
    items before them or by their own number.

    Attributes:
        items: Keys that lead from the response to the list of items.
        cursor: Keys that lead from the response to the next page's cursor or token; empty if pages
            are counted.
        parameter: Query parameter that selects the page: by cursor or token, by the number of items
            before it, or by its number. None if the API documents none.
        first_page: Number of the first page if pages are numbered; None if items are counted.
        size_parameter: Query parameter of the size of a page; None if there is none.
        page_size: Size of a page if the request does not set one.
        request_size: Size to request if the caller does not set one; None to request none.
        poll_size: Size that polls request, so that one request returns everything, if the API
            states no maximum; if it is refused, polls request `request_size`. None for no
            difference.
        total: Keys that lead from the response to the number of items of all pages; empty if
            responses do not contain it, in which case a page shorter than its size is the last.
    """

    items: tuple[str, ...]
    cursor: tuple[str, ...] = ()
    parameter: str | None
    first_page: int | None = None
    size_parameter: str | None = None
    page_size: int = 100
    request_size: int | None = None
    poll_size: int | None = None
    total: tuple[str, ...] = ()

    @property
    def cursor_places(self) -> tuple[tuple[str, ...], ...]:
        """Paths at which a cursor may be: as documented, or beside a list that is not wrapped."""
        return (self.cursor, self.cursor[-1:]) if self.cursor else ()

    def first(self, query: Mapping[str, object]) -> Mapping[str, object]:
        """Return the query of the first page, with the page size to request."""
        name = self.size_parameter
        if name is None or self.request_size is None or isinstance(query.get(name), int):
            return query
        return {**query, name: self.request_size}


@attrs.frozen
class PageFacts:
    """What a page says about the rest of its list.

    Attributes:
        length: Number of its items.
        cursor: The cursor or token in its response; None if there was none.
        seen: Number of items of this page and those that were read before it.
        total: Number of items of all pages; None if it is unknown.
    """

    length: int
    cursor: str | None = None
    seen: int = 0
    total: int | None = None


def following(
    paging: Paging, query: Mapping[str, object], page: PageFacts
) -> dict[str, object] | None:
    """Return the query of the page after this one; None if this is the last.

    Args:
        paging: How the pages of the list follow each other.
        query: Query of this page.
        page: Facts about this page.

    Raises:
        IncompleteListError: There is another page, and the API documents no way to request it.
        ResponseDecodeError: The cursor of the next page is that of this page.
    """
    if paging.cursor:
        if not page.cursor:
            return None
        if paging.parameter is None:
            raise IncompleteListError(
                "the list continues, and the API documents no way to request the rest of it"
            )
        if query.get(paging.parameter) == page.cursor:
            raise ResponseDecodeError("the cursor of the next page is that of this one")
        return {**query, paging.parameter: page.cursor}
    assert paging.parameter is not None, "counted pages have a parameter"
    if _is_last(paging, query, page):
        return None
    if paging.first_page is None:
        position = _number(query.get(paging.parameter), 0) + page.length
    else:
        position = _number(query.get(paging.parameter), paging.first_page) + 1
    return {**query, paging.parameter: position}


def _is_last(paging: Paging, query: Mapping[str, object], page: PageFacts) -> bool:
    if page.total is not None:
        # An API may return smaller pages than requested, so that only the total shows the last.
        return page.length == 0 or page.seen >= page.total
    size = query.get(paging.size_parameter) if paging.size_parameter else None
    return page.length < cast("int", size or paging.page_size)


def _number(value: Any, default: int) -> int:
    """Return the start position of a query; it may be omitted or `UNSET`."""
    return value if isinstance(value, int) else default
