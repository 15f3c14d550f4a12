"""``chcloud services connection``."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.cli.exit_codes import ExitCode
from clickhouse_cloud_async.emulator import Emulator

from .program import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .program import Program

PASSWORD = "planted-password"


@pytest.fixture(autouse=True)
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator with a stopped service, and its key in the environment."""
    with Emulator([{"name": "etl", "state": "stopped"}], time_scale=0) as running:
        for name, value in environment(running).items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """A file with a password."""
    file = tmp_path / "secret"
    file.write_text(f"{PASSWORD}\nsecond line")
    return str(file)


@pytest.mark.parametrize(
    ("form", "line"),
    [("env", "CLICKHOUSE_PORT=8443"), ("dbt", "port: 8443"), ("url", ":8443\n")],
)
def test_password_is_written_and_not_printed(
    chcloud: Program, tmp_path: Path, secret: str, form: str, line: str
) -> None:
    """The file is for its owner alone, and never replaces another one."""
    arguments = ("services", "connection", "etl", "--as", form, "--password-file", secret)
    printed = chcloud(*arguments)
    assert printed.code == 0
    assert line in printed.out
    assert "*****" in printed.out

    file = tmp_path / "written"
    written = chcloud(*arguments, "--write", str(file))
    assert (written.code, written.out) == (0, "")
    assert PASSWORD not in printed.out + printed.err + written.err
    assert PASSWORD in file.read_text()
    assert "second line" not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert chcloud(*arguments, "--write", str(file)).code == ExitCode.USAGE


def test_connection_without_a_password(chcloud: Program) -> None:
    """The API does not know it, so that it is left out."""
    outcome = chcloud("services", "connection", "etl", "--user", "reader")
    assert "CLICKHOUSE_USER=reader" in outcome.lines
    assert "PASSWORD" not in outcome.out


def test_endpoint_that_is_not_there(chcloud: Program) -> None:
    """The error says which endpoints there are."""
    outcome = chcloud("services", "connection", "etl", "--protocol", "mysql")
    assert outcome.code == ExitCode.NOT_FOUND
    assert "it has https, nativesecure" in outcome.err
