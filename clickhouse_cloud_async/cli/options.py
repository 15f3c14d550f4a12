"""The options that commands share, as groups that each command takes as one argument."""

from __future__ import annotations

import inspect
from enum import StrEnum
from functools import wraps
from inspect import Parameter
from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

import typer

from .completion import complete_organizations, complete_profiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PANEL = "Common options"


class Output(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    YAML = "yaml"
    CSV = "csv"
    MARKDOWN = "markdown"
    NAME = "name"

    @property
    def is_json(self) -> bool:
        """Whether it is meant for programs, so that errors are printed as JSON, too."""
        return self in {Output.JSON, Output.JSONL}


def _checked_url(url: str | None) -> str | None:
    from clickhouse_cloud_async.core.errors import ConfigurationError
    from clickhouse_cloud_async.core.urls import normalise_base_url

    try:
        return None if url is None else normalise_base_url(url, "")
    except ConfigurationError as error:
        raise typer.BadParameter(error.message) from None


def _checked_proxy(url: str | None) -> str | None:
    from urllib.parse import urlsplit

    if url is not None and "@" in urlsplit(url).netloc:
        raise typer.BadParameter(
            "other users can see passwords on the command line: set the proxy in the profile or in"
            " HTTPS_PROXY"
        )
    return url


class Options(NamedTuple):
    """How to reach the API and how to print; what was not given is None.

    Attributes:
        url: Base URL of the API.
        organization: Organisation of all requests.
        profile: Names of profiles; only fleets take several.
        timeout: Seconds for each request, or for a whole wait or fleet action.
        proxy: URL of a proxy.
        ca_bundle: File with the certificates of the authorities that are trusted.
        client_cert: File with a certificate of the client.
        client_key: File with its key.
        output: How results are printed; a table by default.
        columns: JMESPath expressions of the columns, with commas between them.
        sort: JMESPath expressions to sort lists by, with commas between them.
        query: JMESPath expression that is applied to the whole result.
        limit: The most items of a list.
        verbose: Whether each request is printed on stderr.
    """

    url: Annotated[
        str | None,
        typer.Option(
            callback=_checked_url,
            metavar="URL",
            help="Base URL of the API; by default the environment's or the profile's.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    organization: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            autocompletion=complete_organizations,
            help="Organisation; by default the environment's or the profile's.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    profile: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            autocompletion=complete_profiles,
            help="Profile with all settings; the environment is then ignored. Repeatable for"
            " fleets.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Timeout of each request, 60 by default. With --wait and for fleets: timeout of"
            " the whole command.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    proxy: Annotated[
        str | None,
        typer.Option(
            callback=_checked_proxy,
            metavar="URL",
            help="Proxy without a password; by default that of the profile or of HTTPS_PROXY.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    ca_bundle: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Certificate authorities to trust instead of the system's.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    client_cert: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Client certificate for the server or gateway.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    client_key: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Key of that certificate, if it is in another file.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    output: Annotated[
        Output | None,
        typer.Option(
            "--output",
            "-o",
            help="Output format: a table (the default), or the API's JSON in one of these forms.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="EXPR,...",
            help="Columns to print, such as name,state or HOST=endpoints[0].host.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    sort: Annotated[
        str | None,
        typer.Option(
            metavar="[-]EXPR,...",
            help="Fields to sort a list by; -FIELD sorts in descending order.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    query: Annotated[
        str | None,
        typer.Option(
            metavar="JMESPATH",
            help="Expression applied to the result, such as \"[?state=='idle'].name\".",
            rich_help_panel=_PANEL,
        ),
    ] = None
    limit: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Maximum number of items.", rich_help_panel=_PANEL),
    ] = None
    verbose: Annotated[
        bool | None,
        typer.Option(
            "--verbose",
            "-v",
            show_default=False,
            help="Print each request when it is sent, without secrets.",
            rich_help_panel=_PANEL,
        ),
    ] = None

    @property
    def format(self) -> Output:
        """The output format, whether or not it was given."""
        return self.output or Output.TABLE

    @property
    def profiles(self) -> list[str] | list[None]:
        """The profiles that were named; a single None if none was."""
        return self.profile or [None]

    @property
    def single_profile(self) -> str | None:
        """The profile that was named, for commands that take one.

        Raises:
            BadParameter: There are several.
        """
        if len(self.profiles) > 1:
            raise typer.BadParameter("this takes one profile; only fleets take several")
        return self.profiles[0]

    def over(self, others: Options | None) -> Options:
        """Return these options, completed with others where they are not set.

        Args:
            others: Options before the command.
        """
        if others is None:
            return self
        return Options._make(
            other if own is None else own for own, other in zip(self, others, strict=True)
        )


class Changing(NamedTuple):
    """Options of commands that change something.

    Attributes:
        dry_run: Whether the request is printed and not sent.
        yes: Whether nothing is asked.
    """

    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")
    ] = False
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False


def with_options(function: Callable[..., None]) -> Callable[..., None]:
    """Let a command take `Options`, and further groups of options, each group as one argument.

    `Options` may stand before the command's name too; what stands after it wins.

    Args:
        function: The command; its first parameter is `Options`.
    """
    name = next(iter(inspect.signature(function).parameters))

    @wraps(function)
    def merged(context: typer.Context, **arguments: Any) -> None:
        options: Options = arguments[name].over(context.obj)
        _check_expressions(options)
        arguments[name] = context.obj = options
        function(**arguments)

    signature = inspect.signature(function, eval_str=True)
    first, *others = signature.parameters.values()
    context = Parameter("context", Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    # The options of the command itself come first in its help.
    _set_signature(merged, [context, *others, first])
    return with_groups(merged)


def _check_expressions(options: Options) -> None:
    if options.columns is None and options.sort is None and options.query is None:
        return
    from .selection import check_selection

    check_selection(options.columns, options.sort, options.query)


def with_groups(function: Callable[..., None]) -> Callable[..., None]:
    """Let a command take groups of options, each group as one argument.

    A parameter that is a named tuple stands for an option for each of its fields.

    Args:
        function: The command.
    """
    every = inspect.signature(function, eval_str=True).parameters
    groups = {
        name: parameter.annotation
        for name, parameter in every.items()
        if hasattr(parameter.annotation, "_fields")
    }

    @wraps(function)
    def command(**arguments: Any) -> None:
        for name, group in groups.items():
            arguments[name] = group(**{field: arguments.pop(field) for field in group._fields})
        function(**arguments)

    own = [parameter for name, parameter in every.items() if name not in groups]
    _set_signature(command, [*own, *(each for g in groups.values() for each in _options(g))])
    return command


def _set_signature(function: Callable[..., None], parameters: list[Parameter]) -> None:
    keyword_only = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in parameters]
    signature = inspect.Signature(keyword_only)
    function.__signature__ = signature  # type: ignore[attr-defined]  # where inspect looks for it


def _options(group: type[Any]) -> Iterator[Parameter]:
    """Yield the parameters of a command that stand for the fields of a group."""
    defaults: dict[str, object] = group._field_defaults
    for name, annotation in get_type_hints(group, include_extras=True).items():
        yield Parameter(name, Parameter.KEYWORD_ONLY, default=defaults[name], annotation=annotation)
