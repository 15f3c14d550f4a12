"""What has to happen so that what there is becomes what is described."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .diff import FieldChange


class PlanKind(StrEnum):
    """What is to become of a resource."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    REFUSED = "refused"


_SIGNS: Mapping[PlanKind, str] = {
    PlanKind.ADD: "+",
    PlanKind.CHANGE: "~",
    PlanKind.REMOVE: "-",
    PlanKind.REFUSED: "!",
}


class Description(Protocol):
    """What is described, as the engine knows it."""

    @property
    def name(self) -> str:
        """Its name, which the resources that belong to it carry."""
        ...


@attrs.frozen(kw_only=True)
class ResourcePlan:
    """What is to become of one resource; each kind has a subclass.

    Attributes:
        kind: Whether it is added, changed or removed, or cannot become what it should.
        name: Its name.
        organization_id: ID of its organisation.
        resource_id: Its ID; None where it is not there yet.
        state: Its state; None where it is not there yet.
        changes: What changes, field by field.
        adopts: Whether it was made elsewhere and becomes a part of the fleet.
        reason: Why it is refused.
        wanted: The fields that the document names.
    """

    id_name: ClassVar[str] = "resource_id"
    """What the ID is called as JSON has it."""

    volatile_fields: ClassVar[frozenset[str]] = frozenset()
    """Fields that may change by themselves after the plan was made."""

    kind: PlanKind
    name: str
    organization_id: str
    resource_id: str | None = None
    state: str | None = None
    changes: tuple[FieldChange, ...] = ()
    adopts: bool = False
    reason: str | None = None
    wanted: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)

    @property
    def commands(self) -> tuple[str, ...]:
        """The requests that carry it out, in order."""
        raise NotImplementedError

    @property
    def is_leaving(self) -> bool:
        """Whether the resource is on its way out already."""
        raise NotImplementedError

    @property
    def identity(self) -> tuple[object, ...]:
        """What two plans have in common that are about the same resource."""
        if self.kind is PlanKind.REMOVE:
            return self.kind, self.resource_id
        return self.organization_id, self.name

    def to_dict(self) -> dict[str, object]:
        """The plan of the resource as JSON has it."""
        return {
            "kind": str(self.kind),
            "name": self.name,
            "organization_id": self.organization_id,
            self.id_name: self.resource_id,
            "state": self.state,
            "adopts": self.adopts,
            "reason": self.reason,
            "changes": [change.to_dict() for change in self.changes],
            "commands": list(self.commands),
        }

    def __str__(self) -> str:
        known = [self.resource_id, self.state if self.kind is PlanKind.REMOVE else None]
        notes = [text for text in known if text]
        if self.adopts:
            notes.append("made elsewhere, becomes a part of the fleet")
        head = f"{_SIGNS[self.kind]} {self.name}" + (f" ({', '.join(notes)})" if notes else "")
        if self.reason:
            head += f": {self.reason}"
        return "\n".join((head, *(f"    {change}" for change in self.changes)))


R = TypeVar("R", bound=ResourcePlan)
D = TypeVar("D", bound=Description)


@attrs.frozen(kw_only=True)
class PlanOf(Generic[D, R]):
    """What has to happen so that everything is as it is described.

    Attributes:
        desired: What is described.
        items: What is to become of each resource of which something is.
    """

    items_name: ClassVar[str] = "items"
    """What the resources are called as JSON has them."""

    desired: D
    items: tuple[R, ...]

    @property
    def additions(self) -> tuple[R, ...]:
        """Resources that are not there yet."""
        return self._of(PlanKind.ADD)

    @property
    def changes(self) -> tuple[R, ...]:
        """Resources that change."""
        return self._of(PlanKind.CHANGE)

    @property
    def removals(self) -> tuple[R, ...]:
        """Resources of the fleet that the document does not name."""
        return self._of(PlanKind.REMOVE)

    @property
    def refused(self) -> tuple[R, ...]:
        """Resources that cannot become what they should, each with its reason."""
        return self._of(PlanKind.REFUSED)

    @property
    def is_empty(self) -> bool:
        """Whether everything is as described."""
        return not self.items

    @property
    def requests(self) -> int:
        """How many requests change something, removals included.

        Looking whether the plan still holds, and waiting, take a few more.
        """
        return sum(len(item.commands) for item in self.items)

    def to_dict(self) -> dict[str, object]:
        """The plan as JSON has it."""
        return {
            "fleet": self.desired.name,
            "is_empty": self.is_empty,
            "requests": self.requests,
            self.items_name: [item.to_dict() for item in self.items],
        }

    def __str__(self) -> str:
        if self.is_empty:
            return f"fleet {self.desired.name}: everything is as described"
        counts = [
            (len(self.additions), "to add"),
            (len(self.changes), "to change"),
            (len(self.removals), "to remove"),
            (len(self.refused), "refused"),
        ]
        summary = ", ".join(f"{count} {what}" for count, what in counts if count)
        requests = "1 request" if self.requests == 1 else f"{self.requests} requests"
        head = f"fleet {self.desired.name}: {summary}; {requests}"
        return "\n".join((head, *map(str, self.items)))

    def _of(self, kind: PlanKind) -> tuple[R, ...]:
        return tuple(item for item in self.items if item.kind is kind)
