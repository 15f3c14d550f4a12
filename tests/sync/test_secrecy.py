"""Credentials stay out of what the facade's errors show, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import (
    APITimeoutError,
    ClickHouseCloud,
    CloudError,
    ConfigurationError,
    NotFoundError,
    RetryPolicy,
)
from clickhouse_cloud_async.emulator import Emulator
from tests.client.stub import KEY, SECRET
from tests.client.test_secrecy import assert_clean, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import HeldServer

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda cloud: cloud.services.get(UNKNOWN), NotFoundError),
        (lambda cloud: next(cloud.api_keys.iterate(cursor="nonsense")), CloudError),
    ],
)
def test_refused_call(call: Callable[[ClickHouseCloud], object], kind: type[CloudError]) -> None:
    """No refusal shows the credentials, with the local variables of both threads' frames."""
    with (
        Emulator(api_key=KEY, api_secret=SECRET) as emulator,
        ClickHouseCloud(KEY, SECRET, base_url=emulator.url) as cloud,
        pytest.raises(kind) as caught,
    ):
        call(cloud)

    assert_clean(shown(caught.value))


SOURCE = {"kafka": {"type": "kafka", "credentials": {"username": "u", "password": SECRET}}}


@pytest.mark.parametrize(
    "call",
    [
        lambda cloud: cloud.clickpipes.create(UNKNOWN, name="p", source=SOURCE, destination={}),
        lambda cloud: cloud.clickpipes.create(
            UNKNOWN, name="p", source=SOURCE, destination={"table": 3}
        ),
        lambda cloud: cloud.request("POST", "/v1/nowhere", json=[{"password": SECRET}]),
        lambda cloud: cloud.request("POST", "/v1/nowhere", json=[SOURCE, object()]),
    ],
)
def test_plain_secrets_in_mappings(call: Callable[[ClickHouseCloud], object]) -> None:
    """No error shows a secret that was given in a plain mapping, whether it was sent or not."""
    with (
        Emulator(api_key=KEY) as emulator,
        ClickHouseCloud(KEY, emulator.api_secret, base_url=emulator.url) as cloud,
        pytest.raises(CloudError) as caught,
    ):
        call(cloud)

    in_test = caught.tb.tb_next
    assert in_test is not None
    assert_clean(shown(caught.value.with_traceback(in_test.tb_next)))


def test_timeout(held_server: HeldServer) -> None:
    """No timeout shows the credentials."""
    with (
        ClickHouseCloud(
            KEY,
            SECRET,
            base_url=held_server.url,
            organization_id="o",
            retry=RetryPolicy(attempts=1),
        ) as cloud,
        pytest.raises(APITimeoutError) as caught,
    ):
        cloud.services.list(timeout=0.05)

    assert_clean(shown(caught.value))


def test_refused_settings() -> None:
    """A client that cannot be made does not show what it was given."""
    with pytest.raises(ConfigurationError) as caught:
        ClickHouseCloud(KEY, SECRET, base_url="http://far.example")

    assert_clean(shown(caught.value))
