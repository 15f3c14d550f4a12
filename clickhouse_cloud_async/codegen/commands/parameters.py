"""Creates the arguments and options of a command from the arguments of its method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.codegen.bodies import BodyKind, body_of
from clickhouse_cloud_async.codegen.errors import OverlayError
from clickhouse_cloud_async.core.contract import ref_name

from .prose import kebab
from .shortcuts import Shortcuts
from .source import Call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async.codegen.overlay import CommandDecisions, Method, Overlay
    from clickhouse_cloud_async.codegen.schemas import Schemas
    from clickhouse_cloud_async.core.contract import ContractOperation

    from .addresses import AddressOptions
    from .finders import FinderFacts, Finders
    from .kinds import Kinds
    from .signatures import MethodArgument

_SCOPE = "organization_id"
"""The scope that has an option of all commands."""

_TAKEN = frozenset(
    (
        *("url", "organization", "profile", "timeout", "output", "columns", "sort", "query"),
        *("limit", "verbose", "dry-run", "yes", "wait", "file", "set", "set-file", "extra"),
        "help",
    )
)
"""Names of options that every command has, or may have."""


class Parameters:
    """Creates the parameters of commands.

    Args:
        schemas: The contract with what the overlay decides.
        decided: The overlay's decisions about commands.
        kinds: Reads annotations.
        finders: Knows which resources have names.
        addresses: Creates options of addresses.
    """

    def __init__(
        self,
        schemas: Schemas,
        decided: CommandDecisions,
        kinds: Kinds,
        finders: Finders,
        addresses: AddressOptions,
    ) -> None:
        self._schemas = schemas
        self._overlay: Overlay = schemas.overlay
        self._options = decided.options
        self._kinds = kinds
        self._finders = finders
        self._addresses = addresses
        self._shortcuts = Shortcuts(schemas)

    def of(
        self,
        argument: MethodArgument,
        place: str,
        operation: ContractOperation | None,
        method: Method | None,
    ) -> Iterator[Call]:
        """Yield the parameters for an argument; none if an option of all commands sets it.

        Args:
            argument: The argument.
            place: The method, such as ``services.get``.
            operation: Its operation; None for a method of several.
            method: What is decided about it; None likewise.

        Raises:
            OverlayError: It cannot be given as text, or its option has another meaning.
        """
        name = argument.name
        if name == "timeout" or (name == _SCOPE and not argument.by_position):
            return
        if name == "extra":
            yield self._parameter(argument, operation, kind="extra", option="extra")
            return
        facts = self._kinds.of(argument.annotation)
        if facts.is_function:
            raise OverlayError(
                f"commands.toml: {place} takes {name}, which no text stands for: say under"
                " [exclude] why it is no command"
            )
        if facts.address:
            yield from self._addresses.parameters(facts.address, name, operation)
            return
        is_whole = name == self.whole_body(operation, method)
        by_position = argument.by_position and not is_whole and facts.kind != "upload"
        option = "" if by_position else self._option(place, name)
        has_parts = bool(option and facts.model)
        yield self._parameter(
            argument,
            operation,
            wire=self._wire(operation, method, name),
            kind=facts.kind,
            option=option,
            many=facts.many,
            words=facts.words,
            numbers=facts.numbers,
            model=facts.model,
            shortcuts=self._shortcuts.of(name, option, facts.model, many=facts.many)
            if has_parts
            else (),
            is_secret=facts.is_secret,
            is_nullable=facts.is_nullable and argument.default != "None",
        )

    def whole_body(self, operation: ContractOperation | None, method: Method | None) -> str:
        """Return the argument that takes the whole body of a request; empty if there is none."""
        if operation is None or method is None:
            return ""
        kind = body_of(operation, self._schemas).kind
        return method.body if kind in {BodyKind.VARIANTS, BodyKind.WHOLE} else ""

    def _parameter(
        self, argument: MethodArgument, operation: ContractOperation | None, **facts: Any
    ) -> Call:
        defaults: dict[str, Any] = {
            "required": argument.default is None,
            "find": _finder(self._finders.of(operation, argument.name)),
            "words": (),
            "wire": "",
            "is_secret": False,
        }
        return Call("Parameter", name=argument.name, help=argument.doc, **(defaults | facts))

    def _option(self, place: str, name: str) -> str:
        found = self._options.get(f"{place}.{name}") or self._options.get(name)
        option = found or kebab(name)
        if option in _TAKEN:
            raise OverlayError(
                f"commands.toml: --{option} has another meaning on the command line: name the"
                f' option of {place} under [options], such as "{place}.{name}" ='
                f' "{option}-of-..."'
            )
        return option

    def _wire(self, operation: ContractOperation | None, method: Method | None, name: str) -> str:
        """Return the name of an argument in the body; empty if it is not part of it."""
        if operation is None or method is None:
            return ""
        body = body_of(operation, self._schemas)
        if body.kind is not BodyKind.FIELDS:
            return ""
        schema = ref_name(body.schema)
        for wire in self._schemas.schemas[schema]["properties"]:
            if self._overlay.field_name(schema, wire) == name:
                return str(wire)
        return ""


def _finder(found: FinderFacts | None) -> Call | None:
    if found is None:
        return None
    return Call(
        "Finder",
        method=found.method,
        identity=found.identity,
        arguments=found.arguments,
        pattern=found.pattern,
    )
