"""Converts models to the plain values of documents."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from clickhouse_cloud_async.core.codec import model_fields
from clickhouse_cloud_async.core.model import Model, RequestModel, ResponseModel
from clickhouse_cloud_async.core.values import UNSET


def plain(value: Any) -> Any:
    """Return a value in its form for documents.

    Models become mappings by the names of their fields; constants and IDs become text, timestamps
    text in UTC, and whole numbers integers. Fields that a response omits are omitted.

    Args:
        value: Any value of a model, or a model.
    """
    if isinstance(value, Model):
        return _mapping(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items() if item is not UNSET}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime):
        return instant(value)
    return str(value) if isinstance(value, enum.StrEnum | UUID) else value


def instant(value: Any) -> Any:
    """Return a normalised timestamp, such as ``2027-01-01T00:00:00Z``.

    Args:
        value: An instant or its text; anything else is returned as it is.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if not isinstance(value, datetime):
        return value
    known = value if value.tzinfo else value.replace(tzinfo=UTC)
    return known.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _mapping(model: Model) -> dict[str, Any]:
    named = {field.name: getattr(model, field.name) for field in model_fields(type(model))}
    if isinstance(model, RequestModel) and model.extra is not None:
        named["extra"] = model.extra
    is_answer = isinstance(model, ResponseModel)
    return {
        name: plain(item)
        for name, item in named.items()
        if item is not UNSET and not (is_answer and item is None)
    }
