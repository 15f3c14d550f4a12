# ruff: noqa: B018 - looking at an attribute is what some lines are for
# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""What users write, for type checkers to read; nobody runs it.

The lines with an ignore are mistakes: an unused ignore is an error itself, so each of them proves
that the mistake is caught.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, assert_type
from uuid import UUID

import clickhouse_cloud_async.emulator
import clickhouse_cloud_async.models
from clickhouse_cloud_async import (
    UNSET,
    APIStatusError,
    AsyncClickHouseCloud,
    ClickHouseCloud,
    CloudError,
    HTTPOptions,
    NotFoundError,
    OpenText,
    RateLimitError,
    Secret,
    Unset,
)
from clickhouse_cloud_async.emulator import (
    AddedFault,
    ConnectionReset,
    Emulator,
    ErrorResponse,
    FailedTransition,
    Fault,
    Latency,
    RecordedRequest,
    RequestLimit,
    Snapshot,
)
from clickhouse_cloud_async.models import (
    ApiKey,
    ApiKeyPostResponse,
    ApiKeyRole,
    AutoscalingMode,
    AwsBackupBucket,
    BackupBucket,
    ClickPipePostSourceDict,
    CloudProvider,
    IpAccessListEntry,
    IpAccessListPatch,
    PostgresLogEntry,
    Region,
    ScalingScheduleEntryRequest,
    Service,
    ServicePostResponse,
    ServiceState,
    ServiceStatePatchRequest,
)

if TYPE_CHECKING:
    import aiohttp

SERVICE = UUID("22222222-2222-4222-8222-222222222222")


async def settings(session: aiohttp.ClientSession) -> None:
    """Every way to make a client."""
    async with AsyncClickHouseCloud() as cloud:
        assert_type(cloud, AsyncClickHouseCloud)
        assert_type(cloud.base_url, str)
    AsyncClickHouseCloud("key", "secret")
    AsyncClickHouseCloud("key", Secret("secret"), organization_id=SERVICE, timeout=None)
    AsyncClickHouseCloud(token="token", base_url="http://localhost:8080", http=session)
    options = HTTPOptions(
        proxy="http://localhost:3128",
        ssl_context=ssl.create_default_context(),
        max_connections=10,
    )
    AsyncClickHouseCloud(http=options)

    AsyncClickHouseCloud(5, "secret")  # type: ignore[arg-type]
    AsyncClickHouseCloud(key="key")  # type: ignore[call-arg]
    AsyncClickHouseCloud("key", "secret", "token")  # type: ignore[call-arg]
    AsyncClickHouseCloud(timeout="60")  # type: ignore[arg-type]
    HTTPOptions("http://localhost:3128")  # type: ignore[call-arg]


async def services(cloud: AsyncClickHouseCloud) -> None:
    """Calls, their results and what may be missing in them."""
    assert_type(await cloud.services.list(), list[Service])
    service = await cloud.services.get(SERVICE)
    assert_type(service, Service)
    assert_type(service.id, str)
    assert_type(service.state, ServiceState | OpenText)
    assert_type(service.num_replicas, int | None)
    assert_type(service.created_at, datetime | None)
    assert_type(service.ip_access_list, list[IpAccessListEntry] | None)
    assert_type(await cloud.services.get_by_name("etl"), Service)
    if service.state in {ServiceState.RUNNING, "idle"}:
        await cloud.services.stop(service.id, timeout=5)

    service.num_replicas + 1  # type: ignore[operator]
    service.replicas  # type: ignore[attr-defined]
    service.state.shout()  # type: ignore[union-attr]
    await cloud.services.get()  # type: ignore[call-arg]
    await cloud.services.get(5)  # type: ignore[arg-type]
    await cloud.services.get(None)  # type: ignore[arg-type]
    await cloud.services.get("id", timeout="5")  # type: ignore[arg-type]
    await cloud.services.get("id", organisation_id="o")  # type: ignore[call-arg]
    cloud.service.get("id")  # type: ignore[attr-defined]


async def writes(cloud: AsyncClickHouseCloud) -> None:
    """Bodies from models and from mappings, with enum members and with texts."""
    created = await cloud.services.create(
        name="etl",
        provider=CloudProvider.AWS,
        region="us-east-1",
        ip_access_list=[
            IpAccessListEntry(source="10.0.0.0/8", description="office"),
            {"source": "192.0.2.1", "description": "home"},
        ],
        min_replica_memory_gb=16,
        idle_scaling=UNSET,
    )
    assert_type(created, ServicePostResponse)
    assert_type(created.service.id, str)
    assert_type(created.password, Secret | None)
    if created.password is not None:
        assert_type(created.password.reveal(), str)
    await cloud.services.update(
        created.service.id,
        ip_access_list=IpAccessListPatch(add=[{"source": "192.0.2.2"}]),
        tags={"add": [{"key": "team", "value": "data"}]},
    )
    await cloud.services.scale(SERVICE, autoscaling_mode=AutoscalingMode.VERTICAL, num_replicas=3)
    entry = ScalingScheduleEntryRequest(
        name="night", weekdays=[0, 6], start_hour_utc=22, end_hour_utc=6
    )
    await cloud.scaling_schedules.set(SERVICE, entries=[entry, {"name": "noon", "weekdays": [1]}])
    region = Region("us-east-1")

    await cloud.services.create(name="etl", provider="aws")  # type: ignore[call-arg]
    await cloud.services.create("etl", provider="aws", region=region)  # type: ignore[call-arg]
    await cloud.services.create(name=None, provider="aws", region=region)  # type: ignore[arg-type]
    await cloud.services.scale(SERVICE, num_replicas="3")  # type: ignore[arg-type]
    await cloud.services.scale(SERVICE, num_replicas=None)  # type: ignore[arg-type]
    await cloud.services.scale(SERVICE, replicas=3)  # type: ignore[call-arg]
    IpAccessListEntry(source=5, description="")  # type: ignore[arg-type]
    IpAccessListEntry(address="10.0.0.0/8")  # type: ignore[call-arg]
    created.password + "x"  # type: ignore[operator]


async def spelling(cloud: AsyncClickHouseCloud) -> None:
    """Words and the keys of mappings, which are as easily misspelt as names."""
    service = await cloud.services.wait_until(SERVICE, "running")
    await cloud.services.wait_until(SERVICE, {"idle", ServiceState.STOPPED})
    await cloud.services.wait_until(SERVICE, lambda seen: seen.state == "running")
    await cloud.services.create(name="b", provider=service.provider, region=service.region)
    await cloud.services.create(name="c", provider="aws", region=OpenText("moon-1"))
    await cloud.services.update_state(SERVICE, command="start")
    pipe = await cloud.clickpipes.create(
        SERVICE,
        name="orders",
        source={"kafka": {"type": "kafka", "brokers": "b:9092", "consumerGroup": "g"}},
        destination={"database": "default", "table": "orders", "managed_table": True},
        extra={"priority": 1},
    )
    await cloud.clickpipes.wait_until(SERVICE, pipe.id, "Running")
    sources: ClickPipePostSourceDict = {"kinesis": {"stream_name": "orders"}}
    await cloud.clickpipes.create(SERVICE, name="p", source=sources, destination={"table": "t"})
    await cloud.notifications.list(severity="critical")
    cloud.fleet.select(state=["running", ServiceState.IDLE])

    cloud.fleet.select(state="runing")  # type: ignore[arg-type]
    await cloud.notifications.list(severity="critcal")  # type: ignore[arg-type]
    await cloud.services.wait_until(SERVICE, "runing")  # type: ignore[arg-type]
    await cloud.services.wait_until(SERVICE, {"runing"})  # type: ignore[arg-type]
    await cloud.clickpipes.wait_until(SERVICE, pipe.id, "running")  # type: ignore[arg-type]
    await cloud.services.update_state(SERVICE, command="strat")  # type: ignore[arg-type]
    await cloud.services.create(name="d", provider="asw", region="us-east-1")  # type: ignore[arg-type]
    await cloud.services.create(name="d", provider="aws", region="us-eats-1")  # type: ignore[arg-type]
    await cloud.services.update(SERVICE, tags={"ad": []})  # type: ignore[arg-type]
    await cloud.services.update(SERVICE, tags={"add": [{"kye": "a"}]})  # type: ignore[arg-type]
    await cloud.clickpipes.update(SERVICE, pipe.id, source={"kafak": {}})  # type: ignore[arg-type]
    await cloud.clickpipes.update(SERVICE, "p", source={"kafka": {"type": 5}})  # type: ignore[arg-type]
    await cloud.api_keys.create(name="ci", roles=["admn"])  # type: ignore[list-item]
    ServiceStatePatchRequest(command="strat")  # type: ignore[arg-type]


async def keys(cloud: AsyncClickHouseCloud) -> None:
    """Lists in pages, iterators, null against left out."""
    assert_type(await cloud.api_keys.list(limit=100), list[ApiKey])
    assert_type(cloud.api_keys.iterate(), AsyncIterator[ApiKey])
    assert_type([key.name async for key in cloud.api_keys.iterate()], list[str])
    made = await cloud.api_keys.create(name="ci", roles=[ApiKeyRole.ADMIN, "developer"])
    assert_type(made, ApiKeyPostResponse)
    assert_type(made.key_secret, Secret | None)
    await cloud.api_keys.update(made.key.id, expire_at=None)
    await cloud.api_keys.update(made.key.id, expire_at=datetime.now(UTC))

    await cloud.api_keys.iterate()  # type: ignore[misc]
    [key async for key in cloud.api_keys.list()]  # type: ignore[attr-defined]
    [key for key in cloud.api_keys.iterate()]  # type: ignore[attr-defined]  # noqa: C416 - as above
    await cloud.api_keys.update("id", name=None)  # type: ignore[arg-type]
    await cloud.api_keys.create(name="ci", expire_at=5)  # type: ignore[arg-type]
    made.key_secret.reveal()  # type: ignore[union-attr]


async def other_areas(cloud: AsyncClickHouseCloud) -> None:
    """Unions, plain text, nested namespaces, deletions."""
    bucket = await cloud.backup_buckets.get(SERVICE)
    assert_type(bucket, BackupBucket)
    if isinstance(bucket, AwsBackupBucket):
        assert_type(bucket.bucket_path, str)
    assert_type(await cloud.prometheus.get_service_metrics(SERVICE), str)
    day = datetime.now(UTC)
    logs = await cloud.postgres.list_logs(SERVICE, from_date=day, to_date=day)
    assert_type(logs, list[PostgresLogEntry])
    await cloud.billing.get_usage_cost(from_date=date(2026, 1, 1), to_date="2026-01-31")
    await cloud.clickstack.dashboards.list(SERVICE)
    await cloud.services.delete(SERVICE)

    bucket.bucket_path  # type: ignore[union-attr]
    await cloud.postgres.list_logs(SERVICE)  # type: ignore[call-arg]
    cloud.clickstack.dashboard  # type: ignore[attr-defined]


async def errors(cloud: AsyncClickHouseCloud) -> float | None:
    """Errors and what they tell."""
    try:
        await cloud.services.get(SERVICE)
    except RateLimitError as error:
        return assert_type(error.retry_after, float | None)
    except NotFoundError as error:
        assert_type(error.request_id, str | None)
        assert_type(error.operation, str | None)
    except APIStatusError as error:
        assert_type(error.status, int | None)
        error.status_code  # type: ignore[attr-defined]
    except CloudError as error:
        assert_type(error.message, str)
    return None


def sync(cloud: ClickHouseCloud) -> None:
    """The facade: the same without await."""
    with cloud as entered:
        assert_type(entered, ClickHouseCloud)
    assert_type(cloud.services.list(), list[Service])
    assert_type(cloud.services.get(SERVICE), Service)
    assert_type(cloud.services.get_by_name("etl"), Service)
    assert_type(cloud.api_keys.iterate(), Iterator[ApiKey])
    assert_type([key.name for key in cloud.api_keys.iterate()], list[str])
    assert_type(cloud.clickstack.alerts.list(SERVICE)[0].id, str)

    cloud.services.get(5)  # type: ignore[arg-type]
    cloud.services.get("id", unknown=1)  # type: ignore[call-arg]
    cloud.services.create(name="etl")  # type: ignore[call-arg]
    with AsyncClickHouseCloud() as wrong:  # type: ignore[attr-defined]
        assert wrong


async def wrong_way_round(cloud: ClickHouseCloud) -> None:
    """Awaiting what is not async, and entering what is not asynchronous."""
    await cloud.services.list()  # type: ignore[misc]
    async with cloud:  # type: ignore[attr-defined]
        pass


def values(name: str | Unset = UNSET, secret: Secret | None = None) -> str:
    """The two special values in signatures of one's own."""
    if name is UNSET:
        return "left out"
    assert_type(name, str)
    if secret:
        return secret  # type: ignore[return-value]
    return name


async def emulated() -> None:
    """The emulator in tests of one's own."""
    async with Emulator(services=3, rate_limit=RequestLimit(10, 10)) as emulator:
        assert_type(emulator.url, str)
        assert_type(emulator.organization_id, str)
        AsyncClickHouseCloud(emulator.api_key, emulator.api_secret, base_url=emulator.url)
    with Emulator([{"name": "etl", "state": "stopped"}], time_scale=60) as emulator:
        emulator.advance(30)

    Emulator(services="3")  # type: ignore[arg-type]


def misspelt() -> None:
    """Names that modules do not have, although they load names when they are used."""
    clickhouse_cloud_async.AsyncClickHouse  # type: ignore[attr-defined]
    clickhouse_cloud_async.emulator.Emulater  # type: ignore[attr-defined]
    clickhouse_cloud_async.models.Services  # type: ignore[attr-defined]


def told(request: RecordedRequest) -> None:
    """Read what an emulator records of requests."""
    assert_type(request.operation_id, str | None)
    assert_type(request.headers["accept"], str)
    assert_type(request.faults, tuple[Fault, ...])


async def faulty(emulator: Emulator) -> None:
    """An emulator with faults, in time."""
    faults: list[Fault] = [ErrorResponse(503), Latency(0.1, "uniform"), FailedTransition()]
    for fault in faults:
        assert_type(emulator.faults.add(fault, probability=0.5), AddedFault)
    emulator.faults.add(ConnectionReset(), operation="instanceGet", count=1)
    emulator.faults.add(ErrorResponse)  # type: ignore[arg-type]
    Latency(1, "normal")  # type: ignore[arg-type]
    assert_type(emulator.snapshot(), Snapshot)
    assert_type(emulator.seed({"keys": []}).keys[0].api_secret, str)
    await emulator.advance(minutes=1, days=2)
    Emulator(on_request=told, kept_requests=10, state="cloud.sqlite")
