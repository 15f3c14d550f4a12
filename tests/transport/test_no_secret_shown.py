"""Nothing that the client writes anywhere shows a credential or a secret value.

Every operation of the contract is carried out with secrets planted wherever the contract has them,
in requests and in answers, and made to fail in every way; then all that can be seen is searched.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from clickhouse_cloud_async import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    CloudError,
    ConfigurationError,
    InvalidArgumentError,
    OutcomeUnknownError,
    ResponseDecodeError,
    RetryPolicy,
)
from tests.client.stub import SERVICE, Gate
from tests.contract.apis import CLICKHOUSE, SURFACES
from tests.effort import some_of
from tests.samples import SECRET

from .handlers import answering, reset
from .planting import answers_json, has_secrets, planted_answer, planted_call, spoiled
from .watching import PLANTED, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async import AsyncClickHouseCloud
    from tests.client.stub import Stub
    from tests.contract.surface import Surface

    from .telemetry import Telemetry

OPERATIONS = some_of(CLICKHOUSE.operations)

JSON_OPERATIONS = [name for name in OPERATIONS if answers_json(CLICKHOUSE, name)]
"""Those whose answer is read, and not handed on as text."""

STATUSES = (302, 400, 401, 403, 404, 409, 418, 422, 424, 429, 500, 503)


@pytest.fixture
def watch(caplog: pytest.LogCaptureFixture, telemetry: Telemetry) -> Iterator[Watch]:
    """Everything that can be seen during a test, searched at its end."""
    caplog.set_level(logging.DEBUG)
    watching = Watch(caplog, telemetry)
    yield watching
    watching.check()


def watched(stub: Stub, watch: Watch, **settings: Any) -> AsyncClickHouseCloud:
    """A client with everything on that shows something."""
    defaults: dict[str, Any] = {
        "telemetry": True,
        "on_request": watch.hook,
        "on_response": watch.hook,
        "retry": RetryPolicy(attempts=2, first_wait=0),
    }
    return stub.client(**(defaults | settings))


@pytest.mark.parametrize("name", OPERATIONS)
async def test_success(stub: Stub, watch: Watch, name: str) -> None:
    """A call that succeeds shows nothing, nor do its result, its whole response and the client."""
    stub.handler = answering(*planted_answer(CLICKHOUSE, name))
    call = planted_call(CLICKHOUSE, name, as_models=True)

    async with watched(stub, watch) as cloud:
        result = await call.on(cloud)
        answer = await cloud.with_response(call.on, cloud)
        watch.see(result, answer, answer.headers, cloud, cloud.stats, cloud._caller.transport)

    assert cloud.stats.requests == 2


@pytest.mark.parametrize("name", OPERATIONS)
async def test_refusals(stub: Stub, watch: Watch, name: str) -> None:
    """No refusal shows anything, with the local variables of every frame.

    The requests that carry secrets are refused with each status, any other with every third one.
    """
    statuses = STATUSES if name in SECRETIVE else STATUSES[OPERATIONS.index(name) % 3 :: 3]
    _, answer = planted_answer(CLICKHOUSE, name)
    call = planted_call(CLICKHOUSE, name, as_models=False)

    async with watched(stub, watch) as cloud:
        for status in statuses:
            stub.handler = answering(status, {"error": "refused", "result": answer, "key": SECRET})
            await watch.failure(call.on(cloud))

    assert all(isinstance(e, (APIStatusError, OutcomeUnknownError)) for e in watch.errors)


@pytest.mark.parametrize("name", JSON_OPERATIONS)
async def test_unreadable_answers(stub: Stub, watch: Watch, name: str) -> None:
    """No answer that is cut off or of another shape shows anything."""
    status, answer = planted_answer(CLICKHOUSE, name)
    call = planted_call(CLICKHOUSE, name, as_models=True)
    text = json.dumps({"a": SECRET, "b": answer, "c": [SECRET, SECRET]})
    answers: list[Any] = [spoiled(answer), text, text[:-5], text[: text.index(SECRET) + 20]]

    async with watched(stub, watch) as cloud:
        for spoilt in answers:
            stub.handler = answering(status, spoilt)
            await watch.outcome(call.on(cloud))

    assert {type(error) for error in watch.errors} <= {ResponseDecodeError}


@pytest.mark.parametrize("name", OPERATIONS)
async def test_no_answer(stub: Stub, watch: Watch, name: str) -> None:
    """No broken connection, timeout or answer beyond all bounds shows anything."""
    call = planted_call(CLICKHOUSE, name, as_models=True)

    async with watched(stub, watch, max_response_bytes=4) as cloud:
        stub.handler = reset
        await watch.failure(call.on(cloud))
        stub.handler = Gate()
        await watch.failure(call.on(cloud, timeout=0.02))
        stub.handler = answering(200, {"result": SECRET})
        await watch.failure(call.on(cloud))

    kinds = [type(error) for error in watch.errors]
    assert kinds[0] in {APIConnectionError, OutcomeUnknownError}
    assert kinds[1] in {APITimeoutError, OutcomeUnknownError}
    assert kinds[2] is ResponseDecodeError


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("as_models", [True, False])
async def test_bad_arguments(stub: Stub, watch: Watch, name: str, *, as_models: bool) -> None:
    """No argument that is refused shows what stands beside it; nor does a closed client."""
    call = planted_call(CLICKHOUSE, name, as_models=as_models)

    async with watched(stub, watch) as cloud:
        await watch.failure(call.on(cloud, timeout=-1))
        for wrong in call.spoiled():
            await watch.failure(wrong.on(cloud))
    await watch.failure(call.on(cloud))

    *refused, closed = [type(error) for error in watch.errors]
    assert set(refused) == {InvalidArgumentError}
    assert closed is ConfigurationError


@pytest.mark.parametrize(
    "surface", [each for each in SURFACES if each is not CLICKHOUSE], ids=lambda each: each.name
)
async def test_other_apis(stub: Stub, watch: Watch, surface: Surface) -> None:
    """No other API's secrets are shown by results, refusals, broken connections or arguments."""
    settings: dict[str, Any] = {
        "on_request": watch.hook,
        "on_response": watch.hook,
        "retry": RetryPolicy(attempts=1),
    }
    names = [name for name in some_of(surface.operations) if has_secrets(surface, name)]
    async with surface.connect(stub.url, is_async=True, **settings) as cloud:
        for name in names:
            status, answer = planted_answer(surface, name)
            call = planted_call(surface, name, as_models=True)
            stub.handler = answering(status, json.dumps(answer))
            await watch.outcome(call.on(cloud))
            stub.handler = answering(200, json.dumps([SECRET, answer]))
            await watch.outcome(call.on(cloud))
            call = planted_call(surface, name, as_models=False)
            for refusal in (400, 401, 500):
                stub.handler = answering(refusal, {"message": "refused", "result": answer})
                await watch.failure(call.on(cloud))
            stub.handler = reset
            await watch.failure(call.on(cloud))
            await watch.failure(call.on(cloud, timeout=-1))
            for wrong in call.spoiled():
                await watch.failure(wrong.on(cloud))

    assert names


SECRETIVE = [
    "services.reset_password",
    "postgres.set_password",
    "clickstack.webhooks.create",
    "backup_buckets.create",
    "clickpipes.create",
]
"""Operations whose requests carry secrets, each in another place."""


@pytest.mark.parametrize("name", SECRETIVE)
async def test_secrets_do_travel(stub: Stub, name: str) -> None:
    """What these tests look for is really sent."""
    stub.handler = answering(*planted_answer(CLICKHOUSE, name))

    async with stub.client() as cloud:
        await planted_call(CLICKHOUSE, name, as_models=False).on(cloud)

    (request,) = stub.requests
    assert SECRET in await request.text()
    assert PLANTED[-1] in request.headers["Authorization"]


@pytest.mark.parametrize("name", SECRETIVE)
async def test_cancellation(stub: Stub, watch: Watch, name: str) -> None:
    """A call that is cancelled shows nothing."""
    stub.handler = gate = Gate()

    async with watched(stub, watch) as cloud:
        task = asyncio.create_task(planted_call(CLICKHOUSE, name, as_models=False).on(cloud))
        await gate.entered.wait()
        task.cancel()
        await watch.failure(task)

    assert isinstance(watch.errors[0], asyncio.CancelledError)


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize("name", SECRETIVE)
async def test_echo(stub: Stub, watch: Watch, name: str, status: int) -> None:
    """A gateway that repeats what it was sent, credentials included, makes the client show nothing.

    It does so as JSON, whose text becomes the error's message, and as a page, whose beginning does.
    """

    async def page(request: web.Request) -> web.StreamResponse:
        header = request.headers["Authorization"]
        return web.Response(text=f"<p>{header} {await request.text()}", status=status)

    async def envelope(request: web.Request) -> web.StreamResponse:
        header = request.headers["Authorization"]
        text = f"cannot take {header} with {await request.text()}"
        return web.json_response({"error": text, "issues": [{"message": text}]}, status=status)

    async with watched(stub, watch) as cloud:
        for stub.handler in (page, envelope):
            await watch.failure(planted_call(CLICKHOUSE, name, as_models=True).on(cloud))


@pytest.mark.parametrize("name", SECRETIVE)
@pytest.mark.parametrize("status", [200, 400])
async def test_echo_that_is_cut_off(stub: Stub, name: str, status: int) -> None:
    """Nothing is shown of a secret where the server's echo ends in the middle of it."""

    async def page(request: web.Request) -> web.StreamResponse:
        text = await request.text()
        return web.Response(text=f"cannot take {text[: text.index(SECRET) + 12]}", status=status)

    async def envelope(request: web.Request) -> web.StreamResponse:
        text = await request.text()
        echo = f"cannot take {text[: text.index(SECRET) + 12]}..."
        return web.json_response({"error": echo}, status=status)

    async with stub.client() as cloud:
        for stub.handler in (page, envelope):
            with pytest.raises(CloudError) as caught:
                await planted_call(CLICKHOUSE, name, as_models=False).on(cloud)
            assert SECRET[:5] not in str(caught.value)


CREDENTIALS = {
    "key pair": ({}, "planted-secret"),
    "token": ({"api_key": None, "api_secret": None, "token": "planted-token"}, "planted-token"),
}


@pytest.mark.parametrize("credentials", CREDENTIALS)
@pytest.mark.parametrize("status", [200, 400, 500])
async def test_echo_of_own_credentials(stub: Stub, credentials: str, status: int) -> None:
    """A server that knows the client's secret shows it in no error, with no header around it."""
    settings, secret = CREDENTIALS[credentials]

    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text=f"bad credentials {secret}", status=status)

    async def envelope(_: web.Request) -> web.StreamResponse:
        return web.json_response({"error": f"bad credentials {secret}"}, status=status)

    async with stub.client(**settings) as cloud:
        for stub.handler in (page, envelope):
            with pytest.raises(CloudError, match="bad credentials") as caught:
                await cloud.services.list()
            assert secret not in f"{caught.value} {caught.value!r}"


async def test_plain_password(stub: Stub, watch: Watch) -> None:
    """A password that is given as plain text is shown by no error."""
    stub.answer({"error": "no"}, 400)

    async with watched(stub, watch) as cloud:
        await watch.failure(cloud.services.reset_password(SERVICE, password=SECRET))


async def test_debugging_event_loop(stub: Stub, watch: Watch) -> None:
    """A loop in debug mode, which logs every step, logs no secrets."""
    loop = asyncio.get_running_loop()
    loop.set_debug(enabled=True)
    loop.slow_callback_duration = 0

    async with watched(stub, watch) as cloud:
        for name in SECRETIVE:
            stub.handler = answering(*planted_answer(CLICKHOUSE, name))
            watch.see(await planted_call(CLICKHOUSE, name, as_models=True).on(cloud))


async def test_warning_of_a_dropped_client(stub: Stub, watch: Watch) -> None:
    """The warning of a client that was dropped unclosed shows nothing."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        await watched(stub, watch).services.list()
        gc.collect()
        await asyncio.sleep(0)

    watch.see(*(vars(warning) for warning in caught))
    assert ResourceWarning in {warning.category for warning in caught}
