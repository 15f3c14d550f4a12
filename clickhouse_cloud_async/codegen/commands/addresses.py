"""Addresses as options: one for each part, and the names that an address is found by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .prose import kebab
from .source import Call

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clickhouse_cloud_async.codegen.overlay import CommandDecisions, Overlay
    from clickhouse_cloud_async.core.contract import Contract, ContractOperation

    from .kinds import Kinds
    from .signatures import MethodSignature

_NO_NAMES = {"timeout", "subscription_id"}
"""Arguments of methods that find addresses, other than names."""


class AddressOptions:
    """Creates options for arguments that are addresses.

    Args:
        contract: The facts.
        overlay: The decisions.
        decided: Those about commands.
        kinds: Reads annotations.
        methods: The methods of each namespace.
    """

    def __init__(
        self,
        contract: Contract,
        overlay: Overlay,
        decided: CommandDecisions,
        kinds: Kinds,
        methods: Mapping[str, Mapping[str, MethodSignature]],
    ) -> None:
        self._contract = contract
        self._overlay = overlay
        self._ways = decided.addresses
        self._kinds = kinds
        self._methods = methods

    def parameters(
        self, name: str, argument: str, operation: ContractOperation | None
    ) -> Iterator[Call]:
        """Yield the parameters for an address.

        Args:
            name: Name of its class.
            argument: Name of the argument that takes it.
            operation: The operation of the method; None for a method of several.
        """
        yield from self._parts(name, argument, operation)
        found = self._ways.get(name, {}).get("find", "")
        namespace, _, method = found.rpartition(".")
        for looked in self._methods[namespace][method].arguments if found else ():
            if looked.name not in _NO_NAMES:
                yield _option(looked.name, looked.doc, finds=argument)

    def finder(self, signature: MethodSignature) -> Call | None:
        """Return how to find the address of a method; None if it takes none."""
        names = {argument.name for argument in signature.arguments}
        for argument in signature.arguments:
            ways = self._ways.get(self._kinds.of(argument.annotation).address)
            if ways:
                further = ("list", "of", "item") if ways["item"] in names else ()
                given = {name: ways[name] for name in ("find", *further)}
                return Call("AddressFinder", argument=argument.name, **given)
        return None

    def _parts(
        self, name: str, argument: str, operation: ContractOperation | None
    ) -> Iterator[Call]:
        address = next(each for each in self._overlay.addresses if each.name == name)
        needed, known = self._places(operation)
        for index, wire in enumerate(address.parameters):
            if operation is not None and wire not in known:
                continue
            owner, parameter = next(
                (found, each)
                for found in self._contract.operations.values()
                for each in found.parameters_in("path")
                if each.name == wire
            )
            yield _option(
                self._overlay.parameter_name(owner, parameter),
                self._overlay.parameter_doc(owner, parameter),
                required=wire in needed or index < address.least,
                model=address.name,
                into=argument,
            )

    def _places(self, operation: ContractOperation | None) -> tuple[set[str], set[str]]:
        """Return the wire names that an operation needs, and those that it knows."""
        if operation is None:
            return set(), set()
        path = {parameter.name for parameter in operation.parameters_in("path")}
        body = self._contract.resolve(operation.body or {})
        return path | {*body.get("required", ())}, path | {*body.get("properties", ())}


def _option(name: str, doc: str, **facts: object) -> Call:
    defaults: dict[str, object] = {
        "kind": "text",
        "required": False,
        "words": (),
        "wire": "",
        "find": None,
        "is_secret": False,
    }
    return Call("Parameter", name=name, help=doc, option=kebab(name), **(defaults | facts))
