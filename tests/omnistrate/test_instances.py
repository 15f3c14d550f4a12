"""Instances by their address: how it is found, and that calls and waits use it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from clickhouse_cloud_async import (
    IncompleteListError,
    InvalidArgumentError,
    NotFoundError,
    OperationInProgressError,
    Polling,
    PreconditionRequiredError,
    RetryPolicy,
    UnreachableStateError,
)
from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate
from clickhouse_cloud_async.apis.omnistrate.models import Instance
from tests.client.stub import answering

from .offers import ADDRESS, AT_ADDRESS, INSTANCES, instance, plan, resource, service, subscription
from .platform import BASE, problem

if TYPE_CHECKING:
    from tests.client.stub import Handler, Stub

SERVICES = [
    service(
        "Cache",
        plan("Free", "Prod"),
        plan("Pro", "Prod", resource("Node"), resource("Proxy")),
        plan("Pro", "Dev"),
    ),
    service("Queue", plan("Basic", "Prod")),
]
FAST = Polling(speed=1000)


def client(stub: Stub, **settings: Any) -> AsyncOmnistrate:
    """A client of the stub that sends each request once."""
    defaults: dict[str, Any] = {"base_url": stub.url, "retry": RetryPolicy(attempts=1)}
    return AsyncOmnistrate(**(defaults | settings), token="t")


def by_path(**answers: Any) -> Handler:
    """A handler that answers by the last part of the path."""

    async def handle(request: web.Request) -> web.StreamResponse:
        name = request.path.rpartition("/")[2].replace("-", "_")
        return web.json_response(answers[name])

    return handle


@pytest.mark.parametrize(
    ("service_name", "environment", "plan_name", "resource_name"),
    [
        ("Cache", "Prod", "Pro", "Node"),
        ("cache", "prod", "pro", "node"),
        ("s-cache", "se-prod", "pt-pro", "r-node"),
    ],
)
async def test_address_is_found_by_names_keys_or_ids(
    stub: Stub, service_name: str, environment: str, plan_name: str, resource_name: str
) -> None:
    """One request finds all parts of an address."""
    stub.answer({"services": SERVICES})
    async with client(stub) as cloud:
        address = await cloud.instances.address(
            service=service_name,
            environment=environment,
            plan=plan_name,
            resource=resource_name,
            subscription_id="sub-1",
        )

    assert address == ADDRESS
    assert stub.paths == [f"{BASE}/service-offering"]


async def test_what_there_is_only_one_of_may_be_omitted(stub: Stub) -> None:
    """Environment, plan and resource need no name where there is no choice."""
    stub.answer({"services": SERVICES})
    async with client(stub) as cloud:
        address = await cloud.instances.address(service="Queue")
        in_dev = await cloud.instances.address(service="Cache", environment="Dev")

    assert (address.product_tier_key, address.resource_key) == ("basic", "node")
    assert (in_dev.product_tier_key, in_dev.subscription_id) == ("pro", None)


@pytest.mark.parametrize(
    ("names", "kind", "message"),
    [
        ({"service": "Nothing"}, NotFoundError, "no service is called 'Nothing'; on offer: Cache"),
        ({"service": "Cache"}, InvalidArgumentError, "environment: there are several.*Dev or dev"),
        (
            {"service": "Cache", "environment": "Prod", "plan": "Gold"},
            NotFoundError,
            "no plan is called 'Gold'; on offer: Free or free or pt-free",
        ),
        (
            {"service": "Cache", "environment": "Prod", "plan": "Pro"},
            InvalidArgumentError,
            "resource: there are several",
        ),
    ],
)
async def test_address_that_is_not_one(
    stub: Stub, names: dict[str, Any], kind: type[Exception], message: str
) -> None:
    """What is not there, or there twice, is named with what there is."""
    stub.answer({"services": SERVICES})
    async with client(stub) as cloud:
        with pytest.raises(kind, match=message):
            await cloud.instances.address(**names)


async def test_instances_lead_to_their_addresses(stub: Stub) -> None:
    """Two lists give the addresses of all instances, and are fetched again for a new one."""
    offered: list[Any] = list(SERVICES)
    stub.handler = by_path(
        service_offering={"services": offered},
        subscription={
            "subscriptions": [subscription(1, "cache", "pro"), subscription(2, "new", "basic")]
        },
    )
    known = [Instance.from_dict(instance(number)) for number in range(100)]
    new = Instance.from_dict(instance(100, subscriptionId="sub-2"))
    async with client(stub) as cloud:
        addresses = await asyncio.gather(*(cloud.instances.address_of(each) for each in known))
        assert len(stub.requests) == 2
        with pytest.raises(NotFoundError, match="subscription sub-2 of instance instance-100"):
            await cloud.instances.address_of(new)
        offered.append(service("New", plan("Basic", "Prod")))
        address = await cloud.instances.address_of(new)

    assert set(addresses) == {ADDRESS}
    assert (address.service_key, address.subscription_id) == ("new", "sub-2")


async def test_calls_send_the_address_with_its_subscription(stub: Stub) -> None:
    """The address is the path; its subscription is the query unless a call names another one."""
    stub.answer({"id": "instance-1", "status": "RUNNING"})
    async with client(stub) as cloud:
        await cloud.instances.get(ADDRESS, "instance-1")
        await cloud.instances.get(ADDRESS, "instance-1", subscription_id="sub-2")
        await cloud.instances.setup_kit(ADDRESS)
        await cloud.instances.upgrade(ADDRESS, "instance-1", target_version="2.0")

    assert stub.paths == [
        f"{AT_ADDRESS}/instance-1?subscriptionId=sub-1",
        f"{AT_ADDRESS}/instance-1?subscriptionId=sub-2",
        f"{INSTANCES}/sp-1/cache/v1/prod/hosted/setup-kit?subscriptionId=sub-1",
        f"{INSTANCES}/instance-1/version-upgrade?subscriptionId=sub-1",
    ]
    assert await stub.requests[-1].json() == {
        "serviceProviderId": "sp-1",
        "serviceKey": "cache",
        "serviceAPIVersion": "v1",
        "serviceEnvironmentKey": "prod",
        "serviceModelKey": "hosted",
        "productTierKey": "pro",
        "resourceKey": "node",
        "targetVersion": "2.0",
    }


async def test_one_list_serves_all_waits(stub: Stub) -> None:
    """However many instances are waited for, a round is one request."""
    many = 5000
    rounds = [
        {"resourceInstances": [instance(n, state) for n in range(many)]}
        for state in ("DEPLOYING", "SOMETHING_NEW", "RUNNING")
    ]

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(rounds[min(len(stub.requests), len(rounds)) - 1])

    stub.handler = answer
    async with client(stub, polling=FAST) as cloud:
        waits = (cloud.instances.wait_until(f"instance-{n}", "RUNNING") for n in range(many))
        found = await asyncio.gather(*waits)

    assert {each.status for each in found} == {"RUNNING"}
    assert stub.paths == [INSTANCES] * len(rounds)


async def test_wait_for_what_has_failed_ends_at_once(stub: Stub) -> None:
    """A failed deployment does not become a running one, and the error says what to do."""
    stub.answer({"resourceInstances": [instance(1, "FAILED")]})
    async with client(stub, polling=FAST) as cloud:
        with pytest.raises(UnreachableStateError, match="check its audit events") as caught:
            await cloud.instances.wait_until("instance-1", "RUNNING")

    assert caught.value.state == "FAILED"


async def test_incomplete_list_is_never_taken_for_a_whole_one(stub: Stub) -> None:
    """A token that no parameter takes raises; what came before it is given one by one."""
    stub.answer({"resourceInstances": [instance(1)], "nextPageToken": "more"})
    async with client(stub, polling=FAST) as cloud:
        with pytest.raises(IncompleteListError):
            await cloud.instances.list()
        with pytest.raises(IncompleteListError):
            await cloud.instances.wait_until("instance-1", "STOPPED")
        pages = cloud.instances.iterate()
        assert (await anext(pages)).id == "instance-1"
        with pytest.raises(IncompleteListError):
            await anext(pages)


async def test_operation_in_progress(stub: Stub) -> None:
    """A command during another one is an error of its own, or waits for its end where asked."""
    stub.answer(problem("invalid_state", "operation is already in progress"), 409)
    patient = RetryPolicy(in_progress_wait=0.001)
    async with client(stub) as cloud:
        with pytest.raises(OperationInProgressError) as caught:
            await cloud.instances.stop(ADDRESS, "instance-1")
        refused = stub.handler

        async def later(request: web.Request) -> web.StreamResponse:
            handler = refused if len(stub.requests) < 10 else answering(b"", 202)
            return await handler(request)

        stub.handler = later
        await cloud.with_options(retry=patient).instances.stop(ADDRESS, "instance-1")

    assert (caught.value.code, caught.value.request_id) == ("invalid_state", "e1")
    assert len(stub.requests) == 10


async def test_missing_subscription(stub: Stub) -> None:
    """What has to be settled before is an error of its own."""
    stub.answer(problem("bad_request", "no subscription"), 428)
    async with client(stub) as cloud:
        with pytest.raises(PreconditionRequiredError, match="no subscription"):
            await cloud.instances.create(ADDRESS, cloud_provider="aws", region="us-east-1")


@pytest.mark.parametrize("mark", ["temporary", "timeout"])
async def test_temporary_failures_are_retried(stub: Stub, mark: str) -> None:
    """A read that failed for the moment is sent again, a creation is not."""

    async def answer(_: web.Request) -> web.StreamResponse:
        if len(stub.requests) % 2:
            body = problem("invalid_state", "try later", **{mark: True})
            return web.json_response(body, status=409)
        return web.json_response({"services": []})

    stub.handler = answer
    async with client(stub, retry=RetryPolicy(attempts=2, first_wait=0)) as cloud:
        assert await cloud.services.list() == []

    assert len(stub.requests) == 2


async def test_parameters_are_kept_out_of_sight(stub: Stub) -> None:
    """Parameters of instances, which may be passwords, are shown neither there nor back."""
    shown = [
        instance(1, result_params={"password": "planted"}),
        instance(2, result_params='{"password": "planted"}'),
    ]
    stub.answer({"resourceInstances": shown})
    async with client(stub) as cloud:
        found = await cloud.instances.list()

    assert "planted" not in repr(found)
    assert [each.result_parameters.reveal() for each in found if each.result_parameters] == [
        {"password": "planted"},
        '{"password": "planted"}',
    ]
