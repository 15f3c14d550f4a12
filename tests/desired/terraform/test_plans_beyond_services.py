"""Documents of all that is no service or pipe, compared with an emulator that holds it."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.codec import to_json
from clickhouse_cloud_async.desired.plain import plain
from clickhouse_cloud_async.desired.references import Reference
from tests.desired.pipe_scene import SECRETS, bring_about, described, running_service

from .plans import TAG, changes, named, planned, stored, stored_service
from .provider import PROVIDER
from .states import data, resource

if TYPE_CHECKING:
    from pathlib import Path

    from clickhouse_cloud_async import AsyncClickHouseCloud

_SOURCE: dict[str, Any] = {
    "service": "clicks",
    "name": "Logs",
    "kind": "log",
    "connection": "c1",
    "from": {"database_name": "otel", "table_name": "otel_logs"},
    "default_table_select_expression": "Timestamp, Body",
    "timestamp_value_expression": "Timestamp",
}
_SOURCE_ID = Reference("clickstack_sources", "Logs")


def _row(type_: str, shown: Any, **others: Any) -> dict[str, Any]:
    return resource(type_, stored(PROVIDER[type_], {**plain(shown), **others}))


async def test_query_endpoint() -> None:
    """A query endpoint whose keys are named by a data source."""
    async with running_service() as (_, cloud):
        service = await named(cloud)
        key = (await cloud.api_keys.create(name="reader", ip_access_list=[])).key
        endpoint = await cloud.query_endpoints.set(
            service.id, roles=["sql_console_read_only"], open_api_keys=[str(key.id)]
        )
        shown = plain(endpoint)
        row = stored_service(
            service, query_api_endpoints={**shown, "api_key_ids": shown["open_api_keys"]}
        )
        key_row = data("api_key_id", {"id": key.id, "name": key.name})
        assert changes(await planned(cloud, key_row, row)) == [TAG]


async def test_organization_settings() -> None:
    """The setting of the organisation."""
    async with running_service() as (_, cloud):
        (organization,) = await cloud.organizations.list()
        allowed = organization.enable_core_dumps
        row = _row("organization_settings", organization, core_dumps_enabled=allowed)
        assert changes(await planned(cloud, row)) == []


async def test_role_assignment() -> None:
    """Who holds a role, by the e-mail addresses and names that data sources tell."""
    async with running_service() as (_, cloud):
        member = (await cloud.members.list())[0]
        key = (await cloud.api_keys.create(name="reader", ip_access_list=[])).key
        role = await cloud.roles.create(
            name="operator", policies=[], actors=[f"user/{member.user_id}", f"apiKey/{key.id}"]
        )
        rows = [
            _row("role", role),
            resource(
                "role_assignment",
                {"role_id": role.id, "user_ids": [member.user_id], "api_key_ids": [key.id]},
            ),
            data("user", {"id": member.user_id, "email": member.email}),
            data("api_key_id", {"id": key.id, "name": key.name}),
        ]
        assert changes(await planned(cloud, *rows)) == []


async def test_postgres() -> None:
    """A Postgres service with its settings, and a read replica of it."""
    primary = {
        "name": "orders",
        "provider": "aws",
        "region": "eu-central-1",
        "size": "m6gd.large",
        "tags": [{"key": "env", "value": "prod"}],
        "ip_access_list": [],
    }
    replica = {"name": "reader", "replica_of": "orders"}
    settings = {"postgres": "orders", "pg_config": {"max_connections": "200"}}
    async with running_service() as (_, cloud):
        await bring_about(
            cloud, described(postgres=[primary, replica], postgres_configurations=[settings])
        )
        rows = [await _postgres_row(cloud, name) for name in ("orders", "reader")]
        rows[1]["values"]["read_replica_of"] = rows[0]["values"]["id"]
        assert changes(await planned(cloud, *rows)) == []


async def _postgres_row(cloud: AsyncClickHouseCloud, name: str) -> dict[str, Any]:
    listed = next(each for each in await cloud.postgres.list() if each.name == name)
    service = await cloud.postgres.get(listed.id)
    config = plain(await cloud.postgres.get_config(listed.id))
    return _row(
        "postgres_service",
        service,
        cloud_provider=str(service.provider),
        tags={tag.key: tag.value or "" for tag in service.tags or ()},
        pg_config={key: str(value) for key, value in config["pg_config"].items() if value},
        pgbouncer_config=config["pg_bouncer_config"],
        password_wo_version=1,
    )


async def test_udf(tmp_path: Path) -> None:
    """A function in its version, and the service that has it."""
    with zipfile.ZipFile(tmp_path / "udf.zip", "w") as archive:
        archive.writestr("main.py", "print(1)")
    function = {
        "function_name": "echo",
        "type": "executable_pool",
        "runtime": "python3.11",
        "arguments": [{"name": "input", "type": "String"}],
        "return_type": "String",
        "archive": str(tmp_path / "udf.zip"),
    }
    attachment = {"service": "clicks", "function": "echo", "version": 1}
    async with running_service() as (_, cloud):
        await bring_about(cloud, described(udfs=[function], udf_attachments=[attachment]))
        service = await named(cloud)
        rows = [
            _row("udf", await cloud.udfs.get("echo"), source_archive_path="build/udf.zip"),
            _row("udf_attachment", await cloud.udfs.get_attachment("echo", service.id)),
            stored_service(service),
        ]
        assert changes(await planned(cloud, *rows)) == [TAG]


async def test_clickstack() -> None:
    """Everything of ClickStack that the provider knows of."""
    search = {"service": "clicks", "name": "Errors", "source": "Logs", "where": "a:b"}
    webhook = {
        "service": "clicks",
        "webhook_service": "generic",
        "name": "pager",
        "url": {"env": "PIPE_PASSWORD"},
        "body": "{{body}}",
    }
    channel = {"type": "webhook", "webhook_id": Reference("clickstack_webhooks", "generic/pager")}
    alert = {
        "service": "clicks",
        "name": "Many errors",
        "source": "saved_search",
        "saved_search": "Errors",
        "channels": [channel],
        "interval": "15m",
        "threshold": 200.5,
        "threshold_type": "above",
    }
    tile = {
        "name": "Logs", "x": 0, "y": 0, "w": 6, "h": 3,
        "config": {
            "display_type": "line",
            "source_id": _SOURCE_ID,
            "select": [{"agg_fn": "count", "where": "", "where_language": "lucene"}],
        },
    }  # fmt: skip
    dashboard = {"service": "clicks", "name": "Main", "tiles": [tile], "tags": ["prod"]}
    permissions = [{"action": "read", "subject": "Dashboard"}]
    role = {"service": "clicks", "name": "viewer", "permissions": permissions}
    async with running_service() as (_, cloud):
        desired = described(
            clickstack_sources=[_SOURCE],
            clickstack_saved_searches=[search],
            clickstack_webhooks=[webhook],
            clickstack_alerts=[alert],
            clickstack_dashboards=[dashboard],
            clickstack_roles=[role],
        )
        await bring_about(cloud, desired)
        rows = [stored_service(await named(cloud)), *await _clickstack_rows(cloud)]
        # The API shows URLs of webhooks: they are compared where the variable is set.
        variable, url = "CLICKSTACK_WEBHOOK_PAGER_URL", SECRETS["PIPE_PASSWORD"]
        for value, differences in ((url, [TAG]), ("", [TAG]), ("https://other", [TAG, "url"])):
            assert changes(await planned(cloud, *rows, **{variable: value})) == differences


async def _clickstack_rows(cloud: AsyncClickHouseCloud) -> list[dict[str, Any]]:
    service_id = (await named(cloud)).id
    stack = cloud.clickstack
    (source,) = await stack.sources.list(service_id)
    (search,) = await stack.saved_searches.list(service_id)
    (webhook,) = await stack.webhooks.list(service_id)
    (alert,) = await stack.alerts.list(service_id)
    (dashboard,) = await stack.dashboards.list(service_id)
    role = next(each for each in await stack.roles.list(service_id) if each.name == "viewer")
    content = to_json(dashboard)
    for tile in content["tiles"]:
        # What the API shows of a tile may not pass as a request.
        tile.pop("id")
        for item in tile["config"]["select"]:
            item.pop("level", None)
            item.pop("valueExpression", None)
    shown = plain(alert)
    (channel,) = shown["channels"]
    return [
        _row("clickstack_source", source, connection_id="c1", **{"from": plain(source)["from_"]}),
        _row(
            "clickstack_saved_search", search, filters=json.dumps(plain(search).get("filters", []))
        ),
        _row("clickstack_webhook", webhook, url="sample"),
        _row("clickstack_alert", alert, channel=channel),
        _row("clickstack_dashboard", dashboard, dashboard_json=json.dumps(content)),
        _row(
            "clickstack_role",
            role,
            permissions=[
                permission
                for permission in plain(role)["permissions"]
                # The provider hides what the server adds.
                if permission["subject"] != "Connection"
            ],
        ),
    ]
