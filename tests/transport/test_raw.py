"""Requests by path, for unknown operations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    UNSET,
    APITimeoutError,
    ClickHouseCloud,
    InvalidArgumentError,
    NotFoundError,
    OutcomeUnknownError,
    RawResponse,
    ResponseDecodeError,
    RetryPolicy,
    Secret,
    ServerError,
)
from tests.client.stub import ORGANIZATION, Gate

if TYPE_CHECKING:
    from tests.client.stub import Stub

AT_ONCE = RetryPolicy(attempts=3, first_wait=0)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "get", "Patch"])
async def test_methods(stub: Stub, method: str) -> None:
    """Every method of the API can be sent, with the credentials, whatever its case."""
    stub.answer({"result": [1], "requestId": "r-1"}, 200, X_Extra="more")

    async with stub.client() as cloud:
        answer = await cloud.request(method, "/v1/what/is%20new")

    (request,) = stub.requests
    assert (request.method, request.raw_path) == (method.upper(), "/v1/what/is%20new")
    assert request.headers["Authorization"].startswith("Basic ")
    assert answer.result == {"result": [1], "requestId": "r-1"}
    assert (answer.status, answer.request_id, answer.attempts) == (200, "r-1", 1)
    assert answer.headers["x-extra"] == "more"
    assert json.loads(answer.body) == answer.result == answer.json()
    assert answer.elapsed > 0


async def test_head(stub: Stub) -> None:
    """A HEAD request gives status and headers, and no result."""
    stub.answer(b"", 200, X_Extra="more")

    async with stub.client() as cloud:
        answer = await cloud.request("HEAD", "/v1/organizations")

    assert (answer.result, answer.status, answer.headers["X-Extra"]) == (None, 200, "more")


async def test_query(stub: Stub) -> None:
    """Parameters are percent-encoded, lists repeated, and what is `UNSET` left out."""
    params: dict[str, Any] = {
        "filter": ["tag:a=b&c", "tag:ü"],
        "limit": 5,
        "ratio": 0.5,
        "full": True,
        "left_out": UNSET,
    }

    async with stub.client() as cloud:
        await cloud.request("GET", "/v1/organizations", params=params)

    assert stub.paths == [
        "/v1/organizations?filter=tag%3Aa%3Db%26c&filter=tag%3A%C3%BC&limit=5&ratio=0.5&full=true"
    ]


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ({"a": {"b": [1, 2.5, None, True]}, "gone": UNSET}, '{"a":{"b":[1,2.5,null,true]}}'),
        ({"password": Secret("plain")}, '{"password":"plain"}'),
        ([1, "two"], '[1,"two"]'),
        (None, "null"),
        (UNSET, ""),
    ],
)
async def test_body(stub: Stub, body: object, sent: str) -> None:
    """Any JSON can be the body; secrets are revealed on the wire alone."""
    async with stub.client() as cloud:
        await cloud.request("POST", "/v1/new", json=body)

    (request,) = stub.requests
    assert await request.text() == sent
    assert request.headers.get("Content-Type") == ("application/json" if sent else None)


async def test_organization_in_the_path(stub: Stub) -> None:
    """``{organizationId}`` stands for the client's organisation, which is found once if unknown."""
    stub.answer({"result": [{"id": ORGANIZATION, "name": "only"}]})
    path = "/v1/organizations/{organizationId}/new"

    async with stub.client() as cloud:
        await cloud.request("GET", path)
    async with stub.client(organization_id=None) as cloud:
        await cloud.request("GET", path)
        await cloud.request("GET", path)

    filled = f"/v1/organizations/{ORGANIZATION}/new"
    assert stub.paths == [filled, "/v1/organizations", filled, filled]


@pytest.mark.parametrize(
    ("body", "result"),
    [(b"plain text", "plain text"), (b"", None), (b"\xff\xfe", "��"), (b'{"a": 1}', {"a": 1})],
)
async def test_contents(stub: Stub, body: bytes, result: object) -> None:
    """The result is JSON, else text, else None; the body is kept as it came."""
    stub.answer(body)

    async with stub.client() as cloud:
        answer = await cloud.request("GET", "/v1/new")

    assert (answer.result, answer.body) == (result, body)


async def test_body_that_is_no_json(stub: Stub) -> None:
    """Asking text for its JSON is a decoding error with the response's status."""
    stub.answer(b"plain text", 201)

    async with stub.client() as cloud:
        answer = await cloud.request("GET", "/v1/new")

    with pytest.raises(ResponseDecodeError) as caught:
        answer.json()
    assert caught.value.status == 201


async def test_refusal(stub: Stub) -> None:
    """A refusal is the error that stands for its status, with the API's words."""
    stub.answer({"error": "no such thing", "requestId": "r-2"}, 404)

    async with stub.client() as cloud:
        with pytest.raises(NotFoundError, match="no such thing") as caught:
            await cloud.request("DELETE", "/v1/new/1")

    error = caught.value
    assert (error.method, error.path, error.status) == ("DELETE", "/v1/new/1", 404)
    assert error.request_id == "r-2"


@pytest.mark.parametrize(
    ("method", "kind", "requests"),
    [
        ("GET", ServerError, 3),
        ("HEAD", ServerError, 3),
        ("PUT", ServerError, 3),
        ("DELETE", ServerError, 3),
        ("POST", OutcomeUnknownError, 1),
        ("PATCH", OutcomeUnknownError, 1),
    ],
)
async def test_repeats(stub: Stub, method: str, kind: type[Exception], requests: int) -> None:
    """Requests by path are repeated where their method allows it, and else of unknown outcome."""
    stub.answer({"error": "down"}, 503)

    async with stub.client(retry=AT_ONCE) as cloud:
        with pytest.raises(kind):
            await cloud.request(method, "/v1/new")

    assert len(stub.requests) == requests


async def test_time_limit(stub: Stub) -> None:
    """A request by path has a time limit of its own."""
    stub.handler = Gate()

    async with stub.client() as cloud:
        with pytest.raises(APITimeoutError):
            await cloud.request("GET", "/v1/new", timeout=0.05)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "v1/organizations",
        "https://far.example/v1",
        "@far.example/v1",
        "/v1/a b",
        "/v1/a?b=c",
        "/v1/a#b",
        "/v1/a\\b",
        "/v1/a\r\nX-Injected: 1",
        "/v1/a\n",
        "/v1/ü",
        "/v1/../v2",
        "/v1/./a",
        "/v1/..",
        "/v1/%2e%2e/v2",
        "/v1/.%2E/v2",
        "/v1/{foo}",
    ],
)
async def test_refused_path(stub: Stub, path: str) -> None:
    """A path that is not absolute, plain and percent-encoded is refused; nothing is sent."""
    async with stub.client() as cloud:
        with pytest.raises(InvalidArgumentError, match="path"):
            await cloud.request("GET", path)

    assert stub.requests == []


@pytest.mark.parametrize("method", ["", "FETCH", "OPTIONS", "CONNECT", "GET\r\nX: 1"])
async def test_refused_method(stub: Stub, method: str) -> None:
    """A method that the API does not have is refused; nothing is sent."""
    async with stub.client() as cloud:
        with pytest.raises(InvalidArgumentError, match="method"):
            await cloud.request(method, "/v1/organizations")

    assert stub.requests == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"json": object()},
        {"json": {"a": {1, 2}}},
        {"json": float("nan")},
        {"json": {"number": 2**70}},
        {"params": {"a": object()}},
        {"timeout": 0},
    ],
)
async def test_refused_arguments(stub: Stub, arguments: dict[str, Any]) -> None:
    """What has no place in JSON, a query or a clock is refused; nothing is sent."""
    async with stub.client() as cloud:
        with pytest.raises(InvalidArgumentError):
            await cloud.request("POST", "/v1/new", **arguments)

    assert stub.requests == []


def test_sync_request(emulated: dict[str, Any]) -> None:
    """The sync client sends requests by path, too."""
    with ClickHouseCloud(**emulated) as cloud:
        answer = cloud.request("GET", "/v1/organizations/{organizationId}/services")

    assert len(answer.result["result"]) == 12
    assert isinstance(answer, RawResponse)
