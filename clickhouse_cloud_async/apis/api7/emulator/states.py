"""State machines, and the API's numbers of states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.store import public
from clickhouse_cloud_async.emulation.transitions import Transition

from .registry import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATE = "_status"

ENTITY = {"uninitialized": 0, "normal": 50, "deleted": 100}
"""Numbers of the states of applications, APIs and other resources in a control plane."""

CONTROL_PLANE = {
    "pending": 1,
    "creating": 2,
    "normal": 3,
    "create_failed": 4,
    "deleting": 5,
    "deleted": 6,
}
"""Numbers of the states of control planes."""


def _entity(kind: str) -> StateMachine[Any]:
    return StateMachine(REGISTRY, kind, {"uninitialized": Transition("normal", 2.0)}, field=_STATE)


CONTROL_PLANES: StateMachine[Any] = StateMachine(
    REGISTRY,
    "control_plane",
    {"pending": Transition("creating", 10.0), "creating": Transition("normal", 120.0)},
    field=_STATE,
)
APPLICATIONS = _entity("application")
APIS = _entity("api")
CERTIFICATES = _entity("certificate")
CANARY_RELEASES = _entity("canary_release")
SERVICE_REGISTRIES = _entity("service_registry")


def shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as the API shows it, with its state as a number."""
    numbers = CONTROL_PLANE if "org_id" in document else ENTITY
    return public(dict(document)) | {"status": numbers[document[_STATE]]}
