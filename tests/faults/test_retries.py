"""Conditions, numbers and waits of retries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from clickhouse_cloud_async import (
    APIConnectionError,
    APITimeoutError,
    AsyncClickHouseCloud,
    BadRequestError,
    CloudError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseDecodeError,
    RetryPolicy,
    ServerError,
)
from clickhouse_cloud_async.apis.clickhouse.api import CLICKHOUSE_CLOUD
from clickhouse_cloud_async.core.ambiguity import may_have_been_carried_out
from clickhouse_cloud_async.core.call import Call
from clickhouse_cloud_async.core.call_errors import timeout_error
from clickhouse_cloud_async.core.messages import Request
from clickhouse_cloud_async.core.operation import Operation
from tests.client.stub import LONG, SERVICE

from .bodies import body
from .calls import KINDS, client, create
from .connections import answer_well, only_once, overdue, partly
from .server import FaultServer

if TYPE_CHECKING:
    from .server import Behaviour, Wire

pytestmark = pytest.mark.usefixtures("waits")

LOST = partly(b"", reset=True)
STEPS: dict[str, Behaviour] = {
    "good": answer_well,
    "lost": LOST,
    "junk": body(b"<html>"),
    **{str(code): body(b'{"error": "no"}', code) for code in (400, 404, 429, 500, 502, 503)},
}


def steps(*names: str) -> Behaviour:
    """Do one thing after another to the requests, and the last of them from then on."""
    waiting = list(names)

    async def behave(wire: Wire) -> None:
        await STEPS[waiting.pop(0) if len(waiting) > 1 else waiting[0]](wire)

    return behave


@attrs.frozen
class Case:
    """What a server does, one request after another, and how a call ends.

    Attributes:
        method: HTTP method of the call.
        steps: What the server does.
        error: What the call raises; None where it gives a result.
        requests: How many requests are sent; all the steps where None.
    """

    method: str
    steps: str
    error: type[CloudError] | None = None
    requests: int | None = None


CASES = (
    Case("GET", "good"),
    Case("GET", "lost good"),
    Case("GET", "500 lost 429 503 good"),
    Case("GET", "500 500 500 500 500 good", ServerError, 5),
    Case("GET", "lost lost lost lost lost good", APIConnectionError, 5),
    Case("GET", "429 429 429 429 429 good", RateLimitError, 5),
    Case("GET", "503 400 good", BadRequestError, 2),
    Case("GET", "lost 404 good", NotFoundError, 2),
    Case("GET", "lost junk good", ResponseDecodeError, 2),
    Case("PUT", "lost 503 good"),
    Case("PUT", "404 good", NotFoundError, 1),
    Case("DELETE", "lost 404"),
    Case("DELETE", "503 404"),
    Case("DELETE", "503 429 404"),
    Case("DELETE", "404", NotFoundError),
    Case("DELETE", "429 404", NotFoundError),
    Case("DELETE", "lost 400 good", BadRequestError, 2),
    Case("POST", "good"),
    Case("POST", "lost good", OutcomeUnknownError, 1),
    Case("POST", "500 good", OutcomeUnknownError, 1),
    Case("POST", "400 good", BadRequestError, 1),
    Case("POST", "429 429 good"),
    Case("POST", "429 lost good", OutcomeUnknownError, 2),
    Case("POST", "429 503 good", OutcomeUnknownError, 2),
    Case("POST", "429 400 good", BadRequestError, 2),
    Case("POST", "429 429 429 429 429 good", RateLimitError, 5),
)


async def calling(cloud: AsyncClickHouseCloud, method: str) -> CloudError | None:
    """Make a call with an HTTP method; give its error."""
    kind = next(kind for kind in KINDS if kind.method == method)
    try:
        await kind.make(cloud)
    except CloudError as error:
        return error
    return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.method} {case.steps}")
async def test_sequence(case: Case) -> None:
    """Each of a row of outcomes decides whether the request is sent again."""
    names = case.steps.split()
    policy = RetryPolicy(attempts=5, first_wait=0)

    async with (
        FaultServer(steps(*names)) as server,
        client(server.url, retry=policy) as cloud,
    ):
        error = await calling(cloud, case.method)

    sent = case.requests or len(names)
    assert type(error) is (case.error or type(None))
    assert (len(server.arrivals), cloud.stats.requests, cloud.stats.retries) == (
        sent,
        sent,
        sent - 1,
    )
    assert error is None or error.attempts == sent


RAW = {"GET": 2, "HEAD": 2, "PUT": 2, "DELETE": 2, "POST": 1, "PATCH": 1}


@pytest.mark.parametrize("method", RAW)
async def test_request_by_path(method: str) -> None:
    """A request by path is retried if HTTP calls its method idempotent."""
    async with FaultServer(steps("lost", "400")) as server, client(server.url) as cloud:
        with pytest.raises(BadRequestError if RAW[method] == 2 else OutcomeUnknownError):
            await cloud.request(method, "/v1/new")

    assert [arrival.method for arrival in server.arrivals] == [method] * RAW[method]


# --- unknown outcomes -----------------------------------------------------------------


async def test_unknown_outcome_carries_its_cause() -> None:
    """An unknown outcome has the failure as its cause, with its status and request id."""
    failure = body(b'{"error": "no", "requestId": "failed"}', 502)
    async with (
        FaultServer(only_once(STEPS["429"], failure)) as server,
        client(server.url) as cloud,
    ):
        with pytest.raises(OutcomeUnknownError) as caught:
            await create(cloud)

    error, cause = caught.value, caught.value.__cause__
    assert isinstance(cause, ServerError)
    assert (cause.status, cause.request_id, cause.attempts) == (502, "failed", 2)
    assert (error.operation, error.method, error.attempts) == ("instanceCreate", "POST", 2)
    assert (error.status, error.request_id) == (502, "failed")
    assert error.name == "etl"
    assert error.sent_at is not None


async def test_unknown_outcome_at_the_deadline() -> None:
    """A creation without a response in time is ambiguous; a read has just timed out."""
    async with FaultServer(overdue) as server, client(server.url) as cloud:
        with pytest.raises(OutcomeUnknownError) as unknown:
            await cloud.with_options(timeout=LONG).services.create(
                name="etl", provider="aws", region="us-east-1"
            )
        with pytest.raises(APITimeoutError) as caught:
            await cloud.services.get(SERVICE, timeout=LONG)

    assert isinstance(unknown.value.__cause__, APITimeoutError)
    assert (unknown.value.status, unknown.value.request_id) == (None, None)
    assert (caught.value.attempts, len(server.arrivals)) == (1, 2)


@pytest.mark.parametrize(
    ("names", "expected"),
    [("502 400", True), ("lost 404", True), ("429 400", False), ("400", False)],
)
async def test_refusal_after_an_ambiguous_attempt(names: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """The error of the last attempt tells whether an earlier one may have been carried out."""
    async with FaultServer(steps(*names.split())) as server, client(server.url) as cloud:
        error = await calling(cloud, "PUT")

    assert error is not None
    assert may_have_been_carried_out(error) is expected


async def test_throttled_creation_whose_timeout_error() -> None:
    """A creation that only met 429 until its time was up was certainly not carried out."""
    call = Call(
        Request(Operation[object]("instanceCreate", "POST", "/v1/x"), CLICKHOUSE_CLOUD, body=b"{}"),
        policy=RetryPolicy(),
        attempts=1,
    )

    error = timeout_error(call, "no response within 60 s")

    assert isinstance(error, APITimeoutError)
    assert not may_have_been_carried_out(error)
