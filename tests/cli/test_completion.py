"""Completion of command lines in shells."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.cli import names_cache
from clickhouse_cloud_async.emulator import Emulator
from tests.client.profiles import write_profiles

from .fleets import profile, wait_for
from .program import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .program import Program

    Complete = Callable[..., list[str]]


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of names that have been found."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "chcloud" / "names"


@pytest.fixture
def complete(
    chcloud: Program,
    monkeypatch: pytest.MonkeyPatch,
    cache: Path,  # noqa: ARG001 - so that no other is used
) -> Complete:
    """Return the completions that bash gets for the last word; nothing else may be printed."""

    def ask(*words: str) -> list[str]:
        monkeypatch.setenv("_CHCLOUD_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", " ".join(("chcloud", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        outcome = chcloud()
        assert outcome.err == ""
        return outcome.out.split()

    return ask


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Three services, and their key in the environment."""
    services = [{"name": "analytics"}, {"name": "etl"}, {"name": "etl-2"}]
    with Emulator(services, time_scale=0) as emulator:
        for name, value in environment(emulator).items():
            monkeypatch.setenv(name, value)
        yield emulator


def test_words(complete: Complete, tmp_path: Path) -> None:
    """Commands, options, formats, states, regions and profiles need no API."""
    write_profiles(tmp_path, staging={"token": "t"}, production={"token": "t"})

    assert "services" in complete("ser")
    assert "start" in complete("services", "st")
    assert complete("services", "get", "--outp") == ["--output"]
    assert complete("services", "list", "--output", "j") == ["json", "jsonl"]
    assert complete("fleet", "start", "--state", "id") == ["idle"]
    assert "eu-central-1" in complete("fleet", "start", "--region", "eu-")
    assert "aws" in complete("services", "create", "--provider", "a")
    assert complete("wait", "services", "x", "--until", "runn") == ["running"]
    assert complete("services", "list", "--profile", "st") == ["staging"]
    assert complete("api7", "user", "get", "--profile", "st") == []
    assert complete("profiles", "show", "p") == ["production"]


def test_names(complete: Complete, cloud: Emulator, cache: Path) -> None:
    """Names are asked for once, by a process of its own, and kept for those who may know them."""
    complete("services", "get", "")
    wait_for(lambda: [path.suffix for path in cache.iterdir()] == [".json"])

    assert complete("services", "get", "etl") == ["etl", "etl-2"]
    assert complete("services", "get", "x") == []
    requests = len(cloud.requests)
    assert complete("services", "get", "ana") == ["analytics"]
    assert len(cloud.requests) == requests
    assert {path.stat().st_mode & 0o777 for path in cache.iterdir()} == {0o600}
    assert cache.stat().st_mode & 0o777 == 0o700


def test_names_of_another_account(
    complete: Complete,
    cloud: Emulator,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """What was found with one key is not shown with another one, or long after."""
    asked: list[Path] = []
    monkeypatch.setattr(names_cache, "_ask", lambda _wanted, file: asked.append(file))
    monkeypatch.setattr(names_cache, "BUDGET", 0.0)
    cache.mkdir(parents=True)

    assert complete("services", "get", "") == []
    (file,) = asked
    names_cache.keep(file, ["kept"])
    assert complete("services", "get", "") == ["kept"]
    monkeypatch.setattr(names_cache, "FRESH", -1.0)
    assert complete("services", "get", "") == []
    monkeypatch.setattr(names_cache, "FRESH", 60.0)

    write_profiles(tmp_path, other={**profile(cloud), "api_key": "another"})
    assert complete("services", "get", "--profile", "other", "") == []
    assert asked[-1] != file


def test_organizations(complete: Complete, cloud: Emulator, cache: Path) -> None:
    """The option takes no names, so that ids are completed."""
    complete("services", "list", "--organization", "")
    wait_for(lambda: [path.suffix for path in cache.iterdir()] == [".json"])

    known = cloud.organization_id
    assert complete("services", "list", "--organization", known[:4]) == [known]
    assert complete("services", "list", "--organization", "x") == []


@pytest.mark.usefixtures("cloud")
def test_nothing_takes_long(complete: Complete, monkeypatch: pytest.MonkeyPatch) -> None:
    """A completion does not wait for names longer than the time that it has."""
    slept: list[float] = []
    monkeypatch.setattr(names_cache, "_ask", lambda *_: None)
    ticks = (number * names_cache.BUDGET / 3 for number in range(1000))
    clock = SimpleNamespace(
        time=time.time,
        monotonic=lambda: next(ticks),
        process_time=lambda: 0.0,
        sleep=slept.append,
    )
    monkeypatch.setattr(names_cache, "time", clock)

    assert complete("services", "get", "") == []
    assert len(slept) == 2


def test_silence(complete: Complete, cache: Path) -> None:
    """Without credentials nothing is completed, started or said."""
    assert complete("services", "get", "") == []
    assert complete("services", "list", "--organization", "") == []
    for group in (("api7", "user", "get"), ("omnistrate", "users", "list")):
        assert complete(*group, "--organization", "") == []
    assert not cache.exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts(chcloud: Program, monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
    """There is a script for each of the three shells."""
    monkeypatch.setenv("_CHCLOUD_COMPLETE", f"source_{shell}")

    outcome = chcloud()

    assert (outcome.code, outcome.err) == (0, "")
    assert f"complete_{shell}" in outcome.out
