"""What happens to services, found by comparing how they were with how they are."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from clickhouse_cloud_async.core.codec.wire import moment, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime


T = TypeVar("T")
E = TypeVar("E", bound="Event[Any]")


class EventKind(StrEnum):
    """What has happened."""

    APPEARED = "appeared"
    """A service is there that was not."""
    GONE = "gone"
    """A service is not there any more."""
    STATE_CHANGED = "state_changed"
    """The state of a service is another one; other fields may be too."""
    CHANGED = "changed"
    """Something else of a service is not as it was."""
    GAP = "gap"
    """Nobody could look for a while, so that something may have been missed."""


@attrs.frozen(kw_only=True)
class Event(Generic[T]):
    """Something that has happened to a service, or to the watch itself.

    Attributes:
        kind: What has happened.
        at: When it was seen.
        organization_id: ID of the organisation; None where that could not be found out.
        before: The service as it was; None where it has appeared, and for a gap.
        after: The service as it is; None where it is gone, and for a gap.
        changes: Each field that has changed, with its values before and after.
        since: When the gap began, which is the last time that somebody could look.
        until: When the gap ended; None where it has only been noticed.
        reason: Why there is a gap, in words.
        error: What has made the gap; None where looks were only late.
        is_final: Whether the gap has no end, because looking makes no sense any more.
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

    @property
    def service(self) -> T | None:
        """The service as it is, or was last where it is gone; None for a gap."""
        return self.before if self.after is None else self.after

    def to_dict(self) -> dict[str, object]:
        """The event as JSON has it; ``before`` and ``after`` are states."""
        told: dict[str, object] = {
            "kind": str(self.kind),
            "at": moment(self.at),
            "organization_id": self.organization_id,
        }
        if self.kind is EventKind.GAP:
            return told | {
                "since": None if self.since is None else moment(self.since),
                "until": None if self.until is None else moment(self.until),
                "reason": self.reason,
                "error": None if self.error is None else type(self.error).__name__,
                "is_final": self.is_final,
            }
        service: Any = self.service
        before: Any = self.before
        after: Any = self.after
        return told | {
            "service_id": None if service is None else service.id,
            "name": None if service is None else service.name,
            "before": None if before is None else str(before.state),
            "after": None if after is None else str(after.state),
            "changes": {
                name: {"before": to_json(old), "after": to_json(new)}
                for name, (old, new) in self.changes.items()
            },
        }


def differences(
    event: Callable[..., E],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    at: datetime,
    organization_id: str | None,
) -> Iterator[E]:
    """What has happened to services from one look to the next.

    Args:
        event: Makes an event.
        before: The services as they were, by id.
        after: The services as they are.
        at: When that was seen.
        organization_id: ID of their organisation.

    Yields:
        One event for each service that is not as it was; those that are gone come first.
    """
    if before is after:
        return
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
                kind=EventKind.STATE_CHANGED if "state" in changes else EventKind.CHANGED,
                at=at,
                organization_id=organization_id,
                before=known,
                after=service,
                changes=changes,
            )


_fields: dict[type[Any], tuple[str, ...]] = {}
"""The fields of each model that was compared."""


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
