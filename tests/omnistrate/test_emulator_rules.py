"""Rules of the emulator of Omnistrate: what it refuses, and what happens by itself."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from .requests import address_of
from .walk import encoded, walk_configs, walk_organization, walk_resource, walk_tree

if TYPE_CHECKING:
    from .requests import Api

NAMED = {"name": "n", "description": "d"}
LIMIT = {"family": "COMPUTE_INFRA", "key": "MAX_VIRTUAL_CORES_PER_RESOURCE"}
NETWORK = {"cloudProviderName": "aws", "cloudProviderRegion": "us-east-1"}
PLAN = {"name": "Pro", "description": "d", "planDescription": "p", "tierType": "CUSTOM_TENANCY"}


@pytest.fixture
async def tree(api: Api) -> Api:
    """An emulator with a service that uses nearly everything."""
    await walk_organization(api)
    cloud = await api("getCloudProviderByName", name="aws")
    account = {"cloudProviderId": cloud, "awsAccountID": "1", **NAMED}
    api.known["aws"] = await api("createAccountConfig", account)
    await walk_tree(api)
    await walk_resource(api)
    await walk_configs(api)
    return api


async def test_requests_that_do_not_fit_are_refused(tree: Api) -> None:
    """Each with the status that says why."""
    known = tree.known
    resource, tier, model = known["resourceId"], known["productTierId"], known["serviceModelId"]
    azure = await tree("getCloudProviderByName", name="azure")
    rows: list[tuple[str, Any, dict[str, str], int]] = [
        ("createAccountConfig", {**NAMED, "cloudProviderId": "infra-moon"}, {}, 400),
        ("createAccountConfig", {**NAMED, "cloudProviderId": azure}, {}, 400),
        ("listAccountConfig", None, {"cloudProviderName": "moon"}, 400),
        ("describeAccountConfigByAWSAccountID", None, {"awsAccountID": "9"}, 404),
        ("deleteAccountConfig", None, {"id": known["aws"]}, 409),
        ("addAccountConfigToServiceModel", {"accountConfigId": known["aws"]}, {"id": model}, 409),
        ("removeAccountConfigFromServiceModel", {"accountConfigId": "ac-x"}, {"id": model}, 404),
        ("disableServiceModelFeature", {"feature": "CUSTOM_AGENT_RBAC"}, {"id": model}, 404),
        ("disableProductTierFeature", {"feature": "BILLING"}, {"id": tier}, 404),
        ("createServiceModel", {**NAMED, "serviceApiId": "x", "modelType": "MOON"}, {}, 400),
        ("describeCloudProvider", None, {"id": "infra-moon"}, 404),
        ("getCloudProviderByName", None, {"name": "moon"}, 404),
        ("listRegion", None, {"cloudProviderName": "moon"}, 400),
        ("describeRegion", None, {"id": "region-moon"}, 404),
        ("listComputeInstanceTypes", None, {"cloudProviderName": "moon"}, 400),
        ("describeLimit", None, {"family": "SERVICE", "key": "MOON"}, 404),
        ("updateLimit", {"value": -1}, LIMIT, 400),
        ("describeHelmPackage", None, {"chartName": "c", "chartVersion": "0"}, 404),
        ("createCustomNetwork", {**NETWORK, "cloudProviderRegion": "moon"}, {}, 400),
        ("createCustomNetwork", {**NETWORK, "cidr": "moon"}, {}, 400),
        ("updateSaaSPortal", {}, {"environmentType": "QA"}, 404),
        ("deleteSaaSPortalCustomDomain", None, {"environmentType": "DEV"}, 404),
        ("deregisterActionHook", {"type": "INIT", "scope": "NODE"}, {"id": resource}, 404),
        ("deregisterResourceMetricsConfig", None, {"id": resource}, 404),
        ("describeResourceMetricsConfig", None, {"id": resource}, 404),
        (
            "unsetEnvironmentVariables",
            {"environmentVariables": [{"key": "x", "value": ""}]},
            {"id": resource},
            404,
        ),
        ("removeResourceDependency", None, {"id": resource, "resourceDependencyId": "r-x"}, 404),
        ("getFleetInfraRolloutStatus", None, {"id": known["infra"]}, 404),
        ("createTierVersionSet", {"type": "UserDefined"}, {}, 400),
        ("createTierVersionSet", {"type": "Incremental", "parentVersion": "9.0"}, {}, 400),
        ("diffTierVersionSets", None, {"version": "1.0", "anotherVersion": "2.0"}, 404),
        ("describePendingChanges", None, {"id": "sa-x"}, 404),
        (
            "promoteServiceEnvironment",
            {"productTierVersion": "1.0"},
            {"id": known["serviceEnvironmentId"]},
            400,
        ),
        ("describeInvoice", None, {"id": "in-x"}, 404),
        ("describeAuditEvent", None, {"id": "event-x"}, 404),
        ("completeOAuthConnection", {}, {}, 400),
        ("revokeOAuthAccess", None, {}, 404),
        ("revokeUserRole", {"email": "nobody@example.com", "roleType": "reader"}, {}, 404),
        ("changeUserRole", {"email": tree.emulator.email, "newRoleType": "reader"}, {}, 409),
        ("updatePassword", {"currentPassword": "x", "password": "y"}, {}, 400),
        ("createServicesOrchestration", {"orchestrationCreateDSL": "x"}, {}, 400),
        ("createServicesOrchestration", {"orchestrationCreateDSL": encoded([])}, {}, 400),
        (
            "createServicesOrchestration",
            {"orchestrationCreateDSL": encoded({"services": {"a": 1}})},
            {},
            400,
        ),
        (
            "createServicesOrchestration",
            {"orchestrationCreateDSL": encoded({"services": {"a": {"dependsOn": [[]]}}})},
            {},
            400,
        ),
        ("buildServiceFromComposeSpec", {"name": "b", "fileContent": encoded({})}, {}, 400),
        (
            "buildServiceFromServicePlanSpec",
            {"name": "b", "fileContent": encoded({"services": [{}]})},
            {},
            400,
        ),
        ("createSubscription", {"serviceId": known["serviceId"], "productTierId": "pt-x"}, {}, 404),
        ("describeServiceOffering", None, {"serviceId": "s-x"}, 404),
        ("describeServiceOfferingResource", None, {"resourceId": "r-x", "instanceId": "none"}, 404),
    ]
    for operation, body, parameters, status in rows:
        await tree(operation, body, **parameters, status=status)
    await tree("listAllAuditEvents", query={"pageSize": 0}, status=400)
    page = {"latestMajorVersionOnly": True, "latestIncrementalVersionForMajorVersion": "1"}
    await tree("listTierVersionSets", query=page, status=400)


async def test_files_that_are_read_may_be_yaml(api: Api) -> None:
    """A file is base64 of YAML; what is neither is refused."""
    text = (
        "name: Standard\nservices:\n  - name: db\n    dependsOn: [cache]\n"
        "    image: registry.example.com:5000/db:17\n    network: {ports: [5432]}\n"
        "  - name: cache\n"
    )
    file = {"name": "Built", "fileContent": base64.b64encode(text.encode()).decode()}
    built = await api("buildServiceFromServicePlanSpec", file)
    resources = await api(
        "listResources", serviceId=built["serviceID"], productTierId=built["productTierID"]
    )
    (first, second) = resources["resources"]
    assert first["dependencies"] == [{"resourceId": second["id"]}]
    place = {"serviceId": built["serviceID"]}
    image = await api("describeImageConfig", id=first["imageConfigId"], **place)
    assert (image["imageName"], image["imageTag"]) == ("registry.example.com:5000/db", "17")
    infra = await api("describeInfraConfig", id=first["infraConfigId"], **place)
    network = await api("describeNetworkConfig", id=infra["networkConfigId"], **place)
    assert network["openPorts"] == [5432]
    file["fileContent"] = base64.b64encode(b"a: [").decode()
    await api("buildServiceFromServicePlanSpec", file, status=400)


async def test_a_file_is_checked_before_anything_is_built(api: Api) -> None:
    """What it must not say is refused, and nothing is there of it."""
    for service in (
        {"name": "a", "dependsOn": ["b"]},
        {"name": "a", "dependsOn": ["a"]},
        {"name": "a", "apiParameters": [{"key": "1"}]},
        {"name": "a", "apiParameters": [{"key": "k", "type": "Moon"}]},
        {"name": "a", "network": {"ports": ["moon"]}},
        {"name": "a", "dependsOn": "a"},
        {"image": "a"},
        "a",
    ):
        file = {"name": "Built", "fileContent": encoded({"services": [service]})}
        await api("buildServiceFromServicePlanSpec", file, status=400)
    twice = {"services": [{"name": "a"}, {"name": "A"}]}
    tenancy = {"services": [{"name": "a"}], "tenancyType": "MOON"}
    for document in (twice, tenancy):
        file = {"name": "Built", "fileContent": encoded(document)}
        await api("buildServiceFromServicePlanSpec", file, status=400)
    assert (await api("listService"))["ids"] == []


async def test_accounts_are_verified_and_offboarded(api: Api) -> None:
    """An account waits for its owner twice: before it is ready, and before it is gone."""
    cloud = await api("getCloudProviderByName", name="gcp")
    fields = {"gcpProjectID": "p", "gcpProjectNumber": "1", "cloudProviderId": cloud, **NAMED}
    place = {"id": await api("createAccountConfig", fields)}
    await api.emulator.advance(hours=1)
    seen = []
    for operation, minutes in (("verifyAccountConfig", 2), ("deleteAccountConfig", 5)):
        seen.append((await api("describeAccountConfig", **place))["status"])
        await api(operation, **place)
        seen.append((await api("describeAccountConfig", **place))["status"])
        await api.emulator.advance(minutes=minutes)
    assert seen == ["PENDING", "VERIFYING", "READY", "DELETING"]
    assert (await api("describeAccountConfig", **place))["status"] == "READY_TO_OFFBOARD"
    await api("verifyAccountConfig", **place, status=409)
    await api("deleteAccountConfig", **place)
    await api("describeAccountConfig", **place, status=404)


async def test_networks_of_a_region_do_not_overlap(api: Api) -> None:
    """A second network needs another range, and one in which an instance runs stays."""
    first = await api("createCustomNetwork", NETWORK)
    await api("createCustomNetwork", NETWORK, status=409)
    await api("createCustomNetwork", {**NETWORK, "cidr": "10.1.0.0/16"})
    assert (first["status"], first["cidr"]) == ("PENDING", "10.0.0.0/16")
    await api.emulator.advance(minutes=5)
    listed = await api("listCustomNetworks", query=NETWORK)
    assert {each["status"] for each in listed["customNetworks"]} == {"READY"}
    await api("deleteCustomNetwork", id=first["id"])
    await api("deleteCustomNetwork", id=first["id"], status=409)
    await api.emulator.advance(minutes=5)
    await api("describeCustomNetwork", id=first["id"], status=404)


async def test_usage_is_what_ran(api: Api) -> None:
    """An instance counts while it runs, and a month that is over is billed."""
    api.emulator.add_services([{"name": "DB", "instances": 1}])
    await api("changePlan", {"planName": "STARTER"})
    await api.emulator.advance(hours=10)
    used = await api("getCurrentConsumptionUsage")
    assert used["usage"][0]["total"] == pytest.approx(10, abs=0.01)
    days = {"startDate": "2026-01-04T00:00:00Z", "endDate": "2026-01-06T00:00:00Z"}
    per_day = await api("getUsagePerDay", query=days)
    assert [round(each["total"]) for each in per_day["usage"]] == [0, 10, 0]
    backwards = {"startDate": days["endDate"], "endDate": days["startDate"]}
    await api("getUsagePerDay", query=backwards, status=400)
    far = {"startDate": "9999-12-31T00:00:00Z", "endDate": "9999-12-31T00:00:00Z"}
    await api("getUsagePerDay", query=far, status=400)
    assert (await api("listInvoices"))["invoices"] == []
    await api.emulator.advance(days=60)
    invoices = (await api("listInvoices"))["invoices"]
    assert [each["invoiceDate"][:10] for each in invoices] == ["2026-02-01", "2026-03-01"]
    assert {each["totalAmount"] for each in invoices} == {99.0}


async def test_payment_may_be_asked_for(api: Api) -> None:
    """Without a payment method instances are created only where a plan allows that."""
    api.emulator.add_services([{"name": "DB", "instances": 1}])
    api.emulator.set_payment(api.emulator.organization_id, configured=False)
    assert not (await api("describeConsumptionBillingDetails"))["paymentConfigured"]
    (service,) = (await api("listServiceOffering"))["services"]
    (plan,) = service["offerings"]
    place = {"serviceId": service["serviceId"], "id": plan["productTierID"]}
    await api("updateProductTier", {"allowCreatesWhenPaymentNotConfigured": False}, **place)
    address = address_of(service, plan, "cluster")
    error = await api("createResourceInstance", {}, **address, status=409)
    assert "payment" in error["message"]
    await api("updateProductTier", {"allowCreatesWhenPaymentNotConfigured": True}, **place)
    await api("createResourceInstance", {}, **address)


async def test_a_rollout_changes_what_runs(tree: Api) -> None:
    """The instances that use a configuration are deployed again, and then it is over."""
    known = tree.known
    await tree(
        "updateServiceEnvironment", {"visibility": "PUBLIC"}, id=known["serviceEnvironmentId"]
    )
    await tree("verifyAccountConfig", id=known["aws"])
    await tree("releaseServiceAPI", {"isPreferred": True}, id=known["serviceApiId"])
    wanted = {"serviceId": known["serviceId"], "productTierId": known["productTierId"]}
    await tree("createSubscription", wanted)
    await tree.emulator.advance(minutes=5)
    part = next(iter((await tree("listServiceOffering"))["services"]))
    plan = next(o for o in part["offerings"] if o["productTierID"] == known["productTierId"])
    address = address_of(part, plan, "node")
    made = await tree("createResourceInstance", {"requestParams": {"size": "s"}}, **address)
    await tree.emulator.advance(minutes=15)
    await tree("updateInfraConfig", {"description": "new"}, id=known["infra"])
    await tree("releaseInfraConfig", {}, id=known["infra"])
    await tree("rolloutFleetInfra", id=known["infra"])
    await tree("rolloutFleetInfra", id=known["infra"], status=409)
    seen = []
    for seconds in (30, 600):
        await tree.emulator.advance(seconds)
        shown = await tree("describeResourceInstance", **address, id=made["id"])
        seen.append(shown["status"])
    assert seen == ["DEPLOYING", "RUNNING"]
    await tree("getFleetInfraRolloutStatus", id=known["infra"], status=404)
