"""Differences between a pipe's source and its description, and requests to change it.

The API shows no secrets, adds values for omitted fields, and can change only a part of each source:
the fields of the models of changes. All other fields are set at creation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.clickhouse.models import clickpipes as models
from clickhouse_cloud_async.core.codec import model_fields
from clickhouse_cloud_async.core.errors import ConfigurationError
from clickhouse_cloud_async.core.values import UNSET, Secret
from clickhouse_cloud_async.desired.diff import FieldChange
from clickhouse_cloud_async.desired.plain import instant, plain

from .clickpipe_credentials import placeholders
from .mongodb_uris import comparable_uri

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.codec.types import ModelField
    from clickhouse_cloud_async.core.model import Model


@attrs.frozen
class SourceKind:
    """A kind of source.

    Attributes:
        changes: The model of its fields that can be changed; None if there are none.
        settings: The model of its settings that can be changed.
        tables: The fields that identify its table mappings; none if it has no mappings.
    """

    changes: type[Model] | None = None
    settings: type[Model] | None = None
    tables: tuple[str, ...] = ()

    @property
    def is_database(self) -> bool:
        """Whether it is a database, whose pipes share their size."""
        return bool(self.tables)


KINDS: Mapping[str, SourceKind] = {
    "kafka": SourceKind(models.ClickPipePatchKafkaSource),
    "object_storage": SourceKind(models.ClickPipePatchObjectStorageSource),
    "kinesis": SourceKind(models.ClickPipePatchKinesisSource),
    "pubsub": SourceKind(models.ClickPipePatchPubSubSource),
    "postgres": SourceKind(
        models.ClickPipePatchPostgresSource,
        models.ClickPipePatchPostgresPipeSettings,
        ("source_schema_name", "source_table", "target_table"),
    ),
    "mysql": SourceKind(
        models.ClickPipePatchMySQLSource,
        models.ClickPipePatchMySQLPipeSettings,
        ("source_schema_name", "source_table", "target_table"),
    ),
    "mongodb": SourceKind(
        models.ClickPipePatchMongoDBSource,
        models.ClickPipePatchMongoDBPipeSettings,
        ("source_database_name", "source_collection", "target_table"),
    ),
    "bigquery": SourceKind(tables=("source_dataset_name", "source_table", "target_table")),
}
"""Every kind of source by its field."""

_URI = "uri"

WRITE_ONLY = frozenset(
    {"credentials", "access_key", "service_account_key", "connection_string", "protobuf_schema"}
    | {_URI}
)
"""Fields that the API accepts and hides or changes, at any depth."""

_FIRST_START = frozenset({"seek_type", "seek_timestamp"})
"""Fields that apply to the first start of a pipe only."""

_SETS = frozenset({"reverse_private_endpoint_ids", "excluded_columns"})
_TABLES = "table_mappings"


@attrs.frozen
class Difference:
    """A part of a source that differs from its description.

    Attributes:
        path: The path of its field.
        before: The actual value; `UNSET` if there is none.
        after: The desired value; `UNSET` if it is removed.
        table: The fields that identify a table mapping; empty for other parts.
    """

    path: tuple[str, ...]
    before: Any
    after: Any
    table: Mapping[str, Any] = attrs.field(factory=dict[str, Any])


def kind_of(source: Mapping[str, Any] | None) -> str | None:
    """Return the kind of the source of a description or pipe; None if it is unknown."""
    return next((name for name in KINDS if (source or {}).get(name) is not None), None)


def exported(kind: str, source: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a source in the form of a document, without fields that the API hides or changes.

    Args:
        kind: The kind.
        source: The source.
        name: The name of its pipe, which is part of the names of variables for secrets.
    """
    shown = {field: value for field, value in source.items() if field not in WRITE_ONLY}
    return {**shown, **placeholders(kind, shown, name)}


def disclosed(source: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a described source in which secrets are replaced by their comparable parts.

    Of a URI, all but the credentials is compared. An external URI is compared if it can be read.

    Args:
        source: The source, by its kind.
    """
    mongodb = source.get("mongodb") or {}
    uri = mongodb.get(_URI)
    if not isinstance(uri, Secret):
        return source
    try:
        known = comparable_uri(uri.reveal())
    except ConfigurationError:
        known = None
    return source if known is None else {**source, "mongodb": {**mongodb, _URI: known}}


def compare_source(field: str, before: Any, after: Any) -> list[FieldChange]:
    """Compare a source with its description: the parts that are both described and shown."""
    kind, wanted = kind_of(before), kind_of(after)
    if wanted is None:
        return []
    if kind not in {None, wanted}:
        return [FieldChange(field, None, kind, wanted)]
    there = {} if kind is None else before[kind]
    return [
        FieldChange(
            field, ".".join((wanted, *each.path)) + _shown(each.table), each.before, each.after
        )
        for each in differences(wanted, there, after[wanted])
    ]


def differences(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return the differences between a source of one kind and its description.

    Args:
        kind: The kind.
        before: The source.
        after: Its description.
    """
    return list(_differences(KINDS[kind], before, disclosed({kind: after})[kind], ()))


def is_fixed(kind: str, change: FieldChange) -> bool:
    """Return whether a field was set at creation, and cannot be changed.

    Args:
        kind: The kind of the source.
        change: A change that `compare_source` returned.
    """
    known = KINDS[kind]
    first, _, rest = str(change.key).removeprefix(f"{kind}.").partition(".")
    if first == _TABLES:
        # A mapping can be added or removed, but not changed.
        return known.changes is None or UNSET not in (change.before, change.after)
    model, name = (known.settings, rest) if first == "settings" else (known.changes, first)
    return model is None or name not in {field.name for field in model_fields(model)}


def patch(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of the request that changes a source to match its description.

    Args:
        kind: The kind.
        before: The source.
        after: Its description, with its secrets.
    """
    fields: dict[str, Any] = {}
    for each in differences(kind, before, after):
        if each.table:
            is_new = each.before is UNSET
            name = f"{_TABLES}_to_{'add' if is_new else 'remove'}"
            mapping = {**each.table, **(each.after if is_new else {})}
            fields.setdefault(name, []).append(mapping)
        elif each.path[0] == "settings":
            fields.setdefault("settings", {})[each.path[1]] = each.after
        else:
            fields[each.path[0]] = after[each.path[0]]
            # The API tests a changed connection, which requires the credentials.
            fields |= _secrets(kind, after)
    return _complete(kind, fields)


def resent(kind: str, after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of the request that sends the secrets of a source again.

    Args:
        kind: The kind.
        after: Its description, with its secrets.
    """
    return _complete(kind, _secrets(kind, after))


def _secrets(kind: str, after: Mapping[str, Any]) -> dict[str, Any]:
    known = {field.name for field in _changeable(kind)}
    return {name: after[name] for name in WRITE_ONLY & known & after.keys()}


def _complete(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request body with all required fields; null keeps a value."""
    return {field.name: None for field in _changeable(kind) if field.required} | dict(fields)


def _changeable(kind: str) -> Sequence[ModelField]:
    model = KINDS[kind].changes
    return () if model is None else model_fields(model)


def _differences(
    kind: SourceKind, before: Mapping[str, Any], after: Mapping[str, Any], path: tuple[str, ...]
) -> Iterator[Difference]:
    for name, value in after.items():
        there = before.get(name)
        if name == _TABLES and kind.tables:
            yield from _table_differences(kind.tables, there or (), value or ())
            continue
        if name == _URI and isinstance(value, str) and there is not None:
            there = comparable_uri(there.reveal())
            if there is None:
                continue
        elif name in WRITE_ONLY or name in _FIRST_START:
            continue
        if isinstance(value, Mapping):
            yield from _differences(kind, before.get(name) or {}, value, (*path, name))
        elif not _same(name, there, value):
            yield Difference((*path, name), UNSET if there is None else there, value)


def _same(name: str, before: Any, after: Any) -> bool:
    if _is_empty(before) and _is_empty(after):
        return True
    if isinstance(after, Mapping):
        there = before if isinstance(before, Mapping) else {}
        return all(_same(key, there.get(key), value) for key, value in after.items())
    if name in _SETS:
        return set(map(str, before or ())) == set(map(str, after or ()))
    return bool(plain(before) == plain(after) or instant(before) == instant(after))


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _table_differences(
    keys: Sequence[str], before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> Iterator[Difference]:
    there = {tuple(each.get(name) for name in keys): each for each in before}
    wanted = {tuple(each.get(name) for name in keys): each for each in after}
    for key in dict.fromkeys((*there, *wanted)):
        table = dict(zip(keys, key, strict=True))
        if key not in wanted:
            yield Difference((_TABLES,), _rest(there[key], keys), UNSET, table)
        elif key not in there:
            yield Difference((_TABLES,), UNSET, _rest(wanted[key], keys), table)
        else:
            known, stated = there[key], _rest(wanted[key], keys)
            if not all(_same(name, known.get(name), value) for name, value in stated.items()):
                shown = {name: known.get(name) for name in stated}
                yield Difference((_TABLES,), shown, stated, table)


def _rest(mapping: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name not in keys}


def _shown(table: Mapping[str, Any]) -> str:
    if not table:
        return ""
    *source, target = map(str, table.values())
    return f".{'.'.join(source)} -> {target}"
