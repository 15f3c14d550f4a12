"""Events of instances."""

from __future__ import annotations

from typing import ClassVar

import attrs

from clickhouse_cloud_async.apis.omnistrate.models.instances import Instance
from clickhouse_cloud_async.fleet.events import Event


@attrs.frozen(kw_only=True)
class InstanceEvent(Event[Instance]):
    """A change of an instance, or a gap in the watch.

    Attributes:
        kind: Kind of the event.
        at: Time of the poll that found it.
        organization_id: Name of the account with access to the instance.
        before: The instance before; None if it has appeared, and for a gap.
        after: The instance now; None if it is gone, and for a gap.
        changes: Changed fields by name, each with its values before and after.
        since: Beginning of the gap: the time of the last successful poll.
        until: End of the gap; None while it lasts.
        reason: Cause of the gap, as a sentence.
        error: Error that caused the gap; None if polls were only late.
        is_final: Whether the gap will not end, because the client can no longer poll.
        is_initial: Whether the first poll found it, so that it may have existed before.
    """

    _name: ClassVar[str] = "id"
    _state: ClassVar[str] = "status"

    @property
    def instance(self) -> Instance | None:
        """The instance now, or before it was gone; None for a gap."""
        return self.service
