"""Every operation of the contract is asked for, and answered as the contract says."""

from __future__ import annotations

import pytest

from clickhouse_cloud_async.emulator import Emulator
from clickhouse_cloud_async.emulator.clock import START
from clickhouse_cloud_async.emulator.randomness import seeded
from clickhouse_cloud_async.emulator.sampling import Sampler

from .client import serving
from .contract import CONTRACT
from .walks import SEED, SERVICES, load_walks

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("area", load_walks())
async def test_walk(area: str) -> None:
    """A walk through an area succeeds; each answer is checked on the way."""
    async with serving(Emulator(SERVICES, time_scale=0, seed=SEED)) as api:
        await load_walks()[area](api)

    assert api.succeeded


async def test_walks_reach_every_operation() -> None:
    """Together the walks succeed with every operation of the contract."""
    reached: set[str] = set()
    for walk in load_walks().values():
        async with serving(Emulator(SERVICES, time_scale=0, seed=SEED)) as api:
            await walk(api)
        reached |= api.succeeded

    assert CONTRACT.operations.keys() - reached == set()


@pytest.mark.parametrize(
    "operation_id", [o.id for o in CONTRACT.operations.values() if o.path.count("{") > 1]
)
async def test_unknown_ids_are_not_found(operation_id: str) -> None:
    """An operation on things that are not there answers 404 in the envelope of errors."""
    operation = CONTRACT.operations[operation_id]
    sampler = Sampler(CONTRACT, seeded(2), START)
    body = sampler.sample(operation.body) if operation.body else None
    query = [(p.name, str(sampler.sample(p.schema))) for p in operation.parameters_in("query")]
    async with serving(Emulator(time_scale=0)) as api:
        path = operation.path.replace("{organizationId}", api.emulator.organization_id)
        path = "/".join("missing" if part.startswith("{") else part for part in path.split("/"))
        answer = await api(operation.method, path, body, query=query)

    assert answer.status == 404
    assert "missing" in answer.error
