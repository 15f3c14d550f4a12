"""The size that the database pipes of a service share, as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.clickhouse.models.clickpipes import (
    ClickPipesCdcScalingPatchRequest,
)
from clickhouse_cloud_async.core.errors import NotFoundError
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Created

from .clickpipe_kind import ClickPipeKind
from .in_service import service_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.apis.clickhouse.models.clickpipes import ClickPipesCdcScaling
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath

_MILLICORES = 1000
_GB_PER_CORE = 4


@attrs.frozen
class SharedSize:
    """The size of the database pipes of a service.

    Attributes:
        service_id: ID of the service.
        shown: The size, as the API shows it.
    """

    service_id: str
    shown: ClickPipesCdcScaling


class CdcInfrastructure(ClickPipeKind[SharedSize]):
    """The size that database pipes share; a service has it from the first of them on."""

    name = "cdc_infrastructure"
    noun = "size of database pipes"
    models = (ClickPipesCdcScalingPatchRequest,)
    fields = (
        Field("replica_cpu_millicores", read=lambda size: size.shown.replica_cpu_millicores),
        Field("replica_memory_gb", read=lambda size: size.shown.replica_memory_gb),
    )
    key = ()
    after = ("clickpipes",)
    is_permanent = True
    comes_with = "clickpipes"
    usual_wait = 180.0

    async def list_running(self, location: Location) -> Sequence[SharedSize]:
        """Return the size; none before the first database pipe was provisioned."""
        service = service_of(location)
        try:
            shown = await location.client.clickpipes.get_cdc_scaling(**service)
        except NotFoundError:
            return ()
        return (SharedSize(service["service_id"], shown),)

    async def create(self, creation: Creation) -> Created[SharedSize]:
        """Change the size, which came with the first database pipe."""
        service = service_of(creation)
        wanted = await creation.client.clickpipes.update_cdc_scaling(**creation.fields, **service)
        return Created(SharedSize(service["service_id"], wanted))

    async def change(self, change: Change[SharedSize]) -> None:
        """Change the size, which takes effect in a few minutes."""
        await change.client.clickpipes.update_cdc_scaling(**change.fields, **service_of(change))

    def id_of(self, item: SharedSize) -> str:
        """Return the ID of the service, which has one size."""
        return item.service_id

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that memory and cores belong together."""
        millicores, memory = fields.get("replica_cpu_millicores"), fields.get("replica_memory_gb")
        if isinstance(millicores, int) and millicores % _MILLICORES:
            errors.add((*path, "replica_cpu_millicores"), f"{millicores} is no whole core")
        elif isinstance(millicores, int) and isinstance(memory, int | float):
            wanted = millicores // _MILLICORES * _GB_PER_CORE
            if memory != wanted:
                reason = f"is {wanted} for {millicores} millicores: {_GB_PER_CORE} for each core"
                errors.add((*path, "replica_memory_gb"), reason)
