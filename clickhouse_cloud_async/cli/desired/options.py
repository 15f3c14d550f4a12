"""Groups of options that the commands of desired state share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from clickhouse_cloud_async.cli.completion import complete_kinds
from clickhouse_cloud_async.desired.looking import MAX_AGE


class OnError(StrEnum):
    """Whether an action continues after one resource has failed."""

    CONTINUE = "continue"
    STOP = "stop"


ErrorOption = Annotated[
    OnError, typer.Option(help="Whether to continue with the others after one has failed.")
]


SinceOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        dir_okay=False,
        help="File with the results of earlier comparisons, which are reused; it is created if"
        " missing, and updated.",
    ),
]

MaxAgeOption = Annotated[
    float,
    typer.Option(metavar="SECONDS", help="With --since: age at which data is read again."),
]


class Planning(NamedTuple):
    """Options that select the part of a description to compare, and how."""

    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Only resources of this kind. Repeatable.",
            autocompletion=complete_kinds,
        ),
    ] = None
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND/NAME",
            help="Only this resource and its dependencies. Repeatable.",
        ),
    ] = None
    resend: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND/NAME",
            help="Send the secrets of this resource again; they cannot be compared. Repeatable.",
        ),
    ] = None
    wake: Annotated[
        bool,
        typer.Option(
            "--wake", help="Wake idle resources to read from them, and start stopped ones."
        ),
    ] = False
    since: SinceOption = None
    max_age: MaxAgeOption = MAX_AGE

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `plan`."""
        return {
            "only": self.only or None,
            "targets": self.target or None,
            "resend": self.resend or (),
            "wake": self.wake,
            "since": self.since,
            "max_age": self.max_age,
        }


class Showing(NamedTuple):
    """Options of `plan`."""

    destroy: Annotated[
        bool, typer.Option("--destroy", help="Show what `destroy` would delete.")
    ] = False
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 3 if something would change.")
    ] = False


class Pricing(NamedTuple):
    """Options of `plan` for APIs whose resources have prices."""

    prices: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="YAML file with prices: show the cost per month of each change.",
        ),
    ] = None


class Exporting(NamedTuple):
    """Options of `export`."""

    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Only resources of this kind. Repeatable. By default, all kinds that one request"
            " lists.",
            autocompletion=complete_kinds,
        ),
    ] = None
    name: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="Only resources whose name matches this pattern, such as 'etl-*'. Repeatable.",
        ),
    ] = None
    tag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY[=VALUE]",
            help="Only resources with this tag or label. Repeatable: all must match.",
        ),
    ] = None
    wake: Annotated[bool, typer.Option("--wake", help="Wake idle resources to read from them.")] = (
        False
    )
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="New file for the description, instead of stdout."),
    ] = None
    since: SinceOption = None
    max_age: MaxAgeOption = MAX_AGE

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `export`."""
        pairs = (text.partition("=") for text in self.tag or ())
        tags = {key: value if has_value else None for key, has_value, value in pairs}
        return {
            "only": self.only or None,
            "names": self.name or None,
            "tags": tags or None,
            "wake": self.wake,
            "since": self.since,
            "max_age": self.max_age,
        }


class Applying(NamedTuple):
    """Options of `apply`."""

    allow_delete: Annotated[
        bool,
        typer.Option(
            "--allow-delete", help="Delete resources of the fleet that are no longer described."
        ),
    ] = False
    allow_delete_of: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="The same for resources of this kind. Repeatable.",
            autocompletion=complete_kinds,
        ),
    ] = None
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False
    passwords: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="New file for initial passwords and other secrets of new resources.",
        ),
    ] = None
    parallel: Annotated[
        int,
        typer.Option(
            min=1, metavar="COUNT", help="Number of resources to work on at the same time."
        ),
    ] = 20
    on_error: ErrorOption = OnError.CONTINUE

    @property
    def deletions(self) -> bool | list[str]:
        """The resources that may be deleted."""
        return self.allow_delete or self.allow_delete_of or False
