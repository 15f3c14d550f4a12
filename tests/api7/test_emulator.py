"""The emulator of API7 Cloud: every operation, its rules, time, faults and what it keeps."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from clickhouse_cloud_async import (
    AuthenticationError,
    BadRequestError,
    CloudError,
    ConflictError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    Polling,
    ServerError,
    UnreachableStateError,
)
from clickhouse_cloud_async.apis.api7 import API7Emulator, AsyncAPI7Cloud, models
from clickhouse_cloud_async.core.auth import end_of_jwt
from clickhouse_cloud_async.emulator import ErrorResponse, FailedTransition, LostResponse

from .walk import OPENAPI, SHOP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def emulator() -> AsyncIterator[API7Emulator]:
    """An emulator whose time stands still."""
    async with API7Emulator(time_scale=0) as running:
        yield running


@pytest.fixture
async def cloud(emulator: API7Emulator) -> AsyncIterator[AsyncAPI7Cloud]:
    """A client of it, with the token of the owner."""
    async with client(emulator) as opened:
        yield opened


def client(emulator: API7Emulator, token: str | None = None, **options: Any) -> AsyncAPI7Cloud:
    """A client of an emulator."""
    settings: dict[str, Any] = {"retry": 1, "polling": Polling(speed=100), **options}
    return AsyncAPI7Cloud(token or emulator.token, base_url=emulator.url, **settings)


async def test_tokens_are_json_web_tokens(emulator: API7Emulator, cloud: AsyncAPI7Cloud) -> None:
    """A token can be read by clients, and one that has expired is refused."""
    ends = int(emulator.now.timestamp()) + 60
    made = await cloud.access_tokens.create(expire=ends, notes="short")
    assert made.access_token is not None
    assert end_of_jwt(made.access_token) == ends
    headers = {"Authorization": f"Bearer {made.access_token.reveal()}"}
    url = f"{emulator.url}/api/v1/user/me"
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.get(url) as response:
            assert response.status == 200
        await emulator.advance(61)
        async with session.get(url) as response:
            assert response.status == 401
            assert (await response.json())["status"]["code"] == 6

    async with client(emulator, "a.e30.c") as stranger:
        with pytest.raises(AuthenticationError, match="Token is expired"):
            await stranger.user.get()


async def test_control_plane_becomes_normal(emulator: API7Emulator, cloud: AsyncAPI7Cloud) -> None:
    """A new control plane is pending, then being created, then normal; it may fail."""
    plane = await cloud.control_planes.create()
    seen = [plane.status]
    for seconds in (15, 200):
        await emulator.advance(seconds)
        seen.append((await cloud.control_planes.get(plane.id)).status)
    assert seen == [1, 2, 3]

    emulator.faults.add(FailedTransition("create_failed", kind="control_plane"), count=1)
    failing = await cloud.control_planes.create()
    await emulator.advance(300)
    with pytest.raises(UnreachableStateError, match="create_failed"):
        await cloud.control_planes.wait_until(failing.id, "normal")


async def test_gateway_goes_offline_by_the_clock(
    emulator: API7Emulator, cloud: AsyncAPI7Cloud
) -> None:
    """A gateway that stops reporting is lost, then offline, then forgotten."""
    emulator.start_gateway("g-1")
    emulator.start_gateway("g-2", configured=False)
    await emulator.advance(20)
    assert [g.status for g in await cloud.gateway_instances.list()] == [
        "Healthy",
        "Only Heartbeats",
    ]
    emulator.stop_gateway("g-1")
    seen: list[object] = []
    for hours in (0.1, 3, 24 * 8):
        await emulator.advance(hours=hours)
        seen += [g.status for g in await cloud.gateway_instances.list() if g.id == "g-1"]
    assert seen == ["Lost Connection", "Offline"]


async def test_invitation_is_waited_for(emulator: API7Emulator, cloud: AsyncAPI7Cloud) -> None:
    """An invited person is a member once the invitation is accepted, which no request does."""
    role = (await cloud.roles.list())[0].id
    invited = await cloud.members.invite(email="eve@example.com", role_id=role)
    waiting = asyncio.create_task(cloud.members.wait_until(invited.id, "Active"))
    emulator.accept_invitation("eve@example.com")

    assert (await waiting).state == "Active"


async def test_roles_decide(emulator: API7Emulator, cloud: AsyncAPI7Cloud) -> None:
    """A viewer reads, a manager of one control plane changes that one, a stranger sees nothing."""
    viewer = emulator.add_user("viewer@example.com", role="Viewer")
    manager = emulator.add_user(
        "manager@example.com",
        role="Control Plane Manager",
        control_plane_id=emulator.control_plane_id,
    )
    stranger = emulator.add_user("stranger@example.com")
    other = await cloud.control_planes.create()
    scopes = {
        "organization_id": emulator.organization_id,
        "control_plane_id": emulator.control_plane_id,
    }
    async with client(emulator, viewer.token, **scopes) as reading:
        await reading.applications.list()
        with pytest.raises(PermissionDeniedError):
            await reading.applications.create(**SHOP)
    async with client(emulator, manager.token, **scopes) as managing:
        await managing.applications.create(**SHOP)
        with pytest.raises(PermissionDeniedError):
            await managing.applications.create(**SHOP, control_plane_id=other.id)
    async with client(emulator, stranger.token, **scopes) as outside:
        with pytest.raises(PermissionDeniedError, match="not a member"):
            await outside.applications.list()


async def test_names_and_credentials_of_consumers_are_unique(cloud: AsyncAPI7Cloud) -> None:
    """No two consumers of a control plane share name or key, and a name stays."""
    ann = await cloud.consumers.create(name="ann", credentials={"key-auth": {"key": "k"}})
    with pytest.raises(ConflictError, match="there is a consumer ann"):
        await cloud.consumers.create(name="ann")
    with pytest.raises(ConflictError, match=r"key-auth\.key"):
        await cloud.consumers.create(name="bob", credentials={"key-auth": {"key": "k"}})
    with pytest.raises(BadRequestError, match="cannot be changed"):
        await cloud.consumers.update(ann.id, name="eve")
    with pytest.raises(BadRequestError, match="no JWT credentials"):
        await cloud.consumers.create_token(ann.id)


async def test_token_of_a_consumer_says_what_was_asked(
    emulator: API7Emulator, cloud: AsyncAPI7Cloud
) -> None:
    """It has the consumer's key, the end and the further claims."""
    jwt = {"key": "k", "secret": base64.b64encode(b"s").decode(), "base64_secret": True}
    consumer = await cloud.consumers.create(name="ann", credentials={"jwt-auth": jwt})
    token = await cloud.consumers.create_token(consumer.id, ttl=60, custom_payload={"a": 1})
    claims = token.reveal().split(".")[1]
    read = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert read == {"a": 1, "key": "k", "exp": int(emulator.now.timestamp()) + 60}


async def test_application_with_apis_is_not_deleted(cloud: AsyncAPI7Cloud) -> None:
    """It is refused while it has APIs, and goes with them on demand."""
    app = await cloud.applications.import_openapi(openapi=OPENAPI)
    assert (app.name, app.hosts) == ("Petstore", ["pets.example.com"])
    assert len(await cloud.apis.list(app.id)) == 2
    with pytest.raises(ConflictError, match="has APIs"):
        await cloud.applications.delete(app.id)
    await cloud.applications.delete(app.id, force=True)
    with pytest.raises(NotFoundError):
        await cloud.applications.get(app.id)
    with pytest.raises(NotFoundError):
        await cloud.apis.list(app.id)


async def test_canary_releases_keep_their_rules(cloud: AsyncAPI7Cloud) -> None:
    """One is in progress at a time, and a finished one is final and switches the default."""
    app = await cloud.applications.create(**SHOP)
    spec: Any = {"type": "percent", "percent": 5, "canary_upstream_version": "v2"}
    first = await cloud.canary_releases.create(app.id, name="a", state="in_progress", **spec)
    second = await cloud.canary_releases.create(app.id, name="b", **spec)
    assert first.state == "paused"
    await cloud.canary_releases.start(app.id, first.id)
    with pytest.raises(BadRequestError, match="is in progress"):
        await cloud.canary_releases.start(app.id, second.id)
    assert (await cloud.applications.get(app.id)).canary_release_id == [first.id]
    done = await cloud.canary_releases.finish(app.id, first.id)
    assert done.state is models.CanaryReleaseState.FINISHED
    assert (await cloud.applications.get(app.id)).default_upstream_version == "v2"
    with pytest.raises(BadRequestError, match="which is final"):
        await cloud.canary_releases.replace(app.id, first.id, state="paused", **spec)
    with pytest.raises(BadRequestError, match="no upstream"):
        await cloud.canary_releases.create(app.id, canary_upstream_version="v9")


async def test_certificate_has_to_parse_and_its_key_to_fit(
    emulator: API7Emulator, cloud: AsyncAPI7Cloud
) -> None:
    """A certificate is read, bound to applications by its names, and its key never shown."""
    pem, key = emulator.make_certificate("shop.example.com")
    _, other = emulator.make_certificate("x.example.com")
    app = await cloud.applications.create(**SHOP)
    made = await cloud.certificates.create(certificate=pem, private_key=key)
    assert made.snis == ["shop.example.com"]
    assert (await cloud.applications.get(app.id)).available_cert_ids == [made.id]
    with pytest.raises(BadRequestError, match="does not match"):
        await cloud.certificates.create(certificate=pem, private_key=other)
    with pytest.raises(BadRequestError, match="not a certificate in PEM"):
        await cloud.certificates.create(certificate="x" * 200, private_key=key)


async def test_lists_are_searched_sorted_and_paged(
    emulator: API7Emulator, cloud: AsyncAPI7Cloud
) -> None:
    """Lists follow search, labels, order, direction in any case, and pages behind the last."""
    for number in range(12):
        await cloud.consumers.create(name=f"user_{number:02}", labels=[f"l{number % 2}"])
        await emulator.advance(1)
    names = [one.name for one in await cloud.consumers.list(order_by="created_at")]
    assert names == [f"user_{number:02}" for number in reversed(range(12))]
    assert len(await cloud.consumers.list(search="USER_1")) == 2
    assert len(await cloud.consumers.list(labels=["l0"])) == 6
    by_hand = await cloud.request(
        "GET",
        "/api/v1/controlplanes/{control_plane_id}/consumers",
        params={"direction": "asc", "page": 2, "page_size": 5, "unknown": "1"},
    )
    page = by_hand.result["payload"]
    assert (page["count"], page["list"][0]["name"]) == (12, "user_05")


async def test_clients_may_send_back_what_they_were_given(cloud: AsyncAPI7Cloud) -> None:
    """Read-only fields in bodies are let pass, and mean nothing."""
    app = await cloud.applications.create(**SHOP)
    sent = {**app.to_dict(), "id": "0", "status": 0, "created_at": "0001-01-01T00:00:00Z"}
    await cloud.request(
        "PUT", f"/api/v1/controlplanes/{{control_plane_id}}/apps/{app.id}", json=sent
    )
    after = await cloud.applications.get(app.id)
    assert (after.id, after.created_at) == (app.id, app.created_at)


async def test_organization_ends_with_everything(
    emulator: API7Emulator, cloud: AsyncAPI7Cloud
) -> None:
    """Control planes and applications below an organisation go with it."""
    app = await cloud.applications.create(**SHOP)
    await cloud.organizations.delete(emulator.organization_id)
    for call in (
        cloud.organizations.get(emulator.organization_id),
        cloud.control_planes.get(emulator.control_plane_id),
        cloud.applications.get(app.id),
        cloud.apis.list(app.id),
    ):
        with pytest.raises(CloudError) as caught:
            await call
        assert caught.value.status == 404


async def test_faults_happen(emulator: API7Emulator, cloud: AsyncAPI7Cloud) -> None:
    """Operations fail on demand, with any status."""
    for status in (503, 599):
        emulator.faults.add(ErrorResponse(status, "away"), operation="listRegions", count=1)
        with pytest.raises(ServerError, match="away") as caught:
            await cloud.regions.list()
        assert caught.value.status == status


async def test_lost_creations_are_carried_out_once(emulator: API7Emulator) -> None:
    """Whatever creates is sent once when its response is lost, and has created one thing."""
    pem, key = emulator.make_certificate("shop.example.com")
    async with client(emulator, retry=3) as cloud:
        app = await cloud.applications.create(**SHOP)
        role = (await cloud.roles.list())[0].id
        version = {"canary_upstream_version": "v2"}
        api = {"name": "orders", "paths": [{"path": "/orders"}]}
        creations: list[tuple[str, Any, tuple[str, ...], dict[str, Any]]] = [
            ("ControlPlane", cloud.control_planes, (), {}),
            ("Application", cloud.applications, (), SHOP),
            ("Api", cloud.apis, (app.id,), api),
            ("Consumer", cloud.consumers, (), {"name": "ann"}),
            ("Certificate", cloud.certificates, (), {"certificate": pem, "private_key": key}),
            ("CanaryRelease", cloud.canary_releases, (app.id,), {"percent": 5, **version}),
            ("LogCollection", cloud.log_collections, (), {"name": "l", "type": "http-logger"}),
            ("ServiceRegistry", cloud.service_registries, (), {"name": "r", "type": 1}),
            ("Member", cloud.members, (), {"email": "eve@example.com", "role_id": role}),
        ]
        for kind, namespace, place, fields in creations:
            create = getattr(namespace, "create", None) or namespace.invite
            before = len(await namespace.list(*place))
            emulator.faults.add(LostResponse(), operation=f"create{kind}", count=1)
            with pytest.raises(OutcomeUnknownError):
                await create(*place, **fields)
            assert len(await namespace.list(*place)) == before + 1, kind


async def test_state_file_keeps_everything(tmp_path: Path) -> None:
    """Another emulator goes on where one ended, with the same token."""
    file = tmp_path / "state"
    async with API7Emulator(time_scale=0, state=file) as first, client(first) as cloud:
        app = await cloud.applications.create(**SHOP)
    async with API7Emulator(time_scale=0, state=file) as second, client(second) as cloud:
        assert second.token == first.token
        await second.advance(5)
        assert (await cloud.applications.get(app.id)).status == 50


async def test_status_page_shows_applications(
    emulator: API7Emulator, cloud: AsyncAPI7Cloud
) -> None:
    """The page at the root names control planes, applications and gateways."""
    await cloud.applications.create(**SHOP)
    emulator.start_gateway("g-1")
    await emulator.advance(20)
    async with aiohttp.request("GET", emulator.url) as response:
        text = await response.text()
    assert "default" in text
    assert "shop" in text
    assert "g-1.example.com" in text


async def test_hundred_applications_become_normal(
    emulator: API7Emulator, cloud: AsyncAPI7Cloud
) -> None:
    """A hundred applications are created and waited for at once."""
    made = await asyncio.gather(*(cloud.applications.create(**SHOP) for _ in range(100)))
    await emulator.advance(5)
    done = await asyncio.gather(*(cloud.applications.wait_until(app.id, "normal") for app in made))
    assert {app.status for app in done} == {50}
