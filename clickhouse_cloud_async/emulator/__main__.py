"""``python -m clickhouse_cloud_async.emulator``: the emulator as a process of its own."""

from __future__ import annotations

import argparse
import signal
import sys

import anyio

from clickhouse_cloud_async.emulator.emulator import Emulator
from clickhouse_cloud_async.emulator.rate_limit import RateLimit


def main(arguments: list[str] | None = None) -> None:
    """Serve until a signal asks to end.

    Args:
        arguments: Command line without the program's name; the process's own if None.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        emulator = Emulator(
            options.services,
            time_scale=options.time_scale,
            seed=options.seed,
            api_key=options.api_key,
            api_secret=options.api_secret,
            rate_limit=options.rate_limit,
            host=options.host,
            port=options.port,
        )
    except ValueError as problem:
        parser.error(str(problem))
    anyio.run(_serve, emulator)


async def _serve(emulator: Emulator) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with emulator:
            for name, value in (
                ("url", emulator.url),
                ("organization id", emulator.organization_id),
                ("api key", emulator.api_key),
                ("api secret", emulator.api_secret),
                ("token", emulator.token),
            ):
                sys.stdout.write(f"{name}: {value}\n")
            sys.stdout.flush()
            async for _ in signals:
                break


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m clickhouse_cloud_async.emulator",
        description="Serve an emulated ClickHouse Cloud API on this machine.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument("--api-key", help="id of the API key to accept; made up if left out")
    parser.add_argument("--api-secret", help="secret of that key; made up if left out")
    parser.add_argument("--services", type=int, default=0, help="how many services to invent")
    parser.add_argument(
        "--time-scale", type=float, default=1.0, help="emulated seconds per real second"
    )
    parser.add_argument(
        "--rate-limit",
        type=_rate_limit,
        metavar="off|REQUESTS/SECONDS",
        help="requests per emulated seconds and key; off by default",
    )
    parser.add_argument("--seed", type=int, default=0, help="what is made up depends on it")
    return parser


def _rate_limit(text: str) -> RateLimit | None:
    if text == "off":
        return None
    requests, _, seconds = text.partition("/")
    try:
        return RateLimit(int(requests), per=float(seconds))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither off nor REQUESTS/SECONDS, such as 10/10"
        ) from None


if __name__ == "__main__":
    main()
