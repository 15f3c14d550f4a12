"""Writes `cli/commands/`: a table for each namespace, and one of all waits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clickhouse_cloud_async.codegen.output import HEADER, Files

from .addresses import AddressOptions
from .examples import example
from .finders import Finders
from .kinds import Kinds
from .parameters import Parameters
from .prose import help_text, kebab, plain
from .references import References, describe, wait_name
from .signatures import MethodSignature, signatures
from .source import Call
from .waits import Waits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clickhouse_cloud_async.codegen.overlay import (
        CommandDecisions,
        Method,
        Namespace,
        Overlay,
    )
    from clickhouse_cloud_async.codegen.schemas import Schemas
    from clickhouse_cloud_async.core.contract import Contract, ContractOperation

FOLDER = "cli/commands"
_TABLE = "clickhouse_cloud_async.cli.commands.table"
_CLASSES = ("AddressFinder", "Command", "Finder", "Parameter", "Shortcut", "Tree", "Wait")


def command_files(
    contract: Contract, overlay: Overlay, schemas: Schemas, operations: Files, folder: Path
) -> Files:
    """Write the tables of the commands of an API, if the overlay has commands.

    Args:
        contract: The facts.
        overlay: The decisions.
        schemas: The schemas that operations carry.
        operations: Text of the generated modules of operations, by path below the API's folder.
        folder: The API's folder, in which hand-written methods are found.

    Raises:
        OverlayError: The overlay has to decide about an argument.
    """
    if overlay.commands is None:
        return {}
    methods = {
        namespace.name: signatures(*_sources(namespace, operations, folder))
        for namespace in overlay.namespaces
    }
    writer = _CommandWriter(contract, overlay, overlay.commands, schemas, methods)
    return writer.files(f"clickhouse_cloud_async.apis.{folder.name}")


def _sources(namespace: Namespace, operations: Files, folder: Path) -> Iterator[str]:
    """Yield the generated source of a namespace, and that of its extension."""
    module = f"{namespace.module}.py"
    yield next(text for path, text in operations.items() if path.rpartition("/")[2] == module)
    by_hand = folder / "extensions" / module
    if by_hand.exists():
        yield by_hand.read_text(encoding="utf-8")


class _CommandWriter:
    """Writes the tables of the commands of one API.

    Args:
        contract: The facts.
        overlay: The decisions.
        decided: Those about commands.
        schemas: The schemas that operations carry.
        methods: The methods of each namespace.
    """

    def __init__(
        self,
        contract: Contract,
        overlay: Overlay,
        decided: CommandDecisions,
        schemas: Schemas,
        methods: dict[str, dict[str, MethodSignature]],
    ) -> None:
        self._contract = contract
        self._overlay = overlay
        self._decided = decided
        self._methods = methods
        kinds = Kinds(
            {each.name: each for each in schemas.enums.values()},
            {model.name for model in overlay.models.values()},
            {address.name for address in overlay.addresses},
        )
        finders = Finders(schemas, decided.ids, decided.same)
        self._addresses = AddressOptions(contract, overlay, decided, kinds, methods)
        self._ids = finders.id_samples()
        self._parameters = Parameters(schemas, decided, kinds, finders, self._addresses)
        self._references = References(overlay, decided.prefix)
        self._waits = Waits(schemas, self._parameters, self._references, decided.until)

    def files(self, package: str) -> Files:
        """Write a module for each namespace, one for the waits, and the package.

        Args:
            package: Dotted name of the API's package.
        """
        files = {f"{FOLDER}/__init__.py": self._package(package)}
        waits = self._waits.table(self._methods)
        if waits:
            head = "WAITS: dict[str, Wait]"
            files[f"{FOLDER}/waits.py"] = _module("The waits of the commands.", head, waits)
        for namespace in self._overlay.namespaces:
            doc = f"The commands of ``{namespace.name.replace('.', ' ')}``."
            table = dict(self._commands(namespace))
            module = _module(doc, "COMMANDS: dict[str, Command]", table)
            files[f"{FOLDER}/{namespace.module}.py"] = module
        return files

    def _package(self, package: str) -> str:
        tree = Call(
            "Tree",
            package=package,
            client=f"Async{self._overlay.client}",
            prefix=tuple(self._decided.prefix.split()),
            groups={ns.name: plain(ns.doc, {}) for ns in self._overlay.namespaces},
            waits={
                wait_name(each.namespace, each.methods["until"]): each.kind
                for each in self._overlay.lifecycles
            },
            fields=self._decided.fields,
        )
        return "\n".join(
            (
                HEADER + '"""The commands of the API\'s methods."""',
                "from __future__ import annotations",
                f"from {_TABLE} import Tree",
                f"TREE = {tree!r}",
            )
        )

    def _commands(self, namespace: Namespace) -> Iterator[tuple[str, Call]]:
        by_name = {method.name: method for method in namespace.methods}
        left_out = {method.iterator for method in namespace.methods if method.paging}
        for lifecycle in self._overlay.lifecycles:
            if lifecycle.namespace == namespace.name:
                left_out |= {*lifecycle.methods.values()}
        for name, signature in self._methods[namespace.name].items():
            if name not in left_out and f"{namespace.name}.{name}" not in self._decided.exclude:
                yield kebab(name), self._command(namespace, signature, by_name.get(name))

    def _command(
        self, namespace: Namespace, signature: MethodSignature, method: Method | None
    ) -> Call:
        place = f"{namespace.name}.{signature.name}"
        operation = self._contract.operations[method.operation] if method else None
        parameters = [
            call
            for argument in signature.arguments
            for call in self._parameters.of(argument, place, operation, method)
        ]
        parameters.sort(key=lambda call: bool(call.arguments["option"]))
        names = self._references.names(namespace.name, parameters)
        describe(parameters, names)
        wait, goal = self._waits.after(namespace, operation, method)
        goal = self._decided.goals.get(place, goal)
        wait = wait or (self._waits.of(namespace) if goal else "")
        body = self._parameters.whole_body(operation, method)
        return Call(
            "Command",
            method=signature.name,
            help=help_text(signature.doc, names),
            parameters=tuple(parameters),
            source=plain(" ".join(signature.source.split()).rstrip("."), {}),
            examples=self._examples(namespace, signature.name, parameters, operation),
            changes=operation is None or operation.method != "GET",
            confirm=self._confirmation(place, signature, operation),
            body=body,
            takes_file=bool(body) or any(call.arguments["wire"] for call in parameters),
            takes_timeout=any(
                each.name == "timeout" and each.default != "UNSET" for each in signature.arguments
            ),
            wait=wait,
            goal=goal,
            address=self._addresses.finder(signature),
            iterator=method.iterator if method and method.paging else "",
            returns=signature.returns.removeprefix("builtins.").replace("None", ""),
        )

    def _examples(
        self,
        namespace: Namespace,
        method: str,
        parameters: list[Call],
        operation: ContractOperation | None,
    ) -> tuple[str, ...]:
        by_hand = self._decided.examples.get(f"{namespace.name}.{method}")
        if by_hand:
            return tuple(by_hand)
        groups = [kebab(name) for name in namespace.name.split(".")]
        words = [*self._decided.prefix.split(), *groups, kebab(method)]
        samples, ids = self._decided.samples, self._ids
        changes_fields = operation is not None and operation.method in {"PATCH", "PUT"}
        return (example(words, parameters, samples, ids, changes_fields=changes_fields),)

    def _confirmation(
        self, place: str, signature: MethodSignature, operation: ContractOperation | None
    ) -> str:
        """Return the action to confirm; empty if no confirmation is needed."""
        if place in self._decided.confirm:
            return self._decided.confirm[place]
        if operation is None or operation.method != "DELETE":
            return ""
        summary = re.split(r"[.;]", help_text(signature.doc, {}))[0]
        return summary[:1].lower() + summary[1:]


def _module(doc: str, head: str, table: dict[str, Call]) -> str:
    body = f"{head} = {table!r}"
    used = [name for name in _CLASSES if f"{name}(" in body]
    imports = f"from {_TABLE} import {', '.join(used)}"
    if not table:
        imports = (
            f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from {_TABLE} import Command"
        )
    parts = (HEADER + f'"""{doc}"""', "from __future__ import annotations", imports, body)
    return "\n".join(parts)
