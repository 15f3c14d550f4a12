"""The argument of handlers of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.emulation.clock import moment_at, timestamp

from .place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.emulation.context import Context
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Collection, Path, Store
    from clickhouse_cloud_async.emulation.world import World


@attrs.frozen
class Call:
    """A call of an operation, after all checks.

    Args:
        world: The emulator's documents and time.
        path: The path of the request's target in the store.
        parameters: Path parameters by name.
        query: Query parameters by name, with defaults.
        body: The JSON body; empty if none was sent.
        user_id: ID of the user whose token was sent.
    """

    world: World
    path: Path
    parameters: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any = attrs.field(repr=False)
    user_id: str

    @classmethod
    def of(cls, context: Context) -> Call:
        """Create the call of a request that was authorised and validated."""
        assert context.identity is not None, "every request has a user"
        return cls(
            context.world,
            context.path,
            context.parameters,
            context.query,
            context.body,
            context.identity[-1],
        )

    @property
    def store(self) -> Store:
        """The store of all documents."""
        return self.world.store

    @property
    def place(self) -> Place:
        """The scope of state machines."""
        return Place(self.world)

    @property
    def document(self) -> JsonObject:
        """The document at the path.

        Raises:
            Problem: 404 if it does not exist.
        """
        return self.store.document(self.path)

    @property
    def collection(self) -> Collection:
        """The collection at the path, which may be empty."""
        return self.store.collection(self.path)

    @property
    def now(self) -> str:
        """The emulated time in the format of the API."""
        return now(self.world)


def now(world: World) -> str:
    """The emulated time in the format of the API."""
    return timestamp(moment_at(world.elapsed))


def new_id(world: World) -> str:
    """Generate an ID: a number of 18 digits, as text."""
    return str(world.random.randrange(10**17, 10**18))


def kept(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the fields of a body that are stored; others are ignored."""
    return {name: body[name] for name in names if name in body and body[name] is not None}
