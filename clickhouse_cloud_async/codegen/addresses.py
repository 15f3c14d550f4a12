"""Path parameters that belong together, as one argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .arguments import Argument
from .docstrings import docstring
from .errors import OverlayError
from .output import HEADER, Files

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import Contract, ContractOperation, Parameter

    from .arguments import Arguments
    from .overlay import Address, Overlay

MODULE = "addresses"


class Addresses:
    """Replaces path parameters by the addresses of the overlay.

    Args:
        contract: The facts.
        overlay: The decisions.
        arguments: The writer of arguments.
    """

    def __init__(self, contract: Contract, overlay: Overlay, arguments: Arguments) -> None:
        self._contract = contract
        self._overlay = overlay
        self._arguments = arguments
        for address in overlay.addresses:
            self._class(address)

    def files(self) -> Files:
        """Return the module of the addresses, if there are any."""
        if not self._overlay.addresses:
            return {}
        lines = [
            HEADER + '"""What says where something is, in one value."""',
            "from __future__ import annotations",
            "import attrs",
            *(line for address in self._overlay.addresses for line in self._class(address)),
        ]
        return {f"models/{MODULE}.py": "\n".join(lines)}

    def of(self, parameters: tuple[Parameter, ...]) -> Address | None:
        """Return the address at the start of path parameters; None if parts are missing."""
        names = [parameter.name for parameter in parameters]
        for address in self._overlay.addresses:
            shared = [name for name in names if name in address.parameters]
            if len(shared) >= address.least and shared == list(address.parameters[: len(shared)]):
                return address
        return None

    def taken_by(self, operation: ContractOperation) -> Address | None:
        """Return the address of an operation, from its path or the fields of its body."""
        address = self.of(self._overlay.own_path_parameters(operation))
        if address is not None:
            return address
        fields = self._contract.resolve(operation.body or {}).get("properties", {}).keys()
        return next((a for a in self._overlay.addresses if fields >= {*a.parameters}), None)

    def arguments(self, operation: ContractOperation) -> list[Argument]:
        """Return the arguments for required path parameters."""
        address = self.taken_by(operation)
        inside = address.parameters if address else ()
        given = [
            self._arguments.parameter(operation, parameter)
            for parameter in self._overlay.own_path_parameters(operation)
            if parameter.name not in inside
        ]
        return [self.argument(address), *given] if address else given

    def argument(self, address: Address) -> Argument:
        """Return the argument for an address."""
        return Argument(address.argument, address.name, "", address.doc)

    def value(self, operation: ContractOperation, parameter: Parameter) -> str:
        """Return the expression for a path parameter, in the method of an operation."""
        name = self._overlay.parameter_name(operation, parameter)
        address = self.of(self._overlay.own_path_parameters(operation))
        if address is not None and parameter.name in address.parameters:
            return f"{address.argument}.{name}"
        return name

    def body_values(self, operation: ContractOperation) -> dict[str, str]:
        """Return the expressions for a body's fields that are parts of an address, by wire name."""
        address = self.taken_by(operation)
        if address is None or self.of(self._overlay.own_path_parameters(operation)) is not None:
            return {}
        parts = [f"{address.argument}.{field.name}" for field in self._fields(address)]
        least = address.least
        # An optional part is checked like any field when the body is encoded.
        texts = [*parts[:least], *(f'cast("str", {part})' for part in parts[least:])]
        return dict(zip(address.parameters, texts, strict=True))

    def queries(self, operation: ContractOperation) -> dict[str, str]:
        """Return the query parameters that an operation's address may hold, with expressions."""
        address = self.taken_by(operation)
        if address is None:
            return {}
        return {
            parameter.name: (
                f"{address.argument}.{self._overlay.parameter_name(operation, parameter)}"
            )
            for parameter in operation.parameters_in("query")
            if parameter.name in address.queries
        }

    def query_argument(self, operation: ContractOperation, parameter: Parameter) -> Argument:
        """Return the argument for a query parameter."""
        argument = self._arguments.parameter(operation, parameter)
        if parameter.name not in self.queries(operation):
            return argument
        return attrs.evolve(argument, doc=f"{argument.doc} That of the address by default.")

    def query_value(self, operation: ContractOperation, parameter: Parameter) -> str:
        """Return the expression for a query parameter, in the method of an operation."""
        name = self._overlay.parameter_name(operation, parameter)
        default = self.queries(operation).get(parameter.name)
        return f"{name} or {default} or UNSET" if default else name

    def _fields(self, address: Address) -> list[Argument]:
        """Return the parts of an address, as arguments of the first operation that has them."""
        return [self._field(address, wire, "path") for wire in address.parameters]

    def _field(self, address: Address, wire: str, location: str) -> Argument:
        found = (
            self._arguments.parameter(operation, parameter)
            for operation in self._contract.operations.values()
            for parameter in operation.parameters_in(location)
            if parameter.name == wire
        )
        field = next(found, None)
        if field is None:
            raise OverlayError(f"api.toml, [address.{address.name}]: no {location} has {wire!r}")
        return field

    def _class(self, address: Address) -> list[str]:
        fields = self._fields(address)
        fields += [self._field(address, wire, "query") for wire in address.queries]
        attributes = [(field.name, field.doc) for field in fields]
        least = address.least
        written = [f"    {field.name}: str" for field in fields[:least]]
        written += [f"    {field.name}: str | None = None" for field in fields[least:]]
        return [
            "@attrs.frozen(kw_only=True)",
            f"class {address.name}:",
            docstring(address.doc, [("Attributes", attributes)], 4),
            "",
            *written,
        ]
