"""Events of services, found by comparing two polls."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import attrs

from clickhouse_cloud_async.core.codec.wire import moment, to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from .kind import Kind


T = TypeVar("T")


class EventKind(StrEnum):
    """Kind of an event."""

    APPEARED = "appeared"
    """A service is listed that was not before."""
    GONE = "gone"
    """A service is no longer listed."""
    STATE_CHANGED = "state_changed"
    """The state of a service has changed; other fields may have, too."""
    CHANGED = "changed"
    """Fields of a service other than its state have changed."""
    GAP = "gap"
    """Polls failed or were late for a while; events may have been missed."""


@attrs.frozen(kw_only=True)
class Event(Generic[T]):
    """A change of a service, or a gap in the watch.

    Attributes:
        kind: Kind of the event.
        at: Time of the poll that found it.
        organization_id: ID of the organisation; None if it could not be determined.
        before: The service before; None if it has appeared, and for a gap.
        after: The service now; None if it is gone, and for a gap.
        changes: Changed fields by name, each with its values before and after.
        since: Beginning of the gap: the time of the last successful poll.
        until: End of the gap; None while it lasts.
        reason: Cause of the gap, as a sentence.
        error: Error that caused the gap; None if polls were only late.
        is_final: Whether the gap will not end, because the client can no longer poll.
        is_initial: Whether the first poll found it, so that it may have existed before.
    """

    kind: EventKind
    at: datetime
    organization_id: str | None
    before: T | None = None
    after: T | None = None
    changes: Mapping[str, tuple[Any, Any]] = attrs.field(factory=dict[str, tuple[Any, Any]])
    since: datetime | None = None
    until: datetime | None = None
    reason: str | None = None
    error: Exception | None = attrs.field(default=None, eq=False)
    is_final: bool = False
    is_initial: bool = False

    _name: ClassVar[str] = "name"
    _state: ClassVar[str] = "state"

    @property
    def service(self) -> T | None:
        """The service now, or before it was gone; None for a gap."""
        return self.before if self.after is None else self.after

    def to_dict(self) -> dict[str, object]:
        """Return the event as JSON values; ``before`` and ``after`` are states."""
        document: dict[str, object] = {
            "kind": str(self.kind),
            "at": moment(self.at),
            "organization_id": self.organization_id,
        }
        if self.kind is EventKind.GAP:
            return document | {
                "since": None if self.since is None else moment(self.since),
                "until": None if self.until is None else moment(self.until),
                "reason": self.reason,
                "error": None if self.error is None else type(self.error).__name__,
                "is_final": self.is_final,
            }
        service: Any = self.service
        before: Any = self.before
        after: Any = self.after
        return document | {
            "id": None if service is None else service.id,
            "name": None if service is None else getattr(service, self._name),
            "before": None if before is None else str(getattr(before, self._state)),
            "after": None if after is None else str(getattr(after, self._state)),
            "is_initial": self.is_initial,
            "changes": {
                name: {"before": to_json(old), "after": to_json(new)}
                for name, (old, new) in self.changes.items()
            },
        }


def differences(
    kind: Kind,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    at: datetime,
    organization_id: str | None,
) -> Iterator[Event[Any]]:
    """Compare services of two polls.

    Args:
        kind: Kind of the resources.
        before: The services of the earlier poll, by ID.
        after: The services of the later poll, by ID.
        at: Time of the later poll.
        organization_id: ID of their organisation.

    Yields:
        One event for each changed service; those that are gone come first.
    """
    if before is after:
        return
    event, state = kind.event, kind.lifecycle.state
    for key, service in before.items():
        if key not in after:
            yield event(kind=EventKind.GONE, at=at, organization_id=organization_id, before=service)
    for key, service in after.items():
        known = before.get(key)
        if known is None:
            yield event(
                kind=EventKind.APPEARED, at=at, organization_id=organization_id, after=service
            )
        elif changes := _changes(known, service):
            yield event(
                kind=EventKind.STATE_CHANGED if state in changes else EventKind.CHANGED,
                at=at,
                organization_id=organization_id,
                before=known,
                after=service,
                changes=changes,
            )


_fields: dict[type[Any], tuple[str, ...]] = {}
"""Field names by model, cached."""


def _fields_of(model: type[Any]) -> tuple[str, ...]:
    if model not in _fields:
        _fields[model] = tuple(field.name for field in attrs.fields(model) if field.init)
    return _fields[model]


def _changes(before: Any, after: Any) -> dict[str, tuple[Any, Any]]:
    if before is after:
        return {}
    names = _fields_of(type(after))
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
