"""Features and limits of organisations by plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from clickhouse_cloud_async.emulation.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .organization import Organization

HORIZONTAL: Final = "horizontal scaling"
SCHEDULES: Final = "scaling schedules"
UPGRADE_WINDOWS: Final = "upgrade windows"
ENCRYPTION: Final = "transparent data encryption"
PROFILES: Final = "profiles"
FAST_ALERTS: Final = "alerts every 30 seconds"
FUNCTIONS: Final = "user-defined functions"


@attrs.frozen
class Plan:
    """A plan.

    Args:
        name: Its name.
        features: The additional features of its organisations.
        replicas: The default number of replicas of a service.
        replica_memory: The maximum memory of a replica, in gigabytes.
    """

    name: str
    features: frozenset[str] = frozenset()
    replicas: int = 3
    replica_memory: int = 356


_SCALE = frozenset({HORIZONTAL, SCHEDULES, UPGRADE_WINDOWS, FAST_ALERTS, FUNCTIONS})

PLANS: Mapping[str, Plan] = {
    plan.name: plan
    for plan in (
        Plan("TRIAL", replica_memory=120),
        Plan("BASIC", replicas=1),
        Plan("SCALE", _SCALE),
        Plan("ENTERPRISE", _SCALE | {ENCRYPTION, PROFILES}),
    )
}

DEFAULT: Final = "ENTERPRISE"
"""The default plan of an organisation, which includes all features."""


def plan_of(organization: Organization) -> Plan:
    """Return the plan of an organisation."""
    document = organization.world.store.peek(organization.path)
    assert document is not None
    return PLANS[document.get("_plan", DEFAULT)]


def change_plan(organization: Organization, name: str) -> None:
    """Change the plan of an organisation; existing resources stay.

    Args:
        organization: The organisation.
        name: One of `PLANS`.
    """
    organization.document["_plan"] = PLANS[name].name


def has_feature(organization: Organization, feature: str) -> bool:
    """Return whether an organisation has a feature."""
    return feature in plan_of(organization).features


def require_feature(organization: Organization, feature: str, field: str = "") -> None:
    """Check that an organisation has a feature.

    Args:
        organization: The organisation.
        feature: The feature.
        field: The field of the request that needs it; empty for the whole request.

    Raises:
        Problem: 403 if it does not have it.
    """
    if not has_feature(organization, feature):
        place = f"{field}: " if field else ""
        plan = plan_of(organization).name
        raise Problem(403, f"{place}the plan {plan} of the organisation has no {feature}")
