"""Whole life cycles of resources, with ``chcloud`` alone."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import Polling
from clickhouse_cloud_async.apis.api7 import API7Emulator
from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator
from clickhouse_cloud_async.cli.commands import run as cli_run
from clickhouse_cloud_async.cli.commands import waits as cli_waits
from clickhouse_cloud_async.cli.commands.loading import load_client
from clickhouse_cloud_async.emulator import Emulator
from tests.api7.walk import UPSTREAMS
from tests.emulator.archives import archive
from tests.emulator.test_udfs import FUNCTION

from .program import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clickhouse_cloud_async.cli.commands.table import Tree

    from .program import Program

SPEED = 1000
"""How much faster than real time the emulators pass it."""

SERVICE = ("services", "create", "--provider", "aws", "--region", "us-east-1")
OFFICE = ("--ip-access-list", "203.0.113.0/24=office")


@pytest.fixture(scope="module")
def cloud() -> Iterator[Emulator]:
    """Return an emulated ClickHouse Cloud with a running service, whose time passes quickly."""
    with Emulator([{"name": "analytics", "state": "running"}], time_scale=SPEED) as running:
        yield running


@pytest.fixture(autouse=True)
def _quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let waits poll as much faster as time passes faster."""

    def load_quick(tree: Tree) -> type[Any]:
        kind: Any = load_client(tree)

        class Quick(kind):  # type: ignore[misc]  # of whichever API it is
            def __init__(self, **settings: Any) -> None:
                super().__init__(**settings, polling=Polling(speed=SPEED))

        return Quick

    for module in (cli_run, cli_waits):
        monkeypatch.setattr(module, "load_client", load_quick)


@pytest.fixture
def run(chcloud: Program, cloud: Emulator, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs commands against the emulator."""
    for name, value in environment(cloud).items():
        monkeypatch.setenv(name, value)
    return Run(chcloud)


class Run:
    """Runs commands that have to succeed, and returns the JSON of their results."""

    def __init__(self, program: Program, *words: str) -> None:
        self._program = program
        self._words = words

    def __call__(self, *arguments: str) -> Any:
        """Run a command."""
        ended = self._program(*self._words, *arguments, "-o", "json")
        assert ended.code == 0, ended.err
        return json.loads(ended.out) if ended.out else None

    def names(self, *arguments: str) -> list[str]:
        """Run a command that lists things, and return their names."""
        return [item["name"] for item in self(*arguments)]


def test_life_of_a_service(run: Run) -> None:
    """A service is created, changed, scaled, stopped, started, woken for, backed up and deleted."""
    created = run(
        *SERVICE, *OFFICE, "--name", "etl", "--tags", "env=dev", "--no-idle-scaling", "--wait"
    )
    assert created["service"]["state"] == "running"
    assert created["password"]

    changed = run("services", "update", "etl", "--name", "etl-2", "--tags-add", "team=data")
    assert {tag["key"] for tag in changed["tags"]} == {"env", "team"}
    scaled = run("services", "scale", "etl-2", "--num-replicas", "2", "--no-idle-scaling")
    assert (scaled["numReplicas"], scaled["idleScaling"]) == (2, False)
    assert run("services", "stop", "etl-2", "--wait")["state"] == "stopped"
    assert run("services", "start", "etl-2")["state"] == "starting"
    for condition in ("state == 'running'", 'state == "running" && name != \'"running"\''):
        assert run("wait", "services", "etl-2", "--until", condition)["name"] == "etl-2"
    run("backups", "update-configuration", "etl-2", "--backup-period-in-hours", "12")
    assert run("backups", "get-configuration", "etl-2")["backupPeriodInHours"] == 12
    run("services", "stop", "etl-2", "--wait", "--timeout", "600")
    assert run("services", "delete", "etl-2", "--yes", "--wait") is None
    assert "etl-2" not in run.names("services", "list")


PIPE = """
source:
  kafka:
    type: kafka
    format: JSONEachRow
    brokers: broker.example.com:9092
    topics: orders
    authentication: PLAIN
    credentials: {username: reader}
destination:
  database: default
  table: orders
  managedTable: true
  tableDefinition: {engine: {type: MergeTree}}
  columns: [{name: id, type: UInt64}]
fieldMappings: [{sourceField: id, destinationField: id}]
"""


def test_life_of_a_pipe(run: Run, tmp_path: Path) -> None:
    """A pipe is created from a file with its password from another, stopped, started, deleted."""
    body, password = tmp_path / "pipe.yaml", tmp_path / "password"
    body.write_text(PIPE)
    password.write_text("kafka-Password-1\n")
    secret = f"source.kafka.credentials.password={password}"
    pipe = ("analytics", "orders")

    created = run(
        *("clickpipes", "create", "analytics", "--name", "orders", "--file", str(body)),
        *("--set-file", secret, "--wait"),
    )
    assert created["state"] == "Running"
    assert run("clickpipes", "stop", *pipe, "--wait")["state"] == "Stopped"
    assert run("clickpipes", "start", *pipe, "--wait")["state"] == "Running"
    assert run("clickpipes", "scale", *pipe, "--replicas", "2")["scaling"]["replicas"] == 2
    run("clickpipes", "delete", *pipe, "--yes", "--wait")
    assert run.names("clickpipes", "list", "analytics") == []


def test_life_of_a_key_and_its_role(run: Run, cloud: Emulator, tmp_path: Path) -> None:
    """A role is created for a key, which is disabled and deleted before it."""
    policies = tmp_path / "role.yaml"
    policies.write_text(
        "actors: []\npolicies:\n- allowDeny: ALLOW\n  permissions:"
        f" [control-plane:organization:view]\n  resources: [organization/{cloud.organization_id}]\n"
    )
    run("roles", "create", "--name", "auditors", "--file", str(policies))
    assert "auditors" in run.names("roles", "list")

    key = run(
        *("api-keys", "create", "--name", "ci", "--assigned-role-ids", "auditors"),
        *("--ip-access-list", "192.0.2.0/24=ci", "--expire-at", "2099-01-01T00:00:00Z"),
    )
    assert key["keySecret"]
    assert run("api-keys", "update", "ci", "--state", "disabled")["state"] == "disabled"
    run("api-keys", "delete", "ci", "--yes")
    run("roles", "delete", "auditors", "--yes")
    assert "auditors" not in run.names("roles", "list")


def test_life_of_a_dashboard(run: Run) -> None:
    """A dashboard is created, renamed and deleted."""
    tile = "{name: errors, x: 0, y: 0, w: 6, h: 3, config: {displayType: markdown, markdown: hi}}"
    group = ("clickstack", "dashboards")

    run(*group, "create", "analytics", "--name", "ops", "--tiles", tile)
    run(*group, "update", "analytics", "ops", "--name", "ops-2", "--tiles", tile)
    assert run.names(*group, "list", "analytics") == ["ops-2"]
    run(*group, "delete", "analytics", "ops-2", "--yes")
    assert run(*group, "list", "analytics") == []


def test_life_of_a_postgres_service(run: Run, tmp_path: Path) -> None:
    """A Postgres service is created, given a password, restarted and deleted."""
    password = tmp_path / "password"
    password.write_text("Postgres-Password-12345\n")

    created = run(
        *("postgres", "create", "--name", "orders", "--provider", "aws", "--size", "c6gd.large"),
        *("--region", "us-east-1", "--ip-access-list", "anywhere", "--wait"),
    )
    assert created["state"] == "running"
    run("postgres", "set-password", "orders", "--password-file", str(password), "--yes")
    assert run("postgres", "restart", "orders", "--yes", "--wait")["state"] == "running"
    pool = ("--pg-bouncer-config", "default_pool_size=20")
    assert run(
        "postgres", "update-config", "orders", "--set", "pg_config.max_connections=200", *pool
    )
    run("postgres", "delete", "orders", "--yes", "--wait")
    assert run.names("postgres", "list") == []


def test_life_of_a_function(run: Run, tmp_path: Path) -> None:
    """A function is created, attached to a service, detached and deleted."""
    upload = run("udfs", "create-upload")
    put = urllib.request.Request(  # noqa: S310 - an http URL on loopback
        upload["uploadUrl"], archive(), {"Content-Type": "application/zip"}, method="PUT"
    )
    urllib.request.urlopen(put).close()  # noqa: S310 - as above
    file = tmp_path / "function.yaml"
    file.write_text(json.dumps(FUNCTION | {"uploadId": upload["uploadId"]}))

    run("udfs", "create", "--file", str(file), "--set", "functionName=geo_distance", "--wait")
    run("udfs", "attach", "geo_distance", "analytics", "--wait")
    assert run("udfs", "get-attachment", "geo_distance", "analytics")["status"] == "deployed"
    run("udfs", "detach", "geo_distance", "analytics", "--yes", "--wait")
    run("udfs", "delete", "geo_distance", "--yes", "--wait")
    assert run("udfs", "list") == []


def test_life_of_an_application(chcloud: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """An application of API7 Cloud is created with an API, published, changed and deleted."""
    with API7Emulator(time_scale=SPEED) as emulator:
        monkeypatch.setenv("API7_CLOUD_TOKEN", emulator.token)
        monkeypatch.setenv("API7_CLOUD_URL", emulator.url)
        run = Run(chcloud, "api7")

        run(
            *("applications", "create", "--name", "shop", "--path-prefix", "/shop", "--wait"),
            *("--hosts", "shop.example.com", "--upstreams", json.dumps(UPSTREAMS)),
        )
        run("apis", "create", "shop", "--name", "orders", "--paths", "/orders=Prefix", "--wait")
        run("applications", "publish", "shop")
        assert run("applications", "get", "shop")["active"] == 0
        run("applications", "unpublish", "shop", "--yes")
        changed = run("applications", "update", "shop", "--description", "all of it")
        assert changed["description"] == "all of it"
        assert run("wait", "applications", "shop", "--until", "normal")["name"] == "shop"
        run("apis", "delete", "shop", "orders", "--yes", "--wait")
        run("applications", "delete", "shop", "--yes", "--wait")
        assert run("applications", "list") == []


def test_life_of_an_instance(
    chcloud: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An instance of Omnistrate is created in a plan, stopped, started by its id, and deleted."""
    parameters = tmp_path / "parameters.json"
    parameters.write_text("{}")
    service = {"name": "Cache", "plans": ["Free", "Pro"]}
    with OmnistrateEmulator([service], time_scale=SPEED) as emulator:
        monkeypatch.setenv("OMNISTRATE_EMAIL", emulator.email)
        monkeypatch.setenv("OMNISTRATE_PASSWORD", emulator.password)
        monkeypatch.setenv("OMNISTRATE_URL", emulator.url)
        run = Run(chcloud, "omnistrate")
        place = ("--service", "Cache", "--plan", "Pro")

        (offer,) = run("offerings", "list", "--query", "[].offerings[?productTierName=='Pro'][]")
        tier = ("--product-tier-id", offer["productTierID"])
        subscription = run("subscriptions", "create", "--service-id", "Cache", *tier)
        created = run(
            *("instances", "create", *place, "--subscription-id", subscription),
            *("--cloud-provider", "aws", "--region", "us-east-1"),
            *("--parameters-file", str(parameters), "--wait"),
        )
        key = created["id"]
        assert created["status"] == "RUNNING"
        run("instances", "stop", key)
        run("wait", "instances", key, "--until", "STOPPED")
        assert run("instances", "start", key, *place, "--wait")["status"] == "RUNNING"
        assert run("instances", "stop", key, "--wait")["status"] == "STOPPED"
        run("instances", "delete", key, "--yes", "--wait")
        run("wait", "instances", key, "--until", "gone")
