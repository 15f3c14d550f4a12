"""The fields of a service that can be set: one table for updates, scaling and plans.

A new field of the API gets a row here, and one in `resources/document.py` if it can be described.
"""

from __future__ import annotations

from enum import Enum, auto
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async.core.values import Unset

    from .models.services import Service


class ChangeGroup(Enum):
    """Fields that one request changes."""

    FIXED = auto()
    """Set at creation, and never changed."""
    ONCE = auto()
    """Used only by the creation; no service shows it."""
    UPDATE = auto()
    SCALING = auto()
    SCHEDULE = auto()
    BACKUPS = auto()
    WINDOW = auto()
    STATE = auto()


@attrs.frozen(kw_only=True)
class ServiceField:
    """A field of a service.

    Attributes:
        group: The request that changes it.
        read: Returns its value from a service, given the field's name: a plain value, or the
            entries by key if it is changed entry by entry.
        entry: If it is changed entry by entry, the names of an entry's key and value in a request;
            without a value, an entry either exists or not.
        in_creation: Whether the creation accepts it.
        in_description: Whether descriptions can contain it.
    """

    group: ChangeGroup
    read: Callable[[Service, str], Any] = getattr
    entry: tuple[str, str | None] | None = None
    in_creation: bool = False
    in_description: bool = True


def address_of(source: str) -> str | None:
    """Return the normal form of an address or a range; None for anything else."""
    try:
        return str(ip_network(source.strip(), strict=False))
    except ValueError:
        return None


def _flag(service: Service, name: str) -> bool:
    return bool(getattr(service, name))


def _memory(service: Service, name: str) -> float | None:
    """Return a bound of the memory; with horizontal scaling there may be one value for both."""
    value: float | None = getattr(service, name)
    return service.replica_memory_gb if value is None else value


def _replica_bound(service: Service, name: str) -> int | None:
    """Return a bound of the replicas; with vertical scaling there is one number for both."""
    value: int | None = getattr(service, name)
    return service.num_replicas if value is None else value


def _fixed_replicas(service: Service, _name: str) -> int | None:
    """Return the number of replicas if it is fixed, from any of the fields that show it."""
    least = _replica_bound(service, "min_replicas")
    return least if least == _replica_bound(service, "max_replicas") else None


def _text(value: str | Unset | None) -> str | None:
    """Return a text; None if it is missing or empty."""
    return value if isinstance(value, str) and value else None


def _tags(service: Service, _name: str) -> dict[str, str | None]:
    return {tag.key: _text(tag.value) for tag in service.tags or ()}


def _addresses(service: Service, _name: str) -> dict[str, str | None]:
    return {
        address_of(entry.source) or entry.source: _text(entry.description)
        for entry in service.ip_access_list or ()
    }


def _private_endpoints(service: Service, _name: str) -> dict[str, bool]:
    return dict.fromkeys(service.private_endpoint_ids or (), True)


def _protocols(service: Service, _name: str) -> dict[str, bool]:
    """Return the protocols that are on; all others are off."""
    return {str(each.protocol): True for each in service.endpoints or ()}


_FIXED = ServiceField(group=ChangeGroup.FIXED, in_creation=True)
_ONCE = ServiceField(group=ChangeGroup.ONCE, in_creation=True)
_UPDATE = ServiceField(group=ChangeGroup.UPDATE, in_creation=True)
_SCALING = ServiceField(group=ChangeGroup.SCALING, in_creation=True)

FIELDS: Mapping[str, ServiceField] = {
    "provider": _FIXED,
    "region": _FIXED,
    "profile": _FIXED,
    "byoc_id": _FIXED,
    "compliance_type": _FIXED,
    "data_warehouse_id": _FIXED,
    "is_readonly": attrs.evolve(_FIXED, read=_flag),
    "has_transparent_data_encryption": attrs.evolve(_FIXED, read=_flag),
    "encryption_key": _FIXED,
    "encryption_assumed_role_identifier": _FIXED,
    "backup_id": _ONCE,
    "private_preview_terms_checked": _ONCE,
    # A description finds a service by its name.
    "name": ServiceField(group=ChangeGroup.UPDATE, in_description=False),
    # The API gives each encrypted service a key, which is changed afterwards.
    "transparent_data_encryption_key_id": ServiceField(group=ChangeGroup.UPDATE),
    "tags": attrs.evolve(_UPDATE, read=_tags, entry=("key", "value")),
    "ip_access_list": attrs.evolve(_UPDATE, read=_addresses, entry=("source", "description")),
    # The API attaches private endpoints to services that exist.
    "private_endpoint_ids": attrs.evolve(
        _UPDATE, read=_private_endpoints, entry=("id", None), in_creation=False
    ),
    "endpoints": attrs.evolve(_UPDATE, read=_protocols, entry=("protocol", "enabled")),
    "release_channel": _UPDATE,
    "enable_core_dumps": _UPDATE,
    "autoscaling_mode": _SCALING,
    "min_replica_memory_gb": attrs.evolve(_SCALING, read=_memory),
    "max_replica_memory_gb": attrs.evolve(_SCALING, read=_memory),
    "num_replicas": attrs.evolve(_SCALING, read=_fixed_replicas),
    "min_replicas": attrs.evolve(_SCALING, read=_replica_bound),
    "max_replicas": attrs.evolve(_SCALING, read=_replica_bound),
    "idle_scaling": _SCALING,
    "idle_timeout_minutes": _SCALING,
    "scaling_schedule": ServiceField(group=ChangeGroup.SCHEDULE),
    "backup_configuration": ServiceField(group=ChangeGroup.BACKUPS),
    "upgrade_window": ServiceField(group=ChangeGroup.WINDOW),
    "state": ServiceField(group=ChangeGroup.STATE),
}
"""Every field, in the order of plans."""
