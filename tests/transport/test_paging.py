"""Requests for the next page, with each style of paging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from clickhouse_cloud_async import IncompleteListError, ResponseDecodeError
from clickhouse_cloud_async.core.operation import Operation
from clickhouse_cloud_async.core.paging import PageFacts, Paging, following
from clickhouse_cloud_async.core.values import UNSET

if TYPE_CHECKING:
    from tests.client.stub import Stub

CURSOR = Paging(items=("result",), cursor=("next",), parameter="cursor", size_parameter="limit")
TOKEN = Paging(items=("list",), cursor=("nextPageToken",), parameter="nextPageToken")
UNDOCUMENTED = Paging(items=("list",), cursor=("nextPageToken",), parameter=None)
OFFSET = Paging(items=("result",), parameter="offset", size_parameter="limit", page_size=3)
NUMBER = Paging(
    items=("list",), parameter="page", size_parameter="page_size", first_page=1, page_size=10
)


@pytest.mark.parametrize(
    ("paging", "query", "length", "cursor", "expected"),
    [
        (CURSOR, {}, 100, "b", {"cursor": "b"}),
        (CURSOR, {"cursor": "a", "limit": 5}, 0, "b", {"cursor": "b", "limit": 5}),
        (TOKEN, {"filter": "x"}, 2, "t", {"filter": "x", "nextPageToken": "t"}),
        (OFFSET, {}, 3, None, {"offset": 3}),
        (OFFSET, {"offset": UNSET, "limit": UNSET}, 3, None, {"offset": 3, "limit": UNSET}),
        (OFFSET, {"offset": 4, "limit": 2}, 2, None, {"offset": 6, "limit": 2}),
        (NUMBER, {}, 10, None, {"page": 2}),
        (NUMBER, {"page": 3, "page_size": 100}, 100, None, {"page": 4, "page_size": 100}),
    ],
)
def test_next_page(
    paging: Paging,
    query: dict[str, Any],
    length: int,
    cursor: str | None,
    expected: dict[str, Any],
) -> None:
    """The query of the next page keeps that of this one but for the position."""
    assert following(paging, query, PageFacts(length, cursor)) == expected


@pytest.mark.parametrize(
    ("paging", "query", "length", "cursor"),
    [
        (CURSOR, {}, 100, None),
        (CURSOR, {}, 100, ""),
        (UNDOCUMENTED, {}, 100, None),
        (OFFSET, {}, 2, None),
        (OFFSET, {"limit": 5}, 3, None),
        (NUMBER, {"page": 4}, 0, None),
        (NUMBER, {"page_size": 100}, 99, None),
    ],
)
def test_last_page(paging: Paging, query: dict[str, Any], length: int, cursor: str | None) -> None:
    """A list ends without a cursor, or with a page that is not full."""
    assert following(paging, query, PageFacts(length, cursor)) is None


def test_list_that_cannot_be_read_to_its_end() -> None:
    """A token that the API takes nowhere is an error, and not taken for the end of the list."""
    with pytest.raises(IncompleteListError, match="no way to request the rest"):
        following(UNDOCUMENTED, {}, PageFacts(100, "t"))


@pytest.mark.parametrize(
    ("length", "seen", "is_last"),
    [(10, 10, False), (10, 20, True), (5, 15, False), (5, 20, True), (0, 5, True)],
)
def test_stated_total_ends_a_list(length: int, seen: int, *, is_last: bool) -> None:
    """Where the total is told, no page too many is asked for, and no short page ends the list."""
    counted = attrs.evolve(NUMBER, total=("count",))
    page = PageFacts(length, seen=seen, total=20)

    assert (following(counted, {"page": 1}, page) is None) == is_last


async def test_items_of_an_incomplete_list_are_given(stub: Stub) -> None:
    """What came before the end that cannot be reached is yielded, and then the error is raised."""
    stub.answer({"list": ["a", "b"], "nextPageToken": "t"})
    things: Operation[list[str]] = Operation(
        "listThings", "GET", "/v1/things", result=list[str], paging=UNDOCUMENTED
    )

    async with stub.client() as cloud:
        pages = cloud._caller.pages(things)
        assert [await anext(pages), await anext(pages)] == ["a", "b"]
        with pytest.raises(IncompleteListError) as caught:
            await anext(pages)

    assert caught.value.operation == "listThings"
    assert len(stub.requests) == 1


def test_page_that_follows_itself() -> None:
    """A cursor that leads to its own page is an error, and no loop."""
    with pytest.raises(ResponseDecodeError, match="that of this one"):
        following(CURSOR, {"cursor": "a"}, PageFacts(100, "a"))
