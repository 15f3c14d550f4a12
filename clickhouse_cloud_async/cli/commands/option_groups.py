"""Options of commands from tables, in addition to those of their arguments."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import typer

from clickhouse_cloud_async.cli.completion import complete_states


class Body(NamedTuple):
    """Options for the body of a request."""

    file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="YAML or JSON file with fields of the request, - for standard input. Options"
            " override it.",
        ),
    ] = None
    set: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD.FIELD=VALUE",
            help="Set a field at any depth, such as a.b=1 or list[0].name=x. Repeatable.",
        ),
    ] = None
    set_file: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD.FIELD=FILE",
            help="Set a field, such as a secret, to the content of a file, - for standard input."
            " Repeatable.",
        ),
    ] = None


class Waiting(NamedTuple):
    """Options of commands that start a transition."""

    wait: Annotated[
        bool,
        typer.Option(
            "--wait", help="Wait until the transition has finished, at most --timeout seconds."
        ),
    ] = False


class Goal(NamedTuple):
    """The target of a wait."""

    until: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE|JMESPATH",
            autocompletion=complete_states,
            help="A state, gone, or an expression such as 'state == \"running\"'. Repeatable: any"
            " of the states. By default, the end of the current transition.",
        ),
    ] = None


def argument_name(option: str) -> str:
    """Return the name of the parameter for the value of an option."""
    return f"option_{option.replace('-', '_')}"
