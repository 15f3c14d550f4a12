"""Secrets in no output, and on no command line, where other users and the shell's history are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import typer

from clickhouse_cloud_async.cli.request_fields import check_no_secret
from tests.client.profiles import write_profiles
from tests.client.stub import ORGANIZATION, SERVICE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.stub import Stub

    from .program import Program

PLANTED = {
    "CLICKHOUSE_CLOUD_API_KEY": "id",
    "CLICKHOUSE_CLOUD_API_SECRET": "planted-secret",
    "HTTPS_PROXY": "http://user:planted-password@proxy.example:3128",
}

COMMANDS = (
    ("services", "list"),
    ("services", "get", SERVICE),
    ("services", "start", SERVICE),
    ("services", "start", SERVICE, "--dry-run"),
    ("organizations", "list"),
    ("fleet", "status"),
    ("fleet", "stop", "--all", "--no-wait"),
    ("api", "GET", "/v1/anything"),
    ("whoami",),
    ("doctor",),
    ("profiles", "list"),
    ("profiles", "show", "mine"),
)


@pytest.mark.parametrize("output", ["table", "json"])
@pytest.mark.parametrize(("status", "body"), [(400, {"error": "no"}), (200, {"result": []})])
def test_no_output_has_a_secret(  # noqa: PLR0913, PLR0917 - a table of cases
    chcloud: Program,
    stub: Stub,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    output: str,
    status: int,
    body: dict[str, object],
) -> None:
    """Neither results nor errors nor requests as they go show what a server echoes."""
    write_profiles(tmp_path, mine={"token": "planted-token", "proxy": PLANTED["HTTPS_PROXY"]})
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
    echo = " ".join(PLANTED.values()) + " Basic aWQ6cGxhbnRlZC1zZWNyZXQ="
    refused = {"error": f"you sent {echo}"} if "error" in body else body
    stub.answer(refused, status, X_Echo=echo)
    reach = ("--url", stub.url, "--organization", ORGANIZATION, "-v", "--output", output)

    for command in COMMANDS:
        outcome = chcloud(*command, *reach)
        shown = outcome.out + outcome.err
        assert "planted-secret" not in shown, command
        assert "planted-token" not in shown, command
        assert "aWQ6cGxhbnRlZC1zZWNyZXQ" not in shown, command
        if status == 200:
            assert "planted" not in shown, command


def test_no_option_takes_a_secret(chcloud: Program) -> None:
    """No command written by hand has an option for a secret of the real API.

    That of the emulator is one of its own making.
    """
    named = re.compile(r"--[a-z-]*(?:secret|password|token)[a-z-]*")
    for command in (
        (),
        ("api",),
        ("configure",),
        ("whoami",),
        ("doctor",),
        ("profiles", "show"),
        ("demo",),
        ("fleet", "start"),
        ("fleet", "delete"),
        ("contract", "diff"),
    ):
        assert named.findall(chcloud(*command, "--help").out) == [], command
    applied = named.findall(chcloud("fleet", "apply", "--help").out)
    assert applied == ["--passwords"], "a file for those of new services"


@pytest.mark.parametrize("key", ["password", "apiSecret", "accessToken", "private_key", "apiKey"])
def test_secrets_are_known_by_name(key: str) -> None:
    """A field that is named like a secret is refused, at any depth; what only sounds so is not."""
    with pytest.raises(typer.BadParameter, match=key):
        check_no_secret({"a": [{"b": {key: "planted"}}]})
    check_no_secret({"name": "password", "count": 1, "tags": [{"key": "k", "value": "v"}]})
