"""Lost responses: idempotent requests are retried, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from clickhouse_cloud_async import APIConnectionError, OutcomeUnknownError, RetryPolicy
from tests.client.stub import Stub
from tests.offenders import Offenders

from .apis import EVERY_SURFACE
from .calls import call_of, result_of

if TYPE_CHECKING:
    from .surface import Surface


async def lose(request: web.Request) -> web.StreamResponse:
    """Close the connection in place of a response."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@EVERY_SURFACE
async def test_only_idempotent_operations_are_retried(surface: Surface) -> None:
    """Each operation is sent again or not, as the overlay says, and its error tells which."""
    offenders = Offenders()
    async with Stub() as stub:
        stub.handler = lose
        for name in surface.operations:
            method = surface.async_methods[name]
            if method.operation is None or method.is_download:
                continue
            stub.requests.clear()
            idempotent = method.operation.idempotent
            expected = APIConnectionError if idempotent else OutcomeUnknownError
            retry = RetryPolicy(attempts=2, first_wait=0)
            # A client of its own: failures of other calls would use up the retry budget.
            async with surface.connect(stub.url, is_async=True, retry=retry) as client:
                with offenders.at(name):
                    with pytest.raises(expected) as caught:
                        await result_of(method, call_of(surface, method, 1).on(client))
                    assert len(stub.requests) == caught.value.attempts == 1 + idempotent
    offenders.check()
