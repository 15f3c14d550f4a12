"""Naming the place of a value that cannot be decoded."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

from .types import is_mapping, is_sequence, json_name, members, model_fields
from .unions import chooser

Decoder = Callable[..., Any]
FAILURES = (TypeError, ValueError, AttributeError, OverflowError)
"""What decoders raise where a value is not what it is declared to be."""


def first_problem(kind: Any, value: object, decoder_of: Callable[[Any], Decoder]) -> str:
    """Say where the innermost value stands that cannot be decoded, and what was expected there.

    Args:
        kind: The declared type of the whole value.
        value: The value, which cannot be decoded.
        decoder_of: Gives the decoder of a type.
    """
    place = "$"
    while True:
        for inner_kind, inner, step in _children(kind, value):
            try:
                decoder_of(inner_kind)(inner)
            except FAILURES:
                kind, value, place = inner_kind, inner, place + step
                break
        else:
            return f"{place}: expected {_expected(kind, value)}"


def _children(kind: Any, value: object) -> list[tuple[Any, object, str]]:
    parts = members(kind)
    if isinstance(value, dict) and parts.models:
        model = chooser(parts.models)(value)
        if model is not None:
            return [
                (field.type, value[field.wire], f".{field.wire}")
                for field in model_fields(model)
                if value.get(field.wire) is not None
            ]
    for part in parts.others:
        if isinstance(value, list) and is_sequence(part):
            item = typing.get_args(part)[0]
            return [(item, element, f"[{index}]") for index, element in enumerate(value)]
        if isinstance(value, dict) and is_mapping(part):
            item = typing.get_args(part)[1]
            return [(item, element, f".{key}") for key, element in value.items()]
    return []


def _expected(kind: Any, value: object) -> str:
    parts = members(kind)
    names = [
        *(["object"] if parts.models or parts.raw else []),
        *(["string"] if parts.enums else []),
        *(json_name(typing.get_origin(part) or part) for part in parts.others),
    ]
    wanted = " or ".join(dict.fromkeys(names)) or "another value"
    found = json_name(type(value))
    return f"{wanted}, found {'one that is malformed' if found == wanted else found}"
