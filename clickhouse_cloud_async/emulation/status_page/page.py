"""The frame of the status page: time, faults, requests, and the sections of an API."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.clock import moment_at

from .markup import Markup, element, table, void_element

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from clickhouse_cloud_async.emulation.faults import AddedFault
    from clickhouse_cloud_async.emulation.messages import RecordedRequest
    from clickhouse_cloud_async.emulation.world import World

SHOWN_REQUESTS = 50


def render(
    world: World, title: str, sections: Iterable[Markup], *, name_part: str, filter_text: str
) -> str:
    """Return the whole page as HTML.

    Args:
        world: The world of the emulator.
        title: Title of the page.
        sections: The sections of the API.
        name_part: Text that filters resources by name.
        filter_text: Text of the button that filters by it.
    """
    field = void_element(
        "input", name="q", type="search", value=name_part, aria_label="Part of a name"
    )
    header = element(
        "header",
        element("h1", title),
        element("form", field, " ", element("button", filter_text), method="get"),
    )
    main = element(
        "main",
        element(
            "p",
            f"{world.clock.now():%A, %d %B %Y, %H:%M:%S} UTC, passing at"
            f" {world.clock.time_scale:g} emulated seconds per second",
            class_="dim",
        ),
        *sections,
        element("h2", "Faults"),
        _faults(list(world.faults)),
        element("h2", "Requests"),
        _requests(world.requests),
    )
    head = Markup(
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        # Without an icon, the browser would request one from the API.
        '<link rel="icon" href="data:,">'
        f"{element('title', title)}<style>{_file('page.css')}</style>"
    )
    script = Markup(f"<script>{_file('page.js')}</script>")
    page = element("html", element("head", head), element("body", header, main, script), lang="en")
    return f"<!DOCTYPE html>{page}"


@cache
def _file(name: str) -> str:
    return files(__package__ or __name__).joinpath(name).read_text(encoding="utf-8")


def _faults(faults: Sequence[AddedFault]) -> Markup:
    return table(
        ("fault", "operation", "resource", "probability", "happened"),
        (
            (
                element("code", repr(added.fault)),
                added.operation or "any",
                added.resource or "any",
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
