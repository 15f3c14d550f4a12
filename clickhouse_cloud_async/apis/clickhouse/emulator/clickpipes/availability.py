"""ClickPipes can be reached while their service runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.emulation.problems import Problem

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject

SERVING: Final = frozenset({"running", "degraded", "partially_running"})
"""The states in which a service takes what its pipes bring."""


REACHED: Final = frozenset({"running", "degraded"})
"""The states in which requests about pipes are answered; in what is partially running they wait."""


def check(service: JsonObject) -> None:
    """Check that a service runs.

    Raises:
        Problem: 424 where it does not run.
    """
    if service["state"] not in REACHED:
        raise Problem(
            424,
            "FAILED_DEPENDENCY: ClickPipes work only while their service is running."
            f" Current state: {service['state']}",
        )


def context(service: JsonObject) -> JsonObject:
    """Return what a service offers to its pipes, such as an account of Google Cloud."""
    supported = service["provider"] == "gcp"
    account = f"clickpipes-{service['id'][:8]}@clickhouse.example.iam.gserviceaccount.com"
    return {
        "gcpWorkloadIdentity": {
            "supported": supported,
            "ready": True if supported else None,
            "principal": account if supported else None,
        }
    }
