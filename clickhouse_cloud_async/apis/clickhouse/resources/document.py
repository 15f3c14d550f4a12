"""The description of a service in Python, with the types of all fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal
from uuid import UUID

import attrs

from clickhouse_cloud_async.apis.clickhouse.models.backups import BackupConfigurationPatchRequest
from clickhouse_cloud_async.apis.clickhouse.models.common import (
    AutoscalingMode,
    AutoscalingModeText,
    CloudProvider,
    CloudProviderText,
    IpAccessListEntry,
    Region,
    RegionText,
)
from clickhouse_cloud_async.apis.clickhouse.models.scaling import (
    ScalingScheduleEntryRequest,
    UpgradeWindowPutRequest,
)
from clickhouse_cloud_async.apis.clickhouse.models.services import (
    ComplianceType,
    ComplianceTypeText,
    ReleaseChannel,
    ReleaseChannelText,
    ServiceProfileName,
    ServiceProfileNameText,
)
from clickhouse_cloud_async.core.model import Model
from clickhouse_cloud_async.core.values import UNSET, OpenText, Unset
from clickhouse_cloud_async.desired.external import Inputs
from clickhouse_cloud_async.desired.plain import plain
from clickhouse_cloud_async.desired.shape_reader import ShapeReader
from clickhouse_cloud_async.desired.shapes import fields_of
from clickhouse_cloud_async.desired.validation import ErrorCollector

from .checking import check_service


@attrs.frozen(kw_only=True, repr=False)
class DesiredService(Model):
    """The description of a service; omitted fields keep their values.

    Attributes:
        name: Name of the service, which identifies it.
        organization: ID of the organisation; may be omitted if the fleet has one.
        state: Whether it runs or is stopped; an idle service counts as running.
        provider: Cloud provider; required at creation, and cannot be changed.
        region: Cloud region; likewise.
        profile: Hardware profile; set at creation.
        byoc_id: ID of the bring-your-own-cloud infrastructure; set at creation.
        compliance_type: Compliance regime; set at creation.
        data_warehouse_id: ID of the warehouse to join; set at creation.
        is_readonly: Whether it only reads; set at creation.
        has_transparent_data_encryption: Whether encryption is on; set at creation.
        encryption_key: Customer's key for the disks; set at creation.
        encryption_assumed_role_identifier: Role to use that key with; set at creation.
        transparent_data_encryption_key_id: Key of an encrypted service; it can be replaced.
        backup_id: Backup from which the service is created; not compared later.
        private_preview_terms_checked: Whether the terms of a preview are accepted at creation.
        autoscaling_mode: Whether scaling changes the memory of the replicas or their number.
        min_replica_memory_gb: Minimum memory of each replica, in GB.
        max_replica_memory_gb: Maximum memory of each replica, in GB.
        num_replicas: Number of replicas, for vertical scaling.
        min_replicas: Minimum number of replicas, for horizontal scaling.
        max_replicas: Maximum number of replicas, for horizontal scaling.
        idle_scaling: Whether it may become idle when there are no queries.
        idle_timeout_minutes: Minutes without queries after which it becomes idle.
        release_channel: How early it gets new ClickHouse releases.
        enable_core_dumps: Whether ClickHouse may write core dumps.
        tags: All its tags; None as value for a tag without a value.
        ip_access_list: All addresses that can connect, with or without descriptions.
        private_endpoint_ids: All attached private endpoints.
        endpoints: Protocols to enable or disable, such as ``mysql``; others do not change.
        backup_configuration: Schedule and retention of backups.
        scaling_schedule: All entries of its scaling schedule; None or none for no schedule.
        upgrade_window: When it may be upgraded; None for any time.
    """

    _is_snake_case: ClassVar[bool] = True

    name: str
    organization: str | UUID | Unset = UNSET
    state: Literal["running", "stopped"] | Unset = UNSET
    provider: CloudProvider | CloudProviderText | Unset = UNSET
    region: Region | RegionText | OpenText | Unset = UNSET
    profile: ServiceProfileName | ServiceProfileNameText | OpenText | Unset = UNSET
    byoc_id: str | Unset = UNSET
    compliance_type: ComplianceType | ComplianceTypeText | Unset = UNSET
    data_warehouse_id: str | Unset = UNSET
    is_readonly: bool | Unset = UNSET
    has_transparent_data_encryption: bool | Unset = UNSET
    encryption_key: str | Unset = UNSET
    encryption_assumed_role_identifier: str | Unset = UNSET
    transparent_data_encryption_key_id: str | Unset = UNSET
    backup_id: str | UUID | Unset = UNSET
    private_preview_terms_checked: bool | Unset = UNSET
    autoscaling_mode: AutoscalingMode | AutoscalingModeText | Unset = UNSET
    min_replica_memory_gb: float | Unset = UNSET
    max_replica_memory_gb: float | Unset = UNSET
    num_replicas: int | Unset = UNSET
    min_replicas: int | Unset = UNSET
    max_replicas: int | Unset = UNSET
    idle_scaling: bool | Unset = UNSET
    idle_timeout_minutes: float | Unset = UNSET
    release_channel: ReleaseChannel | ReleaseChannelText | Unset = UNSET
    enable_core_dumps: bool | Unset = UNSET
    tags: Mapping[str, str | None] | Unset = UNSET
    ip_access_list: Sequence[IpAccessListEntry | str] | Unset = UNSET
    private_endpoint_ids: Sequence[str] | Unset = UNSET
    endpoints: Mapping[str, bool] | Unset = UNSET
    backup_configuration: BackupConfigurationPatchRequest | Unset = UNSET
    scaling_schedule: Sequence[ScalingScheduleEntryRequest] | Unset | None = UNSET
    upgrade_window: UpgradeWindowPutRequest | Unset | None = UNSET

    def __attrs_post_init__(self) -> None:
        errors = ErrorCollector()
        known = {name: field.type for name, field in fields_of(type(self)).items()}
        fields = ShapeReader(Inputs(), errors).fields(known, self.to_dict(), ())
        if not errors.has(()):
            check_service(fields, (), errors)
        errors.check()

    def to_dict(self) -> dict[str, Any]:
        """The given fields, as in a document."""
        named: dict[str, Any] = plain(self)
        return named
