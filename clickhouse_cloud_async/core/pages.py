"""Reading one page of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from .documents import paused_collector
from .errors import ResponseDecodeError
from .paging import PageFacts
from .problems import annotate, check_status
from .responses import parse, without_document

if TYPE_CHECKING:
    from .drift import Drift
    from .messages import Request, Response
    from .operation import Operation
    from .paging import Paging

T = TypeVar("T")


def read_page(
    operation: Operation[list[T]], request: Request, response: Response, drift: Drift
) -> tuple[list[T], PageFacts]:
    """Return the items of a page, and where the list continues.

    Raises:
        APIStatusError: The status is an error status.
        ResponseDecodeError: The response does not match the operation's contract.
    """
    check_status(request, response)
    try:
        return _page(operation, request, response, drift)
    except ResponseDecodeError as error:
        failure = error
    raise without_document(annotate(failure, request, response))


def _page(
    operation: Operation[list[T]], request: Request, response: Response, drift: Drift
) -> tuple[list[T], PageFacts]:
    paging = operation.paging
    assert paging is not None, "the operation has paging"
    with paused_collector():
        document = parse(request, response)
        found, page = page_of(document, paging)
        items: list[T] = drift.decode(operation.id, operation.result, found)
    return items, attrs.evolve(page, length=len(items))


def page_of(document: Any, paging: Paging) -> tuple[Any, PageFacts]:
    """Return the undecoded items of a page, and where the list continues.

    Args:
        document: The response.
        paging: How the pages of the list follow each other.

    Raises:
        ResponseDecodeError: The response has no items, or a cursor that is not text.
    """
    items = _items(document, paging)
    cursors = (_dig(document, place) for place in paging.cursor_places)
    cursor = next((found for found in cursors if found is not None), None)
    if cursor is not None and not isinstance(cursor, str):
        raise ResponseDecodeError("the cursor of the next page is not a string")
    total = _dig(document, paging.total) if paging.total else None
    counted = isinstance(total, int) and not isinstance(total, bool)
    counted_items: list[Any] = items if isinstance(items, list) else []
    return items, PageFacts(len(counted_items), cursor, total=total if counted else None)


def _dig(document: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _items(document: Any, paging: Paging) -> Any:
    """Return the list of items, which may take the place of an outer key's object."""
    for key in paging.items:
        if isinstance(document, list):
            break
        document = _dig(document, (key,))
    if document is None:
        raise ResponseDecodeError(f"the response has no {'.'.join(paging.items)!r}")
    return document
