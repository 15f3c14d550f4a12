"""Output formats, and the selection of the printed parts."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from clickhouse_cloud_async.cli.options import Options, Output
from clickhouse_cloud_async.cli.results import show, show_stream
from clickhouse_cloud_async.cli.trace import tell_long_wait
from clickhouse_cloud_async.core.errors import ConflictError, RateLimitError
from clickhouse_cloud_async.core.telemetry import RequestInfo, RetryInfo
from clickhouse_cloud_async.emulator import Emulator
from clickhouse_cloud_async.models import ApiKey

from .program import environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from .program import Program

THINGS: list[dict[str, Any]] = [
    {"id": "2", "name": "b,c", "size": 10, "hosts": [{"host": "h2"}], "tags": ["x", "y"]},
    {"id": "1", "name": "a|d\n", "size": 9, "hosts": [], "tags": []},
    {"id": "3", "name": None, "size": None, "is_new": True},
]


class Shown:
    """What `show` prints, as text."""

    def __init__(self, capture: pytest.CaptureFixture[bytes]) -> None:
        self._capture = capture

    def __call__(self, result: object, **options: Any) -> str:
        """Print a result with some options."""
        show(Options(**options), result)
        return self.taken()

    def taken(self) -> str:
        """Return what has been printed since the last time."""
        return self._capture.readouterr().out.decode()


@pytest.fixture
def shown(capsysbinary: pytest.CaptureFixture[bytes]) -> Shown:
    """Print results and return the text."""
    return Shown(capsysbinary)


def test_documents(shown: Shown) -> None:
    """JSON, YAML and lines of JSON hold a result whole."""
    assert json.loads(shown(THINGS, output=Output.JSON)) == THINGS
    assert yaml.safe_load(shown(THINGS, output=Output.YAML)) == THINGS
    lines = shown(THINGS, output=Output.JSONL).splitlines()
    assert [json.loads(line) for line in lines] == THINGS
    assert shown({"a": {"b": 1}}, output=Output.JSONL) == '{"a":{"b":1}}\n'


def test_csv(shown: Shown) -> None:
    """CSV has a column for every key that any object has; what is nested is JSON."""
    rows = list(csv.DictReader(io.StringIO(shown(THINGS, output=Output.CSV))))

    assert list(rows[0]) == ["id", "name", "size", "hosts", "tags", "is_new"]
    assert rows[0]["name"] == "b,c"
    assert rows[0]["hosts"] == '[{"host":"h2"}]'
    assert rows[2] == dict.fromkeys(rows[0], "") | {"id": "3", "is_new": "true"}
    assert not shown([], output=Output.CSV)


def test_table(shown: Shown) -> None:
    """Of objects that nobody knows, a table shows the plain values, the name first."""
    header, *lines = shown(THINGS).splitlines()

    assert header.split() == ["NAME", "ID", "SIZE", "TAGS", "IS_NEW"]
    assert lines[0].split() == ["b,c", "2", "10", "x", "y"]


def test_single_object(shown: Shown) -> None:
    """A table of one object has a line for each value, however deep it is."""
    assert shown({"a": {"b": 1, "c": [{"d": 2}]}, "e": None}).splitlines() == [
        "a.b  1",
        'a.c  {"d":2}',
    ]


def test_markdown(shown: Shown) -> None:
    """What would end a cell is escaped."""
    assert shown(THINGS, output=Output.MARKDOWN, columns="name,size").splitlines() == [
        "| name | size |",
        "| --- | --- |",
        "| b,c | 10 |",
        r"| a\|d | 9 |",
        "|  |  |",
    ]


def test_names(shown: Shown) -> None:
    """Names are a line each; what has none is named by its id."""
    assert shown(THINGS, output=Output.NAME) == "b,c\na|d\n3\n"
    assert shown(THINGS, output=Output.NAME, columns="id") == "2\n1\n3\n"


def test_columns(shown: Shown) -> None:
    """Columns are expressions, with titles of their own or not."""
    columns = "id, HOST = hosts[0].host, size == `9`, contains(tags || `[]`, 'x')"
    found = json.loads(shown(THINGS, output=Output.JSON, columns=columns))

    assert found[0] == {
        "id": "2",
        "HOST": "h2",
        "size == `9`": False,
        "contains(tags || `[]`, 'x')": True,
    }


def test_sort_and_limit(shown: Shown) -> None:
    """Numbers are sorted as numbers, either way; what is missing comes last."""

    def ids(sort: str, limit: int | None = None) -> str:
        return shown(THINGS, output=Output.NAME, columns="id", sort=sort, limit=limit)

    assert ids("size").split() == ["1", "2", "3"]
    assert ids("-size").split() == ["2", "1", "3"]
    assert ids("is_new,-id").split() == ["3", "2", "1"]
    assert ids("size", 1).split() == ["1"]


def test_query(shown: Shown) -> None:
    """A query is applied to the whole result, which may become anything."""
    assert shown(THINGS, query="[?size > `9`].name") == "b,c\n"
    assert json.loads(shown(THINGS, query="length(@)", output=Output.JSON)) == 3
    assert shown(THINGS, query="[0].{n: name}", output=Output.CSV) == 'n\n"b,c"\n'


async def _keys() -> AsyncIterator[ApiKey]:
    for number in range(3):
        yield ApiKey.from_dict({"id": str(number), "name": f"k{number}"})
    raise RateLimitError("no more")


@pytest.mark.parametrize("output", [Output.JSONL, Output.CSV, Output.NAME])
async def test_stream(shown: Shown, output: Output) -> None:
    """In formats of a line an item, items are printed before a later page fails."""
    with pytest.raises(RateLimitError):
        await show_stream(Options(output=output), _keys())

    text = shown.taken()
    assert all(f"k{number}" in text for number in range(3))


@pytest.mark.parametrize("output", list(Output))
async def test_limit_of_a_stream(shown: Shown, output: Output) -> None:
    """The limit ends the reading, so that no further page is asked for."""
    await show_stream(Options(output=output, limit=2), _keys())

    text = shown.taken()
    assert "k0" in text
    assert "k1" in text


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Two services, and their key in the environment."""
    described = [{"name": "analytics", "state": "running"}, {"name": "etl", "state": "stopped"}]
    with Emulator(described, time_scale=0) as emulator:
        for name, value in environment(emulator).items():
            monkeypatch.setenv(name, value)
        yield emulator


def test_options_of_output(chcloud: Program, services: Emulator) -> None:
    """The options hold for single services, lists and fleets, in long and short form."""
    listing = ("services", "list")

    assert chcloud(*listing, "-o", "name").lines == ["analytics", "etl"]
    assert chcloud(*listing, "-o", "name", "--sort", "-name", "--limit", "1").lines == ["etl"]
    assert chcloud(*listing, "--query", "[?state=='stopped'].name").lines == ["etl"]
    assert chcloud(*listing, "--columns", "name,state").lines[1].split() == ["analytics", "running"]
    assert chcloud("services", "get", "etl", "--columns", "state").lines == ["state  stopped"]
    assert chcloud("fleet", "status", "-o", "csv", "--columns", "service.name").lines == [
        "service.name",
        "analytics",
        "etl",
    ]
    planned = chcloud("fleet", "start", "--all", "--dry-run", "-o", "csv", "--columns", "name")
    assert planned.lines == ["name", "analytics", "etl"]
    assert services.requests


@pytest.mark.parametrize(
    "arguments",
    [
        ("--query", "[?"),
        ("--columns", "name,"),
        ("--columns", "[["),
        ("--sort", "-"),
        ("--limit", "-1"),
    ],
)
def test_mistakes(chcloud: Program, services: Emulator, arguments: tuple[str, str]) -> None:
    """An expression that cannot be read is wrong usage, and nothing is sent."""
    outcome = chcloud("services", "start", "etl", *arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert arguments[0] in outcome.err
    assert not services.requests


@pytest.mark.usefixtures("services")
@pytest.mark.parametrize(
    "arguments", [("--query", "length(`1`)"), ("--columns", "abs(name)"), ("--query", "none(@)")]
)
@pytest.mark.parametrize("output", ["table", "csv"])
def test_expressions_that_do_not_fit(
    chcloud: Program, arguments: tuple[str, str], output: str
) -> None:
    """What cannot be applied to the result is wrong usage, and the result is printed whole."""
    change = ("services", "update", "etl", "--name", "etl-2", "--output", output)
    outcome = chcloud(*change, *arguments)

    assert outcome.code == 2
    assert arguments[0] in outcome.err
    assert '"name": "etl-2"' in outcome.out


@pytest.mark.usefixtures("services")
def test_errors_as_json(chcloud: Program) -> None:
    """Every failure is one JSON object on stderr where JSON is asked for."""

    def error(*arguments: str) -> dict[str, Any]:
        outcome = chcloud(*arguments)
        found: dict[str, Any] = json.loads(outcome.err)["error"]
        assert found["exit_code"] == outcome.code
        return found

    missing = error("services", "get", "nobody", "--output", "json")
    assert (missing["type"], missing["exit_code"]) == ("NotFoundError", 5)
    unknown = error("services", "get", "00000000-0000-4000-8000-000000000000", "-o", "json")
    assert (unknown["status"], unknown["method"], unknown["operation"]) == (
        400,
        "GET",
        "instanceGet",
    )
    assert error("services", "list", "--nonsense", "-ojson")["type"] == "UsageError"
    assert error("fleet", "start", "--name", "no*", "--output=json")["exit_code"] == 9


def test_dry_run(chcloud: Program, services: Emulator) -> None:
    """A dry run reads what it has to, prints the change and does not send it."""
    (service,) = chcloud("services", "list", "-o", "json", "--query", "[?name=='etl']").json

    outcome = chcloud("services", "start", "etl", "--dry-run")

    assert outcome.code == 0
    path = f"/v1/organizations/{services.organization_id}/services/{service['id']}/state"
    first, body = outcome.out.split("\n", 1)
    assert (first, json.loads(body)) == (f"PATCH {path}", {"command": "start"})
    assert "nothing was changed" in outcome.err
    assert "PATCH" not in {request.method for request in services.requests}
    as_json = chcloud("services", "start", "etl", "--dry-run", "-o", "json")
    assert json.loads(as_json.out) == {
        "method": "PATCH",
        "path": path,
        "query": "",
        "body": {"command": "start"},
    }


@pytest.mark.usefixtures("services")
def test_verbose(chcloud: Program, services: Emulator) -> None:
    """Each request is printed on stderr as it is sent, without the credentials."""
    outcome = chcloud("services", "list", "-v", "-o", "name")

    assert outcome.out.split() == ["analytics", "etl"]
    listed, found = outcome.err.splitlines()
    assert listed.startswith("GET /v1/organizations -> 200, ")
    assert found.startswith(f"GET /v1/organizations/{services.organization_id}/services -> 200, ")
    assert services.api_key not in outcome.err
    assert services.api_secret not in outcome.err


@pytest.mark.parametrize(("wait", "is_printed"), [(10.0, True), (0.5, False)])
def test_long_waits_for_another_attempt_are_printed(
    capfd: pytest.CaptureFixture[str], wait: float, *, is_printed: bool
) -> None:
    """A command that stands still says why, such as a deletion of a service that settles."""
    request = RequestInfo("instanceDelete", "DELETE", "/v1/services/5a1e", 1)
    tell_long_wait(RetryInfo(request, ConflictError("it settles"), wait))

    told = capfd.readouterr().err
    assert ("attempt 2 in 10.0 s after ConflictError: it settles" in told) is is_printed


def test_titles_of_columns_are_words(shown: Shown) -> None:
    """The API joins words with capitals, which capitals alone would hide."""
    things = [{"startedAt": "now", "sizeInBytes": 1, "id": "2"}] * 2
    title, *_ = shown(things).splitlines()
    assert "STARTED AT" in title
    assert "SIZE IN BYTES" in title
