"""An export describes an organisation so that another one can be made of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.resources.kinds import ENGINE, KINDS
from clickhouse_cloud_async.desired.export import Selection
from clickhouse_cloud_async.desired.external import Inputs
from clickhouse_cloud_async.desired.loading import load
from clickhouse_cloud_async.desired.plan import PlanOptions
from clickhouse_cloud_async.desired.reading import read_text
from clickhouse_cloud_async.fleet.run import Options
from tests.desired.scene import open_client, open_emulator

from .cases import CASES
from .clickstack import DASHBOARD, ERRORS, HOOK
from .sources import LOGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.desired.description import Description

    from .harness import Harness

KINDS_OF_IT: Final = frozenset(
    {
        "services",
        "roles",
        "api_keys",
        "query_api_endpoints",
        "clickstack_sources",
        "clickstack_webhooks",
        "clickstack_saved_searches",
        "clickstack_dashboards",
        "clickstack_alerts",
    }
)
_ALERTS = [case for case in CASES if case.kind == "clickstack_alerts"]
_POLICY = {
    "allow_deny": "ALLOW",
    "permissions": ["control-plane:service:view"],
    "resources": ["instance/${services.clicks.id}"],
}


async def _exported(cloud: AsyncClickHouseCloud, *, but: frozenset[str] = frozenset()) -> str:
    selection = Selection(only=KINDS_OF_IT - but)
    return (await ENGINE.export([cloud], "staging", selection)).to_yaml()


def _read(text: str) -> Description:
    secrets = dict.fromkeys(re.findall(r"env: (\w+)", text), str(HOOK["url"]["secret"]))
    return load(KINDS, [read_text(text, "export")], Inputs(secrets))


async def test_an_export_makes_the_same_again(harness: Harness) -> None:
    """Applied to an organisation with nothing in it, an export makes what exports the same."""
    await _furnish(harness)
    text = await _exported(harness.cloud)
    assert (await ENGINE.plan([harness.cloud], _read(text), PlanOptions())).items == ()
    assert "${clickstack_sources.clicks/logs.id}" in text
    assert "${clickstack_webhooks.clicks/slack/ops.id}" in text
    assert "instance/${services.clicks.id}" in text
    assert "data_warehouse_id: ${services.clicks.data_warehouse_id}" in text
    assert "backup_start_time: 02:00" in text.replace("'", "")

    with open_emulator([]) as emulator:
        async with open_client(emulator) as other:
            plan = await ENGINE.plan([other], _read(text), PlanOptions())
            report = await ENGINE.apply([other], plan, Options())
            report.raise_for_failures()
            assert await _exported(other) == text


async def _furnish(harness: Harness) -> None:
    document = f"""
fleet: staging
services:
  - name: clicks
    backup_configuration: {{backup_start_time: "02:00", backup_retention_period_in_hours: 48}}
    upgrade_window: {{weekday: 2, start_hour_utc: 6}}
  - name: views
  - name: reader
    provider: aws
    region: ap-southeast-1
    is_readonly: true
    data_warehouse_id: ${{services.clicks.data_warehouse_id}}
roles:
  - {{name: readers, policies: [{_flow(_POLICY)}]}}
"""
    described = load(KINDS, [read_text(document, "text")], Inputs({})).resources
    alerts = [harness.describe(case.kind, {**case.fields, "name": case.id}) for case in _ALERTS]
    await harness.apply(
        *described,
        harness.describe(
            "api_keys", {"name": "reader", "roles": ["readers"], "ip_access_list": []}
        ),
        harness.describe("clickstack_sources", LOGS),
        harness.describe("clickstack_webhooks", HOOK),
        harness.describe("clickstack_saved_searches", ERRORS),
        harness.describe("clickstack_dashboards", DASHBOARD),
        *alerts,
    )


def _flow(value: Mapping[str, object]) -> str:
    return "{" + ", ".join(f"{name}: {item}" for name, item in value.items()) + "}"
