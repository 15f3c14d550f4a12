"""``chcloud omnistrate emulator``: Omnistrate on this machine, until it is interrupted."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated

import typer

from clickhouse_cloud_async.cli.emulating import Serving, refuse_options, serve
from clickhouse_cloud_async.cli.options import with_groups

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator

PORT = 8686
"""The default port, a fixed one so that settings remain valid."""

KEPT_REQUESTS = 10_000
"""Number of recorded requests for the status page."""


@with_groups
def emulator(  # noqa: PLR0913 - one option per trait of the emulated API
    context: typer.Context,
    *,
    host: Annotated[str, typer.Option(help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65535,
            envvar="CHCLOUD_OMNISTRATE_EMULATOR_PORT",
            help="Port to listen on; 0 selects a free one.",
        ),
    ] = PORT,
    time_scale: Annotated[
        float, typer.Option(min=0, help="Emulated seconds per real second.")
    ] = 1.0,
    example: Annotated[
        bool,
        typer.Option("--example", help="Serve the documentation's service, called Postgres."),
    ] = False,
    services: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="YAML or JSON description of services, for a new state."),
    ] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File that keeps the state across runs.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the generated values.")] = 0,
    serving: Serving,
) -> None:
    """Serve an emulated Omnistrate on this machine until Ctrl-C.

    Prints its URL and the owner's e-mail address and password as settings for a shell. The status
    page is at the same URL.
    """
    refuse_options(context, "the emulator serves its own API")
    if example and services is not None:
        raise typer.BadParameter("--example cannot be combined with --services")
    from clickhouse_cloud_async.apis.omnistrate import OmnistrateEmulator
    from clickhouse_cloud_async.apis.omnistrate.api import OMNISTRATE
    from clickhouse_cloud_async.apis.omnistrate.emulator.population import EXAMPLE

    try:
        served = OmnistrateEmulator(
            services or (EXAMPLE if example else ()),
            time_scale=time_scale,
            seed=seed,
            state=state,
            kept_requests=KEPT_REQUESTS,
            host=host,
            port=port,
        )
    except (ValueError, OSError) as problem:
        raise typer.BadParameter(str(problem)) from None
    serve(served, OMNISTRATE, lambda: _settings(served), serving)


def _settings(emulator: OmnistrateEmulator) -> dict[str, str]:
    return {"url": emulator.url, "email": emulator.email, "password": emulator.password}
