"""Snapshot configurations as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.activities import ActivityType
from clickhouse_cloud_async.apis.clickhouse.models.backups import (
    SnapshotConfiguration,
    SnapshotConfigurationPatchRequest,
)
from clickhouse_cloud_async.desired.field import Field

from .in_service import InService, service_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Location
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath

_PAIRS = ((30, 1440), (60, 2880))
"""Minutes between two snapshots, and minutes for which each is kept."""


class SnapshotConfigurations(InService[SnapshotConfiguration]):
    """The snapshot schedule of a service; each service has one."""

    name: ClassVar[str] = "snapshot_configurations"
    noun: ClassVar[str] = "snapshot configuration"
    reported_by: ClassVar[frozenset[str]] = frozenset(
        (ActivityType.SERVICE_UPDATE_SNAPSHOT_CONFIGURATION,)
    )
    key: ClassVar[tuple[str, ...]] = ()
    is_permanent: ClassVar[bool] = True
    models: ClassVar[tuple[type[Model], ...]] = (SnapshotConfigurationPatchRequest,)
    fields: ClassVar[tuple[Field, ...]] = (Field("enabled"), Field("gap"), Field("time_frame"))

    async def list_items(self, location: Location) -> Sequence[SnapshotConfiguration]:
        """Return the snapshot configuration of a service."""
        return [await location.client.snapshots.get_configuration(**service_of(location))]

    async def change(self, change: Change[SnapshotConfiguration]) -> SnapshotConfiguration | None:
        """Replace the whole configuration, because only some pairs of its times are valid."""
        configuration: SnapshotConfiguration = await change.client.snapshots.update_configuration(
            **self.whole(change), **service_of(change)
        )
        return configuration

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that the pair of times is valid."""
        times = fields.get("gap"), fields.get("time_frame")
        if fields.get("enabled") and None not in times and times not in _PAIRS:
            pairs = " or ".join(f"{gap} with time_frame {frame}" for gap, frame in _PAIRS)
            errors.add((*path, "gap"), f"must be {pairs}, got {times[0]} with {times[1]}")
