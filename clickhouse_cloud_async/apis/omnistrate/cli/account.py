"""The settings of Omnistrate for the commands about an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.account_of import Account

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.client import AsyncOmnistrate
    from clickhouse_cloud_async.apis.omnistrate.models import User


def load_client() -> type[AsyncOmnistrate]:
    """Return the class of the clients of Omnistrate."""
    from clickhouse_cloud_async.apis.omnistrate.client import AsyncOmnistrate

    return AsyncOmnistrate


async def _identify(cloud: AsyncOmnistrate) -> User:
    return await cloud.users.current()


async def _probe(cloud: AsyncOmnistrate) -> object:
    return await cloud.services.list()


ACCOUNT = Account(load_client, _identify, _probe)
