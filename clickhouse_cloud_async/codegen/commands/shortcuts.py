"""Options for the items of lists of pairs, such as ``--tags-add env=dev``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.codegen.docstrings import field_facts
from clickhouse_cloud_async.core.contract import types_of

from .prose import kebab, plain
from .source import Call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.codegen.schemas import Schemas
    from clickhouse_cloud_async.core.contract import Schema

_KINDS = {"string": "text", "integer": "integer", "number": "number", "boolean": "flag"}
_PAIR = 2


class Shortcuts:
    """Finds the lists of pairs in the values of arguments.

    Args:
        schemas: The contract with what the overlay decides.
    """

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._by_class = {schemas.python_name(name): name for name in reversed(schemas.schemas)}

    def of(self, name: str, option: str, model: str, *, many: bool) -> tuple[Call, ...]:
        """Return the shortcuts of an argument.

        Args:
            name: Name of the argument.
            option: Name of its option.
            model: The class of its objects.
            many: Whether it takes a list of them.
        """
        schema = self._by_class.get(model)
        if schema is None:
            return ()
        if many:
            return tuple(self._of_items(schema, option, (name,)))
        return tuple(self._of_lists(schema, option, name))

    def _of_lists(self, schema: str, option: str, name: str) -> Iterator[Call]:
        """Yield the shortcuts of an object that holds only lists."""
        properties = self._schemas.schemas[schema].get("properties", {})
        lists = {wire: self._schemas.resolve(each) for wire, each in properties.items()}
        if not all("items" in each for each in lists.values()):
            return
        for wire, each in lists.items():
            field = self._schemas.overlay.field_name(schema, wire)
            path, inner = (name, field), f"{option}-{kebab(field)}"
            items = each["items"]
            facts = field_facts({**each, **properties[wire]})
            text = plain(" ".join((self._schemas.overlay.field_doc(schema, wire), *facts)), {})
            if "$ref" in items:
                yield from self._of_items(items["$ref"].rpartition("/")[2], inner, path, text)
            elif kind := self._kind(items):
                yield Call("Shortcut", option=inner, path=path, help=text, kind=kind)

    def _of_items(
        self, schema: str, option: str, path: tuple[str, ...], text: str = ""
    ) -> Iterator[Call]:
        """Yield the shortcut of a list of pairs; none if its items are not pairs."""
        properties = self._schemas.schemas[schema].get("properties", {})
        kinds = {wire: self._kind(each) for wire, each in properties.items()}
        if not 0 < len(kinds) <= _PAIR or not all(kinds.values()):
            return
        names = [self._schemas.overlay.field_name(schema, wire) for wire in kinds]
        key, value = names[0], "".join(names[1:])
        yield Call(
            "Shortcut",
            option=option,
            path=path,
            **({"help": text} if text else {}),
            key=key,
            value=value,
            kind=[*kinds.values()][-1] if value else "text",
        )

    def _kind(self, schema: Schema) -> str:
        """Return the kind of a scalar; empty for anything else."""
        resolved = self._schemas.resolve(schema)
        kinds = [kind for kind in types_of(resolved) if kind != "null"]
        if len(kinds) != 1 or resolved.get("x-secret"):
            return ""
        return _KINDS.get(kinds[0], "")
