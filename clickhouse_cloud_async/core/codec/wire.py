"""Encodes decoded values as JSON again, without checking them."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import cattrs
import orjson

from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.model import Model, RequestModel, ResponseModel
from clickhouse_cloud_async.core.values import UNSET, Secret, SecretObject, Veiled

from .types import model_fields


def to_json(value: object) -> Any:
    """Turn a model, or any value that a model's field may hold, into plain JSON values.

    Fields that are `UNSET` are omitted; nulls that the API sent are null again.
    """
    return _converter.unstructure(value)


def json_bytes(document: object, *, indent: bool = False) -> bytes:
    """Write plain JSON values as UTF-8.

    Args:
        document: The values, as `to_json` returns them.
        indent: Whether each value stands on a line of its own.

    Raises:
        InvalidArgumentError: The values are nested too deeply.
    """
    try:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 if indent else None)
    except orjson.JSONEncodeError:
        pass
    # orjson supports neither integers beyond 64 bits nor more than 254 levels.
    try:
        return json.dumps(document, indent=2 if indent else None, ensure_ascii=False).encode()
    except RecursionError:
        raise InvalidArgumentError("the value is nested too deeply to be written as JSON") from None


def moment(value: datetime) -> str:
    """Return a timestamp in ISO 8601, with ``Z`` for UTC."""
    return value.isoformat().replace("+00:00", "Z")


def _model(kind: type[Model]) -> Any:
    fields = model_fields(kind)

    def encode_model(model: Model) -> dict[str, Any]:
        nulls = model._nulls if isinstance(model, ResponseModel) else None  # noqa: SLF001  # its own
        result: dict[str, Any] = {}
        for field in fields:
            value = getattr(model, field.name)
            if value is UNSET or (value is None and nulls is not None and field.name not in nulls):
                continue
            result[field.wire] = to_json(value)
        if isinstance(model, RequestModel) and model.extra is not None:
            result |= to_json(model.extra)
        return result

    return encode_model


_converter = cattrs.Converter(detailed_validation=False)
_converter.register_unstructure_hook_factory(
    lambda kind: isinstance(kind, type) and issubclass(kind, Model), _model
)
_converter.register_unstructure_hook_func(
    lambda kind: isinstance(kind, type) and issubclass(kind, Mapping),
    lambda value: {str(key): to_json(item) for key, item in value.items()},
)
_converter.register_unstructure_hook(Secret, Secret.reveal)
_converter.register_unstructure_hook(SecretObject, SecretObject.reveal)
_converter.register_unstructure_hook(Veiled, lambda veiled: to_json(veiled.reveal()))
_converter.register_unstructure_hook(UUID, str)
_converter.register_unstructure_hook(date, date.isoformat)
_converter.register_unstructure_hook(datetime, moment)
_converter.register_unstructure_hook(enum.StrEnum, lambda member: member.value)
