"""Source of the values in the tables of commands."""

from __future__ import annotations

DEFAULTS: dict[str, object] = {
    "kind": "text",
    "option": "",
    "required": False,
    "many": False,
    "words": (),
    "numbers": (),
    "model": "",
    "wire": "",
    "find": None,
    "shortcuts": (),
    "into": "",
    "finds": "",
    "address": None,
    "list": "",
    "of": "",
    "item": "",
    "is_secret": False,
    "is_nullable": False,
    "arguments": (),
    "pattern": "",
    "key": "",
    "value": "",
    "parameters": (),
    "source": "",
    "examples": (),
    "changes": False,
    "confirm": "",
    "body": "",
    "takes_file": False,
    "takes_timeout": False,
    "wait": "",
    "goal": "",
    "iterator": "",
    "returns": "",
    "fields": "",
    "gone": "",
    "states": (),
    "failed": (),
    "example": "",
}
"""Defaults of the fields of the tables, which are omitted."""


class Call:
    """A constructor call, whose `repr` is its source.

    Args:
        name: Name of the class.
        arguments: Its arguments; those that are a default are left out.
    """

    def __init__(self, name: str, /, **arguments: object) -> None:
        self.name = name
        self.arguments = arguments

    def __repr__(self) -> str:
        given = (
            f"{name}={value!r}"
            for name, value in self.arguments.items()
            if name not in DEFAULTS or value != DEFAULTS[name]
        )
        return f"{self.name}({', '.join(given)})"
