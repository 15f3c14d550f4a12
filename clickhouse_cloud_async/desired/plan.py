"""What has to happen so that what there is becomes what is described."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import attrs

from .durations import duration
from .inventory import joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from clickhouse_cloud_async.core.values import Secret

    from .description import Description
    from .diff import FieldChange
    from .known import Known
    from .recall import Recall
    from .usage import Usage


class PlanAction(StrEnum):
    """The action on a resource."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    REFUSED = "refused"


_SIGNS: Mapping[PlanAction, str] = {
    PlanAction.ADD: "+",
    PlanAction.CHANGE: "~",
    PlanAction.REMOVE: "-",
    PlanAction.REFUSED: "!",
}


@attrs.frozen(kw_only=True)
class PlanOptions:
    """Which part of a description a plan is about, and how.

    Attributes:
        only: The kinds that are planned; None for all.
        targets: The resources that are planned, as ``kind/name``, with what they depend on; None
            for all.
        destroy: Whether everything that is described is to go.
        resend: Resources whose secrets are sent again, as ``kind/name``.
        wake: Whether resources may be woken to be looked at.
    """

    only: frozenset[str] | None = None
    targets: frozenset[str] | None = None
    destroy: bool = False
    resend: frozenset[str] = frozenset()
    wake: bool = False


@attrs.frozen(kw_only=True)
class ResourcePlan:
    """The plan of one resource.

    Attributes:
        action: Whether it is added, changed or removed, or cannot become what it should.
        kind: Its kind.
        noun: What one of its kind is called.
        name: Its name.
        parent: The name of the resource that it lives in; None for none.
        organization_id: ID of its organisation or account.
        resource_id: Its ID; None where it is not there yet.
        state: Its state; None where it is not there yet, or has none.
        changes: What changes, field by field.
        adopts: Whether it was made elsewhere and becomes a part of the fleet.
        reason: Why it is refused, what it takes, or what cannot be known of it as yet.
        warnings: What its changes entail.
    """

    volatile_fields: ClassVar[frozenset[str]] = frozenset()
    """Fields that may change by themselves after the plan was made."""

    action: PlanAction
    kind: str
    noun: str
    name: str
    parent: str | None = None
    organization_id: str
    resource_id: str | None = None
    state: str | None = None
    changes: tuple[FieldChange, ...] = ()
    adopts: bool = False
    reason: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def commands(self) -> tuple[str, ...]:
        """The requests that carry it out, in order."""
        raise NotImplementedError

    @property
    def wait(self) -> float:
        """Seconds that pass after the requests until it is as described, usually."""
        return 0.0

    @property
    def is_foreign(self) -> bool:
        """Whether the resource was made elsewhere, and by no earlier run of the same fleet."""
        return self.adopts

    @property
    def is_leaving(self) -> bool:
        """Whether the resource is on its way out already."""
        return False

    def secrets(self) -> Iterable[Secret]:
        """Return the secrets that carrying it out may take."""
        return ()

    def usage(self) -> tuple[Sequence[Usage] | None, Sequence[Usage] | None]:
        """Return what it uses in a month, as it is and as it is wanted; None if unknown."""
        return (), ()

    @property
    def uncounted(self) -> Sequence[str]:
        """What it costs beside what `usage` counts."""
        return ()

    def uses(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Return kinds of the resources that it needs, and what each may be called."""
        return ()

    def awaits(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Return kinds of the resources that have to be ready first, and what each may be called.

        A removal needs less than its description names.
        """
        return () if self.action is PlanAction.REMOVE else self.uses()

    def follows(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Return kinds of the resources that it is linked to, and what each may be called."""
        return ()

    def used(self) -> Iterable[tuple[str, str]]:
        """Return kinds and IDs of the resources that it has named so far, its parent included."""
        return ()

    def inside(self) -> tuple[str, str] | None:
        """Return kind and ID of the resource that it lives in, where that is there."""
        return None

    @property
    def label(self) -> str:
        """Its name after that of the resource that it lives in."""
        return joined(self.parent, self.name)

    @property
    def identity(self) -> tuple[str, ...]:
        """What two plans have in common that are about the same resource."""
        if self.action is PlanAction.REMOVE:
            return self.kind, "removed", f"{self.resource_id}"
        return self.kind, self.organization_id, self.label

    def to_dict(self) -> dict[str, object]:
        """The plan of the resource as JSON has it."""
        return {
            "action": str(self.action),
            "kind": self.kind,
            "name": self.name,
            "parent": self.parent,
            "organization_id": self.organization_id,
            "id": self.resource_id,
            "state": self.state,
            "adopts": self.adopts,
            "reason": self.reason,
            "warnings": list(self.warnings),
            "changes": [change.to_dict() for change in self.changes],
            "commands": list(self.commands),
        }

    def __str__(self) -> str:
        is_removal = self.action is PlanAction.REMOVE
        notes = [text for text in (self.resource_id, self.state if is_removal else None) if text]
        if self.adopts:
            notes.append("made elsewhere, becomes a part of the fleet")
        head = f"{_SIGNS[self.action]} {self.noun} {self.label}".rstrip()
        head += f" ({', '.join(notes)})" if notes else ""
        if self.reason:
            head += f": {self.reason}"
        warned = (f"    warning: {warning}" for warning in self.warnings)
        return "\n".join((head, *(f"    {change}" for change in self.changes), *warned))


@attrs.frozen(kw_only=True)
class Plan:
    """What has to happen so that everything is as it is described.

    Attributes:
        desired: What is described.
        options: Which part of it the plan is about.
        items: The plans of resources with changes, in the order in which they are started.
        notes: What the plan cannot tell, such as secrets that cannot be compared.
        look_requests: How many requests it took to look.
        known: What was taken from earlier looks.
        recall: What this look and earlier ones have found, where it was to be kept.
        seconds: About how long it takes to carry out, by the rate limits and the usual waits.
    """

    desired: Description
    options: PlanOptions = PlanOptions()
    items: tuple[ResourcePlan, ...]
    notes: tuple[str, ...] = ()
    look_requests: int = 0
    known: tuple[Known, ...] = ()
    recall: Recall | None = attrs.field(default=None, repr=False, eq=False)
    seconds: float = 0.0

    @property
    def additions(self) -> tuple[ResourcePlan, ...]:
        """Resources that are not there yet."""
        return self._having(PlanAction.ADD)

    @property
    def changes(self) -> tuple[ResourcePlan, ...]:
        """Resources that change."""
        return self._having(PlanAction.CHANGE)

    @property
    def removals(self) -> tuple[ResourcePlan, ...]:
        """Resources that are to go."""
        return self._having(PlanAction.REMOVE)

    @property
    def refused(self) -> tuple[ResourcePlan, ...]:
        """Resources that cannot become what they should, each with its reason."""
        return self._having(PlanAction.REFUSED)

    @property
    def is_empty(self) -> bool:
        """Whether everything is as described."""
        return not self.items

    @property
    def is_destructive(self) -> bool:
        """Whether something is lost by it: a resource, or what a change warns of."""
        return any(item.warnings or item.action is PlanAction.REMOVE for item in self.items)

    @property
    def requests(self) -> int:
        """How many requests change something, removals included.

        Looking whether the plan still holds, and waiting, take a few more.
        """
        return sum(len(item.commands) for item in self.items)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The notes, and how old the knowledge is of which the API tells no changes."""
        return (*self.notes, *(str(known) for known in self.known if not known.is_current))

    def of(self, kind: str) -> tuple[ResourcePlan, ...]:
        """Return the plans of the resources of a kind.

        Args:
            kind: The kind.
        """
        return tuple(item for item in self.items if item.kind == kind)

    def to_dict(self) -> dict[str, object]:
        """The plan as JSON has it."""
        return {
            "fleet": self.desired.name,
            "is_empty": self.is_empty,
            "is_destructive": self.is_destructive,
            "requests": self.requests,
            "seconds": round(self.seconds),
            "look_requests": self.look_requests,
            "items": [item.to_dict() for item in self.items],
            "notes": list(self.notes),
            "known": [known.to_dict() for known in self.known],
        }

    def to_markdown(self) -> str:
        """The plan as Markdown, for a comment on a pull request."""
        lines = [f"### {_cell(self._head)}", ""]
        if self.items:
            lines += ["| | resource | changes | requests |", "|---|---|---|---|"]
        lines += map(_row, self.items)
        remarks = self.remarks
        lines += ["", *(f"- {_cell(remark)}" for remark in remarks)] if remarks else []
        return "\n".join(lines)

    def __str__(self) -> str:
        notes = (f"note: {remark}" for remark in self.remarks)
        return "\n".join((self._head, *map(str, self.items), *notes))

    @property
    def _head(self) -> str:
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
        about = f", about {duration(self.seconds)}" if self.requests else ""
        return f"fleet {self.desired.name}: {summary}; {requests}{about}"

    def _having(self, action: PlanAction) -> tuple[ResourcePlan, ...]:
        return tuple(item for item in self.items if item.action is action)


def _row(item: ResourcePlan) -> str:
    changes = "<br>".join(map(_cell, _lines(item)))
    name = _cell(f"{item.noun} {item.label}".rstrip())
    return f"| `{_SIGNS[item.action]}` | {name} | {changes} | {len(item.commands)} |"


def _lines(item: ResourcePlan) -> Iterator[str]:
    if item.reason is not None:
        yield item.reason
    yield from map(str, item.changes)
    yield from (f"warning: {warning}" for warning in item.warnings)


def _cell(text: str) -> str:
    """Return a text that ends no cell and begins no markup."""
    shown = text
    for mark in ("\\", "|", "`", "<", "*", "_", "[", "]"):
        shown = shown.replace(mark, f"\\{mark}" if mark != "<" else "&lt;")
    return shown.replace("\n", " ")
