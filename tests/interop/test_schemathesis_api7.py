"""Schemathesis, with the contract, finds no answer of API7 Cloud's emulator outside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.api7 import API7Cloud, API7Emulator
from clickhouse_cloud_async.core.contract import load_contract

from .fuzzing import run_schemathesis
from .openapi import openapi

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = load_contract("api7")

MANIFOLD = [
    *("createApplication", "updateApplication", "patchApplication"),
    *("createApi", "updateApi", "patchApi", "updateControlPlane"),
]
"""Operations with so many fields that trying each would take the whole time: chance does here."""

BEYOND_CHANCE = {
    *("createCertificate", "updateCertificate", "createConsumerJwt", "updateConsumer"),
    *("importApplication", "createMember", "updateMemberRoles", "transferOwnership"),
    *("createCanaryRelease", "updateCanaryRelease"),
}
"""Operations that want certificates, credentials, documents, names or IDs that chance misses."""

APPLICATION = {
    "apis": [{"name": name, "paths": [{"path": "/orders"}]} for name in ("a", "b")],
    "canary_releases": [{"percent": 5, "canary_upstream_version": "default"}] * 2,
}


def test_responses_keep_to_the_contract(tmp_path: Path) -> None:
    """Sensible and senseless requests to every operation are answered as the contract has it."""
    with API7Emulator(time_scale=60) as emulator:
        known, spare = _populate(emulator)

        def places(operation: str) -> dict[str, str]:
            is_last = operation.startswith(("delete", "remove"))
            return known | (spare.get(operation, spare[""]) if is_last else {})

        document = tmp_path / "openapi.json"
        written = openapi(CONTRACT, places, scheme="bearer")
        document.write_text(json.dumps(written), encoding="utf-8")
        before = len(emulator.requests)
        ended = run_schemathesis(
            emulator.url,
            document,
            *("--header", f"Authorization: Bearer {emulator.token}"),
            manifold=MANIFOLD,
            examples=5,
        )
        requests = emulator.requests[before:]

    assert ended.returncode == 0, ended.stdout
    assert {request.operation_id for request in requests} >= CONTRACT.operations.keys()
    succeeded = {request.operation_id for request in requests if request.status < 400}
    assert CONTRACT.operations.keys() - succeeded <= BEYOND_CHANCE


def _populate(emulator: API7Emulator) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Create two things of every kind.

    Returns:
        Path parameters that lead to the first of each; and those that lead to the second, which may
        be deleted, by the operation that does so, or under an empty text.
    """
    names = ("kept", "spare")
    added = emulator.seed(
        {
            "applications": [{"name": name, **APPLICATION} for name in names],
            "consumers": [{"name": name} for name in names],
            "gateways": ["edge-1"],
        }
    )
    app, spare_app = added.applications
    pem, key = emulator.make_certificate("shop.example.com")
    with API7Cloud(emulator.token, base_url=emulator.url) as cloud:
        role = next(role.id for role in cloud.roles.list() if role.name == "Viewer")
        apis, releases = cloud.apis.list(app), cloud.canary_releases.list(app)
        kept, spare = (
            {
                "api_id": apis[index].id,
                "canary_release_id": releases[index].id,
                "consumer_id": cloud.consumers.get_by_name(name).id,
                "certificate_id": cloud.certificates.create(certificate=pem, private_key=key).id,
                "log_collection_id": cloud.log_collections.create(name="l", type="http-logger").id,
                "service_registry_id": cloud.service_registries.create(name="r", type=1).id,
                "member_id": cloud.members.invite(email=f"{name}@a.example", role_id=role).id,
            }
            for index, name in enumerate(names)
        )
        organization = cloud.organizations.create(name="spare").id
    whole_app = {"app_id": spare_app}
    known = {
        **kept,
        "id": emulator.organization_id,
        "control_plane_id": emulator.control_plane_id,
        "app_id": app,
        "config_type": "apisix",
        "resource": "consumer",
        "resource_id": kept["consumer_id"],
    }
    return known, {
        "": spare,
        "deleteOrganization": {"id": organization},
        "deleteApplication": whole_app,
        "deleteAllApis": whole_app,
    }
