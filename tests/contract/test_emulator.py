"""Both clients walk through the emulators: every operation, with real requests and responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .apis import SURFACES
from .relay import Relay

if TYPE_CHECKING:
    from .surface import Surface


EMULATED = [surface for surface in SURFACES if surface.walk is not None]


@pytest.mark.parametrize("surface", EMULATED, ids=lambda surface: surface.name)
@pytest.mark.parametrize("is_async", [True, False], ids=["async", "sync"])
async def test_client_walks_through_the_emulator(surface: Surface, *, is_async: bool) -> None:
    """The client sends every request and understands every response, which fits the contract."""
    contract = surface.samples.contract
    relay = Relay(contract)
    assert surface.walk is not None
    await surface.walk(surface, relay, surface.clients[0 if is_async else 1])

    assert relay.problems == []
    assert contract.operations.keys() - relay.succeeded == set()
