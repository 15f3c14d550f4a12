"""A proxy to the emulator with a fault in one of ten requests, equally of all kinds."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING

from tests.faults.proxy import Proxy
from tests.faults.server import head

if TYPE_CHECKING:
    from tests.faults.server import Wire

FAULTS = (
    "reset before the headers",
    "reset within the body",
    "status 500",
    "status 502",
    "status 503",
    "status 429",
    "JSON that is cut off",
    "page of a gateway",
    "slow answer",
    "answer lost after processing",
)

DECK = 100
"""Number of requests for one fault of each kind: 1 % of each."""


class FaultyProxy(Proxy):
    """Passes requests on to a server; a shuffled deck of cards selects the faults.

    Args:
        upstream: URL of the server.
        seed: What the order of the faults depends on.

    Attributes:
        injected: How often each fault was met.
    """

    def __init__(self, upstream: str, seed: int) -> None:
        super().__init__(upstream)
        self.injected: Counter[str] = Counter()
        self._random = random.Random(seed)  # noqa: S311  # no secret
        self._deck: list[str | None] = []

    async def __call__(self, wire: Wire) -> None:
        """Pass one request on, or apply the fault on its card."""
        fault = self._card()
        self.injected.update([fault] if fault else [])
        if fault is None:
            answer = await self._forward(wire)
            await wire.send(answer.replace(b"Connection: close\r\n", b"", 1))
        elif fault == "reset before the headers":
            wire.reset()
        elif fault == "status 429":
            await wire.answer({"error": "injected"}, 429, X_RateLimit_Reset="0.05")
        elif fault.startswith("status"):
            await wire.answer({"error": "injected"}, int(fault.rpartition(" ")[2]))
        elif fault == "page of a gateway":
            await wire.answer(b"<html>try again</html>", Content_Type="text/html")
        else:
            await self._spoil(wire, fault)

    def _card(self) -> str | None:
        if not self._deck:
            self._deck = [*FAULTS, *[None] * (DECK - len(FAULTS))]
            self._random.shuffle(self._deck)
        return self._deck.pop()

    async def _spoil(self, wire: Wire, fault: str) -> None:
        """Let the server carry out the request, and damage its response."""
        first, _, body = (await self._forward(wire)).partition(b"\r\n\r\n")
        status, half = int(first.split()[1]), len(body) // 2
        beginning = head(status, {"Content_Length": len(body)})
        if fault == "JSON that is cut off":
            await wire.answer(body[:half], status)
        elif fault == "reset within the body":
            await wire.send(beginning + body[:half])
            wire.reset()
        elif fault == "slow answer":
            await wire.send(beginning)
            await asyncio.sleep(0.1)
            await wire.send(body)
        else:
            wire.reset()
