"""Maps the path of a request to a path in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.router import is_parameter

from .kinds import BY_SEGMENT

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.store import Path

ADDRESS = (
    "{serviceProviderId}",
    "{serviceKey}",
    "{serviceAPIVersion}",
    "{serviceEnvironmentKey}",
    "{serviceModelKey}",
    "{productTierKey}",
    "{resourceKey}",
)
"""The path parameters that are an instance's address; they are keys, not IDs."""

_NO_IDS = frozenset(
    (
        *ADDRESS,
        "{awsAccountID}",
        "{azureSubscriptionID}",
        "{cloudProviderName}",
        "{environmentType}",
        "{gcpProjectID}",
        "{nebiusTenantID}",
        "{ociTenancyID}",
        "{snapshotId}",
    )
)


def home(template: tuple[str, ...], path: tuple[str, ...]) -> Path:
    """Return the path in the store for a request's path: that of a resource or a collection.

    Each kind has a collection at the top level: request paths do not always contain the parents
    of a resource, and its ID is unique without them.

    Args:
        template: The relevant segments of the path's template.
        path: Segments of the path.

    Returns:
        The path; empty if the last parameter is not the ID of a stored resource.
    """
    kind = BY_SEGMENT.get(template[-1])
    if kind is not None and not is_parameter(template[-1]):
        return (kind.collection,)
    for place in range(len(template) - 1, 0, -1):
        if is_parameter(template[place]):
            return _thing(template, path, place)
    return ()


def _thing(template: tuple[str, ...], path: tuple[str, ...], place: int) -> Path:
    """Return the path in the store of the resource of a path parameter."""
    if template[place] in _NO_IDS:
        return ()
    if template[place - 2 : place] == ("resource-instance", "account-config"):
        return ("instances", path[place])
    before = place - 1
    while before and template[before] not in BY_SEGMENT and not is_parameter(template[before]):
        before -= 1  # a verb, such as in copy/{sourceId}
    kind = BY_SEGMENT.get(template[before])
    if kind is None:
        return ()
    if kind.collection == "versions":
        return (kind.collection, version_key(path[place - 2], path[place]))
    return (kind.collection, path[place])


def version_key(tier: str, version: str) -> str:
    """Return the key of a version of a product tier in the store."""
    return f"{tier} {version}"
