"""What clickhouse-connect documents, feature by feature, against a service of the emulator."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from clickhouse_connect import get_async_client, get_client
from clickhouse_connect.driver.exceptions import DatabaseError
from clickhouse_connect.driver.external import ExternalData
from clickhouse_connect.driver.summary import QuerySummary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_connect.driver.client import Client

    from .served import Served

MOMENT = datetime(2026, 12, 1, 9, 41, 55, 123456, tzinfo=ZoneInfo("Asia/Tokyo"))

VALUES: dict[str, list[Any]] = {
    "JSON": [{"a": 1, "b": {"c": "x"}}, {}],
    "Variant(UInt64, String)": [7, "seven"],
    "Dynamic": ["7", "seven"],  # the driver inserts text
    "LowCardinality(Nullable(String))": ["low", None],
    "Array(Array(Nullable(Int16)))": [[[1, None], []], []],
    "Map(LowCardinality(String), Tuple(UInt8, Nullable(String)))": [{"k": (1, None)}, {}],
    "Tuple(a UInt8, b Array(String))": [{"a": 1, "b": ["x"]}, {"a": 2, "b": []}],
    "Array(Tuple(UInt8, String))": [[(1, "x")], []],
    "Nullable(Enum16('a' = -1, 'b' = 300))": ["b", None],
    "Nullable(Decimal(38, 10))": [None, None],
    "Nullable(UUID)": [UUID(int=7), None],
    "DateTime64(6, 'Asia/Tokyo')": [MOMENT, MOMENT + timedelta(days=1)],
    "Date32": [date(1925, 1, 1), date(2200, 1, 1)],
    "Int256": [-(2**255), 2**255 - 1],
    "FixedString(4)": [b"\x00\xff\x00\xff", b"abcd"],
    "Time64(3)": [timedelta(hours=30, milliseconds=5), timedelta(seconds=-1)],
    "Point": [(1.5, 2.5), (0.0, 0.0)],
}


@pytest.fixture(scope="module")
def client(main: Served) -> Iterator[Client]:
    """A plain client."""
    with get_client(
        host=main.host, port=main.port, username="default", password=main.password
    ) as connected:
        yield connected


def _table(client: Client, columns: str = "n UInt32, word String, at DateTime") -> None:
    client.command("DROP TABLE IF EXISTS features")
    client.command(f"CREATE TABLE features ({columns}) ENGINE = MergeTree ORDER BY tuple()")


@pytest.mark.parametrize("kind", VALUES)
def test_types(client: Client, kind: str) -> None:
    """Values come back as they were inserted."""
    _table(client, f"id UInt8, value {kind}")
    values = VALUES[kind]
    client.insert("features", [[0, 1], values], ["id", "value"], column_oriented=True)
    found = client.query("SELECT value FROM features ORDER BY id").result_columns[0]
    assert list(found) == values


def test_the_server(client: Client, main: Served) -> None:
    """The client learns version, time zone and settings; commands return values."""
    assert client.server_version == main.value("SELECT version()")
    assert str(client.server_tz) == "UTC"
    assert client.min_version("24.8")
    assert client.ping()
    assert client.command("SELECT 1, 'two'") == ["1", "two"]
    assert client.command("EXISTS nowhere") == 0
    assert client.database in {None, "default", "__default__"}


def test_binding(client: Client) -> None:
    """Parameters are bound by the server, and by the client."""
    by_server = "SELECT {n:UInt8}, {words:Array(String)}, {at:DateTime}, {none:Nullable(String)}"
    given = {"n": 7, "words": ["it's", "b"], "at": MOMENT.replace(microsecond=0), "none": None}
    [row] = client.query(by_server, parameters=given).result_rows
    assert row[:2] == (7, ["it's", "b"])
    assert row[2] == MOMENT.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    assert row[3] is None
    by_client = "SELECT %(word)s, %(n)s, %(list)s"
    values = {"word": "it's", "n": 7, "list": [1, 2]}
    assert client.query(by_client, parameters=values).result_rows == [("it's", 7, [1, 2])]
    assert client.query("SELECT %s, %s", parameters=["a", 2]).result_rows == [("a", 2)]
    identifier = client.query("SELECT {c:Identifier} FROM numbers(1)", parameters={"c": "number"})
    assert identifier.result_rows == [(0,)]


def test_results(client: Client) -> None:
    """A result has names, types, rows, columns, an id and a summary; contexts are used again."""
    result = client.query("SELECT number AS n, 'x' AS word FROM numbers(3)")
    assert result.column_names == ("n", "word")
    assert [each.name for each in result.column_types] == ["UInt64", "String"]
    assert list(map(tuple, result.result_columns)) == [(0, 1, 2), ("x", "x", "x")]
    assert result.first_item == {"n": 0, "word": "x"}
    assert list(result.named_results())[2] == {"n": 2, "word": "x"}
    assert result.query_id
    assert result.summary["result_rows"] == "3"
    context = client.create_query_context(
        "SELECT number FROM numbers({n:UInt8})", parameters={"n": 2}, column_oriented=True
    )
    assert list(map(tuple, client.query(context=context).result_set)) == [(0, 1)]
    again = client.query(context=context, parameters={"n": 3})
    assert list(map(tuple, again.result_set)) == [(0, 1, 2)]
    formats = {"IPv4": "string"}
    address = client.query("SELECT toIPv4('127.0.0.1')", query_formats=formats)
    assert address.result_rows == [("127.0.0.1",)]


def test_time_zones(client: Client) -> None:
    """Moments come in the zone of their column, of the query, or of the server."""
    sql = "SELECT toDateTime64('2026-12-01 00:00:00', 3, 'Asia/Tokyo'), toDateTime(1764547200)"
    [(in_tokyo, of_server)] = client.query(sql).result_rows
    assert in_tokyo == datetime(2026, 12, 1, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert of_server == datetime(2025, 12, 1)  # noqa: DTZ001 - as the driver returns it
    [(_, asked)] = client.query(sql, query_tz="America/New_York").result_rows
    assert asked == datetime(2025, 12, 1, tzinfo=UTC)
    assert str(asked.tzinfo) == "America/New_York"


def test_inserts(client: Client) -> None:
    """Rows come as lists, columns, dataframes, tables of Arrow, contexts, and results."""
    arrow, pandas = pytest.importorskip("pyarrow"), pytest.importorskip("pandas")
    numpy = pytest.importorskip("numpy")
    _table(client)
    at = datetime(2026, 12, 1, tzinfo=UTC)
    assert client.insert("features", [[1, "row", at]]).written_rows == 1
    columns = ["n", "word"]
    client.insert("features", [[2], ["column"]], columns, column_oriented=True)
    client.insert_df("features", pandas.DataFrame({"n": [3], "word": ["frame"], "at": [at]}))
    client.insert_arrow("features", arrow.table({"n": [4], "word": ["arrow"], "at": [at]}))
    client.insert("features", numpy.array([[5]], dtype="uint32"), ["n"])
    context = client.create_insert_context("features", columns, data=[[6, "context"]])
    client.insert(context=context)
    context.data = [[7, "again"]]
    client.insert(context=context)
    client.raw_insert("features", columns, BytesIO(b'{"n":8,"word":"raw"}\n'), fmt="JSONEachRow")
    moved = client.command("INSERT INTO features (n, word) SELECT 9, 'selected'")
    assert isinstance(moved, QuerySummary)
    assert moved.written_rows == 1
    rows = client.query("SELECT n, word FROM features ORDER BY n").result_rows
    words = ["row", "column", "frame", "arrow", "", "context", "again", "raw", "selected"]
    assert rows == list(enumerate(words, 1))
    frame = client.query_df("SELECT n, word FROM features ORDER BY n")
    assert frame["word"].tolist() == words
    assert client.query_np("SELECT n FROM features ORDER BY n").ravel().tolist()[:2] == [1, 2]


def test_streams(client: Client) -> None:
    """A long result comes in blocks, rows, dataframes, tables or bytes, in contexts."""
    sql = "SELECT number AS n FROM numbers(200000)"
    total = 200_000
    with client.query_row_block_stream(sql) as blocks:
        assert sum(len(block) for block in blocks) == total
    with client.query_rows_stream(sql) as rows:
        assert sum(1 for _ in rows) == total
    with client.query_df_stream(sql) as frames:
        assert sum(len(frame) for frame in frames) == total
    with client.query_np_stream(sql) as arrays:
        assert sum(len(array) for array in arrays) == total
    with client.query_arrow_stream(sql) as tables:
        assert sum(table.num_rows for table in tables) == total
    with client.raw_stream(sql, fmt="CSV") as content:
        assert sum(piece.count(b"\n") for piece in content) == total
    with client.query_rows_stream(sql) as rows:
        assert next(iter(rows)) == (0,)
    assert client.command("SELECT 1") == 1  # the stream that was left is no burden


def test_sessions(client: Client, main: Served) -> None:
    """Settings of a client and of a query, temporary tables, and one statement at a time."""
    options: dict[str, Any] = {"username": "default", "password": main.password}
    address: dict[str, Any] = {"host": main.host, "port": main.port}
    setting = "SELECT getSetting('max_block_size')"
    with get_client(**address, **options, settings={"max_block_size": 77}) as own:
        assert own.command(setting) == 77
        assert own.command(setting, settings={"max_block_size": 78}) == 78
        assert own.command(setting) == 77
        own.command("CREATE TEMPORARY TABLE mine (a UInt8)")
        own.insert("mine", [[1]])
        assert own.command("SELECT a FROM mine") == 1
        own.command("SET max_block_size = 79")
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
        client.command("SELECT a FROM mine")
    with get_client(**address, **options, autogenerate_session_id=False) as free:
        assert free.command(setting, settings={"max_block_size": 5}) == 5
        assert free.command(setting) != 5


def test_external_data(client: Client) -> None:
    """Rows that come with a query are tables for it, and gone afterwards."""
    words = ExternalData(
        file_name="words.csv", fmt="CSV", structure="id UInt8, word String", data=b'1,"a"\n2,"b"\n'
    )
    words.add_file(file_name="ids", types=["Decimal(9, 2)", "String"], data=b"2\tx\n")
    sql = "SELECT word FROM words WHERE id IN (SELECT _1 FROM ids)"
    assert client.query(sql, external_data=words).result_rows == [("b",)]
    with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
        client.query(sql)


def test_errors(client: Client) -> None:
    """An error has ClickHouse's code and words; the client works on."""
    for sql, name in (
        ("SELEC", "SYNTAX_ERROR"),
        ("SELECT nothing", "UNKNOWN_IDENTIFIER"),
        ("SELECT throwIf(number = 150000, 'too many') FROM numbers(200000)", "too many"),
    ):
        with pytest.raises(DatabaseError, match=name):
            _ = client.query(sql).result_rows  # read when they are asked for
    _table(client)
    with pytest.raises(DatabaseError):
        client.raw_insert("features", ["n"], b"no number\n", fmt="TSV")
    assert client.command("SELECT count() FROM features") == 0


@pytest.mark.parametrize("compression", ["lz4", "zstd", "gzip", False])
async def test_async_client(main: Served, compression: str | bool) -> None:  # noqa: FBT001
    """The client with ``await`` does the same."""
    async with await get_async_client(
        host=main.host,
        port=main.port,
        username="default",
        password=main.password,
        compress=compression,
        autogenerate_session_id=False,
    ) as client:
        await client.command("DROP TABLE IF EXISTS features")
        await client.command("CREATE TABLE features (n UInt64) ENGINE = MergeTree ORDER BY n")
        rows = 70_000
        inserted = await client.insert("features", [range(rows)], column_oriented=True)
        assert inserted.written_rows == rows
        found = await asyncio.gather(
            *(client.query(f"SELECT {n} + {{m:UInt8}}", parameters={"m": n}) for n in range(8))
        )
        assert [each.first_row for each in found] == [(2 * n,) for n in range(8)]
        async with await client.query_rows_stream("SELECT n FROM features") as stream:
            assert sum([1 async for _ in stream]) == rows
        arrow = await client.query_arrow("SELECT sum(n) AS s FROM features")
        assert arrow.to_pydict() == {"s": [rows * (rows - 1) // 2]}
        frame = await client.query_df("SELECT max(n) AS m FROM features")
        assert frame["m"].tolist() == [rows - 1]
        assert await client.raw_query("SELECT 1", fmt="CSV") == b"1\n"
        assert await client.ping()
        with pytest.raises(DatabaseError, match="UNKNOWN_TABLE"):
            await client.query("SELECT * FROM nowhere")
