"""Reverse private endpoints: what their types need, their states and the names mapped to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .pipes import create as create_pipe

if TYPE_CHECKING:
    from .client import Answer, Api

TYPES: dict[str, dict[str, str]] = {
    "VPC_ENDPOINT_SERVICE": {"vpcEndpointServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-1"},
    "VPC_RESOURCE": {
        "vpcResourceConfigurationId": "rcfg-1",
        "vpcResourceShareArn": "arn:aws:ram:us-east-1:123456789012:resource-share/1",
    },
    "MSK_MULTI_VPC": {
        "mskClusterArn": "arn:aws:kafka:us-east-1:123456789012:cluster/c/1",
        "mskAuthentication": "SASL_IAM",
    },
    "GCP_PSC_SERVICE_ATTACHMENT": {
        "gcpServiceAttachment": "projects/p/regions/r/serviceAttachments/a"
    },
}
"""What an endpoint of each type needs."""


async def _path(api: Api) -> str:
    return f"{await api.service_path()}/clickpipesReversePrivateEndpoints"


async def _create(api: Api, kind: str = "VPC_ENDPOINT_SERVICE", **more: Any) -> Answer:
    body = {"type": kind, "description": "source", **TYPES[kind], **more}
    return await api("POST", await _path(api), {k: v for k, v in body.items() if v is not None})


def _mapped(*names: str) -> dict[str, Any]:
    return {"customPrivateDnsMappings": [{"privateDnsName": name} for name in names]}


@pytest.mark.parametrize("kind", TYPES)
async def test_types(api: Api, kind: str) -> None:
    """Each type needs its own properties, and takes and shows no others."""
    made = (await _create(api, kind)).result
    for name in TYPES[kind]:
        refused = await _create(api, kind, **{name: None})
        assert (refused.status, refused.error) == (400, f"{name}: is required for {kind}")
    other = next(found for found in TYPES if found != kind)
    foreign = next(iter(TYPES[other]))
    refused = await _create(api, kind, **{foreign: TYPES[other][foreign]})

    assert (refused.status, refused.error) == (400, f"{foreign}: is only for {other}")
    assert made.items() >= {"type": kind, "description": "source", **TYPES[kind]}.items()
    assert not made.keys() & {n for found in TYPES if found != kind for n in TYPES[found]}


async def test_endpoint_that_a_pipe_goes_through(api: Api) -> None:
    """An endpoint stays as long as a pipe goes through it."""
    endpoint = (await _create(api, "MSK_MULTI_VPC")).result
    through = {"reversePrivateEndpointIds": [endpoint["id"]]}
    pipe = (await create_pipe(api, "kafka", through, name="events")).result
    path = f"{await _path(api)}/{endpoint['id']}"
    refused = await api("DELETE", path)
    await api("DELETE", f"{await api.service_path()}/clickpipes/{pipe['id']}")

    assert refused.status == 409
    assert refused.error == "the ClickPipe events goes through this endpoint"
    assert (await api("DELETE", path)).status == 200


async def test_life(api: Api) -> None:
    """An endpoint is accepted, gets ready and a name, and is gone a while after its end."""
    path = f"{await _path(api)}/{(await _create(api)).result['id']}"
    seen: list[str] = []
    for _ in range(30):
        seen.append((await api("GET", path)).result["status"])
        await api.emulator.advance(seconds=10)
    ready = (await api("GET", path)).result
    await api("DELETE", path)
    deleting = (await api("GET", path)).result["status"]
    assert (await api("DELETE", path)).status == 200
    await api.emulator.advance(minutes=2)

    assert list(dict.fromkeys(seen)) == ["Provisioning", "PendingAcceptance", "Ready"]
    assert ready["dnsNames"] == [f"{ready['endpointId']}.clickpipes.clickhouse.example"]
    assert deleting == "Deleting"
    assert (await api("GET", path)).status == 404
    assert (await api("GET", await _path(api))).result == []


async def test_names_are_replaced(api: Api) -> None:
    """An update replaces the names, an empty list clears them, none leaves them."""
    path = f"{await _path(api)}/{(await _create(api, **_mapped('a.example.com'))).result['id']}"
    lists: list[list[dict[str, str]]] = []
    for body in ({}, _mapped("*.example.com", "B.example.com"), _mapped()):
        answer = await api("PATCH", path, body)
        lists.append(answer.result["customPrivateDnsMappings"])

    assert [[m["privateDnsName"] for m in names] for names in lists] == [
        ["a.example.com"],
        ["*.example.com", "B.example.com"],
        [],
    ]


@pytest.mark.parametrize("name", ["", "*", "a.*.example.com", "a..b", "-a.example.com", "a b"])
async def test_bad_names(api: Api, name: str) -> None:
    """A name is exact or begins with a wildcard."""
    answer = await _create(api, **_mapped("good.example.com", name))

    assert answer.status == 400
    assert answer.error.startswith("customPrivateDnsMappings[1].privateDnsName: must be")


async def test_names_are_unique_in_a_service(api: Api) -> None:
    """A name leads to one endpoint, however it is written; one's own may be sent again."""
    first = (await _create(api, **_mapped("a.example.com"))).result
    twice = await _create(api, **_mapped("b.example.com", "b.example.com"))
    taken = await _create(api, **_mapped("A.example.com"))
    again = await api("PATCH", f"{await _path(api)}/{first['id']}", _mapped("a.example.com"))

    assert (twice.status, taken.status, again.status) == (400, 400, 200)
    assert taken.error.startswith("customPrivateDnsMappings[0].privateDnsName")


async def test_targets_are_only_for_a_vpc_resource(api: Api) -> None:
    """Only there a name can lead to one of several targets."""
    mappings = [{"privateDnsName": "db.example.com", "targetId": "rcfg-1"}]
    other = await _create(api, customPrivateDnsMappings=mappings)
    resource = await _create(api, "VPC_RESOURCE", customPrivateDnsMappings=mappings)

    assert other.error == "customPrivateDnsMappings[0].targetId: is only for VPC_RESOURCE"
    assert resource.status == 200


async def test_no_names_for_msk(api: Api) -> None:
    """The brokers of MSK have their names already."""
    path = f"{await _path(api)}/{(await _create(api, 'MSK_MULTI_VPC')).result['id']}"

    for answer in (
        await _create(api, "MSK_MULTI_VPC", **_mapped("a.example.com")),
        await api("PATCH", path, _mapped("a.example.com")),
    ):
        assert (answer.status, answer.error.partition(":")[0]) == (400, "customPrivateDnsMappings")


@pytest.mark.parametrize(
    ("body", "name"),
    [({"description": "no type"}, "type"), ({"description": "x" * 256}, "description")],
)
async def test_bad_bodies(api: Api, body: dict[str, str], name: str) -> None:
    """An endpoint has a type and a description that is not too long."""
    answer = await api("POST", await _path(api), body)

    assert (answer.status, answer.error.partition(":")[0]) == (400, name)


async def test_a_pipe_goes_through_endpoints(api: Api) -> None:
    """A pipe names the endpoints of its service."""
    endpoint = (await _create(api)).result["id"]
    answer = await create_pipe(api, "kafka", {"reversePrivateEndpointIds": [endpoint]})

    assert answer.result["source"]["kafka"]["reversePrivateEndpointIds"] == [endpoint]
