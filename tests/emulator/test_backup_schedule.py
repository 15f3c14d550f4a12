"""Whatever is configured while time passes, backups are where they have to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clickhouse_cloud_async.apis.clickhouse.emulator.backups import backups
from clickhouse_cloud_async.apis.clickhouse.emulator.organizations import add_organization
from clickhouse_cloud_async.apis.clickhouse.emulator.services.population import populate
from clickhouse_cloud_async.apis.clickhouse.emulator.services.service import STATES
from clickhouse_cloud_async.emulation.clock import HOUR

from .worlds import new_world

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.store import Path

TIMES = st.builds("{:02}:00".format, st.integers(0, 23))
PERIODS = st.fixed_dictionaries({backups.PERIOD: st.sampled_from([None, 1, 7, 12, 24, 48])})
CHANGES = st.one_of(
    PERIODS.map(lambda change: {**change, backups.START_TIME: None}),
    st.fixed_dictionaries({backups.START_TIME: TIMES, backups.PERIOD: st.sampled_from([24, 48])}),
    st.fixed_dictionaries({backups.RETENTION: st.integers(1, 5).map(lambda days: days * 24)}),
)
STEPS = st.lists(
    st.one_of(CHANGES, st.sampled_from(["stopped", "running"]), st.floats(0.01, 60)), max_size=12
)


def _step(organization: Organization, path: Path, step: Any) -> None:
    if isinstance(step, dict):
        backups.configure(organization, path, step)
    elif isinstance(step, str):
        STATES.enter(organization, path, step)
    else:
        organization.world.advance(step * HOUR)


@given(STEPS)
@settings(max_examples=60)
def test_backups_keep_to_their_configuration(steps: list[Any]) -> None:
    """One is made at a time, none before its time, and none is kept for longer than it has to."""
    world = new_world()
    organization = add_organization(world, "test")
    created = "2026-01-01T00:00:00Z"
    populate(organization, [{"state": "running", "idleScaling": False, "createdAt": created}])
    (service_id,) = organization.collection("services")
    path = (*organization.path, "services", service_id)
    for step in steps:
        _step(organization, path, step)
        world.run_due_timers()
        facts = backups.configuration(organization, path)
        made = list(backups.backups(organization, path).values())
        finished = [backup for backup in made if "finishedAt" in backup]

        starts = [backup["_started"] for backup in made]
        assert starts == sorted(set(starts))
        assert finished == made[: len(finished)]
        assert len(made) - len(finished) <= 1
        assert finished, "the newest backup was not kept"
        oldest = world.elapsed - facts[backups.RETENTION] * HOUR
        assert all(backup["_finished"] > oldest for backup in finished[:-1])
        due = world.timers.due_at(path, "service.backup")
        assert due is not None
        assert world.elapsed < due <= world.elapsed + max(24, facts[backups.PERIOD]) * HOUR
