"""Writes `models/dicts.py`: typed dictionaries in place of models, for type checkers."""

from __future__ import annotations

from keyword import iskeyword
from typing import TYPE_CHECKING

from .docstrings import docstring
from .output import HEADER, imports, names_used
from .schemas import Kind, Schemas, is_nullable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clickhouse_cloud_async.core.contract import Schema

    from .annotations import Annotations, Spelling
    from .overlay import Overlay


class TypedDicts:
    """The typed dictionaries of an API's models.

    Keys are the names of Python and those of the API, since a mapping may have either.

    Args:
        schemas: The schemas of the models.
        overlay: The decisions about them.
        annotations: The writer of their fields' types.
    """

    def __init__(self, schemas: Schemas, overlay: Overlay, annotations: Annotations) -> None:
        self._schemas = schemas
        self._overlay = overlay
        self._annotations = annotations
        self._sent = {
            schemas.python_name(name): name
            for name in schemas.schemas
            if not schemas.response_only(name)
            and not schemas.decided(name).same_as
            and schemas.kind(name) in {Kind.MODEL, Kind.UNION}
        }
        self.models: frozenset[str] = frozenset(self._sent)

    def module(self, spelling: Spelling, origins: Mapping[str, str]) -> str:
        """Return the text of the module.

        Args:
            spelling: Rewrites the types of fields.
            origins: The module of every name that fields may be annotated with.
        """
        parts = [
            self._union(name, schema)
            if self._schemas.kind(schema) is Kind.UNION
            else "\n".join(self._class(name, schema, spelling))
            for name, schema in sorted(self._sent.items())
        ]
        body = "\n\n".join(parts)
        own = {f"{name}Dict" for name in self.models}
        doc = "Mappings in place of models, as type checkers see them."
        return "\n".join(
            (
                HEADER + docstring(doc, (), 0),
                "from __future__ import annotations",
                imports(names_used(body) - own, origins),
                body,
            )
        )

    def _union(self, name: str, schema: str) -> str:
        variants = self._schemas.variants(self._schemas.schemas[schema])
        names = dict.fromkeys(f"{self._schemas.python_name(each)}Dict" for each in variants)
        doc = docstring(f"A mapping in place of `{name}`.", (), 0)
        return f"{name}Dict: TypeAlias = {' | '.join(names)!r}\n{doc}"

    def _class(self, name: str, schema: str, spelling: Spelling) -> Iterator[str]:
        yield f"class {name}Dict(TypedDict, total=False):"
        yield docstring(f"A mapping in place of `{name}`.", (), 4)
        yield ""
        for wire, child in self._schemas.schemas[schema]["properties"].items():
            annotation = spelling.written(self._annotation(child))
            for key in dict.fromkeys((self._overlay.field_name(schema, wire), wire)):
                if key.isidentifier() and not iskeyword(key):
                    yield f"    {key}: {annotation}"
        yield "    extra: Mapping[str, object]"

    def _annotation(self, child: Schema) -> str:
        annotation = self._annotations.outgoing(child)
        nullable = is_nullable(child) or is_nullable(self._schemas.resolve(child))
        if annotation == "None":
            return "Unset | None"
        return f"{annotation} | Unset | None" if nullable else f"{annotation} | Unset"
