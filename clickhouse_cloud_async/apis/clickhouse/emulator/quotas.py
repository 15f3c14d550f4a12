"""Quotas of organisations, and their usage."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Literal

import attrs

from clickhouse_cloud_async.emulation.problems import bad_request, not_found

from .services.scaling import baseline

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async.emulation.json_values import JsonObject

    from .organization import Organization

API_KEYS: Final = "api-keys-per-organization"


@attrs.frozen
class Quota:
    """A limit.

    Args:
        code: Its name in the API.
        things: The limited resources.
        scope: The scope of the limit.
        value: The limit.
        count: Counts the existing resources.
    """

    code: str
    things: str
    scope: Literal["organization", "warehouse"]
    value: int
    count: Callable[[Organization], int]

    @property
    def name(self) -> str:
        """Its name in messages."""
        return f"{self.things[0].upper()}{self.things[1:]} per {self.scope}"

    @property
    def description(self) -> str:
        """Its description."""
        return f"Maximum number of {self.things} in the {self.scope}."


def _replicas(organization: Organization) -> int:
    """Return the number of replicas of the warehouse with the most."""
    replicas: Counter[str] = Counter()
    for service in organization.collection("services").values():
        replicas[service["dataWarehouseId"]] += int(baseline(service)["maxReplicas"])
    return max(replicas.values(), default=0)


def _items(collection: str) -> Callable[[Organization], int]:
    return lambda organization: len(organization.collection(collection))


QUOTAS = {
    quota.code: quota
    for quota in (
        Quota("services-per-organization", "services", "organization", 100, _items("services")),
        Quota(
            "postgres-services-per-organization",
            "Postgres services",
            "organization",
            100,
            _items("postgres"),
        ),
        Quota("replicas-per-warehouse", "replicas", "warehouse", 50, _replicas),
        Quota(API_KEYS, "API keys", "organization", 100, _items("keys")),
    )
}
"""Every quota by its code."""


def quota(organization: Organization, code: str) -> JsonObject:
    """Return a quota of an organisation, with its usage.

    Args:
        organization: The organisation.
        code: Its name in the API.

    Raises:
        Problem: 404 for an unknown code.
    """
    found = QUOTAS.get(code)
    if found is None:
        raise not_found(f"quota {code}")
    return {
        "quotaCode": found.code,
        "name": found.name,
        "description": found.description,
        "scope": found.scope,
        "value": found.value,
        "usage": found.count(organization),
        "adjustable": True,
    }


def check_room(organization: Organization, code: str) -> None:
    """Check that a quota allows another resource.

    Args:
        organization: The organisation.
        code: The quota's code.

    Raises:
        Problem: 400 if the quota is exhausted.
    """
    limit = QUOTAS[code]
    if limit.count(organization) >= limit.value:
        raise bad_request(f"an organisation has at most {limit.value} {limit.things}")
