"""Recent changes in an organisation, from its activities."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.recording import recording
from clickhouse_cloud_async.desired.recall import Activity, News

if TYPE_CHECKING:
    from clickhouse_cloud_async.desired.resource import Scope


async def read_news(scope: Scope, since: datetime) -> News:
    """Return the activities of an organisation, with one request.

    Args:
        scope: The organisation.
        since: The time of the oldest activity to return.

    Raises:
        CloudError: They could not be listed.
    """
    with recording() as recorded:
        found = await scope.client.activities.list(from_date=since, organization_id=scope.id)
    # Activities have the time of the server, which may differ from that of this machine.
    return News(
        now=recorded.response(found).server_time(datetime.now(UTC)),
        activities=tuple(
            Activity(type=str(each.type), parent=each.service_id, at=each.created_at)
            for each in found
        ),
    )
