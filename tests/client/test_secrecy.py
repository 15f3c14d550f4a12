"""Credentials stay out of everything that is printed, logged, stored or sent on."""

from __future__ import annotations

import asyncio
import base64
import copy
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from rich.pretty import pretty_repr

from clickhouse_cloud_async import (
    APIConnectionError,
    APITimeoutError,
    AsyncClickHouseCloud,
    CloudError,
    ConfigurationError,
    HTTPOptions,
    InvalidArgumentError,
    ResponseDecodeError,
)

from .profiles import write_text
from .stub import KEY, ORGANIZATION, SECRET, SERVICE, Gate, Stub, raw_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

PROXY_PASSWORD = "planted-proxy-password"

FORBIDDEN = (
    SECRET,
    base64.b64encode(f"{KEY}:{SECRET}".encode()).decode(),
    PROXY_PASSWORD,
    base64.b64encode(f"user:{PROXY_PASSWORD}".encode()).decode(),
)


def chain(error: BaseException) -> Iterator[BaseException]:
    """An error and everything that it was raised from or during."""
    waiting, seen = [error], set[int]()
    while waiting:
        link = waiting.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [each for each in (link.__cause__, link.__context__) if each is not None]


def held(error: BaseException) -> list[object]:
    """The values of all local variables in the frames of an error and of those behind it."""
    return [
        value
        for link in chain(error)
        for frame, _ in traceback.walk_tb(link.__traceback__)
        for value in frame.f_locals.values()
    ]


def laid_open(*values: object) -> str:
    """Return values as debuggers such as rich show them: with all attributes and items.

    Each object is walked through once, however many others hold it.
    """
    texts: list[str] = []
    seen: dict[int, object] = {}
    waiting: list[Any] = list(values)
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple, set, frozenset)):
            waiting += value
        elif hasattr(type(value), "__rich_repr__"):
            waiting += [item for _, item in value.__rich_repr__()]
        elif attrs.has(type(value)):
            for field in attrs.fields(type(value)):
                if callable(field.repr):
                    texts.append(str(field.repr(getattr(value, field.name, None))))
                elif field.repr:
                    waiting.append(getattr(value, field.name, None))
        else:
            texts.append(repr(value))
    return "\n".join(texts)


def shown(error: BaseException) -> str:
    """All that anybody can see of an error and of the errors behind it.

    Debuggers show the local variables of every frame: some by their repr, others as `laid_open`.
    """
    texts: list[str] = []
    for link in chain(error):
        texts += [str(link), repr(link), repr(link.args), repr(vars(link))]
        texts += traceback.TracebackException.from_exception(link, capture_locals=True).format()
    return "".join([*texts, laid_open(*held(error))])


def assert_clean(text: str) -> None:
    """Check that no planted credential is in a text."""
    for each in FORBIDDEN:
        assert each not in text


async def failing(call: Awaitable[object]) -> BaseException:
    """Await a call that fails, and give what it raised."""
    try:
        await call
    except BaseException as error:  # noqa: BLE001 - cancellation is one of the cases
        return error
    raise AssertionError("the call did not fail")


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that any logger says during a test, at every level; checked at its end."""
    caplog.set_level(logging.DEBUG)
    for name in ("asyncio", "aiohttp.client", "aiohttp.internal", "clickhouse_cloud_async"):
        caplog.set_level(logging.DEBUG, logger=name)
    yield caplog
    assert_clean(caplog.text)


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 418, 422, 424, 429, 500, 503])
async def test_status(stub: Stub, status: int) -> None:
    """No refusal shows the credentials, even with the local variables of every frame."""
    asyncio.get_running_loop().set_debug(enabled=True)
    stub.answer({"error": "refused"}, status)

    async with stub.client() as cloud:
        error = await failing(cloud.services.get(SERVICE))

    assert isinstance(error, CloudError)
    assert error.status == status
    assert_clean(shown(error))
    assert_clean("".join(map(pretty_repr, held(error))))
    assert SECRET.encode() not in pickle.dumps(error)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", APIConnectionError),
        (b"this is not HTTP\r\n\r\n", APIConnectionError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", APIConnectionError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ResponseDecodeError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", ResponseDecodeError),
    ],
)
async def test_broken_answer(stub: Stub, answer: bytes, kind: type[CloudError]) -> None:
    """No broken or unreadable answer shows the credentials, nor do the errors behind it."""
    async with raw_server(answer) as url, stub.client(base_url=url) as cloud:
        error = await failing(cloud.services.get(SERVICE))

    assert type(error) is kind
    assert_clean(shown(error))
    assert SECRET.encode() not in pickle.dumps(error)


async def test_refused_connection(stub: Stub) -> None:
    """No refused connection shows the credentials."""
    async with stub.client(base_url="http://127.0.0.1:1") as cloud:
        error = await failing(cloud.services.get(SERVICE))

    assert type(error) is APIConnectionError
    assert_clean(shown(error))


async def test_timeout(stub: Stub) -> None:
    """No timeout shows the credentials, nor does the cancellation behind it."""
    stub.handler = Gate()

    async with stub.client() as cloud:
        error = await failing(cloud.services.get(SERVICE, timeout=0.05))

    assert type(error) is APITimeoutError
    assert {type(each) for each in chain(error)} > {APITimeoutError}
    assert_clean(shown(error))


@pytest.mark.parametrize("limited", [True, False])
async def test_cancellation(stub: Stub, *, limited: bool) -> None:
    """No cancellation shows the credentials, whether it comes from a limit around the call."""
    stub.handler = gate = Gate()

    async with stub.client() as cloud:
        if limited:
            error = await failing(asyncio.wait_for(cloud.services.get(SERVICE), 0.05))
        else:
            call = asyncio.create_task(cloud.services.get(SERVICE))
            await gate.entered.wait()
            call.cancel()
            error = await failing(call)

    assert type(error) is (TimeoutError if limited else asyncio.CancelledError)
    assert_clean(shown(error))


async def test_failed_lookup(stub: Stub) -> None:
    """No failure to find the organisation shows the credentials."""
    stub.answer({"result": [{"id": "a"}, {"id": "b"}]})

    async with stub.client(organization_id=None) as cloud:
        error = await failing(cloud.services.list())

    assert type(error) is ConfigurationError
    assert_clean(shown(error))


async def test_bad_argument_and_closed_client(stub: Stub) -> None:
    """Neither a refused argument nor the use of a closed client shows the credentials."""
    async with stub.client() as cloud:
        bad = await failing(cloud.services.get(""))
    closed = await failing(cloud.services.get(SERVICE))

    assert (type(bad), type(closed)) == (InvalidArgumentError, ConfigurationError)
    assert_clean(shown(bad) + shown(closed))


async def test_paging(stub: Stub) -> None:
    """No failure on a page shows the credentials."""
    stub.answer({"error": "refused"}, 403)

    async with stub.client() as cloud:
        error = await failing(cloud.api_keys.list())

    assert_clean(shown(error))


PROXY_ANSWERS = [b"HTTP/1.1 407 no\r\nContent-Length: 0\r\n\r\n", b"", b"no proxy at all\r\n\r\n"]


@pytest.mark.parametrize("answer", PROXY_ANSWERS)
async def test_proxy_password(stub: Stub, answer: bytes) -> None:
    """No failure at a proxy shows the proxy's password or the credentials."""
    async with raw_server(answer) as url:
        proxy = url.replace("//", f"//user:{PROXY_PASSWORD}@")
        options = HTTPOptions(proxy=proxy)
        del proxy
        async with stub.client(base_url="https://api.test", http=options) as cloud:
            error = await failing(cloud.services.get(SERVICE))

    assert isinstance(error, CloudError)
    assert_clean(shown(error) + repr(options) + repr(cloud))


async def test_unreachable_proxy(stub: Stub) -> None:
    """A proxy that does not listen does not give its password away either."""
    options = HTTPOptions(proxy=f"http://user:{PROXY_PASSWORD}@127.0.0.1:1")

    async with stub.client(base_url="https://api.test", http=options) as cloud:
        error = await failing(cloud.services.get(SERVICE))

    assert type(error) is APIConnectionError
    assert_clean(shown(error))


async def test_reprs(stub: Stub) -> None:
    """No repr of a client or of what it is made of shows the credentials."""
    async with stub.client() as cloud:
        await cloud.services.list()
        caller = cloud._caller
        parts: list[object] = [cloud, cloud.services, cloud._settings, caller, caller.transport]
        parts += [*caller.transport._sessions.values(), *cloud._settings.authenticators.values()]

        assert_clean("".join(f"{part!r} {part}" for part in parts))


def refused_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Callable[[], Any]]:
    """Ways to make a client that fail with a credential at hand."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_SECRET", SECRET)
    write_text(tmp_path, f'[default]\napi_secret = "{SECRET}"\nunknown = "x"')
    return {
        "environment": AsyncClickHouseCloud,
        "key": lambda: AsyncClickHouseCloud("key:with:colons", SECRET),
        "url": lambda: AsyncClickHouseCloud(KEY, SECRET, base_url="http://far.example"),
        "kinds": lambda: AsyncClickHouseCloud(KEY, SECRET, token=SECRET),
        "timeout": lambda: AsyncClickHouseCloud(KEY, SECRET, timeout=-1),
        "organisation": lambda: AsyncClickHouseCloud(KEY, SECRET, organization_id=".."),
    }


@pytest.mark.parametrize(
    "way", ["environment", "key", "url", "kinds", "timeout", "organisation", "profile"]
)
def test_refused_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    """A client that cannot be made does not show the credentials that it was given or found."""
    ways = refused_settings(tmp_path, monkeypatch)
    if way == "profile":
        monkeypatch.delenv("CLICKHOUSE_CLOUD_API_SECRET")
    make = ways.get(way, AsyncClickHouseCloud)
    del ways

    with pytest.raises(CloudError) as caught:
        make()

    assert_clean(shown(caught.value))


async def test_pickled_and_copied_errors(stub: Stub) -> None:
    """An error that went through pickle or copy shows no more than before."""
    stub.answer({"error": "refused"}, 401)

    async with stub.client() as cloud:
        error = await failing(cloud.services.get(SERVICE))

    back = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert_clean(shown(back) + shown(copy.copy(error)))


async def test_debugging_event_loop(stub: Stub, logged: pytest.LogCaptureFixture) -> None:
    """A loop in debug mode that logs every slow step logs no credentials."""
    loop = asyncio.get_running_loop()
    loop.set_debug(enabled=True)
    loop.slow_callback_duration = 0
    stub.answer({"result": {"name": "etl"}})

    async with stub.client() as cloud:
        await cloud.services.get(SERVICE)

    assert [record for record in logged.records if record.name == "asyncio"]


async def test_credentials_do_arrive(stub: Stub) -> None:
    """What these tests look for is really sent."""
    async with stub.client() as cloud:
        await cloud.services.list()

    assert stub.requests[0].headers["Authorization"] == f"Basic {FORBIDDEN[1]}"
    assert ORGANIZATION in stub.paths[0]
