"""Documents of services and pipes, compared with an emulator that holds what states say."""

from __future__ import annotations

from typing import Any

import pytest

from clickhouse_cloud_async.desired.plain import plain
from clickhouse_cloud_async.emulator import Emulator
from clickhouse_cloud_async.models import RolePolicyCreateRequest, ScalingScheduleEntryRequest
from tests.desired.pipe_cases import CASES, PipeCase
from tests.desired.pipe_scene import SECRETS, running_service
from tests.desired.scene import SPEED, open_client

from .plans import TAG, changes, named, planned, stored, stored_service
from .provider import PROVIDER
from .states import resource, service


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"idleScaling": True, "idleTimeoutMinutes": 30},
        {
            "autoscalingMode": "horizontal",
            "minReplicas": 2,
            "maxReplicas": 5,
            "minReplicaMemoryGb": 16,
            "maxReplicaMemoryGb": 16,
        },
        {
            "tags": [{"key": "env", "value": "prod"}, {"key": "bare"}],
            "ipAccessList": [
                {"source": "10.0.0.0/8", "description": "office"},
                {"source": "1.2.3.4"},
            ],
        },
    ],
    ids=["vertical", "idle", "horizontal", "reached"],
)
async def test_service(properties: dict[str, Any]) -> None:
    """A service is as its document says, but for the tag of the fleet."""
    async with running_service(**properties) as (_, cloud):
        service = await named(cloud)
        backups = await cloud.backups.update_configuration(
            service.id, backup_period_in_hours=12, backup_retention_period_in_hours=72
        )
        await cloud.services.update(service.id, endpoints=[{"protocol": "mysql", "enabled": True}])
        service = await cloud.services.get(service.id)
        row = stored_service(service, backup_configuration=plain(backups))
        assert changes(await planned(cloud, row)) == [TAG]


async def test_fields_of_services_in_other_resources() -> None:
    """So are its schedule and window, which the provider keeps apart."""
    async with running_service() as (_, cloud):
        service = await named(cloud)
        entry = ScalingScheduleEntryRequest(
            name="Night", weekdays=[1, 2], start_hour_utc=22, end_hour_utc=6, num_replicas=1
        )
        schedule = plain(await cloud.scaling_schedules.set(service.id, entries=[entry]))
        for each in schedule["entries"]:
            replicas = each.pop("num_replicas", None)
            each.setdefault("min_replicas", replicas)
            each.setdefault("max_replicas", replicas)
        window = await cloud.upgrade_windows.set(service.id, weekday=3, start_hour_utc=12)
        above = {"id": service.id, "service_id": service.id}
        rows = [
            stored_service(service),
            resource(
                "service_scheduled_scaling",
                stored(PROVIDER["service_scheduled_scaling"], {**schedule, **above}),
            ),
            resource(
                "service_upgrade_window",
                stored(PROVIDER["service_upgrade_window"], {**plain(window), **above}),
            ),
        ]
        assert changes(await planned(cloud, *rows)) == [TAG]


async def test_warehouse() -> None:
    """A secondary service names its primary one, and both are as their documents say."""
    async with running_service() as (_, cloud):
        primary = await named(cloud)
        made = await cloud.services.create(
            name="reader",
            provider=primary.provider,
            region=primary.region,
            data_warehouse_id=primary.id,
            is_readonly=True,
            ip_access_list=[],
        )
        reader = await cloud.services.wait_until(made.service.id, "running")
        rows = [
            stored_service(primary),
            stored_service(reader, backup_configuration=None, password=None),
        ]
        assert changes(await planned(cloud, *rows)) == [TAG, TAG]


async def test_private_endpoints_and_encryption_key() -> None:
    """Private endpoints, and the key of an encrypted service, too."""
    async with running_service(hasTransparentDataEncryption=True) as (_, cloud):
        service = await named(cloud)
        for endpoint in ("vpce-0a", "vpce-0b"):
            await cloud.private_endpoints.create(service.id, id=endpoint)
        service = await cloud.services.update(
            service.id, transparent_data_encryption_key_id="arn:key"
        )
        rows = [
            stored_service(service, transparent_data_encryption={"enabled": True}),
            resource(
                "service_private_endpoints_attachment",
                {"service_id": service.id, "private_endpoint_ids": ["vpce-0b", "vpce-0a"]},
            ),
            resource(
                "service_transparent_data_encryption_key_association",
                {"service_id": service.id, "key_id": "arn:key"},
            ),
        ]
        assert changes(await planned(cloud, *rows)) == [TAG]


async def test_role() -> None:
    """A role is as its document says, with the permissions that the API adds."""
    async with running_service() as (_, cloud):
        service = await named(cloud)
        policy = RolePolicyCreateRequest(
            allow_deny="ALLOW",
            permissions=["control-plane:service:manage"],
            resources=[f"instance/{service.id}"],
        )
        role = await cloud.roles.create(name="operator", actors=[], policies=[policy])
        values = {
            "id": role.id,
            "name": role.name,
            "policies": [{**plain(policy), "effect": "ALLOW"}],
        }
        rows = [stored_service(service), resource("role", stored(PROVIDER["role"], values))]
        assert changes(await planned(cloud, *rows)) == [TAG]


@pytest.mark.parametrize("case", CASES, ids=[case.kind for case in CASES])
async def test_clickpipe(case: PipeCase) -> None:
    """A pipe of any source is as its document says."""
    async with running_service() as (_, cloud):
        service = await named(cloud)
        made = await cloud.clickpipes.create(service.id, name="events", **_revealed(case.fields))
        await cloud.clickpipes.wait_until(service.id, made.id, {"Running", "Snapshot", "Completed"})
        pipe = plain(await cloud.clickpipes.get(service.id, made.id))
        (secrets,) = _revealed(case.fields["source"]).values()
        (source,) = pipe["source"].values()
        values = {
            **pipe,
            "source": {case.kind: {**secrets, **source, "uri": "mongodb://db.example"}},
            "stopped": False,
        }
        row = resource("clickpipe", stored(PROVIDER["clickpipe"], values))
        # Of a URI all but its credentials is compared.
        uri = {"CLICKPIPE_EVENTS_URI": SECRETS["PIPE_URI"]}
        assert changes(await planned(cloud, stored_service(service), row, **uri)) == [TAG]


def _revealed(value: Any) -> Any:
    """Return fields of a document with the values of its secrets."""
    if isinstance(value, dict):
        if set(value) == {"env"}:
            return SECRETS[value["env"]]
        return {name: _revealed(item) for name, item in value.items()}
    return [_revealed(item) for item in value] if isinstance(value, list) else value


async def test_network_and_size_of_clickpipes() -> None:
    """Endpoints with their DNS names, and the size of database pipes."""
    async with running_service() as (_, cloud):
        service = await named(cloud)
        endpoint = await cloud.reverse_private_endpoints.create(
            service.id,
            description="db",
            type="VPC_ENDPOINT_SERVICE",
            vpc_endpoint_service_name="com.example.vpce",
            custom_private_dns_mappings=[{"private_dns_name": "db.example"}],
        )
        database = next(case.fields for case in CASES if case.kind == "postgres")
        pipe = await cloud.clickpipes.create(service.id, name="orders", **_revealed(database))
        await cloud.clickpipes.wait_until(service.id, pipe.id, "Running")
        size = await cloud.clickpipes.get_cdc_scaling(service.id)
        above = {"service_id": service.id, "reverse_private_endpoint_id": endpoint.id}
        shown = plain(endpoint)
        rows = [
            stored_service(service),
            *(
                resource(kind, stored(PROVIDER[kind], {**values, **above}))
                for kind, values in (
                    ("clickpipes_reverse_private_endpoint", shown),
                    (
                        "clickpipes_reverse_private_endpoint_custom_private_dns",
                        {"mapping": shown["custom_private_dns_mappings"]},
                    ),
                    ("clickpipe_cdc_infrastructure", plain(size)),
                )
            ),
        ]
        assert changes(await planned(cloud, *rows)) == [TAG]


async def test_document_of_a_lost_organization() -> None:
    """A document brings about what the state says where nothing of it is there any more."""
    reader = service(
        label="reader", id="2", name="reader", is_primary=False, readonly=True, tags=None
    )
    rows = (service(), {**reader, "values": {**reader["values"], "backup_configuration": None}})
    with Emulator([], time_scale=SPEED) as emulator:
        async with open_client(emulator) as cloud:
            plan = await planned(cloud, *rows)
            assert [item.name for item in plan.additions] == ["clicks", "reader"]
            (await cloud.fleet.apply(plan)).raise_for_failures()
            assert changes(await planned(cloud, *rows)) == []
            services = await cloud.services.list()
            assert len({each.data_warehouse_id for each in services}) == 1


async def test_differences_show() -> None:
    """What has changed since the state was written stands in the plan."""
    async with running_service(tags=[{"key": "team", "value": "web"}]) as (_, cloud):
        service = await named(cloud)
        row = stored_service(service, num_replicas=5, tags={"env": "prod"})
        expected = ["tags[team]", "tags[env]", TAG, "num_replicas"]
        assert changes(await planned(cloud, row)) == expected
