"""``configure``, ``profiles``, ``whoami`` and ``doctor``."""

from __future__ import annotations

import json
import os
import stat
import tomllib
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud
from clickhouse_cloud_async.apis.api7 import API7Emulator
from clickhouse_cloud_async.cli.profile_file import write_profile
from clickhouse_cloud_async.core.errors import ConfigurationError
from clickhouse_cloud_async.emulator import Emulator
from tests.client.profiles import write_profiles, write_text

from .fleets import profile
from .program import environment
from .terminal import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .program import Program

TEXT = """\
# mine
[default]
api_key = "id"  # of the first
api_secret = "planted-secret"
proxy = "http://user:planted-word@proxy.example:3128"

[staging]
token = "planted-token"
url = "https://staging.example.com"
"""


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """One service, and the key of its organisation in the environment."""
    with Emulator([{"name": "etl"}], time_scale=0) as emulator:
        for name, value in environment(emulator).items():
            monkeypatch.setenv(name, value)
        yield emulator


@pytest.mark.skipif(os.name != "posix", reason="it needs a terminal")
def test_configure(emulator: Emulator, tmp_path: Path) -> None:
    """It asks, hides the secret, tries it, and writes a profile for its owner alone."""
    variables = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    shown = ""
    with terminal("configure", "--profile", "mine", environment=variables) as running:
        for question, answer in (
            ("Credentials", ""),
            ("API key", emulator.api_key),
            ("API secret: ", emulator.api_secret),  # the space comes once typing is hidden
            ("Organisation", ""),
            ("Base URL", emulator.url),
        ):
            shown += running.read_until(question)
            running.write(f"{answer}\n")
        shown += running.read_all()

    assert emulator.api_secret not in shown
    assert "accepts these credentials as emulator" in shown
    (file,) = tmp_path.rglob("config.toml")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert tomllib.loads(file.read_text())["mine"] == {
        "api_key": emulator.api_key,
        "api_secret": emulator.api_secret,
        "url": emulator.url,
    }


def test_configure_without_a_terminal(chcloud: Program) -> None:
    """Without a terminal nothing is asked, and nothing is read as an answer."""
    outcome = chcloud("configure")

    assert outcome.code == 2
    assert "no terminal" in outcome.err


def test_list_and_show(chcloud: Program, tmp_path: Path) -> None:
    """Profiles are listed with the chosen one marked, and shown without secrets."""
    write_text(tmp_path, TEXT)

    assert [line.split() for line in chcloud("profiles", "list").lines] == [
        ["NAME", "CHOSEN", "URL", "ORGANISATION"],
        ["default", "*", "https://api.clickhouse.cloud"],
        ["staging", "https://staging.example.com"],
    ]
    first = chcloud("profiles", "show", "default").out
    second = chcloud("profiles", "show", "staging", "-o", "json").out
    assert "planted" not in first + second
    assert "http://**********@proxy.example:3128" in first
    assert json.loads(second)["url"] == "https://staging.example.com"
    assert chcloud("profiles", "show", "gone").code == 4


def test_use(chcloud: Program, tmp_path: Path) -> None:
    """The chosen profile counts for programs too; the rest of the file stays as it is."""
    file = write_text(tmp_path, TEXT)

    assert chcloud("profiles", "use", "staging").code == 0
    assert file.read_text() == TEXT.replace("# mine\n", '# mine\ndefault_profile = "staging"\n\n')
    assert AsyncClickHouseCloud().base_url == "https://staging.example.com"
    assert AsyncClickHouseCloud(profile="default").base_url == "https://api.clickhouse.cloud"

    assert chcloud("profiles", "use", "gone").code == 4
    assert chcloud("profiles", "use", "default").code == 0
    assert AsyncClickHouseCloud().base_url == "https://api.clickhouse.cloud"


def test_remove(chcloud: Program, tmp_path: Path) -> None:
    """A profile goes with ``--yes``, and is not the chosen one any more."""
    file = write_text(tmp_path, f'default_profile = "staging"\n{TEXT}')

    assert chcloud("profiles", "remove", "staging").code == 2
    assert chcloud("profiles", "remove", "staging", "--dry-run").code == 0
    assert chcloud("profiles", "remove", "gone", "--yes").code == 4
    assert "staging" in file.read_text()
    assert chcloud("profiles", "remove", "staging", "--yes").code == 0
    assert [*tomllib.loads(file.read_text())] == ["default"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('default_profile = "gone"\n', "'gone'"),
        ("default_profile = 1\n", "line 1: default_profile must be a string"),
    ],
)
def test_choice_that_cannot_be_used(tmp_path: Path, text: str, words: str) -> None:
    """A chosen profile that is not there, or no name, is an error that says where it stands."""
    write_text(tmp_path, text + TEXT)

    with pytest.raises(ConfigurationError, match=words):
        AsyncClickHouseCloud()


def test_profiles_are_written_whole(tmp_path: Path) -> None:
    """A folder that cannot be written to is an error, and nothing is left behind."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_profile(tmp_path / "file" / "config.toml", "a", {})

    target = tmp_path / "there.toml"
    (tmp_path / "link.toml").symlink_to(target)
    write_profile(tmp_path / "link.toml", "a.b", {"url": 'x"y'})
    assert tomllib.loads(target.read_text()) == {"a.b": {"url": 'x"y'}}
    assert {path.name for path in tmp_path.iterdir()} == {"file", "link.toml", "there.toml"}


def test_whoami(chcloud: Program, cloud: Emulator) -> None:
    """It says whose credentials are in use, and where they come from."""
    shown = chcloud("whoami", "-o", "json").json

    assert (shown["name"], shown["url"]) == ("emulator", cloud.url)
    assert shown["credentials"] == "CLICKHOUSE_CLOUD_API_KEY, CLICKHOUSE_CLOUD_API_SECRET"


def test_doctor(chcloud: Program, cloud: Emulator) -> None:
    """It shows settings with their origins, clocks, limit and versions, and no secret."""
    outcome = chcloud("doctor", "--output", "json")
    shown = outcome.json

    assert shown["url"] == f"{cloud.url} (CLICKHOUSE_CLOUD_URL)"
    assert shown["identity"]["name"] == "emulator"
    assert shown["proxy"] == "none"
    assert shown["rate_limit"] == "1000000 in 10 s"
    assert shown["unknown_in_responses"] == []
    assert isinstance(shown["clock_difference_seconds"], float)
    assert "aiohttp" in shown["packages"]
    assert cloud.api_secret not in outcome.out


def test_doctor_with_a_profile(chcloud: Program, cloud: Emulator, tmp_path: Path) -> None:
    """A profile's settings are named with their line, and the environment does not count."""
    write_profiles(tmp_path, mine={**profile(cloud), "proxy": "http://u:planted-word@p.test:1"})

    outcome = chcloud("doctor", "--profile", "mine")

    assert outcome.code == 0
    assert "planted" not in outcome.out + outcome.err
    assert cloud.api_secret not in outcome.out
    assert "http://**********@p.test:1" in outcome.out
    assert "api_secret in profile 'mine'" in outcome.out


def test_doctor_with_a_problem(chcloud: Program, cloud: Emulator, tmp_path: Path) -> None:
    """What is known is shown before the problem, whose exit code it ends with."""
    write_profiles(tmp_path, wrong={**profile(cloud), "api_secret": "planted-secret"})

    refused = chcloud("doctor", "--profile", "wrong", "-o", "json")
    missing = chcloud("doctor", "--profile", "gone", "-o", "json")

    assert (refused.code, missing.code) == (4, 4)
    assert "planted" not in refused.out + refused.err
    assert "status 401" in json.loads(refused.out)["problem"]
    assert json.loads(missing.out)["profile_file"].endswith("config.toml")


def test_another_api(chcloud: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other APIs have these commands in their own group, with files of their own."""
    with API7Emulator() as emulator:
        monkeypatch.setenv("API7_CLOUD_URL", emulator.url)
        monkeypatch.setenv("API7_CLOUD_TOKEN", emulator.token)

        assert chcloud("api7", "whoami", "-o", "json").json["email"] == "owner@example.com"
        assert chcloud("api7", "doctor", "-o", "json").json["rate_limit"] == "none"
    assert chcloud("api7", "profiles", "list").code == 0
