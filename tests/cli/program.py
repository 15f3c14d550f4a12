"""Runs ``chcloud`` in the tests' own process."""

from __future__ import annotations

import json
import urllib.request
from base64 import b64encode
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from clickhouse_cloud_async.cli import main

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import Emulator


class Outcome(NamedTuple):
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout of a run that succeeded in silence."""
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        """The lines on stdout of a run that succeeded in silence."""
        assert (self.code, self.err) == (0, "")
        return self.out.splitlines()


class Program:
    """``chcloud`` with its output captured."""

    def __init__(self, capture: pytest.CaptureFixture[bytes]) -> None:
        self._capture = capture

    def __call__(self, *arguments: str) -> Outcome:
        """Run it with a command line."""
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = self._capture.readouterr()
        return Outcome(int(ended.value.code or 0), out.decode(), err.decode())


def environment(emulator: Emulator) -> dict[str, str]:
    """The environment variables that lead to an emulator."""
    return {
        "CLICKHOUSE_CLOUD_API_KEY": emulator.api_key,
        "CLICKHOUSE_CLOUD_API_SECRET": emulator.api_secret,
        "CLICKHOUSE_CLOUD_URL": emulator.url,
    }


def ask(emulator: Emulator, path: str) -> Any:
    """Return what the API itself answers, without any client between.

    Args:
        emulator: The API.
        path: Path below ``/v1/organizations``.
    """
    pair = b64encode(f"{emulator.api_key}:{emulator.api_secret}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310 - an http URL on loopback
        f"{emulator.url}/v1/organizations{path}", headers={"Authorization": f"Basic {pair}"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        return json.load(answer)["result"]
