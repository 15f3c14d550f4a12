"""Rules for services beyond the schemas of their properties."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.access.addresses import check_sources
from clickhouse_cloud_async.apis.clickhouse.emulator.plans import (
    HORIZONTAL,
    plan_of,
    require_feature,
)
from clickhouse_cloud_async.emulation.problems import bad_request

from . import profiles, warehouses
from .scaling import SIZES, rescale

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

DEVELOPMENT: Final = "development"
"""The tier of services with a fixed size."""

MAX_TAGS = 50

_FIXED_MEMORY = 16
_REPLICAS = frozenset({"numReplicas", "minReplicas", "maxReplicas"})


def check_name(name: str) -> None:
    """Check the name of a service.

    Hyphens, underscores and dots are also accepted: such services are known to exist.

    Raises:
        Problem: 400 if it is invalid.
    """
    if not re.fullmatch(r"[\w .-]+", name) or not name.strip():
        raise bad_request("name: must be made of letters, digits and blanks")


def check_channel(facts: JsonObject, channel: str) -> None:
    """Check the release channel of a service.

    Raises:
        Problem: 400 if it is invalid.
    """
    if facts.get("tier") == DEVELOPMENT and channel != "default":
        raise bad_request("releaseChannel: works only for production services")


def changed_list(entries: list[JsonObject], change: JsonObject, identity: str) -> list[JsonObject]:
    """Apply ``remove``, then ``add``, to entries that one of their properties identifies.

    Args:
        entries: The current entries.
        change: The entries to remove and to add.
        identity: The property that identifies an entry; added entries have it.
    """
    added = {entry[identity]: entry for entry in change.get("add", ())}
    gone = {entry.get(identity) for entry in change.get("remove", ())} | added.keys()
    return [entry for entry in entries if entry.get(identity) not in gone] + list(added.values())


def changed_sources(field: str, entries: list[JsonObject], change: JsonObject) -> list[JsonObject]:
    """Return the access list of a service after a change.

    Args:
        field: The path of the added entries in the request.
        entries: The current entries.
        change: The entries to remove and to add.

    Raises:
        Problem: 400 for an added entry that is not an address.
    """
    check_sources(field, change.get("add", ()))
    return changed_list(entries, change, "source")


def changed_tags(entries: list[JsonObject], change: JsonObject) -> list[JsonObject]:
    """Return the tags of a service after a change.

    Raises:
        Problem: 400 if there would be too many.
    """
    tags = changed_list(entries, change, "key")
    if len(tags) > MAX_TAGS:
        raise bad_request(f"tags: a service has at most {MAX_TAGS}")
    return tags


def fix_size(facts: JsonObject) -> None:
    """Set the size of a service whose tier does not scale."""
    memory = {"minReplicaMemoryGb": _FIXED_MEMORY, "maxReplicaMemoryGb": _FIXED_MEMORY}
    rescale(facts, {"numReplicas": 1, "idleScaling": True, **memory})


def scale(organization: Organization, facts: JsonObject, changes: JsonObject) -> None:
    """Change the scaling of a service within the limits of its organisation and warehouse.

    Args:
        organization: The organisation of the service.
        facts: The service's properties; changed in place.
        changes: Scaling properties of the request.

    Raises:
        Problem: 400 for an invalid value, 403 for a feature that the plan does not include;
            nothing is changed then.
    """
    if facts.get("tier") == DEVELOPMENT and changes:
        raise bad_request(f"{next(iter(changes))}: services for development have one fixed size")
    if changes.get("autoscalingMode") == "horizontal":
        require_feature(organization, HORIZONTAL, "autoscalingMode")
    wanted = dict(facts)
    rescale(wanted, changes)
    if changes.keys() & set(SIZES):
        _check_sizes(organization, wanted, changes)
    facts.clear()
    facts.update(wanted)


def _check_sizes(organization: Organization, wanted: JsonObject, changes: JsonObject) -> None:
    plan = plan_of(organization)
    if wanted["maxReplicaMemoryGb"] > plan.replica_memory:
        raise bad_request(
            f"maxReplicaMemoryGb: must be at most {plan.replica_memory} on the plan {plan.name}"
        )
    profiles.check_memory(wanted)
    least = warehouses.least_replicas(wanted, plan.replicas)
    if changes.keys() & _REPLICAS and wanted.get("numReplicas", least) < least:
        raise bad_request(
            f"numReplicas: the first service of a warehouse has at least {least} of them"
        )
