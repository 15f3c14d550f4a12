"""Errors survive the way to another process."""

from __future__ import annotations

import copy
import pickle

import pytest

import clickhouse_cloud_async
from clickhouse_cloud_async import ClickHouseCloudError, RateLimitError

ERRORS = [
    kind
    for name in clickhouse_cloud_async.__all__
    if isinstance(kind := getattr(clickhouse_cloud_async, name), type)
    and issubclass(kind, ClickHouseCloudError)
]

ATTRIBUTES = {
    "operation": "instanceGet",
    "method": "GET",
    "path": "/v1/organizations/o/services/s",
    "status": 418,
    "request_id": "req-1",
}


def made(kind: type[ClickHouseCloudError]) -> ClickHouseCloudError:
    """An error with every attribute set."""
    error = kind("what went wrong", **ATTRIBUTES)  # type: ignore[arg-type]  # each of its own type
    if isinstance(error, RateLimitError):
        error.retry_after = 2.5
    return error


def test_there_are_errors() -> None:
    """The list of classes that the other tests walk is the whole hierarchy."""
    assert len(ERRORS) == 16


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(kind: type[ClickHouseCloudError], protocol: int) -> None:
    """A pickled error comes back with class, text and every attribute."""
    error = made(kind)

    back = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - our own bytes

    assert type(back) is kind
    assert str(back) == str(error)
    assert back.args == error.args
    assert vars(back) == vars(error)


@pytest.mark.parametrize("kind", ERRORS)
def test_copy(kind: type[ClickHouseCloudError]) -> None:
    """A copied error has every attribute."""
    error = made(kind)

    assert vars(copy.copy(error)) == vars(error)
