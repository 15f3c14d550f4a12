"""Validates values by JSON Schema, with a validator that the package does not use."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from jsonschema_rs import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.core.contract import Schema

_REFERENCE = re.compile(r'"#/schemas/([^"]+)"')


class Validators:
    """Validators of schemas, each compiled when it is first used.

    Args:
        schemas: The named schemas to which references lead.
        any_variant: Whether ``oneOf`` counts as ``anyOf``: some variants of the contracts differ in
            optional properties only, and what fits several of them is no mistake.
    """

    def __init__(self, schemas: Mapping[str, Schema], *, any_variant: bool = False) -> None:
        self._schemas = schemas
        self._any_variant = any_variant
        # The schemas are kept, so that no other one gets the id of one of them.
        self._compiled: dict[int, tuple[Schema, Draft202012Validator]] = {}

    def errors(self, schema: Schema, value: Any) -> list[str]:
        """Return what does not fit a schema, each with its place."""
        if id(schema) not in self._compiled:
            self._compiled[id(schema)] = schema, self._compile(schema)
        _, validator = self._compiled[id(schema)]
        return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(value)]

    def _compile(self, schema: Schema) -> Draft202012Validator:
        # References lead to "#/schemas/...", so the schemas have to stand beside this one.
        whole = {**schema, "schemas": self._referenced(schema)}
        return Draft202012Validator(
            _with_any_variant(whole) if self._any_variant else whole, validate_formats=True
        )

    def _referenced(self, schema: Schema) -> dict[str, Schema]:
        """Return the named schemas to which a schema refers, directly or not."""
        found: dict[str, Schema] = {}
        waiting = [schema]
        while waiting:
            names = set(_REFERENCE.findall(json.dumps(waiting.pop()))) - found.keys()
            added = {name: self._schemas[name] for name in names}
            found |= added
            waiting += added.values()
        return found


def _with_any_variant(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_with_any_variant(child) for child in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        "anyOf" if key == "oneOf" else key: _with_any_variant(child)
        for key, child in schema.items()
    }
