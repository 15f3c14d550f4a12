"""Plans: the changes that lead from the actual to the described state."""

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
    """The part of a description to plan, and how.

    Attributes:
        only: The kinds to plan; None for all.
        targets: The resources to plan, as ``kind/name``, together with their dependencies; None
            for all.
        destroy: Whether to delete all described resources.
        resend: Resources whose secrets are sent again, as ``kind/name``.
        wake: Whether resources may be woken to read from them.
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
        action: Whether it is added, changed or removed, or is refused.
        kind: Its kind.
        noun: The singular noun of its kind.
        name: Its name.
        parent: The label of its parent; None for none.
        organization_id: ID of its organisation or account.
        resource_id: Its ID; None if it does not exist yet.
        state: Its state; None if it does not exist yet, or has none.
        changes: Its changes, field by field.
        adopts: Whether it was made elsewhere and becomes part of the fleet.
        reason: Why it is refused, what it requires, or what is not known about it yet.
        warnings: Consequences of its changes.
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
        """The requests that apply it, in order."""
        raise NotImplementedError

    @property
    def wait(self) -> float:
        """Usual number of seconds after its requests until it is as described."""
        return 0.0

    @property
    def is_foreign(self) -> bool:
        """Whether the resource was made elsewhere, and by no earlier run of the same fleet."""
        return self.adopts

    @property
    def is_leaving(self) -> bool:
        """Whether the resource is already being deleted."""
        return False

    def secrets(self) -> Iterable[Secret]:
        """Return the secrets that its requests may need."""
        return ()

    def usage(self) -> tuple[Sequence[Usage] | None, Sequence[Usage] | None]:
        """Return its actual and its desired monthly usage; None if unknown."""
        return (), ()

    @property
    def uncounted(self) -> Sequence[str]:
        """Its costs that `usage` does not include."""
        return ()

    def uses(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Return the kind and the possible names of each resource that it needs."""
        return ()

    def awaits(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Return kinds of the resources that have to be ready first, and what each may be called.

        A removal needs less than its description names.
        """
        return () if self.action is PlanAction.REMOVE else self.uses()

    def follows(self) -> Iterable[tuple[str, tuple[str, ...]]]:
        """Return the kind and the possible names of each resource that it is linked to."""
        return ()

    def used(self) -> Iterable[tuple[str, str]]:
        """Return kind and ID of each resource that it currently refers to, including its parent."""
        return ()

    def inside(self) -> tuple[str, str] | None:
        """Return kind and ID of its parent, if that exists."""
        return None

    @property
    def label(self) -> str:
        """Its name, after that of its parent."""
        return joined(self.parent, self.name)

    @property
    def identity(self) -> tuple[str, ...]:
        """A key that two plans of the same resource share."""
        if self.action is PlanAction.REMOVE:
            return self.kind, "removed", f"{self.resource_id}"
        return self.kind, self.organization_id, self.label

    def to_dict(self) -> dict[str, object]:
        """The plan of the resource as JSON values."""
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
    """The changes that lead to the desired state.

    Attributes:
        desired: The description.
        options: The part of it that was planned.
        items: The plans of resources with changes, in the order in which they are started.
        notes: Warnings, and what could not be compared, such as secrets.
        look_requests: Number of requests that read the actual state.
        known: Results that were taken from earlier observations.
        recall: Results of this and of earlier observations, if they are kept in a file.
        seconds: Estimated seconds to apply it, by the rate limits and the usual waits.
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
        """Resources to create."""
        return self._having(PlanAction.ADD)

    @property
    def changes(self) -> tuple[ResourcePlan, ...]:
        """Resources to change."""
        return self._having(PlanAction.CHANGE)

    @property
    def removals(self) -> tuple[ResourcePlan, ...]:
        """Resources to delete."""
        return self._having(PlanAction.REMOVE)

    @property
    def refused(self) -> tuple[ResourcePlan, ...]:
        """Resources that cannot be changed to match, each with its reason."""
        return self._having(PlanAction.REFUSED)

    @property
    def is_empty(self) -> bool:
        """Whether everything is as described."""
        return not self.items

    @property
    def is_destructive(self) -> bool:
        """Whether something is lost by applying it: it deletes a resource, or has a warning."""
        return any(item.warnings or item.action is PlanAction.REMOVE for item in self.items)

    @property
    def requests(self) -> int:
        """The number of requests that change something, including removals.

        Applying the plan takes a few more requests, to read the actual state and to wait.
        """
        return sum(len(item.commands) for item in self.items)

    @property
    def remarks(self) -> tuple[str, ...]:
        """The notes, and the age of earlier results for which the API reports no changes."""
        return (*self.notes, *(str(known) for known in self.known if not known.is_current))

    def of(self, kind: str) -> tuple[ResourcePlan, ...]:
        """Return the plans of the resources of a kind.

        Args:
            kind: The kind.
        """
        return tuple(item for item in self.items if item.kind == kind)

    def to_dict(self) -> dict[str, object]:
        """The plan as JSON values."""
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
    """Return a text with escaped Markdown, for a cell of a table."""
    shown = text
    for mark in ("\\", "|", "`", "<", "*", "_", "[", "]"):
        shown = shown.replace(mark, f"\\{mark}" if mark != "<" else "&lt;")
    return shown.replace("\n", " ")
