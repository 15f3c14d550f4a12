"""Names of the environment variables that documents read secrets from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.desired.external import (
    ExternalSecret,
    ExternalSource,
    ExternalValue,
    Inputs,
)
from clickhouse_cloud_async.desired.inventory import label_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clickhouse_cloud_async.desired.kind import Kind
    from clickhouse_cloud_async.desired.resource import Resource

_OTHERS = re.compile(r"[^A-Za-z0-9]+")


def variable_of(*words: str) -> str:
    """Return the name of a variable, such as ``CLICKPIPE_ORDERS_PASSWORD``.

    Args:
        *words: The parts of its name.
    """
    return _OTHERS.sub("_", "_".join(words)).strip("_").upper()


def needed_secrets(
    kind: Kind[Any], resource: Resource[Any], fields: Mapping[str, Any], names: Collection[str]
) -> dict[str, Any]:
    """Return references to the secrets that a creation needs and the API hides, for an export.

    Args:
        kind: The kind of the resource.
        resource: The resource.
        fields: The exported fields.
        names: The fields that may be secrets.
    """
    label = label_of(resource)
    return {
        name: ExternalSecret(
            ExternalValue(ExternalSource.ENV, variable_of(kind.noun, label, name)), Inputs()
        )
        for name in kind.missing(fields)
        if name in names
    }


def reference_to(*words: str) -> dict[str, Any]:
    """Return the placeholder of a secret in a document.

    Args:
        *words: The parts of the variable's name.
    """
    return {"env": variable_of(*words)}
