"""Organisations with many resources: how much it takes to look at them, and to compare them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.desired.offline import offline
from tests.effort import calls_of

from .harness import Harness
from .lives import Processes

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from clickhouse_cloud_async.desired.description import Described

_WITHIN: dict[str, dict[str, Any]] = {
    "clickhouse_settings": {"settings": {"max_concurrent_queries": 100}},
    "query_endpoints": {"roles": ["sql_console_read_only"], "open_api_keys": []},
    "replica_aware_routing": {"http_enabled": True},
    "snapshot_configurations": {"enabled": True, "gap": 30},
}
"""What is described in each service: of each kind there is one."""


def _things(harness: Harness, count: int) -> list[Described]:
    return [
        harness.describe(kind, {"service": f"s{number}", **fields})
        for number in range(count)
        for kind, fields in _WITHIN.items()
    ]


def _services(count: int) -> list[dict[str, Any]]:
    return [{"name": f"s{number}", "state": "stopped"} for number in range(count)]


def test_only_what_is_named_is_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A plan asks for each kind in each service that is named, and for one list of services."""
    with offline(monkeypatch, _services(30)) as scene:
        things = _things(Harness(scene.client(), tmp_path), 10)
        plan = Processes(scene, tmp_path).plan(things)

        assert scene.count == plan.look_requests == 1 + len(things)


def test_a_plan_takes_linear_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Four times as many services, with what is in them, take four times the work to plan."""

    def work(count: int) -> int:
        with offline(monkeypatch, _services(count)) as scene:
            things = _things(Harness(scene.client(), tmp_path), count)
            processes = Processes(scene, tmp_path)
            return calls_of(lambda: processes.plan(things))

    work(1)

    assert work(60) < 4.5 * work(15)
