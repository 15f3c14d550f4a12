# ruff: noqa: B018, T201 - lines are here to be checked, not to run
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""Mistakes that users make, planted for type checkers to find; nobody runs this.

Each line with an ignore is a mistake that mypy and pyright see: an unused ignore is an error.
A mistake that they cannot see stands in `unseen`, with the reason.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from clickhouse_cloud_async import AsyncClickHouseCloud, RetryPolicy, Secret
from clickhouse_cloud_async.fleet import DesiredService

if TYPE_CHECKING:
    from clickhouse_cloud_async import ClickHouseCloud
    from clickhouse_cloud_async.fleet import AsyncFleet
    from clickhouse_cloud_async.models import Service

ID = "22222222-2222-4222-8222-222222222222"


async def words_at_creation(cloud: AsyncClickHouseCloud) -> None:
    """Misspelt words of closed and open enums."""
    create = cloud.services.create
    await create(name="a", provider="asw", region="us-east-1")  # type: ignore[arg-type]
    await create(name="a", provider="aws", region="us-eats-1")  # type: ignore[arg-type]
    await create(name="a", provider="aws", region="us-east-1", tier="prodction")  # type: ignore[arg-type]
    await create(name="a", provider="aws", region="us-east-1", release_channel="quick")  # type: ignore[arg-type]
    await create(name="a", provider="aws", region="us-east-1", compliance_type="hippa")  # type: ignore[arg-type]
    await create(name="a", provider="aws", region="us-east-1", profile="v1-defualt")  # type: ignore[arg-type]
    pg = cloud.postgres.create
    await pg(name="a", provider="azure", region="eastus", size="r6gd.medium", ip_access_list=[])  # type: ignore[arg-type]
    await pg(name="a", provider="aws", region="us-east-1", size="r6gd.medum", ip_access_list=[])  # type: ignore[arg-type]
    await pg(name="a", provider="aws", region="us-east-1", size="r6gd.medium", ip_access_list="all")  # type: ignore[arg-type]


async def shapes_at_creation(cloud: AsyncClickHouseCloud) -> None:
    """Fields of a wrong type, a wrong name or in a wrong place."""
    create = cloud.services.create
    await create({"name": "a"})  # type: ignore[call-arg, arg-type]
    await create(name="a", provider="aws", region="us-east-1", idleScaling=True)  # type: ignore[call-arg]
    await create(name="a", provider="aws", region="us-east-1", idle_timeout_minutes="5")  # type: ignore[arg-type]
    await create(name="a", provider="aws", region="us-east-1", num_replicas=2.5)  # type: ignore[arg-type]
    await create(name="a", provider="aws", region="us-east-1", tags={"env": "prod"})  # type: ignore[arg-type]
    await create(name="a", provider="aws", region="us-east-1", ip_access_list=["0.0.0.0/0"])  # type: ignore[list-item]
    await create(name="a", provider="aws", region="us-east-1", ip_access_list=[{"sorce": "1"}])  # type: ignore[list-item]
    await create(name="a", provider="aws", region="us-east-1", endpoints=[{"protocol": "msql"}])  # type: ignore[list-item]


async def changes(cloud: AsyncClickHouseCloud) -> None:
    """Updates and scaling."""
    await cloud.services.update(ID, nam="b")  # type: ignore[call-arg]
    await cloud.services.update(ID, release_channel="fats")  # type: ignore[arg-type]
    await cloud.services.update(ID, ip_access_list=[{"source": "10.0.0.0/8"}])  # type: ignore[arg-type]
    await cloud.services.update(ID, ip_access_list={"added": []})  # type: ignore[arg-type]
    await cloud.services.update(ID, endpoints={"mysql": True})  # type: ignore[arg-type]
    await cloud.services.update(ID, tags={"remove": ["env"]})  # type: ignore[arg-type]
    await cloud.services.update_state(ID, command="strat")  # type: ignore[arg-type]
    await cloud.services.scale(ID, autoscaling_mode="horizntal")  # type: ignore[arg-type]
    await cloud.services.scale(ID, min_replicas="1", max_replicas=2)  # type: ignore[arg-type]
    await cloud.services.scale(ID, replicas=3)  # type: ignore[call-arg]


async def calls(cloud: AsyncClickHouseCloud, sync: ClickHouseCloud, service: Service) -> None:
    """Awaiting, ids and results."""
    cloud.services.get(ID)  # type: ignore[unused-coroutine]
    await sync.services.get(ID)  # type: ignore[misc]
    await cloud.services.get(service)  # type: ignore[arg-type]
    await cloud.services.get(5)  # type: ignore[arg-type]
    (await cloud.services.get(ID)).provder  # type: ignore[attr-defined]
    (await cloud.services.get(ID)).created_at.year  # type: ignore[union-attr]
    (await cloud.services.list())["a"]  # type: ignore[call-overload]
    async for _ in cloud.api_keys.list():  # type: ignore[attr-defined]
        pass
    created = await cloud.services.create(name="a", provider="aws", region="us-east-1")
    password: str = created.password  # type: ignore[assignment]
    print(password)


async def waits(cloud: AsyncClickHouseCloud) -> None:
    """States, conditions and options of waits."""
    await cloud.services.wait_until(ID, "Running")  # type: ignore[arg-type]
    await cloud.services.wait_until(ID, lambda seen: seen.stat == "running")  # type: ignore[attr-defined]
    await cloud.services.wait_until(ID, "running", timout=5)  # type: ignore[call-arg]
    await cloud.services.wait_until(ID, "running", on_progress="print")  # type: ignore[arg-type]
    await cloud.postgres.wait_until(ID, "started")  # type: ignore[arg-type]


async def other_areas(cloud: AsyncClickHouseCloud) -> None:
    """Keys, backups, members, schedules, pipes, Postgres and the rest."""
    await cloud.api_keys.create(name="x", roles="admin")  # type: ignore[arg-type]
    await cloud.api_keys.create(name="x", state="enable", ip_access_list=[])  # type: ignore[arg-type]
    await cloud.api_keys.create(name="x", ip_access_list="any")  # type: ignore[arg-type]
    await cloud.backups.update_configuration(ID, backup_period_in_hours="24")  # type: ignore[arg-type]
    await cloud.backups.update_configuration(ID, backup_start_time=2)  # type: ignore[arg-type]
    await cloud.members.update(ID, role="amdin")  # type: ignore[arg-type]
    await cloud.upgrade_windows.set(ID, weekday="monday", start_hour_utc=6)  # type: ignore[arg-type]
    await cloud.scaling_schedules.set(ID, entries=[{"name": "n", "weekday": [1]}])  # type: ignore[list-item]
    pipe = cloud.clickpipes.create
    await pipe(ID, name="p", source={"kafak": {}}, destination={"table": "t"})  # type: ignore[arg-type]
    await pipe(ID, name="p", source={"kafka": {"type": "kafak"}}, destination={"table": "t"})  # type: ignore[arg-type]
    await pipe(ID, name="p", source={"kafka": {"brokers": ["b"]}}, destination={"table": "t"})  # type: ignore[arg-type]
    await pipe(ID, name="p", source={"kafka": {"brokers": "b"}}, destination={"tabel": "t"})  # type: ignore[arg-type]
    await cloud.clickpipes.update_state(ID, "p", command="pause")  # type: ignore[arg-type]
    await cloud.postgres.update_state(ID, command="reboot")  # type: ignore[arg-type]
    await cloud.query_endpoints.set(ID, roles=["sql_console_admn"], open_api_keys=[])  # type: ignore[list-item]
    await cloud.roles.create(name="r", policies=[{"permission": ["x"]}])  # type: ignore[call-arg, list-item]
    await cloud.udfs.attach(ID, function="f")  # type: ignore[call-arg]
    await cloud.activities.list(from_date=5)  # type: ignore[arg-type]
    await cloud.notifications.list(severity="critcal")  # type: ignore[arg-type]
    await cloud.billing.get_usage_cost(start_date="2026-01-01", end_date="2026-01-31")  # type: ignore[call-arg]
    await cloud.backup_buckets.create(ID, bucket={"bucket_provider": "AWZ"})  # type: ignore[arg-type]


async def fleets(fleet: AsyncFleet) -> None:
    """Criteria, options and descriptions."""
    fleet.select(provider="asw")  # type: ignore[arg-type]
    fleet.select(region="us-eats-1")  # type: ignore[arg-type]
    fleet.select(state="runing")  # type: ignore[arg-type]
    fleet.select(tags=["env"])  # type: ignore[arg-type]
    fleet.select(names="etl-*")  # type: ignore[call-arg]
    await fleet.select().start(on_error="abort")  # type: ignore[arg-type]
    await fleet.select().scale(num_replica=3)  # type: ignore[call-arg]
    await fleet.select().update(release_channel="fats")  # type: ignore[arg-type]
    DesiredService(name="a", provider="asw", region="us-east-1")  # type: ignore[arg-type]
    DesiredService(name="a", provider="aws", region="us-eats-1")  # type: ignore[arg-type]
    DesiredService(name="a", state="runing")  # type: ignore[arg-type]
    DesiredService(name="a", replicas=3)  # type: ignore[call-arg]


def clients() -> None:
    """Options of clients."""
    AsyncClickHouseCloud("k", "s", rate_limit=10)  # type: ignore[arg-type]
    AsyncClickHouseCloud("k", "s", retry="3")  # type: ignore[arg-type]
    AsyncClickHouseCloud("k", "s", http={"proxy": "http://localhost:3128"})  # type: ignore[arg-type]
    AsyncClickHouseCloud("k", "s", time_out=5)  # type: ignore[call-arg]
    RetryPolicy(3)  # type: ignore[call-arg]
    Secret(5)  # type: ignore[arg-type]


async def unseen(cloud: AsyncClickHouseCloud, fleet: AsyncFleet, service: Service) -> None:
    """Mistakes that no type tells: they are refused when the program runs, or harmless."""
    await cloud.services.list(filter="tag:env=prod")  # text is a sequence of text
    if service.state == "runing":  # comparisons with any text are allowed
        return
    await cloud.billing.get_usage_cost(from_date=datetime.now(), to_date="x")  # noqa: DTZ005
    await fleet.select().delete(wait=True)  # `confirm` may be left out for a dry run
