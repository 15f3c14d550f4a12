"""Example programs whose pages do not run them whole."""

from __future__ import annotations

import runpy
import sys
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from clickhouse_cloud_async.emulator import ErrorResponse

from .pages import EXAMPLES, PAGES, blocks

if TYPE_CHECKING:
    from pathlib import Path

    from clickhouse_cloud_async.emulator import Emulator


def test_every_program_stands_on_a_page() -> None:
    """A page includes each program and each file of data, so that somebody finds it."""
    shown = {block.file for page in PAGES for block in blocks(page) if block.file is not None}
    assert shown == {*EXAMPLES.glob("*.py"), *EXAMPLES.glob("*.json")}


@pytest.mark.clickhouse_cloud(services=[{"name": "etl", "state": "stopped"}])
def test_web_service_lists_and_starts(clickhouse_cloud_env: Emulator) -> None:
    """It uses one client from its start to its end, and passes refusals on."""
    app = runpy.run_path(str(EXAMPLES / "web_service.py"))["app"]
    with TestClient(app) as client:
        assert client.get("/services").json() == [{"name": "etl", "state": "stopped"}]
        started = client.post("/services/etl/start")
        assert (started.status_code, started.json()["state"]) == (202, "starting")
        assert client.post("/services/nothing/start").status_code == 404
        clickhouse_cloud_env.faults.add(ErrorResponse(422), operation="instanceStateUpdate")
        assert client.post("/services/etl/start").status_code == 502


def test_services_of_several_organizations(
    clickhouse_cloud_emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each profile of the command line brings the services of its organisation."""
    folder = tmp_path / "clickhouse-cloud"
    folder.mkdir()
    profiles = folder / "config.toml"
    profiles.touch(mode=0o600)
    names = ("production", "staging")
    for name in names:
        organization = clickhouse_cloud_emulator.add_organization(
            name, [{"name": f"{name} etl", "state": "stopped"}]
        )
        with profiles.open("a") as file:
            file.write(
                f'[{name}]\napi_key = "{organization.api_key}"\n'
                f'api_secret = "{organization.api_secret}"\n'
                f'organization_id = "{organization.id}"\nurl = "{clickhouse_cloud_emulator.url}"\n'
            )
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["several_organizations.py", *names])
    runpy.run_path(str(EXAMPLES / "several_organizations.py"), run_name="__main__")
    assert capsys.readouterr().out.splitlines() == ["production etl stopped", "staging etl stopped"]
