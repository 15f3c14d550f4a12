"""Prints events of services until it is interrupted."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC
from typing import TYPE_CHECKING, TypeAlias, cast

import typer
from rich.text import Text

from clickhouse_cloud_async.cli.exit_codes import ExitCode
from clickhouse_cloud_async.cli.options import Output
from clickhouse_cloud_async.cli.output import plain, stdout
from clickhouse_cloud_async.cli.progress_display import Cell, Frame, display, is_live
from clickhouse_cloud_async.cli.states import state_text
from clickhouse_cloud_async.core.arguments import checked_timeout
from clickhouse_cloud_async.core.codec import json_bytes, to_json
from clickhouse_cloud_async.fleet import EventKind

from .connection import open_fleet

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.fleet import AsyncSelection, FleetEvent
    from clickhouse_cloud_async.models import Service

    from .fleet_options import Selectors

    Events: TypeAlias = AsyncGenerator[FleetEvent]


def watch_fleet(options: Options, selectors: Selectors, *, every: float, initial: bool) -> None:
    """Print events as they happen.

    Args:
        options: How to reach the API and how to print.
        selectors: Options that select services.
        every: Polling interval, in seconds.
        initial: Whether services of the first poll are printed as appeared.

    Raises:
        BadParameter: The output format cannot be streamed.
        CloudError: The client can no longer poll.
        Exit: At the timeout, some services could not be watched.
    """
    if options.format not in {Output.TABLE, Output.JSON, Output.JSONL}:
        raise typer.BadParameter(
            f"events cannot be printed as {options.format}: pass table, json or jsonl",
            param_hint="--output",
        )
    asyncio.run(_watch(options, selectors, every=every, initial=initial))


async def _watch(options: Options, selectors: Selectors, *, every: float, initial: bool) -> None:
    is_drawn = not options.format.is_json and is_live(stdout())
    timeout = checked_timeout(options.timeout)
    async with open_fleet(options) as fleet:
        selection = fleet.select(**selectors.criteria)
        # A display needs the services of the first poll, even if they are not printed.
        events = cast("Events", selection.watch(every=every, initial=initial or is_drawn))
        lost: list[FleetEvent] = []
        limit = asyncio.timeout(timeout)
        try:
            async with limit, aclosing(events):
                events = _noting_ends(events, lost)
                if is_drawn:
                    await _draw(selection, events, initial=initial)
                else:
                    await _write(events, as_json=options.format.is_json)
        except TimeoutError:
            if not limit.expired():
                raise
    if lost:
        raise typer.Exit(ExitCode.FAILED)


async def _noting_ends(events: Events, lost: list[FleetEvent]) -> Events:
    """Pass events on, and record final gaps."""
    async for event in events:
        if event.is_final:
            lost.append(event)
        yield event


async def _write(events: Events, *, as_json: bool) -> None:
    async for event in events:
        # Each line is flushed at once: a reader may act on it.
        if as_json:
            typer.echo(json_bytes(event.to_dict()))
        else:
            stdout().print(event_line(event), soft_wrap=True)


async def _draw(selection: AsyncSelection, events: Events, *, initial: bool) -> None:
    console = stdout()
    scene = Scene(selection)
    async with display(console, scene.frame, is_kept=True):
        async for event in events:
            if initial or not event.is_initial:
                console.print(event_line(event), soft_wrap=True)
            scene.apply(event)


class Scene:
    """The watched services in their latest known states.

    Args:
        selection: The services.
    """

    def __init__(self, selection: AsyncSelection) -> None:
        self._selection = selection
        self._services: dict[str, Service] = {}
        self._has_begun = False

    def apply(self, event: FleetEvent) -> None:
        """Update a service from an event."""
        service = event.service
        if service is None:
            return
        self._has_begun = True
        if event.after is not None and self._selection.criteria.match(event.after):
            self._services[service.id] = service
        else:
            self._services.pop(service.id, None)

    def frame(self) -> Frame:
        """Return the current frame."""
        cells = [
            Cell(service.name, str(service.state), is_settled=True)
            for service in self._services.values()
        ]
        headline = "1 service" if len(cells) == 1 else f"{len(cells)} services"
        return Frame(cells, headline if self._has_begun else "no services seen yet", has_bar=False)


def event_line(event: FleetEvent) -> Text:
    """Return an event as one line."""
    service = event.service
    what = _gap(event) if service is None else Text(f"{plain(service.name)}  ")
    if event.kind is EventKind.APPEARED and service is not None:
        what.append("appeared, ").append_text(state_text(service.state))
    elif event.kind is EventKind.GONE:
        what.append("gone")
    else:
        what.append_text(_changes(event))
    return Text.assemble((f"{_moment(event.at)}  ", "dim"), what)


def _changes(event: FleetEvent) -> Text:
    """Return the changes of a service, the state first."""
    parts: list[Text] = []
    if event.kind is EventKind.STATE_CHANGED:
        states = (state_text(str(state)) for state in event.changes["state"])
        parts.append(Text(" -> ").join(states))
    for name, values in event.changes.items():
        if name != "state":
            before, after = (json_bytes(to_json(value)).decode() for value in values)
            parts.append(Text(f"{name}: {plain(before)} -> {plain(after)}"))
    return Text("; ").join(parts)


def _gap(event: FleetEvent) -> Text:
    """Describe a period without a successful poll."""
    since = "" if event.since is None else f" since {_moment(event.since)}"
    if event.is_final:
        what = f"polls failed{since}, and the watch has ended"
    elif event.until is None:
        what = f"polls failed{since}"
    else:
        what = f"polls succeed again, after a gap{since}"
    whose = event.organization_id or "an organisation"
    return Text(plain(f"{whose}: {what}: {event.reason}"), "red")


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
