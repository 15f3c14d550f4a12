"""Every kind of failure has its exit code, and one line on stderr."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import (
    APITimeoutError,
    CloudError,
    OutcomeUnknownError,
    UnreachableStateError,
    WaitTimeoutError,
)
from clickhouse_cloud_async.cli.exit_codes import ExitCode, code_of
from clickhouse_cloud_async.cli.trees import as_command
from clickhouse_cloud_async.emulator import Emulator, RequestLimit
from clickhouse_cloud_async.fleet import FleetError
from tests.client.profiles import write_profiles

from .program import ask, environment

if TYPE_CHECKING:
    from aiohttp import web

    from tests.client.stub import Stub

    from .program import Outcome, Program


def assert_failure(outcome: Outcome, code: int, *parts: str) -> None:
    """A run failed with an exit code, one line on stderr with some words, and nothing else."""
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith("error: ")
    assert outcome.err.count("\n") == 1
    for part in parts:
        assert part in outcome.err


@pytest.fixture
def stub_credentials(monkeypatch: pytest.MonkeyPatch, stub: Stub) -> None:
    """The stub and some key, in the environment."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_URL", stub.url)
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_KEY", "planted-key")
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_SECRET", "planted-secret")


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("get", "nobody"), 5, "no service is named 'nobody'"),
        (("get", "00000000-0000-4000-8000-000000000000"), 5, "status 400"),
        (("list", "--organization", "00000000-0000-4000-8000-000000000000"), 5, "organization id"),
        (("list", "--url", "http://127.0.0.1:1"), 1, "cannot connect to 127.0.0.1:1: "),
    ],
)
def test_failed(chcloud: Program, arguments: tuple[str, ...], code: int, words: str) -> None:
    """What is not there, what the key may not see and a failed connection have their codes."""
    assert_failure(chcloud("services", *arguments), code, words)


@pytest.mark.parametrize("api", [(), ("api7",), ("omnistrate",)])
def test_no_credentials(chcloud: Program, api: tuple[str, ...]) -> None:
    """Someone without credentials reads what to type, and nothing about arguments of Python."""
    outcome = chcloud(*api, "services" if api != ("api7",) else "applications", "list")

    assert_failure(outcome, 4, "no credentials: set ", f"{' '.join(('chcloud', *api))} configure")


def test_advice_in_words_of_the_command_line() -> None:
    """Methods and switches become commands and options; the names of files stay."""
    advice = "see query_endpoints.set, services.get_by_name('a b'), wake=True and services.yaml"

    assert as_command(advice, "chcloud") == (
        "see chcloud query-endpoints set, chcloud services get-by-name 'a b', --wake and"
        " services.yaml"
    )


@pytest.mark.usefixtures("credentials")
def test_wrong_state(chcloud: Program) -> None:
    """A command that does not fit the service's state exits with 1 and the API's own words."""
    name = next(
        s["name"]
        for s in chcloud("services", "list", "--output", "json").json
        if s["state"] == "running"
    )

    assert_failure(chcloud("services", "start", name), 1, "Current state: running", "status 400")


def test_ambiguous_name(chcloud: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that two services have exits with 1 and names their ids; nothing is stopped."""
    twins = [{"name": "twin", "state": "running"}, {"name": "twin", "state": "running"}]
    with Emulator(twins, time_scale=0) as emulator:
        for name, value in environment(emulator).items():
            monkeypatch.setenv(name, value)

        ids = [service["id"] for service in chcloud("services", "list", "--output", "json").json]
        assert_failure(chcloud("services", "stop", "twin"), 1, *ids)

        assert "instanceStateUpdate" not in {each.operation_id for each in emulator.requests}


def test_rate_limit(chcloud: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A used-up request budget exits with 7."""
    with Emulator(time_scale=0, rate_limit=RequestLimit(1, per=3600)) as emulator:
        for name, value in environment(emulator).items():
            monkeypatch.setenv(name, value)
        ask(emulator, "")

        assert_failure(chcloud("services", "list"), 7, "status 429")


@pytest.mark.usefixtures("stub_credentials")
@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {"error": "bad"}, 1),
        (403, {"error": "not\nallowed"}, 4),
        (409, {"error": "busy"}, 6),
        (503, b"<html>", 1),
        (200, b"<html>", 1),
    ],
)
def test_refusals(chcloud: Program, stub: Stub, status: int, body: object, code: int) -> None:
    """A refusal has the code of its cause; a broken gateway and what is not JSON exit with 1."""
    stub.answer(body, status)

    assert_failure(chcloud("organizations", "list"), code, "/v1/organizations")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OutcomeUnknownError("lost"), ExitCode.UNKNOWN),
        (WaitTimeoutError("late", kind="service", id="i"), ExitCode.LIMIT),
        (APITimeoutError("late"), ExitCode.LIMIT),
        (UnreachableStateError("failed", kind="service", id="i"), ExitCode.FAILED),
        (FleetError("some failed"), ExitCode.FAILED),
    ],
)
def test_code_of(error: CloudError, code: ExitCode) -> None:
    """What takes long to happen has its code, too."""
    assert code_of(error) is code


def test_table() -> None:
    """The page has a row for each exit code and no other."""
    page = Path("docs/output.md").read_text().partition("## Exit codes")[2]
    rows = [int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)]

    assert rows == list(ExitCode)


@pytest.mark.usefixtures("stub_credentials")
@pytest.mark.parametrize("proxy", ["socks5://proxy.example:1080", "proxy.example:3128"])
def test_proxy_of_the_environment_that_cannot_be_used(
    chcloud: Program, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    """A variable for proxies counts; one that is no URL of one exits with 4 and is named."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_URL", "https://api.test")
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    assert_failure(chcloud("services", "list"), 4, "HTTPS_PROXY")


@pytest.mark.usefixtures("stub_credentials")
def test_timeout(chcloud: Program, stub: Stub) -> None:
    """An API that does not answer in the given time exits with 7."""

    async def hold(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError(request)

    stub.handler = hold

    assert_failure(chcloud("organizations", "list", "--timeout", "0.2"), 7, "0.2 s")


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    "arguments",
    [
        ("services",),
        ("services", "get"),
        ("services", "delete", "etl"),
        ("services", "list", "--output", "xml"),
        ("services", "list", "--timeout", "soon"),
        ("services", "list", "--api-secret", "planted"),
        ("--url", "api.example.com", "services", "list"),
        ("--url", "http://api.example.com", "services", "list"),
        ("demo", "--services", "0"),
        ("demo", "--time-scale", "0"),
    ],
)
def test_usage(chcloud: Program, emulator: Emulator, arguments: tuple[str, ...]) -> None:
    """What is no command line exits with 2 and reaches no API."""
    assert chcloud(*arguments).code == 2
    assert not emulator.requests


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("timeout", ["0", "-1", "nan"])
def test_unsendable(chcloud: Program, timeout: str) -> None:
    """A value that the client takes for no argument is wrong usage, too."""
    assert_failure(chcloud("services", "list", "--timeout", timeout), 2, "timeout")


@pytest.mark.usefixtures("credentials")
def test_refused_credentials(chcloud: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials that the API refuses exit with 4, and the secret is not told."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_SECRET", "planted-secret")

    outcome = chcloud("services", "list")

    assert_failure(outcome, 4, "status 401", "chcloud doctor shows")
    assert "planted" not in outcome.err


def test_unknown_profile(chcloud: Program, tmp_path: Path) -> None:
    """A profile that does not exist exits with 4 and names those that do."""
    write_profiles(tmp_path, staging={"api_key": "k", "api_secret": "s"})

    assert_failure(chcloud("services", "list", "--profile", "prod"), 4, "'prod'", "staging")
