"""Path parameters that belong together, as one argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    """Replaces path parameters by the addresses that the overlay makes of them.

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
            self._fields(address)

    def files(self) -> Files:
        """The module of the addresses; none where there are none."""
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
        """The address that path parameters begin with; None if too few of its parts are there."""
        names = [parameter.name for parameter in parameters]
        for address in self._overlay.addresses:
            shared = [name for name in names if name in address.parameters]
            if len(shared) >= address.least and shared == list(address.parameters[: len(shared)]):
                return address
        return None

    def arguments(self, operation: ContractOperation) -> list[Argument]:
        """The arguments for the path parameters that every call has to name."""
        parameters = self._overlay.own_path_parameters(operation)
        address = self.of(parameters)
        inside = address.parameters if address else ()
        given = [
            self._arguments.parameter(operation, parameter)
            for parameter in parameters
            if parameter.name not in inside
        ]
        return [self.argument(address), *given] if address else given

    def argument(self, address: Address) -> Argument:
        """The argument for an address."""
        return Argument(address.argument, address.name, "", address.doc)

    def value(self, operation: ContractOperation, parameter: Parameter) -> str:
        """The expression for a path parameter, in the method of an operation."""
        name = self._overlay.parameter_name(operation, parameter)
        address = self.of(self._overlay.own_path_parameters(operation))
        if address is not None and parameter.name in address.parameters:
            return f"{address.argument}.{name}"
        return name

    def _fields(self, address: Address) -> list[Argument]:
        """The parts of an address, as arguments of the first operation whose path has them."""
        fields: list[Argument] = []
        for wire in address.parameters:
            found = (
                self._arguments.parameter(operation, parameter)
                for operation in self._contract.operations.values()
                for parameter in operation.parameters_in("path")
                if parameter.name == wire
            )
            field = next(found, None)
            if field is None:
                raise OverlayError(f"api.toml, [address.{address.name}]: no path has {wire!r}")
            fields.append(field)
        return fields

    def _class(self, address: Address) -> list[str]:
        fields = self._fields(address)
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
