"""A service whose pipes are described, and what is true of it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.clickhouse.resources.kinds import KINDS
from clickhouse_cloud_async.desired.external import Inputs
from clickhouse_cloud_async.desired.loading import load
from clickhouse_cloud_async.desired.reading import read_text
from clickhouse_cloud_async.desired.writing import write_text
from clickhouse_cloud_async.emulator import Emulator

from .scene import SPEED, open_client

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.desired.description import Description
    from clickhouse_cloud_async.desired.export import Exported
    from clickhouse_cloud_async.fleet import Plan, Report

SECRETS = {"PIPE_PASSWORD": "Sample-Clear-1", "PIPE_URI": "mongodb://u:Sample-Clear-2@db.example"}


def described(*, variables: Mapping[str, str] = SECRETS, **kinds: list[Any]) -> Description:
    """Return what a document of these resources describes, read from its text."""
    text = read_text(write_text({"fleet": "shop", **kinds}), "<text>")
    return load(KINDS, [text], Inputs(variables=variables))


@asynccontextmanager
async def running_service(
    **properties: Any,
) -> AsyncGenerator[tuple[Emulator, AsyncClickHouseCloud]]:
    """Provide an emulator of a service that runs, and a client of it."""
    service: Mapping[str, Any] = {"name": "clicks", "state": "running", "idleScaling": False}
    with Emulator([{**service, **properties}], time_scale=SPEED) as emulator:
        async with open_client(emulator) as cloud:
            yield emulator, cloud


async def bring_about(cloud: AsyncClickHouseCloud, desired: Description, **options: Any) -> Report:
    """Apply a description, and see that it holds then."""
    report = await cloud.fleet.apply(await cloud.fleet.plan(desired, **options))
    report.raise_for_failures()
    plan = await cloud.fleet.plan(desired)
    assert plan.is_empty, str(plan)
    return report


async def check_export(cloud: AsyncClickHouseCloud, *kinds: str) -> Exported:
    """See that what there is can be exported, and that the document of it holds; return it."""
    exported = await cloud.fleet.export("shop", only=kinds)
    assert {each.kind for each in exported.description.resources} == set(kinds)
    text = read_text(exported.to_yaml(), "<text>")
    plan = await cloud.fleet.plan(load(KINDS, [text], Inputs(variables={})))
    assert plan.is_empty, str(plan)
    return exported


def changes_of(plan: Plan) -> list[str]:
    """Return the changes that a plan shows."""
    assert not plan.refused, str(plan)
    return [change.name for item in plan.items for change in item.changes]
