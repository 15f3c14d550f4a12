"""The ClickHouse Cloud API as a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.api import API, Problems, Scope
from clickhouse_cloud_async.core.auth import BEARER, KEY_PAIR
from clickhouse_cloud_async.core.errors import ConfigurationError, ResponseDecodeError

if TYPE_CHECKING:
    from .namespaces import AsyncNamespaces


async def find_organization(cloud: AsyncNamespaces) -> str:
    """Return the ID of the only organisation of a client's credentials.

    Args:
        cloud: The client.

    Raises:
        ConfigurationError: The credentials belong to no organisation, or to several.
        ResponseDecodeError: The organisation has no ID.
    """
    organizations = await cloud.organizations.list()
    if len(organizations) == 1:
        if not organizations[0].id:
            raise ResponseDecodeError("the organisation in the response has no id")
        return organizations[0].id
    if not organizations:
        raise ConfigurationError("the credentials belong to no organisation")
    listed = ", ".join(f"{each.id} ({each.name})" for each in organizations)
    raise ConfigurationError(
        f"the credentials see several organisations, pass organization_id: {listed}"
    )


CLICKHOUSE_CLOUD = API(
    name="clickhouse",
    title="ClickHouse Cloud",
    base_url="https://api.clickhouse.cloud",
    version_path="/v1",
    env_prefix="CLICKHOUSE_CLOUD",
    config_folder="clickhouse-cloud",
    credentials=(KEY_PAIR, BEARER),
    scopes=(Scope("organizationId", "organization_id", "organisation", find_organization),),
    lookups={"serviceId": "services.get_by_name"},
    envelope="result",
    problems=Problems(
        messages=(("error",), ("message",), ("error_msg",), ("name",)),
        request_ids=(("requestId",),),
        marks=("error", "error_msg"),
        members=frozenset(
            ("error", "error_msg", "issues", "message", "requestId", "result", "status")
        ),
        unknown_ids=((400, r"BAD_REQUEST: Invalid [\w ]+ id\b.*"),),
        missing_route=b"<pre>Cannot ",
    ),
    rate_limit=(10, 10.0),
    metrics="clickhouse_cloud",
)
"""The ClickHouse Cloud API."""
