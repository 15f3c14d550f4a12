"""The document while it is being created."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from .names import Names
    from .notes import Ledger, Notes


_NAMES = ("name", "description", "function_name", "function", "role", "postgres")
"""The fields with the name of a resource; the first that a resource has is used."""


@attrs.define
class Draft:
    """The document while it is being created.

    Attributes:
        names: The names of the resources of IDs in the state.
        ledger: The notes about the conversion.
        clickstack_service: The service of all resources of ClickStack, which states do not contain.
        kinds: The resources so far, by kind.
    """

    names: Names
    ledger: Ledger
    clickstack_service: str | None = None
    kinds: dict[str, list[dict[str, Any]]] = attrs.field(factory=dict[str, "list[dict[str, Any]]"])
    _open: dict[tuple[str, str], dict[str, Any]] = attrs.field(
        factory=dict["tuple[str, str]", "dict[str, Any]"]
    )
    _identities: set[tuple[str, str, str]] = attrs.field(factory=set["tuple[str, str, str]"])

    def add(self, notes: Notes, kind: str, fields: dict[str, Any], id_: object = None) -> None:
        """Add a resource.

        Args:
            notes: Notes of the resource.
            kind: Its kind.
            fields: Its fields.
            id_: Its ID, if others may add fields to it.
        """
        name = next((fields[name] for name in _NAMES if name in fields), None)
        identity = (kind, str(fields.get("service")), str(name))
        if identity in self._identities:
            notes.lose(None, f"another of the {kind} is called {name!r}, and names find them")
            return
        self._identities.add(identity)
        if id_ is not None:
            self._open[kind, str(id_)] = fields
        self.kinds.setdefault(kind, []).append(fields)

    def fold(self, notes: Notes, kind: str, id_: object, fields: dict[str, Any]) -> None:
        """Add fields to another resource; if it is not in the state, only these are managed.

        Args:
            notes: Notes of the resource that has the fields.
            kind: The kind of the other resource.
            id_: Its ID.
            fields: The fields.
        """
        known = self._open.get((kind, str(id_)))
        if known is None:
            name = self.names.find(kind, id_)
            if name is None:
                what = f"{kind} {id_}"
                notes.lose(
                    None, f"the state does not contain the name of {what}, where it belongs to"
                )
                return
            known = {"name": name}
            self.add(notes, kind, known, id_)
        known |= fields

    def named(self, notes: Notes, attribute: str, kind: str, id_: object) -> str:
        """Return the name of another resource, or its ID if the state does not contain the name.

        Args:
            notes: Notes of the resource that has the ID.
            attribute: The attribute with the ID.
            kind: The kind of the other resource.
            id_: The ID.
        """
        name = self.names.find(kind, id_)
        if name is None:
            notes.lose(
                attribute, f"the state does not contain the name of {id_}: the id stands there"
            )
            return str(id_)
        return notes.refer(attribute, name)

    def service(self, notes: Notes, id_: object) -> str:
        """Return the name of a service, or its ID if the state does not contain the name.

        Args:
            notes: Notes of the resource that belongs to the service.
            id_: Its id.
        """
        return self.named(notes, "service_id", "services", id_)

    def refer(
        self, notes: Notes, attribute: str, kind: str, id_: object, output: str = "id"
    ) -> Any:
        """Return a reference in place of an ID, or the ID itself if its name is unknown.

        Args:
            notes: Notes of the resource that has the ID.
            attribute: The attribute with the ID.
            kind: The kind of the other resource.
            id_: The ID.
            output: The referenced attribute of the other resource; by default its ID.
        """
        reference = self.names.reference(kind, id_, output)
        if reference is None:
            return id_
        notes.refer(attribute, str(reference))
        return reference
