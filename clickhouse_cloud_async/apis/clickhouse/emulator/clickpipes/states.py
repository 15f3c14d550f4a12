"""The states of pipes, which depend on their source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.registry import REGISTRY, on_state
from clickhouse_cloud_async.emulation.problems import bad_request
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.transitions import GONE, Transition

from . import cdc_scaling
from .availability import SERVING
from .sources import KINDS, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

_KIND = "clickpipe"
_PROVISIONING = 60.0
_SNAPSHOT = 120.0

_STREAM: Mapping[str, Transition] = {
    "Provisioning": Transition("Running", _PROVISIONING),
    "Stopping": Transition("Stopped", 10.0),
}
_DATABASE: Mapping[str, Transition] = {
    "Provisioning": Transition("Setup", _PROVISIONING),
    "Setup": Transition("Snapshot", 30.0),
    "Snapshot": Transition("Running", _SNAPSHOT),
    "Resync": Transition("Running", _SNAPSHOT),
    "Modifying": Transition("Running", 30.0),
    "Pausing": Transition("Paused", 15.0),
}
_ONCE = Transition("Completed", _SNAPSHOT)


def _provisioned(organization: Organization, path: Path, state: str) -> None:
    if state == "Setup":
        cdc_scaling.provide(organization, path[:-2])


MACHINES: Mapping[str, StateMachine[Organization]] = {
    "stream": StateMachine(REGISTRY, _KIND, _STREAM, variant="stream"),
    "files": StateMachine(REGISTRY, _KIND, {**_STREAM, "Running": _ONCE}, variant="files"),
    "changes": StateMachine(
        REGISTRY,
        _KIND,
        {**_DATABASE, "Setup": Transition("Running", 30.0)},
        entered=_provisioned,
        variant="changes",
    ),
    "snapshot": StateMachine(
        REGISTRY,
        _KIND,
        {
            **_DATABASE,
            "Snapshot": _ONCE,
            "Resync": _ONCE,
            "Modifying": Transition("Snapshot", 30.0),
        },
        entered=_provisioned,
        variant="snapshot",
    ),
    "database": StateMachine(REGISTRY, _KIND, _DATABASE, entered=_provisioned, variant="database"),
}
"""The state machines of pipes.

Streams never end, and neither do continuous files; other files do. A database is loaded and its
changes are then replicated; a pipe can also only load it, or only replicate its changes.
"""

_BY_MODE: Mapping[str, str] = {"cdc": "database", "cdc_only": "changes", "snapshot": "snapshot"}
_AT_REST: Final = frozenset({"Stopped", "Paused", "Completed", "Failed", "InternalError"})
_RESUMABLE: Final = frozenset(
    {"Provisioning", "Setup", "Snapshot", "Resync", "Modifying", "Running", "Completed"}
)
_AT_WORK: Final = frozenset({"Running", "Modifying"})
_STARTABLE: Final = frozenset({"Stopped", "Paused", "Failed"})
_RESYNCED: Final = frozenset({"postgres", "mysql"})

_RESUMES = "_resumes"
"""The property with the state in which a paused pipe resumes."""

_HELD = "_held"
"""The property with the state in which a pipe resumes when its service runs again."""


def machine(pipe: JsonObject) -> StateMachine[Organization]:
    """Return the state machine of a pipe."""
    kind = kind_of(pipe["source"])
    source = pipe["source"][kind]
    if kind == "bigquery":
        return MACHINES["snapshot"]
    if KINDS[kind].is_database:
        return MACHINES[_BY_MODE[source["settings"]["replicationMode"]]]
    if kind == "objectStorage" and not source["isContinuous"]:
        return MACHINES["files"]
    return MACHINES["stream"]


def is_database(pipe: JsonObject) -> bool:
    """Return whether the source of a pipe is a database."""
    return KINDS[kind_of(pipe["source"])].is_database


def enter(organization: Organization, path: Path, state: str) -> None:
    """Set the state of a pipe."""
    machine(organization.world.store.document(path)).enter(organization, path, state)


def command(organization: Organization, path: Path, name: str) -> None:
    """Start, stop or resync a pipe.

    Args:
        organization: Its organisation.
        path: Its path.
        name: The command.

    Raises:
        Problem: 400 if the pipe or its state does not allow it.
    """
    pipe = organization.world.store.document(path)
    if name == "start":
        _start(organization, path, pipe)
    elif name == "stop":
        _stop(organization, path, pipe)
    elif kind_of(pipe["source"]) in _RESYNCED:
        enter(organization, path, "Resync")
    else:
        raise bad_request("command: resync is only for pipes of Postgres and MySQL")


def _start(organization: Organization, path: Path, pipe: JsonObject) -> None:
    if pipe["state"] in _AT_WORK:
        raise bad_request("command: ClickPipe is already running")
    if pipe["state"] not in _STARTABLE:
        raise bad_request(
            f"command: only a stopped or failed pipe starts. Current state: {pipe['state']}"
        )
    resumed = pipe.pop(_RESUMES, "Provisioning")
    enter(organization, path, resumed if pipe["state"] == "Paused" else "Provisioning")


def _stop(organization: Organization, path: Path, pipe: JsonObject) -> None:
    state = pipe["state"]
    if is_database(pipe):
        if state not in {"Pausing", "Paused"}:
            pipe[_RESUMES] = state if state in _RESUMABLE else "Provisioning"
            enter(organization, path, "Pausing")
    elif state not in {"Stopping", "Stopped"}:
        enter(organization, path, "Stopping")


def modify(organization: Organization, path: Path, *, resumes: bool) -> None:
    """Apply a change of the source to a pipe of a database.

    Args:
        organization: Its organisation.
        path: Its path.
        resumes: Whether a paused pipe resumes by itself afterwards.
    """
    pipe = organization.world.store.document(path)
    at_work = {"Running", "Completed", *(["Paused"] if resumes else [])}
    if is_database(pipe) and pipe["state"] in at_work:
        pipe.pop(_RESUMES, None)
        enter(organization, path, "Modifying")


def remove(organization: Organization, path: Path) -> None:
    """End a pipe."""
    organization.world.store.document(path)
    REGISTRY.entered(_KIND, organization, path, GONE)
    organization.world.store.remove(path)


@on_state("service")
def _follow_service(organization: Organization, path: Path, state: str) -> None:
    """Suspend pipes while their service does not run, and delete them with it."""
    for pipe_id in list(organization.world.store.collection((*path, "clickpipes"))):
        pipe_path = (*path, "clickpipes", pipe_id)
        if state == GONE:
            remove(organization, pipe_path)
        elif state in SERVING:
            _release(organization, pipe_path)
        else:
            _hold(organization, pipe_path)


def _hold(organization: Organization, path: Path) -> None:
    pipe = organization.world.store.document(path)
    if pipe["state"] in _AT_REST:
        return
    if pipe["state"] not in {"Stopping", "Pausing"}:
        pipe[_HELD] = pipe["state"]
    enter(organization, path, "Paused" if is_database(pipe) else "Stopped")


def _release(organization: Organization, path: Path) -> None:
    held = organization.world.store.document(path).pop(_HELD, None)
    if held is not None:
        enter(organization, path, held)
