"""Common parts of the kinds of API7 Cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.desired.comparison import as_outlined, as_set
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.resource import Status, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle
    from clickhouse_cloud_async.desired.kind import Kind

DESCRIPTION = Field("description", default="")
LABELS = Field("labels", compare=as_set, default=[])
POLICIES = Field("policies", compare=as_outlined, default={})
ACTIVE = Field("active", default=0)


def with_defaults(kind: Kind[Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields in the form of requests: with defaults in place of null.

    Args:
        kind: The kind.
        fields: The fields, by their arguments.
    """
    defaults = {field.argument: field.default for field in kind.fields}
    return {
        name: defaults[name] if value is None else value
        for name, value in fields.items()
        if value is not None or defaults[name] is not None
    }


def entity_status(lifecycle: Lifecycle[Any], status: int | None) -> Status:
    """Return the status of an object whose states are numbers.

    Args:
        lifecycle: The lifecycle of its kind.
        status: The number of its state in the API; None for none.
    """
    return status_of(lifecycle, lifecycle.name_of(status) or "unknown")
