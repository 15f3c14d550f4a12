"""Discovery of the fields of a source, without a pipe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clickhouse_cloud_async.emulation.problems import bad_request

from . import sources

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path

_SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "kafka": ("brokers", "topics"),
    "kinesis": ("region", "streamName"),
    "pubsub": ("projectId", "topic"),
    "objectStorage": ("url", "azureContainerName", "path"),
}
"""The properties that select what is discovered, by kind of source."""

_ALWAYS = (("id", "Int64"), ("created_at", "DateTime64(3)"))
_SOMETIMES = (
    ("user_id", "Int64"), ("event", "String"), ("amount", "Float64"), ("currency", "String"),
    ("country", "String"), ("session_id", "String"), ("is_test", "Bool"), ("tags", "Array(String)"),
    ("properties", "JSON"), ("url", "String"), ("quantity", "Int64"), ("status", "String"),
)  # fmt: skip
"""Invented fields of records of a source, with their ClickHouse types."""

_COLUMNS = 4
"""Number of columns of a file without column names."""

_PROTOBUF_FIELD = re.compile(
    r"^\s*(optional|required|repeated)?\s*([\w.]+)\s+(\w+)\s*=\s*\d+\s*(?:\[.*?\])?\s*;",
    re.MULTILINE,
)
_PROTOBUF_TYPES = {
    "double": "Float64", "float": "Float32", "bool": "Bool",
    "int32": "Int32", "sint32": "Int32", "sfixed32": "Int32",
    "int64": "Int64", "sint64": "Int64", "sfixed64": "Int64",
    "uint32": "UInt32", "fixed32": "UInt32", "uint64": "UInt64", "fixed64": "UInt64",
}  # fmt: skip
"""ClickHouse types for those of Protobuf; all others are read as text."""


def discover(organization: Organization, service_path: Path, source: JsonObject) -> JsonObject:
    """Find the fields of a source.

    A Protobuf schema contains them. Otherwise they are invented, always the same for a source.

    Args:
        organization: The organisation of the caller.
        service_path: The path of the service.
        source: The source in the request.

    Raises:
        Problem: 400 if a rule is broken, or fields of such a source cannot be found.
    """
    kind = sources.check(organization, service_path, source)
    facts = source[kind]
    if facts["format"] == "Protobuf" and facts.get("protobufSchema"):
        fields = _of_protobuf(facts["protobufSchema"], f"source.{kind}.protobufSchema")
    else:
        subject = [str(facts.get(name) or "") for name in _SUBJECTS[kind]]
        fields = _of_records(facts["format"], organization.world.draw("fields", kind, *subject))
    return {"fields": fields, "meta": {"format": facts["format"]}}


def _of_protobuf(schema: str, place: str) -> list[JsonObject]:
    found = _PROTOBUF_FIELD.findall(schema)
    if not found:
        raise bad_request(f"{place}: holds no message with fields")
    fields: list[JsonObject] = []
    for label, kind, name in found:
        known = _PROTOBUF_TYPES.get(kind, "String")
        written = f"Array({known})" if label == "repeated" else known
        fields.append({"name": name, "type": written, "optional": label == "optional"})
    return fields


def _of_records(written_as: str, random: Random) -> list[JsonObject]:
    if written_as == "JSONAsObject":
        return [{"name": "json", "type": "JSON", "optional": False}]
    if written_as in {"CSV", "TabSeparated"}:
        # Such files do not name their columns.
        names = [f"c{number}" for number in range(1, _COLUMNS + 1)]
        return [{"name": name, "type": "String", "optional": True} for name in names]
    more = random.sample(_SOMETIMES, random.randint(2, len(_SOMETIMES) // 2))
    fixed = [{"name": name, "type": kind, "optional": False} for name, kind in _ALWAYS]
    return fixed + [{"name": name, "type": kind, "optional": True} for name, kind in more]
