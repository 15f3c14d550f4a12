"""Each operation of the contract is a method of both clients, and sends what the contract says."""

from __future__ import annotations

import functools
import inspect
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import Secret
from clickhouse_cloud_async.apis.api7 import API7Cloud, AsyncAPI7Cloud
from clickhouse_cloud_async.apis.api7.api import API7_CLOUD
from clickhouse_cloud_async.core.codec import to_json

from .surface import (
    ASYNC_METHODS,
    COMBINED,
    CONTRACT,
    CONTROL_PLANE,
    OPERATIONS,
    ORGANIZATION,
    SYNC_METHODS,
    answer_of,
    call_of,
    facts_of,
)
from .tokens import TOKEN

if TYPE_CHECKING:
    from tests.contract.recorder import Recorded, Recorder

    from .surface import Call

DOCUMENTED = {
    "billing": {"createSubscription", "getUpcomingInvoice", "redirectToCustomerPortal"},
    "organizations": {"createOrganization", "getOrganization", "initializeOrganization"},
    "control_planes": {
        "createControlPlane",
        "getControlPlane",
        "listControlPlanes",
        "updateControlPlane",
    },
    "applications": {
        "createApplication",
        "deleteApplication",
        "getApplication",
        "importApplication",
        "listApplications",
        "patchApplication",
        "updateApplication",
    },
    "apis": {
        "createApi",
        "deleteAllApis",
        "deleteApi",
        "getApi",
        "listApis",
        "patchApi",
        "updateApi",
    },
    "consumers": {
        "createConsumer",
        "createConsumerJwt",
        "deleteConsumer",
        "getConsumer",
        "listConsumers",
        "patchConsumer",
        "updateConsumer",
    },
    "certificates": {
        "createCertificate",
        "deleteCertificate",
        "getCertificate",
        "listCertificates",
        "updateCertificate",
    },
    "members": {"createMember", "getMember", "listMembers"},
}
"""The 39 operations of the API's own documents, by the namespace that has them."""

UNSETTLED = {
    "createControlPlane",
    "createConsumerJwt",
    "createOrganization",
    "createSubscription",
    "deleteAllApis",
    "getUpcomingInvoice",
    "importApplication",
    "initializeOrganization",
    "patchConsumer",
    "redirectToCustomerPortal",
}
"""Operations whose method or path no source settles."""

SEEDS = (1, 2)


def test_contract_is_whole() -> None:
    """The contract holds the documented operations, and those that other clients know."""
    later = {
        name
        for name, operation in CONTRACT.operations.items()
        if "x-not-in-seed" in operation.facts
    }

    assert sum(len(names) for names in DOCUMENTED.values()) == 39
    assert CONTRACT.operations.keys() - later == set().union(*DOCUMENTED.values())
    assert len(later) == 30


def test_operations_are_methods_of_both_clients() -> None:
    """One method carries out each operation, beside iterators and shortcuts with fixed fields."""
    plain = Counter(
        facts_of(ASYNC_METHODS[name]).id
        for name in [*OPERATIONS, "applications.import_openapi"]
        if not ASYNC_METHODS[name].is_iterator and not name.endswith("publish")
    )

    assert plain == Counter(CONTRACT.operations.keys())
    assert ASYNC_METHODS.keys() == SYNC_METHODS.keys()
    for namespace, names in DOCUMENTED.items():
        here = {
            m.operation.id for m in ASYNC_METHODS.values() if _in(m.name, namespace) and m.operation
        }
        assert names <= here


def _in(method: str, namespace: str) -> bool:
    return method.startswith(f"{namespace}.")


def test_combined_methods_exist() -> None:
    """Methods that are more than one operation are there."""
    assert ASYNC_METHODS.keys() >= COMBINED


def test_unsettled_operations_say_so() -> None:
    """The docstring of an unconfirmed operation says that it is unconfirmed."""
    doubtful = {
        facts_of(method).id
        for method in ASYNC_METHODS.values()
        if "public source confirms" in " ".join((inspect.getdoc(method.function) or "").split())
    }
    marked = {n for n, o in CONTRACT.operations.items() if o.facts.get("x-inferred")}

    assert doubtful == UNSETTLED
    assert marked >= UNSETTLED


def test_ids_are_checked_by_the_contracts_pattern() -> None:
    """Every path parameter with the pattern of an id is checked before anything is sent."""
    numbers = {
        parameter.name
        for operation in CONTRACT.operations.values()
        for parameter in operation.parameters_in("path")
        if parameter.schema.get("pattern") == "^[1-9][0-9]*$"
    }

    assert API7_CLOUD.path_patterns.keys() == numbers | {"member_id"}


def _has_json_result(name: str) -> bool:
    method = ASYNC_METHODS[name]
    has_result = method.operation is not None and method.operation.result is not None
    return has_result and not facts_of(method).is_redirection


def async_client(recorder: Recorder) -> AsyncAPI7Cloud:
    """A client of the recorder with both scopes."""
    return AsyncAPI7Cloud(
        TOKEN,
        base_url=recorder.url,
        organization_id=ORGANIZATION,
        control_plane_id=CONTROL_PLANE,
    )


def check(call: Call, sent: Recorded) -> None:
    """Compare what was sent with what the contract says."""
    assert sent.method == facts_of(call.method).method
    assert sent.segments == call.segments
    assert tuple(sorted(sent.query)) == call.query
    assert sent.body == call.body
    assert sent.authorization == f"Bearer {TOKEN}"


def on(client: object, call: Call) -> Any:
    """Make a call on a client."""
    function: Any = functools.reduce(getattr, call.method.name.split("."), client)
    return function(*call.positional, **call.keywords)


@pytest.mark.parametrize("name", OPERATIONS)
async def test_async_client_on_the_wire(recorder: Recorder, name: str) -> None:
    """A call sends what the contract asks for, and gives what the response holds."""
    method = ASYNC_METHODS[name]
    async with async_client(recorder) as cloud:
        for seed in SEEDS:
            call = call_of(method, seed)
            expected = _prepare(recorder, call, seed)
            called = on(cloud, call)
            result = [item async for item in called] if method.is_iterator else await called

            assert len(recorder.requests) == 1
            check(call, recorder.requests[0])
            assert _plain(result) == expected


@pytest.mark.parametrize("name", OPERATIONS)
def test_sync_client_on_the_wire(recorder: Recorder, name: str) -> None:
    """The sync client sends the same and gives the same."""
    method = ASYNC_METHODS[name]
    with API7Cloud(
        TOKEN,
        base_url=recorder.url,
        organization_id=ORGANIZATION,
        control_plane_id=CONTROL_PLANE,
    ) as cloud:
        call = call_of(method, SEEDS[0])
        expected = _prepare(recorder, call, SEEDS[0])
        called = on(cloud, call)

        assert _plain(list(called) if method.is_iterator else called) == expected
        assert len(recorder.requests) == 1
        check(call, recorder.requests[0])


@pytest.mark.parametrize("name", [name for name in OPERATIONS if _has_json_result(name)])
async def test_unknown_and_null_fields(recorder: Recorder, name: str) -> None:
    """Fields that are unknown, or null where the contract does not say so, make no error."""
    method = ASYNC_METHODS[name]
    call = call_of(method, SEEDS[0])
    answer, result = answer_of(method, SEEDS[0])
    async with async_client(recorder) as cloud:
        first = result[0] if isinstance(result, list) and result else result
        if isinstance(first, dict):
            first |= dict.fromkeys(first.keys() - {"id", "name"}, None) | {"neverSeen": {"a": [1]}}
        recorder.answer(200, "application/json", answer)
        called = on(cloud, call)
        read = [item async for item in called] if method.is_iterator else await called

    assert read is not None


def _prepare(recorder: Recorder, call: Call, seed: int) -> Any:
    if facts_of(call.method).is_redirection:
        recorder.answer(302, "text/html", "")
        recorder.headers["Location"] = "https://portal.example/session/planted"
        return "https://portal.example/session/planted"
    answer, expected = answer_of(call.method, seed)
    recorder.answer(200, "application/json", answer)
    return expected


def _plain(result: Any) -> Any:
    return result.reveal() if isinstance(result, Secret) else to_json(result)


async def test_scopes_may_be_left_out(recorder: Recorder) -> None:
    """Calls without a scope go to that of the client, and calls with one to theirs."""
    recorder.answer(200, "application/json", {"payload": {"list": [], "count": 0}})
    async with AsyncAPI7Cloud(
        TOKEN, base_url=recorder.url, organization_id=ORGANIZATION, control_plane_id="7"
    ) as cloud:
        await cloud.members.list()
        await cloud.members.list(organization_id="5")
        await cloud.applications.list()
        await cloud.applications.list(control_plane_id="6")

    paths = ["/".join(sent.segments[2:4]) for sent in recorder.requests]
    assert paths == ["orgs/101", "orgs/5", "controlplanes/7", "controlplanes/6"]
