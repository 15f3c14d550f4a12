"""``chcloud emulator``: the API on this machine, until it is interrupted."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated

import typer

from clickhouse_cloud_async.cli.confirm import ask_yes
from clickhouse_cloud_async.cli.emulating import Serving, Strictness, refuse_options, serve
from clickhouse_cloud_async.cli.options import with_groups

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import Emulator, RequestLimit

PORT = 8484
"""The default port, a fixed one so that settings remain valid."""


def _tags(env: str, team: str) -> list[dict[str, str]]:
    return [{"key": "env", "value": env}, {"key": "team", "value": team}]


EXAMPLE_SERVICES: tuple[dict[str, object], ...] = (
    {"name": "analytics", "state": "running", "idleScaling": False, "tags": _tags("prod", "web")},
    {"name": "etl", "state": "stopped", "idleScaling": False, "tags": _tags("dev", "data")},
    {"name": "reports", "state": "idle", "tags": _tags("prod", "data")},
)
"""The services that the documentation's examples use."""

EXAMPLE_TIME_SCALE = 20.0
"""Their time scale, with which a service starts within seconds instead of a minute."""

KEPT_REQUESTS = 10_000
"""Number of recorded requests for the status page."""


@with_groups
def emulator(  # noqa: PLR0913 - one option per trait of the emulated API
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65535,
            envvar="CHCLOUD_EMULATOR_PORT",
            help="Port to listen on; 0 selects a free one.",
        ),
    ] = PORT,
    services: Annotated[int, typer.Option(min=0, help="Number of services to generate.")] = 0,
    *,
    example: Annotated[
        bool,
        typer.Option(
            "--example",
            help="Serve the documentation's services: analytics (running), etl (stopped) and"
            " reports (idle). Time passes faster.",
        ),
    ] = False,
    fleet: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Description of services, keys and organisations, for a new state.",
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
            help="Follow the observed behaviour of the live API or its documentation where they"
            " differ.",
        ),
    ] = Strictness.LIVE,
    flat_pages: Annotated[
        bool,
        typer.Option(
            "--flat-pages",
            help="Return lists of functions and of query API endpoints as arrays, as clickhousectl"
            " 0.5.0 reads them.",
        ),
    ] = False,
    rate_limit: Annotated[
        str,
        typer.Option(
            metavar="off|REQUESTS/SECONDS",
            help="Rate limit per key, in emulated seconds; that of the real API is 10/10.",
        ),
    ] = "off",
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File that keeps the state across runs.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the generated values.")] = 0,
    api_key: Annotated[
        str | None,
        typer.Option(
            envvar="CHCLOUD_EMULATOR_API_KEY", help="ID of the API key; generated if omitted."
        ),
    ] = None,
    api_secret: Annotated[
        str | None,
        typer.Option(
            envvar="CHCLOUD_EMULATOR_API_SECRET",
            help="Secret of that key; generated if omitted. Other users of this machine can read"
            " command lines: prefer the variable or the file.",
        ),
    ] = None,
    api_secret_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File with the secret of that key, on one line."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Accepted host name besides localhost and loopback addresses. Repeatable.",
        ),
    ] = None,
    sql: Annotated[
        bool,
        typer.Option(
            "--sql",
            help="Let running services accept SQL, each on a port that its endpoints name. Needs"
            " the extra sql.",
        ),
    ] = False,
    log: Annotated[bool, typer.Option(help="Show each request.")] = True,
    serving: Serving,
) -> None:
    """Serve an emulated ClickHouse Cloud API on this machine until Ctrl-C.

    Prints its URL and its credentials as settings for a shell. The status page is at the same
    URL. Programs can add faults with POST /_emulator/faults.
    """
    refuse_options(context, "the emulator serves its own API")
    if example and (services or fleet is not None):
        raise typer.BadParameter("--example cannot be combined with --services or --fleet")
    if not (example or services or fleet or state):
        example = ask_yes("No services given. Serve the documentation's three example services?")
    from clickhouse_cloud_async.apis.clickhouse.api import CLICKHOUSE_CLOUD
    from clickhouse_cloud_async.emulator import Emulator

    from .request_log import log_request

    try:
        kept = state is not None and state.exists() and state.stat().st_size > 0
        served = Emulator(
            EXAMPLE_SERVICES if example else services,
            time_scale=_time_scale(time_scale, example=example),
            seed=seed,
            api_key=api_key,
            api_secret=_api_secret(api_secret, api_secret_file),
            strictness=strictness.value,
            flat_pages=flat_pages,
            rate_limit=_rate_limit(rate_limit),
            state=state,
            kept_requests=KEPT_REQUESTS,
            on_request=log_request if log else None,
            host=host,
            port=port,
            allowed_hosts=allow_host or (),
            sql=sql,
        )
        if fleet is not None and not kept:
            served.seed(fleet)
    except (ValueError, OSError) as problem:
        raise typer.BadParameter(str(problem)) from None
    serve(served, CLICKHOUSE_CLOUD, lambda: _settings(served), serving)


def _settings(emulator: Emulator) -> dict[str, str]:
    return {
        "url": emulator.url,
        "api_key": emulator.api_key,
        "api_secret": emulator.api_secret,
        "organization_id": emulator.organization_id,
    }


def _time_scale(asked: float | None, *, example: bool) -> float:
    if asked is not None:
        return asked
    return EXAMPLE_TIME_SCALE if example else 1.0


def _api_secret(secret: str | None, file: Path | None) -> str | None:
    if file is None:
        return secret
    if secret is not None:
        raise ValueError(
            "--api-secret-file cannot be combined with --api-secret or CHCLOUD_EMULATOR_API_SECRET"
        )
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"{file} is not UTF-8 text") from None
    if len(lines) != 1 or not lines[0].strip():
        raise ValueError(f"{file} must hold the secret on one line, has {len(lines)} lines")
    return lines[0]


def _rate_limit(text: str) -> RequestLimit | None:
    from clickhouse_cloud_async.emulator import RequestLimit

    if text == "off":
        return None
    requests, _, seconds = text.partition("/")
    try:
        return RequestLimit(int(requests), per=float(seconds))
    except ValueError:
        raise ValueError(f"{text!r} is neither off nor REQUESTS/SECONDS, such as 10/10") from None
