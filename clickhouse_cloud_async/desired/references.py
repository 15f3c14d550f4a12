"""References of a document to attributes of other resources, such as an ID."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PLAIN = re.compile(r"[^\s.\"\[\]](?:[^.\"\[\]]*[^\s.\"\[\]])?")
"""Matches a name that needs no quotes in a reference."""


@attrs.frozen
class Reference:
    """An attribute of another resource, as ``${services.clicks.id}`` in a document.

    Attributes:
        kind: Kind of the resource.
        name: Its name: the text of its key. If the key alone is ambiguous, the name of its parent
            and a slash precede it.
        output: The attribute.
        index: The index of an item, if the attribute is a list.
    """

    kind: str
    name: str
    output: str = "id"
    index: int | None = None

    def __str__(self) -> str:
        name = f".{self.name}" if _PLAIN.fullmatch(self.name) else f'["{self.name}"]'
        index = "" if self.index is None else f"[{self.index}]"
        return f"${{{self.kind}{name}.{self.output}{index}}}"


@attrs.frozen
class Template:
    """A text with references in it.

    Attributes:
        parts: Texts and references, in order.
    """

    parts: tuple[str | Reference, ...]

    def __str__(self) -> str:
        return "".join(
            part.replace("${", "$${") if isinstance(part, str) else str(part) for part in self.parts
        )


def references_in(value: Any) -> Iterator[Reference]:
    """Yield the references in a plain value.

    Args:
        value: The value.
    """
    if isinstance(value, Reference):
        yield value
    elif isinstance(value, Template):
        yield from (part for part in value.parts if isinstance(part, Reference))
    elif isinstance(value, dict):
        for item in value.values():
            yield from references_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from references_in(item)


def as_text(value: Any) -> Any:
    """Return a plain value with its references as texts.

    Args:
        value: The value.
    """
    if isinstance(value, Reference | Template):
        return str(value)
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    return [as_text(item) for item in value] if isinstance(value, list) else value


def replaced(value: Any, resolve: Callable[[Reference], Any]) -> Any:
    """Return a plain value with its references resolved.

    Args:
        value: The value.
        resolve: Returns the value of a reference.
    """
    if isinstance(value, Reference):
        return resolve(value)
    if isinstance(value, Template):
        return "".join(
            part if isinstance(part, str) else str(resolve(part)) for part in value.parts
        )
    if isinstance(value, dict):
        return {key: replaced(item, resolve) for key, item in value.items()}
    if isinstance(value, list):
        return [replaced(item, resolve) for item in value]
    return value
