"""Bodies and header fields of requests."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.core.contract import ref_name

from .errors import OverlayError
from .schemas import Kind

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import ContractOperation, Parameter, Schema

    from .schemas import Schemas

_JSON = "application/json"
_MULTIPART = "multipart/form-data"
_BYTES = frozenset((_MULTIPART, "application/octet-stream", "*/*"))


class BodyKind(enum.Enum):
    """The way in which a method takes the body of its request."""

    NONE = enum.auto()
    FIELDS = enum.auto()
    VARIANTS = enum.auto()
    WHOLE = enum.auto()
    EMPTY = enum.auto()
    UPLOAD = enum.auto()


@attrs.frozen
class Body:
    """The body of an operation's requests.

    Attributes:
        kind: How a method takes it: field by field, as one of several objects, as one value that is
            no object with fields, not at all where it is always empty, or as an upload.
        schema: Its schema; for fields and variants a reference to a named one.
        media_type: Media type that an upload is sent in; None for that of the upload itself.
    """

    kind: BodyKind
    schema: Schema = attrs.field(factory=dict)
    media_type: str | None = None


def body_of(operation: ContractOperation, schemas: Schemas) -> Body:
    """Return the way in which a method takes the body of an operation.

    Raises:
        OverlayError: It cannot be sent.
    """
    content: dict[str, Schema] = operation.facts.get("body", {}).get("content", {})
    if not content:
        return Body(BodyKind.NONE)
    if _JSON in content:
        return _json_body(schemas.bodies[operation.id], schemas)
    for media, schema in content.items():
        if media in _BYTES or schema.get("format") == "binary":
            if schema.get("properties"):
                break
            return Body(BodyKind.UPLOAD, media_type=media if media == _MULTIPART else None)
    raise OverlayError(
        f"{operation.id} takes a body of {' or '.join(content)}, which cannot be sent: known are"
        f" {_JSON} and uploads as {_MULTIPART} of one part or as bytes"
    )


def header_parameters(operation: ContractOperation) -> tuple[Parameter, ...]:
    """Return the header parameters that are arguments of a method.

    The media type and the credentials are none of them, because every request has its own.

    Raises:
        OverlayError: A parameter is in an unsupported location.
    """
    for parameter in operation.parameters:
        if parameter.location not in {"path", "query", "header"}:
            raise OverlayError(
                f"{operation.id}: the parameter {parameter.name} is sent in a"
                f" {parameter.location}, which is not supported"
            )
    found = operation.parameters_in("header")
    return tuple(p for p in found if p.name.lower() not in {"content-type", "authorization"})


def _json_body(schema: Schema, schemas: Schemas) -> Body:
    facts = schemas.resolve(schema)
    if "$ref" in schema:
        kind = schemas.kind(ref_name(schema))
        if kind is Kind.MODEL:
            return Body(BodyKind.FIELDS, schema)
        if kind is Kind.UNION:
            return Body(BodyKind.VARIANTS, schema)
    if facts.get("type") == "object" and not facts.get("additionalProperties"):
        return Body(BodyKind.EMPTY, schema)
    return Body(BodyKind.WHOLE, schema)
