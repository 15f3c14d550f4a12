"""Kinds whose fields depend on the value of one of them, such as the provider of a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.codec import model_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.model import Model
    from clickhouse_cloud_async.desired.kind import Kind
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath


@attrs.frozen
class Variants:
    """The request models of a kind, selected by the value of a field.

    Attributes:
        by: The field.
        by_value: The model of each of its values.
    """

    by: str
    by_value: Mapping[str, type[Model]]

    @property
    def models(self) -> tuple[type[Model], ...]:
        """All models."""
        return tuple(self.by_value.values())

    def check(
        self,
        kind: Kind[Any],
        fields: Mapping[str, Any],
        path: FieldPath,
        errors: ErrorCollector,
    ) -> None:
        """Check that there is no field of another variant.

        Args:
            kind: The kind.
            fields: The described fields.
            path: Their path in the document.
            errors: Collects the errors.
        """
        chosen = fields.get(self.by)
        if not isinstance(chosen, str) or chosen not in self.by_value:
            return
        own = _arguments(self.by_value[chosen])
        others = {name for model in self.models for name in _arguments(model)} - own.keys()
        for name in fields:
            if name in kind.by_name and kind.by_name[name].argument in others:
                errors.add((*path, name), f"does not go with {self.by} {chosen}")

    def missing(self, kind: Kind[Any], fields: Mapping[str, Any]) -> Sequence[str]:
        """Return the fields that a creation requires but that are not described.

        Args:
            kind: The kind.
            fields: The described fields.
        """
        chosen = fields.get(self.by)
        model = self.by_value.get(chosen) if isinstance(chosen, str) else None
        if model is None:
            return (self.by,)
        needed = {name for name, is_required in _arguments(model).items() if is_required}
        return [
            field.name
            for field in kind.fields
            if field.argument in needed and field.name not in fields
        ]


def _arguments(model: type[Model]) -> dict[str, bool]:
    """Return the fields of a request, and whether each is required."""
    return {field.name: field.required for field in model_fields(model)}
