"""Fixtures of the tests without a server."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from packaging.version import Version

from clickhouse_cloud_async import AsyncClickHouseCloud, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aioresponses import aioresponses

LAST_BROKEN = Version("0.7.9")
"""The release of aioresponses that cannot make a response of aiohttp 3.14."""

FIRST_UNKNOWN = Version("3.14")

BASE = "https://api.clickhouse.cloud/v1/organizations/o"

SETTINGS: dict[str, Any] = {
    "api_key": "key",
    "api_secret": "planted-secret",
    "organization_id": "o",
    "rate_limit": None,
    "retry": RetryPolicy(attempts=3, first_wait=0),
}


@pytest.fixture
def library() -> Any:
    """The package aioresponses, where it works."""
    found = pytest.importorskip("aioresponses")
    if Version(version("aiohttp")) >= FIRST_UNKNOWN and (
        Version(version("aioresponses")) <= LAST_BROKEN
    ):
        pytest.skip(f"aioresponses {LAST_BROKEN} does not work with aiohttp {FIRST_UNKNOWN}")
    return found


@pytest.fixture
def mocked(library: Any) -> Iterator[aioresponses]:
    """The responses that aiohttp gives to requests."""
    with library.aioresponses() as responses:
        yield responses


@pytest.fixture
def cloud(mocked: aioresponses) -> AsyncClickHouseCloud:
    """A client that reaches nothing but the responses of the test."""
    del mocked
    return AsyncClickHouseCloud(**SETTINGS)
