"""``chcloud api7 emulator``: API7 Cloud on this machine, until it is interrupted."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated

import typer

from clickhouse_cloud_async.cli.emulating import Serving, Strictness, refuse_options, serve
from clickhouse_cloud_async.cli.options import with_groups

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.api7 import API7Emulator

PORT = 8585
"""The default port, a fixed one so that settings remain valid."""

EXAMPLE: dict[str, object] = {
    "applications": [
        {
            "name": "store",
            "apis": [
                {"name": "orders", "paths": [{"path": "/orders"}]},
                {"name": "customers", "paths": [{"path": "/customers"}]},
            ],
        }
    ],
    "consumers": [{"name": "mobile_app"}],
    "gateways": ["edge-1"],
}
"""The initial content for the documentation's examples."""

EXAMPLE_TIME_SCALE = 10.0
"""Their time scale, with which a gateway starts within seconds instead of a minute."""

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
            envvar="CHCLOUD_API7_EMULATOR_PORT",
            help="Port to listen on; 0 selects a free one.",
        ),
    ] = PORT,
    example: Annotated[
        bool,
        typer.Option(
            "--example",
            help="Serve an example: the application store, its APIs orders and customers, the"
            " consumer mobile_app and the gateway edge-1. Time passes faster.",
        ),
    ] = False,
    description: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Description of applications, consumers, gateways and users, for a new state.",
        ),
    ] = None,
    time_scale: Annotated[
        float | None,
        typer.Option(
            min=0,
            help=f"Emulated seconds per real second; 1 by default, {EXAMPLE_TIME_SCALE:g} with"
            " --example.",
        ),
    ] = None,
    strictness: Annotated[
        Strictness,
        typer.Option(
            help="Follow the vendor's clients or the API's documentation where they differ.",
        ),
    ] = Strictness.LIVE,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File that keeps the state across runs.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the generated values.")] = 0,
    gateway: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Gateway that is connected from the start. Repeatable."),
    ] = None,
    serving: Serving,
) -> None:
    """Serve an emulated API7 Cloud on this machine until Ctrl-C.

    Prints its URL and token as settings for a shell. The status page is at the same URL.
    """
    refuse_options(context, "the emulator serves its own API")
    if example and description is not None:
        raise typer.BadParameter("--example cannot be combined with --description")
    from clickhouse_cloud_async.apis.api7 import API7Emulator
    from clickhouse_cloud_async.apis.api7.api import API7_CLOUD

    try:
        kept = state is not None and state.exists() and state.stat().st_size > 0
        served = API7Emulator(
            time_scale=_time_scale(time_scale, example=example),
            seed=seed,
            strictness=strictness.value,
            state=state,
            kept_requests=KEPT_REQUESTS,
            host=host,
            port=port,
        )
        if not kept and (example or description is not None):
            added = served.seed(EXAMPLE if description is None else description)
            for user in added.users:
                typer.echo(f"# Token of {user.email}: {user.token}")
        for instance in gateway or ():
            served.start_gateway(instance)
    except (ValueError, OSError) as problem:
        raise typer.BadParameter(str(problem)) from None
    serve(served, API7_CLOUD, lambda: _settings(served), serving)


def _time_scale(asked: float | None, *, example: bool) -> float:
    if asked is not None:
        return asked
    return EXAMPLE_TIME_SCALE if example else 1.0


def _settings(emulator: API7Emulator) -> dict[str, str]:
    return {
        "url": emulator.url,
        "token": emulator.token,
        "organization_id": emulator.organization_id,
        "control_plane_id": emulator.control_plane_id,
    }
