"""An emulated fleet whose time passes quickly, for commands that wait."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.client.processes import GUARD

from .program import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clickhouse_cloud_async.emulator import Emulator

SPEED = 300.0
"""Emulated seconds per real second."""

MIXED = ("stopped", "idle", "running", "stopped", "running")


def described(states: Iterable[str], **properties: object) -> list[dict[str, Any]]:
    """Services named after their number and state, which do not go idle by themselves."""
    return [
        {
            "name": f"s{number}-{state}",
            "state": state,
            "idleScaling": False,
            "tags": [{"key": "env", "value": "dev" if number % 2 else "prod"}],
            **properties,
        }
        for number, state in enumerate(states)
    ]


def profile(emulator: Emulator) -> dict[str, str]:
    """A profile that reaches an emulator."""
    return {
        "api_key": emulator.api_key,
        "api_secret": emulator.api_secret,
        "organization_id": emulator.organization_id,
        "url": emulator.url,
    }


def true_states(emulator: Emulator) -> dict[str, str]:
    """The states of all services as the API tells them, by name."""
    services = ask(emulator, f"/{emulator.organization_id}/services")
    return {service["name"]: service["state"] for service in services}


def sent(emulator: Emulator) -> Counter[str]:
    """Return how often each operation was asked for."""
    return Counter(str(request.operation_id) for request in emulator.requests)


def statuses(report: dict[str, Any]) -> dict[str, str]:
    """Return how it ended for each service of a report, by name."""
    return {outcome["name"]: outcome["status"] for outcome in report["outcomes"]}


def wait_for(happened: Callable[[], bool]) -> None:
    """Wait until something has happened."""
    end = time.monotonic() + GUARD
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)
