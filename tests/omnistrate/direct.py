"""Requests to an emulator that does not listen, for tests that send very many."""

from __future__ import annotations

import re
from typing import Any

import orjson

from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator
from clickhouse_cloud_async.emulation.messages import Incoming

from .requests import CONTRACT


class Direct:
    """Asks an emulator as its owner.

    Args:
        services: What the emulator begins with.

    Attributes:
        emulator: The emulator, whose time stands still.
        known: Values of path parameters that a call does not give.
    """

    def __init__(self, *services: dict[str, Any], **options: Any) -> None:
        self.emulator = OmnistrateEmulator(services, time_scale=0, **options)
        self.known: dict[str, str] = {}

    def __call__(
        self,
        operation: str,
        body: Any = None,
        *,
        query: Any = None,
        **parameters: Any,
    ) -> tuple[int, Any]:
        """Send a request; status and JSON of its response."""
        facts = CONTRACT.operations[operation]
        known = {**self.known, **parameters}
        path = re.sub(r"\{(\w+)\}", lambda found: known[found[1]], facts.path)
        incoming = Incoming(
            facts.method,
            path,
            tuple((query or {}).items()),
            {"authorization": f"Bearer {self.emulator.token}"},
            b"" if body is None else orjson.dumps(body),
            "127.0.0.1",
            "http://127.0.0.1",
        )
        outgoing = self.emulator._pipeline.answer(incoming)
        return outgoing.status, orjson.loads(outgoing.body) if outgoing.body else None
