"""Quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.quotas import QUOTAS, quota
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("organizationQuotasGetList")
def list_quotas(call: Call) -> list[JsonObject]:
    """List the quotas."""
    return [quota(call.organization, code) for code in QUOTAS]


@operation("organizationQuotaGet")
def get_quota(call: Call) -> JsonObject:
    """Show a quota."""
    return quota(call.organization, call.parameters["quotaCode"])
