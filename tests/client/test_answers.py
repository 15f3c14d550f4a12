"""Successful responses that cannot be read, and unusual ones."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import ResponseDecodeError

from .stub import ORGANIZATION, SERVICE, raw_server

if TYPE_CHECKING:
    from .stub import Stub


async def unreadable(stub: Stub, method: str = "get", *args: str) -> ResponseDecodeError:
    """Call a method of the services, whose answer cannot be read, and give the error."""
    async with stub.client(strict_responses=True) as cloud:
        with pytest.raises(ResponseDecodeError) as caught:
            await getattr(cloud.services, method)(*args or (SERVICE,))
    return caught.value


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "empty"),
        (b"<html>login</html>", "not JSON"),
        (b'{"result": ', "not JSON"),
        (b'\xff{"result": {}}', "not JSON"),
        (b'{"result": {"name": "\xff"}}', "not JSON"),
        ({}, "no 'result'"),
        ([], "no 'result'"),
        ("text", "no 'result'"),
        (None, "no 'result'"),
        ({"result": None}, "$"),
        ({"result": []}, "$"),
        ({"result": {"name": 5}}, "$.name"),
        (
            {"result": {"ipAccessList": [{"source": "a"}, {"source": []}]}},
            "$.ipAccessList[1].source",
        ),
        ({"result": {"ipAccessList": {}}}, "$.ipAccessList"),
        ({"result": {"createdAt": "yesterday"}}, "$.createdAt"),
        ({"result": {"createdAt": 5}}, "$.createdAt"),
        ({"result": {"numReplicas": "3"}}, "$.numReplicas"),
        ({"result": {"idleScaling": "true"}}, "$.idleScaling"),
        ({"result": {"endpoints": [{}, 5]}}, "$.endpoints[1]"),
        ({"result": {"endpoints": [None]}}, "$.endpoints[0]"),
    ],
)
async def test_wrong_shape(stub: Stub, body: object, message: str) -> None:
    """An error for a wrong shape or type names the place in the response and the request."""
    stub.answer(body, X_Request_Id="req-1")

    error = await unreadable(stub)

    assert message in error.message
    assert error.operation == "instanceGet"
    assert error.method == "GET"
    assert error.path == f"/v1/organizations/{ORGANIZATION}/services/{SERVICE}"
    assert error.status == 200
    assert error.request_id == "req-1"


async def test_wrong_value_is_not_shown(stub: Stub) -> None:
    """The message names the place and the types, not what was there."""
    stub.answer({"result": {"numReplicas": "planted"}})

    assert "planted" not in str(await unreadable(stub))


async def test_text_that_is_not_utf8(stub: Stub) -> None:
    """Plain text that is not UTF-8 cannot be read either."""
    stub.answer(b"metric \xff 1\n", Content_Type="text/plain")

    async with stub.client() as cloud:
        with pytest.raises(ResponseDecodeError, match="UTF-8") as caught:
            await cloud.prometheus.get_service_metrics(SERVICE)

    assert caught.value.status == 200


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"result": [{"id": 5}]}, "[0].id"),
        ({"result": {}}, "$"),
        ({"result": [{}, None]}, "[1]"),
        ({"result": [], "nextCursor": 5}, "cursor"),
        ({}, "result"),
        (b"", "empty"),
    ],
)
async def test_page(stub: Stub, body: object, place: str) -> None:
    """A page that cannot be read is told like any other answer."""
    stub.answer(body)

    async with stub.client(strict_responses=True) as cloud:
        with pytest.raises(ResponseDecodeError) as caught:
            await cloud.api_keys.list()

    assert place in caught.value.message
    assert caught.value.operation == "openapiKeyGetList"


async def test_deep_nesting(stub: Stub) -> None:
    """JSON nested beyond all reason is an answer that cannot be read, not a crash."""
    stub.answer(b'{"result": {"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}")

    await unreadable(stub)


@pytest.mark.parametrize("body", [b"", b"{}", b"garbage", b'{"status": 200, "requestId": "r"}'])
async def test_delete_needs_no_body(stub: Stub, body: bytes) -> None:
    """An operation without a result does not care what a success carries."""
    stub.answer(body)

    async with stub.client() as cloud:
        await cloud.services.delete(SERVICE)

    assert [request.method for request in stub.requests] == ["DELETE"]


async def test_delete_may_have_no_content(stub: Stub) -> None:
    """A success without content is a success."""
    stub.answer(b"", 204)

    async with stub.client() as cloud:
        await cloud.services.delete(SERVICE)

    assert len(stub.requests) == 1


async def test_missing_null_and_unknown(stub: Stub) -> None:
    """Missing, null and unknown fields and unknown enum values are all allowed."""
    stub.answer({"result": {"name": None, "state": "hibernating", "brandNew": {"deep": [1]}}})

    async with stub.client() as cloud:
        service = await cloud.services.get(SERVICE)

    assert [service.id, service.name, service.state] == [None, None, "hibernating"]


@pytest.mark.parametrize("content_type", ["text/html", "application/octet-stream", "nonsense"])
async def test_content_type_does_not_matter(stub: Stub, content_type: str) -> None:
    """JSON is read as JSON whatever the gateway calls it."""
    stub.answer(b'{"result": {"name": "etl"}}', Content_Type=content_type)

    async with stub.client() as cloud:
        assert (await cloud.services.get(SERVICE)).name == "etl"


async def test_compressed(stub: Stub) -> None:
    """A compressed answer is read like any other."""
    body = gzip.compress(json.dumps({"result": {"name": "etl"}}).encode())
    stub.answer(body, Content_Encoding="gzip")

    async with stub.client() as cloud:
        assert (await cloud.services.get(SERVICE)).name == "etl"


async def test_broken_compression(stub: Stub) -> None:
    """A body that cannot be decompressed is an answer that cannot be read."""
    head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\n"

    async with raw_server(head.encode() + b"not gzip") as url, stub.client(base_url=url) as cloud:
        with pytest.raises(ResponseDecodeError, match="compression"):
            await cloud.services.get(SERVICE)


async def test_new_kind_of_union(stub: Stub) -> None:
    """A variant of a union that is not known yet arrives as the API's own object."""
    unknown: dict[str, Any] = {"bucketProvider": "MOON", "crater": 5}
    stub.answer({"result": unknown})

    async with stub.client() as cloud:
        assert await cloud.backup_buckets.get(SERVICE) == unknown
