"""The document while it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from .names import Names
    from .notes import Ledger, Notes


_NAMES = ("name", "description", "function_name", "function", "role", "postgres")
"""The fields that name resources; the first that a resource has."""


@attrs.define
class Draft:
    """The document while it is made.

    Attributes:
        names: What the ids of the state stand for.
        ledger: What is noted on the way.
        clickstack_service: The service of all resources of ClickStack, which no state tells.
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
            id_: Its id, where others may add fields to it.
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
        """Add fields to another resource; of one that is not in the state only these are managed.

        Args:
            notes: Notes of the resource that the fields are from.
            kind: The kind of the other.
            id_: Its id.
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
        """Return the name of another resource; its id where the state does not contain the name.

        Args:
            notes: Notes of the resource that has the id.
            attribute: The attribute that holds it.
            kind: What it is the id of.
            id_: The id.
        """
        name = self.names.find(kind, id_)
        if name is None:
            notes.lose(
                attribute, f"the state does not contain the name of {id_}: the id stands there"
            )
            return str(id_)
        return notes.refer(attribute, name)

    def service(self, notes: Notes, id_: object) -> str:
        """Return the name of a service; its id where the state does not contain the name.

        Args:
            notes: Notes of the resource that belongs to the service.
            id_: Its id.
        """
        return self.named(notes, "service_id", "services", id_)

    def refer(
        self, notes: Notes, attribute: str, kind: str, id_: object, output: str = "id"
    ) -> Any:
        """Return a reference in place of an id; the id itself where its name is not known.

        Args:
            notes: Notes of the resource that has the id.
            attribute: The attribute that holds it.
            kind: What it is the id of.
            id_: The id.
            output: What the other resource shows there; by default the id.
        """
        reference = self.names.reference(kind, id_, output)
        if reference is None:
            return id_
        notes.refer(attribute, str(reference))
        return reference
