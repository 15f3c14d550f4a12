"""Bodies of requests: the data of inserts is passed on as it comes."""

from __future__ import annotations

import gzip
import json
import socket
from base64 import b64encode
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async.apis.clickhouse.emulator.sql import bodies
from clickhouse_cloud_async.apis.clickhouse.emulator.sql.errors import EngineError
from clickhouse_cloud_async.apis.clickhouse.emulator.sql.statements import read_statement

if TYPE_CHECKING:
    from .served import Served

ROWS = 60_000
LINES = b"".join(b"%d\ta row of text\n" % number for number in range(ROWS))
"""More bytes than are read to find the statement."""

INSERT = "INSERT INTO streamed FORMAT TSV"


@pytest.fixture
def table(main: Served) -> Served:
    """A service with an empty table."""
    main.run(
        "DROP TABLE IF EXISTS streamed",
        "CREATE TABLE streamed (a UInt64, b String) ENGINE = MergeTree ORDER BY a",
    )
    return main


def test_long_data(table: Served) -> None:
    """It comes behind its statement or as the body, in one frame of its encoding or in several."""
    zipped = {"Content-Encoding": "gzip"}
    two = gzip.compress(LINES[:500_000], 1) + gzip.compress(LINES[500_000:], 1)
    for answer in (
        table.query(INSERT.encode() + b"\n" + LINES),
        table.query(INSERT, body=LINES),
        table.query(INSERT, body=two, headers=zipped),
    ):
        assert answer.status == 200, answer.text
        assert json.loads(answer.headers["x-clickhouse-summary"])["written_rows"] == str(ROWS)
    assert table.value("SELECT count() FROM streamed") == 3 * ROWS


@pytest.mark.parametrize(
    ("sql", "body", "encoding", "code"),
    [
        (INSERT, b"no number\n" + LINES, "", "27"),
        (INSERT, LINES + b"no number\n", "", "27"),
        ("INSERT INTO nowhere FORMAT TSV", LINES, "", "60"),
        (INSERT, gzip.compress(LINES, 1)[:-4], "gzip", "27"),
    ],
    ids=["begins badly", "ends badly", "without a table", "cut off"],
)
def test_data_that_fails(table: Served, sql: str, body: bytes, encoding: str, code: str) -> None:
    """Nothing of it is committed, and the engine goes on."""
    failed = table.query(sql, body=body, headers={"Content-Encoding": encoding})
    assert failed.code == code, failed.text
    assert table.value("SELECT count() FROM streamed") == 0


def test_a_client_that_breaks_off(table: Served) -> None:
    """Half of the data is not taken for all of it."""
    credentials = b64encode(f"default:{table.password}".encode()).decode()
    head = (
        f"POST /?query={INSERT.replace(' ', '+')} HTTP/1.1\r\nHost: {table.host}\r\n"
        f"Authorization: Basic {credentials}\r\nContent-Length: {2 * len(LINES)}\r\n\r\n"
    )
    with socket.create_connection((table.host, table.port)) as connection:
        connection.sendall(head.encode() + LINES)
    # The engine drops a table once no statement uses it.
    table.run("RENAME TABLE streamed TO broken_off", "INSERT INTO broken_off VALUES (1, 'whole')")
    assert table.value("SELECT count() FROM broken_off") == 1
    table.run("DROP TABLE broken_off SYNC")


def test_what_is_collected_has_a_limit() -> None:
    """A statement may be long, but not without end."""
    piece = b" " * 2**26
    with pytest.raises(EngineError, match="Only the data of an insert") as caught:
        bodies.statement_of(b"", iter([b"SELECT 1", b" " * 2**18, *[piece] * 5]))
    assert (caught.value.code, caught.value.status) == (307, 413)


@given(
    query=st.sampled_from([b"", b"INSERT INTO t FORMAT CSV", b"INSERT INTO t VALUES (1),"]),
    begin=st.sampled_from([b"", b"INSERT INTO t VALUES", b"INSERT INTO t FORMAT CSV", b"SELECT"]),
    rest=st.lists(st.sampled_from([b" ", b"\n", b"(2)", b";", b"FORMAT", b"SELECT 1"])),
    cuts=st.lists(st.integers(0, 40), max_size=4),
    beginning=st.integers(1, 40),
)
def test_pieces_make_no_difference(
    query: bytes, begin: bytes, rest: list[bytes], cuts: list[int], beginning: int
) -> None:
    """A statement is the same, however its request is cut."""
    body = b"".join([begin, *rest])
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[a:b] for a, b in pairwise(edges) if body[a:b]]
    whole = read_statement(query, body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bodies, "_BEGINNING", beginning)
        statement, following = bodies.statement_of(query, iter(pieces))
    assert statement.text == whole.text
    assert (statement.data or b"") + b"".join(following) == (whole.data or b"")
