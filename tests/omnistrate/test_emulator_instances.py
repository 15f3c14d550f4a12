"""Instances in the emulator of Omnistrate: their states by the clock, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from clickhouse_cloud_async.emulator import ErrorResponse, FailedTransition, LostResponse, StaleRead

from .requests import Request, address_of
from .walk import encoded

if TYPE_CHECKING:
    from .requests import Api

PLAN = {"name": "Pro", "regions": ["us-east-1", "us-west-2"]}


@pytest.fixture
async def offered(api: Api) -> Api:
    """An emulator with a service on offer, to which the owner has subscribed."""
    api.emulator.add_services([{"name": "DB", "plans": [PLAN]}])
    (service,) = (await api("listServiceOffering"))["services"]
    (plan,) = service["offerings"]
    (resource,) = plan["resourceParameters"]
    address = address_of(service, plan, resource["urlKey"])
    wanted = {"serviceId": service["serviceId"], "productTierId": plan["productTierID"]}
    api.known |= {**address, **wanted, "resourceId": resource["resourceId"]}
    api.address = address
    api.known["sub"] = await api("createSubscription", wanted)
    return api


async def create(api: Api, body: Any = None, **options: Any) -> str:
    """Create an instance; its id is known from then on."""
    query = {"subscriptionId": api.known["sub"]}
    made = await api("createResourceInstance", body or {}, query=query, **options)
    api.known["id"] = key = made["id"]
    return str(key)


async def release(api: Api) -> None:
    """Make what has changed the version that new instances get."""
    plan = await api("getServicePlan")
    await api("releaseServiceAPI", {"isPreferred": True}, id=plan["serviceApiId"])


async def state(api: Api) -> str:
    """The state of the last instance."""
    return str((await api("describeResourceInstance"))["status"])


async def test_an_instance_comes_up_in_its_time(offered: Api) -> None:
    """It is pending, deployed and running after ten minutes; its network is there then."""
    await create(offered)
    seen = [await state(offered)]
    assert (await offered("describeResourceInstance"))["detailedNetworkTopology"] == {}
    for minutes in (2, 10):
        await offered.emulator.advance(minutes=minutes)
        seen.append(await state(offered))
    assert seen == ["PENDING", "DEPLOYING", "RUNNING"]
    shown = await offered("describeResourceInstance")
    (part,) = shown["detailedNetworkTopology"].values()
    assert part["nodes"][0]["healthStatus"] == "HEALTHY"
    assert (shown["tierVersion"], shown["subscriptionStatus"]) == ("1.0", "ACTIVE")
    listed = await offered("listAllResourceInstances")
    assert listed["resourceInstances"] == [shown]
    events = (await offered("listAllAuditEvents"))["events"]
    assert events[0]["message"] == "Instance deployment completed"
    assert events[-1]["eventSource"] == "Customer"


async def test_commands_are_refused_while_one_is_under_way(offered: Api) -> None:
    """The refusal is 409, says that an operation is in progress, and ends with it."""
    await create(offered)
    for command in ("stop", "start", "restart", "delete"):
        error = await offered(f"{command}ResourceInstance", status=409)
        assert "operation is already in progress" in error["message"]
        assert error["name"] == "invalid_state"
    await offered.emulator.advance(minutes=15)
    error = await offered("startResourceInstance", status=409)
    assert error["message"] == "the instance is RUNNING, and must be STOPPED"
    for command, passing, after in (
        ("stop", "STOPPING", "STOPPED"),
        ("start", "STARTING", "RUNNING"),
        ("restart", "RESTARTING", "RUNNING"),
    ):
        await offered(f"{command}ResourceInstance")
        assert await state(offered) == passing
        await offered.emulator.advance(minutes=5)
        assert await state(offered) == after
    await offered("deleteResourceInstance")
    await offered.emulator.advance(minutes=10)
    await offered("describeResourceInstance", status=404)
    assert (await offered("listAllResourceInstances"))["resourceInstances"] == []


async def test_what_a_creation_needs(offered: Api) -> None:
    """A subscription, a region on offer, a version that is released, and room for one more."""
    error = await offered("createResourceInstance", {}, query={"subscriptionId": ""}, status=428)
    assert error["name"] == "precondition_required"
    for body, status in (
        ({"region": "eu-central-1"}, 400),
        ({"cloud_provider": "gcp"}, 400),
        ({"productTierVersion": "9.0"}, 404),
        ({"network_type": "SECRET"}, 400),
        ({"custom_network_id": "n-missing000"}, 404),
        ({"requestParams": []}, 400),
    ):
        request = Request(
            "createResourceInstance",
            body,
            query={"subscriptionId": offered.known["sub"]},
            parameters=offered.known,
        )
        assert (await offered.send_plain(request)).status == status, body
    tier = offered.known["productTierId"]
    await offered("updateProductTier", {"maxNumberOfInstances": 1}, id=tier)
    await create(offered)
    query = {"subscriptionId": offered.known["sub"]}
    await offered("createResourceInstance", {}, query=query, status=409)
    await offered("updateProductTier", {"maxNumberOfInstances": -1, "isDisabled": True}, id=tier)
    await offered("createResourceInstance", {}, query=query, status=409)
    await offered("deleteSubscription", id=offered.known["sub"], status=409)
    await offered("deleteService", id=offered.known["serviceId"], status=409)


async def test_parameters_are_checked(offered: Api) -> None:
    """Required ones have to be there, options and types count, and some cannot be changed."""
    resource = {"resourceId": offered.known["resourceId"], "description": "d"}
    flags = {"type": "String", "required": True, "modifiable": False}
    await offered("createInputParameter", {**resource, **flags, "name": "Size", "key": "size"})
    optional = {**flags, "required": False, "modifiable": True, "options": ["a", "b"]}
    mode = {"name": "Mode", "key": "mode", "defaultValue": "a"}
    await offered("createInputParameter", {**resource, **optional, **mode})
    await release(offered)
    query = {"subscriptionId": offered.known["sub"]}
    for values in ({}, {"size": 1}, {"size": "s", "mode": "c"}):
        body = {"requestParams": values}
        await offered("createResourceInstance", body, query=query, status=400)
    await create(offered, {"requestParams": {"size": "s"}})
    await offered.emulator.advance(minutes=15)
    shown = await offered("describeResourceInstance")
    assert shown["result_params"] == {"size": "s", "mode": "a"}
    await offered("updateResourceInstance", {"requestParams": {"size": "l"}}, status=400)
    await offered("updateResourceInstance", {"requestParams": {"mode": "b"}})
    await offered.emulator.advance(minutes=10)
    shown = await offered("describeResourceInstance")
    assert (shown["status"], shown["result_params"]["mode"]) == ("RUNNING", "b")
    asked = await offered("describeServiceOfferingResource", instanceId="none")
    (made,) = [each for each in asked["apis"] if each["verb"] == "CREATE"]
    assert [each["key"] for each in made["inputParameters"]] == ["size", "mode"]


async def test_an_upgrade_changes_the_version_at_its_end(offered: Api) -> None:
    """New instances get the preferred version, and running ones keep theirs until upgraded."""
    await create(offered)
    await offered.emulator.advance(minutes=15)
    await offered("updateResource", {"description": "new"}, id=offered.known["resourceId"])
    await release(offered)
    address = offered.address
    await offered("upgradeResourceInstanceVersion", {**address, "targetVersion": "7"}, status=404)
    await offered("upgradeResourceInstanceVersion", address)
    shown = await offered("describeResourceInstance")
    assert (shown["status"], shown["tierVersion"]) == ("DEPLOYING", "1.0")
    await offered.emulator.advance(minutes=10)
    shown = await offered("describeResourceInstance")
    assert (shown["status"], shown["tierVersion"]) == ("RUNNING", "2.0")


async def test_an_instance_keeps_what_its_version_had(offered: Api) -> None:
    """Edits of a resource and its deprecation do not reach what runs."""
    await create(offered)
    await offered.emulator.advance(minutes=15)
    before = await offered("describeResourceInstance")
    resource = offered.known["resourceId"]
    await offered("updateResource", {"name": "Renamed"}, id=resource)
    await offered("deprecateResource", id=resource)
    await release(offered)  # the resource stays, since an instance needs it
    assert await offered("describeResourceInstance") == before
    other = {"name": "Other", "description": "d", "productTierId": offered.known["productTierId"]}
    await offered("createResource", other)
    query = {"subscriptionId": offered.known["sub"]}
    error = await offered(
        "createResourceInstance", {}, query=query, resourceKey="other", status=409
    )
    assert error["message"] == "version 2.0 of the product tier lacks the resource"


async def test_protected_instances_are_not_deleted(offered: Api) -> None:
    """Deletion protection is switched off first."""
    await create(offered)
    await offered.emulator.advance(minutes=15)
    await offered("updateResourceInstanceMetadata", {"deletionProtection": True})
    await offered("deleteResourceInstance", status=409)
    await offered("updateResourceInstanceMetadata", {"deletionProtection": False})
    await offered("deleteResourceInstance")


async def test_snapshots_come_and_go_by_the_clock(offered: Api) -> None:
    """One a period, as long as the retention is; what they hold can be restored."""
    backups = {"backupPeriodInHours": 6, "backupRetentionInDays": 1}
    resource = offered.known["resourceId"]
    await offered("updateResource", {"backupConfiguration": backups}, id=resource)
    await release(offered)
    key = await create(offered)
    await offered.emulator.advance(days=3)
    found = (await offered("listResourceInstanceSnapshots"))["snapshots"]
    assert len(found) == 4
    shown = await offered("describeResourceInstance")
    assert shown["backupStatus"]["earliestRestoreTime"] == found[0]["createdTime"]
    early = (offered.emulator.now - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    await offered("restoreResourceInstance", {"targetRestoreTime": early}, status=400)
    moment = {"targetRestoreTime": found[1]["createdTime"]}
    other = await offered("restoreResourceInstance", moment)
    await offered.emulator.advance(minutes=15)
    listed = await offered("listResourceInstances")
    assert listed["ids"] == [key, other["id"]]
    restored = await offered("describeResourceInstance", id=other["id"])
    assert restored["sourceSnapshotID"] == found[1]["snapshotId"]


async def test_replicas_stay_within_their_bounds(offered: Api) -> None:
    """Only resources that scale have capacity to add and remove."""
    await create(offered)
    await offered.emulator.advance(minutes=15)
    await offered("addCapacityToResourceInstance", {"capacityToBeAdded": 1}, status=409)
    await offered("failoverResourceInstance", {"failedReplicaID": "nobody"}, status=400)
    failover = {"failedReplicaID": "cluster-0", "failedReplicaAction": "FAILOVER_AND_RESTART"}
    await offered("failoverResourceInstance", failover)
    assert await state(offered) == "RESTARTING"


async def test_people_of_a_subscription_share_its_instances(offered: Api) -> None:
    """A reader sees them and cannot change them; strangers see nothing."""
    await create(offered)
    await offered.emulator.advance(minutes=15)
    customer = offered.emulator.add_customer("customer@example.com")
    await offered("describeResourceInstance", token=customer.token, status=404)
    member = {"email": customer.email, "roleType": "reader"}
    await offered("inviteSubscriptionUser", member, subscriptionId=offered.known["sub"])
    await offered("describeResourceInstance", token=customer.token)
    await offered("stopResourceInstance", token=customer.token, status=403)
    query = {"subscriptionId": offered.known["sub"]}
    await offered("createResourceInstance", {}, query=query, token=customer.token, status=403)
    listed = await offered("listAllResourceInstances", token=customer.token)
    assert len(listed["resourceInstances"]) == 1
    events = await offered("listAllAuditEvents", token=customer.token)
    await offered("describeAuditEvent", token=customer.token, id=events["ids"][0])
    other = offered.emulator.add_customer("other@example.com")
    await offered("describeAuditEvent", token=other.token, id=events["ids"][0], status=404)


async def test_customers_see_public_environments_only(offered: Api) -> None:
    """A private environment is offered to the vendor's own people alone."""
    customer = offered.emulator.add_customer("customer@example.com").token
    service = await offered("describeService", id=offered.known["serviceId"])
    (environment,) = service["serviceEnvironments"]
    assert len((await offered("describeServiceOffering", token=customer))["offerings"]) == 1
    await offered("updateServiceEnvironment", {"visibility": "PRIVATE"}, id=environment["id"])
    assert (await offered("describeServiceOffering", token=customer))["offerings"] == []
    assert len((await offered("describeServiceOffering"))["offerings"]) == 1
    wanted = {name: offered.known[name] for name in ("serviceId", "productTierId")}
    await offered("createSubscription", wanted, token=customer, status=404)


async def test_jobs_complete(offered: Api) -> None:
    """An instance of a job is complete where another one is running."""
    body = {"name": "Job", "description": "d", "jobConfig": {}}
    tier = offered.known["productTierId"]
    await offered("createResource", {**body, "productTierId": tier})
    await release(offered)
    made = await offered("createResourceInstance", {}, resourceKey="job")
    await offered.emulator.advance(minutes=15)
    shown = await offered("describeResourceInstance", id=made["id"], resourceKey="job")
    assert shown["status"] == "COMPLETE"


async def test_subscriptions_end_with_their_instances(offered: Api) -> None:
    """Suspended, its instances stop; terminated, they are deleted, and it is listed no more."""
    await create(offered)
    await offered.emulator.advance(minutes=15)
    offered.emulator.set_subscription_status(offered.known["sub"], "SUSPENDED")
    await offered.emulator.advance(minutes=5)
    shown = await offered("describeResourceInstance")
    assert (shown["status"], shown["subscriptionStatus"]) == ("STOPPED", "SUSPENDED")
    query = {"subscriptionId": offered.known["sub"]}
    await offered("createResourceInstance", {}, query=query, status=409)
    await offered("startResourceInstance", status=409)
    offered.emulator.set_subscription_status(offered.known["sub"], "ACTIVE")
    await create(offered)
    offered.emulator.set_subscription_status(offered.known["sub"], "TERMINATED")
    await offered.emulator.advance(minutes=10)
    assert (await offered("listAllResourceInstances"))["resourceInstances"] == []
    assert (await offered("listSubscriptions"))["ids"] == []
    ended = await offered("listSubscriptions", query={"includeInactive": True})
    assert ended["ids"] == [offered.known["sub"]]
    with pytest.raises(ValueError, match="status must be one of ACTIVE"):
        offered.emulator.set_subscription_status(offered.known["sub"], "PAUSED")


async def test_requests_for_subscriptions_are_decided(offered: Api) -> None:
    """Where nobody approves at once a request is made, which the vendor approves or denies."""
    customer = offered.emulator.add_customer("customer@example.com")
    service = await offered("describeService", id=offered.known["serviceId"])
    (environment,) = service["serviceEnvironments"]
    await offered(
        "updateServiceEnvironment", {"autoApproveSubscription": False}, id=environment["id"]
    )
    wanted = {name: offered.known[name] for name in ("serviceId", "productTierId")}
    await offered("createSubscription", wanted, token=customer.token, status=409)
    request = await offered("createSubscriptionRequest", wanted, token=customer.token)
    offered.emulator.decide_request(request)
    shown = await offered("describeSubscriptionRequest", token=customer.token, id=request)
    assert shown["status"] == "APPROVED"
    assert len((await offered("listSubscriptions", token=customer.token))["ids"]) == 1
    await offered("cancelSubscriptionRequest", token=customer.token, id=request, status=409)


async def test_orchestrated_instances_wait_for_each_other(offered: Api) -> None:
    """What depends on another deployment is deployed after it; a circle is refused."""
    part = offered.address
    parts: dict[str, Any] = {"db": part, "app": {**part, "dependsOn": ["db"]}}
    document = {"orchestrationCreateDSL": encoded({"services": parts})}
    made = await offered("createServicesOrchestration", document)
    states = []
    for minutes in (1, 12, 12):
        await offered.emulator.advance(minutes=minutes)
        shown = await offered("describeServicesOrchestration", id=made["id"])
        states.append([shown["status"], *(each["status"] for each in shown["ServicesTopology"])])
    assert [each[2] for each in states[:2]] == ["PENDING_DEPENDENCY", "DEPLOYING"]
    assert states[2] == ["RUNNING", "RUNNING", "RUNNING"]
    parts["more"], parts["none"] = part, {**part, "resourceKey": "none"}
    document = {"orchestrationModifyDSL": encoded({"services": parts})}
    await offered("modifyServicesOrchestration", document, id=made["id"], status=404)
    assert len((await offered("listAllResourceInstances"))["resourceInstances"]) == 2
    del parts["none"]
    offered.emulator.faults.add(FailedTransition("FAILED"), count=1)
    document = {"orchestrationModifyDSL": encoded({"services": parts})}
    await offered("modifyServicesOrchestration", document, id=made["id"])
    await offered.emulator.advance(minutes=15)
    shown = await offered("describeServicesOrchestration", id=made["id"])
    assert shown["orchestrationFailedReason"] == "more could not be deployed"
    parts["db"] = {**part, "dependsOn": ["app"]}
    document = {"orchestrationCreateDSL": encoded({"services": parts})}
    await offered("createServicesOrchestration", document, status=400)


async def test_faults_happen_to_instances(offered: Api) -> None:
    """A deployment fails on demand, a response is lost, an error is one of the API's."""
    faults = offered.emulator.faults
    faults.add(FailedTransition("FAILED"), count=1)
    await create(offered)
    await offered.emulator.advance(minutes=15)
    assert await state(offered) == "FAILED"
    await offered("restartResourceInstance")
    await offered.emulator.advance(minutes=5)
    assert await state(offered) == "RUNNING"
    faults.add(ErrorResponse(503), operation="listService", count=1)
    error = await offered("listService", status=503)
    assert (error["name"], error["temporary"]) == ("service_unavailable", True)
    faults.add(ErrorResponse(599), operation="listService", count=1)
    assert (await offered("listService", status=599))["name"] == "status_599"
    faults.add(StaleRead(60), operation="listAllResourceInstances")
    await offered("stopResourceInstance")
    listed = await offered("listAllResourceInstances")
    assert [each["status"] for each in listed["resourceInstances"]] == ["RUNNING"]
    faults.add(LostResponse(), operation="createService", count=1)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await offered("createService", {"name": "Lost", "description": "d"})
    await offered("createService", {"name": "Lost", "description": "d"}, status=409)
