"""The client signs in by itself, once for all calls, and keeps what it signs in with to itself."""

from __future__ import annotations

import asyncio
import base64
import logging
import pickle
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from clickhouse_cloud_async import (
    AuthenticationError,
    BadRequestError,
    CloudError,
    ConfigurationError,
    RetryPolicy,
)
from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate, Omnistrate
from tests.client.stub import Gate, answering
from tests.client.test_secrecy import failing, shown

from .platform import (
    API_KEY,
    BASE,
    EMAIL,
    INVALID,
    KEY_EMAIL,
    MISSING,
    PASSWORD,
    SIGN_IN,
    problem,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.stub import Stub

    from .platform import Platform

MANY = 200
SECRETS = (PASSWORD, API_KEY, "planted-token")


async def test_first_calls_sign_in_once(stub: Stub, platform: Platform) -> None:
    """However many calls come first, one request signs in for all of them, without a token."""
    gate = Gate(after=platform.open_session)
    platform.sign_in = gate
    async with platform.client() as cloud:
        calls = [asyncio.create_task(cloud.services.list()) for _ in range(MANY)]
        await gate.entered.wait()
        gate.opened.set()
        assert await asyncio.gather(*calls) == [[]] * MANY

    assert stub.paths == [SIGN_IN] + [f"{BASE}/service"] * MANY
    assert "Authorization" not in stub.requests[0].headers
    assert {r.headers["Authorization"] for r in stub.requests[1:]} == platform.valid


@pytest.mark.parametrize("refusal", [INVALID, MISSING])
async def test_token_that_ends_in_the_middle_is_renewed_once(
    platform: Platform, refusal: tuple[int, Any]
) -> None:
    """Calls that the API refuses because their token has ended go on in one new session."""
    platform.refusal = refusal
    answered = 0

    async def rest(_: web.Request) -> web.StreamResponse:
        nonlocal answered
        answered += 1
        if answered == MANY // 2:
            platform.end_sessions()
        return web.json_response({"services": []})

    platform.rest = rest
    async with platform.client() as cloud:
        assert await asyncio.gather(*(cloud.services.list() for _ in range(MANY))) == [[]] * MANY

    assert platform.sign_ins == 2


@pytest.mark.parametrize(("age", "sign_ins"), [(3500, 1), (3550, 2), (4000, 2)])
async def test_token_is_renewed_before_its_end(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, age: float, sign_ins: int
) -> None:
    """A token is renewed a minute before it ends by what it says itself."""
    async with platform.client() as cloud:
        await cloud.services.list()
        (header,) = platform.valid
        later = _end_of(header) - 3600 + age
        clock = SimpleNamespace(time=lambda: later)
        monkeypatch.setattr("clickhouse_cloud_async.core.auth.time", clock)
        await cloud.services.list()

    assert platform.sign_ins == sign_ins


async def test_wrong_password_is_one_authentication_error(platform: Platform) -> None:
    """A wrong password is sent once for all that wait, and is no `BadRequestError`."""
    gate = Gate(after=platform.open_session)
    platform.sign_in = gate
    async with platform.client(email=EMAIL, password="another") as cloud:
        calls = [asyncio.create_task(cloud.services.list()) for _ in range(20)]
        await gate.entered.wait()
        gate.opened.set()
        errors = await asyncio.gather(*calls, return_exceptions=True)

    assert platform.sign_ins == 1
    assert {type(error) for error in errors} == {AuthenticationError}
    error = errors[0]
    assert isinstance(error, AuthenticationError)
    assert error.message == "wrong user email or password"
    assert (error.status, error.code, error.request_id) == (400, "bad_request", "e1")
    assert (error.operation, error.api) == ("signIn", "omnistrate")


async def test_other_refusals_do_not_sign_in_again(platform: Platform) -> None:
    """A refusal that says nothing of the token is handed on at once."""
    platform.rest = answering(problem("bad_request", "name is missing"), 400)
    async with platform.client() as cloud:
        with pytest.raises(BadRequestError, match="name is missing"):
            await cloud.services.list()

    assert platform.sign_ins == 1


async def test_api_key_signs_in_with_an_address_of_its_own(stub: Stub, platform: Platform) -> None:
    """An API key is exchanged as the password of the address that stands for API keys."""
    async with platform.client(api_key=API_KEY) as cloud:
        await cloud.services.list()

    assert await stub.requests[0].json() == {"email": KEY_EMAIL, "password": API_KEY}


async def test_token_is_sent_as_it_is(stub: Stub, platform: Platform) -> None:
    """A token that was given is used, and cannot be renewed."""
    platform.valid.add("Bearer planted-token")
    async with platform.client(token="planted-token") as cloud:
        await cloud.services.list()
        platform.end_sessions()
        with pytest.raises(AuthenticationError):
            await cloud.services.list()

    assert stub.paths == [f"{BASE}/service"] * 2


async def test_operations_that_take_no_token_are_sent_none(stub: Stub, platform: Platform) -> None:
    """Operations without credentials are sent none, also where a client has some."""
    stub.answer({"status": "RUNNING"})
    async with AsyncOmnistrate(base_url=stub.url) as nobody, platform.client() as cloud:
        await nobody.platform.registration_health()
        await cloud.platform.consumption_health()
        with pytest.raises(ConfigurationError, match="pass api_key or email and password or token"):
            await nobody.services.list()

    assert [request.headers.get("Authorization") for request in stub.requests] == [None, None]


async def test_operation_that_takes_basic_authentication(stub: Stub, platform: Platform) -> None:
    """The one operation that wants basic authentication gets it; a token does not suffice."""
    stub.answer({"token": "t"})
    async with platform.client() as cloud, platform.client(token="planted-token") as bearer:
        await cloud.sessions.sign_in_consumer()
        with pytest.raises(ConfigurationError, match="needs basic authentication"):
            await bearer.sessions.sign_in_consumer()

    pair = base64.b64encode(f"{EMAIL}:{PASSWORD}".encode()).decode()
    assert [request.headers["Authorization"] for request in stub.requests] == [f"Basic {pair}"]


def test_settings_of_environment_and_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Credentials and URL come from the environment, or else from a profile."""
    profile = tmp_path / "omnistrate" / "config.toml"
    profile.parent.mkdir()
    profile.write_text('[default]\napi_key = "om_profile"\nurl = "http://127.0.0.1:1"\n', "utf-8")
    profile.chmod(0o600)
    with Omnistrate() as cloud:
        assert cloud.base_url == "http://127.0.0.1:1"
    monkeypatch.setenv("OMNISTRATE_EMAIL", EMAIL)
    monkeypatch.setenv("OMNISTRATE_PASSWORD", PASSWORD)
    monkeypatch.setenv("OMNISTRATE_URL", "http://127.0.0.1:2/2022-09-01-00")
    with Omnistrate() as cloud:
        assert cloud.base_url == "http://127.0.0.1:2"
    monkeypatch.delenv("OMNISTRATE_PASSWORD")
    with pytest.raises(ConfigurationError, match="OMNISTRATE_EMAIL is set without OMNISTRATE_PASS"):
        Omnistrate()


@pytest.mark.parametrize(
    "account",
    [{"email": EMAIL, "password": PASSWORD}, {"api_key": API_KEY}, {"token": "planted-token"}],
)
async def test_credentials_are_shown_nowhere(
    platform: Platform, caplog: pytest.LogCaptureFixture, account: dict[str, str]
) -> None:
    """No log, repr, traceback or pickle shows a password, an API key or a token."""
    caplog.set_level(logging.DEBUG)
    texts: list[str] = []

    async def look(cloud: AsyncOmnistrate) -> None:
        error = await failing(cloud.services.list())
        assert isinstance(error, CloudError)
        texts.extend((shown(error), pickle.dumps(error).decode("latin-1"), repr(cloud)))

    async def echo(request: web.Request) -> web.StreamResponse:
        said = f"{request.headers.get('Authorization')} {await request.text()}"
        return web.json_response(problem("bad_request", said), status=400)

    async with platform.client(**account, retry=RetryPolicy(attempts=1)) as cloud:
        platform.sign_in = answering(problem("bad_request", "wrong user email or password"), 400)
        await look(cloud)
        platform.sign_in = echo
        platform.rest = echo
        await look(cloud)
        platform.sign_in = platform.open_session
        await look(cloud)
        platform.valid.add("Bearer planted-token")
        await look(cloud)

    tokens = [header.removeprefix("Bearer ") for header in platform.valid]
    text = "".join((*texts, caplog.text))
    assert not [secret for secret in (*SECRETS, *tokens) if secret in text]


def _end_of(header: str) -> float:
    """Return when the token of an Authorization header ends."""
    from clickhouse_cloud_async import Secret
    from clickhouse_cloud_async.core.auth import end_of_jwt

    end = end_of_jwt(Secret(header.removeprefix("Bearer ")))
    assert end is not None
    return end
