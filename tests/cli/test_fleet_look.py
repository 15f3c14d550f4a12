"""How commands show a look at what there is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from clickhouse_cloud_async.cli.desired import looking
from clickhouse_cloud_async.desired.looking import LookProgress

from .terminal import without_escapes

if TYPE_CHECKING:
    from pathlib import Path

    from .program import Program

BEGIN = LookProgress(finished=1, total=600, seconds=0.0, remaining_seconds=599.0)
LATER = LookProgress(finished=400, total=600, seconds=400.0, remaining_seconds=200.0)
SHORT = LookProgress(finished=0, total=5, seconds=0.0, remaining_seconds=5.0)


class Terminal(io.StringIO):
    """A file that stands for a terminal."""

    def isatty(self) -> bool:
        """Return that it is one."""
        return True


async def test_in_place_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many requests are counted in place; a few are sent before anybody could read it."""
    for first, last, expected in ((BEGIN, LATER, True), (SHORT, SHORT, False)):
        file = Terminal()
        console = Console(file=file, force_terminal=True, width=100)
        monkeypatch.setattr(looking, "stderr", lambda console=console: console)
        async with looking.observation_progress() as on_progress:
            on_progress(first)
            on_progress(last)
        shown = without_escapes(file.getvalue())

        assert ("reading the actual state: 400 of about 600 requests" in shown) is expected
        assert ("about 3 min left" in shown) is expected


async def test_one_line_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal there is one line, before the first request."""
    async with looking.observation_progress() as on_progress:
        on_progress(BEGIN)
        on_progress(LATER)
    async with looking.observation_progress() as on_progress:
        on_progress(SHORT)

    assert capsys.readouterr().err == "reading the actual state takes about 600 requests, 10 min\n"


@pytest.mark.usefixtures("fleet")
def test_since(chcloud: Program, tmp_path: Path) -> None:
    """The commands start from the last look, and tell how old that is; other files are refused."""
    service = chcloud("services", "list", "--output", "json").json[0]["name"]
    file, known = tmp_path / "fleet.yaml", tmp_path / "known.json"
    file.write_text(
        f"fleet: etl\nreplica_aware_routing:\n- {{service: {service}, http_enabled: false}}\n"
    )
    asked = ("--since", str(known))
    chcloud("fleet", "plan", str(file), *asked)
    again = chcloud("fleet", "drift", str(file), *asked, "--output", "json").json
    exported = chcloud("fleet", "export", "etl", "--only", "replica_aware_routing", *asked)
    known.write_text("{}")
    refused = chcloud("fleet", "plan", str(file), *asked)

    assert again["known"][0]["what"] == "replica_aware_routing"
    assert "later changes are not shown" in exported.err
    assert refused.code == 2
    assert "it is not a file of this kind" in refused.err
