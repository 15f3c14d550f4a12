"""Derives the type of an option from the annotation of an argument."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clickhouse_cloud_async.codegen.schemas import EnumClass

_SCALARS = {
    "str": "text",
    "OpenText": "text",
    "UUID": "text",
    "int": "integer",
    "float": "number",
    "bool": "flag",
    "datetime": "moment",
    "date": "day",
    "Secret": "secret",
    "SecretObject": "object",
    "PathLike": "path",
    "Upload": "upload",
    "object": "value",
}
_STRONGEST = (
    "secret",
    "path",
    "upload",
    "moment",
    "day",
    "flag",
    "integer",
    "number",
    "text",
    "value",
)
"""The scalar types of a union, in the order in which its text is parsed."""

_LISTS = {"Sequence", "Collection", "list"}
_MAPPINGS = {"Mapping", "dict"}


@attrs.frozen
class ArgumentKind:
    """The kind of values of an argument.

    Attributes:
        kind: As in `Parameter` of the command line.
        many: Whether it takes a list.
        words: The values that it takes.
        numbers: The numbers that stand for the words.
        model: The class of its objects.
        address: The address that it is; empty for anything else.
        is_secret: Whether all that it holds is secret.
        is_nullable: Whether it takes None.
        is_function: Whether it takes a function, or an object that no text stands for.
    """

    kind: str = "value"
    many: bool = False
    words: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    model: str = ""
    address: str = ""
    is_secret: bool = False
    is_nullable: bool = False
    is_function: bool = False


class Kinds:
    """Reads annotations.

    Args:
        enums: The enums, by the name of their class.
        models: Names of the models and unions of models.
        addresses: Names of the addresses.
    """

    def __init__(
        self,
        enums: Mapping[str, EnumClass],
        models: Collection[str],
        addresses: Collection[str],
    ) -> None:
        self._enums = enums
        self._models = models
        self._addresses = addresses

    def of(self, annotation: ast.expr) -> ArgumentKind:
        """Return the kind of an annotation."""
        parts = [part for part in _parts(annotation) if ast.unparse(part) not in {"Unset", "None"}]
        nullable = any(ast.unparse(part) == "None" for part in _parts(annotation))
        return attrs.evolve(self._of_parts(parts), is_nullable=nullable)

    def _of_parts(self, parts: list[ast.expr]) -> ArgumentKind:
        names = [part.id for part in parts if isinstance(part, ast.Name)]
        generic = {_origin(part): part for part in parts if isinstance(part, ast.Subscript)}
        for name in names:
            if name in self._addresses:
                return ArgumentKind(address=name)
        if lists := generic.keys() & _LISTS:
            inner = self._of_parts(_parts(generic[lists.pop()].slice))
            words = (*inner.words, *_literals(generic.get("Literal")))
            return attrs.evolve(inner, many=True, words=words)
        if "Callable" in generic or any(name.endswith("Error") for name in names):
            return ArgumentKind(is_function=True)
        return self._of_names(names) or self._of_generic(generic, names)

    def _of_names(self, names: list[str]) -> ArgumentKind | None:
        """Return the kind of enums and models; None for anything else."""
        for name in names:
            if name in self._enums:
                return self._of_enum(self._enums[name])
            if name in self._models:
                return ArgumentKind("object", model=name)
        return None

    def _of_generic(self, generic: Mapping[str, ast.Subscript], names: list[str]) -> ArgumentKind:
        """Return the kind of mappings, constants and scalars."""
        if mappings := generic.keys() & _MAPPINGS:
            return self._of_mapping(generic[mappings.pop()], is_secret="SecretObject" in names)
        if "Literal" in generic:
            return ArgumentKind("text", words=_literals(generic["Literal"]))
        kinds = {_SCALARS[name] for name in (*names, *generic) if name in _SCALARS}
        if kinds == {"integer", "text"}:
            return ArgumentKind("value")
        kind = next((kind for kind in _STRONGEST if kind in kinds), "value")
        return ArgumentKind(kind, is_secret="secret" in kinds)

    def _of_enum(self, enum: EnumClass) -> ArgumentKind:
        if enum.has_texts:
            return ArgumentKind("text", words=tuple(str(value) for value in enum.words))
        words = tuple(name.lower() for name in enum.words.values())
        return ArgumentKind("integer", words=words, numbers=tuple(map(int, enum.words)))

    def _of_mapping(self, annotation: ast.Subscript, *, is_secret: bool) -> ArgumentKind:
        assert isinstance(annotation.slice, ast.Tuple)
        values = {ast.unparse(part) for part in _parts(annotation.slice.elts[1])}
        if "Secret" in values:
            return ArgumentKind("mapping", is_secret=True)
        if values <= {"str", "int", "float", "bool"}:
            return ArgumentKind("mapping")
        return ArgumentKind("object", is_secret=is_secret)


def _parts(annotation: ast.expr) -> list[ast.expr]:
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return [*_parts(annotation.left), *_parts(annotation.right)]
    return [annotation]


def _origin(part: ast.Subscript) -> str:
    return ast.unparse(part.value).rpartition(".")[2]


def _literals(part: ast.Subscript | None) -> tuple[str, ...]:
    if part is None:
        return ()
    items = part.slice.elts if isinstance(part.slice, ast.Tuple) else [part.slice]
    return tuple(str(item.value) for item in items if isinstance(item, ast.Constant))
