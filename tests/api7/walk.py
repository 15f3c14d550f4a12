"""Uses every operation of the emulator of API7 Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.api7 import API7Emulator, models
from tests.contract.either import Either

if TYPE_CHECKING:
    from tests.contract.relay import Relay
    from tests.contract.surface import Surface

UPSTREAMS: Any = [
    {"version": "default", "upstream": {"targets": [{"host": "a.example.com", "port": 80}]}},
    {"version": "v2", "upstream": {"targets": [{"host": "b.example.com", "port": 80}]}},
]
SHOP: dict[str, Any] = {
    "name": "shop",
    "hosts": ["shop.example.com"],
    "path_prefix": "/",
    "upstreams": UPSTREAMS,
}
OPENAPI: dict[str, object] = {
    "openapi": "3.0.3",
    "info": {"title": "Petstore"},
    "servers": [{"url": "https://pets.example.com"}],
    "paths": {"/pets": {"get": {}, "post": {}}, "/pets/{id}": {"get": {}}},
}


async def walk(surface: Surface, relay: Relay, client: type[Any]) -> None:
    """Use every operation of the emulator with a client, in an order in which each is allowed.

    Args:
        surface: What the client offers.
        relay: What its requests go through.
        client: Class of the client.
    """
    async with API7Emulator(time_scale=0) as emulator, relay.to(emulator.url) as url:
        names = [scope.argument for scope in surface.api.scopes]
        scopes = {name: getattr(emulator, name) for name in names}
        cloud = Either(client(emulator.token, base_url=url, **scopes))
        try:
            await walk_organization(emulator, cloud)
            await walk_members(emulator, cloud)
            await walk_control_plane(emulator, cloud)
            await walk_application(cloud)
        finally:
            await cloud.close()


async def walk_organization(emulator: API7Emulator, cloud: Either) -> None:
    """Use every operation of organisations, their control planes and their bills."""
    organization = await cloud.organizations.create(name="other")
    await cloud.organizations.initialize(name="another")
    await cloud.organizations.delete(organization.id)
    await cloud.organizations.get()
    await cloud.billing.subscribe(plan="Basic")
    await cloud.billing.upcoming_invoice()
    await cloud.billing.portal_url()
    await cloud.regions.list()
    await cloud.user.get()
    await cloud.access_tokens.create(notes="n")
    await cloud.control_planes.create()
    plane = emulator.control_plane_id
    settings = models.ClientSettings(maximum_request_body_size=1)
    await cloud.control_planes.update(plane, client_settings=settings)
    await cloud.control_planes.update_plugins({"cors": {}})
    await cloud.control_planes.get(plane)
    await cloud.control_planes.list()


async def walk_members(emulator: API7Emulator, cloud: Either) -> None:
    """Use every operation of members."""
    roles = {role.name: role.id for role in await cloud.roles.list()}
    member = await cloud.members.invite(email="a@example.com", role_id=roles["Viewer"])
    await cloud.members.reinvite(member.id)
    emulator.accept_invitation("a@example.com")
    await cloud.members.set_roles(member.id, [{"role_id": roles["Admin"]}])
    await cloud.members.get(member.id)
    gone = await cloud.members.invite(email="b@example.com", role_id=roles["Viewer"])
    await cloud.members.remove(gone.id)
    await cloud.members.list()
    await cloud.members.transfer_ownership(member.id)


async def walk_control_plane(emulator: API7Emulator, cloud: Either) -> None:
    """Use every operation of what stands below a control plane, but for applications."""
    await cloud.control_planes.startup_config("apisix")
    await cloud.control_planes.gateway_certificate()
    emulator.start_gateway("g-1")
    await emulator.advance(11)
    assert [one.status for one in await cloud.gateway_instances.list()] == ["Healthy"]
    credentials = {"jwt": {"key": "k", "secret": "s"}}
    consumer = await cloud.consumers.create(name="ann", credentials=credentials, labels=["x"])
    await cloud.consumers.replace(consumer.id, name="ann", credentials=credentials, labels=["y"])
    await cloud.consumers.update(consumer.id, description="d")
    await cloud.consumers.get(consumer.id)
    await cloud.consumers.create_token(consumer.id, ttl=60)
    assert await cloud.control_planes.list_labels("consumer") == ["y"]
    await cloud.control_planes.translated_config("consumer", consumer.id)
    await cloud.consumers.list(labels=["y"])
    await cloud.consumers.delete(consumer.id)
    pem, key = emulator.make_certificate("shop.example.com")
    certificate = await cloud.certificates.create(certificate=pem, private_key=key)
    await cloud.certificates.replace(certificate.id, certificate=pem, private_key=key)
    await cloud.certificates.get(certificate.id)
    await cloud.certificates.list()
    await cloud.certificates.delete(certificate.id)
    logs = await cloud.log_collections.create(name="l", type="http-logger", spec={"uri": "u"})
    await cloud.log_collections.replace(logs.id, name="l2", type="http-logger", spec={})
    await cloud.log_collections.get(logs.id)
    await cloud.log_collections.list()
    await cloud.log_collections.delete(logs.id)
    registry = await cloud.service_registries.create(name="r", type=1)
    await cloud.service_registries.replace(registry.id, name="r", type=1, enabled=False)
    await cloud.service_registries.get(registry.id)
    await cloud.service_registries.list()
    await cloud.service_registries.delete(registry.id)


async def walk_application(cloud: Either) -> None:
    """Use every operation of applications and what stands below them."""
    await cloud.applications.import_openapi(openapi=OPENAPI)
    app = await cloud.applications.create(**SHOP)
    await cloud.applications.replace(app.id, **SHOP)
    await cloud.applications.update(app.id, description="d")
    await cloud.applications.unpublish(app.id)
    await cloud.applications.get(app.id)
    await cloud.applications.list()
    api = await cloud.apis.create(app.id, name="a", paths=[{"path": "/a"}])
    await cloud.apis.replace(app.id, api.id, name="a", paths=[{"path": "/b"}])
    await cloud.apis.publish(app.id, api.id)
    await cloud.apis.get(app.id, api.id)
    await cloud.apis.list(app.id)
    await cloud.apis.delete(app.id, api.id)
    release = await cloud.canary_releases.create(
        app.id, name="r", type="percent", percent=10, canary_upstream_version="v2"
    )
    await cloud.canary_releases.start(app.id, release.id)
    await cloud.canary_releases.list(app.id)
    await cloud.canary_releases.delete(app.id, release.id)
    await cloud.applications.delete(app.id, force=True)
