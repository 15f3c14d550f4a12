"""Invalid arguments are refused before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    CloudError,
    ConfigurationError,
    InvalidArgumentError,
)
from clickhouse_cloud_async.models import IpAccessListEntry

from .stub import ORGANIZATION, SERVICE

if TYPE_CHECKING:
    from .stub import Stub

Call = Callable[[Any], Awaitable[object]]

NEW: dict[str, Any] = {"name": "etl", "provider": "aws", "region": "us-east-1"}

NAIVE = datetime(2026, 1, 2)  # noqa: DTZ001 - the lack of a time zone is the point

BAD_IDS = ["", " ", "\t\n", ".", "..", None, True, 1.5, b"id", ["id"], "\udcff"]


async def refused(stub: Stub, call: Call) -> InvalidArgumentError:
    """Make a call that has to be refused unsent, and give the error."""
    async with stub.client() as cloud:
        with pytest.raises(InvalidArgumentError) as caught:
            await call(cloud)
    assert stub.requests == []
    return caught.value


@pytest.mark.parametrize("bad", BAD_IDS)
async def test_id(stub: Stub, bad: Any) -> None:
    """An id that is empty, blank, a dot segment or no text would name another path."""
    error = await refused(stub, lambda cloud: cloud.services.get(bad))

    assert "serviceId" in error.message or "service_id" in error.message
    assert error.operation == "instanceGet"


@pytest.mark.parametrize("bad", BAD_IDS)
async def test_second_id(stub: Stub, bad: Any) -> None:
    """Every id of a call is checked, not only the first."""
    await refused(stub, lambda cloud: cloud.backups.get(SERVICE, bad))


@pytest.mark.parametrize("bad", [each for each in BAD_IDS if each is not None])
async def test_organisation_of_a_call(stub: Stub, bad: Any) -> None:
    """The organisation that a call names is checked like any other id."""
    await refused(stub, lambda cloud: cloud.services.list(organization_id=bad))


@pytest.mark.parametrize(
    ("id_", "segment"),
    [
        ("a/b", "a%2Fb"),
        ("a?b#c", "a%3Fb%23c"),
        ("../services", "..%2Fservices"),
        ("%2e%2e", "%252e%252e"),
        ("ä b", "%C3%A4%20b"),
        ("...", "..."),
        (UUID(SERVICE), SERVICE),
    ],
)
async def test_id_is_one_segment(stub: Stub, id_: str | UUID, segment: str) -> None:
    """Whatever an id holds, it stays one segment of the path."""
    stub.answer({"result": {}})

    async with stub.client() as cloud:
        await cloud.services.get(id_)

    assert stub.paths == [f"/v1/organizations/{ORGANIZATION}/services/{segment}"]


@pytest.mark.parametrize(
    ("call", "place"),
    [
        (lambda c: c.services.create(**{**NEW, "name": 5}), "name"),
        (lambda c: c.services.create(**{**NEW, "name": None}), "name"),
        (lambda c: c.services.create(**NEW, num_replicas="3"), "num_replicas"),
        (lambda c: c.services.create(**NEW, num_replicas=True), "num_replicas"),
        (lambda c: c.services.create(**NEW, num_replicas=2.5), "num_replicas"),
        (lambda c: c.services.create(**NEW, idle_scaling="yes"), "idle_scaling"),
        (
            lambda c: c.services.create(**NEW, min_replica_memory_gb=math.nan),
            "min_replica_memory_gb",
        ),
        (
            lambda c: c.services.create(**NEW, min_replica_memory_gb=math.inf),
            "min_replica_memory_gb",
        ),
        (lambda c: c.services.create(**NEW, ip_access_list="10.0.0.0/8"), "ip_access_list"),
        (lambda c: c.services.create(**NEW, ip_access_list=["10.0.0.0/8"]), "ip_access_list[0]"),
        (lambda c: c.services.create(**NEW, ip_access_list={"source": "x"}), "ip_access_list"),
        (lambda c: c.services.create(**NEW, ip_access_list=[None]), "ip_access_list[0]"),
        (lambda c: c.services.create(**NEW, private_endpoint_ids=[1]), "private_endpoint_ids[0]"),
        (lambda c: c.services.list(filter="tag:a=b"), "filter"),
        (lambda c: c.services.list(filter=[None]), "filter"),
        (lambda c: c.api_keys.list(limit="250"), "limit"),
        (lambda c: c.api_keys.create(name="k", expire_at=NAIVE, ip_access_list=[]), "expire_at"),
        (lambda c: c.organizations.update(name=b"bytes"), "name"),
        (lambda c: c.udfs.list(cursor=5), "cursor"),
        (lambda c: c.services.create(**{**NEW, "name": "\udcff"}), ""),
    ],
)
async def test_wrong_type(stub: Stub, call: Call, place: str) -> None:
    """A value of a wrong type is refused; the message names its place, not the value."""
    error = await refused(stub, call)

    assert error.message.startswith(place)


@pytest.mark.parametrize(
    "entry",
    [
        {"source": "10.0.0.0/8", "descripton": "misspelt"},
        {"Source": "10.0.0.0/8", "description": "wrong case"},
        {"source": "10.0.0.0/8", "description": "d", 5: "no text"},
    ],
)
async def test_unknown_key(stub: Stub, entry: dict[Any, str]) -> None:
    """An unknown key of a nested mapping is refused by place and name."""
    error = await refused(stub, lambda c: c.services.create(**NEW, ip_access_list=[entry]))

    assert error.message.startswith("ip_access_list[0]")


async def test_model_of_another_kind(stub: Stub) -> None:
    """A model where another one belongs is refused."""
    entry = IpAccessListEntry(source="10.0.0.0/8", description="office")

    await refused(stub, lambda c: c.services.create(**NEW, tags=[entry]))


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.services.get(SERVICE, service_name="x"),
        lambda c: c.services.create(**NEW, replicas=3),
        lambda c: c.services.create(name="etl"),
        lambda c: c.services.get(),
        lambda c: c.services.list("positional"),
    ],
)
async def test_wrong_arguments(stub: Stub, call: Call) -> None:
    """An unknown, missing or misplaced argument is a TypeError, as with any function."""
    async with stub.client() as cloud:
        with pytest.raises(TypeError):
            await call(cloud)

    assert stub.requests == []


BAD_TIMEOUTS = [0, 0.0, -1, -0.5, math.nan, math.inf, -math.inf, "5", True]


@pytest.mark.parametrize("timeout", BAD_TIMEOUTS)
async def test_timeout_of_a_call(stub: Stub, timeout: Any) -> None:
    """A time limit has to be a positive number of seconds."""
    error = await refused(stub, lambda cloud: cloud.services.list(timeout=timeout))

    assert error.message.startswith("timeout: ")


@pytest.mark.parametrize("timeout", BAD_TIMEOUTS)
def test_timeout_of_a_client(timeout: Any) -> None:
    """The client's own time limit is checked when the client is made."""
    with pytest.raises(InvalidArgumentError, match="timeout: "):
        AsyncClickHouseCloud("key", "secret", timeout=timeout)


async def test_missing_credential(stub: Stub) -> None:
    """Without credentials no client comes into being."""
    with pytest.raises(ConfigurationError, match="no credentials"):
        AsyncClickHouseCloud(base_url=stub.url)


def test_both_error_families() -> None:
    """A refused argument is a ValueError as well as one of this package's errors."""
    assert issubclass(InvalidArgumentError, CloudError)
    assert issubclass(InvalidArgumentError, ValueError)


@pytest.mark.parametrize(
    "pages",
    [
        lambda c: c.api_keys.iterate(limit="x"),
        lambda c: c.api_keys.iterate(organization_id=".."),
        lambda c: c.udfs.iterate_versions(".."),
        lambda c: c.clickstack.alerts.iterate("", limit=1),
        lambda c: c.api_keys.iterate(timeout=-1),
    ],
)
async def test_iterators(stub: Stub, pages: Callable[[Any], Any]) -> None:
    """An iterator refuses bad arguments before its first request."""
    await refused(stub, lambda cloud: anext(pages(cloud)))
