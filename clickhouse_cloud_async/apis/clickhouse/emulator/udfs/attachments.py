"""Attachments of functions to services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.registry import REGISTRY, on_state, timer
from clickhouse_cloud_async.emulation.problems import Problem, conflict, not_found
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.transitions import GONE, Transition

from .versions import attachments_of, versions_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.apis.clickhouse.emulator.call import Call
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

LIMIT = 50
"""Maximum number of functions that can be attached to a service."""

_END: Final = "udf.end"

_AT_REST = frozenset({"stopping", "stopped", "idle", "terminating"})
"""States of a service in which its functions do not run."""

_CODES = {"idle": "SERVICE_IDLE", "stopped": "SERVICE_STOPPED"}


def _note_end(organization: Organization, path: Path, state: str) -> None:
    if state == GONE:
        organization.world.timers.set(path[:-2], _END, organization.world.elapsed)


@timer(_END)
def _end_function(organization: Organization, path: Path) -> None:
    """Remove a deleted function after its last attachment."""
    is_deleted = organization.world.store.document(path)["_isDeleted"]
    if is_deleted and not attachments_of(organization, path[-1]):
        organization.world.store.remove(path)


STATES = StateMachine(
    REGISTRY,
    "udf_attachment",
    {"provisioning": Transition("deployed", 30.0), "deprovisioning": Transition(GONE, 20.0)},
    field="status",
    entered=_note_end,
)


def check_running(service: JsonObject) -> None:
    """Check that a service runs.

    Raises:
        Problem: 424 if it does not, with advice for the client.
    """
    state = service["state"]
    if state != "running":
        raise Problem(
            424,
            f"the service has to be running. Current state: {state}",
            details={
                "code": _CODES.get(state, "SERVICE_NOT_RUNNING"),
                "serviceState": state,
                "canWake": state == "idle",
            },
        )


def check_settled(attachment: JsonObject) -> None:
    """Check that an attachment is not in transition.

    Raises:
        Problem: 409 if it is.
    """
    if attachment["status"] in STATES.transitions:
        raise conflict(f"the attachment is {attachment['status']}")


def check_room(organization: Organization, service_id: str) -> None:
    """Check that one more function can be attached to a service.

    Raises:
        Problem: 422 if its limit is reached.
    """
    if sum(1 for _ in _attached(organization, service_id)) >= LIMIT:
        raise Problem(422, f"no more than {LIMIT} functions can be attached to a service")


def choose_version(call: Call) -> int:
    """Return the version to attach: the requested one, or the newest that is ready.

    Raises:
        Problem: 404 if the version does not exist, 409 if it or every version is not ready.
    """
    name, wanted = call.parameters["functionName"], call.body.get("version")
    versions = versions_of(call.organization, name)
    if wanted is None:
        ready = [v["version"] for v in versions.values() if v["status"] == "ready"]
        if not ready:
            raise conflict(f"no version of udf {name} is ready")
        return int(max(ready))
    version = versions.get(str(wanted))
    if version is None:
        raise not_found(f"version {wanted} of udf {name}")
    if version["status"] != "ready":
        raise conflict(f"version {wanted} of udf {name} is not ready: {version['status']}")
    return int(wanted)


@on_state("service")
def _follow_service(organization: Organization, path: Path, state: str) -> None:
    """Suspend and resume attachments with their service, and delete them with it."""
    for attached in list(_attached(organization, path[-1])):
        status = organization.world.store.document(attached)["status"]
        if state == GONE:
            organization.world.store.remove(attached)
            _note_end(organization, attached, GONE)
        elif state in _AT_REST and status in {"provisioning", "deployed"}:
            STATES.enter(organization, attached, "standby")
        elif state == "running" and status == "standby":
            STATES.enter(organization, attached, "deployed")


def _attached(organization: Organization, service_id: str) -> Iterator[Path]:
    """Yield the paths of the attachments to a service."""
    for name in organization.collection("udfs"):
        attachments = attachments_of(organization, name)
        if service_id in attachments:
            yield (*attachments.path, service_id)
