"""The shared size of a service's database pipes as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.clickpipes import (
    ClickPipesCdcScaling,
    ClickPipesCdcScalingPatchRequest,
)
from clickhouse_cloud_async.core.errors import NotFoundError
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Created

from .clickpipe_kind import ClickPipeKind
from .in_service import service_of
from .prices import cdc_usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location
    from clickhouse_cloud_async.desired.usage import Usage
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath

_MILLICORES = 1000
_GB_PER_CORE = 4


class CdcInfrastructure(ClickPipeKind[ClickPipesCdcScaling]):
    """The shared size of a service's database pipes; it exists when the service has one."""

    name: ClassVar[str] = "cdc_infrastructure"
    noun: ClassVar[str] = "size of database pipes"
    models: ClassVar[tuple[type[Model], ...]] = (ClickPipesCdcScalingPatchRequest,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("replica_cpu_millicores"),
        Field("replica_memory_gb"),
    )
    key: ClassVar[tuple[str, ...]] = ()
    after: ClassVar[tuple[str, ...]] = ("clickpipes",)
    is_permanent: ClassVar[bool] = True
    comes_with: ClassVar[str | None] = "clickpipes"
    usual_wait: ClassVar[float] = 180.0
    change_wait: ClassVar[float] = usual_wait

    def usage(self, fields: Mapping[str, Any]) -> Sequence[Usage] | None:
        """Return the cores of the size."""
        return cdc_usage(fields)

    async def list_running(self, location: Location) -> Sequence[ClickPipesCdcScaling]:
        """Return the size, if a database pipe was provisioned already."""
        try:
            return [await location.client.clickpipes.get_cdc_scaling(**service_of(location))]
        except NotFoundError:
            return []

    async def create(self, creation: Creation) -> Created[ClickPipesCdcScaling]:
        """Change the size, which the first database pipe created."""
        return Created(
            await creation.client.clickpipes.update_cdc_scaling(
                **creation.fields, **service_of(creation)
            )
        )

    async def change(self, change: Change[ClickPipesCdcScaling]) -> None:
        """Change the size, which takes effect in a few minutes."""
        await change.client.clickpipes.update_cdc_scaling(**change.fields, **service_of(change))

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that memory and cores match."""
        millicores, memory = fields.get("replica_cpu_millicores"), fields.get("replica_memory_gb")
        if isinstance(millicores, int) and millicores % _MILLICORES:
            errors.add((*path, "replica_cpu_millicores"), f"{millicores} is not a whole core")
        elif isinstance(millicores, int) and isinstance(memory, int | float):
            wanted = millicores // _MILLICORES * _GB_PER_CORE
            if memory != wanted:
                reason = f"is {wanted} for {millicores} millicores: {_GB_PER_CORE} for each core"
                errors.add((*path, "replica_memory_gb"), reason)
