"""Pages of lists, with page tokens."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final, TypeVar

from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")

PAGE_SIZE: Final = 50
"""Default size of a page; deduced."""

MAX_PAGE_SIZE: Final = 1000
"""Maximum size of a page; deduced."""


def page_of(things: Sequence[T], query: Mapping[str, Any]) -> tuple[Sequence[T], dict[str, str]]:
    """Return a page of a list.

    Args:
        things: The whole list.
        query: The request's query, with ``pageSize`` and ``nextPageToken``.

    Returns:
        The items of the page, and the field with the token of the next one, if there is one.

    Raises:
        Problem: 400 for an unknown token or an invalid size.
    """
    size = query.get("pageSize", PAGE_SIZE)
    if not 0 < size <= MAX_PAGE_SIZE:
        raise bad_request(f"pageSize must be from 1 to {MAX_PAGE_SIZE}, got {size}")
    begin = _read(query.get("nextPageToken", ""))
    end = begin + size
    return things[begin:end], {"nextPageToken": _written(end)} if end < len(things) else {}


def _written(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def _read(token: str) -> int:
    if not token:
        return 0
    try:
        place = int(base64.urlsafe_b64decode(token + "=="))
    except (binascii.Error, ValueError):
        place = -1
    if place < 0:
        raise bad_request(f"nextPageToken: {token!r} does not belong to any page")
    return place
