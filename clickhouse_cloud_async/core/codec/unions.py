"""Determines the variant of a union that a JSON object is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .types import ModelField, model_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async.core.model import Model


class Variant:
    """The features that distinguish one model of a union from the others.

    Args:
        model: The model class.
    """

    __slots__ = ("default_tag", "known", "model", "required", "tags")

    def __init__(self, model: type[Model]) -> None:
        fields = model_fields(model)
        self.model: type[Model] = model
        self.tags: Mapping[str, tuple[object, ...]] = model._tags  # noqa: SLF001  # for this use
        self.default_tag: str | None = model._default_tag  # noqa: SLF001  # as above
        self.known: frozenset[str] = frozenset(field.wire for field in fields)
        self.required: frozenset[str] = frozenset(
            field.wire for field in fields if self._is_required(field)
        )

    def _is_required(self, field: ModelField) -> bool:
        return field.required or field.wire in self.tags

    def score(self, data: Mapping[str, object]) -> tuple[int, int, int]:
        """Return how well an object fits: its matching tags, required keys and known keys."""
        return (
            sum(tag in data for tag in self.tags),
            len(self.required & data.keys()),
            len(self.known & data.keys()),
        )

    def contradicts(self, data: Mapping[str, object], tags: frozenset[str]) -> bool:
        """Return whether a tag of the object has a value that this variant does not have."""
        return any(
            tag in data and data[tag] not in self.tags.get(tag, ())
            for tag in tags
            if tag in self.tags or tag not in self.known
        )

    def is_implied(self, data: Mapping[str, object], other: Variant) -> bool:
        """Return whether the absence of a tag means this variant."""
        tag = self.default_tag
        if tag is None or tag in data or tag not in other.tags:
            return False
        return set(self.tags[tag]).isdisjoint(other.tags[tag])


def chooser(
    models: tuple[type[Model], ...],
) -> Callable[[Mapping[str, object]], type[Model] | None]:
    """Prepare the choice among the variants of a union.

    Returns:
        A function from a JSON object to the one variant that fits it best, or None where none does
        or several do equally well.
    """
    if len(models) == 1:
        return lambda _: models[0]
    variants = [Variant(model) for model in models]
    tags = frozenset(tag for variant in variants for tag in variant.tags)

    def choose(data: Mapping[str, object]) -> type[Model] | None:
        allowed = [v for v in variants if not v.contradicts(data, tags)]
        allowed = [v for v in allowed if not any(d.is_implied(data, v) for d in allowed)]
        if len(allowed) == 1 and allowed[0].default_tag is not None and not data:
            return allowed[0].model
        fitting = sorted(((v.score(data), i) for i, v in enumerate(allowed)), reverse=True)
        if not fitting or not any(fitting[0][0]):
            return None
        if len(fitting) > 1 and fitting[0][0] == fitting[1][0]:
            return None
        return allowed[fitting[0][1]].model

    return choose


def as_wire_keys(model: type[Model], data: Mapping[str, object]) -> dict[str, object]:
    """Rename the Python field names among an object's keys to wire names.

    Raises:
        KeyError: Two keys name the same field, or a key names none; its argument says which.
    """
    wires = {field.wire: field.wire for field in model_fields(model)}
    names = {field.name: field.wire for field in model_fields(model)}
    result: dict[str, object] = {}
    for key, value in data.items():
        wire = wires.get(key) or names.get(key)
        if wire is None:
            raise KeyError(f"{key!r} is not a field of {model.__name__}")
        if wire in result:
            raise KeyError(f"{key!r} is given twice, once under its other name")
        result[wire] = value
    return result
