"""Lists that come in pages."""

from __future__ import annotations

import gc
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from clickhouse_cloud_async import AsyncClickHouseCloud, ResponseDecodeError, ServerError
from clickhouse_cloud_async.emulator import Emulator

from .stub import SERVICE, answering, session_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from clickhouse_cloud_async.models import ApiKey

    from .stub import Handler, Stub

PERIOD = {
    "from_date": datetime(2026, 1, 1, tzinfo=UTC),
    "to_date": datetime(2026, 1, 2, tzinfo=UTC),
}


def by_cursor(total: int, page_size: int, *, nested: bool) -> Handler:
    """A handler that hands out numbered items by cursor, in either of the API's envelopes."""

    async def handle(request: web.Request) -> web.StreamResponse:
        begin = int(request.query.get("cursor", "0"))
        end = begin + int(request.query.get("limit", page_size))
        items = [{"id": str(n), "functionName": str(n)} for n in range(begin, min(end, total))]
        following = str(end) if end < total else None
        if nested:
            result = {"items": items, "pagination": {"nextCursor": following}}
            return web.json_response({"result": result})
        return web.json_response({"result": items, "nextCursor": following})

    return handle


def by_offset(total: int, page_size: int) -> Handler:
    """A handler that hands out numbered items by offset."""

    async def handle(request: web.Request) -> web.StreamResponse:
        begin = int(request.query.get("offset", "0"))
        end = min(begin + int(request.query.get("limit", page_size)), total)
        return web.json_response({"result": [{"id": str(n)} for n in range(begin, end)]})

    return handle


def asked(stub: Stub) -> list[dict[str, str]]:
    """The query of every request."""
    return [dict(request.query) for request in stub.requests]


@pytest.mark.parametrize(
    ("total", "queries"),
    [
        (0, [{"limit": "2"}]),
        (1, [{"limit": "2"}]),
        (2, [{"limit": "2"}]),
        (3, [{"limit": "2"}, {"limit": "2", "cursor": "2"}]),
        (4, [{"limit": "2"}, {"limit": "2", "cursor": "2"}]),
        (5, [{"limit": "2"}, {"limit": "2", "cursor": "2"}, {"limit": "2", "cursor": "4"}]),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
async def test_cursor(
    stub: Stub, total: int, queries: list[dict[str, str]], *, nested: bool
) -> None:
    """A list by cursor asks until there is no further cursor, and not once more."""
    stub.handler = by_cursor(total, 2, nested=nested)

    async with stub.client() as cloud:
        if nested:
            names = [udf.function_name for udf in await cloud.udfs.list(limit=2)]
        else:
            names = [key.id for key in await cloud.api_keys.list(limit=2)]

    assert names == [str(n) for n in range(total)]
    assert asked(stub) == queries


async def test_page_size_is_left_to_the_api(stub: Stub) -> None:
    """Without a limit none is sent, and the API's own page size holds."""
    stub.handler = by_cursor(3, 2, nested=False)

    async with stub.client() as cloud:
        assert len(await cloud.api_keys.list()) == 3

    assert asked(stub) == [{}, {"cursor": "2"}]


async def test_first_cursor(stub: Stub) -> None:
    """A list can begin at a cursor that was given before."""
    stub.handler = by_cursor(5, 2, nested=False)

    async with stub.client() as cloud:
        keys = await cloud.api_keys.list(cursor="3")

    assert [key.id for key in keys] == ["3", "4"]


@pytest.mark.parametrize(
    ("total", "offsets"),
    [
        (0, [None]),
        (1, [None]),
        (2, [None, "2"]),
        (3, [None, "2"]),
        (4, [None, "2", "4"]),
    ],
)
async def test_offset(stub: Stub, total: int, offsets: list[str | None]) -> None:
    """A list by offset asks until a page is not full; a full last page takes one more request."""
    stub.handler = by_offset(total, 2)

    async with stub.client() as cloud:
        alerts = await cloud.clickstack.alerts.list(SERVICE, limit=2)

    assert [alert.id for alert in alerts] == [str(n) for n in range(total)]
    assert [query.get("offset") for query in asked(stub)] == offsets
    assert {query["limit"] for query in asked(stub)} == {"2"}


async def test_first_offset(stub: Stub) -> None:
    """A list can begin at an offset, and goes on from there."""
    stub.handler = by_offset(5, 2)

    async with stub.client() as cloud:
        alerts = await cloud.clickstack.alerts.list(SERVICE, limit=2, offset=1)

    assert [alert.id for alert in alerts] == ["1", "2", "3", "4"]
    assert [query["offset"] for query in asked(stub)] == ["1", "3", "5"]


async def test_default_page_of_offsets(stub: Stub) -> None:
    """Without a limit, a page that is shorter than the API's own size is the last."""
    stub.handler = by_offset(1001, 1000)

    async with stub.client() as cloud:
        assert len(await cloud.clickstack.alerts.list(SERVICE)) == 1001

    assert asked(stub) == [{}, {"offset": "1000"}]


async def test_array_in_the_place_of_a_page(stub: Stub) -> None:
    """Where a page is expected but the array stands directly, it is read, and the next one too."""
    stub.handler = by_cursor(3, 2, nested=False)

    async with stub.client() as cloud:
        udfs = await cloud.udfs.list()

    assert [udf.function_name for udf in udfs] == ["0", "1", "2"]
    assert asked(stub) == [{}, {"cursor": "2"}]


async def test_bare_array(stub: Stub) -> None:
    """An answer that is an array without any envelope is read as one."""
    stub.answer([{"targets": ["host:9363"], "labels": {"name": "etl"}}])

    async with stub.client() as cloud:
        groups = await cloud.prometheus.discover_targets()

    assert [group.targets for group in groups] == [["host:9363"]]


@pytest.mark.parametrize(
    ("page", "pages", "size"),
    [
        (
            lambda c, **k: c.postgres.list_logs(SERVICE, **PERIOD, **k),
            lambda c, **k: c.postgres.iterate_logs(SERVICE, **PERIOD, **k),
            50,
        ),
        (
            lambda c, **k: c.postgres.list_slow_queries(SERVICE, **PERIOD, **k),
            lambda c, **k: c.postgres.iterate_slow_queries(SERVICE, **PERIOD, **k),
            20,
        ),
    ],
)
async def test_one_page_lists(
    stub: Stub, page: Callable[..., Any], pages: Callable[..., Any], size: int
) -> None:
    """A list of possibly endless length gives the page that was asked for; iterating gives all."""
    stub.handler = by_offset(size + 1, size)

    async with stub.client() as cloud:
        assert len(await page(cloud)) == size
        assert len(await page(cloud, limit=3, offset=1)) == 3
        assert len(stub.requests) == 2
        assert len([item async for item in pages(cloud)]) == size + 1

    assert [query.get("offset") for query in asked(stub)] == [None, "1", None, str(size)]


async def test_iterating_is_lazy(stub: Stub) -> None:
    """A page is asked for when its first item is needed, not earlier."""
    stub.handler = by_cursor(6, 2, nested=False)

    async with stub.client() as cloud:
        keys = cloud.api_keys.iterate(limit=2)
        assert stub.requests == []
        first = [(await anext(keys)).id, (await anext(keys)).id]
        assert len(stub.requests) == 1
        third = (await anext(keys)).id
        assert len(stub.requests) == 2
        rest = [key.id async for key in keys]

    assert [*first, third, *rest] == ["0", "1", "2", "3", "4", "5"]
    assert len(stub.requests) == 3


async def test_stopping_early(stub: Stub) -> None:
    """Leaving an iteration early asks for nothing more and leaves no connection open."""
    stub.handler = by_cursor(100, 2, nested=False)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        async with stub.client() as cloud:
            async for key in cloud.api_keys.iterate(limit=2):
                if key.id == "2":
                    break
            connector = session_of(cloud).connector
            assert connector is not None
            assert not connector._acquired
        gc.collect()

    assert caught == []
    assert len(stub.requests) == 2


async def collect(keys: AsyncIterator[ApiKey], seen: list[str]) -> None:
    """Note the ids of keys as they come."""
    async for key in keys:
        seen.append(key.id)  # noqa: PERF401 - what came before an error counts


async def test_failure_on_a_later_page(stub: Stub) -> None:
    """What came before a page that fails was given out; the failure comes at that page."""
    pages = by_cursor(4, 2, nested=False)

    async def handle(request: web.Request) -> web.StreamResponse:
        broken = answering({"error": "down"}, 503)
        return await (broken if "cursor" in request.query else pages)(request)

    stub.handler = handle
    seen: list[str] = []

    async with stub.client() as cloud:
        with pytest.raises(ServerError):
            await collect(cloud.api_keys.iterate(limit=2), seen)
        with pytest.raises(ServerError):
            await cloud.api_keys.list(limit=2)

    assert seen == ["0", "1"]


async def test_cursor_that_does_not_move(stub: Stub) -> None:
    """A cursor that comes back unchanged ends in an error instead of asking for ever."""
    stub.answer({"result": [{"id": "0"}], "nextCursor": "same"})

    async with stub.client() as cloud:
        with pytest.raises(ResponseDecodeError, match="cursor"):
            await cloud.api_keys.list()

    assert len(stub.requests) == 2


async def test_emulator() -> None:
    """The pages of the emulated API add up to the whole list."""
    async with (
        Emulator(time_scale=0) as emulator,
        AsyncClickHouseCloud(
            emulator.api_key, emulator.api_secret, base_url=emulator.url, rate_limit=None
        ) as cloud,
    ):
        for n in range(6):
            await cloud.api_keys.create(name=f"key {n}", ip_access_list=[])

        whole = await cloud.api_keys.list()
        paged = await cloud.api_keys.list(limit=3)
        iterated = [key async for key in cloud.api_keys.iterate(limit=2)]

    assert [key.name for key in whole[1:]] == [f"key {n}" for n in range(6)]
    assert paged == whole
    assert iterated == whole
