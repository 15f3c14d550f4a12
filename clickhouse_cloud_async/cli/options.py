"""The options that every command about the real API takes."""

from __future__ import annotations

import inspect
from enum import StrEnum
from functools import wraps
from inspect import Parameter
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_type_hints

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
            help="Base URL of the API; else the environment's or the profile's.",
        ),
    ] = None
    organization: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Organisation; else the environment's or the profile's."),
    ] = None
    profile: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Profile to take all settings from; the environment does not count then."
            " Repeatable for fleets.",
        ),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Timeout of each request, 60 by default. With --wait and for fleets: timeout of"
            " the whole command.",
        ),
    ] = None
    output: Annotated[
        Output | None,
        typer.Option(help="Output format: a table (the default), or the API's JSON."),
    ] = None

    def over(self, others: Options | None) -> Options:
        """These options, completed with others where they are not set."""
        if others is None:
            return self
        return Options._make(
            other if own is None else own for own, other in zip(self, others, strict=True)
        )


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
