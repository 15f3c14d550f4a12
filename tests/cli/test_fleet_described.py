"""``chcloud fleet drift``, ``export``, ``adopt``, ``forget``, ``rename`` and ``destroy``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.client.processes import finish, start_script

from .fleets import true_states
from .program import environment
from .test_fleet_plan import CREATION, MAIN, ROLE

if TYPE_CHECKING:
    from pathlib import Path

    from clickhouse_cloud_async.emulator import Emulator

    from .program import Program


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that describes a service and a role that are not there yet."""
    path = tmp_path / "fleet"
    path.mkdir()
    (path / "services.yaml").write_text(CREATION)
    (path / "roles.yaml").write_text(ROLE)
    return path


def test_drift(chcloud: Program, fleet: Emulator, folder: Path) -> None:
    """Drift reports changes made by hand, with an exit code of its own."""
    assert chcloud("fleet", "apply", str(folder), "--yes").code == 0
    drift = ("fleet", "drift", str(folder))
    assert chcloud(*drift).code == 0

    assert chcloud("fleet", "scale", "--name", "etl", "--idle-scaling").code == 0
    told = chcloud(*drift)
    as_json = chcloud(*drift, "--output", "json")
    as_markdown = chcloud(*drift, "--output", "markdown")

    assert (told.code, as_json.code, as_markdown.code) == (3, 3, 3)
    assert "service etl: changed\n    idle_scaling: described as false, is true" in told.out
    assert [item["name"] for item in json.loads(as_json.out)["changed"]] == ["etl"]
    assert "| service etl |" in as_markdown.out
    assert chcloud(*drift, "--only", "roles").code == 0
    assert true_states(fleet)["etl"] in {"running", "idle"}


def test_watch_for_drift(chcloud: Program, fleet: Emulator, folder: Path) -> None:
    """A watch prints what there is, and each change of it, until its time is up."""
    assert chcloud("fleet", "apply", str(folder), "--yes").code == 0
    watch = ("fleet", "drift", str(folder), "--watch", "--every", "0.05", "--output", "jsonl")
    process = start_script(MAIN, *watch, **environment(fleet))
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    assert chcloud("fleet", "scale", "--name", "etl", "--idle-scaling").code == 0
    second = json.loads(process.stdout.readline())
    process.terminate()
    finish(process)

    assert first["is_empty"]
    assert [item["name"] for item in second["changed"]] == ["etl"]

    assert chcloud(*watch, "--timeout", "0.5").code == 0
    assert chcloud(*watch[:-1], "csv").code == 2


@pytest.mark.usefixtures("fleet")
def test_export(chcloud: Program, folder: Path, tmp_path: Path) -> None:
    """What is exported is a document, of which nothing is to do."""
    assert chcloud("fleet", "apply", str(folder), "--yes").code == 0
    file = tmp_path / "exported.yaml"

    printed = chcloud("fleet", "export", "etl", "--only", "services", "--name", "etl")
    assert chcloud("fleet", "export", "etl", "--only", "roles", "--file", str(file)).code == 0
    again = chcloud("fleet", "export", "etl", "--file", str(file))

    document = yaml.safe_load(printed.out)
    assert document["fleet"] == "etl"
    assert [service["name"] for service in document["services"]] == ["etl"]
    assert [role["name"] for role in yaml.safe_load(file.read_text())["roles"]] == ["analyst"]
    plan = chcloud("fleet", "plan", str(file), "--exit-code")
    assert (plan.code, plan.out) == (0, "fleet etl: everything is as described\n")
    assert (again.code, "File exists" in again.err) == (2, True)
    tagged = chcloud("fleet", "export", "x", "--tag", "env=none", "--output", "json").json
    assert not tagged.get("services")


def test_one_service(chcloud: Program, fleet: Emulator, tmp_path: Path) -> None:
    """A service is made a part of a fleet, called something else, and let go."""
    name = next(iter(true_states(fleet)))
    file = tmp_path / "fleet.yaml"
    file.write_text("fleet: mine\nservices: []\n")
    plan = ("fleet", "plan", str(file))

    adopted = chcloud("fleet", "adopt", "mine", name)
    assert (adopted.code, f"{name} is part of mine (" in adopted.err) == (0, True)
    assert f"- service {name}" in chcloud(*plan).out

    assert chcloud("fleet", "rename", name, "other", "--output", "json").json["id"]
    assert "- service other" in chcloud(*plan).out
    assert "other" in true_states(fleet)

    assert chcloud("fleet", "forget", "other").code == 0
    assert "everything is as described" in chcloud(*plan).out
    assert chcloud("fleet", "forget", "nobody").code == 5


def test_destruction(chcloud: Program, fleet: Emulator, folder: Path) -> None:
    """All that is described goes, once its number is confirmed."""
    assert chcloud("fleet", "apply", str(folder), "--yes").code == 0
    destroy = ("fleet", "destroy", str(folder))

    shown = chcloud("fleet", "plan", str(folder), "--destroy")
    nobody_to_ask = chcloud(*destroy)
    wrong = chcloud(*destroy, "--confirm", "3")
    assert "- service etl" in shown.out
    assert (nobody_to_ask.code, "--confirm COUNT or --yes" in nobody_to_ask.err) == (2, True)
    assert wrong.code == 2
    assert "etl" in true_states(fleet)

    assert chcloud(*destroy, "--yes").code == 0
    assert "etl" not in true_states(fleet)
    assert chcloud(*destroy, "--yes").code == 0
