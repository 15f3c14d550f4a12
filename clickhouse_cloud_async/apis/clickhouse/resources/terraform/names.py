"""Names of the resources of IDs in a state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.desired.references import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .state import State, StateResource

_KINDS: Mapping[str, tuple[str, str]] = {
    "clickhouse_service": ("services", "name"),
    "clickhouse_postgres_service": ("postgres", "name"),
    "clickhouse_role": ("roles", "name"),
    "clickhouse_user": ("members", "email"),
    "clickhouse_api_key_id": ("api_keys", "name"),
    "clickhouse_clickpipes_reverse_private_endpoint": ("reverse_private_endpoints", "description"),
    "clickhouse_clickstack_source": ("clickstack_sources", "name"),
    "clickhouse_clickstack_saved_search": ("clickstack_saved_searches", "name"),
    "clickhouse_clickstack_webhook": ("clickstack_webhooks", "service/name"),
}
"""Types whose IDs occur in other resources: their kind, and the attributes with their names."""

_LISTS: Mapping[str, tuple[str, str, str]] = {
    "clickhouse_services": ("services", "services", "name"),
    "clickhouse_postgres_services": ("services", "postgres", "name"),
    "clickhouse_roles": ("roles", "roles", "name"),
}
"""Data sources with a list: its attribute, the kind, and the attribute with the names."""


@attrs.frozen
class Names:
    """The names of resources by ID.

    Attributes:
        known: The names, by kind and id.
        primaries: The id of the primary service of each warehouse.
        system_roles: The ids of the platform's own roles.
    """

    known: Mapping[tuple[str, str], str]
    primaries: Mapping[str, str]
    system_roles: frozenset[str]

    @classmethod
    def of(cls, state: State) -> Names:
        """Collect the names in a state.

        Args:
            state: The state.
        """
        return cls(dict(_names(state)), dict(_primaries(state)), frozenset(_system_roles(state)))

    def find(self, kind: str, id_: object) -> str | None:
        """Return the name of a resource; None if the state does not contain it.

        Args:
            kind: Its kind.
            id_: Its id.
        """
        return self.known.get((kind, str(id_)))

    def reference(self, kind: str, id_: object, output: str = "id") -> Reference | None:
        """Return a reference to a resource; None if the state does not contain its name.

        Args:
            kind: Its kind.
            id_: Its id.
            output: The referenced attribute; by default its ID.
        """
        name = self.find(kind, id_)
        # References cannot contain these characters.
        if name is None or '"' in name or "}" in name:
            return None
        return Reference(kind, name, output)


def _names(state: State) -> Iterator[tuple[tuple[str, str], str]]:
    # Managed resources come last, because the document describes them.
    for resource in (*state.data, *state.managed):
        yield from _named(resource)


def _named(resource: StateResource) -> Iterator[tuple[tuple[str, str], str]]:
    if resource.type in _KINDS:
        kind, attribute = _KINDS[resource.type]
        yield from _entry(kind, attribute, resource.values)
    elif resource.type in _LISTS:
        listed, kind, attribute = _LISTS[resource.type]
        for values in resource.values.get(listed) or ():
            yield from _entry(kind, attribute, values)


def _entry(kind: str, attribute: str, values: object) -> Iterator[tuple[tuple[str, str], str]]:
    if isinstance(values, Mapping):
        fields: Mapping[str, Any] = values
        parts = [fields.get(name) for name in attribute.split("/")]
        if fields.get("id") and all(parts):
            yield (kind, str(fields["id"])), "/".join(map(str, parts))


def _primaries(state: State) -> Iterator[tuple[str, str]]:
    for resource in (*state.data, *state.managed):
        values = resource.values
        if resource.type == "clickhouse_service" and values.get("is_primary"):
            yield str(values.get("warehouse_id")), str(values.get("id"))


def _system_roles(state: State) -> Iterator[str]:
    for resource in state.data:
        if resource.type == "clickhouse_role":
            listed = [resource.values]
        else:
            listed = (
                resource.values.get("roles") or [] if resource.type == "clickhouse_roles" else []
            )
        yield from (str(role.get("id")) for role in listed if role.get("type") == "system")
