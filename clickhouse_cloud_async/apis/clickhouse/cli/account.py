"""The settings of ClickHouse Cloud for the commands about an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.cli.account_of import Account

if TYPE_CHECKING:
    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.models import Whoami


def load_client() -> type[AsyncClickHouseCloud]:
    """Return the class of the clients of ClickHouse Cloud."""
    from clickhouse_cloud_async import AsyncClickHouseCloud

    return AsyncClickHouseCloud


async def _identify(cloud: AsyncClickHouseCloud) -> Whoami:
    return await cloud.identity.whoami()


async def _probe(cloud: AsyncClickHouseCloud) -> object:
    return await cloud.organizations.list(), await cloud.services.list()


ACCOUNT = Account(load_client, _identify, _probe)
