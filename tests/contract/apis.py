"""The APIs that take the walks: to add one here is to let it take all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloud
from clickhouse_cloud_async.apis.api7 import API7Cloud, AsyncAPI7Cloud
from clickhouse_cloud_async.apis.api7.api import API7_CLOUD
from clickhouse_cloud_async.apis.clickhouse.api import CLICKHOUSE_CLOUD
from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate, Omnistrate
from clickhouse_cloud_async.apis.omnistrate.api import OMNISTRATE as OMNISTRATE_API
from tests import samples
from tests.api7.tokens import TOKEN
from tests.api7.walk import walk as walk_api7
from tests.emulator.client_walk import walk as walk_clickhouse
from tests.omnistrate.client_walk import walk as walk_omnistrate

from .surface import Surface

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _pytest.mark import ParameterSet

CLICKHOUSE = Surface(
    api=CLICKHOUSE_CLOUD,
    samples=samples.CLICKHOUSE,
    clients=(AsyncClickHouseCloud, ClickHouseCloud),
    arguments={
        "api_key": "key",
        "api_secret": "secret",
        "organization_id": "7d1f3a52-7a6c-4d3e-9a53-0e8c1b2f4a60",
    },
    authorization={"": "Basic a2V5OnNlY3JldA=="},
    size=(174, 398),
    walk=walk_clickhouse,
    extensions=frozenset(
        {
            "clickpipes.edit",
            "query_endpoints.temporary_key",
            "services.awake",
            "services.connect",
            "services.connection",
            "services.get_by_name",
            "services.query",
            "services.query_arrow",
            "services.query_bytes",
            "services.query_rows",
            "services.reconcile",
        }
    ),
    choices={"postgresInstanceRestore": {"ip_access_list": "anywhere"}},
    demanded={
        "api_keys.create": ("ip_access_list",),
        "postgres.create": ("ip_access_list",),
        "postgres.update": ("tags",),
    },
    forms={"filter": lambda conditions: [f"tag:{condition}" for condition in conditions]},
    beside_results=frozenset({"Pagination"}),
    without_lifecycle={
        "ApiKey.state": "enabled or disabled by an update",
        "ClickStackAlertResponse.state": "follows what an alert measures, and never ends",
        "ByocInfrastructureProgress.status": "explains the state of infrastructure, awaited itself",
        "ByocInfrastructureProgressStage.status": "the same, of one stage",
    },
)
"""ClickHouse Cloud."""

API7 = Surface(
    api=API7_CLOUD,
    samples=samples.API7,
    clients=(AsyncAPI7Cloud, API7Cloud),
    arguments={"token": TOKEN, "organization_id": "101", "control_plane_id": "202"},
    authorization={"": f"Bearer {TOKEN}"},
    size=(69, 137),
    walk=walk_api7,
    extensions=frozenset(
        {
            "applications.get_by_name",
            "canary_releases.finish",
            "canary_releases.pause",
            "canary_releases.start",
            "consumers.get_by_name",
            "control_planes.get_by_name",
        }
    ),
    elsewhere=frozenset({"applications.import_openapi"}),
    beside_results=frozenset({"Status"}),
    without_lifecycle={"CanaryRelease.state": "changes by command only"},
)
"""API7 Cloud."""

OMNISTRATE = Surface(
    api=OMNISTRATE_API,
    samples=samples.OMNISTRATE,
    clients=(AsyncOmnistrate, Omnistrate),
    arguments={"token": TOKEN},
    authorization={"": f"Bearer {TOKEN}", "none": None},
    size=(307, 342),
    walk=walk_omnistrate,
    extensions=frozenset({"instances.address", "instances.address_of"}),
    elsewhere=frozenset({"sessions.sign_in_consumer"}),
    beside_results=frozenset({"Error"}),
    without_lifecycle={
        "ChangeSummary.status": "compares two versions",
        "DescribeSubscriptionResult.status": "changes by command only",
        "DescribeUserResult.status": "changes by command only",
        "TierVersionSet.status": "changes by command only",
    },
)
"""Omnistrate."""

SURFACES = [CLICKHOUSE, API7, OMNISTRATE]

EVERY_SURFACE = pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.name)

EVERY_CODEC = pytest.mark.parametrize(
    "samples", [surface.samples for surface in SURFACES], ids=lambda samples: samples.api
)
"""The same for tests of what stands in requests and responses."""


def each_of(names: Callable[[Surface], Iterable[str]]) -> list[ParameterSet]:
    """Parameters of a test: every API with each of some names.

    Args:
        names: Gives the names of an API.
    """
    return [
        pytest.param(surface, name, id=f"{surface.name}-{name}")
        for surface in SURFACES
        for name in names(surface)
    ]
