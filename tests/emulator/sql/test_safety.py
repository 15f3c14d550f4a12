"""SQL of a service stays within the service."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async.apis.clickhouse.emulator.sql.safety import refusal
from clickhouse_cloud_async.apis.clickhouse.emulator.sql.statements import read_statement

if TYPE_CHECKING:
    from pathlib import Path

    from .served import Served

ACCESS_DENIED = "497"

READS_FILES = [
    "SELECT * FROM file('{file}', LineAsString)",
    "SELECT file('{file}')",
    "SELECT `file`('{file}')",
    "SELECT `f\\x69le`('{file}')",
    "SELECT file/**/('{file}')",
    "SELECT file\u00a0('{file}')",
    "SELECT * FROM (EXPLAIN SELECT file('{file}'))",
    "CREATE VIEW peek AS SELECT file('{file}')",
    "CREATE FUNCTION peek AS x -> file(x)",
    "INSERT INTO FUNCTION file('{file}', 'CSV', 'a String') SELECT 1",
    "INSERT INTO t FROM INFILE '{file}' FORMAT CSV",
    "SELECT 1 INTO OUTFILE '{file}.out'",
    "SELECT 1 INTO OUTFILE $$${file}.out$$$",
    "SELECT * FROM fileCluster('c', '{file}', LineAsString)",
    "SELECT * FROM sqlite('{file}', 't')",
    "CREATE TABLE peek (a String) ENGINE = File(LineAsString, '{file}')",
    "CREATE TABLE peek (a String) ENGINE = FileLog('{file}', 'LineAsString')",
    "CREATE TABLE peek (a String) ENGINE EmbeddedRocksDB(0, '{file}') PRIMARY KEY a",
    "CREATE DATABASE peek ENGINE = Filesystem('/')",
    "ATTACH TABLE peek FROM '{file}' (a String) ENGINE = MergeTree ORDER BY a",
    (
        "CREATE TABLE peek (a String) ENGINE = MergeTree ORDER BY a"
        " SETTINGS disk = disk(type = local, path = '{file}')"
    ),
    "CREATE TABLE peek (a String) ENGINE = MergeTree ORDER BY a SETTINGS disk = 'backups'",
    (
        "CREATE DICTIONARY peek (a UInt64, b String) PRIMARY KEY a"
        " SOURCE(FILE(path '{file}' format 'TSV')) LAYOUT(FLAT()) LIFETIME(0)"
    ),
    "BACKUP DATABASE default TO File('{file}')",
    "DROP TABLE IF EXISTS t PARALLEL WITH BACKUP DATABASE default TO File('{file}')",
    "DROP TABLE IF EXISTS t PARALLEL WITH CREATE TABLE peek (a String) ENGINE = FileLog('{file}')",
    "RESTORE DATABASE default FROM Disk('backups', 'another')",
]

REACHES_OUT = [
    "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
    "SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'CSV', 'a String')",
    "SELECT * FROM remote('127.0.0.1:1', system.one)",
    "SELECT * FROM mysql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    "SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
    "SELECT * FROM odbc('DSN=x', 'd', 't')",
    "SELECT * FROM mongodb('127.0.0.1:1', 'd', 'c', 'u', 'p', 'a String')",
    "SELECT * FROM executable('id', 'TSV', 'a String')",
    "SELECT * FROM python('x')",
    "SELECT * FROM eval('SELECT 1')",
    "SELECT aiGenerate('x')",
    "CREATE TABLE out (a String) ENGINE = URL('http://127.0.0.1:1/', CSV)",
    "CREATE TABLE out (a String) ENGINE = Executable('id', 'TSV')",
    "CREATE TABLE out (a String) ENGINE = Distributed('c', 'default', 't')",
    "CREATE DATABASE out ENGINE = MySQL('127.0.0.1:1', 'd', 'u', 'p')",
    (
        "CREATE DICTIONARY out (a UInt64, b String) PRIMARY KEY a"
        " SOURCE(EXECUTABLE(command 'id' format 'TSV')) LAYOUT(FLAT()) LIFETIME(0)"
    ),
    (
        "CREATE DICTIONARY out (a UInt64, b String) PRIMARY KEY a"
        " SOURCE(CLICKHOUSE(host '127.0.0.1' port 1 table 't')) LAYOUT(FLAT()) LIFETIME(0)"
    ),
    "CREATE USER somebody",
    "SYSTEM SHUTDOWN",
]


@pytest.mark.parametrize("sql", READS_FILES)
def test_files_are_out_of_reach(main: Served, tmp_path: Path, sql: str) -> None:
    """No statement reads or writes a file of this machine."""
    file = tmp_path / "file"
    file.write_text("secret\n")
    answer = main.query(sql.format(file=file))
    assert answer.status != 200
    assert "secret" not in answer.text
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("sql", REACHES_OUT)
def test_the_network_is_out_of_reach(main: Served, sql: str) -> None:
    """No statement opens a connection, runs a program or changes who may do what."""
    assert main.query(sql).code == ACCESS_DENIED


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'file(1)' AS a, `file` FROM t -- file(2)",
        "SELECT trim(BOTH 'x' FROM 'xax')",
        "SELECT disk_name FROM system.parts WHERE disk_name = 'default'",
        "INSERT INTO outfile VALUES (1)",
        "CREATE TABLE t (a Int8) ENGINE = ReplacingMergeTree ORDER BY a",
        "CREATE TABLE backup (a Int8) ENGINE Memory",
        "CREATE DICTIONARY d (a UInt64) PRIMARY KEY a SOURCE(CLICKHOUSE(TABLE 't'))",
    ],
)
def test_what_only_looks_dangerous_is_let_through(sql: str) -> None:
    """Strings, comments, columns and tables may have any name."""
    assert refusal(read_statement(sql.encode(), b"")) is None


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_any_text_is_read(query: bytes, body: bytes) -> None:
    """Whatever comes, it is read as some statement, and data is not one of its text."""
    statement = read_statement(query, body)
    refusal(statement)
    if statement.data is not None:
        assert statement.is_insert


@given(st.sampled_from(["'", '"', "`", "$$", "$a$"]), st.text("ab'\"`$\\ \n-#/*", max_size=12))
def test_quotes_hide_nothing_that_follows(quote: str, inside: str) -> None:
    """A call that stands after a whole quoted text is seen."""
    text = inside.replace("\\", "").replace(quote[0], "")
    statement = read_statement(f"SELECT {quote}{text}{quote}, file('x')".encode(), b"")
    assert refusal(statement) is not None


def test_one_statement_at_a_time(main: Served) -> None:
    """Neither the name of a setting nor an insert brings in another statement."""
    main.run("DROP TABLE IF EXISTS kept", "CREATE TABLE kept (a UInt8) ENGINE = Log")
    setting: dict[str, Any] = {"max_threads = 1; DROP TABLE kept; SET max_threads": "1"}
    assert main.query("SELECT 1", **setting).code == "115"
    assert main.query("INSERT INTO kept; DROP TABLE kept; FORMAT TSV").code == "62"
    assert main.query("INSERT INTO kept SELECT", body=b"1; DROP TABLE kept").code == "62"
    assert main.query("SELECT 1", database="default`; DROP TABLE kept; USE `x").code == "81"
    assert main.query("EXISTS kept").text == "1\n"


def test_every_query_has_a_time_limit(main: Served) -> None:
    """A query that never ends is ended, and the limit cannot be switched off."""
    endless = "SELECT count() FROM numbers(10000000000000) WHERE NOT ignore(sipHash64(number))"
    assert main.query(endless, max_execution_time="1").code == "159"
    assert main.query("SELECT 1", max_execution_time="0").code == "452"
    assert main.query("SELECT 1", max_execution_time="601").code == "452"


def test_nothing_of_a_query_is_logged(main: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Neither SQL nor a password nor a row gets into a log."""
    caplog.set_level(logging.DEBUG)
    main.query("SELECT 'row text', nothing_of_the_kind")
    main.query("SELECT 'row text'")
    main.query("SELECT 1", password="wrong password")
    for text in ("row text", "nothing_of_the_kind", "wrong password", main.password):
        assert text not in caplog.text
