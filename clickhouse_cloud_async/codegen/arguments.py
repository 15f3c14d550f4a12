"""The arguments of generated methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .annotations import protecting
from .docstrings import field_facts

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import ContractOperation, Parameter, Schema

    from .annotations import Annotations, Spelling
    from .overlay import Overlay


@attrs.frozen
class Argument:
    """One argument of a method."""

    name: str
    annotation: str
    default: str
    doc: str
    protection: str = ""
    """The statement that wraps its secrets before an exception can show them."""


EXTRA = Argument(
    "extra",
    "Mapping[str, object] | None",
    "None",
    "Fields to send that this version does not know, with the API's names.",
    "extra = veil(extra)",
)
"""The argument of every method that sends an object."""


class Arguments:
    """Creates arguments from an operation's parameters.

    Args:
        overlay: Names and descriptions of parameters.
        annotations: The writer of their types.
        spelling: Rewrites these types, so that type checkers find misspelt words.
    """

    def __init__(self, overlay: Overlay, annotations: Annotations, spelling: Spelling) -> None:
        self._overlay = overlay
        self._annotations = annotations
        self._spelling = spelling

    def scopes(self, operation: ContractOperation) -> list[Argument]:
        """Return the arguments for the scopes of an operation."""
        return [
            Argument(
                scope.argument,
                "str | UUID | None",
                "None",
                f"The {scope.noun}; the client's by default.",
            )
            for scope in self._overlay.scopes_in(operation)
        ]

    def parameter(self, operation: ContractOperation, parameter: Parameter) -> Argument:
        """Return the argument for a parameter of the path or the query."""
        doc = self._overlay.parameter_doc(operation, parameter)
        annotation = self._annotations.outgoing(parameter.schema)
        name = self._overlay.parameter_name(operation, parameter)
        text = " ".join((doc, *field_facts(parameter.schema)))
        if parameter.location == "path":
            return Argument(name, self._spelling.written(annotation), "", text)
        wrapped = protection(name, annotation, parameter.schema, self._annotations)
        annotation = self._spelling.written(annotation)
        if parameter.required:
            return Argument(name, annotation, "", text, wrapped)
        return Argument(name, f"{annotation} | Unset", "UNSET", text, wrapped)


def protection(name: str, annotation: str, schema: Schema, annotations: Annotations) -> str:
    """Return the statement that wraps the secrets of an argument; empty if it cannot hold any."""
    if annotations.is_secret(schema):
        return f"{name} = {protecting(annotation)}({name})"
    models = annotations.models_with_secrets(annotation)
    return f"{name} = protect_in({name}, {' | '.join(models)})" if models else ""


def signature(positional: list[Argument], keywords: list[Argument]) -> str:
    """Return the parameter list of a method's definition."""
    parts = ["self", *(_written(argument) for argument in positional)]
    if keywords:
        parts += ["*", *(_written(argument) for argument in keywords)]
    return ", ".join(parts)


def _written(argument: Argument) -> str:
    text = f"{argument.name}: {argument.annotation}"
    return f"{text} = {argument.default}" if argument.default else text
