"""User-defined functions as a kind of desired state."""

# ruff: noqa: ARG002 - overriding methods do not need all arguments

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from clickhouse_cloud_async.apis.clickhouse.models.udfs import (
    Udf,
    UdfCreateExecutablePoolRequest,
    UdfCreateExecutableRequest,
    UdfStatus,
    UdfType,
)
from clickhouse_cloud_async.core.errors import InvalidArgumentError, NotFoundError
from clickhouse_cloud_async.desired.comparison import as_outlined
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.resource import READY, Created, Phase, Status

from .archives import upload
from .variants import Variants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.diff import FieldChange
    from clickhouse_cloud_async.desired.resource import (
        Change,
        Creation,
        Location,
        Resource,
        Scope,
    )
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath

_VARIANTS = Variants(
    "type",
    {
        "executable": UdfCreateExecutableRequest,
        "executable_pool": UdfCreateExecutablePoolRequest,
    },
)


class UDFs(Kind[Udf]):
    """User-defined functions; each change builds a new version of one from its archive."""

    name: ClassVar[str] = "udfs"
    noun: ClassVar[str] = "UDF"
    key: ClassVar[tuple[str, ...]] = ("function_name",)
    models: ClassVar[tuple[type[Model], ...]] = (
        UdfCreateExecutablePoolRequest,
        UdfCreateExecutableRequest,
    )
    fields: ClassVar[tuple[Field, ...]] = (
        Field("function_name", change=None),
        Field("type", type=Literal["executable", "executable_pool"]),
        Field("runtime"),
        Field("arguments", compare=as_outlined),
        Field("return_type"),
        Field("return_name"),
        Field("format", default="TabSeparated"),
        Field("pool_size", default=3),
        Field("command_read_timeout", default=10_000),
        Field("command_write_timeout", default=10_000),
        Field("max_command_execution_time", default=10),
        Field("send_chunk_header", default=False),
        Field("sandbox_type", default="basic"),
        Field("sandbox_version", default="v2"),
        Field("memory_limit_mib"),
        Field("deterministic", default=False),
        # The API shows only the number of the version that was built from an archive.
        Field("archive", is_history=True, change=None, type=Path),
        Field("version", type=int),
    )
    usual_wait: ClassVar[float] = 60.0

    async def list_items(self, location: Location) -> Sequence[Udf]:
        """Return the latest version of each function."""
        functions: Sequence[Udf] = await location.client.udfs.list(
            organization_id=location.scope.id
        )
        return functions

    async def get(self, resource: Resource[Udf]) -> Udf | None:
        """Return the latest version of a function."""
        try:
            function: Udf = await resource.client.udfs.get(
                resource.id, organization_id=resource.scope.id
            )
        except NotFoundError:
            return None
        return function

    async def create(self, creation: Creation) -> Created[Udf]:
        """Create a function, with as many versions as are needed to reach the described one."""
        fields = dict(creation.fields)
        archive, version = fields.pop("archive"), fields.pop("version", 1)
        upload_id = await upload(creation.scope, archive)
        function: Udf = await creation.client.udfs.create(
            {**fields, "upload_id": upload_id}, organization_id=creation.scope.id
        )
        name = fields.pop("function_name")
        return Created(
            await _build(creation.scope, name, {**fields, "archive": archive}, function, version)
        )

    async def change(self, change: Change[Udf]) -> Udf | None:
        """Build a new version, with all options: none is inherited from the previous one."""
        fields = {**self.whole(change), "archive": change.wanted.get("archive")}
        if fields["archive"] is None:
            raise InvalidArgumentError(
                f"archive: a new version of UDF {change.resource.id} is built from its archive,"
                " which the API does not keep; describe where it is"
            )
        del fields["function_name"]
        if fields["type"] == UdfType.EXECUTABLE:
            fields.pop("pool_size", None)
        there = change.item.version
        wanted = max(fields.pop("version", None) or there, there + 1)
        return await _build(change.scope, change.resource.id, fields, change.item, wanted)

    async def delete(self, resource: Resource[Udf]) -> None:
        """Delete a function with all its versions; services drop it in the background."""
        await resource.client.udfs.delete(resource.id, organization_id=resource.scope.id)

    def id_of(self, item: Udf) -> str:
        """Return the name of a function, which is its ID."""
        return item.function_name

    def status(self, item: Udf) -> Status:
        """Return whether the latest version is built."""
        if item.status == UdfStatus.BUILDING:
            return Status(Phase.PENDING, f"version {item.version} is being built")
        if item.status == UdfStatus.ERROR:
            return Status(Phase.FAILED, f"version {item.version}: {item.error or 'build failed'}")
        return READY

    def refusal(self, resource: Resource[Udf], changes: Sequence[FieldChange]) -> str | None:
        """Return the reason if a change would lower the version."""
        for change in changes:
            if change.field == "version" and change.after < change.before:
                return (
                    f"version {change.before} is there already: set version: {change.before}, or"
                    f" {change.before + 1} to have the archive built again"
                )
        return None

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that the options match the type, and that versions start at 1."""
        if fields.get("type") == UdfType.EXECUTABLE and fields.get("pool_size") is not None:
            errors.add((*path, "pool_size"), "does not go with type executable")
        version = fields.get("version")
        if version is not None and version < 1:
            errors.add((*path, "version"), f"must be at least 1, got {version}")

    def missing(self, fields: Mapping[str, Any]) -> Sequence[str]:
        """Return the missing fields of a function's type, including the archive to upload."""
        needed = [name for name in _VARIANTS.missing(self, fields) if name != "upload_id"]
        return needed if "archive" in fields else [*needed, "archive"]


async def _build(
    scope: Scope, name: str, fields: Mapping[str, Any], latest: Udf, version: int
) -> Udf:
    """Build versions until the latest is the desired one, each from a separate upload."""
    options = {option: value for option, value in fields.items() if option != "archive"}
    while latest.version < version:
        upload_id = await upload(scope, fields["archive"])
        latest = await scope.client.udfs.create_version(
            name, {**options, "upload_id": upload_id}, organization_id=scope.id
        )
    return latest
