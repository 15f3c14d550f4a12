"""A client with other defaults, for single calls."""

from __future__ import annotations

import gc
import warnings
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    APITimeoutError,
    ClickHouseCloud,
    ConfigurationError,
    InvalidArgumentError,
    NotFoundError,
    RetryPolicy,
    ServerError,
)
from tests.client.stub import ORGANIZATION, SERVICE, Gate, session_of

if TYPE_CHECKING:
    from tests.client.stub import Stub

OTHER = "33333333-3333-4333-8333-333333333333"
AT_ONCE = RetryPolicy(attempts=3, first_wait=0)


async def test_other_organization(stub: Stub) -> None:
    """A view works on its own organisation, also in namespaces that were used before."""
    async with stub.client() as cloud:
        await cloud.services.list()
        view = cloud.with_options(organization_id=OTHER)
        await view.services.list()
        await view.clickstack.dashboards.list(SERVICE)
        await cloud.services.list()

    assert [path.split("/")[3] for path in stub.paths] == [ORGANIZATION, OTHER, OTHER, ORGANIZATION]


async def test_other_time_limit(stub: Stub) -> None:
    """A view has its own time limit, and the client keeps its own."""
    stub.handler = gate = Gate()

    async with stub.client() as cloud:
        with pytest.raises(APITimeoutError):
            await cloud.with_options(timeout=0.05).services.list()
        gate.opened.set()
        assert await cloud.services.list() == []


async def test_other_retries(stub: Stub) -> None:
    """A view has its own policy, and a view of a view keeps what it does not change."""
    stub.answer({"error": "down"}, 500)

    async with stub.client() as cloud:
        view = cloud.with_options(retry=AT_ONCE)
        for each in (cloud, view, view.with_options(organization_id=OTHER)):
            with pytest.raises(ServerError):
                await each.services.list()

    assert len(stub.requests) == 1 + 3 + 3


async def test_what_views_share(stub: Stub) -> None:
    """A view shares connections and statistics with its client, and closing it closes both."""
    async with stub.client() as cloud:
        await cloud.services.list()
        view = cloud.with_options(timeout=5)
        await view.services.list()

        assert session_of(view) is session_of(cloud)
        assert view.stats is cloud.stats
        assert cloud.stats.requests == 2
        await view.close()
        with pytest.raises(ConfigurationError, match="closed"):
            await cloud.services.list()


async def test_dropped_views(stub: Stub) -> None:
    """Dropping a view warns of nothing and closes nothing."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        async with stub.client() as cloud:
            for _ in range(3):
                await cloud.with_options(timeout=5).services.list()
            gc.collect()
            assert await cloud.services.list() == []
        gc.collect()

    assert [str(warning.message) for warning in caught] == []


async def test_view_that_outlives_its_client(stub: Stub) -> None:
    """A view keeps its client, whose connections it uses."""
    view = stub.client().with_options(timeout=5)
    gc.collect()

    assert await view.services.list() == []
    await view.close()


@pytest.mark.parametrize(
    "options", [{"timeout": 0}, {"timeout": "soon"}, {"organization_id": ".."}]
)
async def test_refused_options(stub: Stub, options: dict[str, Any]) -> None:
    """Defaults that make no sense are refused at once."""
    async with stub.client() as cloud:
        with pytest.raises(InvalidArgumentError):
            cloud.with_options(**options)


def test_sync_views(emulated: dict[str, Any]) -> None:
    """A view of a sync client has its own defaults, and shares statistics and connections."""
    with ClickHouseCloud(**emulated) as cloud:
        expected = cloud.services.list()
        view = cloud.with_options(organization_id=OTHER)
        patient = cloud.with_options(timeout=30, retry=AT_ONCE)

        assert patient.services.list() == expected
        with pytest.raises(NotFoundError, match="Invalid organization id"):
            view.services.list()
        assert view.stats is cloud.stats
        assert cloud.stats.requests == 3
        del view, patient
        gc.collect()
        assert cloud.services.list() == expected
