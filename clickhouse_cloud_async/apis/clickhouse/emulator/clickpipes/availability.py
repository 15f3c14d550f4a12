"""ClickPipes can be reached while their service runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.emulation.problems import Problem

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject

SERVING: Final = frozenset({"running", "degraded", "partially_running"})
"""The states in which a service accepts data from its pipes."""


REACHED: Final = frozenset({"running", "degraded"})
"""The states in which requests for pipes succeed; pipes wait while the service runs partially."""


def check(service: JsonObject) -> None:
    """Check that a service runs.

    Raises:
        Problem: 424 if it does not run.
    """
    if service["state"] not in REACHED:
        raise Problem(
            424,
            "FAILED_DEPENDENCY: ClickPipes work only while their service is running."
            f" Current state: {service['state']}",
        )


def context(service: JsonObject) -> JsonObject:
    """Return what a service provides for its pipes, such as a Google Cloud account."""
    supported = service["provider"] == "gcp"
    account = f"clickpipes-{service['id'][:8]}@clickhouse.example.iam.gserviceaccount.com"
    return {
        "gcpWorkloadIdentity": {
            "supported": supported,
            "ready": True if supported else None,
            "principal": account if supported else None,
        }
    }
