"""Alerts of ClickStack as a kind of desired state."""

# ruff: noqa: ARG002 - overriding methods do not need all arguments

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from clickhouse_cloud_async.apis.clickhouse.models.clickstack_alerts import (
    ClickStackAlertResponse,
    ClickStackCreateAlertRequest,
)
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.desired.comparison import as_outlined, as_set, as_value, keyed
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.plain import instant
from clickhouse_cloud_async.desired.resource import Created

from .in_service import InService, service_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.comparison import Comparison
    from clickhouse_cloud_async.desired.diff import FieldChange
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath


_OTHERS = {
    "saved_search": ("dashboard_id", "tile_id", "chart_config"),
    "tile": ("saved_search_id", "chart_config"),
    "inline": ("dashboard_id", "tile_id", "saved_search_id"),
}
"""The fields of watched objects, by source."""
_KEPT = ("group_by", "threshold_max")
"""Fields that the API cannot clear."""


@attrs.frozen
class Alert:
    """An alert, and the name of the tile that it watches.

    Attributes:
        shown: The item of the API.
        tile: Name of the tile; None for none.
    """

    shown: ClickStackAlertResponse
    tile: str | None = None

    @property
    def id(self) -> str:
        """Its ID."""
        return self.shown.id


def _field(  # noqa: PLR0913 - the attributes of a field
    name: str,
    argument: str | None = None,
    *,
    compare: Comparison = as_value,
    refers_to: str | None = None,
    normalise: Callable[[Any], Any] | None = None,
    embeds: str | None = None,
) -> Field:
    argument = argument or name
    return Field(
        name,
        argument=argument,
        read=lambda alert: getattr(alert.shown, argument),
        compare=compare,
        refers_to=refers_to,
        normalise=normalise,
        embeds=() if embeds is None else ((embeds, "id"),),
    )


class ClickStackAlerts(InService[Alert]):
    """Alerts that watch a saved search, a tile of a dashboard, or an inline chart."""

    name: ClassVar[str] = "clickstack_alerts"
    noun: ClassVar[str] = "ClickStack alert"
    after: ClassVar[tuple[str, ...]] = ("clickstack_webhooks",)
    models: ClassVar[tuple[type[Model], ...]] = (ClickStackCreateAlertRequest,)
    fields: ClassVar[tuple[Field, ...]] = (
        _field("name"),
        _field("source"),
        _field("saved_search", "saved_search_id", refers_to="clickstack_saved_searches"),
        _field("dashboard", "dashboard_id", refers_to="clickstack_dashboards"),
        Field("tile", argument="tile_id"),
        _field("chart_config", compare=as_outlined, embeds="clickstack_sources"),
        _field("interval"),
        _field("threshold"),
        _field("threshold_max"),
        _field("threshold_type"),
        _field("num_consecutive_windows"),
        _field("schedule_start_at", normalise=instant),
        _field("schedule_offset_minutes", normalise=lambda minutes: minutes or None),
        _field("group_by", normalise=lambda expression: expression or None),
        _field(
            "channels",
            compare=keyed("type", "webhook_id", "slack_channel_id", "email_recipients"),
            embeds="clickstack_webhooks",
        ),
        _field("message"),
        _field("note"),
        _field("display_name"),
        _field("tags", compare=as_set),
    )

    def list_requests(self, described: Sequence[Mapping[str, Any]]) -> int:
        """Return the number of requests: dashboards are listed, too, if an alert watches a tile."""
        return 2 if any(fields.get("tile") is not None for fields in described) else 1

    async def list_items(self, location: Location) -> Sequence[Alert]:
        """Return the alerts of a service, with the names of the tiles that they watch."""
        clickstack, service = location.client.clickstack, service_of(location)
        alerts = await clickstack.alerts.list(**service)
        tiles: dict[str | None, str] = {}
        if any(alert.tile_id for alert in alerts):
            for dashboard in await clickstack.dashboards.list(**service):
                tiles |= {tile.id: tile.name for tile in dashboard.tiles}
        return [Alert(alert, tiles.get(alert.tile_id)) for alert in alerts]

    async def create(self, creation: Creation) -> Created[Alert]:
        """Create an alert."""
        tile = creation.fields.get("tile_id")
        alert = await creation.client.clickstack.alerts.create(
            **await _with_tile_id(creation, creation.fields), **service_of(creation)
        )
        return Created(Alert(alert, tile))

    async def change(self, change: Change[Alert]) -> Alert | None:
        """Replace an alert: names and notes that are not sent would be removed."""
        fields = self.whole(change)
        for name in _OTHERS.get(fields["source"], ()):
            fields.pop(name, None)
        if "schedule_start_at" in change.wanted:
            fields["schedule_start_at"] = change.wanted["schedule_start_at"]
            fields.pop("schedule_offset_minutes", None)
        elif "schedule_offset_minutes" in change.wanted:
            fields.pop("schedule_start_at", None)
        tile = fields.get("tile_id")
        alert = await change.client.clickstack.alerts.update(
            click_stack_alert_id=change.resource.id,
            **await _with_tile_id(change, fields),
            **service_of(change),
        )
        return Alert(alert, tile)

    async def delete(self, resource: Resource[Alert]) -> None:
        """Delete an alert."""
        await resource.client.clickstack.alerts.delete(
            click_stack_alert_id=resource.id, **service_of(resource)
        )

    def refusal(self, resource: Resource[Alert], changes: Sequence[FieldChange]) -> str | None:
        """Return the reason if a field would be cleared that the API cannot clear."""
        for change in changes:
            if change.field in _KEPT and change.after is None:
                return f"the API does not clear {change.field} of an alert: delete it, make another"
        return None

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that an alert watches one object, and has one kind of start."""
        for name in _OTHERS.get(str(fields.get("source")), ()):
            known = next(field.name for field in self.fields if field.argument == name)
            if fields.get(known) is not None:
                errors.add((*path, known), f"does not go with source {fields['source']}")
        if fields.get("schedule_start_at") and fields.get("schedule_offset_minutes"):
            errors.add((*path, "schedule_offset_minutes"), "excludes schedule_start_at")


async def _with_tile_id(
    place: Creation | Change[Alert], fields: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Replace the name of a tile by its ID.

    Args:
        place: The change of the alert, or its creation.
        fields: The arguments of a request.

    Raises:
        InvalidArgumentError: Its dashboard has no such tile, or several.
    """
    if fields.get("tile_id") is None or fields.get("dashboard_id") is None:
        return fields
    name = fields["tile_id"]
    dashboard = await place.client.clickstack.dashboards.get(
        click_stack_dashboard_id=fields["dashboard_id"], **service_of(place)
    )
    ids = [tile.id for tile in dashboard.tiles if tile.name == name]
    if len(ids) != 1:
        found = "no tile" if not ids else f"{len(ids)} tiles"
        raise InvalidArgumentError(f"tile: dashboard {dashboard.name!r} has {found} named {name!r}")
    return {**fields, "tile_id": ids[0]}
