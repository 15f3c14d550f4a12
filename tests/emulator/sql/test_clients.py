"""Clients of this package and of clickhouse-connect, against the database of a service."""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    AuthenticationError,
    ClickHouseCloud,
    PermissionDeniedError,
    Polling,
    QueryError,
    ServiceNotRunningError,
    WaitTimeoutError,
)
from clickhouse_cloud_async.cli import main as run_program

from .served import while_waking

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator

    from clickhouse_cloud_async import QueryKey
    from clickhouse_cloud_async.emulator import Emulator

    from .served import Served

FAST = Polling(speed=1000)


def settings(emulator: Emulator) -> dict[str, Any]:
    """Return the settings of a client that polls quickly."""
    return {
        "api_key": emulator.api_key,
        "api_secret": emulator.api_secret,
        "base_url": emulator.url,
        "rate_limit": None,
        "polling": FAST,
    }


@pytest.fixture
def cloud(sql_emulator: Emulator) -> Iterator[ClickHouseCloud]:
    """A client that polls quickly."""
    with ClickHouseCloud(**settings(sql_emulator)) as client:
        yield client


@pytest.fixture
async def async_cloud(sql_emulator: Emulator) -> AsyncIterator[AsyncClickHouseCloud]:
    """The same with ``await``."""
    async with AsyncClickHouseCloud(**settings(sql_emulator)) as client:
        yield client


@contextmanager
def querying(cloud: ClickHouseCloud, name: str) -> Generator[QueryKey]:
    """Let a key query a service."""
    with cloud.query_endpoints.temporary_key(cloud.services.get_by_name(name).id) as key:
        yield key


@asynccontextmanager
async def async_querying(cloud: AsyncClickHouseCloud, name: str) -> AsyncGenerator[QueryKey]:
    """Let a key query a service."""
    service = await cloud.services.get_by_name(name)
    async with cloud.query_endpoints.temporary_key(service.id) as key:
        yield key


def test_plain_driver(cloud: ClickHouseCloud, main: Served) -> None:
    """The service has a client that is ready, and says what it is asked."""
    client = cloud.services.connect("main", password=main.password)
    try:
        assert client.query("SELECT number FROM numbers(3)").result_rows == [(0,), (1,), (2,)]
    finally:
        client.close()


async def test_async_driver(async_cloud: AsyncClickHouseCloud, main: Served) -> None:
    """So it does with ``await``."""
    client = await async_cloud.services.connect("main", password=main.password)
    try:
        assert await client.command("SELECT 42") == 42
    finally:
        await client.close()


def test_from_creation_to_a_driver(
    sql_emulator: Emulator, sql_cloud: ClickHouseCloud, cloud: ClickHouseCloud
) -> None:
    """A service that is created is waited for, and its initial password is used."""
    created = cloud.services.create(name="new", provider="aws", region="us-east-1")
    client = while_waking(
        sql_emulator, sql_cloud, created.service.id, lambda: cloud.services.connect(created)
    )
    try:
        assert client.command("SELECT 42") == 42
    finally:
        client.close()
        cloud.services.stop(created.service.id)


def test_wrong_password(cloud: ClickHouseCloud, main: Served) -> None:
    """It is the driver's error, at once, and shows no password."""
    wrong = f"not-{main.password}"
    with pytest.raises(DatabaseError, match="516") as caught:
        cloud.services.connect("main", password=wrong)
    assert wrong not in str(caught.value)


async def test_wrong_password_with_await(async_cloud: AsyncClickHouseCloud, main: Served) -> None:
    """The same with ``await``."""
    with pytest.raises(DatabaseError, match="516"):
        await async_cloud.services.connect("main", password=f"not-{main.password}")


def test_stopped_service_is_not_connected_to(cloud: ClickHouseCloud) -> None:
    """It is waited for as long as the caller likes."""
    service = cloud.services.get_by_name("stopped")
    with pytest.raises(WaitTimeoutError, match="stopped"):
        cloud.services.connect(service.id, password="any", timeout=0.2)


def test_idle_service_is_woken_for_a_driver(
    sql_emulator: Emulator, sql_cloud: ClickHouseCloud, cloud: ClickHouseCloud
) -> None:
    """Without a query of the driver's own."""
    service = sleeping(sql_emulator, sql_cloud)
    password = sql_cloud.services.reset_password(service).password
    assert password is not None
    client = while_waking(
        sql_emulator,
        sql_cloud,
        service,
        lambda: cloud.services.connect(service, password=password),
    )
    try:
        assert client.command("SELECT 42") == 42
    finally:
        client.close()


def sleeping(emulator: Emulator, cloud: ClickHouseCloud) -> str:
    """Return the ID of a service that is idle."""
    service = cloud.services.get_by_name("asleep")
    while cloud.services.get(service.id).state != "idle":
        emulator.advance(minutes=1)
    return service.id


@pytest.mark.usefixtures("main")
def test_parameters_are_read_as_they_are_sent(cloud: ClickHouseCloud) -> None:
    """Each type of Python arrives as the same value."""
    values: dict[str, tuple[str, Any, Any]] = {
        "text": ("String", "it's \\ \t\n", "it's \\ \t\n"),
        "nothing": ("Nullable(UInt8)", None, None),
        "flag": ("Bool", True, True),
        "number": ("Float64", 1.5, 1.5),
        "day": ("Date", dt.date(2026, 1, 2), "2026-01-02"),
        "moment": (
            "DateTime('UTC')",
            dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
            "2026-01-02 00:00:00",
        ),
        "texts": ("Array(String)", ["it's", "a\\b"], ["it's", "a\\b"]),
        "pair": ("Tuple(UInt8, String)", (1, "x"), [1, "x"]),
        "map": ("Map(String, Array(UInt8))", {"k": [1, 2]}, {"k": [1, 2]}),
    }
    columns = ", ".join(f"{{{name}:{kind}}} AS {name}" for name, (kind, *_) in values.items())
    given = {name: value for name, (_, value, _) in values.items()}
    with querying(cloud, "main") as key:
        [row] = cloud.services.query("main", f"SELECT {columns}", parameters=given, key=key).rows()
    assert row == {name: expected for name, (*_, expected) in values.items()}


@pytest.mark.usefixtures("main")
async def test_formats(async_cloud: AsyncClickHouseCloud) -> None:
    """Rows, text, bytes and tables of Arrow."""
    sql = "SELECT number AS n FROM numbers(3)"
    async with async_querying(async_cloud, "main") as key:
        services = async_cloud.services
        rows = [row async for row in services.query_rows("main", sql, key=key)]
        assert rows == [{"n": 0}, {"n": 1}, {"n": 2}]
        assert (await services.query("main", sql, format="CSV", key=key)).text() == "0\n1\n2\n"
        pieces = services.query_bytes("main", sql, format="CSV", key=key)
        assert b"".join([piece async for piece in pieces]) == b"0\n1\n2\n"
        table = await services.query("main", sql, format="ArrowStream", key=key)
        assert table.arrow().to_pydict() == {"n": [0, 1, 2]}


@pytest.mark.usefixtures("main")
async def test_batches_of_arrow(async_cloud: AsyncClickHouseCloud) -> None:
    """They come one by one, with dictionaries where columns have any; an error is one."""
    sql = (
        "SELECT number, toLowCardinality(toString(number % 7)) AS word FROM numbers(200000)"
        " SETTINGS max_block_size = 50000, output_format_arrow_low_cardinality_as_dictionary = 1"
    )
    async with async_querying(async_cloud, "main") as key:
        services = async_cloud.services
        batches = [batch async for batch in services.query_arrow("main", sql, key=key)]
        rows = [row for batch in batches for row in batch.to_pylist()]
        assert len(batches) > 1
        assert rows == [{"number": n, "word": str(n % 7)} for n in range(200_000)]
        assert [b async for b in services.query_arrow("main", "SELECT 1 WHERE 0", key=key)] == []
        with pytest.raises(QueryError, match="FORMAT"):
            async for _ in services.query_arrow("main", "SELECT 1 FORMAT CSV", key=key):
                pass


@pytest.mark.usefixtures("main")
async def test_large_result_streams(async_cloud: AsyncClickHouseCloud) -> None:
    """Every row comes, and none is kept."""
    count = total = 0
    async with async_querying(async_cloud, "main") as key:
        rows = async_cloud.services.query_rows(
            "main", "SELECT number AS n FROM numbers(200000)", key=key
        )
        async for row in rows:
            count += 1
            total += row["n"]
    assert (count, total) == (200_000, sum(range(200_000)))


@pytest.mark.usefixtures("main")
def test_key_may_only_read(cloud: ClickHouseCloud) -> None:
    """The role of the endpoint counts, and a query that is wrong is an error of its own."""
    with querying(cloud, "main") as key:
        rows = cloud.services.query_rows("main", "SELECT number AS n FROM numbers(2)", key=key)
        assert list(rows) == [{"n": 0}, {"n": 1}]
        for sql, name in (
            ("CREATE TABLE t (n UInt8) ENGINE = Memory", "READONLY"),
            ("SELEC 1", "SYNTAX_ERROR"),
        ):
            with pytest.raises(QueryError, match=name):
                cloud.services.query("main", sql, key=key)


@pytest.mark.usefixtures("main")
def test_key_that_is_not_bound(cloud: ClickHouseCloud) -> None:
    """The client's own key needs the query endpoint, too; a removed one is none."""
    unbound = pytest.raises(PermissionDeniedError, match=r"query_endpoints\.set")
    with querying(cloud, "main") as key, unbound:
        cloud.services.query("main", "SELECT 1")
    with pytest.raises(AuthenticationError):
        cloud.services.query(
            "main", "SELECT 1", key=type(key)(api_key=key.api_key, api_secret=key.api_secret)
        )


def test_stopped_service_runs_no_query(cloud: ClickHouseCloud) -> None:
    """It is never started for one."""
    with querying(cloud, "stopped") as key, pytest.raises(ServiceNotRunningError) as caught:
        cloud.services.query("stopped", "SELECT 1", key=key)
    assert caught.value.state == "stopped"


def test_idle_service_is_woken_for_a_query(
    sql_emulator: Emulator, sql_cloud: ClickHouseCloud, cloud: ClickHouseCloud
) -> None:
    """Unless the caller does not want that."""
    service = sleeping(sql_emulator, sql_cloud)
    with querying(cloud, "asleep") as key:
        with pytest.raises(ServiceNotRunningError, match="wake=True"):
            cloud.services.query(service, "SELECT 1", key=key, wake=False)
        result = while_waking(
            sql_emulator,
            sql_cloud,
            service,
            lambda: cloud.services.query(service, "SELECT 42 AS n", key=key),
        )
    assert result.rows() == [{"n": 42}]


@pytest.mark.usefixtures("main")
def test_command(
    sql_emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    """The command line prints what the service responds with, and removes its key."""
    for name, value in (
        ("API_KEY", sql_emulator.api_key),
        ("API_SECRET", sql_emulator.api_secret),
        ("URL", sql_emulator.url),
    ):
        monkeypatch.setenv(f"CLICKHOUSE_CLOUD_{name}", value)
    streams = sys.stdout, sys.stderr
    arguments = ["query", "main", "SELECT {n:UInt8} + 1", "--param", "n=41", "--temporary-key"]
    with pytest.raises(SystemExit) as ended:
        run_program(arguments)
    sys.stdout, sys.stderr = streams
    out, err = capsysbinary.readouterr()
    assert (ended.value.code, out, err) == (0, b"42\n", b"")
