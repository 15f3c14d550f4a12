"""Subscription, service, environment, plan and resource of instances."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.apis.omnistrate.models.addresses import InstanceAddress
from clickhouse_cloud_async.core.errors import NotFoundError
from clickhouse_cloud_async.core.loop_lock import LoopLock
from clickhouse_cloud_async.core.values import UNSET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clickhouse_cloud_async.apis.omnistrate.models.instances import Instance
    from clickhouse_cloud_async.apis.omnistrate.models.subscriptions import (
        OfferedResource,
        PlanOffering,
        ServiceOffering,
        Subscription,
    )
    from clickhouse_cloud_async.core.caller import Caller
    from clickhouse_cloud_async.core.values import Unset


@attrs.frozen(kw_only=True)
class Place:
    """Service, plan, resource and subscription of an instance.

    Attributes:
        service: Its service, as customers see it.
        plan: Its plan, which is the product tier of one environment.
        resource: Its resource.
        subscription_id: ID of its subscription; None if it is not known.
    """

    service: ServiceOffering
    plan: PlanOffering
    resource: OfferedResource
    subscription_id: str | None = None

    @property
    def address(self) -> InstanceAddress:
        """The address of its instances."""
        return InstanceAddress(
            service_provider_id=self.service.service_provider_id,
            service_key=self.service.service_key,
            service_api_version=self.plan.service_api_version,
            environment_key=self.plan.environment_key,
            service_model_key=self.plan.service_model_key,
            product_tier_key=self.plan.product_tier_key,
            resource_key=self.resource.resource_key,
            subscription_id=self.subscription_id,
        )


def service_names(service: ServiceOffering) -> tuple[str, str, str]:
    """Return the name, key and ID of a service."""
    return service.service_name, service.service_key, service.service_id


def environment_names(plan: PlanOffering) -> tuple[str, str, str]:
    """Return the name, key and ID of a plan's environment."""
    return plan.environment_name, plan.environment_key, plan.environment_id


def plan_names(plan: PlanOffering) -> tuple[str, str, str]:
    """Return the name, key and ID of a plan."""
    return plan.product_tier_name, plan.product_tier_key, plan.product_tier_id


def resource_names(resource: OfferedResource) -> tuple[str, str, str]:
    """Return the name, key and ID of a resource."""
    return resource.name, resource.resource_key, resource.resource_id


class Directory:
    """Finds the service, plan, resource and subscription of a client's instances.

    Two lists, offerings and subscriptions, cover all instances. They are fetched at the first use,
    and again for an instance that they do not contain.

    Args:
        caller: Sends the client's requests.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._lock = LoopLock()
        self._version = 0
        self._subscriptions: dict[str, Subscription] = {}
        self._plans: dict[tuple[str, str], list[tuple[ServiceOffering, PlanOffering]]] = {}
        self._unknown: frozenset[tuple[str | None, str | None]] = frozenset()

    def find(self, instance: Instance) -> Place | None:
        """Return the placement of an instance from the fetched lists; None if they lack it.

        Args:
            instance: The instance.
        """
        subscription = self._subscriptions.get(instance.subscription_id or "")
        if subscription is None:
            return None
        key = (subscription.service_id, subscription.product_tier_id)
        for service, plan in self._plans.get(key, ()):
            for resource in plan.resources or ():
                if resource.resource_id == instance.resource_id:
                    return Place(
                        service=service,
                        plan=plan,
                        resource=resource,
                        subscription_id=subscription.id,
                    )
        return None

    async def place_of(self, instance: Instance, timeout: float | Unset | None = UNSET) -> Place:
        """Return the placement of an instance.

        Args:
            instance: The instance.
            timeout: Seconds for each list, None for no limit; the client's by default.

        Raises:
            NotFoundError: No plan to which the user has access has the instance.
            CloudError: The lists cannot be fetched.
        """
        place = self.find(instance)
        if place is None:
            await self.refresh(timeout)
            place = self.find(instance)
        if place is None:
            raise NotFoundError(
                f"no plan on offer has resource {instance.resource_id} and subscription"
                f" {instance.subscription_id} of instance {instance.id}",
                operation="listServiceOffering",
            )
        return place

    async def learn(self, instances: Iterable[Instance]) -> None:
        """Fetch both lists if there are new instances that they do not contain.

        Args:
            instances: The instances.

        Raises:
            CloudError: A list cannot be fetched.
        """
        every = list(instances)
        if self._unexplained(every) - self._unknown:
            await self.refresh()
            self._unknown = self._unexplained(every)

    def _unexplained(
        self, instances: Iterable[Instance]
    ) -> frozenset[tuple[str | None, str | None]]:
        return frozenset(
            (each.subscription_id, each.resource_id)
            for each in instances
            if self.find(each) is None
        )

    async def refresh(self, timeout: float | Unset | None = UNSET) -> None:
        """Fetch both lists again; concurrent callers share the requests.

        Args:
            timeout: Seconds for each list, None for no limit; the client's by default.

        Raises:
            CloudError: A list cannot be fetched.
        """
        from clickhouse_cloud_async.apis.omnistrate.operations.offerings import AsyncOfferings
        from clickhouse_cloud_async.apis.omnistrate.operations.subscriptions import (
            AsyncSubscriptions,
        )

        version = self._version
        async with self._lock.here:
            if version != self._version:
                return
            offerings, subscriptions = await asyncio.gather(
                AsyncOfferings(self._caller).list(timeout=timeout),
                AsyncSubscriptions(self._caller).list(include_inactive=True, timeout=timeout),
            )
            self._subscriptions = {each.id: each for each in subscriptions}
            self._plans = {}
            for service in offerings:
                for plan in service.offerings or ():
                    key = (service.service_id, plan.product_tier_id)
                    self._plans.setdefault(key, []).append((service, plan))
            self._version += 1
