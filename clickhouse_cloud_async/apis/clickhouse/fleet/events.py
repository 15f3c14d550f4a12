"""Events of services."""

from __future__ import annotations

import attrs

from clickhouse_cloud_async.apis.clickhouse.models.services import Service
from clickhouse_cloud_async.fleet.events import Event


@attrs.frozen(kw_only=True)
class FleetEvent(Event[Service]):
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
