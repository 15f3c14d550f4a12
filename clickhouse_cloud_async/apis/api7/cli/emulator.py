"""``chcloud api7 emulator``: API7 Cloud on this machine, until it is interrupted."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated

import typer

from clickhouse_cloud_async.cli.emulating import Serving, refuse_options, serve
from clickhouse_cloud_async.cli.options import with_groups

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7 import API7Emulator

PORT = 8585
"""Where it listens unless told otherwise, so that settings can be kept."""

KEPT_REQUESTS = 10_000
"""How many of the last requests the status page can show from."""


@with_groups
def emulator(  # noqa: PLR0913 - one option per trait of the emulated API
    context: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = PORT,
    time_scale: Annotated[
        float, typer.Option(min=0, help="Emulated seconds per real second.")
    ] = 1.0,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File that keeps everything across runs.")
    ] = None,
    seed: Annotated[int, typer.Option(help="What is made up depends on it.")] = 0,
    gateway: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Gateway that reports from the start. Repeatable."),
    ] = None,
    serving: Serving,
) -> None:
    """Serve an emulated API7 Cloud on this machine, until it is interrupted.

    Prints where it listens and its token, as settings for a shell. Its status page is at the same
    address.
    """
    refuse_options(context, "the emulator is an API itself")
    from clickhouse_cloud_async.apis.api7 import API7Emulator
    from clickhouse_cloud_async.apis.api7.api import API7_CLOUD

    try:
        served = API7Emulator(
            time_scale=time_scale,
            seed=seed,
            state=state,
            kept_requests=KEPT_REQUESTS,
            host=host,
            port=port,
        )
        for instance in gateway or ():
            served.start_gateway(instance)
    except (ValueError, OSError) as problem:
        raise typer.BadParameter(str(problem)) from None
    serve(served, API7_CLOUD, lambda: _settings(served), serving)


def _settings(emulator: API7Emulator) -> dict[str, str]:
    return {
        "url": emulator.url,
        "token": emulator.token,
        "organization_id": emulator.organization_id,
        "control_plane_id": emulator.control_plane_id,
    }
