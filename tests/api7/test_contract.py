"""Features of API7 Cloud's contract that other APIs lack."""

from __future__ import annotations

import inspect
import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.apis.api7.api import API7_CLOUD
from clickhouse_cloud_async.core.contract import APIS, contract_path, correct
from tests.contract.apis import API7

if TYPE_CHECKING:
    from tests.contract.recorder import Recorder

OPERATIONS = API7.samples.contract.operations

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


ONCE = {
    "createAccessToken",
    "createApi",
    "createApplication",
    "createCanaryRelease",
    "createCertificate",
    "createConsumer",
    "createControlPlane",
    "createLogCollection",
    "createMember",
    "createOrganization",
    "createServiceRegistry",
    "createSubscription",
    "deleteAllApis",
    "importApplication",
    "initializeOrganization",
    "reinviteMember",
    "transferOwnership",
    "updateCanaryRelease",
}
"""Operations that must not be sent again when their outcome is unknown."""


def test_nothing_is_sent_again_that_acts_anew() -> None:
    """Whatever creates, invites, charges or is final is sent once; all else may be retried."""
    operations = [m.operation for m in API7.async_methods.values() if m.operation is not None]

    assert {each.id for each in operations if not each.idempotent} == ONCE


def test_documented_operations_are_there() -> None:
    """The contract holds the documented operations, and those that other clients know."""
    later = {name for name, operation in OPERATIONS.items() if "x-not-in-seed" in operation.facts}

    assert sum(len(names) for names in DOCUMENTED.values()) == 39
    assert OPERATIONS.keys() - later == set().union(*DOCUMENTED.values())
    assert len(later) == 30


def test_documented_operations_have_their_namespaces() -> None:
    """A documented operation is a method of the namespace that it is expected in."""
    for namespace, names in DOCUMENTED.items():
        here = {
            method.operation.id
            for method in API7.async_methods.values()
            if method.name.startswith(f"{namespace}.") and method.operation
        }
        assert names <= here


def test_unsettled_operations_say_so() -> None:
    """The docstring of an unconfirmed operation says that it is unconfirmed."""
    doubtful = {
        method.operation.id
        for method in API7.async_methods.values()
        if method.operation is not None
        and "public source confirms" in " ".join((inspect.getdoc(method.function) or "").split())
    }
    marked = {n for n, o in OPERATIONS.items() if o.facts.get("x-inferred")}

    assert doubtful == UNSETTLED
    assert marked >= UNSETTLED


def test_unsettled_requests_are_corrected_in_one_place() -> None:
    """One file has method and path of what is unsettled, and takes the place of the contract's."""
    file = APIS / "api7" / "overlay" / "requests.toml"
    assert tomllib.loads(file.read_text(encoding="utf-8")).keys() == UNSETTLED

    facts: dict[str, Any] = json.loads(contract_path("api7").read_text(encoding="utf-8"))
    correct(facts, {"createOrganization": {"method": "PUT", "path": "/api/v1/organizations"}})
    corrected = facts["operations"]["createOrganization"]
    assert (corrected["method"], corrected["path"]) == ("PUT", "/api/v1/organizations")


@pytest.mark.parametrize(
    ("name", "request_", "message"),
    [
        ("createOrganisation", {"method": "PUT"}, "createOrganisation is not an operation"),
        ("createOrganization", {"verb": "PUT"}, "createOrganization is not an operation with"),
        ("patchConsumer", {"path": "/api/v1/consumers"}, r"needs the parameters \['control_plane"),
    ],
)
def test_corrections_that_do_not_fit_are_refused(
    name: str, request_: dict[str, str], message: str
) -> None:
    """Misspelt operations and keys, and paths that lack parameters, are reported."""
    facts = json.loads(contract_path("api7").read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match=message):
        correct(facts, {name: request_})


def test_ids_are_checked_by_the_contracts_pattern() -> None:
    """Every path parameter with the pattern of an id is checked before anything is sent."""
    numbers = {
        parameter.name
        for operation in OPERATIONS.values()
        for parameter in operation.parameters_in("path")
        if parameter.schema.get("pattern") == "^[1-9][0-9]*$"
    }

    assert API7_CLOUD.path_patterns.keys() == numbers | {"member_id"}


async def test_scopes_may_be_left_out(recorder: Recorder) -> None:
    """Calls without a scope go to that of the client, and calls with one to theirs."""
    recorder.answer(200, "application/json", {"payload": {"list": [], "count": 0}})
    async with API7.connect(recorder.url, is_async=True) as cloud:
        await cloud.members.list()
        await cloud.members.list(organization_id="5")
        await cloud.applications.list()
        await cloud.applications.list(control_plane_id="6")

    paths = ["/".join(sent.segments[2:4]) for sent in recorder.requests]
    assert paths == ["orgs/101", "orgs/5", "controlplanes/202", "controlplanes/6"]
