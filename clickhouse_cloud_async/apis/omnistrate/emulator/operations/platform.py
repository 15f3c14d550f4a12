"""Health and version of the API's two halves, and messages to the vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.omnistrate.emulator.registry import operation

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.emulator.call import Call
    from clickhouse_cloud_async.emulation.json_values import JsonObject


@operation("getRegistrationServiceHealth", "getConsumptionServiceHealth")
def health(_call: Call) -> JsonObject:
    """Report that this half of the API is healthy."""
    return {"status": "RUNNING"}


@operation("getRegistrationServiceVersion", "getConsumptionServiceVersion")
def version(_call: Call) -> JsonObject:
    """Return the invented version of this half of the API."""
    return {
        "apiVersion": "2022-09-01-00",
        "buildCommitSHA": "0" * 40,
        "buildTimestamp": "2026-01-05T09:00:00Z",
    }


@operation("requestDemo", "contactUs")
def write_to_sales(_call: Call) -> None:
    """Accept a message to the vendor, and discard it."""
