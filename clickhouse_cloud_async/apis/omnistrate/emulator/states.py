"""State machines of resources other than instances; typical durations are deduced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.transitions import GONE, Transition

from .registry import REGISTRY

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.store import Path

    from .place import Place

MESSAGES = {
    "PENDING": "waiting for access to be granted in the cloud",
    "VERIFYING": "verifying the access",
    "READY": "the access was verified",
    "FAILED": "the access could not be verified",
    "DELETING": "removing what was set up in the cloud",
    "READY_TO_OFFBOARD": "run the command that disconnects the account, then delete it again",
}
"""Messages about states of cloud accounts and domains; the words are invented."""


def _say(place: Place, path: Path, state: str) -> None:
    if state in MESSAGES:
        place.world.store.document(path)["statusMessage"] = MESSAGES[state]


NETWORKS: StateMachine[Any] = StateMachine(
    REGISTRY,
    "custom network",
    {
        "PENDING": Transition("DEPLOYING", 30.0),
        "DEPLOYING": Transition("READY", 180.0),
        "DELETING": Transition(GONE, 120.0),
    },
    field="status",
)

CLOUD_ACCOUNTS: StateMachine[Any] = StateMachine(
    REGISTRY,
    "cloud account",
    {
        "VERIFYING": Transition("READY", 60.0),
        "DELETING": Transition("READY_TO_OFFBOARD", 120.0),
    },
    field="status",
    entered=_say,
)
"""Transitions of an account, which stays ``PENDING`` until access is granted and verified."""

CUSTOM_DOMAINS: StateMachine[Any] = StateMachine(
    REGISTRY,
    "custom domain",
    {"VERIFYING": Transition("READY", 30.0)},
    field="status",
    entered=_say,
)
"""Transitions of a domain, which stays ``PENDING`` until its zone grants access."""

ORCHESTRATIONS: StateMachine[Any] = StateMachine(
    REGISTRY, "orchestration", {"DELETING": Transition(GONE, 300.0)}, field="status"
)
