"""The description of a fleet, read from a file or made in Python."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self
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
from clickhouse_cloud_async.core.codec import model_fields
from clickhouse_cloud_async.core.errors import ConfigurationError
from clickhouse_cloud_async.core.extras import install_command
from clickhouse_cloud_async.core.model import Model, RequestModel
from clickhouse_cloud_async.core.values import UNSET, OpenText, Unset
from clickhouse_cloud_async.desired.description import Described, Description
from clickhouse_cloud_async.desired.validation import ErrorCollector, unknown

from .checking import (
    check_fields,
    check_fleet_name,
    check_service,
    check_together,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike
    from types import ModuleType

    from clickhouse_cloud_async.desired.validation import FieldPath

_MERGED = frozenset({"tags", "endpoints", "backup_configuration"})
_IDENTITY = ("organization", "name")
_REPLICA_RANGE = ("min_replicas", "max_replicas")


@attrs.frozen(kw_only=True, repr=False)
class DesiredService(Model):
    """The description of a service; fields that are left out stay as they are.

    Attributes:
        name: Name of the service, by which it is found.
        organization: ID of the organisation; may be left out where the fleet has one.
        state: Whether it is to run or to be stopped; one that is idle runs.
        provider: Cloud provider; needed to create the service, and never changed.
        region: Cloud region; likewise.
        profile: Hardware profile; chosen at creation.
        byoc_id: ID of the bring-your-own-cloud infrastructure; chosen at creation.
        compliance_type: Compliance regime; chosen at creation.
        data_warehouse_id: ID of the warehouse to join; chosen at creation.
        is_readonly: Whether it only reads; chosen at creation.
        has_transparent_data_encryption: Whether encryption is on; chosen at creation.
        encryption_key: Customer's key for the disks; chosen at creation.
        encryption_assumed_role_identifier: Role to use that key with; chosen at creation.
        backup_id: Backup that fills the service when it is created; not compared later.
        private_preview_terms_checked: Whether the terms of a preview are accepted at creation.
        autoscaling_mode: Whether scaling changes the memory of the replicas or their number.
        min_replica_memory_gb: Least memory of each replica, in GB.
        max_replica_memory_gb: Most memory of each replica, in GB.
        num_replicas: Number of replicas, for vertical scaling.
        min_replicas: Least number of replicas, for horizontal scaling.
        max_replicas: Greatest number of replicas, for horizontal scaling.
        idle_scaling: Whether it may go idle when nobody queries it.
        idle_timeout_minutes: Minutes without queries after which it goes idle.
        release_channel: How early it gets new ClickHouse releases.
        enable_core_dumps: Whether ClickHouse may write core dumps.
        tags: All its tags; None as value stands for a bare key.
        ip_access_list: All addresses that it can be reached from, with or without descriptions.
        private_endpoint_ids: All private endpoints that are attached to it.
        endpoints: Protocols to switch on or off, such as ``mysql``; others stay.
        backup_configuration: When backups are made and how long they are kept.
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
        errors, fields = ErrorCollector(), self.to_dict()
        if _is_right(fields, (), errors, optional=False):
            check_together(fields, (), errors)
        errors.check()

    def to_dict(self) -> dict[str, Any]:
        """The fields that are named, as they stand in a document."""
        named: dict[str, Any] = _plain(self)
        return named


@attrs.frozen(kw_only=True)
class DesiredFleet:
    """The description of a fleet.

    Attributes:
        name: Name of the fleet; services carry it in the tag ``chcloud.fleet``.
        services: All its services.

    Raises:
        DescriptionError: The name cannot be that of a fleet, something is no service, or two
            services have the same name.
    """

    name: str
    services: Sequence[DesiredService]

    def __attrs_post_init__(self) -> None:
        errors = ErrorCollector()
        check_fleet_name(self.name, errors)
        for index, service in enumerate(self.services):
            if not isinstance(service, DesiredService):
                kind = type(service).__name__
                errors.add(("services", index), f"expected a DesiredService, found {kind}")
        errors.check()
        _check_names([service.to_dict() for service in self.services], errors)
        errors.check()

    @classmethod
    def load(cls, file: str | PathLike[str]) -> Self:
        """Read a YAML file.

        Args:
            file: The file.

        Raises:
            DescriptionError: There are mistakes in it; each is named with its line and reason.
            ConfigurationError: PyYAML is not installed.
            OSError: The file cannot be read.
        """
        text = _reader().read_file(file)
        return cls._of(text.value, text.errors)

    @classmethod
    def parse(cls, text: str, *, source: str = "<text>") -> Self:
        """Read YAML.

        Args:
            text: The document.
            source: What messages call it.

        Raises:
            DescriptionError: There are mistakes in it; each is named with its line and reason.
            ConfigurationError: PyYAML is not installed.
        """
        read = _reader().read_text(text, source)
        return cls._of(read.value, read.errors)

    def to_dict(self) -> dict[str, Any]:
        """The fleet as a document has it."""
        return {"fleet": self.name, "services": [service.to_dict() for service in self.services]}

    def describe(self) -> Description:
        """The fleet as the engine of desired state takes it."""
        services = enumerate(service.to_dict() for service in self.services)
        return Description(
            name=self.name,
            resources=tuple(
                Described(
                    kind="services",
                    scope=fields.pop("organization", None),
                    fields=fields,
                    path=("services", index),
                )
                for index, fields in services
            ),
            kinds=frozenset(("services",)),
        )

    @classmethod
    def _of(cls, document: object, errors: ErrorCollector) -> Self:
        name, services = _read(document, errors)
        errors.check()
        return cls(name=name, services=[DesiredService(**fields) for fields in services])


def _reader() -> ModuleType:
    """The module that needs PyYAML."""
    try:
        from clickhouse_cloud_async.desired import reading
    except ImportError as error:
        raise ConfigurationError(
            f"reading YAML needs PyYAML, which is not installed: run {install_command('yaml')}"
        ) from error
    return reading


def _plain(value: Any) -> Any:
    """Models as mappings of what they name, words as texts, and all else as it is."""
    if isinstance(value, Model):
        named = {field.name: getattr(value, field.name) for field in model_fields(type(value))}
        if isinstance(value, RequestModel) and value.extra is not None:
            named["extra"] = value.extra
        return {name: _plain(item) for name, item in named.items() if item is not UNSET}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items() if item is not UNSET}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, enum.StrEnum | UUID) else value


def _read(document: object, errors: ErrorCollector) -> tuple[str, list[dict[str, Any]]]:
    """The name of a fleet and the fields of its services, as far as they are right."""
    if not isinstance(document, Mapping):
        errors.add((), "a fleet is a mapping with the fields fleet, defaults and services")
        return "", []
    known = {"fleet": str, "defaults": dict, "services": list}
    for field, kind in known.items():
        if field in document and not isinstance(document[field], kind):
            errors.add((field,), f"is no {_KINDS[kind]}")
        elif field not in document and field != "defaults":
            errors.add((field,), "is required")
    for field in [name for name in document if name not in known]:
        errors.add((field,), unknown(field, known.keys()))
    right = {
        field: document[field]
        for field, kind in known.items()
        if isinstance(document.get(field), kind)
    }
    if "fleet" in right:
        check_fleet_name(right["fleet"], errors)
    defaults = _defaults(right.get("defaults", {}), errors)
    services = [
        _service(fields, defaults, ("services", index), errors)
        for index, fields in enumerate(right.get("services", ()))
    ]
    _check_names(services, errors)
    return right.get("fleet", ""), services


_KINDS: Mapping[type, str] = {str: "text", dict: "mapping", list: "list"}


def _defaults(fields: Mapping[str, Any], errors: ErrorCollector) -> Mapping[str, Any]:
    if "name" in fields:
        errors.add(("defaults", "name"), "each service has a name of its own")
    return fields if _is_right(fields, ("defaults",), errors, optional=True) else {}


def _check_names(services: Iterable[Mapping[str, Any]], errors: ErrorCollector) -> None:
    seen: set[tuple[object, ...]] = set()
    for index, fields in enumerate(services):
        key = tuple(fields.get(name) for name in _IDENTITY)
        if "name" in fields and key in seen:
            path = ("services", index, "name")
            errors.add(path, f"there is another service {fields['name']!r}: names find services")
        seen.add(key)


def _service(
    fields: Any, defaults: Mapping[str, Any], path: FieldPath, errors: ErrorCollector
) -> dict[str, Any]:
    if not isinstance(fields, Mapping):
        errors.add(path, "a service is a mapping of its fields")
        return {}
    if not _is_right(fields, path, errors, optional=False):
        # Whatever else is wrong with it, its name is taken.
        identity = {**defaults, **fields}
        return {key: identity[key] for key in _IDENTITY if isinstance(identity.get(key), str)}
    merged = _merged(defaults, fields)
    check_together(merged, path, errors)
    return merged


def _is_right(
    fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector, *, optional: bool
) -> bool:
    """Check each field by itself."""
    check_fields(DesiredService, fields, path, errors, optional=optional)
    right = {name: value for name, value in fields.items() if not errors.has((*path, name))}
    check_service(right, path, errors)
    return not errors.has(path)


def _merged(defaults: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a service: some mappings are merged key by key, all else is replaced."""
    # A range of replicas replaces the number of the defaults, and vice versa.
    replaced = set[str]()
    if fields.keys() & set(_REPLICA_RANGE):
        replaced = {"num_replicas"}
    elif "num_replicas" in fields:
        replaced = set(_REPLICA_RANGE)
    merged = {name: value for name, value in defaults.items() if name not in replaced}
    for name, value in fields.items():
        inherited = merged.get(name)
        if name in _MERGED and isinstance(inherited, Mapping):
            merged[name] = {**inherited, **value}
        else:
            merged[name] = value
    return merged
