"""All visible output of a client at work, as one text."""

from __future__ import annotations

import base64
import pickle
from typing import TYPE_CHECKING

import attrs

from tests.client.stub import KEY
from tests.client.stub import SECRET as CREDENTIAL
from tests.client.test_secrecy import laid_open, shown
from tests.samples import SECRET as VALUE

if TYPE_CHECKING:
    from collections.abc import Awaitable

    import pytest

    from clickhouse_cloud_async import RequestInfo, ResponseInfo

    from .telemetry import Telemetry

PLANTED = (
    CREDENTIAL,
    VALUE,
    *(
        base64.b64encode(text.encode()).decode().rstrip("=")
        for text in (CREDENTIAL, VALUE, f"{KEY}:{CREDENTIAL}")
    ),
)
"""What must be seen nowhere: the credentials, the secret values, and both in base64."""


class Watch:
    """Collects what a client shows.

    Args:
        log: The log of all loggers.
        telemetry: The spans and metrics.
    """

    def __init__(self, log: pytest.LogCaptureFixture, telemetry: Telemetry) -> None:
        self._log = log
        self._telemetry = telemetry
        self._seen: list[str] = []
        self.errors: list[BaseException] = []

    def see(self, *values: object) -> None:
        """Look at values as a developer would, by printing them."""
        self._seen += [f"{value!r} {value} {laid_open(value)}" for value in values]

    def hook(self, info: RequestInfo | ResponseInfo) -> None:
        """A hook that prints all that it is given."""
        self.see(info, attrs.asdict(info, recurse=False))

    async def failure(self, call: Awaitable[object]) -> None:
        """Await a call that fails, and look at its error."""
        before = len(self.errors)
        await self.outcome(call)
        assert len(self.errors) > before, "the call did not fail"

    async def outcome(self, call: Awaitable[object]) -> None:
        """Await a call, and look at its result, or at its error from all sides."""
        try:
            self.see(await call)
        except BaseException as error:  # noqa: BLE001  # cancellation is one of the cases
            self.errors.append(error)
            self._seen += [shown(error), pickle.dumps(error).decode("latin-1")]

    def check(self) -> None:
        """Check that nothing of what was seen shows what was planted."""
        text = "".join([*self._seen, self._log.text, self._telemetry.shown()])
        for planted in PLANTED:
            place = text.find(planted)
            assert place < 0, text[max(0, place - 300) : place + 100]
