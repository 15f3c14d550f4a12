"""What happens to services."""

from __future__ import annotations

import attrs

from clickhouse_cloud_async.apis.clickhouse.models.services import Service
from clickhouse_cloud_async.fleet.events import Event


@attrs.frozen(kw_only=True)
class FleetEvent(Event[Service]):
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
