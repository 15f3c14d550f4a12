"""Clients of emulators that are much faster than the cloud, with checks of their state."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async import AsyncClickHouseCloud, Polling, RateLimit, RetryPolicy
from clickhouse_cloud_async.emulator import Emulator, RequestLimit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clickhouse_cloud_async.fleet import Outcome, Report

SPEED = 600.0
"""Emulated seconds per real second."""

BUDGET = RateLimit(10, per=10 / SPEED)
"""The API's limit in real seconds."""

Services = int | list[dict[str, Any]]


def open_emulator(services: Services, *, seed: int = 0) -> Emulator:
    """An emulator that keeps to the API's rate limit."""
    return Emulator(services, time_scale=SPEED, rate_limit=RequestLimit(10), seed=seed)


def open_client(
    emulator: Emulator,
    *,
    credentials: tuple[str, str] | None = None,
    organization_id: str | None = None,
    attempts: int = 5,
) -> AsyncClickHouseCloud:
    """A client of an emulator that is as much faster."""
    return AsyncClickHouseCloud(
        *(credentials or (emulator.api_key, emulator.api_secret)),
        organization_id=organization_id or emulator.organization_id,
        base_url=emulator.url,
        rate_limit=BUDGET,
        retry=RetryPolicy(attempts=attempts, first_wait=0.01, longest_wait=0.05),
        polling=Polling(speed=SPEED),
    )


def services(states: Iterable[str], **properties: object) -> list[dict[str, Any]]:
    """Descriptions of services that do not go idle by themselves."""
    return [
        {"name": f"s{number}", "state": state, "idleScaling": False, **properties}
        for number, state in enumerate(states)
    ]


def documents(emulator: Emulator) -> Mapping[str, dict[str, Any]]:
    """Return what is true of the services of the first organisation, by id."""
    emulator.advance(0)
    services = emulator._organization(emulator.organization_id).collection("services")
    return dict(services.items())


def carried_out(emulator: Emulator, service_id: str) -> list[str]:
    """The commands that a service really got, in order."""
    commands: list[str] = []
    for request in emulator.requests:
        if service_id in request.path and request.status == HTTPStatus.OK:
            body: Any = request.body or {}
            command = "delete" if request.method == "DELETE" else body.get("command")
            # Of a repeated command only the first counts.
            if command and commands[-1:] != [command]:
                commands.append(command)
    return ["wake" if command == "awake" else command for command in commands]


def statuses(report: Report) -> dict[str, str]:
    """Return how it ended for each service, by name."""
    return {outcome.name: str(outcome.status) for outcome in report.outcomes}


def by_name(report: Report) -> dict[str, Outcome]:
    """The outcomes by the names of the services."""
    return {outcome.name: outcome for outcome in report.outcomes}
