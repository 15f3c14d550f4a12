"""Ways to a service: passwords, private endpoints, the query endpoint."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import serving

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.world import Strictness

    from .client import Api

PLACE = {"provider": "aws", "region": "us-east-1"}
SHA256 = b64encode(bytes(32)).decode()
SHA1 = "0123456789abcdef" * 2 + "01234567"


async def _path(api: Api) -> str:
    return f"/services/{(await api.create_service())['id']}"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({}, True),
        ({"newDoubleSha1Hash": "anything"}, True),
        ({"newPasswordHash": SHA256}, False),
        ({"newPasswordHash": SHA256, "newDoubleSha1Hash": SHA1}, False),
    ],
)
async def test_password(api: Api, body: dict[str, Any], shown: bool) -> None:  # noqa: FBT001
    """A password is generated and shown only where no hash of one is brought."""
    result = (await api("PATCH", f"{await _path(api)}/password", body)).result

    assert ("password" in result) == shown
    assert len(result.get("password", "p" * 16)) >= 16


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"newPasswordHash": "secret"}, "newPasswordHash"),
        ({"newPasswordHash": b64encode(bytes(20)).decode()}, "newPasswordHash"),
        ({"newPasswordHash": "0" * 64}, "newPasswordHash"),
        ({"newPasswordHash": "ä" * 44}, "newPasswordHash"),
        ({"newPasswordHash": SHA256, "newDoubleSha1Hash": SHA1[1:]}, "newDoubleSha1Hash"),
        ({"newPasswordHash": SHA256, "newDoubleSha1Hash": SHA256}, "newDoubleSha1Hash"),
    ],
)
async def test_hashes_are_checked(api: Api, body: dict[str, Any], field: str) -> None:
    """What is no hash of the kind that is wanted is refused."""
    answer = await api("PATCH", f"{await _path(api)}/password", body)

    assert answer.status == 400
    assert answer.error.startswith(f"{field}: must be")


async def test_private_endpoint(api: Api) -> None:
    """A private endpoint belongs to the service and to the organisation."""
    path = await _path(api)
    bodies = [{"id": "vpce-1", "description": text} for text in ("mine", "ours")]
    answers = [(await api("POST", f"{path}/privateEndpoint", body)).result for body in bodies]
    organization = (await api("GET", "")).result
    unnamed = await api("POST", f"{path}/privateEndpoint", {"description": "x"})

    place = {"cloudProvider": "aws", "region": "us-east-1"}
    assert answers == [body | place for body in bodies]
    assert organization["privateEndpoints"] == answers[1:]
    assert (await api("GET", path)).result["privateEndpointIds"] == ["vpce-1"]
    assert (unnamed.status, unnamed.error) == (400, "id: is required")


async def test_available_private_endpoints(api: Api) -> None:
    """What one service has, others of its region can have; what nobody knows is detached."""
    two = await _path(api)
    one = f"/services/{(await api.create_service(privateEndpointIds=['vpce-1']))['id']}"
    far = await api.create_service(region="us-east-2")
    await api("PATCH", one, {"privateEndpointIds": {"add": ["vpce-2"]}})

    async def ids(path: str) -> tuple[list[str], list[str]]:
        service = (await api("GET", path)).result
        return service["privateEndpointIds"], service["availablePrivateEndpointIds"]

    new = await _path(api)
    assert await ids(one) == (["vpce-1", "vpce-2"], [])
    assert await ids(two) == await ids(new) == ([], ["vpce-1", "vpce-2"])
    assert await ids(f"/services/{far['id']}") == ([], [])
    detached = {"privateEndpointIds": {"remove": ["vpce-1"]}}
    assert (await api("PATCH", one, detached)).result["availablePrivateEndpointIds"] == ["vpce-1"]
    await api("PATCH", "", {"privateEndpoints": {"remove": [{"id": "vpce-2"}]}})
    assert await ids(one) == ([], ["vpce-1"])


@pytest.mark.parametrize(
    ("provider", "region"), [("aws", "us-east-1"), ("gcp", "us-central1"), ("azure", "eastus2")]
)
async def test_private_endpoint_configuration(api: Api, provider: str, region: str) -> None:
    """Services of a region share an endpoint service, and have host names of their own."""
    answers: list[Any] = []
    for _ in range(2):
        service = await api.create_service(provider=provider, region=region)
        answers.append(
            (await api("GET", f"/services/{service['id']}/privateEndpointConfig")).result
        )
    query = [("cloud_provider", provider), ("region_id", region)]
    named = (await api("GET", "/privateEndpointConfig", query=query)).result["endpointServiceId"]

    assert {answer["endpointServiceId"] for answer in answers} == {named}
    assert region in named
    assert len({answer["privateDnsHostname"] for answer in answers}) == 2


@pytest.mark.parametrize(("strictness", "status"), [("live", 500), ("documented", 200)])
async def test_query_endpoint_of_a_service_that_is_provisioned(
    strictness: Strictness, status: int
) -> None:
    """Live, the API fails until the service has its first state behind it."""
    async with serving(Emulator(time_scale=0, strictness=strictness)) as api:
        path = f"/services/{(await api.create_service())['id']}/serviceQueryEndpoint"
        answers = [await api("POST", path, {}, checked=False)]
        await api.emulator.advance(minutes=2)
        answers.append(await api("POST", path, {}))
    assert [answer.status for answer in answers] == [status, 200]
    assert status == 200 or answers[0].error == "Internal error"


async def test_query_endpoint(api: Api) -> None:
    """A query endpoint is created or replaced as a whole, and keeps its id."""
    path = f"{await _path(api)}/serviceQueryEndpoint"
    await api.emulator.advance(minutes=2)
    assert [(await api(verb, path)).status for verb in ("GET", "DELETE")] == [404, 404]
    body = {
        "roles": ["sql_console_admin"],
        "openApiKeys": ["1e0e8c1e-0000-4000-8000-000000000000"],
        "allowedOrigins": "https://a.example,https://b.example",
    }
    created = (await api("POST", path, body)).result
    replaced = (await api("POST", path, {"roles": ["sql_console_read_only"]})).result

    assert created == {"id": created["id"], **body}
    assert replaced == {
        "id": created["id"],
        "roles": ["sql_console_read_only"],
        "openApiKeys": [],
        "allowedOrigins": "",
    }
    assert (await api("GET", path)).result == replaced
    wrong = await api("POST", path, {"roles": ["reader"]})
    assert (wrong.status, wrong.error.startswith("roles[0]: must be one of")) == (400, True)
    assert [(await api(verb, path)).status for verb in ("DELETE", "GET")] == [200, 404]
