"""Fields of objects at any depth, by the types of the API's models."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer

from clickhouse_cloud_async.core.codec import model_fields
from clickhouse_cloud_async.core.codec.types import is_mapping, is_sequence, members
from clickhouse_cloud_async.core.values import Secret, SecretObject

from .values import nearest, scalar, yaml_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.core.codec.types import ModelField

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
_KINDS = ((bool, "flag"), (int, "integer"), (float, "number"))

UNKNOWN: Any = object
"""The type of a value of unknown type."""


def steps_of(path: str, option: str) -> list[str | int]:
    """Split a path such as ``a.b[0].c`` into its steps.

    Args:
        path: The path.
        option: The option that it was given with, for errors.

    Raises:
        BadParameter: It is no path.
    """
    steps: list[str | int] = []
    position = 0
    while match := _STEP.match(path, position):
        steps.append(match[1] if match[1] is not None else int(match[2]))
        position = match.end()
    if position != len(path) or not steps:
        raise typer.BadParameter(
            f"{path!r} is not a path to a field such as a.b or list[0].name", param_hint=option
        )
    return steps


def put(target: Any, kind: Any, steps: list[str | int], value: Any, option: str) -> None:
    """Set a field at some depth of an object or list.

    Args:
        target: The object or list.
        kind: Its type.
        steps: The way to the field.
        value: Its text, or a function that makes the value of its type.
        option: What the user typed, for errors.

    Raises:
        BadParameter: There is no such field, or the text is no value of it.
    """
    holder: Any = target
    for place, step in enumerate(steps):
        key, kind = _enter(kind, holder, step, option)
        if place == len(steps) - 1:
            new = value(kind) if callable(value) else typed(kind, value, option)
        else:
            new = _holder(kind, steps[place + 1], option)
        if isinstance(holder, list):
            if place == len(steps) - 1 or key == len(holder):
                holder[key : key + 1] = [new]
        elif place == len(steps) - 1 or not isinstance(holder.get(key), dict | list):
            holder[key] = new
        holder = holder[key]


def _holder(kind: Any, step: str | int, option: str) -> Any:
    """Return an empty list or object of a type, for the step that follows."""
    if isinstance(step, int):
        return []
    if any(map(is_sequence, members(kind).others)):
        raise typer.BadParameter(
            f"{step!r} follows a list: name an item, such as [0].{step}", param_hint=option
        )
    return {}


def _enter(kind: Any, holder: Any, step: str | int, option: str) -> tuple[Any, Any]:
    """Return the key of a step in its container, and the type of its value."""
    if isinstance(step, int):
        if not isinstance(holder, list):
            raise typer.BadParameter(
                f"[{step}] follows a value that is not a list", param_hint=option
            )
        if step > len(holder):
            raise typer.BadParameter(
                f"[{step}] leaves a gap: the list has {len(holder)} items", param_hint=option
            )
        return step, item_type(kind)
    if not isinstance(holder, dict):
        raise typer.BadParameter(f"{step!r} follows a value without fields", param_hint=option)
    fields = list(fields_of(kind))
    if not fields:
        return step, _value_type(kind)
    field = next((f for f in fields if step in {f.name, f.wire, f.name.replace("_", "-")}), None)
    if field is None:
        names = sorted({each.name for each in fields})
        raise typer.BadParameter(
            f"there is no field {step!r}{nearest(step, names)} Known: {', '.join(names)}",
            param_hint=option,
        )
    return field.name if field.name in holder else field.wire, field.type


def fields_of(kind: Any) -> Iterator[ModelField]:
    """Yield the fields of objects of a type; none if they are unknown.

    Args:
        kind: The type.
    """
    for model in members(kind).models:
        yield from model_fields(model)


def item_type(kind: Any) -> Any:
    """Return the type of the items of a list.

    Args:
        kind: The type of the list.
    """
    lists = [part for part in members(kind).others if is_sequence(part)]
    return lists[0].__args__[0] if lists else UNKNOWN


def _value_type(kind: Any) -> Any:
    """Return the type of the values of a mapping."""
    mappings = [part for part in members(kind).others if is_mapping(part)]
    return mappings[0].__args__[1] if mappings else UNKNOWN


def typed(kind: Any, text: str, option: str) -> Any:
    """Convert a text to a value of a type.

    Args:
        kind: The type.
        text: The text.
        option: What the user typed, for errors.

    Raises:
        BadParameter: The text is not such a value, or the type is secret.
    """
    parts = members(kind)
    if {Secret, SecretObject} & set(parts.others):
        raise typer.BadParameter(
            "this is a secret, which others could see on the command line: give it in --file, or"
            " its own file with --set-file",
            param_hint=option,
        )
    if text == "null" and (parts.nullable or kind is UNKNOWN):
        return None
    scalars = [other for other in parts.others if other is not UNKNOWN]
    if kind is UNKNOWN or parts.models or parts.raw or any(map(_is_container, scalars)):
        value = yaml_value(text, option)
        check_secrets(kind, value, option)
        return value
    if str in scalars or parts.enums:
        return text
    found = next((name for type_, name in _KINDS if type_ in scalars), "text")
    return scalar(found, text, option)


def _is_container(kind: Any) -> bool:
    return is_sequence(kind) or is_mapping(kind)


def check_secrets(kind: Any, value: Any, option: str) -> None:
    """Refuse an object with a secret on the command line.

    Args:
        kind: Its type.
        value: The object.
        option: The option that it was given with.

    Raises:
        BadParameter: It holds one.
    """
    parts = members(kind)
    if value is not None and {Secret, SecretObject} & set(parts.others):
        raise typer.BadParameter(
            "it holds a secret, which others could see on the command line: give it in --file",
            param_hint=option,
        )
    if isinstance(value, list):
        for item in value:
            check_secrets(item_type(kind), item, option)
    elif isinstance(value, dict):
        known = {name: f.type for f in fields_of(kind) for name in (f.name, f.wire)}
        for key, item in value.items():
            check_secrets(known.get(key, _value_type(kind)), item, option)
