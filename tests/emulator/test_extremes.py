"""Extreme values anywhere in plausible requests are refused, or answered by the contract."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import pytest

from clickhouse_cloud_async.emulation.messages import Incoming
from clickhouse_cloud_async.emulator import Emulator

from .client import Answer, Api, authorization
from .contract import check_answer, operation_at
from .walks import SEED, SERVICES, load_walks

if TYPE_CHECKING:
    from collections.abc import Iterator

EXTREMES: tuple[object, ...] = (None, "", "ü\0" * 2000, [], {}, -1, 10.0, 1.06e308, 2**63)


class ExtremeApi(Api):
    """Sends each body of a walk with extreme values before it sends the body itself."""

    async def __call__(self, method: str, path: str, body: object = None, **options: Any) -> Answer:
        """Send a request; what the extreme ones before it have changed is undone."""
        if isinstance(body, dict):
            before = self.emulator.snapshot()
            for extreme in _extreme(body):
                self._try(method, path, extreme)
            await self.emulator.advance(hours=2)
            self.emulator.restore(before)
        return await super().__call__(method, path, body, **options)

    def _try(self, method: str, path: str, body: object) -> None:
        if not path.startswith("/v1"):
            path = f"/v1/organizations/{self.emulator.organization_id}{path}"
        headers = {name.lower(): value for name, value in authorization(self.emulator).items()}
        outgoing = self.emulator._pipeline.answer(
            Incoming(method, path, (), headers, orjson.dumps(body), "127.0.0.1", self.emulator.url)
        )
        answer = Answer(outgoing.status, outgoing.headers, outgoing.body.decode())
        operation = operation_at(method, path)
        if operation is not None and operation.id == "clickPipeScalingUpdate" and _is_null(body):
            assert answer.status == HTTPStatus.INTERNAL_SERVER_ERROR, "as the live API"
        else:
            check_answer(operation, answer)


def _is_null(body: object) -> bool:
    return isinstance(body, dict) and all(value is None for value in body.values())


def _extreme(value: object) -> Iterator[Any]:
    """The value with an extreme one in place of each property or item, one at a time."""
    places: Any = ()
    if isinstance(value, dict):
        places = value.items()
    elif isinstance(value, list):
        places = enumerate(value[:1])
    for place, inner in places:
        for other in (*EXTREMES, *_extreme(inner)):
            changed: Any = value.copy()  # type: ignore[attr-defined]
            changed[place] = other
            yield changed


@pytest.mark.parametrize("area", load_walks())
async def test_extreme_values(area: str) -> None:
    """No value makes the emulator fail, neither at once nor later; what it takes it can show."""
    async with (
        Emulator(SERVICES, time_scale=0, seed=SEED) as emulator,
        aiohttp.ClientSession() as session,
    ):
        await load_walks()[area](ExtremeApi(emulator, session))
