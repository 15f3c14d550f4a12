"""The options that commands share, as groups that each command takes as one argument."""

from __future__ import annotations

import inspect
from enum import StrEnum
from functools import wraps
from inspect import Parameter
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

import typer

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
        """Whether programs read it, which want errors as JSON too."""
        return self in {Output.JSON, Output.JSONL}


def _checked_url(url: str | None) -> str | None:
    from clickhouse_cloud_async.core.errors import ConfigurationError
    from clickhouse_cloud_async.core.urls import normalise_base_url

    try:
        return None if url is None else normalise_base_url(url, "")
    except ConfigurationError as error:
        raise typer.BadParameter(error.message) from None


class Options(NamedTuple):
    """How to reach the API and how to print; what was not given is None.

    Attributes:
        url: Base URL of the API.
        organization: Organisation of all requests.
        profile: Names of profiles; only fleets take several.
        timeout: Seconds for each request, or for a whole wait or fleet action.
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
            help="Base URL of the API; else the environment's or the profile's.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    organization: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Organisation; else the environment's or the profile's.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    profile: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Profile to take all settings from; the environment does not count then."
            " Repeatable for fleets.",
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
            help="Fields to sort a list by; -FIELD counts down.",
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
        typer.Option(min=0, metavar="N", help="Most items of a list.", rich_help_panel=_PANEL),
    ] = None
    verbose: Annotated[
        bool | None,
        typer.Option(
            "--verbose",
            "-v",
            show_default=False,
            help="Print each request as it goes, without secrets.",
            rich_help_panel=_PANEL,
        ),
    ] = None

    @property
    def format(self) -> Output:
        """The output format, whether or not it was given."""
        return self.output or Output.TABLE

    @property
    def profiles(self) -> list[str] | list[None]:
        """The profiles that were named, or None in the place of one."""
        return self.profile or [None]

    def over(self, others: Options | None) -> Options:
        """Return these options, completed with others where they are not set.

        Args:
            others: Options that stood before the command.
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
    """Yield the parameters of a command that stand for the fields of a group."""
    defaults: dict[str, object] = group._field_defaults
    for name, annotation in get_type_hints(group, include_extras=True).items():
        yield Parameter(name, Parameter.KEYWORD_ONLY, default=defaults[name], annotation=annotation)
