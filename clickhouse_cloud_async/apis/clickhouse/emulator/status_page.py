"""What the status page shows."""

from __future__ import annotations

from collections import Counter
from functools import cache
from importlib.resources import files
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation import status_page
from clickhouse_cloud_async.emulation.clock import HOUR, MINUTE, moment_at
from clickhouse_cloud_async.emulation.status_page.markup import (
    Markup,
    element,
    table,
    void_element,
)

from .access.roles import shown_holder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clickhouse_cloud_async.emulation.faults import AddedFault
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.messages import RecordedRequest
    from clickhouse_cloud_async.emulation.store import Collection

    from .cloud import Cloud
    from .organization import Organization

SHOWN_SERVICES = 200
"""How many services of an organisation are shown at most."""

SHOWN_REQUESTS = 50

TIMELINE_SECONDS = HOUR
"""How far the timelines of states go back at most, in emulated seconds."""

SHORTEST_TIMELINE_SECONDS = MINUTE
"""How far they go back when the emulator has just begun."""


def render(cloud: Cloud, requests: Sequence[RecordedRequest], name_part: str) -> str:
    """The whole page as HTML.

    Args:
        cloud: What the emulator holds.
        requests: What it was asked for.
        name_part: Only services with this in their name are shown.
    """
    field = void_element(
        "input", name="q", type="search", value=name_part, aria_label="Part of a service's name"
    )
    header = element(
        "header",
        element("h1", "ClickHouse Cloud emulator"),
        element("form", field, " ", element("button", "Filter services"), method="get"),
    )
    main = element(
        "main",
        element(
            "p",
            f"{cloud.clock.now():%A, %d %B %Y, %H:%M:%S} UTC, passing at"
            f" {cloud.clock.time_scale:g} emulated seconds per second",
            class_="dim",
        ),
        *(_organization(organization, name_part) for organization in cloud.organizations),
        element("h2", "Faults"),
        _faults(list(cloud.faults)),
        element("h2", "Requests"),
        _requests(requests),
    )
    head = Markup(
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        # Without an icon of its own the browser would ask the API for one.
        '<link rel="icon" href="data:,">'
        f"<title>ClickHouse Cloud emulator</title><style>{_file('page.css')}</style>"
    )
    script = Markup(f"<script>{_file('page.js')}</script>")
    page = element("html", element("head", head), element("body", header, main, script), lang="en")
    return f"<!DOCTYPE html>{page}"


@cache
def _file(name: str) -> str:
    return files(status_page).joinpath(name).read_text(encoding="utf-8")


def _organization(organization: Organization, name_part: str) -> Markup:
    services = organization.collection("services")
    matching = (service for service in services.values() if name_part in service["name"])
    shown = list(islice(matching, SHOWN_SERVICES))
    shown_count = f", {len(shown)} shown" if len(shown) < len(services) else ""
    span = _timeline_span(organization.elapsed)
    return element(
        "section",
        element("h2", organization.document["name"], " ", element("code", organization.id)),
        element("p", f"{len(services)} services{shown_count}", *_totals(services), class_="dim"),
        table(
            ("service", "state", "where", "id", f"the last {_duration(span)}"),
            (_service(organization, service, span) for service in shown),
            wide=4,
        ),
        element("h2", "API keys"),
        table(
            ("key", "state", "ends in", "roles", "last used"),
            (
                _key(shown_holder(organization, key))
                for key in organization.collection("keys").values()
            ),
        ),
    )


def _totals(services: Collection) -> Iterator[object]:
    """How many services are in each state, the most frequent state first."""
    states = Counter(service["state"] for service in services.values())
    for state, count in states.most_common():
        yield " "
        yield element("span", f"{count} {state}", class_=f"state {state}")


def _service(organization: Organization, service: JsonObject, span: float) -> tuple[object, ...]:
    return (
        service["name"],
        element("span", service["state"], class_=f"state {service['state']}"),
        f"{service['provider']} {service['region']}",
        element("code", service["id"]),
        _timeline(service.get("_history", []), organization.elapsed, span),
    )


def _timeline_span(now: float) -> float:
    """How far back the timelines go: as long as there was time, within `TIMELINE_SECONDS`."""
    return min(max(now, SHORTEST_TIMELINE_SECONDS), TIMELINE_SECONDS)


def _duration(seconds: float) -> str:
    if seconds >= HOUR:
        return "hour"
    return f"{seconds / 60:.0f} minutes" if seconds >= 2 * MINUTE else f"{seconds:.0f} seconds"


def _timeline(history: Sequence[tuple[float, str]], now: float, span: float) -> Markup:
    """The states of a span of time as bars from left to right."""
    begin = now - span
    bars: list[Markup] = []
    for (since, state), (until, _) in pairwise([*history, (now, "")]):
        if until < begin:
            continue
        left = max(0.0, (since - begin) / span)
        width = (until - begin) / span - left
        title = element("title", f"{state} since {moment_at(since):%H:%M:%S}")
        bars.append(
            element(
                "rect",
                title,
                class_=state,
                x=f"{left:.4f}",
                y=0,
                width=f"{max(width, 0.002):.4f}",
                height=1,
            )
        )
    return element("svg", *bars, viewBox="0 0 1 1", preserveAspectRatio="none")


def _key(key: JsonObject) -> tuple[object, ...]:
    return (
        key["name"],
        key["state"],
        element("code", f"…{key['keySuffix']}"),
        ", ".join(role["roleName"] for role in key["assignedRoles"]),
        key.get("usedAt", "never"),
    )


def _faults(faults: Sequence[AddedFault]) -> Markup:
    return table(
        ("fault", "operation", "service", "probability", "happened"),
        (
            (
                element("code", repr(added.fault)),
                added.operation or "any",
                added.service or "any",
                f"{added.probability:g}",
                added.happened if added.count is None else f"{added.happened} of {added.count}",
            )
            for added in faults
        ),
        wide=0,
    )


def _requests(requests: Sequence[RecordedRequest]) -> Markup:
    last = requests[: -SHOWN_REQUESTS - 1 : -1]
    return table(
        ("when", "status", "request", "operation", "fault"),
        (tuple(_request(request)) for request in last),
        wide=2,
    )


def _request(request: RecordedRequest) -> Iterator[object]:
    yield f"{moment_at(request.elapsed):%H:%M:%S}"
    yield element("span", request.status or "none", class_=f"s{request.status // 100}")
    yield element("code", f"{request.method} {request.path}")
    yield request.operation_id or "none"
    yield ", ".join(type(fault).__name__ for fault in request.faults)
