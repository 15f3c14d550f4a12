"""Criteria that select instances."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, TypeAlias

import attrs

from clickhouse_cloud_async.apis.omnistrate.extensions.directory import (
    environment_names,
    plan_names,
    service_names,
)
from clickhouse_cloud_async.apis.omnistrate.models.instances import InstanceState
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.functions import checked_function

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clickhouse_cloud_async.apis.omnistrate.models.instances import (
        Instance,
        InstanceStateText,
    )

    from .instance import AsyncFleetInstance

Statuses: TypeAlias = (
    "InstanceState | InstanceStateText | Collection[InstanceState | InstanceStateText]"
)
"""One or more states; text other than a known state is refused, also by type checkers."""

INTERNAL = ("r-injectedaccountconfig", "r-obsrv")
"""Beginnings of the IDs of resources that stand for cloud accounts and monitoring."""


@attrs.frozen(kw_only=True)
class Criteria:
    """Criteria that an instance has to match, all of them; None matches every instance.

    Attributes:
        services: Names, keys or IDs of services.
        environments: Names, keys or IDs of environments.
        plans: Names, keys or IDs of plans.
        regions: The regions.
        statuses: The states.
        where: Further condition, called with an instance.
    """

    services: frozenset[str] | None = None
    environments: frozenset[str] | None = None
    plans: frozenset[str] | None = None
    regions: frozenset[str] | None = None
    statuses: frozenset[str] | None = None
    where: Callable[[Instance], object] | None = None

    @classmethod
    def of(
        cls,
        *,
        service: str | Collection[str] | None = None,
        environment: str | Collection[str] | None = None,
        plan: str | Collection[str] | None = None,
        region: str | Collection[str] | None = None,
        status: Statuses | None = None,
        where: Callable[[Instance], object] | None = None,
    ) -> Criteria:
        """Return criteria from the arguments of `select`.

        Raises:
            InvalidArgumentError: An argument is of a wrong type, or there is no such state.
        """
        if where is not None:
            checked_function("where", where)
        statuses = _texts("status", status)
        unknown = sorted((statuses or frozenset()) - {str(known) for known in InstanceState})
        if unknown:
            raise InvalidArgumentError(
                f"status: {', '.join(map(repr, unknown))}"
                f" is not one of {', '.join(sorted(InstanceState))}"
            )
        return cls(
            services=_texts("service", service),
            environments=_texts("environment", environment),
            plans=_texts("plan", plan),
            regions=_texts("region", region),
            statuses=statuses,
            where=where,
        )

    def match(self, member: AsyncFleetInstance) -> bool:
        """Return whether an instance is selected.

        Instances that represent a cloud account or monitoring are never selected.
        """
        instance = member.instance
        return (
            not (instance.resource_id or "").startswith(INTERNAL)
            and (self.statuses is None or instance.status in self.statuses)
            and (self.regions is None or instance.region in self.regions)
            and self._is_at(member)
            and (self.where is None or bool(self.where(instance)))
        )

    @property
    def filters(self) -> Sequence[str]:
        """The criteria that the API can apply: none."""
        return ()

    def _is_at(self, member: AsyncFleetInstance) -> bool:
        if self.services is None and self.environments is None and self.plans is None:
            return True
        place = member.place
        return (
            place is not None
            and _is_one_of(self.services, service_names(place.service))
            and _is_one_of(self.environments, environment_names(place.plan))
            and _is_one_of(self.plans, plan_names(place.plan))
        )


def _is_one_of(wanted: frozenset[str] | None, names: tuple[str, ...]) -> bool:
    return wanted is None or not wanted.isdisjoint(names)


def _texts(name: str, value: str | Collection[str] | None) -> frozenset[str] | None:
    """Return one or several texts as a set.

    Raises:
        InvalidArgumentError: The value is something else.
    """
    if value is None:
        return None
    texts = (value,) if isinstance(value, str) else value
    if isinstance(texts, Mapping) or not isinstance(texts, Collection):
        kind = type(value).__name__
        raise InvalidArgumentError(f"{name}: expected a text or several, found {kind}")
    for text in texts:
        if not isinstance(text, str):
            raise InvalidArgumentError(f"{name}: expected text, found {type(text).__name__}")
    return frozenset(str(text) for text in texts)
