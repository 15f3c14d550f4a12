"""Common parts of the commands that serve an emulated API."""

from __future__ import annotations

import errno
import shlex
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated, NamedTuple, Protocol
from urllib.parse import urlsplit

import typer

from .failures import CommandError
from .options import Options
from .owner_files import open_for_owner

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Generator, Mapping
    from types import TracebackType

    from clickhouse_cloud_async.core.api import API


class Strictness(StrEnum):
    """The rules that apply where the API deviates from its documentation."""

    LIVE = "live"
    DOCUMENTED = "documented"


class Serving(NamedTuple):
    """Options of every emulator.

    Attributes:
        env_file: File for the settings that lead to it.
        write_profile: Name of a profile for them.
        fault: What goes wrong from the start.
    """

    env_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="File for the settings, for `source` in a second terminal. It exists while the"
            " emulator runs.",
        ),
    ] = None
    write_profile: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Profile for the settings, for use with --profile NAME."),
    ] = None
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND[,KEY=VALUE...]",
            help="Fault to simulate, such as latency,seconds=0.5 or"
            " error_response,status=503,operation=ID,count=2. Repeatable.",
        ),
    ] = None


class ServedEmulator(Protocol):
    """The part of an emulator that serving needs."""

    @property
    def url(self) -> str:
        """Its URL."""
        ...

    def add_fault(self, description: str) -> object:
        """Add a fault that is described by text."""
        ...

    async def __aenter__(self) -> object: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...


def refuse_options(context: typer.Context, what: str) -> None:
    """Refuse options for an API with a command that does not use them.

    Args:
        context: The command.
        what: What it brings, such as ``the emulator serves its own API``.

    Raises:
        BadParameter: Such options were given.
    """
    if context.obj != Options():
        raise typer.BadParameter(f"{what} and has no options for another")


def serve(
    emulator: ServedEmulator,
    api: API,
    settings: Callable[[], Mapping[str, str]],
    serving: Serving,
) -> None:
    """Serve an emulator until the program is interrupted.

    Args:
        emulator: The emulator.
        api: The API that it emulates.
        settings: Returns the settings that lead to it once it listens, by the names that profiles
            have for them.
        serving: The options.

    Raises:
        BadParameter: A fault cannot be added, or the emulator cannot listen.
        CommandError: A file cannot be written.
    """
    import anyio

    try:
        for text in serving.fault or ():
            emulator.add_fault(text)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--fault") from None
    anyio.run(_serve, emulator, api, settings, serving)


async def _serve(
    emulator: ServedEmulator,
    api: API,
    settings: Callable[[], Mapping[str, str]],
    serving: Serving,
) -> None:
    with _interruption() as interrupted:
        try:
            await emulator.__aenter__()
        except (ValueError, OSError) as problem:
            raise typer.BadParameter(_refusal(problem)) from None
        try:
            lines = _shell_lines(api, settings())
            if serving.write_profile is not None:
                _write_profile(api, serving.write_profile, settings())
            with _env_file(serving.env_file, lines):
                typer.echo(f"# Status page: {emulator.url}/\n{lines}", nl=False)
                await interrupted.wait()
        finally:
            await emulator.__aexit__(None, None, None)


@contextmanager
def _interruption() -> Generator[asyncio.Event]:
    """Set an event on Ctrl-C and SIGTERM, also in event loops without signal handlers (Windows)."""
    import asyncio
    import signal

    loop, event = asyncio.get_running_loop(), asyncio.Event()

    def interrupt(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(event.set)

    previous = {
        number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield event
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _refusal(problem: Exception) -> str:
    """Return why an emulator cannot serve, with what to do about a port in use."""
    if isinstance(problem, OSError) and problem.errno == errno.EADDRINUSE:
        return "the port is in use: pass another as --port, or 0 for any free one"
    return str(problem)


def _shell_lines(api: API, settings: Mapping[str, str]) -> str:
    return "".join(
        f"export {api.variable(name)}={shlex.quote(value)}\n" for name, value in settings.items()
    )


def _write_profile(api: API, name: str, settings: Mapping[str, str]) -> None:
    """Write a profile, unless it would replace one of the real API."""
    from clickhouse_cloud_async.core.profiles import profile_names, read_profile
    from clickhouse_cloud_async.core.settings import config_path, known_settings
    from clickhouse_cloud_async.core.urls import is_loopback

    from .profile_file import write_profile

    path = config_path(api)
    if name in profile_names(path):
        present = read_profile(path, name, known_settings(api))
        url = present.values.get("url", "") if present else ""
        if not is_loopback(urlsplit(url).hostname or ""):
            raise CommandError(
                f"the profile {name} has a URL of another machine: choose another name"
            )
    write_profile(path, name, settings)


@contextmanager
def _env_file(path: Path | None, lines: str) -> Generator[None]:
    """Keep a file with the settings as long as the block runs."""
    if path is None:
        yield
        return
    try:
        with suppress(FileNotFoundError):
            path.unlink()
        with open(path, "x", encoding="utf-8", opener=open_for_owner) as file:
            file.write(lines)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from None
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()
