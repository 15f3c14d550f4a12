"""``chcloud query`` against a server that speaks the protocol of the query service."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from clickhouse_cloud_async.cli.exit_codes import ExitCode
from tests.client.stub import KEY, ORGANIZATION, SECRET, SERVICE, answering

from .sessions import unread

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.stub import Stub

    from .program import Program

REFUSED = {"error": {"code": "62", "details": "Syntax error: sel (SYNTAX_ERROR)"}}


@pytest.fixture(autouse=True)
def settings(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The server and a key, in the environment."""
    found = {
        "CLICKHOUSE_CLOUD_API_KEY": KEY,
        "CLICKHOUSE_CLOUD_API_SECRET": SECRET,
        "CLICKHOUSE_CLOUD_ORGANIZATION_ID": ORGANIZATION,
        "CLICKHOUSE_CLOUD_URL": stub.url,
    }
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


def sent(stub: Stub) -> list[Any]:
    """Return format and parameters of each request."""
    return [dict(request.query) for request in stub.requests]


def test_result_goes_through_as_it_is(chcloud: Program, stub: Stub) -> None:
    """Bytes are neither decoded nor framed."""
    stub.answer("┌─1─┐\n└───┘\n".encode())
    outcome = chcloud("query", SERVICE, "select 1", "--format", "PrettyCompact")
    assert (outcome.code, outcome.out, outcome.err) == (0, "┌─1─┐\n└───┘\n", "")
    assert sent(stub) == [{"format": "PrettyCompact"}]


@pytest.mark.parametrize(
    ("arguments", "format_"),
    [([], "TabSeparated"), (["-o", "json"], "JSON"), (["-o", "csv"], "CSVWithNames")],
)
def test_format_follows_the_output(
    chcloud: Program, stub: Stub, arguments: list[str], format_: str
) -> None:
    """A pipe gets what `clickhouse-client` would write to it."""
    stub.answer(b"1\n")
    assert chcloud("query", SERVICE, "select 1", *arguments).code == 0
    assert sent(stub) == [{"format": format_}]


def test_query_from_a_file_with_parameters(
    chcloud: Program, stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file, or standard input; parameters never become part of it."""
    stub.answer(b"1\n")
    file = tmp_path / "query.sql"
    file.write_text("select {n:UInt8}")
    monkeypatch.setattr(sys, "stdin", io.StringIO("select {n:UInt8}"))
    for source in (str(file), "-"):
        assert chcloud("query", SERVICE, "--file", source, "--param", "n=1=1").code == 0
    assert [each["param_n"] for each in sent(stub)] == ["1=1", "1=1"]


def test_service_by_name(chcloud: Program, stub: Stub) -> None:
    """The command accepts names, as all commands do."""
    found = answering({"result": [{"id": SERVICE, "name": "analytics"}]})

    async def handle(request: web.Request) -> web.StreamResponse:
        return await (found if request.method == "GET" else answering(b"1\n"))(request)

    stub.handler = handle
    assert chcloud("query", "analytics", "select 1").lines == ["1"]
    assert chcloud("query", "nothing", "select 1").code == ExitCode.NOT_FOUND


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (REFUSED, 400, ExitCode.FAILED),
        ({"data": "Service is stopped"}, 206, ExitCode.CONFLICT),
        ({"error": "Unauthorized"}, 401, ExitCode.CREDENTIALS),
        ({"error": "Timeout error."}, 500, ExitCode.UNKNOWN),
    ],
)
def test_exit_code_says_the_cause(
    chcloud: Program, stub: Stub, body: object, status: int, code: ExitCode
) -> None:
    """An error is a line on standard error."""
    stub.answer(body, status)
    outcome = chcloud("query", SERVICE, "select 1")
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith("error: ")


def test_refusal_is_shown_whole(chcloud: Program, stub: Stub) -> None:
    """ClickHouse's own words are for the person who has typed the query."""
    stub.answer(REFUSED, 400)
    outcome = chcloud("query", SERVICE, "sel", "-o", "json")
    error = json.loads(outcome.err)["error"]
    assert (error["type"], error["code"]) == ("QueryError", "62")
    assert error["message"] == "Syntax error: sel (SYNTAX_ERROR)"


@pytest.mark.parametrize(
    "arguments",
    [
        [SERVICE],
        [SERVICE, "select 1", "--file", "x"],
        [SERVICE, "select 1", "--param", "n"],
        [SERVICE, "select 1", "--columns", "n"],
        [SERVICE, "select 1", "-o", "yaml"],
        [SERVICE, "--file", "/nowhere.sql"],
        [SERVICE, " "],
    ],
)
def test_wrong_usage(chcloud: Program, stub: Stub, arguments: list[str]) -> None:
    """Nothing is sent."""
    assert chcloud("query", *arguments).code == ExitCode.USAGE
    assert not stub.requests


def test_dry_run(chcloud: Program, stub: Stub) -> None:
    """The request is printed with the query in it."""
    outcome = chcloud("query", SERVICE, "select 42", "--dry-run")
    assert outcome.code == 0
    assert f"POST /service/{SERVICE}/run?format=TabSeparated" in outcome.out
    assert "select 42" in outcome.out
    assert not stub.requests


def test_pipe_whose_reader_leaves(stub: Stub, settings: dict[str, str]) -> None:
    """An endless result ends quietly with its reader."""

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"1\n" * 10_000)

    stub.handler = endless
    assert unread([(["query", SERVICE, "select 1"], 1)], settings) == ([0], "")
