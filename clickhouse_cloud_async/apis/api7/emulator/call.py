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
        world: What it works on.
        path: Where in the store the request leads.
        parameters: Path parameters by name.
        query: Query parameters by name, defaults filled in.
        body: The JSON body; empty where none was sent.
        user_id: Id of the user whose token was sent.
    """

    world: World
    path: Path
    parameters: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any = attrs.field(repr=False)
    user_id: str

    @classmethod
    def of(cls, context: Context) -> Call:
        """Make the call of a request that was authorised and validated."""
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
        """Every document."""
        return self.world.store

    @property
    def place(self) -> Place:
        """The value that state machines act on."""
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
    """Draw an id: a number of 18 digits, as text."""
    return str(world.random.randrange(10**17, 10**18))


def kept(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the fields of a body that are stored; others are ignored."""
    return {name: body[name] for name in names if name in body and body[name] is not None}
