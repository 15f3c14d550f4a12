"""Maps the path of a request to its place in the store."""

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
"""The path parameters that are an instance's address; they are keys and lead to no home."""

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
    """Return the place of a path: a resource, a collection, or its last segment.

    Each kind has a collection at the top: paths need not nest like the things that they lead to,
    and an id is unique whatever it belongs to.

    Args:
        template: Segments of the path's template, as far as they are asked for.
        path: Segments of the path.

    Returns:
        The place; empty where the last parameter names nothing that is kept.
    """
    kind = BY_SEGMENT.get(template[-1])
    if kind is not None and not is_parameter(template[-1]):
        return (kind.collection,)
    for place in range(len(template) - 1, 0, -1):
        if is_parameter(template[place]):
            return _thing(template, path, place)
    return ()


def _thing(template: tuple[str, ...], path: tuple[str, ...], place: int) -> Path:
    """Return the home of the resource of a path parameter."""
    if template[place] in _NO_IDS:
        return ()
    if template[place - 2 : place] == ("resource-instance", "account-config"):
        return ("instances", path[place])
    before = place - 1
    while before and template[before] not in BY_SEGMENT and not is_parameter(template[before]):
        before -= 1  # a word for what is done, such as in copy/{sourceId}
    kind = BY_SEGMENT.get(template[before])
    if kind is None:
        return ()
    if kind.collection == "versions":
        return (kind.collection, version_key(path[place - 2], path[place]))
    return (kind.collection, path[place])


def version_key(tier: str, version: str) -> str:
    """Return the key under which a version of a product tier is kept."""
    return f"{tier} {version}"
