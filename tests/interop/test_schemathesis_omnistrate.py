"""Schemathesis, with the contract, finds no answer of Omnistrate's emulator outside it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import aiohttp

from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator
from clickhouse_cloud_async.core.contract import Contract, load_contract
from tests.omnistrate.requests import Api
from tests.omnistrate.walk import (
    walk_clouds,
    walk_configs,
    walk_organization,
    walk_releases,
    walk_resource,
    walk_subscriptions,
    walk_tree,
)

from .fuzzing import run_schemathesis
from .openapi import openapi

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = load_contract("omnistrate")

# The wire says application/json where the documents name a media type of errors.
FACTS = json.dumps(CONTRACT.facts).replace("application/vnd.goa.error", "application/json")

ENDING = {"logOut"}
"""Operations after which the token is of no use to others."""

MANIFOLD = [
    *("copyProductTier", "createProductTier", "updateProductTier"),
    *("createResource", "updateResource", "createNetworkConfig", "updateNetworkConfig"),
    *("createInputParameter", "updateInputParameter", "createComputeConfig"),
    *("updateComputeConfig", "createAccountConfig", "saveHelmPackage", "addComputeInstanceType"),
    *("createIdentityProvider", "updateIdentityProvider", "updateUser"),
]
"""Operations with so many fields that trying each would take the whole time: chance does here."""


def test_responses_keep_to_the_contract(tmp_path: Path) -> None:
    """Sensible and senseless requests to every operation are answered as the contract has it."""
    with OmnistrateEmulator(time_scale=60) as emulator:
        known = asyncio.run(_populate(emulator))

        def places(operation: str) -> dict[str, str]:
            return {} if CONTRACT.operations[operation].method == "DELETE" else known

        document = tmp_path / "openapi.json"
        written = openapi(Contract(json.loads(FACTS)), places, scheme="bearer")
        document.write_text(json.dumps(written), encoding="utf-8")
        before = len(emulator.requests)
        ended = run_schemathesis(
            emulator.url,
            document,
            *("--header", f"Authorization: Bearer {emulator.token}"),
            *("--exclude-operation-id", *ENDING),
            manifold=MANIFOLD,
            examples=5,
        )
        requests = emulator.requests[before:]

    assert ended.returncode == 0, ended.stdout
    called = {request.operation_id for request in requests}
    assert called >= CONTRACT.operations.keys() - ENDING
    succeeded = {request.operation_id for request in requests if request.status < 300}
    assert len(succeeded) >= 150, CONTRACT.operations.keys() - succeeded


async def _populate(emulator: OmnistrateEmulator) -> dict[str, str]:
    """Create things of every kind; path parameters that lead to them are returned."""
    emulator.add_customer("customer@example.com")
    async with aiohttp.ClientSession() as session:
        api = Api(emulator, session, emulator.url)
        for area in (walk_organization, walk_clouds, walk_tree, walk_resource, walk_configs):
            await area(api)
        await walk_releases(api)
        await walk_subscriptions(api)
    return api.known
