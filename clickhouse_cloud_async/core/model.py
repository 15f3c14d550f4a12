"""What all models share: their wire names, their repr and the way to and from JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

import attrs

from .errors import InvalidArgumentError
from .values import UNSET


class Model:
    """A JSON object of the API as an attrs class."""

    __slots__ = ()

    _wire_names: ClassVar[Mapping[str, str]] = {}
    """Wire name of each field for which it does not follow from the field's own name."""

    _is_snake_case: ClassVar[bool] = False
    """Whether wire names are the fields' own names, and not those in camel case."""

    _tags: ClassVar[Mapping[str, tuple[object, ...]]] = {}
    """Wire name and allowed values of each field that tells the variants of a union apart."""

    _default_tag: ClassVar[str | None] = None
    """Wire name of the tag whose absence means this variant of a union; None where none does."""

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Self:
        """Build the model from a JSON object as the API sends it.

        Unknown keys are ignored; missing and null ones are allowed; unknown enum values and union
        variants are kept as received.

        Args:
            data: The object, keyed by the API's own names.

        Raises:
            ResponseDecodeError: A value has the wrong JSON type; the message says where.
        """
        from .codec import decode

        return decode(cls, dict(data))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object that this model was read from, or would be sent as.

        Keys are the API's own names; secrets are revealed.

        Raises:
            InvalidArgumentError: The model contains itself, or is nested too deeply.
        """
        from .codec import to_json

        try:
            result: dict[str, Any] = to_json(self)
        except RecursionError:
            pass
        else:
            return result
        # Raised here, because the first error's traceback has a thousand frames.
        raise InvalidArgumentError("the model contains itself, or is nested too deeply")

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> Iterator[tuple[str, object]]:
        """Yield the fields for rich, which would otherwise show plain mappings in full."""
        for field in attrs.fields(type(self)):  # type: ignore[arg-type]  # subclasses are attrs classes
            value = getattr(self, field.name, None)
            if field.init and value is not None and value is not UNSET:
                yield field.alias, _shown(value)


@attrs.define(kw_only=True, repr=False)
class ResponseModel(Model):
    """A model that only responses contain; fields that are missing or null in its JSON are None."""

    _nulls: frozenset[str] = attrs.field(default=frozenset(), init=False, eq=False)
    """The fields that were null in the response, so that `to_dict` restores them."""


@attrs.define(kw_only=True, repr=False)
class RequestModel(Model):
    """A model that requests contain, and possibly responses too.

    Attributes:
        extra: Fields to send that this version does not know, keyed by the API's own names.
    """

    extra: Mapping[str, object] | None = attrs.field(default=None, metadata={"is_field": False})


def wire_name(model: type[Model], field: str) -> str:
    """Return the name of a model's field in the API's JSON."""
    name = model._wire_names.get(field)  # noqa: SLF001  # same module
    if name is not None:
        return name
    return field if model._is_snake_case else camel_case(field)  # noqa: SLF001  # as above


def camel_case(name: str) -> str:
    """Return a name in camel case: ``minReplicaMemoryGb`` for ``min_replica_memory_gb``."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


class _Hidden:
    """Placeholder in a repr for a value that is not shown."""

    def __repr__(self) -> str:
        return "..."


_HIDDEN = _Hidden()


def _shown(value: object, depth: int = 3) -> object:
    """Replace the values of a plain mapping, which may stand for an object with secrets.

    Args:
        value: The value of a field.
        depth: Maximum depth of nested lists that are shown.
    """
    if isinstance(value, Mapping):
        return dict.fromkeys(value, _HIDDEN)
    if isinstance(value, (list, tuple)):
        return [_shown(item, depth - 1) for item in value] if depth else _HIDDEN
    return value
