"""Creates the commands that wait, and the waits of other commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clickhouse_cloud_async.codegen.errors import OverlayError
from clickhouse_cloud_async.core.contract import ref_name

from .prose import plain
from .references import References, describe, wait_name
from .source import Call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.codegen.overlay import Lifecycle, Method, Namespace, Overlay
    from clickhouse_cloud_async.codegen.schemas import Schemas
    from clickhouse_cloud_async.core.contract import ContractOperation

    from .parameters import Parameters
    from .signatures import MethodSignature

_OWN = {"target", "on_progress"}
"""Arguments of waiting methods that are not options, or have options of their own."""

_PYTHON = re.compile(r",? such as `lambda[^`]*`( after `\w+`)?")
"""Examples of conditions in Python."""


class Waits:
    """Creates the commands that wait.

    Args:
        schemas: The contract with what the overlay decides.
        parameters: Makes parameters.
        references: Knows the names of the command line.
        examples: What the example of a wait waits for, by its name, where that is not the first
            state in which the resource serves.
    """

    def __init__(
        self,
        schemas: Schemas,
        parameters: Parameters,
        references: References,
        examples: Mapping[str, str],
    ) -> None:
        self._schemas = schemas
        self._overlay: Overlay = schemas.overlay
        self._parameters = parameters
        self._references = references
        self._examples = examples

    def table(self, methods: Mapping[str, Mapping[str, MethodSignature]]) -> dict[str, Call]:
        """Return the waits by the name of the command.

        Args:
            methods: The methods of each namespace.
        """
        return {
            _name(lifecycle): self._wait(lifecycle, methods[lifecycle.namespace])
            for lifecycle in self._overlay.lifecycles
        }

    def after(
        self, namespace: Namespace, operation: ContractOperation | None, method: Method | None
    ) -> tuple[str, str]:
        """Return the wait that follows a command, and its goal; both empty for none.

        Args:
            namespace: The namespace of the method.
            operation: The operation of the method; None for a method of several.
            method: What is decided about it; None likewise.
        """
        if operation is None or method is None or operation.method == "GET":
            return "", ""
        for lifecycle in self._overlay.lifecycles:
            if lifecycle.namespace != namespace.name or "." not in lifecycle.state:
                continue
            if operation.method == "DELETE":
                if operation.path == self._read(lifecycle).path and "gone" in lifecycle.methods:
                    return _name(lifecycle), "gone"
            elif self._shows_state(operation, method, lifecycle):
                return _name(lifecycle), ""
        return "", ""

    def of(self, namespace: Namespace) -> str:
        """Return the wait for the resources of a namespace, or the first of several."""
        return next(
            _name(each) for each in self._overlay.lifecycles if each.namespace == namespace.name
        )

    def _read(self, lifecycle: Lifecycle) -> ContractOperation:
        """Return the operation that reads one resource, or all of them."""
        return self._schemas.contract.operations[lifecycle.get or lifecycle.list or ""]

    def _wait(self, lifecycle: Lifecycle, methods: Mapping[str, MethodSignature]) -> Call:
        name = lifecycle.methods["until"]
        read = self._read(lifecycle)
        parameters = [
            call
            for argument in methods[name].arguments
            if argument.name not in _OWN
            for call in self._parameters.of(argument, f"{lifecycle.namespace}.{name}", read, None)
        ]
        names = self._references.names(lifecycle.namespace, parameters)
        describe(parameters, names)
        failed = lifecycle.failed
        if failed is None:
            failed = [state for state in lifecycle.terminal if state not in lifecycle.up]
        suffix = name.removeprefix("wait_until").upper()
        return Call(
            "Wait",
            kind=lifecycle.kind,
            namespace=lifecycle.namespace,
            lifecycle=f"{suffix[1:]}_LIFECYCLE" if suffix else "LIFECYCLE",
            help=plain(_PYTHON.sub("", lifecycle.doc), names),
            parameters=tuple(parameters),
            item=self._item(lifecycle, parameters),
            until=name,
            gone=lifecycle.methods.get("gone", ""),
            states=_states(lifecycle),
            failed=tuple(failed),
            example=self._example(lifecycle),
        )

    def _example(self, lifecycle: Lifecycle) -> str:
        """Return what the example of a wait waits for: a state, or an expression.

        Raises:
            OverlayError: The overlay has to decide.
        """
        name = _name(lifecycle)
        found = self._examples.get(name) or next(iter(lifecycle.up), "")
        if not found:
            raise OverlayError(
                f"commands.toml: say under [until] what the example of `wait {name}` waits for"
            )
        return found

    def _item(self, lifecycle: Lifecycle, parameters: list[Call]) -> str:
        """Return the argument that identifies one resource: the last, unless the path differs."""
        operations = self._schemas.contract.operations
        for operation in filter(
            None, (self._read(lifecycle), operations.get(lifecycle.list or ""))
        ):
            for parameter in operation.parameters_in("path"):
                if parameter.name == lifecycle.item:
                    return self._overlay.parameter_name(operation, parameter)
        named = [call.arguments["name"] for call in parameters if not call.arguments["option"]]
        return str(named[-1])

    def _shows_state(
        self, operation: ContractOperation, method: Method, lifecycle: Lifecycle
    ) -> bool:
        """Return whether the result of a method has the state of a lifecycle."""
        schema, _, wire = lifecycle.state.partition(".")
        result = self._schemas.results.result(operation, method).schema
        if result is None or "$ref" not in result:
            return False
        own = self._schemas.schemas[schema]["properties"][wire]
        properties = self._schemas.schemas[ref_name(result)].get("properties", {})
        inside = [ref_name(each) for each in properties.values() if "$ref" in each]
        if properties.get(wire) != own and schema not in inside:
            return False
        path = operation.parameters_in("path")
        return operation.method == "POST" or (bool(path) and path[-1].name == lifecycle.item)


def _name(lifecycle: Lifecycle) -> str:
    return wait_name(lifecycle.namespace, lifecycle.methods["until"])


def _states(lifecycle: Lifecycle) -> tuple[str, ...]:
    keys = (lifecycle.transitional, lifecycle.at_rest, lifecycle.terminal, lifecycle.gone)
    return tuple(dict.fromkeys(state for key in keys for state in key))
