"""Special behaviour of Postgres services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.resources.kinds import KINDS
from clickhouse_cloud_async.desired.external import Inputs
from clickhouse_cloud_async.desired.loading import load
from clickhouse_cloud_async.desired.plan import PlanAction
from clickhouse_cloud_async.desired.reading import read_text
from clickhouse_cloud_async.desired.validation import ErrorCollector

from .databases import MAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.desired.description import Described

    from .harness import Harness


async def test_a_restored_service(harness: Harness) -> None:
    """It is made of the backups of another one, gets the rules that are described, and stays."""
    postgres = harness.cloud.postgres
    await harness.apply(harness.describe("postgres", MAIN))
    (main,) = await postgres.list()
    while (moment := (await postgres.get(main.id)).earliest_restore_time) is None:
        pass
    fields = {
        "name": "restored",
        "restored_from": "orders",
        "restore_target": moment.isoformat(),
        "ip_access_list": [{"source": "192.0.2.9", "port_range": "5432..5432"}],
    }

    await harness.apply(harness.describe("postgres", fields))
    await harness.apply(harness.describe("postgres", {**fields, "ip_access_list": []}))


async def test_a_restore_needs_its_moment(harness: Harness) -> None:
    """Without it, nothing is sent."""
    fields = {"name": "restored", "restored_from": "orders"}
    described = [harness.describe("postgres", each) for each in (MAIN, fields)]

    refused = [
        item for item in (await harness.plan(*described)).items if item.action is PlanAction.REFUSED
    ]

    assert [item.name for item in refused] == ["restored"]
    assert "restore_target" in f"{refused[0].reason}"


async def test_a_read_replica_is_not_changed(harness: Harness) -> None:
    """Its primary says what it is like."""
    replica = {"name": "orders-2", "replica_of": "orders"}
    main = harness.describe("postgres", MAIN)
    await harness.apply(main, harness.describe("postgres", replica))

    bigger = harness.describe("postgres", {**replica, "size": "c6gd.xlarge"})
    (item,) = (await harness.plan(main, bigger)).items

    assert item.action is PlanAction.REFUSED
    assert "configuration" in f"{item.reason}"


async def test_replicas_go_before_their_primary(harness: Harness) -> None:
    """The API refuses to delete a primary that has a replica."""
    both = (MAIN, {"name": "orders-2", "replica_of": "orders"})
    await harness.apply(*(harness.describe("postgres", each) for each in both))

    await harness.apply(*(harness.describe("postgres", each, absent=True) for each in both))

    left = await harness.cloud.postgres.list()
    assert {each.state for each in left} <= {"deleting"}


async def test_rules_that_are_not_described_go(harness: Harness) -> None:
    """A rule that stays keeps its ID; one with another description is another one."""
    await harness.apply(harness.describe("postgres", MAIN))
    (listed,) = await harness.cloud.postgres.list()
    before = ((await harness.cloud.postgres.get(listed.id)).ip_access_list or [])[0]
    more = [*MAIN["ip_access_list"], {"source": "192.0.2.9", "port_range": "1..2"}]

    await harness.apply(harness.describe("postgres", {**MAIN, "ip_access_list": more}))

    rules = (await harness.cloud.postgres.get(listed.id)).ip_access_list or ()
    assert before.id in [rule.id for rule in rules]
    assert len(rules) == len(more)


def test_no_setting_can_be_unset() -> None:
    """Null for a setting is a mistake that is seen at once."""
    errors = ErrorCollector()

    KINDS["postgres_configurations"].check({"pg_config": {"work_mem": None}}, (), errors)

    assert errors.has(("pg_config", "work_mem"))


async def test_the_version_of_a_password(harness: Harness) -> None:
    """A tag has the version that was sent last, beside the tags that the document names."""

    def described(version: int, team: str) -> Sequence[Described]:
        text = f"""
fleet: staging
postgres:
  - name: orders
    tags: [{{key: team, value: {team}}}]
    password: {{env: PASSWORD, version: {version}}}
"""
        inputs = Inputs({"PASSWORD": "Postgres-password-2"})
        return load(KINDS, [read_text(text, "text")], inputs).resources

    await harness.apply(harness.describe("postgres", MAIN))
    await harness.apply(*described(1, "web"), resend="postgres/orders")

    plan = await harness.plan(*described(2, "data"))
    report = await harness.apply(*described(2, "data"))

    assert not (await harness.plan(*described(2, "data"))).notes
    assert "password: version 1 -> 2" in str(plan)
    assert report.outcomes[0].commands == ["update", "password", "note_version"]
    (service,) = await harness.cloud.postgres.list()
    tags = {tag.key: tag.value for tag in service.tags or ()}
    assert tags == {"team": "data", "chcloud.secret.password": "2"}
