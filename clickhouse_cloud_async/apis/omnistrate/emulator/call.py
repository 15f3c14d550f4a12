"""The argument of handlers of operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.emulation.problems import not_found
from clickhouse_cloud_async.emulation.store import name_of

from . import ids
from .place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clickhouse_cloud_async.emulation.context import Context
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path, Store
    from clickhouse_cloud_async.emulation.world import World


@attrs.frozen
class Call:
    """A call of an operation, after all checks.

    Args:
        world: The emulator's documents and time.
        path: The path of the request's target in the store; empty if the target is not stored.
        parameters: Path parameters by name.
        query: Query parameters by name, with defaults.
        body: The JSON body; empty if none was sent.
        content: The body's bytes.
        headers: Headers of the request, with case-insensitive names.
        user_id: ID of the caller; empty for operations that need no token.
        url: The base URL that the caller used.
    """

    world: World
    path: Path
    parameters: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    user_id: str
    url: str

    @classmethod
    def of(cls, context: Context) -> Call:
        """Create the call of a request that was authorised and validated."""
        return cls(
            context.world,
            context.path,
            context.parameters,
            context.query,
            _known(context),
            context.incoming.body,
            context.incoming.headers,
            "" if context.identity is None else context.identity[-1],
            context.incoming.url,
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
    def now(self) -> str:
        """The emulated time in the format of the API."""
        return ids.now(self.world)

    @property
    def user(self) -> JsonObject:
        """The caller."""
        return self.store.document(("users", self.user_id))

    @property
    def org_id(self) -> str:
        """Id of the caller's organisation."""
        org: str = self.user["orgId"]
        return org

    def new_id(self, prefix: str) -> str:
        """Generate an ID with a prefix."""
        return ids.new_id(self.world, prefix)

    def get(self, collection: str, key: str) -> JsonObject:
        """Return a resource of the caller's organisation.

        Raises:
            Problem: 404 if it does not exist.
        """
        found = self.store.find((collection, key))
        if found is None or found.get("_org") != self.org_id:
            raise not_found(name_of((collection, key)))
        return found

    def all(self, collection: str, **fields: object) -> Iterator[JsonObject]:
        """Yield the resources of the caller's organisation in a collection, for reading.

        Args:
            collection: Name of the collection.
            **fields: Required values of fields.
        """
        org = self.org_id
        for document in self.store.collection((collection,)).peek_all().values():
            if document.get("_org") == org and matches(document, fields):
                yield document


def _known(context: Context) -> JsonObject:
    """Return the fields of a body that the contract contains; the API ignores all others."""
    schema = context.located.body
    if schema is None:
        return {}
    known = context.world.contract.resolve(schema).get("properties", {})
    return {name: value for name, value in context.body.items() if name in known}


def matches(document: Mapping[str, Any], fields: Mapping[str, object]) -> bool:
    """Return whether fields of a document have certain values."""
    return all(document.get(name) == value for name, value in fields.items())


def kept(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return the sent fields of a body that are stored."""
    return {name: body[name] for name in names if name in body}
