"""The HTTP interface of a service, as programs such as curl use it."""

from __future__ import annotations

import gzip
import http.client
import json
import zlib
from typing import TYPE_CHECKING

import pytest

from .served import Served, send

if TYPE_CHECKING:
    from clickhouse_cloud_async import ClickHouseCloud


def test_a_statement_in_the_body_or_in_the_url(main: Served) -> None:
    """POST takes statements in its body, in the URL, or in both; GET takes them in the URL."""
    assert main.query("SELECT 1").text == "1\n"
    assert main.query("SELECT 1", body=b"").text == "1\n"
    assert main.query("SELECT 1,", body=b"2").text == "1\t2\n"
    assert main.query("SELECT 1", method="GET").text == "1\n"


def test_pings_and_unknown_paths(main: Served) -> None:
    """A ping needs no password, no more than a request for nothing does."""
    address = f"http://{main.host}:{main.port}"
    assert send("GET", f"{address}/ping").text == "Ok.\n"
    assert send("GET", f"{address}/replicas_status").text == "Ok.\n"
    assert send("GET", f"{address}/").text == "Ok.\n"
    assert send("GET", f"{address}/nowhere").status == 404


def test_headers_of_a_response(main: Served) -> None:
    """A response names its query, its format, its time zone, and what it did."""
    answer = main.query("SELECT number FROM numbers(3)", query_id="mine", default_format="CSV")

    assert answer.headers["x-clickhouse-query-id"] == "mine"
    assert answer.headers["x-clickhouse-format"] == "CSV"
    assert answer.headers["x-clickhouse-timezone"] == "UTC"
    assert answer.headers["content-type"].startswith("text/csv")
    summary = json.loads(answer.headers["x-clickhouse-summary"])
    assert (summary["read_rows"], summary["result_rows"]) == ("3", "3")
    assert "x-clickhouse-format" not in main.query("DROP TABLE IF EXISTS nothing").headers


def test_formats(main: Served) -> None:
    """The statement's format comes before those of parameter and header."""
    header = {"X-ClickHouse-Format": "CSV"}
    assert main.query("SELECT 'a'", headers=header).text == '"a"\n'
    assert main.query("SELECT 'a'", headers=header, default_format="TSV").text == "a\n"
    assert main.query("SELECT 'a' AS x FORMAT JSONEachRow", default_format="TSV").json == {"x": "a"}
    assert main.query("SELECT 1 AS x", default_format="JSON").json["data"] == [{"x": 1}]
    assert main.query("SHOW DATABASES LIKE 'def%'").text == "default\n"


def test_settings_and_parameters(main: Served) -> None:
    """Settings hold for one query; parameters are values of its placeholders."""
    setting = "SELECT getSetting('max_block_size')"
    assert main.value(setting, max_block_size="77") == 77
    assert main.value(setting) != 77
    assert main.rows("SELECT {n:UInt8}, {t:String}", param_n="3", param_t="it's") == [[3, "it's"]]
    assert main.query("SELECT {n:UInt8}").code == "456"
    assert main.query("SELECT 1", no_such_setting="1").code == "115"


def test_databases(main: Served) -> None:
    """A database is named by parameter or header."""
    main.run("CREATE DATABASE IF NOT EXISTS other")
    current = "SELECT currentDatabase()"
    assert main.value(current) == "default"
    assert main.value(current, database="other") == "other"
    assert main.query(current, headers={"X-ClickHouse-Database": "other"}).text == "other\n"
    assert main.query(current, database="nowhere").code == "81"
    main.run("DROP DATABASE other")
    assert main.query(current, database="other").code == "81"


@pytest.mark.parametrize(
    ("sql", "body"),
    [
        ("INSERT INTO inserted VALUES (1, 'a'), (2, 'b');", None),
        ("INSERT INTO inserted VALUES", b"(1, 'a'), (2, 'b')"),
        ("INSERT INTO inserted FORMAT Values", b"(1, 'a'), (2, 'b')"),
        ("INSERT INTO inserted FORMAT TSV\n1\ta\n2\tb\n", None),
        ("INSERT INTO inserted (b, a) FORMAT CSV", b'"a",1\n"b",2\n'),
        ("INSERT INTO inserted SELECT number + 1, ['a', 'b'][number + 1] FROM numbers(2)", None),
    ],
)
def test_inserts(main: Served, sql: str, body: bytes | None) -> None:
    """The data of an insert is part of the statement, or the body, or a query's result."""
    main.run(
        "DROP TABLE IF EXISTS inserted",
        "CREATE TABLE inserted (a UInt64, b String) ENGINE = MergeTree ORDER BY a",
    )
    answer = main.query(sql, body=body)
    assert answer.status == 200, answer.text
    assert json.loads(answer.headers["x-clickhouse-summary"])["written_rows"] == "2"
    assert main.rows("SELECT a, b FROM inserted ORDER BY a") == [[1, "a"], [2, "b"]]


def test_compression(main: Served) -> None:
    """A response is compressed where setting and header ask for it, and a request may be."""
    gzipped = {"Accept-Encoding": "gzip"}
    answer = main.query("SELECT 1", headers=gzipped, enable_http_compression="1")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == b"1\n"
    assert main.query("SELECT 1", headers=gzipped).body == b"1\n"
    sent = main.query(gzip.compress(b"SELECT 2"), headers={"Content-Encoding": "gzip"})
    assert sent.body == b"2\n"
    unknown = main.query("SELECT 1", body=b"x", headers={"Content-Encoding": "rot13"})
    assert (unknown.status, unknown.code) == (501, "48")


def test_what_is_not_supported(main: Served) -> None:
    """What the emulator cannot do is refused, with a reason."""
    for asked in (
        main.query("INSERT INTO t SELECT a FROM input('a UInt8') FORMAT CSV", body=b"1"),
        main.query("SELECT 1", compress="1"),
        main.query("INSERT INTO t FORMAT CSV", body=b"1", decompress="1"),
    ):
        assert (asked.status, asked.code) == (501, "48")
    for text in ("soon", "nan", "-1", "1" * 400):
        asked = main.query("SELECT 1", session_id="s", session_timeout=text)
        assert asked.code == "374", text
    for name in ("Values (1)", "CSV\n", "CSV SETTINGS max_execution_time = 0"):
        assert main.query("SELECT 1", default_format=name).code == "73", name
    form = {"Content-Type": "multipart/form-data"}
    assert main.query("SELECT 1", body=b"no form", headers=form).code == "27"


def test_external_tables_stay_within_the_service(main: Served) -> None:
    """Definitions of external tables are checked as statements are; a format must be a name."""
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    body = b'--x\r\nContent-Disposition: form-data; name="t"; filename="t"\r\n\r\n1\r\n--x--\r\n'
    for structure, code in (
        ("a UInt8", None),
        ("a String DEFAULT file('/etc/passwd')", "497"),
        ("a UInt8) ENGINE = FileLog('/etc', 'CSV') --", "497"),
        ("a UInt8) ENGINE = Memory; DROP DATABASE default --", "62"),
        ("", "27"),
    ):
        answer = main.query("SELECT a FROM t", body=body, headers=kind, t_structure=structure)
        assert answer.code == code, structure
    answer = main.query(
        "SELECT a FROM t", body=body, headers=kind, t_structure="a UInt8", t_format="Values (2), --"
    )
    assert answer.code == "73"


def test_a_long_result_comes_in_pieces(main: Served) -> None:
    """A result of many rows is complete, and in its order."""
    answer = main.query("SELECT number FROM numbers(300000)", max_block_size="10000")
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.body == b"".join(b"%d\n" % number for number in range(300000))


@pytest.mark.parametrize(
    ("sql", "status", "code"),
    [
        ("SELEC 1", 400, "62"),
        ("", 400, "62"),
        ("SELECT 1; SELECT 2", 400, "62"),
        ("SELECT nothing", 404, "47"),
        ("SELECT * FROM nowhere", 404, "60"),
        ("SELECT no_such_function()", 404, "46"),
        ("SELECT throwIf(1)", 500, "395"),
    ],
)
def test_errors(main: Served, sql: str, status: int, code: str) -> None:
    """An error has ClickHouse's number, and the status that its HTTP interface gives it."""
    answer = main.query(sql)
    assert (answer.status, answer.code) == (status, code)
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_an_error_after_the_beginning_of_a_result(main: Served, encoding: str) -> None:
    """The result ends with the error, also a compressed one, and its body has no proper end."""
    with pytest.raises(http.client.IncompleteRead) as ended:
        main.query(
            "SELECT number, throwIf(number = 1500000, 'too many') FROM numbers(2000000)",
            headers={"Accept-Encoding": encoding},
            enable_http_compression="1",
        )

    body = ended.value.partial
    content = zlib.decompressobj(wbits=31).decompress(body) if encoding == "gzip" else body
    assert content.startswith(b"0\t0\n1\t0\n")
    assert content.splitlines()[-1].startswith(b"Code: 395. DB::Exception: too many")


def test_get_writes_nothing(main: Served) -> None:
    """GET is for reading."""
    assert main.query("CREATE TABLE got (a Int8) ENGINE = Memory", method="GET").code == "164"


def test_sessions(main: Served) -> None:
    """A session keeps its temporary tables, its settings and its database."""
    main.query("CREATE TEMPORARY TABLE mine (a Int8)", session_id="one")
    main.query("SET max_block_size = 5", session_id="one")
    assert main.rows("SELECT * FROM mine", session_id="one") == []
    assert main.query("SELECT * FROM mine", session_id="two").code == "60"
    setting = "SELECT getSetting('max_block_size')"
    assert main.value(setting, session_id="one", max_block_size="6") == 6
    assert main.value(setting, session_id="one") == 5
    assert main.value(setting, session_id="two", max_block_size="6") == 6
    assert main.value(setting, session_id="two") == main.value(setting)
    assert main.query("SELECT 1", session_id="three", session_check="1").code == "372"


def test_credentials(main: Served, sql_cloud: ClickHouseCloud) -> None:
    """The password comes as basic authentication, in headers or in the URL; another is refused."""
    address = f"http://{main.host}:{main.port}/?query=SELECT+1"
    headers = {"X-ClickHouse-User": "default", "X-ClickHouse-Key": main.password}
    assert send("GET", address, headers=headers).text == "1\n"
    assert send("GET", f"{address}&user=default&password={main.password}").text == "1\n"
    for refused in (send("GET", address), main.query("SELECT 1", password="wrong")):
        assert (refused.status, refused.code) == (403, "516")
    assert sql_cloud.services.get(main.id).state == "running"
