"""``chcloud services connection``: how a driver connects to a service."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from clickhouse_cloud_async.cli.options import Options, with_options

if TYPE_CHECKING:
    from clickhouse_cloud_async import AsyncClickHouseCloud, ServiceConnection


class Form(StrEnum):
    """The forms in which a connection is printed."""

    ENV = "env"
    DBT = "dbt"
    URL = "url"


class Access(NamedTuple):
    """Options for the user of a connection, and for its output.

    Attributes:
        form: The form of the output.
        user: Name of the database user.
        protocol: Protocol of the endpoint.
        password_file: File whose first line is the password; None for none.
        write: New file for the text; None to print it.
    """

    form: Annotated[
        Form,
        typer.Option("--as", help="Lines of a .env file, a target of a dbt profile, or a URL."),
    ] = Form.ENV
    user: Annotated[str, typer.Option(help="Name of the database user.")] = "default"
    protocol: Annotated[
        str, typer.Option(help="Protocol of the endpoint: https, nativesecure or mysql.")
    ] = "https"
    password_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="File whose first line is the user's password, - for standard input.",
        ),
    ] = None
    write: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the settings, with the password, to a new file that only you can read."
            " Printed settings contain asterisks instead of the password.",
        ),
    ] = None


@with_options
def connection(
    options: Options,
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="ID or name of the service.")],
    *,
    access: Access,
) -> None:
    """Print the connection settings of a service for a driver.

    The service may be in any state; the command neither wakes it nor connects to it.

    chcloud services connection analytics --password-file secret.txt --write analytics.env

    chcloud services connection analytics --as dbt
    """
    import asyncio

    from clickhouse_cloud_async import AsyncClickHouseCloud, OpenText
    from clickhouse_cloud_async.cli.commands.values import read_content
    from clickhouse_cloud_async.cli.connection import connect

    password = None
    if access.password_file is not None:
        lines = read_content(access.password_file, "--password-file").splitlines()
        password = lines[0] if lines else ""

    async def find(cloud: AsyncClickHouseCloud) -> ServiceConnection:
        async with cloud:
            return await cloud.services.connection(
                service, user=access.user, password=password, protocol=OpenText(access.protocol)
            )

    found = asyncio.run(find(connect(AsyncClickHouseCloud, options)))
    if access.write is None:
        typer.echo(_text(found, access.form, reveal=False), nl=False)
    else:
        _write(access.write, _text(found, access.form, reveal=True))


def _text(found: ServiceConnection, form: Form, *, reveal: bool) -> str:
    match form:
        case Form.ENV:
            return found.env(reveal=reveal)
        case Form.URL:
            return f"{found.url(reveal=reveal)}\n"
        case Form.DBT:
            import yaml

            return yaml.safe_dump(found.dbt(reveal=reveal), sort_keys=False)


def _write(file: Path, text: str) -> None:
    from clickhouse_cloud_async.cli.output import note
    from clickhouse_cloud_async.cli.owner_files import open_for_owner

    try:
        with open(file, "x", encoding="utf-8", opener=open_for_owner) as stream:
            stream.write(text)
    except OSError as error:
        raise typer.BadParameter(f"{error.strerror}: {file}", param_hint="--write") from None
    note(f"connection settings written to {file}")
