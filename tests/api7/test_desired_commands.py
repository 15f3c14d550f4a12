"""``chcloud api7 plan``, ``apply``, ``drift`` and the others: the commands of desired state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from clickhouse_cloud_async.apis.api7 import API7Cloud, API7Emulator
from clickhouse_cloud_async.apis.api7.cli import desired as of_api7
from clickhouse_cloud_async.apis.clickhouse.cli import fleet_described as of_clickhouse
from tests.cli.program import Program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clickhouse_cloud_async.cli.desired.about import DesiredOf

PLANTED = "planted-key"
DOCUMENT = """
fleet: gateway
applications:
  - {name: shop, hosts: [shop.example.com], path_prefix: /, upstreams: [{version: default}]}
apis:
  - {application: shop, name: cart, paths: [{path: /cart, path_type: Exact}]}
consumers:
  - {name: reader, credentials: {key-auth: {key: {env: READER_KEY}}}}
"""


@pytest.fixture
def chcloud(capsysbinary: pytest.CaptureFixture[bytes]) -> Program:
    """The program, run in this process."""
    return Program(capsysbinary)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[API7Cloud]:
    """A client of an emulator, to which the environment leads the program."""
    with (
        API7Emulator(time_scale=1000) as emulator,
        API7Cloud(emulator.token, base_url=emulator.url) as opened,
    ):
        monkeypatch.setenv("API7_CLOUD_TOKEN", emulator.token)
        monkeypatch.setenv("API7_CLOUD_URL", emulator.url)
        monkeypatch.setenv("READER_KEY", PLANTED)
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A description of an application, an API in it, and a consumer."""
    path = tmp_path / "gateway.yaml"
    path.write_text(DOCUMENT)
    return str(path)


def test_a_control_plane_is_planned_applied_and_destroyed(
    chcloud: Program, cloud: API7Cloud, file: str
) -> None:
    """Every command does what it does for fleets, with the same formats and exit codes."""
    planned = chcloud("api7", "plan", file, "--exit-code")
    as_json = chcloud("api7", "plan", file, "--only", "consumers", "--output", "json")
    as_markdown = chcloud("api7", "plan", file, "--output", "markdown")
    assert planned.code == 3
    assert "3 to add" in planned.out
    assert [each["kind"] for each in as_json.json["items"]] == ["consumers"]
    assert "| `+` | API shop/cart |" in as_markdown.out

    refused = chcloud("api7", "apply", file)
    applied = chcloud("api7", "apply", file, "--yes", "--output", "json")
    report = json.loads(applied.out)
    assert (refused.code, applied.code) == (2, 0)
    assert "--yes" in refused.err
    (shop,), (reader,) = cloud.applications.list(), cloud.consumers.list()
    (cart,) = cloud.apis.list(shop.id)
    made = {shop.id: "shop", cart.id: "cart", reader.id: "reader"}
    assert {each["id"]: each["name"] for each in report["outcomes"]} == made
    assert chcloud("api7", "plan", file, "--exit-code").code == 0

    exported = chcloud("api7", "export", "gateway", "--only", "applications")
    assert yaml.safe_load(exported.out)["applications"][0]["name"] == "shop"
    renamed = chcloud("api7", "rename", "shop", "store")
    drift = chcloud("api7", "drift", file, "--target", "applications/shop")
    assert renamed.code == 0
    assert "change the name in the files, too" in renamed.err
    assert (drift.code, "application shop: missing" in drift.out) == (3, True)
    assert chcloud("api7", "rename", "store", "shop").code == 0
    told = chcloud("api7", "adopt", "gateway", "shop")
    forgotten = chcloud("api7", "forget", "reader", "--kind", "consumers")
    assert "applications carry no mark" in told.err
    assert "consumers carry no mark" in forgotten.err

    other = chcloud("api7", "destroy", file, "--confirm", "2")
    destroyed = chcloud("api7", "destroy", file, "--yes")
    assert (other.code, destroyed.code) == (2, 0)
    assert "3 resources" in other.err
    assert {line.split()[0] for line in destroyed.out.splitlines()[:4]} == {
        "KIND",
        *("apis", "consumers", "applications"),
    }
    assert not cloud.applications.list()
    every = (planned, as_json, as_markdown, applied, exported, drift, destroyed)
    assert PLANTED not in "".join(each.out + each.err for each in every)


def test_mistakes_are_told_before_anything_is_sent(
    chcloud: Program, file: str, tmp_path: Path
) -> None:
    """A mistake in a file is one of the command line, and needs no credentials to be found."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("fleet: gateway\napplications:\n  - {name: shop, host: a}\n")

    outcome = chcloud("api7", "plan", str(wrong))

    assert (outcome.code, "wrong.yaml:3" in outcome.err) == (2, True)
    assert "apis" in chcloud("api7", "schema").json["properties"]
    assert chcloud("api7", "plan", file).code == 4
    assert "--prices" not in chcloud("api7", "plan", "--help").out


def test_kinds_are_completed(chcloud: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kinds of the API whose command it is are offered."""
    monkeypatch.setenv("_CHCLOUD_COMPLETE", "complete_bash")
    for words, kinds in {
        "api7 rename a b --kind ap": ["apis", "applications"],
        "api7 plan f --only can": ["canary_releases"],
        "fleet export f --only ro": ["role_assignments", "roles"],
    }.items():
        monkeypatch.setenv("COMP_WORDS", f"chcloud {words}")
        monkeypatch.setenv("COMP_CWORD", str(len(words.split())))
        assert chcloud().out.split() == kinds


@pytest.mark.parametrize("about", [of_api7.DESIRED, of_clickhouse.DESIRED], ids=["api7", "fleet"])
def test_help_names_the_main_kind_of_the_engine(about: DesiredOf) -> None:
    """Help names the main kind before the engine is loaded, and it is the engine's."""
    assert about.main_kind == about.load_engine().main_kind
