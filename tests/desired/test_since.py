"""Looks that start from what earlier ones have found."""

from __future__ import annotations

import json
import stat
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import InvalidArgumentError, Secret, ServerError
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse
from clickhouse_cloud_async.fleet import DesiredFleet

from .scene import open_client, open_emulator

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.fleet import LookProgress, Plan, Report

HOUR = 3600.0
DAY = 24 * HOUR

FLEET = DesiredFleet(
    "staging",
    snapshot_configurations=[{"service": name, "enabled": False} for name in ("clicks", "views")],
    clickhouse_settings=[
        {"service": name, "settings": {"max_concurrent_queries": 100}}
        for name in ("clicks", "views")
    ],
    saved_queries=[{"service": "clicks", "name": "q", "sql": "SELECT 1", "database": "default"}],
)
"""A kind of whose changes an activity tells, one of whose it does not, and one with details."""

ASKED = 2
"""The requests of a look that finds nothing new: activities, and services."""


class Scene:
    """An organisation and a file of what was looked at.

    Args:
        emulator: The API.
        cloud: A client of it.
        file: The file.
    """

    def __init__(self, emulator: Emulator, cloud: AsyncClickHouseCloud, file: Path) -> None:
        self.emulator = emulator
        self.cloud = cloud
        self.file = file

    async def plan(self, desired: DesiredFleet = FLEET, *, later: float = HOUR, **how: Any) -> Plan:
        """Plan with the file when some time has passed."""
        self.emulator.advance(later)
        return await self.cloud.fleet.plan(desired, since=self.file, **how)

    async def service_id(self, name: str = "clicks") -> str:
        """Return the ID of a service."""
        return (await self.cloud.services.get_by_name(name)).id


@asynccontextmanager
async def _open(file: Path, desired: DesiredFleet = FLEET) -> AsyncGenerator[Scene]:
    """Provide an organisation that is as described, and that was looked at."""
    services = [{"name": name, "state": "running"} for name in ("clicks", "views")]
    async with Emulator(services) as emulator, open_client(emulator, attempts=1) as cloud:
        scene = Scene(emulator, cloud, file)
        await _apply(scene, await cloud.fleet.plan(desired))
        assert (await scene.plan(desired)).is_empty
        yield scene


async def _apply(scene: Scene, plan: Plan) -> Report:
    report = await scene.cloud.fleet.apply(plan)
    report.raise_for_failures()
    return report


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return where knowledge is kept."""
    return tmp_path / "known.json"


def _mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def _text(file: Path) -> str:
    return file.read_text()


def _write(file: Path, text: str) -> None:
    """Write a file as other programs do."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)


def _forget(file: Path) -> None:
    file.unlink()


async def test_looks_again_only_where_something_has_changed(file: Path) -> None:
    """A look asks for news, and then only where there are some."""
    told: list[LookProgress] = []
    async with _open(file) as scene:
        quiet = await scene.plan(on_progress=told.append)
        assert quiet.is_empty
        assert quiet.look_requests == ASKED
        assert told[0].total == ASKED
        assert _mode(file) == 0o600

        service = await scene.service_id()
        await scene.cloud.snapshots.update_configuration(service, enabled=True)
        noticed = await scene.plan()
        assert [item.label for item in noticed.items] == ["clicks"]
        assert noticed.look_requests == ASKED + 1

        # What the list of services shows makes all that is in it uncertain.
        await scene.cloud.services.update(service, tags={"add": [{"key": "env", "value": "dev"}]})
        assert (await scene.plan()).look_requests == ASKED + 4


async def test_says_how_old_other_knowledge_is(file: Path) -> None:
    """Changes of which nothing tells do not show until the knowledge is too old."""
    async with _open(file) as scene:
        service = await scene.service_id()
        await scene.cloud.clickhouse_settings.update(
            settings={"max_concurrent_queries": 5}, service_id=service
        )
        plan = await scene.plan()
        by_kind = {known.what: known for known in plan.known}
        remark = "clickhouse_settings of 2 services were read up to 1 h 0 min ago: later"

        assert plan.is_empty
        assert by_kind["snapshot_configurations"].is_current
        assert not by_kind["clickhouse_settings"].is_current
        assert f"note: {remark}" in str(plan)
        assert f"- {remark.replace('_', chr(92) + '_')}" in plan.to_markdown()
        assert plan.to_dict()["known"] == [known.to_dict() for known in plan.known]
        assert remark in str(await scene.cloud.fleet.drift(FLEET, since=file))
        exported = await scene.cloud.fleet.export("x", only=["clickhouse_settings"], since=file)
        assert remark in exported.notes[0]

        assert len((await scene.plan(max_age=HOUR / 2)).changes) == 1
        await scene.cloud.clickhouse_settings.update(
            settings={"max_concurrent_queries": 6}, service_id=service
        )
        assert [item.label for item in (await scene.plan(later=DAY)).changes] == ["clicks"]


async def test_fields_that_take_a_request(file: Path) -> None:
    """What a list of services leaves out is asked for again only after an activity of it."""
    window = {"weekday": 1, "start_hour_utc": 6}
    desired = DesiredFleet(
        "staging",
        services=[
            {"name": "clicks", "upgrade_window": window},
            {"name": "views", "backup_configuration": {"backup_period_in_hours": 12}},
        ],
    )
    async with _open(file, desired) as scene:
        assert (await scene.plan(desired)).look_requests == ASKED
        await scene.cloud.upgrade_windows.delete(await scene.service_id())
        plan = await scene.plan(desired)

        assert [str(change.field) for change in plan.items[0].changes] == ["upgrade_window"]
        assert plan.look_requests == ASKED + 1


async def test_apply_looks_again_where_it_changes_something(file: Path) -> None:
    """Nothing is sent on old knowledge, and what was changed is not taken for known later."""
    async with _open(file) as scene:
        desired = DesiredFleet(
            "staging",
            clickhouse_settings=[
                {"service": "clicks", "settings": {"max_concurrent_queries": 50}},
                {"service": "views", "settings": {"max_concurrent_queries": 100}},
            ],
        )
        plan = await scene.plan(desired)
        assert [item.label for item in plan.changes] == ["clicks"]
        await scene.cloud.clickhouse_settings.update(
            settings={"max_concurrent_queries": 50}, service_id=await scene.service_id()
        )
        report = await _apply(scene, plan)

        assert [str(each.status) for each in report.outcomes] == ["unchanged"]
        assert report.requests == 2  # the services, and the settings of one
        again = await scene.plan(desired)
        assert again.is_empty
        assert again.look_requests == ASKED + 1


async def test_two_programs_use_one_file(file: Path) -> None:
    """What one has written is not replaced by older results, and what one changes is not in it."""
    async with _open(file) as scene:
        known = _text(file)
        clicks = await scene.service_id()
        desired = DesiredFleet(
            "staging",
            clickhouse_settings=[{"service": "clicks", "settings": {"max_concurrent_queries": 5}}],
        )
        plan = await scene.plan(desired)
        _write(file, known)
        await _apply(scene, plan)
        left = {entry["place"][2] for entry in json.loads(_text(file))["entries"]}
        written = _text(file)
        late = await scene.plan(on_progress=lambda _: _write(file, written))

        assert clicks not in left
        assert await scene.service_id("views") in left
        assert "another program has written" in late.notes[-1]
        assert _text(file) == written


async def test_an_unfinished_look_is_continued(file: Path) -> None:
    """What was found before a look failed is not asked for again."""
    async with _open(file) as scene:
        _forget(file)
        fault = scene.emulator.faults.add(ErrorResponse(), operation="savedQueryGet")
        with pytest.raises(ServerError):
            await scene.plan()
        scene.emulator.faults.remove(fault)
        # The query itself, and a list for each service of the kind that comes after it.
        assert (await scene.plan()).look_requests == ASKED + 3


async def test_secrets_are_not_kept(file: Path) -> None:
    """Results that hold a secret are not written to the file and are read again each time."""
    hook = "https://hooks.example/Sample-Clear-1"
    desired = DesiredFleet(
        "staging",
        clickstack_webhooks=[
            {"service": "clicks", "webhook_service": "slack", "name": "ops", "url": Secret(hook)}
        ],
    )
    async with _open(file, desired) as scene:
        plan = await scene.plan(desired)

        assert plan.is_empty
        assert plan.look_requests == ASKED + 1
        assert not plan.known
        assert "Sample-Clear" not in _text(file)


async def test_activities_that_cannot_be_read(file: Path) -> None:
    """Without the permission to read activities, nothing is taken for unchanged."""
    async with _open(file) as scene:
        scene.emulator.faults.add(ErrorResponse(403), operation="activityGetList")
        plan = await scene.plan()

        assert plan.look_requests == ASKED + 6
        assert "recent activities cannot be read, so everything was read again" in plan.notes[-1]
        assert not plan.known


_ENTRY = {
    "place": ["o", "clickpipes", "s"],
    "observed": "2026-01-31T00:00:00+00:00",
    "parent": "",
    "label": "clicks",
    "results": {},
}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a file of this kind"),
        ("[]", "not a file of this kind"),
        ('{"fleet": "staging"}', "not a file of this kind"),
        ({"version": 2}, "has version 2, not 1"),
        ({"api": "API7 Cloud"}, "is about 'API7 Cloud'"),
        ({"entries": [{}]}, "is damaged"),
        ({"entries": None}, "is damaged"),
        ({"entries": [{**_ENTRY, "results": []}]}, "is damaged"),
        ({"entries": [{**_ENTRY, "observed": "0001-01-01T00:00:00+00:00"}]}, "is damaged"),
        ({"entries": [{**_ENTRY, "observed": "9999-12-31T23:59:59+00:00"}]}, "is damaged"),
    ],
)
async def test_other_files(file: Path, text: str | dict[str, Any], reason: str) -> None:
    """A file that is none of knowledge, or a damaged one, is refused; it stays as it is."""
    async with open_emulator([]) as emulator, open_client(emulator) as cloud:
        await cloud.fleet.plan(FLEET, since=file)
        if not isinstance(text, str):
            text = json.dumps(json.loads(_text(file)) | text)
        _write(file, text)
        sent = cloud.stats.requests
        with pytest.raises(InvalidArgumentError, match=reason):
            await cloud.fleet.plan(FLEET, since=file)

        assert _text(file) == text
        assert cloud.stats.requests == sent
        with pytest.raises(InvalidArgumentError, match="nowhere cannot be written to"):
            await cloud.fleet.plan(FLEET, since=file.parent / "nowhere" / "known.json")
        for age in (0, 1e300, float("nan")):
            with pytest.raises(InvalidArgumentError, match="max_age must be a positive number"):
                await cloud.fleet.plan(FLEET, since=file, max_age=age)
