"""The options that every command about the real API takes."""

from __future__ import annotations

import inspect
import os
from enum import StrEnum
from functools import wraps
from inspect import Parameter
from typing import TYPE_CHECKING, Annotated, NamedTuple, get_type_hints

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async import ClickHouseCloud

_PREFIX = "CLICKHOUSE_CLOUD"


class Output(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"


def _checked_url(url: str | None) -> str | None:
    from clickhouse_cloud_async.core.errors import ConfigurationError
    from clickhouse_cloud_async.core.settings import normalise_base_url

    try:
        return None if url is None else normalise_base_url(url, "")
    except ConfigurationError as error:
        raise typer.BadParameter(error.message) from None


class Options(NamedTuple):
    """How to reach the API and how to print; what was not given is None."""

    url: Annotated[
        str | None,
        typer.Option(
            callback=_checked_url,
            metavar="URL",
            help=f"Base URL of the API; else {_PREFIX}_URL.",
        ),
    ] = None
    organization: Annotated[
        str | None,
        typer.Option(metavar="ID", help=f"Organisation; else {_PREFIX}_ORGANIZATION_ID."),
    ] = None
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=f"Profile to take all settings from; {_PREFIX}_* do not count then.",
        ),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Longest wait for an answer; 60 where left out."),
    ] = None
    output: Annotated[
        Output | None,
        typer.Option(help="A table to read (the default), or the API's JSON."),
    ] = None

    def over(self, others: Options | None) -> Options:
        """These options, completed with others where they say nothing."""
        if others is None:
            return self
        return Options._make(
            other if own is None else own for own, other in zip(self, others, strict=True)
        )

    def connect(self) -> ClickHouseCloud:
        """Make a client of the API.

        Raises:
            ConfigurationError: There are no credentials, or a setting cannot be used.
            InvalidArgumentError: The timeout is not a positive number.
        """
        from clickhouse_cloud_async import ClickHouseCloud
        from clickhouse_cloud_async.core.client import DEFAULT_TIMEOUT

        if self.profile is not None:
            _select_profile(self.profile)
        return ClickHouseCloud(
            organization_id=self.organization,
            base_url=self.url,
            timeout=DEFAULT_TIMEOUT if self.timeout is None else self.timeout,
        )


def with_options(function: Callable[..., None]) -> Callable[..., None]:
    """Let a command take the options, merged into one `Options` as its first argument.

    What stands after a command's name wins over what stands before it.

    Args:
        function: The command.
    """
    _, *own = inspect.signature(function, eval_str=True).parameters.values()

    @wraps(function)
    def command(context: typer.Context, **arguments: object) -> None:
        given = Options._make(arguments.pop(name) for name in Options._fields)
        context.obj = given.over(context.obj)
        function(context.obj, **arguments)

    context = Parameter("context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    options = (
        Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in get_type_hints(Options, include_extras=True).items()
    )
    signature = inspect.Signature([context, *own, *options])
    command.__signature__ = signature  # type: ignore[attr-defined]  # where inspect looks for it
    return command


def _select_profile(name: str) -> None:
    """Name a profile to the client and hide what would win over it.

    A profile's credentials, organisation and URL belong together: one from the environment among
    them could send a command to the wrong place.
    """
    for setting in ("API_KEY", "API_SECRET", "TOKEN", "ORGANIZATION_ID", "URL"):
        os.environ.pop(f"{_PREFIX}_{setting}", None)
    os.environ[f"{_PREFIX}_PROFILE"] = name
