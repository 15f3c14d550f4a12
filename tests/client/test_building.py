"""Requests as they are built of operations and arguments."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from clickhouse_cloud_async import InvalidArgumentError
from clickhouse_cloud_async.apis.clickhouse.api import CLICKHOUSE_CLOUD
from clickhouse_cloud_async.core.building import RequestBuilder
from clickhouse_cloud_async.core.operation import Operation
from clickhouse_cloud_async.core.scopes import ScopeFinder, Scopes, ScopeValue

SERVICES = Operation[Any]("list", "GET", "/v1/organizations/{organizationId}/services/{serviceId}")
PATTERNED = CLICKHOUSE_CLOUD._replace(path_patterns={"organizationId": r"[a-z]+"})
LEFT_OUT = {"organizationId": None, "serviceId": "s"}


async def _found(_: object) -> str:
    return "found"


def _scopes(given: str | None = None) -> Scopes:
    values = {} if given is None else {"organization_id": ScopeValue(given, "a profile")}
    return Scopes(CLICKHOUSE_CLOUD, values, ScopeFinder(_found))


def test_a_scope_that_is_found_later_is_used_from_then_on() -> None:
    """What a builder knows of its operation does not fix what was unknown at the first call."""
    scopes = _scopes()
    builder = RequestBuilder(SERVICES, CLICKHOUSE_CLOUD, scopes)

    before = builder.build(LEFT_OUT)
    asyncio.run(scopes.default())
    after = builder.build(LEFT_OUT)

    assert before.path == "/v1/organizations/{organizationId}/services/s"
    assert before.missing_scopes == CLICKHOUSE_CLOUD.scopes
    assert after.path == "/v1/organizations/found/services/s"
    assert after.missing_scopes == ()


@pytest.mark.parametrize(
    ("organization", "hint"),
    [
        (None, "the organisation comes from a profile"),
        ("given", "the organisation comes from a profile"),  # as polls name it
        ("other", ""),
    ],
)
def test_the_origin_of_a_scope_is_told_where_the_default_is_sent(
    organization: str | None, hint: str
) -> None:
    """An error can name the origin of the default, and none where the call named another value."""
    builder = RequestBuilder(SERVICES, CLICKHOUSE_CLOUD, _scopes("given"))
    path = LEFT_OUT | {"organizationId": organization}

    request = builder.build(path)

    assert request.scope_hint == hint
    assert request.path == f"/v1/organizations/{organization or 'given'}/services/s"


@pytest.mark.parametrize(("given", "named"), [("42", None), (None, "42"), ("ok", "42")])
def test_values_that_cannot_be_right_are_refused(given: str | None, named: str | None) -> None:
    """A pattern of the API holds for values of calls and for defaults, and names the argument."""
    builder = RequestBuilder(SERVICES, PATTERNED, _scopes(given))

    with pytest.raises(InvalidArgumentError, match=r"organization_id: '42' does not match") as got:
        builder.build(LEFT_OUT | {"organizationId": named})

    assert (got.value.api, got.value.operation) == ("clickhouse", "list")


def test_a_default_that_another_value_replaces_is_not_checked() -> None:
    """Only what is sent has to match the pattern."""
    builder = RequestBuilder(SERVICES, PATTERNED, _scopes("42"))

    assert builder.build(LEFT_OUT | {"organizationId": "ok"}).path.endswith("/ok/services/s")
