"""Drivers that others wrote, against a service of the emulator."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from decimal import Decimal
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any
from uuid import UUID

import aiohttp
import pytest
from clickhouse_connect import get_client
from clickhouse_connect.driver.exceptions import DatabaseError

from clickhouse_cloud_async import AsyncClickHouseCloud

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_connect.driver.client import Client

    from clickhouse_cloud_async import ClickHouseCloud
    from clickhouse_cloud_async.emulator import Emulator

    from .served import Served

VALUES: dict[str, Any] = {
    "UInt8": 255,
    "Int64": -(2**63),
    "UInt256": 2**256 - 1,
    "Float64": 0.5,
    "Decimal(18, 4)": Decimal("12.3400"),
    "String": "häuser\n",
    "FixedString(3)": b"abc",
    "UUID": UUID("12345678-1234-5678-1234-567812345678"),
    "Date": date(2026, 12, 1),
    "DateTime('UTC')": datetime(2026, 12, 1, 9, 41, 55),  # noqa: DTZ001 - as the driver returns it
    "DateTime64(3, 'UTC')": datetime(2026, 12, 1, 9, 41, 55, 123000),  # noqa: DTZ001 - likewise
    "IPv4": IPv4Address("127.0.0.1"),
    "Nullable(Int32)": None,
    "Array(Nullable(String))": ["a", None],
    "Map(String, Array(UInt8))": {"a": [1, 2], "b": []},
    "Tuple(Int8, String)": (1, "x"),
    "LowCardinality(String)": "low",
    "Enum8('a' = 1, 'b' = 2)": "b",
    "Bool": True,
}


@pytest.fixture
def client(main: Served) -> Iterator[Client]:
    """A plain client of clickhouse-connect."""
    with get_client(
        host=main.host, port=main.port, username="default", password=main.password
    ) as connected:
        yield connected


def test_types_survive_a_round_trip(client: Client) -> None:
    """A value of each type comes back as it was inserted, in blocks of ClickHouse's own format."""
    columns = ", ".join(f"c{n} {name}" for n, name in enumerate(VALUES))
    client.command("DROP TABLE IF EXISTS types")
    client.command(f"CREATE TABLE types ({columns}) ENGINE = MergeTree ORDER BY tuple()")
    client.insert("types", [list(VALUES.values())])
    assert list(client.query("SELECT * FROM types").result_rows[0]) == list(VALUES.values())


@pytest.mark.parametrize("compression", ["lz4", "zstd", "gzip", False])
def test_compressed_blocks(main: Served, compression: str | bool) -> None:  # noqa: FBT001 - a choice
    """Inserts of many blocks and long results are complete with each compression."""
    with get_client(
        host=main.host,
        port=main.port,
        username="default",
        password=main.password,
        compress=compression,
    ) as client:
        client.command("DROP TABLE IF EXISTS blocks")
        client.command("CREATE TABLE blocks (n UInt64, t String) ENGINE = MergeTree ORDER BY n")
        rows = 300_000
        summary = client.insert("blocks", [range(rows), ["text"] * rows], column_oriented=True)
        assert summary.written_rows == rows
        assert client.query("SELECT count(), sum(n) FROM blocks").result_rows == [
            (rows, rows * (rows - 1) // 2)
        ]
        with client.query_column_block_stream("SELECT n FROM blocks ORDER BY n") as stream:
            assert sum(len(block[0]) for block in stream) == rows


def test_parameters_settings_and_sessions(client: Client) -> None:
    """The driver's own session, its parameters and its settings work."""
    query = "SELECT {a:UInt8} + 1, {b:Array(String)}"
    assert client.query(query, parameters={"a": 4, "b": ["x", "y"]}).result_rows == [
        (5, ["x", "y"])
    ]
    assert (
        client.command("SELECT getSetting('max_block_size')", settings={"max_block_size": 9}) == 9
    )
    client.command("CREATE TEMPORARY TABLE session_table (a Int8)")
    client.insert("session_table", [[1], [2]])
    assert client.query("SELECT sum(a) FROM session_table").result_rows == [(3,)]
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
        client.query("SELECT * FROM nowhere")
    assert client.ping()


def test_raw_formats(client: Client) -> None:
    """Bytes of any format can be read and inserted."""
    client.command("DROP TABLE IF EXISTS raw")
    client.command("CREATE TABLE raw (a UInt8, b String) ENGINE = MergeTree ORDER BY a")
    client.raw_insert("raw", ["a", "b"], b'1,"x"\n2,"y"\n', fmt="CSV")
    assert client.raw_query("SELECT * FROM raw ORDER BY a", fmt="JSONEachRow") == (
        b'{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n'
    )
    assert client.raw_query("SELECT * FROM raw ORDER BY a", fmt="Parquet")[:4] == b"PAR1"
    assert client.query_arrow("SELECT * FROM raw ORDER BY a").num_rows == 2
    assert list(client.query_df("SELECT b FROM raw ORDER BY a")["b"]) == ["x", "y"]


async def test_connect(sql_emulator: Emulator, main: Served) -> None:
    """`connect` and `query` of the client lead to the data, many at once."""
    async with AsyncClickHouseCloud(
        sql_emulator.api_key, sql_emulator.api_secret, base_url=sql_emulator.url, rate_limit=None
    ) as cloud:
        client = await cloud.services.connect("main", password=main.password)
        found = await asyncio.gather(*(client.query(f"SELECT {n}") for n in range(20)))
        assert [each.result_rows for each in found] == [[(n,)] for n in range(20)]
        await client.close()


async def test_aiochclient(main: Served) -> None:
    """Aiochclient reads, and inserts rows as values."""
    aiochclient = pytest.importorskip("aiochclient")
    async with aiohttp.ClientSession() as session:
        client = aiochclient.ChClient(
            session,
            url=f"http://{main.host}:{main.port}/",
            user="default",
            password=main.password,
        )
        await client.execute("DROP TABLE IF EXISTS aio")
        await client.execute("CREATE TABLE aio (a UInt8, b Nullable(String)) ENGINE = Memory")
        await client.execute("INSERT INTO aio VALUES", (1, "x"), (2, None))
        rows = await client.fetch("SELECT * FROM aio ORDER BY a")
        assert [tuple(row.values()) for row in rows] == [(1, "x"), (2, None)]


def test_clickhouse_sqlalchemy(main: Served) -> None:
    """clickhouse-sqlalchemy makes a table, inserts into it and selects from it."""
    pytest.importorskip("clickhouse_sqlalchemy")
    alchemy = pytest.importorskip("sqlalchemy")
    text = alchemy.text
    url = f"clickhouse+http://default:{main.password}@{main.host}:{main.port}/default"
    engine = alchemy.create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("DROP TABLE IF EXISTS alchemy"))
        connection.execute(text("CREATE TABLE alchemy (a UInt8, b String) ENGINE = Memory"))
        connection.execute(text("INSERT INTO alchemy VALUES (1, 'x'), (2, 'y')"))
        rows = connection.execute(text("SELECT a, b FROM alchemy ORDER BY a")).fetchall()
        assert [tuple(row) for row in rows] == [(1, "x"), (2, "y")]
    engine.dispose()


def test_query_of_the_client(sql_cloud: ClickHouseCloud, main: Served) -> None:
    """`services.query` needs no password: it goes through the query endpoint, with a key."""
    with sql_cloud.query_endpoints.temporary_key(main.id) as key:
        query = "SELECT {n:UInt8} AS n, {words:Array(String)} AS words"
        parameters = {"n": 7, "words": ["it's", "x"]}
        rows = sql_cloud.services.query_rows(main.id, query, parameters=parameters, key=key)
        assert list(rows) == [parameters]
