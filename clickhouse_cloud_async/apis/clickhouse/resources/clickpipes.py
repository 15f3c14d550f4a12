"""ClickPipes as a kind of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from clickhouse_cloud_async.apis.clickhouse.models.clickpipes import (
    ClickPipe,
    ClickPipePatchRequest,
    ClickPipePostRequest,
)
from clickhouse_cloud_async.core.errors import BadRequestError
from clickhouse_cloud_async.core.values import MASK, UNSET
from clickhouse_cloud_async.desired.comparison import as_stated
from clickhouse_cloud_async.desired.diff import FieldChange, replacement_reason
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.plain import plain
from clickhouse_cloud_async.desired.resource import READY, Created, Phase, Status

from . import clickpipe_sources as sources
from .clickpipe_credentials import missing_credentials
from .clickpipe_kind import ClickPipeKind
from .in_service import service_of
from .prices import pipe_usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource
    from clickhouse_cloud_async.desired.usage import Usage
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath

_STOPPED = frozenset({"Stopped", "Stopping", "Paused", "Pausing"})
_BROKEN = frozenset({"Failed", "InternalError", "Unknown"})
_ON_ITS_WAY = frozenset({"Provisioning", "Setup", "Modifying", "Pausing", "Stopping"})

_AT_CREATION = frozenset({"roles", "version_column_id", "column_ids"})
"""Fields of a destination that only the creation uses, and that the API never shows."""

_COLUMNS = "columns"
_KAFKA_SETTING = "kafka_read_committed"


def state_of(pipe: ClickPipe) -> str:
    """Return whether a pipe runs or is stopped, or otherwise its failed state.

    A pipe that is starting counts as running, and so does one that has loaded everything.
    """
    state = str(pipe.state)
    if state in _BROKEN:
        return state
    return "stopped" if state in _STOPPED else "running"


def compare_destination(field: str, before: Any, after: Any) -> list[FieldChange]:
    """Compare the described fields of a destination that the API shows."""
    there = before or {}
    is_database = before is not None and "table" not in before
    changes = []
    for name, value in (after or {}).items():
        if name in _AT_CREATION or (is_database and name == "managed_table"):
            continue
        if name == "table_definition":
            changes += _compare_definition(field, there.get(name) or {}, value or {})
        elif (there.get(name) or None) != (value or None):
            changes.append(FieldChange(field, name, there.get(name, UNSET), value))
    return changes


def _compare_definition(
    field: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[FieldChange]:
    changes = []
    for name, value in after.items():
        known, wanted = before.get(name), value
        if name == "engine":
            known, wanted = (_engine(each) for each in (known, value))
        if (known or None) != (wanted or None):
            changes.append(FieldChange(field, f"table_definition.{name}", known or UNSET, wanted))
    return changes


def _engine(engine: Any) -> str | None:
    """Return the name of an engine, which the API may show with its parameters."""
    return None if not engine else str(engine["type"]).partition("(")[0]


def _sizes(size: Any) -> Any:
    """Return the size of a pipe; right after a change the API may show zeros."""
    return {name: value for name, value in size.items() if value} if size else size


class ClickPipes(ClickPipeKind[ClickPipe]):
    """Pipes of all sources, with their size, settings and state."""

    name: ClassVar[str] = "clickpipes"
    noun: ClassVar[str] = "ClickPipe"
    models: ClassVar[tuple[type[Model], ...]] = (ClickPipePostRequest, ClickPipePatchRequest)
    fields: ClassVar[tuple[Field, ...]] = (
        Field("name"),
        Field(
            "source",
            compare=sources.compare_source,
            disclose=sources.disclosed,
            embeds=(("reverse_private_endpoints", "id"),),
        ),
        Field("destination", compare=compare_destination),
        Field("field_mappings"),
        Field("scaling", compare=as_stated, change="scale", normalise=_sizes),
        Field("settings", compare=as_stated, change="configure"),
        Field(
            "state",
            read=state_of,
            change="command",
            type=Literal["running", "stopped"],
        ),
    )
    after: ClassVar[tuple[str, ...]] = ("reverse_private_endpoints",)
    requests: ClassVar[tuple[str, ...]] = ("update", "scale", "configure", "command")
    usual_wait: ClassVar[float] = 60.0
    uncounted: ClassVar[tuple[str, ...]] = ("data that pipes move",)

    async def list_running(self, location: Location) -> Sequence[ClickPipe]:
        """Return the pipes of a running service."""
        pipes: Sequence[ClickPipe] = await location.client.clickpipes.list(**service_of(location))
        return pipes

    async def create(self, creation: Creation) -> Created[ClickPipe]:
        """Create a pipe; a pipe of a stream or of files does not start if it is to be stopped."""
        fields = dict(creation.fields)
        wanted = fields.pop("state", None)
        kind = sources.kind_of(fields["source"])
        if wanted == "stopped" and kind and not sources.KINDS[kind].is_database:
            fields["start_paused"] = True
        pipe = await creation.client.clickpipes.create(**fields, **service_of(creation))
        return Created(pipe)

    async def change(self, change: Change[ClickPipe]) -> ClickPipe | None:
        """Send one of the requests that change a pipe."""
        send = {
            "update": _update,
            "scale": _scale,
            "configure": _configure,
            "command": _command,
        }[change.request]
        return await send(change)

    async def delete(self, resource: Resource[ClickPipe]) -> None:
        """Delete a pipe; its tables remain."""
        await resource.client.clickpipes.delete(
            resource.item.service_id, resource.id, organization_id=resource.scope.id
        )

    def usage(self, fields: Mapping[str, Any]) -> Sequence[Usage] | None:
        """Return the cores that a pipe uses, unless it shares them."""
        kind = sources.kind_of(fields.get("source"))
        if kind is None:
            return None
        return pipe_usage(fields, is_database=sources.KINDS[kind].is_database)

    def export(self, resource: Resource[ClickPipe]) -> dict[str, Any]:
        """Return a pipe in the form of a document, with references to the secrets that it needs."""
        # Pipes of databases have no separate settings, and none may be sent.
        fields = {
            name: value
            for name, value in super().export(resource).items()
            if name != "settings" or value
        }
        kind = sources.kind_of(fields.get("source"))
        if kind is not None:
            source = sources.exported(kind, fields["source"][kind], resource.item.name)
            fields["source"] = {kind: source}
        return fields

    def status(self, item: ClickPipe) -> Status:
        """Return whether a pipe is ready: it runs, also during its initial load, or is stopped."""
        state = str(item.state)
        if state in _BROKEN:
            return Status(Phase.FAILED, f"it is {state}")
        return Status(Phase.PENDING, state) if state in _ON_ITS_WAY else READY

    def refusal(self, resource: Resource[ClickPipe], changes: Sequence[FieldChange]) -> str | None:
        """Return the reason if a change is one of fields that are set at creation."""
        fixed = [change for change in changes if _is_fixed(resource.item, change)]
        return replacement_reason(fixed) if fixed else None

    def missing(self, fields: Mapping[str, Any]) -> Sequence[str]:
        """Return that a new pipe needs the credentials of its source, too."""
        kind = sources.kind_of(fields.get("source"))
        credentials = missing_credentials(kind, fields["source"][kind]) if kind else ()
        return (*super().missing(fields), *(f"source.{kind}.{field}" for field in credentials))

    def remark(self, resource: Resource[ClickPipe], fields: Mapping[str, Any]) -> str | None:
        """Return a note if a pipe is stopped, perhaps because an edit was interrupted."""
        if "state" in fields or state_of(resource.item) != "stopped":
            return None
        return "it is stopped, and stays so unless the document says `state: running`"

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that there is one source, and no fields that pipes of databases do not have."""
        given = [name for name in sources.KINDS if (fields.get("source") or {}).get(name)]
        if "source" in fields and len(given) != 1:
            errors.add((*path, "source"), f"takes one of {', '.join(sources.KINDS)}")
            return
        if not given or not sources.KINDS[given[0]].is_database:
            return
        if fields.get("scaling"):
            reason = "pipes of databases share their size: describe it in cdc_infrastructure"
            errors.add((*path, "scaling"), reason)
        if fields.get("settings"):
            errors.add((*path, "settings"), f"pipes of {given[0]} have settings in their source")
        _check_targets(fields["source"][given[0]], (*path, "source", given[0]), errors)


def _is_fixed(pipe: ClickPipe, change: FieldChange) -> bool:
    if change.field == "destination":
        return change.key != _COLUMNS
    if change.field != "source":
        return False
    kind = sources.kind_of(plain(pipe.source))
    if change.key is None or kind is None:
        # Secrets are sent again, or the source is of a different kind.
        return change.after != MASK or kind is None or sources.KINDS[kind].changes is None
    return sources.is_fixed(kind, change)


def _check_targets(source: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
    """Check that each table of a database has a separate target."""
    seen: set[Any] = set()
    for index, table in enumerate(source.get("table_mappings") or ()):
        target = table.get("target_table")
        if target in seen:
            where = (*path, "table_mappings", index, "target_table")
            errors.add(where, f"another table goes to {target}")
        seen.add(target)


async def _update(change: Change[ClickPipe]) -> ClickPipe:
    """Change name, source, columns and mappings; a pipe is paused while its tables are changed."""
    fields = dict(change.fields)
    if "destination" in fields:
        fields["destination"] = {_COLUMNS: change.wanted["destination"][_COLUMNS]}
    has_tables = False
    if "source" in fields:
        kind, patch = _source_patch(change)
        has_tables = any(name.startswith("table_mappings") for name in patch)
        fields["source"] = {kind: patch}
    if "field_mappings" in fields and "destination" not in fields and change.item.destination:
        # For pipes of files, both must be sent or neither.
        columns = plain(change.item.destination).get(_COLUMNS)
        fields |= {"destination": {_COLUMNS: columns}} if columns else {}
    clickpipes = change.client.clickpipes
    send = clickpipes.edit if has_tables else clickpipes.update
    pipe: ClickPipe = await send(
        change.item.service_id, change.item.id, **fields, organization_id=change.scope.id
    )
    return pipe


def _source_patch(change: Change[ClickPipe]) -> tuple[str, dict[str, Any]]:
    """Return the kind of a source, and the body to send: differences, or its secrets."""
    before, after = plain(change.item.source), change.wanted["source"]
    kind = sources.kind_of(before)
    assert kind is not None
    if any(each.after == MASK for each in change.changes if each.field == "source"):
        return kind, sources.resent(kind, after[kind])
    return kind, sources.patch(kind, before[kind], after[kind])


async def _scale(change: Change[ClickPipe]) -> ClickPipe:
    pipe: ClickPipe = await change.client.clickpipes.scale(
        change.item.service_id,
        change.item.id,
        **change.added("scaling"),
        organization_id=change.scope.id,
    )
    return pipe


async def _configure(change: Change[ClickPipe]) -> None:
    """Replace the settings by the described ones and the current values of all others."""
    settings = {**plain(change.item.settings or {}), **(change.wanted["settings"] or {})}
    settings = {name: value for name, value in settings.items() if value is not None}
    kind = sources.kind_of(plain(change.item.source))
    if kind != "kafka":
        settings.pop(_KAFKA_SETTING, None)
    await change.client.clickpipes.replace_settings(
        change.item.service_id, change.item.id, **settings, organization_id=change.scope.id
    )


async def _command(change: Change[ClickPipe]) -> ClickPipe:
    """Start or stop a pipe; a pipe that resumes by itself needs no command."""
    clickpipes, wanted = change.client.clickpipes, change.wanted["state"]
    send = clickpipes.stop if wanted == "stopped" else clickpipes.start
    address = (change.item.service_id, change.item.id)
    try:
        pipe: ClickPipe = await send(*address, organization_id=change.scope.id)
    except BadRequestError:
        pipe = await clickpipes.get(*address, organization_id=change.scope.id)
        if state_of(pipe) != wanted:
            raise
    return pipe
