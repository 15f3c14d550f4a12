"""A generated SDK, which decodes into pydantic models, calls every operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.core.contract import load_contract

from .sdk import Caller, connect, methods, unknown
from .sdk_lives import LIVES

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import Emulator


def test_every_operation_is_called(emulator: Emulator) -> None:
    """No method of the client is forgotten."""
    called = {step.method for steps in LIVES.values() for step in steps}
    with connect(emulator) as client:
        assert called == set(methods(client))


NEWER = {
    "Organization": {"capabilities"},
    "PostgresService": {"earliestRestoreTime", "ipAccessList"},
    "ReversePrivateEndpoint": {"dnsTargets", "privateDnsMappings"},
    "ClickStackAlertResponse": {"displayName", "tags"},
    "PrometheusDiscoveryLabels": {"__meta_clickhouse_provider", "__meta_clickhouse_region"},
    "ByocConfig": {"accountId"},
    "ClickStackLogSource": {"orderByExpression"},
}
"""The properties that came to objects of the API after the client was made."""

_NEWER_NAMES = {name for names in NEWER.values() for name in names}


def test_newer_properties_are_those_of_the_contract() -> None:
    """What the client may not know is what the contract has."""
    schemas = load_contract("clickhouse").schemas
    assert all(names <= schemas[schema]["properties"].keys() for schema, names in NEWER.items())


@pytest.mark.parametrize("life", LIVES)
def test_life(emulator: Emulator, life: str) -> None:
    """Every answer can be decoded, and holds nothing that the client cannot know."""
    with connect(emulator) as client:
        caller = Caller(client, emulator)
        for step in LIVES[life]:
            assert set(unknown(caller.take(step))) <= _NEWER_NAMES, step
