"""Methods of instances that combine operations."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from clickhouse_cloud_async.apis.omnistrate.extensions.directory import (
    Directory,
    Place,
    environment_names,
    plan_names,
    resource_names,
    service_names,
)
from clickhouse_cloud_async.apis.omnistrate.operations import instances
from clickhouse_cloud_async.apis.omnistrate.operations.offerings import AsyncOfferings
from clickhouse_cloud_async.core.errors import InvalidArgumentError, NotFoundError
from clickhouse_cloud_async.core.values import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clickhouse_cloud_async.apis.omnistrate.models.addresses import InstanceAddress
    from clickhouse_cloud_async.apis.omnistrate.models.instances import Instance
    from clickhouse_cloud_async.core.values import Unset

T = TypeVar("T")


class AsyncInstances(instances.AsyncInstances):
    """Resource instances, which run for customers."""

    async def address(
        self,
        *,
        service: str,
        environment: str | None = None,
        plan: str | None = None,
        resource: str | None = None,
        subscription_id: str | None = None,
        timeout: float | Unset | None = UNSET,
    ) -> InstanceAddress:
        """Find the address of instances, which the other methods take.

        This takes one request. Pass environment, plan and resource by name, key or ID; each may be
        omitted if there is only one.

        Args:
            service: Name, key or ID of the service.
            environment: Name, key or ID of the environment.
            plan: Name, key or ID of the plan, which is a product tier.
            resource: Name, key or ID of the resource.
            subscription_id: ID of the subscription that calls with this address use by default.
            timeout: Seconds for the whole call, None for no limit; the client's by default.

        Returns:
            The address.

        Raises:
            NotFoundError: The user has no access to such a service, environment, plan or resource.
            InvalidArgumentError: There are several candidates, which the message lists.
            CloudError: The services on offer cannot be listed.

        Example:
            ``await cloud.instances.address(service="Redis", environment="Prod", plan="Pro")``

        Source: ``GET /2022-09-01-00/service-offering`` (listServiceOffering).
        """
        offered = await AsyncOfferings(self._caller).list(timeout=timeout)
        found = _only(
            "service",
            service,
            offered,
            service_names,
        )
        plans = found.offerings or []
        environments = {each.environment_key: each for each in plans}
        chosen = _only(
            "environment",
            environment,
            environments.values(),
            environment_names,
        )
        tier = _only(
            "plan",
            plan,
            [each for each in plans if each.environment_key == chosen.environment_key],
            plan_names,
        )
        part = _only(
            "resource",
            resource,
            tier.resources or [],
            resource_names,
        )
        return Place(
            service=found, plan=tier, resource=part, subscription_id=subscription_id
        ).address

    async def address_of(
        self, instance: Instance, *, timeout: float | Unset | None = UNSET
    ) -> InstanceAddress:
        """Return the address of an instance, with its subscription.

        Two requests find the addresses of all instances. They are sent with the first call, and
        again for an instance that the results do not contain.

        Args:
            instance: The instance, as `list` or `get` returns it.
            timeout: Seconds for each request, None for no limit; the client's by default.

        Returns:
            The address.

        Raises:
            NotFoundError: No plan to which the user has access has the instance.
            CloudError: The services on offer or the subscriptions cannot be listed.

        Source: ``GET /2022-09-01-00/service-offering`` (listServiceOffering);
        ``GET /2022-09-01-00/subscription`` (listSubscriptions).
        """
        return (await self._directory.place_of(instance, timeout)).address

    @cached_property
    def _directory(self) -> Directory:
        return Directory(self._caller)


def directory_of(namespace: AsyncInstances) -> Directory:
    """Return the directory of a client's instances.

    Args:
        namespace: The client's instances.
    """
    return namespace._directory  # noqa: SLF001 - of this module


def _only(
    kind: str, wanted: str | None, things: Iterable[T], names: Callable[[T], tuple[str, ...]]
) -> T:
    """Return the only one of some things that has a name, key or ID.

    Raises:
        NotFoundError: None has it.
        InvalidArgumentError: Several have it.
    """
    every = list(things)
    found = [each for each in every if wanted is None or wanted in names(each)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(sorted(" or ".join(dict.fromkeys(names(each))) for each in found or every))
    if not found:
        what = f"no {kind}" if wanted is None else f"no {kind} is called {wanted!r}"
        raise NotFoundError(
            f"{what}; on offer: {listed or 'none'}", operation="listServiceOffering"
        )
    raise InvalidArgumentError(f"{kind}: there are several, name one of {listed}")
