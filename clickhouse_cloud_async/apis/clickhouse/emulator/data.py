"""The interface to the data of services, if there is any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

import attrs

from .registry import on_create, on_state, timer

_PIPE = "clickpipe.look"

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

    from .organization import Organization


@attrs.frozen(kw_only=True)
class Activity:
    """The real usage of a service since its creation.

    Args:
        selects: Number of queries.
        inserts: Number of inserts.
        others: Number of other statements.
        failed: Number of failed statements of all kinds.
        rows: Number of written rows.
        written_bytes: Their bytes.
        read_rows: Number of read rows.
        read_bytes: Their bytes.
        nanoseconds: Total duration of all statements.
        processor: Processor time of the engine, in nanoseconds.
        received: Bytes of received statements and their data.
        sent: Bytes of sent results.
        running: Number of running statements.
        http: Number of connections of the HTTP interface.
        tcp: Number of connections of the native protocol.
        stored: Bytes of its data.
        memory: Bytes of memory in use.
    """

    selects: int
    inserts: int
    others: int
    failed: int
    rows: int
    written_bytes: int
    read_rows: int
    read_bytes: int
    nanoseconds: int
    processor: int
    received: int
    sent: int
    running: int
    http: int
    tcp: int
    stored: int
    memory: int


class DataPlane(Protocol):
    """The interface of the engines behind services to the rest of the emulator."""

    @property
    def is_running(self) -> bool:
        """Whether services can be queried."""
        ...

    def endpoint(self, path: Path) -> JsonObject | None:
        """Return the address at which a service listens, for its endpoints; None if it does not."""
        ...

    def is_busy(self, path: Path) -> bool:
        """Return whether a query of a service is under way."""
        ...

    def open(self, path: Path) -> None:
        """Open the port of a service."""
        ...

    def note_state(self, path: Path, state: str) -> None:
        """Handle a state that a service has entered."""
        ...

    def back_up(self, path: Path, backup: JsonObject) -> None:
        """Copy the current data of a service to a backup."""
        ...

    def restore(self, path: Path, backup: JsonObject) -> None:
        """Restore the data of a backup in a new service."""
        ...

    def activity(self, path: Path) -> Activity:
        """Return the real usage of a service."""
        ...

    def run_pipe(self, path: Path) -> float | None:
        """Move the data of a pipe; return the time of the next run."""
        ...


def data_plane(world: World) -> DataPlane | None:
    """Return the engines behind services; None if there are none, or they do not run."""
    plane = cast("DataPlane | None", world.companion)
    return plane if plane is not None and plane.is_running else None


def endpoints(world: World, path: Path, service: JsonObject) -> list[JsonObject]:
    """Return the endpoints of a service in the API, with its actual address if it listens.

    Args:
        world: The emulator's documents and time.
        path: Its path.
        service: The service.
    """
    plane = data_plane(world)
    found = None if plane is None else plane.endpoint(path)
    shown: list[JsonObject] = service["endpoints"]
    if found is None:
        return shown
    return [each | found if each["protocol"] == "https" else each for each in shown]


def activity(world: World, path: Path) -> Activity | None:
    """Return the real usage of a service; None if it is unknown.

    Args:
        world: The emulator's documents and time.
        path: Its path.
    """
    plane = data_plane(world)
    return None if plane is None else plane.activity(path)


def is_busy(world: World, path: Path) -> bool:
    """Return whether a query of a service is under way."""
    plane = data_plane(world)
    return plane is not None and plane.is_busy(path)


def restore(world: World, path: Path, backup: JsonObject) -> None:
    """Restore the data of a backup in a new service.

    Args:
        world: The emulator's documents and time.
        path: Its path.
        backup: The backup.
    """
    plane = data_plane(world)
    if plane is not None:
        plane.restore(path, backup)


@on_create("service")
def _open(organization: Organization, path: Path) -> None:
    plane = data_plane(organization.world)
    if plane is not None:
        plane.open(path)


@on_state("service")
def _note_state(organization: Organization, path: Path, state: str) -> None:
    plane = data_plane(organization.world)
    if plane is not None:
        plane.note_state(path, state)


@on_state("backup")
def _back_up(organization: Organization, path: Path, state: str) -> None:
    plane = data_plane(organization.world)
    if plane is not None and state == "in_progress":
        plane.back_up(path[:-2], organization.world.store.document(path))


@on_state("clickpipe")
def _run_pipe(organization: Organization, path: Path, state: str) -> None:
    if state == "Running":
        _move(organization, path)


@timer(_PIPE)
def _move(organization: Organization, path: Path) -> None:
    """Move the data of a pipe, repeatedly as long as it runs."""
    plane = data_plane(organization.world)
    if plane is None or organization.world.store.document(path)["state"] != "Running":
        return
    interval = plane.run_pipe(path)
    if interval is not None:
        organization.world.timers.set(path, _PIPE, organization.world.elapsed + interval)
