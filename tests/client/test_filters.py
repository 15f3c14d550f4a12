"""A filter that the API would ignore is not sent."""

from __future__ import annotations

from typing import Any

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, InvalidArgumentError
from clickhouse_cloud_async.emulator import Emulator

SERVICES: list[dict[str, Any]] = [
    {"name": "etl", "tags": [{"key": "unit", "value": "etl"}]},
    {"name": "other"},
]


@pytest.mark.parametrize(
    "condition", ["env=prod", "tag=env", "state:running", "tag:", "tag:=x", ""]
)
@pytest.mark.parametrize(
    "call",
    [
        lambda cloud, filters: cloud.services.list(filter=filters),
        lambda cloud, filters: cloud.billing.get_usage_cost(
            from_date="2026-01-01", to_date="2026-01-02", filter=filters
        ),
    ],
)
async def test_filter_without_tag_is_refused_unsent(call: Any, condition: str) -> None:
    """The refusal names the condition and its place; the API would return everything."""
    async with Emulator(SERVICES, time_scale=0) as emulator:
        async with AsyncClickHouseCloud(
            emulator.api_key,
            emulator.api_secret,
            base_url=emulator.url,
            organization_id=emulator.organization_id,
        ) as cloud:
            with pytest.raises(InvalidArgumentError) as caught:
                await call(cloud, ("tag:env", condition))

        assert emulator.requests == []
    assert caught.value.message.startswith(f"filter[1]: {condition!r} is not of the form tag:")


async def test_filter_of_a_tag_narrows_the_list() -> None:
    """A condition with or without a value is sent."""
    async with (
        Emulator(SERVICES, time_scale=0) as emulator,
        AsyncClickHouseCloud(emulator.api_key, emulator.api_secret, base_url=emulator.url) as cloud,
    ):
        for condition in ("tag:unit", "tag:unit=etl"):
            assert [s.name for s in await cloud.services.list(filter=[condition])] == ["etl"]
