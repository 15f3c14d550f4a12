"""Groups of options that commands about fleets share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from clickhouse_cloud_async.cli.completion import complete_enum, complete_names

if TYPE_CHECKING:
    from collections.abc import Iterable


_PACKAGE = "clickhouse_cloud_async.apis.clickhouse"
_MODELS = f"{_PACKAGE}.models"


class OnError(StrEnum):
    """Whether an action continues after a service has failed."""

    CONTINUE = "continue"
    STOP = "stop"


ErrorOption = Annotated[
    OnError, typer.Option(help="Whether to continue with other services after one has failed.")
]


AllowEmpty = Annotated[
    bool, typer.Option("--allow-empty", help="Exit with 0, and not with 9, if no service matches.")
]


class Selectors(NamedTuple):
    """Options that select services; a service has to match all of them."""

    tag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY[=VALUE]",
            help="Only services with this tag. Repeatable: all keys, any of a key's values.",
        ),
    ] = None
    name: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="Only names like this, such as 'etl-*'. Repeatable.",
            autocompletion=complete_names(_PACKAGE, "services", "get", "service_id"),
        ),
    ] = None
    region: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only services in this region. Repeatable.",
            autocompletion=complete_enum(_MODELS, "Region"),
        ),
    ] = None
    provider: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Only services of this cloud provider. Repeatable.",
            autocompletion=complete_enum(_MODELS, "CloudProvider"),
        ),
    ] = None
    state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STATE",
            help="Only services in this state. Repeatable.",
            autocompletion=complete_enum(_MODELS, "ServiceState"),
        ),
    ] = None

    @property
    def criteria(self) -> dict[str, Any]:
        """The arguments of `select` and `watch` of a fleet."""
        given = {**self._asdict(), "tags": _tags(self.tag or ())}
        return {name: value for name, value in given.items() if value and name != "tag"}


class Steering(NamedTuple):
    """Options of every action on services."""

    all: Annotated[
        bool, typer.Option("--all", help="Select every service, if no other option selects any.")
    ] = False
    wait: Annotated[bool, typer.Option(help="Wait until each service has reached its state.")] = (
        True
    )
    on_error: ErrorOption = OnError.CONTINUE
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")
    ] = False
    allow_empty: AllowEmpty = False


class Planning(NamedTuple):
    """Options that choose which part of a description is compared, and how."""

    only: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="Only resources of this kind. Repeatable."),
    ] = None
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND/NAME",
            help="Only this resource, and what it depends on, such as roles/analyst. Repeatable.",
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
            "--wake", help="Wake idle services to look into them, and start stopped ones."
        ),
    ] = False

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `plan` of a fleet."""
        return {
            "only": self.only or None,
            "targets": self.target or None,
            "resend": self.resend or (),
            "wake": self.wake,
        }


class Showing(NamedTuple):
    """Options of `plan`."""

    destroy: Annotated[
        bool, typer.Option("--destroy", help="Show what `destroy` would delete.")
    ] = False
    prices: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="YAML file with prices: show what each change costs or saves a month.",
        ),
    ] = None
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 3 where something would change.")
    ] = False


class Exporting(NamedTuple):
    """Options of `export`."""

    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Only resources of this kind. Repeatable. By default, all kinds of which one"
            " request shows all.",
        ),
    ] = None
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Only names like this, such as 'etl-*'. Repeatable."),
    ] = None
    tag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY[=VALUE]", help="Only resources with this tag. Repeatable: all tags."
        ),
    ] = None
    file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="New file for the description, and not stdout."),
    ] = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of `export` of a fleet."""
        pairs = (text.partition("=") for text in self.tag or ())
        tags = {key: value if has_value else None for key, has_value, value in pairs}
        return {"only": self.only or None, "names": self.name or None, "tags": tags or None}


class Applying(NamedTuple):
    """Options of `apply`."""

    allow_delete: Annotated[
        bool,
        typer.Option(
            "--allow-delete", help="Delete resources of the fleet that no file describes any more."
        ),
    ] = False
    allow_delete_of: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="The same for resources of this kind. Repeatable."),
    ] = None
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False
    passwords: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="New file for first passwords and other secrets of what is created.",
        ),
    ] = None
    parallel: Annotated[
        int,
        typer.Option(
            min=1, metavar="COUNT", help="How many resources to work on at the same time."
        ),
    ] = 20
    on_error: ErrorOption = OnError.CONTINUE

    @property
    def deletions(self) -> bool | list[str]:
        """What may be deleted."""
        return self.allow_delete or self.allow_delete_of or False


class Scaling(NamedTuple):
    """Options of `scale`; an omitted setting keeps its value."""

    min_replica_memory_gb: Annotated[
        float | None, typer.Option(metavar="GB", help="Least memory of each replica.")
    ] = None
    max_replica_memory_gb: Annotated[
        float | None, typer.Option(metavar="GB", help="Most memory of each replica.")
    ] = None
    autoscaling_mode: Annotated[
        str | None,
        typer.Option(
            metavar="vertical|horizontal",
            help="Whether memory or the number of replicas changes with the load.",
        ),
    ] = None
    num_replicas: Annotated[
        int | None, typer.Option(metavar="COUNT", help="Number of replicas.")
    ] = None
    min_replicas: Annotated[
        int | None, typer.Option(metavar="COUNT", help="Least number of replicas.")
    ] = None
    max_replicas: Annotated[
        int | None, typer.Option(metavar="COUNT", help="Greatest number of replicas.")
    ] = None
    idle_scaling: Annotated[
        bool | None, typer.Option(help="Whether they go idle when nobody queries them.")
    ] = None
    idle_timeout_minutes: Annotated[
        float | None, typer.Option(metavar="MINUTES", help="After how long they go idle.")
    ] = None

    @property
    def fields(self) -> dict[str, Any]:
        """The settings that were given."""
        return {name: value for name, value in self._asdict().items() if value is not None}


def _tags(given: Iterable[str]) -> dict[str, set[str] | None]:
    """The values that each key may have; None for any."""
    tags: dict[str, set[str] | None] = {}
    for text in given:
        key, has_value, value = text.partition("=")
        if not key:
            raise typer.BadParameter(f"{text!r} is neither KEY nor KEY=VALUE", param_hint="--tag")
        if has_value:
            tags[key] = {*(tags.get(key) or ()), value}
        else:
            tags.setdefault(key, None)
    return tags
