"""Infrastructure in a customer's own cloud account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.emulator import FailedTransition

if TYPE_CHECKING:
    from .client import Api

BYOC: dict[str, Any] = {
    "regionId": "us-east-1",
    "accountId": "123456789012",
    "availabilityZoneSuffixes": ["a", "b", "f"],
    "vpcCidrRange": "10.0.0.0/16",
    "displayName": "mine",
}
_AZURE = {"tenantId": "tenant", "servicePrincipalClientId": "client"}


async def test_life_of_infrastructure(api: Api) -> None:
    """Infrastructure becomes ready by itself, is renamed, terminated, and then gone."""

    async def listed() -> list[dict[str, str]]:
        configurations: list[dict[str, str]] = (await api("GET", "")).result["byocConfig"]
        return configurations

    created = (await api("POST", "/byocInfrastructure", BYOC)).result
    path = f"/byocInfrastructure/{created['id']}"
    assert created == {
        "id": created["id"],
        "state": "infra-provisioning",
        "accountName": "123456789012",
        "accountId": "123456789012",
        "regionId": "us-east-1",
        "cloudProvider": "aws",
        "displayName": "mine",
    }
    assert [created] == await listed()
    await api.emulator.advance(minutes=30)
    ready = (await api("PATCH", path, {"displayName": "ours"})).result
    assert ready == created | {"displayName": "ours", "state": "infra-ready"}
    assert [(await api("DELETE", path)).status for _ in range(2)] == [200, 200]
    assert await listed() == [ready | {"state": "infra-terminating"}]
    await api.emulator.advance(minutes=7)
    assert await listed() == [ready | {"state": "infra-terminated"}]
    await api.emulator.advance(minutes=7)
    assert await listed() == []
    assert (await api("DELETE", path)).status == 404


async def test_infrastructure_that_fails(api: Api) -> None:
    """A fault can let the setting up end in another state."""
    api.emulator.faults.add(FailedTransition("infra-terminated", kind="byoc"))
    await api("POST", "/byocInfrastructure", BYOC)
    await api.emulator.advance(minutes=22.2)
    listed = (await api("GET", "")).result["byocConfig"]

    assert [configuration["state"] for configuration in listed] == ["infra-terminated"]


@pytest.mark.parametrize(
    ("region", "provider"),
    [
        ("us-east-1", "aws"),
        ("ap-southeast-2", "aws"),
        ("us-east1", "gcp"),
        ("europe-west4", "gcp"),
        ("eastus2", "azure"),
        ("germanywestcentral", "azure"),
    ],
)
async def test_provider_of_infrastructure(api: Api, region: str, provider: str) -> None:
    """The region says which provider it is of."""
    body = BYOC | {"regionId": region} | (_AZURE if provider == "azure" else {})
    created = (await api("POST", "/byocInfrastructure", body)).result

    assert created["cloudProvider"] == provider


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"regionId": None}, "regionId: must be string"),
        ({"regionId": "mars"}, "regionId: must be one of"),
        ({"accountId": ""}, "accountId: is required"),
        ({"availabilityZoneSuffixes": ["g"]}, "availabilityZoneSuffixes[0]: must be one of"),
        ({"vpcCidrRange": "10.0.0.0"}, "vpcCidrRange: must be a range in CIDR notation"),
        ({"vpcCidrRange": "10.0.0.1/16"}, "vpcCidrRange: must be a range in CIDR notation"),
        ({"vpcId": "vpc-1"}, "vpcCidrRange: cannot be given together with vpcId"),
        ({"privateSubnetIds": ["subnet-1"]}, "privateSubnetIds: makes sense together with vpcId"),
        ({"gcpSharedVpcHostProjectId": "host"}, "gcpSharedVpcHostProjectId: makes sense in a reg"),
        ({"regionId": "us-east1", "externalId": "x"}, "externalId: makes sense in a region of aws"),
        ({"regionId": "eastus"}, "tenantId: is required"),
    ],
)
async def test_bad_infrastructure(api: Api, change: dict[str, object], message: str) -> None:
    """A request that breaks a rule is refused, to create infrastructure and to validate it."""
    for path in ("/byocInfrastructure", "/byocInfrastructure/validate"):
        body = BYOC | change
        if path.endswith("validate"):
            del body["displayName"]
        answer = await api("POST", path, body)
        assert answer.status == 400
        assert answer.error.startswith(message)
    assert (await api("GET", "")).result["byocConfig"] == []


async def test_region_of_infrastructure_cannot_change(api: Api) -> None:
    """A change names only what can be changed."""
    created = (await api("POST", "/byocInfrastructure", BYOC)).result
    path = f"/byocInfrastructure/{created['id']}"
    answer = await api("PATCH", path, {"regionId": "us-east-2"})

    assert (answer.status, answer.error) == (400, "regionId: is not known here")


async def test_own_network(api: Api) -> None:
    """Infrastructure in an own network shows it; Google Cloud wants exactly one subnet."""
    own = {k: v for k, v in BYOC.items() if k != "vpcCidrRange"} | {"vpcId": "vpc-1"}
    subnets = {"privateSubnetIds": ["subnet-1", "subnet-2"]}
    created = (await api("POST", "/byocInfrastructure", own | subnets)).result
    shown = (await api("GET", f"/byocInfrastructure/{created['id']}")).result
    refused = await api("POST", "/byocInfrastructure", own | subnets | {"regionId": "us-east1"})

    assert shown["isByoVpc"]
    assert (shown["byoVpcId"], shown["byoVpcPrivateSubnetIds"]) == (
        "vpc-1",
        ["subnet-1", "subnet-2"],
    )
    assert "vpcCidrRange" not in shown
    assert refused.error == "privateSubnetIds: must be exactly 1 on Google Cloud"


async def test_change_of_connectivity(api: Api) -> None:
    """Connectivity and tags change as a whole and take a while; the same again changes nothing."""
    created = (await api("POST", "/byocInfrastructure", BYOC | {"tags": {"a": "1"}})).result
    path = f"/byocInfrastructure/{created['id']}"
    await api.emulator.advance(minutes=30)
    changes = {"enablePrivateLink": True, "tags": {"b": "2"}}
    upgrading = (await api("PATCH", path, changes)).result["state"]
    await api.emulator.advance(minutes=15)
    again = (await api("PATCH", path, changes)).result["state"]
    shown = (await api("GET", path)).result

    assert (upgrading, again) == ("infra-upgrading", "infra-ready")
    assert shown["enablePrivateLink"]
    assert (await api("GET", f"{path}/tags")).result == {"tags": {"b": "2"}}


async def test_progress_of_infrastructure(api: Api) -> None:
    """Stages and their sub-stages become ready one after the other; a failed one says so."""
    created = (await api("POST", "/byocInfrastructure", BYOC)).result
    path = f"/byocInfrastructure/{created['id']}/progress"
    begun = (await api("GET", path)).result
    await api.emulator.advance(minutes=10)
    halfway = (await api("GET", path)).result
    await api.emulator.advance(minutes=20)
    done = (await api("GET", path)).result

    assert begun["status"] == halfway["status"] == "in_progress"
    assert [stage["status"] for stage in halfway["stages"]] == [
        "ready",
        "in_progress",
        "not_started",
    ]
    assert halfway["stages"][0]["subStages"][0]["status"] == "ready"
    assert {stage["status"] for stage in (done, *done["stages"])} == {"ready"}


async def test_progress_of_failed_infrastructure(api: Api) -> None:
    """Infrastructure that ends degraded has a failed stage."""
    api.emulator.faults.add(FailedTransition("infra-degraded", kind="byoc"))
    created = (await api("POST", "/byocInfrastructure", BYOC)).result
    await api.emulator.advance(minutes=30)
    progress = (await api("GET", f"/byocInfrastructure/{created['id']}/progress")).result

    assert progress["status"] == progress["stages"][-1]["status"] == "failed"
    assert [stage["status"] for stage in progress["stages"][:-1]] == ["ready", "ready"]


async def test_validation_of_an_account(api: Api) -> None:
    """Validation names each permission, or says that it checks nothing; it creates nothing."""
    body = {"regionId": "us-east-1", "accountId": "123456789012"}

    async def validated(**changes: str) -> Any:
        return (await api("POST", "/byocInfrastructure/validate", body | changes)).result

    good, bad = await validated(), await validated(accountId="me")
    unsupported = await validated(regionId="eastus", **_AZURE)

    assert (good["supported"], good["allPassed"]) == (True, True)
    assert (bad["supported"], bad["allPassed"]) == (True, False)
    assert all(check["reason"] for check in bad["checks"])
    assert (unsupported["supported"], unsupported["checks"]) == (False, [])
    assert (await api("GET", "")).result["byocConfig"] == []
