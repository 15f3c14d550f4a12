"""Sources of ClickStack as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from clickhouse_cloud_async.apis.clickhouse.models.clickstack_sources import (
    ClickStackLogSource,
    ClickStackMetricSource,
    ClickStackMetricSourceFrom,
    ClickStackPromqlSource,
    ClickStackSessionSource,
    ClickStackSource,
    ClickStackTraceSource,
)
from clickhouse_cloud_async.core.codec import model_fields
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.desired.comparison import as_outlined
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Created

from .in_service import InService, known, service_of
from .variants import Variants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath

_VARIANTS = Variants(
    "kind",
    {
        "log": ClickStackLogSource,
        "trace": ClickStackTraceSource,
        "metric": ClickStackMetricSource,
        "session": ClickStackSessionSource,
        "promql": ClickStackPromqlSource,
    },
)
_TYPES: Mapping[str, Any] = {
    "kind": Literal["log", "trace", "metric", "session", "promql"],
    "from_": ClickStackMetricSourceFrom,
}
"""Types of fields that differ between the kinds of sources: each allows the values of all kinds."""
_REFERENCE = "_source_id"
"""Suffix of arguments that refer to another source."""


def _reader(name: str) -> Callable[[ClickStackSource], Any]:
    return lambda source: getattr(source, name, None)


def _fields() -> Iterator[Field]:
    """Yield the fields of all kinds of sources; references to sources are named without ``_id``."""
    names = dict.fromkeys(field.name for model in _VARIANTS.models for field in model_fields(model))
    for argument in names:
        if argument != "id":
            is_reference = argument.endswith(_REFERENCE)
            yield Field(
                argument.removesuffix("_id") if is_reference else argument.removesuffix("_"),
                argument=argument,
                read=_reader(argument),
                compare=as_outlined,
                # Responses have empty text for expressions that are not set.
                normalise=lambda value: None if value in ("", [], {}) else value,
                refers_to="clickstack_sources" if is_reference else None,
                # Logs, traces and sessions refer to each other.
                may_follow=is_reference,
                type=_TYPES.get(argument),
            )


class ClickStackSources(InService[ClickStackSource]):
    """Sources of logs, traces, metrics and sessions."""

    name: ClassVar[str] = "clickstack_sources"
    noun: ClassVar[str] = "ClickStack source"
    models: ClassVar[tuple[type[Model], ...]] = _VARIANTS.models
    fields: ClassVar[tuple[Field, ...]] = tuple(_fields())

    async def list_items(self, location: Location) -> Sequence[ClickStackSource]:
        """Return the sources of a service."""
        return known(await location.client.clickstack.sources.list(**service_of(location)))

    async def create(self, creation: Creation) -> Created[ClickStackSource]:
        """Create a source, by default with the connection of the first existing source."""
        fields = dict(creation.fields)
        if "connection" not in fields:
            fields["connection"] = await self._connection(creation)
        source = await creation.client.clickstack.sources.create(
            source=_sendable(fields), **service_of(creation)
        )
        return Created(source)

    async def change(self, change: Change[ClickStackSource]) -> ClickStackSource | None:
        """Replace a source."""
        source: ClickStackSource = await change.client.clickstack.sources.update(
            click_stack_source_id=change.resource.id,
            source=_sendable(self.whole(change)),
            **service_of(change),
        )
        return source

    async def delete(self, resource: Resource[ClickStackSource]) -> None:
        """Delete a source."""
        await resource.client.clickstack.sources.delete(
            click_stack_source_id=resource.id, **service_of(resource)
        )

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that the fields match the kind of source."""
        _VARIANTS.check(self, fields, path, errors)

    def missing(self, fields: Mapping[str, Any]) -> Sequence[str]:
        """Return the missing fields of a kind of source; its connection has a default."""
        return [name for name in _VARIANTS.missing(self, fields) if name != "connection"]

    async def _connection(self, creation: Creation) -> str:
        """Return the connection of the first source: no request lists connections."""
        for source in await self.list_items(creation):
            connection = getattr(source, "connection", None)
            if connection:
                return str(connection)
        raise InvalidArgumentError(
            "connection: the first source of a service has to name its connection, whose ID the"
            " console shows"
        )


def _sendable(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a request; the API requires a table, which is empty for metrics."""
    if fields["kind"] == "metric":
        fields["from_"] = {"table_name": "", **fields["from_"]}
    return fields
