"""The positions of options, and their meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async._version import __version__
from clickhouse_cloud_async.core.client import DEFAULT_TIMEOUT
from clickhouse_cloud_async.emulator import Emulator
from tests.client.profiles import write_profiles

from .program import environment

if TYPE_CHECKING:
    from pathlib import Path

    from .program import Program


@pytest.mark.usefixtures("credentials")
def test_position(chcloud: Program) -> None:
    """An option works before and after the command; what stands after it wins."""
    listing = ("organizations", "list")

    before = chcloud("--output", "json", *listing).json

    assert chcloud(*listing, "--output", "json").json == before
    assert chcloud("--output", "table", *listing, "--output", "json").json == before


@pytest.mark.usefixtures("credentials")
def test_organization(chcloud: Program, emulator: Emulator) -> None:
    """A named organisation is used without asking the API for one."""
    chcloud("services", "list", "--organization", emulator.organization_id)

    assert [request.operation_id for request in emulator.requests] == ["instanceGetList"]


def test_url(chcloud: Program, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A URL on the command line wins over the environment's, and may end with the version."""
    for name, value in environment(emulator).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CLICKHOUSE_CLOUD_URL", "http://127.0.0.1:1")

    assert chcloud("services", "list", "--url", f"{emulator.url}/v1").lines


@pytest.mark.usefixtures("credentials")
def test_profile(chcloud: Program, emulator: Emulator, tmp_path: Path) -> None:
    """A named profile wins whole over the environment: its key, its organisation, its URL."""
    with Emulator([{"name": "elsewhere"}], seed=1, time_scale=0) as other:
        write_profiles(
            tmp_path,
            other={
                "api_key": other.api_key,
                "api_secret": other.api_secret,
                "organization_id": other.organization_id,
                "url": other.url,
            },
        )

        services = chcloud("services", "list", "--profile", "other", "--output", "json").json

    assert [service["name"] for service in services] == ["elsewhere"]
    assert not emulator.requests


def test_help_tells_the_default_timeout(chcloud: Program) -> None:
    """The help names the timeout that the client has where none is given."""
    assert f"{DEFAULT_TIMEOUT:g} by default" in " ".join(
        chcloud("services", "get", "--help").out.replace("│", " ").split()
    )


def test_help_tells_the_exit_codes(chcloud: Program) -> None:
    """The help names every exit code."""
    text = " ".join(chcloud("--help").out.split())

    for code in ("0 success", "4 credentials", "9 nothing matched", "130 interrupted"):
        assert code in text


def test_version(chcloud: Program) -> None:
    """The version is that of the package."""
    assert chcloud("--version").lines == [f"chcloud {__version__}"]


@pytest.mark.parametrize("option", ["--url=http://127.0.0.1:1", "--output=json"])
def test_demo_takes_no_options_about_an_api(chcloud: Program, option: str) -> None:
    """The demo refuses options that would promise to act on another API than its own."""
    assert chcloud(option, "demo").code == 2


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--proxy", "http://user:planted@proxy.example:1"), 2),
        (("--proxy", "ftp://proxy.example"), 4),
        (("--ca-bundle", "no-such-file"), 4),
        (("--client-key", "no-such-file"), 4),
    ],
)
def test_connections(
    chcloud: Program, emulator: Emulator, arguments: tuple[str, str], code: int
) -> None:
    """Connections that cannot be made so are refused; a password is not even accepted."""
    outcome = chcloud("services", "list", *arguments)

    assert (outcome.code, outcome.out) == (code, "")
    assert "planted" not in outcome.err
    assert not emulator.requests


def test_help_of_the_program_is_short(chcloud: Program) -> None:
    """Options that all commands have are in the help of each command, and not in the program's."""
    assert "--columns" not in chcloud("--help").out
    assert "--columns" in chcloud("services", "get", "--help").out
