"""Backup buckets as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from clickhouse_cloud_async.apis.clickhouse.models.activities import ActivityType
from clickhouse_cloud_async.apis.clickhouse.models.backups import (
    AwsBackupBucketPostRequest,
    AzureBackupBucketPostRequest,
    BackupBucket,
    GcpBackupBucketPostRequest,
)
from clickhouse_cloud_async.core.errors import NotFoundError
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Created

from .in_service import InService, service_of
from .variables import needed_secrets
from .variants import Variants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath

_VARIANTS = Variants(
    "bucket_provider",
    {
        "AWS": AwsBackupBucketPostRequest,
        "GCP": GcpBackupBucketPostRequest,
        "AZURE": AzureBackupBucketPostRequest,
    },
)


class BackupBuckets(InService[BackupBucket]):
    """The customer's bucket for the backups of a service."""

    name: ClassVar[str] = "backup_buckets"
    noun: ClassVar[str] = "backup bucket"
    reported_by: ClassVar[frozenset[str]] = frozenset(
        (
            ActivityType.BACKUP_BUCKET_CREATE,
            ActivityType.BACKUP_BUCKET_UPDATE,
            ActivityType.BACKUP_BUCKET_DELETE,
            ActivityType.BACKUP_BUCKET_ARCHIVE,
        )
    )
    key: ClassVar[tuple[str, ...]] = ()
    models: ClassVar[tuple[type[Model], ...]] = _VARIANTS.models
    fields: ClassVar[tuple[Field, ...]] = (
        Field("bucket_provider", type=Literal["AWS", "GCP", "AZURE"]),
        Field("bucket_path"),
        Field("iam_role_arn"),
        Field("iam_role_session_name"),
        Field("iam_role_external_id"),
        Field("access_key_id"),
        Field("secret_access_key", is_secret=True),
        Field("container_name"),
        Field("connection_string", is_secret=True),
    )

    async def list_items(self, location: Location) -> Sequence[BackupBucket]:
        """Return the bucket of a service, if it has one."""
        try:
            return [await location.client.backup_buckets.get(**service_of(location))]
        except NotFoundError:
            return []

    async def create(self, creation: Creation) -> Created[BackupBucket]:
        """Set the bucket for backups."""
        bucket = await creation.client.backup_buckets.create(
            bucket=dict(creation.fields), **service_of(creation)
        )
        return Created(bucket)

    async def change(self, change: Change[BackupBucket]) -> BackupBucket | None:
        """Change the bucket, with its secret, which each request requires."""
        bucket: BackupBucket = await change.client.backup_buckets.update(
            bucket=dict(change.wanted), **service_of(change)
        )
        return bucket

    async def delete(self, resource: Resource[BackupBucket]) -> None:
        """Remove the bucket."""
        await resource.client.backup_buckets.delete(**service_of(resource))

    def export(self, resource: Resource[BackupBucket]) -> dict[str, Any]:
        """Return the fields, with variables for secrets."""
        fields = super().export(resource)
        return fields | needed_secrets(
            self, resource, fields, ["secret_access_key", "connection_string"]
        )

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that the fields match the provider."""
        _VARIANTS.check(self, fields, path, errors)

    def missing(self, fields: Mapping[str, Any]) -> Sequence[str]:
        """Return the required fields of a bucket of its provider that are missing."""
        return _VARIANTS.missing(self, fields)
