"""Every operation of the contract is asked for, and answered as the contract says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from clickhouse_cloud_async.emulation.clock import START
from clickhouse_cloud_async.emulation.randomness import seeded
from clickhouse_cloud_async.emulator import Emulator
from tests.sampling import Sampler

from .client import Answer, Api, serving
from .contract import CONTRACT
from .walks import SEED, SERVICES, load_walks

if TYPE_CHECKING:
    from pathlib import Path


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


class ReadingApi(Api):
    """Checks that a request that only reads changes nothing."""

    async def __call__(self, method: str, path: str, *rest: Any, **options: Any) -> Answer:
        """Send a request, and compare what the emulator holds before and after a GET."""
        if method != "GET":
            return await super().__call__(method, path, *rest, **options)
        before = _documents(self.emulator)
        answer = await super().__call__(method, path, *rest, **options)
        assert _documents(self.emulator) == before
        return answer


def _orders(emulator: Emulator) -> dict[Any, list[str]]:
    """The ids in each collection of the API, in order."""
    orders: dict[Any, list[str]] = {}
    for (path, key), _ in emulator._world.dump():
        if path[0] == "organizations":
            orders.setdefault(path, []).append(key)
    return orders


def _documents(emulator: Emulator) -> dict[Any, bytes]:
    """All that an emulator holds, but for the traces of being asked."""
    kept = {key: body for key, body in emulator._world.dump() if key[0] != ("_emulator",)}
    return {key: body for key, body in kept.items() if key[0][-1] != "keys"}


@pytest.mark.parametrize("area", load_walks())
async def test_reading_changes_nothing(area: str) -> None:
    """Whatever is read on a walk, the emulator holds the same afterwards."""
    async with (
        Emulator(SERVICES, time_scale=0, seed=SEED) as emulator,
        aiohttp.ClientSession() as session,
    ):
        await load_walks()[area](ReadingApi(emulator, session))


@pytest.mark.parametrize("area", load_walks())
async def test_state_file_keeps_a_walk(area: str, tmp_path: Path) -> None:
    """What a walk has left behind is there again, and goes on as if nothing had been between."""
    file = tmp_path / "cloud.sqlite"
    async with serving(Emulator(SERVICES, time_scale=0, seed=SEED, state=file)) as api:
        await load_walks()[area](api)
        left = _documents(api.emulator)
        await api.emulator.advance(hours=30)
        later, orders = _documents(api.emulator), _orders(api.emulator)
    again = Emulator(time_scale=0, seed=SEED, state=file)

    assert _documents(again) == later
    assert _orders(again) == orders
    async with serving(Emulator(SERVICES, time_scale=0, seed=SEED)) as api:
        await load_walks()[area](api)
        assert _documents(api.emulator) == left


@pytest.mark.parametrize(
    "operation_id", [o.id for o in CONTRACT.operations.values() if o.path.count("{") > 1]
)
async def test_unknown_ids_are_not_found(operation_id: str) -> None:
    """An operation on things that are not there answers 404 in the envelope of errors.

    Live, that is 400 where the id is that of a service.
    """
    operation = CONTRACT.operations[operation_id]
    sampler = Sampler(CONTRACT, seeded(2), START)
    body = sampler.sample(operation.body) if operation.body else None
    query = [(p.name, str(sampler.sample(p.schema))) for p in operation.parameters_in("query")]
    async with serving(Emulator(time_scale=0)) as api:
        path = operation.path.replace("{organizationId}", api.emulator.organization_id)
        path = "/".join("missing" if part.startswith("{") else part for part in path.split("/"))
        answer = await api(operation.method, path, body, query=query)

    if {"{serviceId}", "{postgresId}"} & set(operation.path.split("/")):
        assert answer.status == 400
        assert answer.error.startswith("BAD_REQUEST: Invalid ")
    else:
        assert answer.status == 404
        assert "missing" in answer.error
