"""Deviations of responses from the contract are read, kept and reported once each."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import DriftInfo, DriftKind, ResponseDecodeError, Secret, models
from tests.samples import SECRET, sample_of

from .stub import SERVICE

if TYPE_CHECKING:
    from .stub import Stub

NEWER: dict[str, Any] = {
    "id": SERVICE,
    "name": 7,
    "state": "hibernating",
    "mood": "good",
    "numReplicas": "three",
    "endpoints": [
        {"protocol": "https", "colour": "blue"},
        {"protocol": "https", "port": None, "colour": "red"},
        "none",
    ],
    "tags": {"env": "prod"},
}
"""A service as a newer API may send it."""

DEVIATIONS = {
    (".mood", DriftKind.FIELD, ""),
    (".state", DriftKind.VALUE, ""),
    (".name", DriftKind.TYPE, "expected string, found integer"),
    (".numReplicas", DriftKind.TYPE, "expected integer, found string"),
    (".endpoints[].colour", DriftKind.FIELD, ""),
    (".endpoints[]", DriftKind.TYPE, "expected object, found string"),
    (".tags", DriftKind.TYPE, "expected array, found object"),
}


def found(*operations: tuple[str, str]) -> set[DriftInfo]:
    """Return what is reported of operations whose results hold such a service."""
    return {
        DriftInfo(operation, f"${place}{below}", kind, detail)
        for operation, place in operations
        for below, kind, detail in DEVIATIONS
    }


async def test_value_of_a_wrong_type_is_kept(stub: Stub) -> None:
    """A response stays readable: a value of a wrong type is as it came, the others are decoded."""
    stub.answer({"result": [NEWER, sample_of("Service")]})

    async with stub.client() as cloud:
        services = await cloud.services.list()

    odd, usual = services
    kept: list[object] = [odd.id, odd.name, odd.num_replicas, odd.tags]
    assert kept == [SERVICE, 7, "three", {"env": "prod"}]
    assert odd.endpoints is not None
    kinds = [type(endpoint) for endpoint in odd.endpoints]
    assert kinds == [models.ServiceEndpoint, models.ServiceEndpoint, str]
    shown = odd.to_dict()
    assert [shown[key] for key in ("name", "state", "numReplicas", "tags")] == [
        NEWER[key] for key in ("name", "state", "numReplicas", "tags")
    ]
    assert usual.to_dict() == sample_of("Service")


async def test_deviations_are_reported_once_each(
    stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    """However often it comes, a deviation is collected, logged and told to the hook once."""
    caplog.set_level(logging.WARNING)
    heard: list[DriftInfo] = []

    async with stub.client(on_drift=heard.append) as cloud:
        for _ in range(3):
            stub.answer({"result": [NEWER] * 20})
            await cloud.services.list()
            await cloud.with_options(timeout=5).services.list()
            stub.answer({"result": NEWER})
            await cloud.services.get(SERVICE)
        deviations = list(cloud.drift)

    assert set(deviations) == found(("instanceGetList", "[]"), ("instanceGet", ""))
    assert heard == deviations
    assert len(cloud.drift) == 2 * len(DEVIATIONS)
    warnings = [record.getMessage() for record in caplog.records]
    assert len(warnings) == len({each for each in deviations if each.kind is DriftKind.TYPE})
    assert "instanceGet: $.name: expected string, found integer; kept unchanged" in warnings


async def test_waits_and_pages_report_deviations(stub: Stub) -> None:
    """Results of polls and of pages are read like any other."""
    async with stub.client() as cloud:
        stub.answer({"result": {**NEWER, "state": "running"}})
        await cloud.services.wait_until(SERVICE, "running", timeout=5)
        stub.answer({"result": [{"id": "a", "mood": "good"}]})
        await cloud.api_keys.list()
        places = {(each.operation, each.path) for each in cloud.drift}

    assert {("instanceGetList", "$.mood"), ("openapiKeyGetList", "$[].mood")} <= places


async def test_unknown_variant_is_reported(stub: Stub) -> None:
    """An object of a kind that is not known yet is kept as it came and reported."""
    bucket = {"bucketProvider": "ORACLE", "bucketPath": "oci://b"}
    stub.answer({"result": bucket})

    async with stub.client() as cloud:
        result: object = await cloud.backup_buckets.get(SERVICE)

    assert result == bucket
    assert list(cloud.drift) == [DriftInfo("backupBucketGet", "$", DriftKind.VARIANT)]


async def test_response_as_documented_has_no_drift(stub: Stub) -> None:
    """What the contract knows is not reported, be it missing or null."""
    usual = {**sample_of("Service"), "profile": "v1-default"}

    async with stub.client() as cloud:
        for result in (usual, {}, dict.fromkeys(usual)):
            stub.answer({"result": result})
            await cloud.services.get(SERVICE)

        assert not cloud.drift
        assert not list(cloud.drift)


async def test_strict_client_refuses_a_wrong_type(stub: Stub) -> None:
    """A client with strict responses raises and names the place."""
    stub.answer({"result": [sample_of("Service"), NEWER]})

    async with stub.client(strict_responses=True) as cloud:
        with pytest.raises(ResponseDecodeError, match=r"\$\[1\]\.name: expected string, found int"):
            await cloud.services.list()


@pytest.mark.parametrize(
    ("result", "place"),
    [
        ("text", r"\$"),
        (7, r"\$"),
        ({"a": 1}, r"\$"),
        ([{}, None], r"\$\[1\]"),
        ([[]], r"\$\[0\]"),
        ([NEWER, "text"], r"\$\[1\]"),
    ],
)
async def test_result_that_is_something_else_is_refused(
    stub: Stub, result: object, place: str
) -> None:
    """A result that is not a list, or has items that are no objects, is not a list of services."""
    stub.answer({"result": result})

    async with stub.client() as cloud:
        for _ in range(2):
            with pytest.raises(ResponseDecodeError, match=f"^{place}: expected "):
                await cloud.services.list()


@pytest.mark.parametrize("value", [{"text": SECRET}, [SECRET], [[SECRET]], 12345678])
async def test_value_in_the_place_of_a_secret_stays_masked(stub: Stub, value: object) -> None:
    """What came where a secret was expected may be one: it is kept, and not shown."""
    stub.answer({"result": {"password": value}})

    async with stub.client() as cloud:
        result = await cloud.services.reset_password(SERVICE)

    assert result.to_dict() == {"password": value}
    assert SECRET not in repr(result)
    assert "12345678" not in repr(result)
    assert [each.path for each in cloud.drift] == ["$.password"]


async def test_secrets_of_an_unknown_variant_stay_masked(stub: Stub) -> None:
    """What is secret in the variants that are known is wrapped in one that is not."""
    webhook = {"service": "telegram", "name": "n", "url": SECRET}
    stub.answer({"result": [webhook]})

    async with stub.client() as cloud:
        result: object = await cloud.clickstack.webhooks.list(SERVICE)

    assert result == [{**webhook, "url": Secret(SECRET)}]
    assert SECRET not in repr(result)


async def test_text_that_became_free_is_not_described_for_ever(stub: Stub) -> None:
    """A field that has another unknown value in each response is one deviation."""
    async with stub.client() as cloud:
        for number in range(20):
            stub.answer({"result": {"state": f"state {number}"}})
            await cloud.services.get(SERVICE)

        assert [each.path for each in cloud.drift] == ["$.state"]
