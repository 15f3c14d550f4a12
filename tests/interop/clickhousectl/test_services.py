"""Services: their lives, size, access and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .program import Clickhousectl, names

if TYPE_CHECKING:
    from pathlib import Path


def test_life(ctl: Clickhousectl, emulator: Emulator) -> None:
    """A service is created, stops, starts, and can be deleted once it is stopped."""
    created = ctl(
        "service", "create", "--name", "new one", "--tag", "env=interop", "--num-replicas", 2
    )
    service = created["service"]["id"]
    assert created["password"]
    assert created["service"]["state"] == "provisioning"
    assert ctl("service", "get", "--name", "new one")["id"] == service
    ctl.until({"state": "running"}, "service", "get", service)
    assert names(ctl("service", "list", "--filter", "tag:env=interop")) == {"new one"}

    assert "running" in ctl.refused("service", "delete", service)
    assert ctl("service", "stop", service)["state"] == "stopping"
    ctl.until({"state": "stopped"}, "service", "get", service)
    assert ctl("service", "start", service)["state"] == "starting"
    ctl.until({"state": "running"}, "service", "get", service)
    ctl("service", "stop", service)
    ctl.until({"state": "stopped"}, "service", "get", service)
    ctl("service", "delete", service)
    ctl.until_gone("service", "get", service)

    assert "new one" not in names(ctl("service", "list"))
    body = next(r.body for r in emulator.requests if r.operation_id == "instanceCreate")
    assert isinstance(body, dict)
    assert body["tags"] == [{"key": "env", "value": "interop"}]


def test_forced_deletion(tmp_path: Path) -> None:
    """The client stops a service by itself before it deletes it."""
    with Emulator([{"name": "etl", "state": "running"}], time_scale=600) as emulator:
        ctl = Clickhousectl(emulator, tmp_path)
        ctl("service", "delete", "--name", "etl", "--force")
        emulator.advance(minutes=10)

        assert ctl("service", "list") == []


def test_sleep(ctl: Clickhousectl, services: dict[str, str]) -> None:
    """An idle service wakes, a stopped one does not."""
    assert "stopped" in ctl.refused("service", "wake", services["archive"])
    assert ctl("service", "wake", services["reports"])["state"] == "awaking"
    ctl.until({"state": "running"}, "service", "get", services["reports"])
    ctl.until({"state": "idle"}, "service", "get", services["reports"])


def test_update(ctl: Clickhousectl, etl: str) -> None:
    """A name, addresses, tags and endpoints are changed one by one."""
    ctl("service", "update", etl, "--new-name", "elt", "--add-tag", "team=data")
    ctl(
        "service", "update", etl, "--add-ip-allow", "192.0.2.7=office", "--enable-endpoint", "mysql"
    )
    changed = ctl("service", "get", etl)
    assert changed["name"] == "elt"
    assert {"key": "team", "value": "data"} in changed["tags"]
    assert {"source": "192.0.2.7", "description": "office"} in changed["ipAccessList"]
    assert "mysql" in names(changed["endpoints"], "protocol")

    ctl("service", "update", etl, "--remove-tag", "team", "--remove-ip-allow", "192.0.2.7")
    ctl("service", "update", etl, "--disable-endpoint", "mysql", "--enable-core-dumps", "false")
    restored = ctl("service", "get", etl)
    assert restored["tags"] == []
    assert "192.0.2.7" not in names(restored["ipAccessList"], "source")
    assert restored["enableCoreDumps"] is False


def test_scaling(ctl: Clickhousectl, etl: str) -> None:
    """Size and idling follow the rules."""
    size = ["--min-replica-memory-gb", 16, "--max-replica-memory-gb", 64, "--num-replicas", 3]
    ctl("service", "scale", etl, *size, "--idle-scaling", "true", "--idle-timeout-minutes", 10)
    scaled = ctl("service", "get", etl)
    assert scaled["minReplicaMemoryGb"] == 16
    assert scaled["maxReplicaMemoryGb"] == 64
    assert scaled["numReplicas"] == 3
    assert scaled["idleScaling"] is True
    assert scaled["idleTimeoutMinutes"] == 10
    assert "multiple" in ctl.refused("service", "scale", etl, "--min-replica-memory-gb", 18)


def test_horizontal_scaling(ctl: Clickhousectl, etl: str) -> None:
    """A service that scales its number of replicas has one size of memory."""
    memory = ["--min-replica-memory-gb", 16, "--max-replica-memory-gb", 16]
    band = ["--min-replicas", 2, "--max-replicas", 4, "--autoscaling-mode", "horizontal"]
    ctl("service", "scale", etl, *memory, *band)
    scaled = ctl("service", "get", etl)
    assert scaled["autoscalingMode"] == "horizontal"
    assert (scaled["minReplicas"], scaled["maxReplicas"]) == (2, 4)
    assert scaled["replicaMemoryGb"] == 16
    assert "numReplicas" not in scaled


def test_password(ctl: Clickhousectl, etl: str) -> None:
    """A password is made up only if no hash of one is sent."""
    assert ctl("service", "reset-password", etl)["password"]
    hashed = "A" * 43 + "="
    assert ctl("service", "reset-password", etl, "--new-password-hash", hashed) == {}


def test_settings(ctl: Clickhousectl, etl: str) -> None:
    """A setting is shown while it is set."""
    known = names(ctl("service", "settings", "schema", etl)["settings"])
    assert "max_threads" in known
    assert ctl("service", "settings", "list", etl)["settings"] == []
    ctl("service", "settings", "set", etl, "--setting", "max_threads=4")
    assert ctl("service", "settings", "get", etl, "max_threads")["value"] == 4
    assert names(ctl("service", "settings", "list", etl)["settings"]) == {"max_threads"}
    ctl("service", "settings", "unset", etl, "max_threads")
    ctl.refused("service", "settings", "get", etl, "max_threads")
    message = ctl.refused("service", "settings", "set", etl, "--setting", "no_such_setting=1")
    assert "no_such_setting" in message


def test_scaling_schedule(ctl: Clickhousectl, etl: str) -> None:
    """A schedule changes the size at its hours, and is gone when it is deleted."""
    ctl.refused("service", "scaling-schedule", "get", etl)
    ctl("service", "scale", etl, "--min-replica-memory-gb", 16, "--max-replica-memory-gb", 32)
    entry = {
        "name": "peak",
        "weekdays": [0, 1, 2, 3, 4, 5, 6],
        "startHourUtc": 12,
        "endHourUtc": 13,
    }
    memory = {"minReplicaMemoryGb": 64, "maxReplicaMemoryGb": 128}
    entries = {"entries": [entry | memory]}
    ctl("service", "scaling-schedule", "set", etl, "--file", "-", file=entries)
    shown = ctl("service", "scaling-schedule", "get", etl)
    assert [e["isActiveNow"] for e in shown["entries"]] == [False]

    ctl.emulator.advance(hours=3.5)
    assert ctl("service", "scaling-schedule", "get", etl)["entries"][0]["isActiveNow"] is True
    during = ctl("service", "get", etl)
    assert during["currentScaling"]["effectiveMaxReplicaMemoryGb"] == 128
    assert during["maxReplicaMemoryGb"] == 32

    ctl("service", "scaling-schedule", "delete", etl)
    ctl.refused("service", "scaling-schedule", "get", etl)
    after = ctl("service", "get", etl)["currentScaling"]
    assert after["effectiveMaxReplicaMemoryGb"] == 32


def test_upgrade_window(ctl: Clickhousectl, etl: str) -> None:
    """A window lasts six hours."""
    ctl.refused("service", "upgrade-window", "get", etl)
    ctl("service", "upgrade-window", "set", etl, "--weekday", 2, "--start-hour", 6)
    assert ctl("service", "upgrade-window", "get", etl) == {
        "weekday": 2,
        "startHourUtc": 6,
        "duration": 6,
    }
    ctl("service", "upgrade-window", "delete", etl)
    ctl.refused("service", "upgrade-window", "get", etl)


def test_query_endpoint(ctl: Clickhousectl, etl: str) -> None:
    """An endpoint keeps its keys when its role changes."""
    ctl.refused("service", "query-endpoint", "get", etl)
    first, second = (ctl("key", "create", "--name", name)["key"]["id"] for name in ("one", "two"))
    role = ["--role", "sql_console_read_only"]
    origins = ["--allowed-origins", "https://example.com"]
    ctl("service", "query-endpoint", "create", etl, *role, "--open-api-key", first, *origins)
    ctl("service", "query-endpoint", "create", etl, *role, "--open-api-key", second)
    endpoint = ctl("service", "query-endpoint", "get", etl)
    assert set(endpoint["openApiKeys"]) == {first, second}
    assert endpoint["roles"] == ["sql_console_read_only"]
    assert endpoint["allowedOrigins"] == "https://example.com"
    ctl("service", "query-endpoint", "delete", etl)
    ctl.refused("service", "query-endpoint", "get", etl)


def test_private_endpoint(ctl: Clickhousectl, etl: str) -> None:
    """An endpoint of the organisation is attached to a service and detached again."""
    endpoint = "vpce-0123456789abcdef0"
    assert ctl("service", "private-endpoint", "get-config", etl)["endpointServiceId"]
    created = ctl("service", "private-endpoint", "create", etl, "--endpoint-id", endpoint)
    assert created["id"] == endpoint
    ctl("service", "update", etl, "--add-private-endpoint-id", endpoint)
    assert ctl("service", "get", etl)["privateEndpointIds"] == [endpoint]
    assert endpoint in names(ctl("org", "get")["privateEndpoints"], "id")
    ctl("service", "update", etl, "--remove-private-endpoint-id", endpoint)
    assert ctl("service", "get", etl)["privateEndpointIds"] == []
    removed = f"{endpoint},cloud-provider=aws,region=us-east-1"
    ctl("org", "update", "--remove-private-endpoint", removed)
    assert ctl("org", "get")["privateEndpoints"] == []


def test_profiles(ctl: Clickhousectl) -> None:
    """The profiles of a region."""
    assert "v1-default" in names(
        ctl("service", "profile", "list", "--region", "us-east-1"), "profile"
    )


@pytest.mark.parametrize("filtered", ["true", "false"])
def test_prometheus(ctl: Clickhousectl, etl: str, filtered: str) -> None:
    """Metrics of one service, as text."""
    assert etl in ctl("service", "prometheus", etl, "--filtered-metrics", filtered)


def test_unknown_service(ctl: Clickhousectl) -> None:
    """What is not there is not found."""
    ctl.refused("service", "get", "11111111-1111-4111-8111-111111111111")


def test_replica_aware_routing(ctl: Clickhousectl, etl: str) -> None:
    """A protocol is routed to a fixed replica; the other one stays as it is."""
    ctl("service", "replica-aware-routing", "update", etl, "--http-enabled", "true")
    shown = ctl("service", "replica-aware-routing", "get", etl)
    assert shown == {"httpEnabled": True, "nativeEnabled": False}
