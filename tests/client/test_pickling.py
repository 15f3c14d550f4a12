"""Errors survive the way to another process."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest

import clickhouse_cloud_async
from clickhouse_cloud_async import (
    CloudError,
    OutcomeUnknownError,
    PartialFailureError,
    RateLimitError,
    UnreachableStateError,
    WaitError,
    WaitTimeoutError,
)
from clickhouse_cloud_async.apis.clickhouse.queries import errors as query_errors
from clickhouse_cloud_async.core import errors

ERRORS = [
    kind
    for name in clickhouse_cloud_async.__all__
    if isinstance(kind := getattr(clickhouse_cloud_async, name), type)
    and issubclass(kind, CloudError)
]

ATTRIBUTES = {
    "operation": "instanceGet",
    "method": "GET",
    "path": "/v1/organizations/o/services/s",
    "status": 418,
    "request_id": "req-1",
    "attempts": 3,
}

OF_A_WAIT = {"kind": "service", "id": "s", "state": "stopped", "elapsed": 2.5}

FURTHER: dict[type[CloudError], Any] = {
    RateLimitError: {"retry_after": 2.5},
    OutcomeUnknownError: {"sent_at": datetime(2026, 1, 2, tzinfo=UTC), "name": "etl"},
    PartialFailureError: {"result": ["made"]},
    WaitError: OF_A_WAIT,
    WaitTimeoutError: OF_A_WAIT,
    UnreachableStateError: OF_A_WAIT,
}


def made(kind: type[CloudError]) -> CloudError:
    """An error with every attribute set."""
    values: dict[str, Any] = ATTRIBUTES | FURTHER.get(kind, {})
    return kind("what went wrong", **values)


def test_there_are_errors() -> None:
    """The list of classes that the other tests walk is the whole hierarchy."""
    modules = (vars(errors), vars(query_errors))
    defined = {kind for names in modules for kind in names.values() if isinstance(kind, type)}

    assert {kind for kind in defined if issubclass(kind, CloudError)} == {*ERRORS}


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(kind: type[CloudError], protocol: int) -> None:
    """A pickled error comes back with class, text and every attribute."""
    error = made(kind)

    back = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - our own bytes

    assert type(back) is kind
    assert str(back) == str(error)
    assert back.args == error.args
    assert vars(back) == vars(error)
    assert vars(back) == {"message": "what went wrong", **ATTRIBUTES, **FURTHER.get(kind, {})}


@pytest.mark.parametrize("kind", ERRORS)
def test_copy(kind: type[CloudError]) -> None:
    """A copied error has every attribute."""
    error = made(kind)

    assert vars(copy.copy(error)) == vars(error)
