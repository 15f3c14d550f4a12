"""ClickHouse settings of services as a kind of desired state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from clickhouse_cloud_async.apis.clickhouse.models.settings import (
    ServiceClickhouseSettingsList,
    ServiceClickhouseSettingsPatchRequest,
)
from clickhouse_cloud_async.desired.comparison import as_mapping, as_stated
from clickhouse_cloud_async.desired.field import Field

from .in_service import InService, service_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.diff import FieldChange
    from clickhouse_cloud_async.desired.resource import Change, Location

OTHERS = "*"
"""Represents all settings that are not described; null resets them."""


def _settings(item: ServiceClickhouseSettingsList) -> dict[str, str | int]:
    return {setting.name: setting.value for setting in item.settings}


def _as_texts(settings: Mapping[str, Any]) -> dict[str, str | None]:
    # The API returns numbers as numbers or as text.
    return {name: None if value is None else str(value) for name, value in settings.items()}


def _compare(field: str, before: Any, after: Any) -> list[FieldChange]:
    """Compare the described settings, and with `OTHERS` also all others."""
    if OTHERS in (after or {}):
        named = {name: value for name, value in after.items() if value is not None}
        return as_mapping(field, before, named)
    return as_stated(field, before, after)


class ClickHouseSettings(InService[ServiceClickhouseSettingsList]):
    """The ClickHouse settings of a service; null resets a setting to its default."""

    name: ClassVar[str] = "clickhouse_settings"
    noun: ClassVar[str] = "ClickHouse settings"
    key: ClassVar[tuple[str, ...]] = ()
    is_permanent: ClassVar[bool] = True
    models: ClassVar[tuple[type[Model], ...]] = (ServiceClickhouseSettingsPatchRequest,)
    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "settings",
            read=_settings,
            compare=_compare,
            normalise=_as_texts,
            type=Mapping[str, str | int | None],
            warning="settings of the servers restart them one after another",
        ),
    )

    async def list_items(self, location: Location) -> Sequence[ServiceClickhouseSettingsList]:
        """Return the settings of a service that were set explicitly."""
        return [await location.client.clickhouse_settings.list(**service_of(location))]

    async def change(self, change: Change[ServiceClickhouseSettingsList]) -> None:
        """Set settings in one request, and reset others in one each."""
        settings, service = change.client.clickhouse_settings, service_of(change)
        wanted = change.wanted["settings"] or {}
        changed = [str(entry.key) for entry in change.changes]
        to_set = {name: wanted[name] for name in changed if wanted.get(name) is not None}
        if to_set:
            await settings.update(settings=to_set, **service)
        for name in changed:
            if name not in to_set:
                await settings.reset(setting_name=name, **service)
