"""Lists in pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .client import Answer, Api


async def _pages(api: Api, limit: int) -> list[Answer]:
    pages: list[Answer] = []
    cursor: str | None = ""
    while cursor is not None:
        query = [("limit", str(limit))] + ([("cursor", cursor)] if cursor else [])
        pages.append(await api("GET", "/keys", query=query))
        cursor = pages[-1].json["nextCursor"]
    return pages


async def test_keys_are_paged_by_cursor(api: Api) -> None:
    """Cursors lead through all keys, oldest first, and the last page has none."""
    for index in range(4):
        await api("POST", "/keys", {"name": f"key {index}"})
    pages = await _pages(api, 2)

    names = [[key["name"] for key in page.result] for page in pages]
    assert names == [["emulator", "key 0"], ["key 1", "key 2"], ["key 3"]]
    assert {(2, 5)} == {(page.json["limit"], page.json["totalCount"]) for page in pages}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"limit": "0"}, "limit: must be at least 1"),
        ({"limit": "251"}, "limit: must be at most 250"),
        ({"limit": "many"}, "limit: must be integer"),
        ({"cursor": "zzz"}, "cursor: was not given by this API"),
        ({"cursor": "YWZ0ZXI6LTE="}, "cursor: was not given by this API"),
    ],
)
async def test_bad_paging(api: Api, query: dict[str, str], message: str) -> None:
    """Limits out of bounds and invented cursors are refused."""
    answer = await api("GET", "/keys", query=list(query.items()))

    assert (400, message) == (answer.status, answer.error)
