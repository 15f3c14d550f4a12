"""The settings of API7 Cloud for the commands about an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.account_of import Account

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7.client import AsyncAPI7Cloud
    from clickhouse_cloud_async.apis.api7.models import User


def load_client() -> type[AsyncAPI7Cloud]:
    """Return the class of the clients of API7 Cloud."""
    from clickhouse_cloud_async.apis.api7.client import AsyncAPI7Cloud

    return AsyncAPI7Cloud


async def _identify(cloud: AsyncAPI7Cloud) -> User:
    return await cloud.user.get()


async def _probe(cloud: AsyncAPI7Cloud) -> object:
    return await cloud.control_planes.list()


ACCOUNT = Account(load_client, _identify, _probe)
