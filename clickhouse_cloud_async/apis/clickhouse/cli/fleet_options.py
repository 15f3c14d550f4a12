"""Groups of options that commands about fleets share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from clickhouse_cloud_async.cli.completion import complete_enum, complete_names
from clickhouse_cloud_async.cli.desired.options import ErrorOption, OnError

if TYPE_CHECKING:
    from collections.abc import Iterable


_PACKAGE = "clickhouse_cloud_async.apis.clickhouse"
_MODELS = f"{_PACKAGE}.models"


AllowEmpty = Annotated[
    bool, typer.Option("--allow-empty", help="Exit with 0, and not with 9, if no service matches.")
]


class Selectors(NamedTuple):
    """Options that select services; a service has to match all of them."""

    tag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY[=VALUE]",
            help="Only services with this tag. Repeatable: a service must match each key, with any"
            " of the values given for it.",
        ),
    ] = None
    name: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help="Only services whose name matches this pattern, such as 'etl-*'. Repeatable.",
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


class Scaling(NamedTuple):
    """Options of `scale`; an omitted setting keeps its value."""

    min_replica_memory_gb: Annotated[
        float | None, typer.Option(metavar="GB", help="Minimum memory of each replica.")
    ] = None
    max_replica_memory_gb: Annotated[
        float | None, typer.Option(metavar="GB", help="Maximum memory of each replica.")
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
        int | None, typer.Option(metavar="COUNT", help="Minimum number of replicas.")
    ] = None
    max_replicas: Annotated[
        int | None, typer.Option(metavar="COUNT", help="Maximum number of replicas.")
    ] = None
    idle_scaling: Annotated[
        bool | None, typer.Option(help="Whether services become idle when there are no queries.")
    ] = None
    idle_timeout_minutes: Annotated[
        float | None,
        typer.Option(metavar="MINUTES", help="Time without queries until services become idle."),
    ] = None

    @property
    def fields(self) -> dict[str, Any]:
        """The settings on the command line."""
        return {name: value for name, value in self._asdict().items() if value is not None}


def _tags(given: Iterable[str]) -> dict[str, set[str] | None]:
    """The allowed values of each key; None for any."""
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
