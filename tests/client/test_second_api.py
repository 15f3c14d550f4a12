"""The core knows no API: one of another kind works with it, sessions and scopes included."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from aiohttp import web

from clickhouse_cloud_async import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    CloudError,
    ConfigurationError,
    ConflictError,
    InvalidArgumentError,
    OperationInProgressError,
    OutcomeUnknownError,
    RetryPolicy,
    Secret,
    ServerError,
)
from clickhouse_cloud_async.core import retry_decision
from clickhouse_cloud_async.core.auth import end_of_jwt
from clickhouse_cloud_async.core.loop_lock import LoopLock

from .shelter import (
    ADOPT,
    ANIMAL,
    ANIMALS,
    EMAIL,
    HEALTH,
    KENNELS,
    LEDGER,
    PASSWORD,
    YARDS,
    AsyncShelter,
    keeper,
)
from .stub import Gate, Stub, answering

if TYPE_CHECKING:
    from .stub import Handler

SESSION = "/api/v1/session"
ORGANIZATION = {"id": "o"}
PLACE: dict[str, Any] = {"token": "t", "organization_id": "o", "yard_id": "y"}


def jwt(**claims: object) -> str:
    """A JSON Web Token that nobody has signed."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts), "x"])


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep settings of the environment out of the tests."""
    for name in ("EMAIL", "PASSWORD", "ACCESS_TOKEN", "URL", "PROFILE", "ORGANIZATION_ID"):
        monkeypatch.delenv(f"SHELTER_{name}", raising=False)


class Shelter:
    """A server that opens sessions and refuses those that have ended.

    Attributes:
        valid: Authorization headers that it takes.
        sign_ins: How often somebody signed in.
        refusal: How it answers a header that it does not take.
        lifetime: Seconds that a session lasts; None where the token does not say.
    """

    def __init__(self, stub: Stub) -> None:
        self.valid: set[str] = set()
        self.sign_ins = 0
        self.refusal: tuple[int, Any] = (401, {"name": "auth_failure"})
        self.lifetime: float | None = None
        self.sign_in: Handler = self.open_session
        self.rest: Handler = answering([])
        stub.handler = self.handle

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        if request.path == SESSION:
            self.sign_ins += 1
            return await self.sign_in(request)
        if request.headers.get("Authorization") not in self.valid:
            status, body = self.refusal
            return web.json_response(body, status=status)
        return await self.rest(request)

    async def open_session(self, request: web.Request) -> web.StreamResponse:
        """Open a session for the one account that there is."""
        assert await request.json() == {"email": EMAIL, "password": PASSWORD}
        end = {} if self.lifetime is None else {"exp": time.time() + self.lifetime}
        token = jwt(number=self.sign_ins, **end)
        self.valid.add(f"Bearer {token}")
        return web.json_response({"token": token})


@pytest.fixture
def shelter(stub: Stub) -> Shelter:
    """The second API's server."""
    return Shelter(stub)


# --- Sessions ----------------------------------------------------------------------------------


async def test_fifty_callers_sign_in_once(stub: Stub, shelter: Shelter) -> None:
    """Calls that need a session wait for one sign-in, which needs none itself."""
    gate = Gate(after=shelter.open_session)
    shelter.sign_in = gate

    async with keeper(stub) as client:
        calls = [asyncio.create_task(client.call(ANIMALS)) for _ in range(50)]
        await gate.entered.wait()
        gate.opened.set()
        await asyncio.gather(*calls)

    assert stub.paths == [SESSION] + ["/api/v1/animals"] * 50
    assert "Authorization" not in stub.requests[0].headers
    assert {r.headers["Authorization"] for r in stub.requests[1:]} == shelter.valid


@pytest.mark.parametrize(
    "refusal",
    [(401, {"name": "auth_failure"}), (400, {"problem": {"text": "the token is missing in it"}})],
)
async def test_ended_session_is_renewed_once_for_all(
    stub: Stub, shelter: Shelter, refusal: tuple[int, Any]
) -> None:
    """After a 401, or what the API says in its place, calls go on in one new session."""
    shelter.refusal = refusal
    async with keeper(stub) as client:
        await client.call(ANIMALS)
        shelter.valid.clear()
        await asyncio.gather(*(client.call(ADOPT, body={}) for _ in range(20)))

    assert shelter.sign_ins == 2
    assert client.stats.requests == len(stub.requests)


async def test_session_that_is_refused_again_is_an_error(stub: Stub, shelter: Shelter) -> None:
    """A new session that is refused as well is not followed by a third."""

    async def useless(_: web.Request) -> web.StreamResponse:
        return web.json_response({"token": f"useless-{shelter.sign_ins}"})

    shelter.sign_in = useless
    async with keeper(stub) as client:
        with pytest.raises(AuthenticationError):
            await client.call(ANIMALS)

    assert shelter.sign_ins == 2


async def test_other_refusals_do_not_renew(stub: Stub, shelter: Shelter) -> None:
    """A refusal that says nothing of the session is not answered with a sign-in."""
    shelter.rest = answering({"problem": {"text": "no such animal"}}, 400)
    async with keeper(stub) as client:
        with pytest.raises(BadRequestError, match="no such animal"):
            await client.call(ANIMALS)

    assert shelter.sign_ins == 1


class Case(NamedTuple):
    """A session, how old it gets, and how often its client has signed in by then."""

    lifetime: float | None
    age: float
    sign_ins: int


@pytest.mark.parametrize(
    "case",
    [
        Case(3600, 3500, 1),
        Case(3600, 3550, 2),
        Case(3600, 4000, 2),
        Case(100, 80, 1),
        Case(100, 95, 2),
        Case(None, 1e6, 1),
    ],
)
async def test_session_is_renewed_shortly_before_its_end(
    stub: Stub, shelter: Shelter, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    """A session is renewed a minute, or a tenth of its life, before its token ends."""
    shelter.lifetime = case.lifetime
    async with keeper(stub) as client:
        await client.call(ANIMALS)
        later = time.time() + case.age
        clock = SimpleNamespace(time=lambda: later)
        monkeypatch.setattr("clickhouse_cloud_async.core.auth.time", clock)
        await client.call(ANIMALS)

    assert shelter.sign_ins == case.sign_ins


async def test_end_by_a_clock_that_is_behind_is_ignored(stub: Stub, shelter: Shelter) -> None:
    """A token that has ended by this machine's clock is used until the API refuses it."""
    shelter.lifetime = -600
    async with keeper(stub) as client:
        await client.call(ANIMALS)
        await client.call(ANIMALS)

    assert shelter.sign_ins == 1


async def test_failed_sign_in_is_shared_by_those_who_wait(stub: Stub, shelter: Shelter) -> None:
    """A wrong password is sent once for all calls that wait, and again for the next one."""
    gate = Gate(after=answering({"problem": {"text": "wrong user or password"}}, 400))
    shelter.sign_in = gate
    async with keeper(stub) as client:
        calls = [asyncio.create_task(client.call(ANIMALS)) for _ in range(20)]
        await gate.entered.wait()
        for _ in range(5):
            await asyncio.sleep(0)
        gate.opened.set()
        errors = await asyncio.gather(*calls, return_exceptions=True)
        assert shelter.sign_ins == 1
        shelter.sign_in = shelter.open_session
        assert await client.call(ANIMALS) == []

    assert {type(error) for error in errors} == {BadRequestError}
    assert len({id(error) for error in errors}) == 20
    assert shelter.sign_ins == 2


async def test_cancelled_sign_in_is_taken_over(stub: Stub, shelter: Shelter) -> None:
    """Where the call that signs in is cancelled, the next one does."""
    gate = Gate(after=shelter.open_session)
    shelter.sign_in = gate
    async with keeper(stub) as client:
        first = asyncio.create_task(client.call(ANIMALS))
        await gate.entered.wait()
        second = asyncio.create_task(client.call(ANIMALS))
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        gate.opened.set()
        assert await second == []


def test_loops_do_not_take_each_others_lock() -> None:
    """The tasks of one event loop share a lock although another loop uses its own meanwhile."""
    lock = LoopLock()

    async def taken() -> asyncio.Lock:
        return lock.here

    with asyncio.Runner() as one, asyncio.Runner() as other:
        first, second, third = one.run(taken()), other.run(taken()), one.run(taken())

    assert first is third
    assert first is not second


async def test_sign_in_counts_towards_the_time_limit(stub: Stub, shelter: Shelter) -> None:
    """A call that waits for its session ends when its time is up."""
    shelter.sign_in = Gate()
    async with keeper(stub, timeout=0.05) as client:
        with pytest.raises(APITimeoutError):
            await client.call(ANIMALS)


def test_budget_follows_the_account_and_not_the_token() -> None:
    """The identity of a session is its account's, before and after it has signed in."""
    authenticator = AsyncShelter(email=EMAIL, password=PASSWORD)._settings.authenticators[""]

    assert authenticator.identity == EMAIL


@pytest.mark.parametrize(
    "token", ["", "a.b", "a.b.c", "a.e30.c", f"a.{base64.urlsafe_b64encode(b'[1]').decode()}.c"]
)
def test_token_without_an_end(token: str) -> None:
    """What is not a JSON Web Token, or has no end, is taken as it is."""
    assert end_of_jwt(Secret(token)) is None


def test_token_with_an_end() -> None:
    """The end of a JSON Web Token is read from it."""
    assert end_of_jwt(Secret(jwt(exp=1_900_000_000))) == 1_900_000_000.0
    assert end_of_jwt(Secret(jwt(exp="soon"))) is None


# --- Authentication of single operations ---------------------------------------------------------


async def test_operation_with_another_authentication(stub: Stub) -> None:
    """An operation that wants basic authentication gets it from the same account."""
    async with keeper(stub) as client:
        await client.call(LEDGER)

    expected = base64.b64encode(f"{EMAIL}:{PASSWORD}".encode()).decode()
    assert [r.headers["Authorization"] for r in stub.requests] == [f"Basic {expected}"]


async def test_operation_without_authentication(stub: Stub) -> None:
    """An operation that takes no credentials is sent none."""
    async with AsyncShelter(token="planted", base_url=stub.url) as client:
        await client.call(HEALTH)
        await client.call(ANIMALS)

    sent = [request.headers.get("Authorization") for request in stub.requests]
    assert sent == [None, "Bearer planted"]


async def test_authentication_that_the_credentials_do_not_allow(stub: Stub) -> None:
    """A token is no account: what wants basic authentication is refused unsent."""
    async with AsyncShelter(token="planted", base_url=stub.url) as client:
        with pytest.raises(ConfigurationError, match="ledger needs basic authentication"):
            await client.call(LEDGER)

    assert stub.requests == []


async def test_missing_credentials_fail_the_first_call_that_needs_them(stub: Stub) -> None:
    """Without credentials a client can do what needs none, and says what the rest lacks."""
    async with AsyncShelter(base_url=stub.url) as client:
        await client.call(HEALTH)
        with pytest.raises(ConfigurationError) as caught:
            await client.call(ANIMALS)

    assert "pass email and password or token" in caught.value.message
    assert "set SHELTER_EMAIL and SHELTER_PASSWORD or SHELTER_ACCESS_TOKEN" in caught.value.message
    assert stub.paths == ["/api/v1/health"]


async def test_variables_with_the_vendors_names(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable may have a name that does not follow from the prefix."""
    monkeypatch.setenv("SHELTER_TOKEN", "unused")
    monkeypatch.setenv("SHELTER_ACCESS_TOKEN", "planted")
    async with AsyncShelter(base_url=stub.url) as client:
        await client.call(ANIMALS)

    assert stub.requests[0].headers["Authorization"] == "Bearer planted"


def test_arguments_are_those_of_the_api() -> None:
    """An argument that this API does not have is refused as Python refuses it."""
    with pytest.raises(TypeError, match="'api_key'"):
        AsyncShelter(api_key="key")
    with pytest.raises(ConfigurationError, match="both set"):
        AsyncShelter(email=EMAIL, token="t")
    with pytest.raises(ConfigurationError, match="email is set without password"):
        AsyncShelter(email=EMAIL)


# --- Scopes --------------------------------------------------------------------------------------


def estate(request: web.Request) -> web.StreamResponse:
    """Organisations, yards and kennels."""
    found = {"/api/v1/orgs": [ORGANIZATION], "/api/v1/orgs/o/yards": [{"id": "y"}]}
    return web.json_response(found.get(request.path, []))


async def test_scopes_are_found_once_and_one_by_the_other(stub: Stub) -> None:
    """Two scopes are asked for with the first call that needs them, and kept."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return estate(request)

    stub.handler = answer
    async with AsyncShelter(token="t", base_url=stub.url) as client:
        for _ in range(2):
            await asyncio.gather(*(client.call(KENNELS, id=None, yard=None) for _ in range(5)))
        await client._view(timeout=5, retry=1).call(KENNELS, id=None, yard=None)

    kennels = ["/api/v1/orgs/o/yards/y/kennels"] * 11
    assert stub.paths == ["/api/v1/orgs", "/api/v1/orgs/o/yards", *kennels]


async def test_scope_is_found_by_its_place_and_not_by_its_name(stub: Stub) -> None:
    """A parameter called like a scope is none where the path begins otherwise."""
    async with AsyncShelter(**PLACE, base_url=stub.url) as client:
        await client.call(ANIMAL, id="a")
        with pytest.raises(InvalidArgumentError, match="id: "):
            await client.call(ANIMAL, id=None)
        await client.call(YARDS, id="other")
        await client._view(timeout=None, retry=1, organization_id="p").call(YARDS, id=None)
        await client.request("GET", "/api/v1/orgs/{id}/yards/{yard}")

    assert stub.paths == [
        "/api/v1/animals/a",
        "/api/v1/orgs/other/yards",
        "/api/v1/orgs/p/yards",
        "/api/v1/orgs/o/yards/y",
    ]


async def test_path_with_a_placeholder_that_is_no_scope(stub: Stub) -> None:
    """A request by path takes placeholders of scopes in their places only."""
    async with AsyncShelter(token="t", organization_id="o", base_url=stub.url) as client:
        await client.request("GET", "/api/v1/orgs/{id}/yards")
        with pytest.raises(InvalidArgumentError, match="path: "):
            await client.request("GET", "/api/v1/animals/{id}")

    assert stub.paths == ["/api/v1/orgs/o/yards"]


async def test_refusal_names_where_a_scope_came_from(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 403 for a scope of the environment names it in the API's own words."""
    monkeypatch.setenv("SHELTER_ACCESS_TOKEN", "t")
    monkeypatch.setenv("SHELTER_YARD_ID", "wrong")
    stub.answer({}, 403)
    async with AsyncShelter(organization_id="o", base_url=stub.url) as client:
        with pytest.raises(CloudError) as caught:
            await client.call(KENNELS, id=None, yard=None)

    assert caught.value.hint == "the yard comes from SHELTER_YARD_ID"


def test_options_without_a_scope_are_refused() -> None:
    """`with_options` takes a scope only where the client's class has it."""
    with pytest.raises(TypeError, match="organization_id"):
        AsyncShelter(token="t").with_options(organization_id="o")  # type: ignore[call-arg]  # what is refused


# --- Problems ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message", "code", "request_id"),
    [
        ({"problem": {"text": "it barks", "number": 7}}, "it barks", "7", "from-header"),
        ({"name": "bad_dog", "occurrence": "id-1"}, "bad_dog", "bad_dog", "id-1"),
        ({"error": "of another API", "requestId": "no"}, "Conflict", None, "from-header"),
        ({"problem": {"text": "", "number": True}}, "Conflict", None, "from-header"),
        ([], "Conflict", None, "from-header"),
    ],
)
async def test_problems_are_read_as_the_api_words_them(
    stub: Stub, body: Any, message: str, code: str | None, request_id: str
) -> None:
    """Message, code and request id stand where this API puts them."""
    stub.answer(body, 409, X_Request_Id="from-header")
    async with AsyncShelter(token="t", base_url=stub.url) as client:
        with pytest.raises(ConflictError) as caught:
            await client.call(ANIMALS)

    error = caught.value
    assert error.message.startswith(message)
    assert (error.code, error.request_id, error.api) == (code, request_id, "shelter")


@pytest.mark.parametrize(("is_temporary", "requests"), [(True, 2), (False, 1)])
async def test_temporary_problem_is_retried(
    stub: Stub, *, is_temporary: bool, requests: int
) -> None:
    """A problem that calls itself temporary is sent again where that does no harm."""
    answers = itertools.chain(
        [answering({"temporary": is_temporary}, 409)], itertools.repeat(answering([]))
    )

    async def answer(request: web.Request) -> web.StreamResponse:
        return await next(answers)(request)

    stub.handler = answer
    policy = RetryPolicy(attempts=3, first_wait=0)
    async with AsyncShelter(token="t", base_url=stub.url, retry=policy) as client:
        if is_temporary:
            assert await client.call(ANIMALS) == []
        else:
            with pytest.raises(ConflictError):
                await client.call(ANIMALS)

    assert len(stub.requests) == requests


def busy_for(attempts: int) -> Handler:
    """A handler that refuses attempts because of another operation before it takes one."""
    refusal = answering({"problem": {"text": "operation is already in progress"}}, 409)
    answers = itertools.chain(itertools.repeat(refusal, attempts), itertools.repeat(answering({})))

    async def answer(request: web.Request) -> web.StreamResponse:
        return await next(answers)(request)

    return answer


async def test_operation_in_progress_is_an_error_of_its_own(stub: Stub) -> None:
    """A refusal because of another operation is not retried unless somebody asks for it."""
    stub.handler = busy_for(1)
    async with AsyncShelter(token="t", base_url=stub.url) as client:
        with pytest.raises(OperationInProgressError, match="already in progress"):
            await client.call(ADOPT, body={})

    assert len(stub.requests) == 1


async def test_operation_in_progress_is_waited_out_where_asked(stub: Stub) -> None:
    """Where asked, a request is retried until nothing is in its way, whatever its kind."""
    stub.handler = busy_for(12)
    policy = RetryPolicy(attempts=1, in_progress_wait=0.001)
    async with AsyncShelter(token="t", base_url=stub.url, retry=policy) as client:
        assert await client.call(ADOPT, body={}) == {}
        assert len(stub.requests) == 13
        stub.handler = busy_for(10_000)
        slow = RetryPolicy(in_progress_wait=3600)
        with pytest.raises(OperationInProgressError):
            await client._view(timeout=5, retry=slow).call(ADOPT, body={})

    assert len(stub.requests) == 14


async def test_operation_in_progress_is_not_waited_out_for_ever(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call without a timeout ends, too, if the other operation does not."""
    refusing = busy_for(10_000)

    async def refuse(request: web.Request) -> web.StreamResponse:
        if len(stub.requests) == 3:
            monkeypatch.setattr(retry_decision, "IN_PROGRESS_FOR", 0.0)
        return await refusing(request)

    stub.handler = refuse
    policy = RetryPolicy(in_progress_wait=0.01)
    async with AsyncShelter(token="t", base_url=stub.url, retry=policy, timeout=None) as client:
        with pytest.raises(OperationInProgressError):
            await client.call(ADOPT, body={})

    assert len(stub.requests) == 3


async def test_temporary_problem_of_what_must_not_be_sent_twice(stub: Stub) -> None:
    """What may have been carried out is not sent again, however temporary the problem is."""
    stub.answer({"temporary": True}, 500)
    policy = RetryPolicy(attempts=3, first_wait=0)
    async with AsyncShelter(token="t", base_url=stub.url, retry=policy) as client:
        with pytest.raises(OutcomeUnknownError) as caught:
            await client.call(ADOPT, body={})

    assert caught.value.api == "shelter"
    assert isinstance(caught.value.__cause__, ServerError)
    assert len(stub.requests) == 1


async def test_body_of_success_may_hold_the_words_of_another_apis_problems(stub: Stub) -> None:
    """Without such a rule of its own, an API's success is one whatever the body says."""
    stub.answer({"error": "is a field here"})
    async with AsyncShelter(token="t", base_url=stub.url) as client:
        assert await client.call(ANIMALS) == {"error": "is a field here"}


async def test_every_error_names_its_api(stub: Stub) -> None:
    """Whatever goes wrong, the error says which API it comes from."""
    stub.answer(b"no json")
    errors: list[CloudError] = []
    with pytest.raises(ConfigurationError) as caught:
        AsyncShelter(token="t", base_url="http://not.this.machine")
    errors.append(caught.value)
    async with (
        AsyncShelter(token="t", base_url=stub.url) as client,
        AsyncShelter(token="t", base_url="http://127.0.0.1:1", retry=1) as nowhere,
    ):
        for call in (
            client.call(ANIMALS),
            client.call(ANIMAL, id=".."),
            client.call(LEDGER),
            nowhere.call(ANIMALS),
        ):
            with pytest.raises(CloudError) as failed:
                await call
            errors.append(failed.value)
        stub.handler = Gate()
        with pytest.raises(APITimeoutError) as late:
            await client._view(timeout=0.05, retry=1).call(ANIMALS)
        errors.append(late.value)

    assert [error.api for error in errors] == ["shelter"] * 6
    assert isinstance(errors[-2], APIConnectionError)


# --- Limits --------------------------------------------------------------------------------------


async def test_api_without_a_rate_limit_has_no_budget(stub: Stub) -> None:
    """Where an API limits nothing, calls do not wait for each other."""
    async with AsyncShelter(token="t", base_url=stub.url) as client:
        await asyncio.gather(*(client.call(ANIMALS) for _ in range(30)))

        assert client._caller.rate_limit is None
    assert client.stats.throttled_seconds == 0
