"""Instances as the members of fleets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.omnistrate.extensions.instances import directory_of
from clickhouse_cloud_async.apis.omnistrate.operations.instances import LIFECYCLE
from clickhouse_cloud_async.core.errors import CloudError
from clickhouse_cloud_async.fleet.inventory import find_members
from clickhouse_cloud_async.fleet.kind import Kind

from .events import InstanceEvent

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from clickhouse_cloud_async.apis.omnistrate.client import AsyncOmnistrate
    from clickhouse_cloud_async.apis.omnistrate.extensions.directory import Place
    from clickhouse_cloud_async.apis.omnistrate.models.addresses import InstanceAddress
    from clickhouse_cloud_async.apis.omnistrate.models.instances import Instance
    from clickhouse_cloud_async.fleet.kind import Criteria
    from clickhouse_cloud_async.fleet.report import MemberFailure


@attrs.frozen(kw_only=True)
class AsyncFleetInstance:
    """An instance of a fleet, and its client.

    Attributes:
        instance: The instance as it was when it was listed.
        place: Its service, plan and resource; None if no available plan has it.
        account: Name of the account with access to it.
        cloud: The client.
    """

    instance: Instance
    place: Place | None
    account: str
    cloud: AsyncOmnistrate = attrs.field(repr=False, eq=False)

    @property
    def address(self) -> InstanceAddress:
        """The address of the instance, for calls.

        Raises:
            CloudError: No available plan has the instance.
        """
        if self.place is None:
            raise CloudError(
                f"no plan on offer has resource {self.instance.resource_id} and subscription"
                f" {self.instance.subscription_id} of instance {self.instance.id}"
            )
        return self.place.address

    @property
    def item(self) -> Instance:
        """The instance."""
        return self.instance

    @property
    def organization_id(self) -> str:
        """The account."""
        return self.account


def _member(instance: Instance, account: str, cloud: AsyncOmnistrate) -> AsyncFleetInstance:
    place = directory_of(cloud.instances).find(instance)
    return AsyncFleetInstance(instance=instance, place=place, account=account, cloud=cloud)


async def _list(
    cloud: AsyncOmnistrate, _account: str, _filters: Sequence[str], timeout: float | None
) -> Sequence[Instance]:
    return await cloud.instances.list(timeout=timeout)


async def _get(member: AsyncFleetInstance, timeout: float | None) -> Instance:
    return await member.cloud.instances.get(member.address, member.instance.id, timeout=timeout)


async def _prepare(cloud: AsyncOmnistrate, instances: Collection[Instance]) -> None:
    await directory_of(cloud.instances).learn(instances)


def _itself(member: AsyncFleetInstance) -> AsyncFleetInstance:
    return member


INSTANCES = Kind(
    home=f"{__name__}:INSTANCES",
    lifecycle=LIFECYCLE,
    scope="",
    passes={
        "start": ("STARTING",),
        "stop": ("STOPPING",),
        "restart": ("RESTARTING",),
        "update": ("DEPLOYING",),
        "upgrade": ("DEPLOYING",),
        "delete": ("DELETING",),
    },
    list=_list,
    get=_get,
    member=_member,
    event=InstanceEvent,
    name="id",
    subject=_itself,
    prepare=_prepare,
)
"""The kind of resource that fleets of Omnistrate act on."""


async def find_instances(
    members: Sequence[AsyncOmnistrate], criteria: Criteria, timeout: float | None
) -> tuple[list[AsyncFleetInstance], list[MemberFailure]]:
    """List the instances of all clients, each with one request, and return the selected ones.

    Args:
        members: The clients.
        criteria: Criteria that select instances.
        timeout: Seconds for the whole call; None for no limit.

    Returns:
        The instances in the order of their clients, and the clients that failed.
    """
    found: tuple[list[Any], list[MemberFailure]]
    found = await find_members(INSTANCES, members, criteria, timeout)
    return found
