"""What instances belong to: their subscription, service, environment, plan and resource."""

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
    """What an instance belongs to.

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
    """Return what a service is called: its name, key and ID."""
    return service.service_name, service.service_key, service.service_id


def environment_names(plan: PlanOffering) -> tuple[str, str, str]:
    """Return what the environment of a plan is called: its name, key and ID."""
    return plan.environment_name, plan.environment_key, plan.environment_id


def plan_names(plan: PlanOffering) -> tuple[str, str, str]:
    """Return what a plan is called: its name, key and ID."""
    return plan.product_tier_name, plan.product_tier_key, plan.product_tier_id


def resource_names(resource: OfferedResource) -> tuple[str, str, str]:
    """Return what a resource is called: its name, key and ID."""
    return resource.name, resource.resource_key, resource.resource_id


class Directory:
    """Knows what the instances that a client sees belong to.

    Two lists, offerings and subscriptions, hold it for all instances. They are fetched when it is
    asked for first, and again when it is asked for an instance that they do not explain.

    Args:
        caller: The client's way to its API.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._lock = LoopLock()
        self._version = 0
        self._subscriptions: dict[str, Subscription] = {}
        self._plans: dict[tuple[str, str], list[tuple[ServiceOffering, PlanOffering]]] = {}
        self._unknown: frozenset[tuple[str | None, str | None]] = frozenset()

    def find(self, instance: Instance) -> Place | None:
        """Return what an instance belongs to, as far as the lists say; None if they do not.

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
        """Return what an instance belongs to.

        Args:
            instance: The instance.
            timeout: Seconds for each list, None for no limit; the client's by default.

        Raises:
            NotFoundError: No plan that the user sees has the instance.
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
        """Fetch both lists if there are instances that they do not explain, and did not before.

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
        """Fetch both lists anew; callers that wait for it at the same time share the requests.

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
