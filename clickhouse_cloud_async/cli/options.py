"""The options that every command about the real API takes."""

from __future__ import annotations

import inspect
import os
from enum import StrEnum
from functools import wraps
from inspect import Parameter
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar, get_type_hints

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloud

    C = TypeVar("C", AsyncClickHouseCloud, ClickHouseCloud)

_PREFIX = "CLICKHOUSE_CLOUD"


class Output(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"


def _checked_url(url: str | None) -> str | None:
    from clickhouse_cloud_async.core.errors import ConfigurationError
    from clickhouse_cloud_async.core.urls import normalise_base_url

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
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help=f"Profile to take all settings from; {_PREFIX}_* do not count then."
            " Repeatable for fleets.",
        ),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Longest wait for an answer; 60 where left out. For whatever is waited for or done"
            " to a fleet: the longest time for all of it.",
        ),
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
            BadParameter: Several profiles are named.
        """
        from clickhouse_cloud_async import ClickHouseCloud
        from clickhouse_cloud_async.core.client import DEFAULT_TIMEOUT

        if self.profile and len(self.profile) > 1:
            raise typer.BadParameter("this takes one profile; only fleets take several")
        timeout = DEFAULT_TIMEOUT if self.timeout is None else self.timeout
        (client,) = self._clients(ClickHouseCloud, timeout)
        return client

    def connect_all(self) -> list[AsyncClickHouseCloud]:
        """Make a client for each profile; one where none is named.

        Raises:
            ConfigurationError: There are no credentials, or a setting cannot be used.
            BadParameter: One organisation or URL is to be that of several profiles.
        """
        from clickhouse_cloud_async import AsyncClickHouseCloud
        from clickhouse_cloud_async.core.client import DEFAULT_TIMEOUT

        if self.profile and len(self.profile) > 1 and (self.organization or self.url):
            raise typer.BadParameter(
                "each of several profiles has its own organisation and URL: name neither"
            )
        return self._clients(AsyncClickHouseCloud, DEFAULT_TIMEOUT)

    def _clients(self, kind: type[C], timeout: float) -> list[C]:
        from clickhouse_cloud_async import HTTPOptions

        # As for other programs of a shell, whose environment says how the network is reached.
        http = HTTPOptions(trust_env=True)
        clients: list[C] = []
        profiles: Sequence[str | None] = self.profile or (None,)
        for profile in profiles:
            if profile is not None:
                _select_profile(profile)
            clients.append(
                kind(
                    organization_id=self.organization,
                    base_url=self.url,
                    timeout=timeout,
                    http=http,
                )
            )
        return clients


def with_options(function: Callable[..., None]) -> Callable[..., None]:
    """Let a command take groups of options, each group as one argument.

    A parameter that is a named tuple stands for an option for each of its fields. Those of
    `Options` may stand before the command's name too; what stands after it wins.

    Args:
        function: The command; its first parameter is `Options`.
    """
    every = inspect.signature(function, eval_str=True).parameters
    groups = {
        name: parameter.annotation
        for name, parameter in every.items()
        if hasattr(parameter.annotation, "_fields")
    }
    (first, _), *others = groups.items()

    @wraps(function)
    def command(context: typer.Context, **arguments: Any) -> None:
        for name, group in groups.items():
            arguments[name] = group(**{field: arguments.pop(field) for field in group._fields})
        arguments[first] = context.obj = arguments[first].over(context.obj)
        function(**arguments)

    own = (parameter for name, parameter in every.items() if name not in groups)
    options = (
        option for group in (*(group for _, group in others), Options) for option in _options(group)
    )
    context = Parameter("context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    signature = inspect.Signature([context, *own, *options])
    command.__signature__ = signature  # type: ignore[attr-defined]  # where inspect looks for it
    return command


def _options(group: type[Any]) -> Iterator[Parameter]:
    """What stands for the fields of a group in a command's signature."""
    defaults: dict[str, object] = group._field_defaults
    for name, annotation in get_type_hints(group, include_extras=True).items():
        yield Parameter(name, Parameter.KEYWORD_ONLY, default=defaults[name], annotation=annotation)


def _select_profile(name: str) -> None:
    """Name a profile to the client and hide what would win over it.

    A profile's credentials, organisation and URL belong together: one from the environment among
    them could send a command to the wrong place.
    """
    for setting in ("API_KEY", "API_SECRET", "TOKEN", "ORGANIZATION_ID", "URL"):
        os.environ.pop(f"{_PREFIX}_{setting}", None)
    os.environ[f"{_PREFIX}_PROFILE"] = name
