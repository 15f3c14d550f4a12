"""Refusals: the error of each status, and its details."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clickhouse_cloud_async import (
    APIStatusError,
    AuthenticationError,
    BadRequestError,
    CloudError,
    ConflictError,
    FailedDependencyError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionRequiredError,
    RateLimitError,
    ServerError,
    UnprocessableError,
)
from clickhouse_cloud_async.apis.clickhouse.api import CLICKHOUSE_CLOUD
from clickhouse_cloud_async.core.messages import Request, Response
from clickhouse_cloud_async.core.operation import Operation
from clickhouse_cloud_async.core.problems import check_status

from .stub import ORGANIZATION, SERVICE

if TYPE_CHECKING:
    from .stub import Stub

PATH = f"/v1/organizations/{ORGANIZATION}/services/{SERVICE}"

CLASSES = {
    302: APIStatusError,
    304: APIStatusError,
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: APIStatusError,
    413: APIStatusError,
    418: APIStatusError,
    422: UnprocessableError,
    424: FailedDependencyError,
    428: PreconditionRequiredError,
    429: RateLimitError,
    500: ServerError,
    502: ServerError,
    503: ServerError,
    504: ServerError,
    599: ServerError,
}


async def failure(stub: Stub) -> APIStatusError:
    """Fetch a service, which has to be refused, and give the error."""
    async with stub.client() as cloud:
        with pytest.raises(APIStatusError) as caught:
            await cloud.services.get(SERVICE)
    return caught.value


@pytest.mark.parametrize(("status", "kind"), CLASSES.items())
async def test_class_and_place(stub: Stub, status: int, kind: type[APIStatusError]) -> None:
    """A status becomes exactly one class, with operation, method, path, status and request id."""
    stub.answer({"status": status, "error": "no such luck", "requestId": "req-1"}, status)

    error = await failure(stub)

    assert type(error) is kind
    assert error.operation == "instanceGet"
    assert error.method == "GET"
    assert error.path == PATH
    assert error.status == status
    if status != 304:  # which has no body
        needs = "; instanceGet needs control-plane:service:view" if status == 403 else ""
        assert error.message == f"no such luck{needs}"
        assert error.request_id == "req-1"


MISSING_ROUTE = b"<!DOCTYPE html><html><body><pre>Cannot GET /v1/nothing</pre></body></html>"


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (400, {"error": "BAD_REQUEST: Invalid service id"}, NotFoundError, "Invalid service id"),
        (400, {"error": "BAD_REQUEST: Invalid body"}, BadRequestError, "Invalid body"),
        (404, MISSING_ROUTE, APIStatusError, "nothing is served at this path"),
        (404, b"", NotFoundError, "Not Found"),
    ],
)
async def test_what_is_not_there_is_told_from_what_is_not_served(
    stub: Stub, status: int, body: object, kind: type[APIStatusError], message: str
) -> None:
    """An id that never existed names nothing; a path without a route says nothing of its ids."""
    stub.answer(body, status)

    error = await failure(stub)

    assert (type(error), error.status) == (kind, status)
    assert message in error.message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "in error"}, "in error"),
        ({"message": "in message"}, "in message"),
        ({"error": {"message": "nested"}}, "nested"),
        ({"error": "  blanks around  "}, "blanks around"),
        ({"error": "first", "message": "second"}, "first"),
        ({"error": "", "message": "second"}, "second"),
        ({"error": None, "message": "second"}, "second"),
        ({"error": {"code": 5}, "message": "second"}, "second"),
        ({"error": 5}, "Bad Request"),
        ({}, "Bad Request"),
        ([], "Bad Request"),
        ("text", "Bad Request"),
        (b"", "Bad Request"),
        (b"<html><body>Bad gateway</body></html>", "Bad Request"),
        (b"\xff\xfe", "Bad Request"),
        (b'{"error": "cut o', "Bad Request"),
        (
            {"error": "invalid", "issues": [{"path": ["a", 0], "message": "too short"}]},
            "invalid [a.0: too short]",
        ),
        ({"error": "invalid", "issues": "odd"}, "invalid"),
        ({"error": "invalid", "issues": [5, {"code": "c"}]}, "invalid"),
    ],
)
async def test_message(stub: Stub, body: object, message: str) -> None:
    """The message is the API's own, from whichever envelope; else it is the status's name."""
    stub.answer(body, 400)

    error = await failure(stub)

    assert error.message.startswith(message)
    assert "<html>" not in str(error)


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ({"requestId": "from-body"}, {}, "from-body"),
        ({"requestId": "from-body"}, {"X_Request_Id": "from-header"}, "from-body"),
        ({}, {"X_Request_Id": "from-header"}, "from-header"),
        ({"requestId": 5}, {"X_Request_Id": "from-header"}, "from-header"),
        (b"<html>", {"x_request_id": "from-header"}, "from-header"),
        ({}, {}, None),
        ({"requestId": None}, {}, None),
    ],
)
async def test_request_id(
    stub: Stub, body: object, headers: dict[str, str], expected: str | None
) -> None:
    """The request id comes from the body, else from the header."""
    stub.answer(body, 500, **headers)

    assert (await failure(stub)).request_id == expected


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        ("2.5", 2.5),
        ("0", 0.0),
        ("-1", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
    ],
)
async def test_retry_after(stub: Stub, header: str, seconds: float | None) -> None:
    """A refused request tells after how many seconds the budget is back, where the API says so."""
    stub.answer({"error": "slow down"}, 429, X_RateLimit_Reset=header)

    error = await failure(stub)

    assert isinstance(error, RateLimitError)
    assert error.retry_after == seconds


async def test_no_retry_after(stub: Stub) -> None:
    """Without the header there is no number of seconds."""
    stub.answer({"error": "slow down"}, 429)

    error = await failure(stub)

    assert isinstance(error, RateLimitError)
    assert error.retry_after is None


async def test_text(stub: Stub) -> None:
    """The text has the message first, then request, status and request id."""
    stub.answer({"error": "no such service", "requestId": "req-1"}, 404)

    assert str(await failure(stub)) == (
        f"no such service (GET {PATH}, status 404, request id req-1)"
    )


async def test_text_without_query(stub: Stub) -> None:
    """The query, which may hold what people typed, is not part of the text."""
    stub.answer({"error": "bad"}, 400)

    async with stub.client() as cloud:
        with pytest.raises(BadRequestError) as caught:
            await cloud.services.list(filter=["tag:owner=planted"])

    assert "filter=tag%3Aowner%3Dplanted" in stub.paths[0]
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(stub: Stub, status: int) -> None:
    """A redirect is an error, because following it would carry the credentials elsewhere."""
    stub.answer({}, status, Location=f"{stub.url}/elsewhere")

    error = await failure(stub)

    assert error.status == status
    assert stub.paths == [PATH]


async def test_writes_fail_alike(stub: Stub) -> None:
    """A refused write is told with its own method and operation."""
    stub.answer({"error": "stop it first"}, 409)

    async with stub.client() as cloud:
        with pytest.raises(ConflictError) as caught:
            await cloud.services.delete(SERVICE)

    assert (caught.value.method, caught.value.operation) == ("DELETE", "instanceDelete")


async def test_first_page_fails(stub: Stub) -> None:
    """A refused page of a list is told as the list's operation."""
    stub.answer({"error": "no"}, 403)

    async with stub.client() as cloud:
        with pytest.raises(PermissionDeniedError) as caught:
            await cloud.api_keys.list()

    assert caught.value.operation == "openapiKeyGetList"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["error", "message", "issues", "path", "requestId", "name", "x"]), inner
        )
    ),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    body=JSON.map(lambda value: json.dumps(value).encode()) | st.binary(),
    status=st.sampled_from([status for status in CLASSES if status != 304]),
)
def test_any_body(body: bytes, status: int) -> None:
    """Whatever an error's body holds, the error is one of this package's, with a printable text."""
    request = Request(Operation[Any]("instanceGet", "GET", PATH), CLICKHOUSE_CLOUD)

    with pytest.raises(CloudError) as caught:
        check_status(request, Response(status, {}, body))

    assert type(caught.value) is CLASSES[status]
    assert caught.value.message
    assert str(status) in str(caught.value)


def test_values_are_copied() -> None:
    """An error made by hand has what it was given, and nothing else."""
    given_values: dict[str, Any] = {"status": 404, "request_id": "r", "operation": "o"}

    error = NotFoundError("gone", **given_values)

    assert {name: getattr(error, name) for name in given_values} == given_values
    assert (error.method, error.path) == (None, None)
    assert str(NotFoundError("gone")) == "gone"
