"""A generated SDK, which decodes into pydantic models, calls every operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .sdk import Caller, connect, methods, unknown
from .sdk_lives import LIVES

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import Emulator


def test_every_operation_is_called(emulator: Emulator) -> None:
    """No method of the client is forgotten."""
    called = {step.method for steps in LIVES.values() for step in steps}
    with connect(emulator) as client:
        assert called == set(methods(client))


@pytest.mark.parametrize("life", LIVES)
def test_life(emulator: Emulator, life: str) -> None:
    """Every answer can be decoded, and holds nothing that the client does not know."""
    with connect(emulator) as client:
        caller = Caller(client, emulator)
        for step in LIVES[life]:
            assert list(unknown(caller.take(step))) == [], step
