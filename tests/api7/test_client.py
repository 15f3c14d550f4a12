"""The client of API7 Cloud: settings, refusals, lists, waits, retries."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from clickhouse_cloud_async import (
    AuthenticationError,
    CloudError,
    ConfigurationError,
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    Polling,
    ResponseDecodeError,
    Secret,
    SecretObject,
    ServerError,
)
from clickhouse_cloud_async.apis.api7 import AsyncAPI7Cloud, models

from .tokens import TOKEN, token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client.stub import Stub

OK = {"code": 0, "message": "OK"}
SCOPES: dict[str, Any] = {"organization_id": "1", "control_plane_id": "2"}


def client(stub: Stub, **options: Any) -> AsyncAPI7Cloud:
    """A client of the stub that does not wait long between attempts."""
    return AsyncAPI7Cloud(TOKEN, base_url=stub.url, **SCOPES | options)


def answer(payload: object) -> dict[str, object]:
    """A success."""
    return {"status": OK, "payload": payload}


# --- Settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("plain", "not an access token of API7 Cloud"),
        (token(exp=1), "expired at 1970-01-01 00:00:01 UTC"),
        ("", "empty"),
    ],
)
def test_token_that_cannot_work_is_refused(given: str, message: str) -> None:
    """A malformed or expired token is refused before anything is sent."""
    with pytest.raises(ConfigurationError, match=message):
        AsyncAPI7Cloud(given)


def test_missing_token_is_told() -> None:
    """A client without a token cannot be made, and the message says where one may stand."""
    with pytest.raises(ConfigurationError, match="pass token, set API7_CLOUD_TOKEN"):
        AsyncAPI7Cloud()


async def test_token_that_expires_later_is_not_sent(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token is checked again with each call."""
    expiring = token(exp=time.time() + 3600)
    async with AsyncAPI7Cloud(expiring, base_url=stub.url) as cloud:
        later = time.time() + 7200
        monkeypatch.setattr(time, "time", lambda: later)
        with pytest.raises(ConfigurationError, match="the access token expired at"):
            await cloud.user.get()

    assert stub.requests == []


async def test_vendors_variables_count_where_ours_are_unset(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token and address that the vendor's own tools read are taken, after this client's."""
    stub.answer(answer({"id": "u"}))
    monkeypatch.setenv("API7_CLOUD_ACCESS_TOKEN", token(sub="vendor"))
    monkeypatch.setenv("API7_CLOUD_ADDR", stub.url)
    async with AsyncAPI7Cloud() as cloud:
        await cloud.user.get()
    monkeypatch.setenv("API7_CLOUD_TOKEN", token(sub="ours"))
    async with AsyncAPI7Cloud() as cloud:
        await cloud.user.get()

    sent = [request.headers["Authorization"] for request in stub.requests]
    assert sent == [f"Bearer {token(sub='vendor')}", f"Bearer {token(sub='ours')}"]


async def test_scopes_are_found_once(stub: Stub) -> None:
    """Where a token sees one organisation with one control plane, nobody has to name them."""
    answers = {
        "/api/v1/user/me": answer({"id": "u", "org_ids": ["11"]}),
        "/api/v1/orgs/11/controlplanes": answer({"list": [{"id": "22"}], "count": 1}),
    }
    stub.handler = by_path(answers, answer({"list": [], "count": 0}))
    async with AsyncAPI7Cloud(TOKEN, base_url=stub.url) as cloud:
        await asyncio.gather(*(cloud.applications.list() for _ in range(20)))

    paths = [path.partition("?")[0] for path in stub.paths]
    assert paths.count("/api/v1/user/me") == 1
    assert [path.startswith("/api/v1/orgs/11/controlplanes?") for path in stub.paths].count(
        True
    ) == 1
    assert [path.startswith("/api/v1/controlplanes/22/apps?") for path in stub.paths].count(
        True
    ) == 20


@pytest.mark.parametrize(("ids", "message"), [([], "no organisation"), (["1", "2"], "several")])
async def test_scope_that_is_not_one_has_to_be_named(
    stub: Stub, ids: list[str], message: str
) -> None:
    """Nothing is guessed where the token sees no organisation, or more than one."""
    stub.answer(answer({"id": "u", "org_ids": ids}))
    async with AsyncAPI7Cloud(TOKEN, base_url=stub.url) as cloud:
        with pytest.raises(ConfigurationError, match=message):
            await cloud.members.list()


async def test_organization_to_delete_has_to_be_named(stub: Stub) -> None:
    """No organisation is deleted because it is the client's."""
    async with client(stub) as cloud:
        with pytest.raises(TypeError, match="organization_id"):
            await cloud.organizations.delete()  # type: ignore[call-arg]

    assert stub.requests == []


async def bodies(stub: Stub) -> list[Any]:
    """The bodies of all requests; None for a request without one."""
    read = [await request.read() for request in stub.requests]
    return [json.loads(body) if body else None for body in read]


def by_path(answers: dict[str, Any], otherwise: Any) -> Callable[[web.Request], Any]:
    """A handler with a response for each path."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return web.json_response(answers.get(request.path, otherwise))

    return handle


def by_method(answers: dict[str, Any], payload: object) -> Callable[[web.Request], Any]:
    """A handler with a response for each method, and a payload for all others."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return web.json_response(answers.get(request.method, answer(payload)))

    return handle


# --- Bad input ---------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["demo", "0", "-1", "1.5", "", "../1"])
async def test_id_that_is_no_number_is_refused(stub: Stub, bad: str) -> None:
    """A name in place of an ID is refused before anything is sent."""
    async with client(stub) as cloud:
        with pytest.raises(InvalidArgumentError, match=r"^app_id: "):
            await cloud.applications.get(bad)
        with pytest.raises(InvalidArgumentError, match=r"^control_plane_id: "):
            await cloud.applications.list(control_plane_id=bad)

    assert stub.requests == []


async def test_waits_check_their_arguments_first(stub: Stub) -> None:
    """A wait for an ID or a state that cannot be sends nothing, not even to find its scopes."""
    async with AsyncAPI7Cloud(TOKEN, base_url=stub.url) as cloud:
        for call in (
            cloud.applications.wait_until("demo", "normal"),
            cloud.applications.wait_until("5", "nromal"),
            cloud.applications.wait_until_gone("demo"),
            anext(aiter(cloud.applications.follow("demo"))),
            cloud.apis.wait_until("demo", "5", "normal"),
        ):
            with pytest.raises(InvalidArgumentError, match=r"demo|nromal"):
                await call

    assert stub.requests == []


async def test_body_of_a_wrong_shape_is_refused(stub: Stub) -> None:
    """Unknown fields, and objects for an array, are refused before anything is sent."""
    async with client(stub) as cloud:
        with pytest.raises(TypeError, match="hots"):
            await cloud.applications.update("5", hots=["a.example"])  # type: ignore[call-arg]
        with pytest.raises(InvalidArgumentError, match="hosts"):
            await cloud.applications.update("5", hosts="a.example")
        with pytest.raises(InvalidArgumentError):
            await cloud.members.set_roles("5", {"role_id": "1"})  # type: ignore[arg-type]

    assert stub.requests == []


# --- Errors ------------------------------------------------------------------------------------


async def test_errors_have_the_apis_code_and_request_id(stub: Stub) -> None:
    """The error of a refusal has the API's own words, code and request id."""
    stub.answer(
        {"status": {"code": 6, "message": "Unauthorized"}, "error": "Token is expired"},
        status=401,
        x_request_id="r-1",
    )
    async with client(stub) as cloud:
        with pytest.raises(AuthenticationError, match=r"^Token is expired") as caught:
            await cloud.applications.list()

    error = caught.value
    assert (error.code, error.request_id, error.status, error.api) == ("6", "r-1", 401, "api7")


async def test_message_stands_in_the_status_without_an_error(stub: Stub) -> None:
    """Where the response has no `error`, the text of the status is the message."""
    stub.answer({"status": {"code": 4, "message": "Not Found"}}, status=404)
    async with client(stub) as cloud:
        with pytest.raises(NotFoundError, match=r"^Not Found") as caught:
            await cloud.applications.get("5")

    assert caught.value.code == "4"


async def test_plain_text_of_a_failure_is_told(stub: Stub) -> None:
    """A failure of the server need not be JSON."""
    stub.answer(b"upstream is away", status=502, content_type="text/plain")
    async with client(stub, retry=1) as cloud:
        with pytest.raises(ServerError, match="upstream is away"):
            await cloud.applications.get("5")


# --- Lists -------------------------------------------------------------------------------------


async def test_thousand_applications_cost_ten_requests(stub: Stub) -> None:
    """Lists ask for 100 things a page, and for no page beyond the total."""
    things = [{"id": str(number), "name": f"app-{number}"} for number in range(1, 1001)]

    async def page(request: web.Request) -> web.StreamResponse:
        number, size = int(request.query.get("page", 1)), int(request.query["page_size"])
        part = things[(number - 1) * size : number * size]
        return web.json_response(answer({"list": part, "count": len(things)}))

    stub.handler = page
    async with client(stub) as cloud:
        listed = await cloud.applications.list()

    assert [one.id for one in listed] == [thing["id"] for thing in things]
    assert len(stub.requests) == 10


async def test_names_are_found(stub: Stub) -> None:
    """A name that is there once is found, and one that is not, or is twice, is an error."""
    things = [{"id": "1", "name": "a"}, {"id": "2", "name": "ab"}, {"id": "3", "name": "ab"}]
    stub.answer(answer({"list": things, "count": 3}))
    async with client(stub) as cloud:
        assert (await cloud.consumers.get_by_name("a")).id == "1"
        assert (await cloud.control_planes.get_by_name("a")).id == "1"
        with pytest.raises(NotFoundError, match="no application is named 'b'"):
            await cloud.applications.get_by_name("b")
        with pytest.raises(CloudError, match="2 applications are named 'ab': 2, 3"):
            await cloud.applications.get_by_name("ab")


# --- Waits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("largest", "pages"), [(1000, 1), (100, 3)])
async def test_three_hundred_waits_cost_one_request_a_round(
    stub: Stub, largest: int, pages: int
) -> None:
    """One list a round asks for all; where its page is refused as too large, in smaller pages."""
    rounds = 0

    async def listed(request: web.Request) -> web.StreamResponse:
        nonlocal rounds
        number, size = int(request.query.get("page", 1)), int(request.query["page_size"])
        if size > largest:
            return web.json_response({"error": "page_size is too large"}, status=400)
        rounds += number == 1
        status = 50 if rounds > 2 else 0
        part = range((number - 1) * size + 1, min(number * size, 300) + 1)
        things = [{"id": str(number), "status": status} for number in part]
        return web.json_response(answer({"list": things, "count": 300}))

    stub.handler = listed
    async with client(stub, polling=Polling(shortest=0.05, longest=0.05)) as cloud:
        waits = (cloud.applications.wait_until(str(n), "normal") for n in range(1, 301))
        done = await asyncio.gather(*waits)

    refused = [request for request in stub.requests if request.query["page_size"] != str(largest)]
    assert {application.status for application in done} == {models.EntityStatus.NORMAL}
    assert len(stub.requests) - len(refused) == pages * rounds
    assert len(refused) == (0 if largest == 1000 else 1)


async def test_gateway_that_is_not_listed_yet_is_waited_for(stub: Stub) -> None:
    """A gateway is listed some time after it starts; one that never is, is not there."""

    async def listed(_request: web.Request) -> web.StreamResponse:
        gateways = [{"id": "g-1", "status": "Healthy"}] if len(stub.requests) > 3 else []
        return web.json_response(answer({"list": gateways, "count": len(gateways)}))

    stub.handler = listed
    async with client(stub, polling=Polling(shortest=0.01, longest=0.01)) as cloud:
        gateway = await cloud.gateway_instances.wait_until("g-1", "Healthy")
    async with client(stub, polling=Polling(shortest=0.01, longest=0.01, speed=1e6)) as cloud:
        with pytest.raises(NotFoundError, match="there is no gateway instance g-2"):
            await cloud.gateway_instances.wait_until("g-2", "Healthy")

    assert gateway.id == "g-1"


# --- Secrets -----------------------------------------------------------------------------------


async def test_secrets_are_kept_out_of_sight(stub: Stub) -> None:
    """Tokens, keys, credentials and the billing address are secrets at any depth."""
    consumer = {"id": "5", "name": "c", "credentials": {"key-auth": {"key": "planted"}}}
    async with client(stub) as cloud:
        stub.answer(answer("planted.token.x"))
        issued = await cloud.consumers.create_token("5")
        stub.answer(answer({"token": "planted.token.y"}))
        nested = await cloud.consumers.create_token("5")
        stub.answer(answer({"certificate": "c", "private_key": "planted", "ca_certificate": "a"}))
        bundle = await cloud.control_planes.gateway_certificate()
        stub.answer(answer(consumer))
        got = await cloud.consumers.get("5")
        stub.answer(b"", status=302, location="https://x.example/planted")
        portal = await cloud.billing.portal_url()

    assert issued == Secret("planted.token.x")
    assert nested == Secret("planted.token.y")
    assert isinstance(got.credentials, SecretObject)
    assert portal == Secret("https://x.example/planted")
    for shown in (issued, nested, bundle, got, portal):
        assert "planted" not in repr(shown)
    assert len(stub.requests) == 5


# --- Commands ----------------------------------------------------------------------------------


async def test_publish_sends_the_inverted_number_alone(stub: Stub) -> None:
    """0 is active and 1 is not; nothing else of an application or API is touched."""
    stub.answer(answer({"id": "5"}))
    async with client(stub) as cloud:
        await cloud.applications.publish("5")
        await cloud.apis.unpublish("5", "6")

    assert await bodies(stub) == [{"active": 0}, {"active": 1}]


async def test_canary_release_is_started_whole(stub: Stub) -> None:
    """A change of state sends all of a release, because there is no request for a part of it."""
    release = {
        "id": "7",
        "name": "half",
        "state": "paused",
        "type": "percent",
        "percent": 50,
        "canary_upstream_version": "v2",
        "status": 50,
    }
    stub.answer(answer(release))
    async with client(stub) as cloud:
        await cloud.canary_releases.start("5", "7")
        unchanged = await cloud.canary_releases.pause("5", "7")

    sent = {name: release[name] for name in ("name", "type", "percent", "canary_upstream_version")}
    assert (await bodies(stub))[1] == {**sent, "state": "in_progress"}
    assert [request.method for request in stub.requests] == ["GET", "PUT", "GET"]
    assert unchanged.state == "paused"


async def test_finished_canary_release_stays_so(stub: Stub) -> None:
    """Finishing again sends nothing, and a finished release is not started again."""
    stub.answer(answer({"id": "7", "state": "finished"}))
    async with client(stub) as cloud:
        await cloud.canary_releases.finish("5", "7")
        with pytest.raises(ConflictError, match="which is final"):
            await cloud.canary_releases.start("5", "7")

    assert {request.method for request in stub.requests} == {"GET"}


async def test_import_gives_the_new_application(stub: Stub) -> None:
    """A document may be a mapping; the application is the newest with its title."""
    apps = [{"id": "9", "name": "other"}, {"id": "8", "name": "Shop"}, {"id": "7", "name": "Shop"}]
    stub.answer(answer({"list": apps, "count": 3}))
    async with client(stub) as cloud:
        application = await cloud.applications.import_openapi(openapi={"info": {"title": "Shop"}})
        with pytest.raises(InvalidArgumentError, match="openapi: cannot be written"):
            await cloud.applications.import_openapi(openapi={"info": object()})

    assert application.id == "8"
    assert (await bodies(stub))[0] == {"openapi": '{"info": {"title": "Shop"}}'}
    assert dict(stub.requests[1].query)["order_by"] == "created_at"


async def test_result_that_the_response_lacks_is_fetched(stub: Stub) -> None:
    """What was created or replaced is returned, too, where the response does not hold it."""
    listed = [{"id": "9", "name": "orders-2"}, {"id": "8", "name": "orders"}]
    stub.answer({"status": OK})
    async with client(stub) as cloud:
        with pytest.raises(ResponseDecodeError) as caught:
            await cloud.apis.create("7", name="orders", paths=[{"path": "/orders"}])
        assert caught.value.__notes__ == ["the API was created; only fetching it afterwards failed"]
        stub.handler = by_method({"POST": {"status": OK}, "PUT": {"status": OK}}, listed[1])
        consumer = await cloud.consumers.replace("8", name="orders")
        subscription = await cloud.billing.subscribe(plan="Basic")
        stub.handler = by_method({"POST": {"status": OK}}, {"list": listed, "count": 2})
        created = await cloud.apis.create("7", name="orders", paths=[{"path": "/orders"}])

    assert (created.id, consumer.id, subscription) == ("8", "8", {})
    assert dict(stub.requests[-1].query)["direction"] == "DESC"


async def test_application_is_deleted_with_its_apis_on_demand(stub: Stub) -> None:
    """Its APIs go first, and only if that was asked for."""
    stub.answer({"status": OK})
    async with client(stub) as cloud:
        await cloud.applications.delete("5")
        await cloud.applications.delete("5", force=True)

    assert stub.paths == [
        "/api/v1/controlplanes/2/apps/5",
        "/api/v1/apps/5/apis",
        "/api/v1/controlplanes/2/apps/5",
    ]


def test_other_clients_load_nothing_of_it() -> None:
    """Using another API of the package loads nothing of this one."""
    code = (
        "import sys, clickhouse_cloud_async as c; c.AsyncClickHouseCloud; c.ClickHouseCloud;"
        "sys.exit(any('api7' in name for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own code
