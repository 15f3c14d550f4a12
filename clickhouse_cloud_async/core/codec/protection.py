"""Wraps the secrets in mappings that are passed in place of models."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, cast

from clickhouse_cloud_async.core.values import Secret, SecretObject

from .types import holds_secret, is_mapping, is_model, is_sequence, is_union, model_fields

T = TypeVar("T")


def protect_in(value: T, kind: Any) -> T:
    """Copy a value with the secrets in its mappings wrapped in `Secret`.

    Generated methods do this first, so that no frame of a traceback shows a secret that was given
    as plain text.

    Args:
        value: Models, mappings in their place, lists of both, or whatever else, which is returned
            as it is.
        kind: The models that mappings may stand for; where several have a field of one name, it is
            enough that it is secret in one of them.
    """
    return cast("T", _wrapped(value, tuple(_members(kind))))


def _wrapped(value: object, kinds: tuple[Any, ...]) -> object:
    if not kinds:
        return value
    if isinstance(value, str):
        return Secret(value) if Secret in kinds else value
    if isinstance(value, Mapping):
        if SecretObject in kinds:
            return SecretObject(value)
        return {key: _wrapped(item, _kinds_at(kinds, key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_wrapped(item, kinds) for item in value]
    return value


def _members(kind: Any) -> Iterator[Any]:
    """Yield the parts of a type that may hold secrets; for a list, those of its items."""
    if not holds_secret(kind):
        return
    if is_union(kind) or is_sequence(kind):
        for part in typing.get_args(kind):
            yield from _members(part)
    else:
        yield kind


def _kinds_at(kinds: tuple[Any, ...], key: object) -> tuple[Any, ...]:
    """Return the types that the value of a key may have; the key is a wire or a field name."""
    found: list[Any] = []
    for kind in kinds:
        if is_model(kind):
            for field in model_fields(kind):
                if key in {field.wire, field.name}:
                    found += _members(field.type)
        elif is_mapping(kind):
            found += _members(typing.get_args(kind)[1])
    return tuple(found)
