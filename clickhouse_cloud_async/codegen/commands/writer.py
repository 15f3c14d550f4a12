"""Writes `cli/commands/`: a table for each namespace, and one of all that can be waited for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.codegen.bodies import BodyKind, body_of
from clickhouse_cloud_async.codegen.errors import OverlayError
from clickhouse_cloud_async.codegen.output import HEADER, Files
from clickhouse_cloud_async.core.contract import ref_name

from .examples import example
from .finders import Finders
from .kinds import Kinds
from .prose import help_text, kebab, plain
from .shortcuts import Shortcuts
from .signatures import MethodArgument, MethodSignature, signatures
from .source import Call

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clickhouse_cloud_async.codegen.overlay import (
        CommandDecisions,
        Lifecycle,
        Method,
        Namespace,
        Overlay,
    )
    from clickhouse_cloud_async.codegen.schemas import Schemas
    from clickhouse_cloud_async.core.contract import Contract, ContractOperation

FOLDER = "cli/commands"
_TABLE = "clickhouse_cloud_async.cli.commands.table"
_CLASSES = ("AddressFinder", "Command", "Finder", "Parameter", "Shortcut", "Tree", "Wait")
_SCOPE = "organization_id"
"""The scope that an option of all commands is for."""

_TAKEN = frozenset(
    (
        *(
            "url",
            "organization",
            "profile",
            "timeout",
            "output",
            "columns",
            "sort",
            "query",
            "limit",
        ),
        *("verbose", "dry-run", "yes", "wait", "file", "set", "set-file", "extra", "help"),
    )
)
"""Names of options that every command has, or may have."""


class CommandWriter:
    """Writes the tables of the commands of one API.

    Args:
        contract: The facts.
        overlay: The decisions.
        schemas: The schemas that operations carry.
        operations: Text of the generated modules of operations, by path below the API's folder.
        folder: The API's folder, in which hand-written methods are found.
    """

    def __init__(
        self,
        contract: Contract,
        overlay: Overlay,
        schemas: Schemas,
        operations: Files,
        folder: Path,
    ) -> None:
        self._contract = contract
        self._overlay = overlay
        self._schemas = schemas
        self._operations = operations
        self._folder = folder
        self._decided: CommandDecisions | None = overlay.commands
        self._kinds = Kinds(
            {each.name: each for each in schemas.enums.values()},
            {model.name for model in overlay.models.values()},
            {address.name for address in overlay.addresses},
        )
        self._shortcuts = Shortcuts(schemas)

    def files(self) -> Files:
        """A module for each namespace, one for the waits and the package; none without commands."""
        if self._decided is None:
            return {}
        self._finders = Finders(self._schemas, self._decided.ids, self._decided.same)
        self._signatures = methods = {
            namespace.name: signatures(*self._sources(namespace))
            for namespace in self._overlay.namespaces
        }
        waits = {
            _wait_name(lifecycle): self._wait(lifecycle, methods[lifecycle.namespace])
            for lifecycle in self._overlay.lifecycles
        }
        files = {f"{FOLDER}/__init__.py": self._package(self._decided)}
        if waits:
            files[f"{FOLDER}/waits.py"] = _module(
                "What can be waited for.", "WAITS: dict[str, Wait]", waits
            )
        for namespace in self._overlay.namespaces:
            table = dict(self._commands(namespace, methods[namespace.name], self._decided))
            files[f"{FOLDER}/{namespace.module}.py"] = _module(
                f"The commands of ``{namespace.name.replace('.', ' ')}``.",
                "COMMANDS: dict[str, Command]",
                table,
            )
        return files

    def _sources(self, namespace: Namespace) -> Iterator[str]:
        module = f"{namespace.module}.py"
        yield next(
            text for path, text in self._operations.items() if path.rpartition("/")[2] == module
        )
        by_hand = self._folder / "extensions" / module
        if by_hand.exists():
            yield by_hand.read_text(encoding="utf-8")

    def _package(self, decided: CommandDecisions) -> str:
        tree = Call(
            "Tree",
            package=f"clickhouse_cloud_async.apis.{self._folder.name}",
            client=f"Async{self._overlay.client}",
            prefix=tuple(decided.prefix.split()),
            groups={ns.name: plain(ns.doc, {}) for ns in self._overlay.namespaces},
            waits={_wait_name(each): each.kind for each in self._overlay.lifecycles},
            fields=decided.fields,
        )
        return "\n".join(
            (
                HEADER + '"""The commands of the API\'s methods."""',
                "from __future__ import annotations",
                f"from {_TABLE} import Tree",
                f"TREE = {tree!r}",
            )
        )

    # --- commands ---

    def _commands(
        self,
        namespace: Namespace,
        methods: dict[str, MethodSignature],
        decided: CommandDecisions,
    ) -> Iterator[tuple[str, Call]]:
        by_name = {method.name: method for method in namespace.methods}
        waits = {
            name
            for lifecycle in self._overlay.lifecycles
            if lifecycle.namespace == namespace.name
            for name in lifecycle.methods.values()
        }
        iterators = {method.iterator for method in namespace.methods if method.paging}
        for name, signature in methods.items():
            place = f"{namespace.name}.{name}"
            if name in waits or name in iterators or place in decided.exclude:
                continue
            method = by_name.get(name)
            yield kebab(name), self._command(namespace, signature, method, decided)

    def _command(
        self,
        namespace: Namespace,
        signature: MethodSignature,
        method: Method | None,
        decided: CommandDecisions,
    ) -> Call:
        place = f"{namespace.name}.{signature.name}"
        operation = self._contract.operations[method.operation] if method else None
        parameters = [
            call
            for argument in signature.arguments
            for call in self._parameters(argument, place, operation, method)
        ]
        parameters.sort(key=lambda call: bool(call.arguments["option"]))
        names = {
            str(call.arguments["name"]): f"--{call.arguments['option']}"
            for call in parameters
            if call.arguments["option"]
        } | {f"{each.name}": kebab(each.name) for each in namespace.methods if "_" in each.name}
        prefix = [*decided.prefix.split(), *map(kebab, namespace.name.split("."))]
        wait, goal = self._wait_of(namespace, operation, method, decided.goals.get(place, ""))
        body = self._whole_body(operation, method)
        generated = example([*prefix, kebab(signature.name)], parameters, decided.samples)
        timeout = next((a for a in signature.arguments if a.name == "timeout"), None)
        return Call(
            "Command",
            method=signature.name,
            help=help_text(signature.doc, names),
            parameters=tuple(parameters),
            source=plain(" ".join(signature.source.split()).rstrip("."), {}),
            examples=tuple(decided.examples.get(place) or (generated,)),
            changes=operation is None or operation.method != "GET",
            confirm=self._confirmation(place, signature, operation, decided),
            body=body,
            takes_file=bool(body) or any(call.arguments["wire"] for call in parameters),
            takes_timeout=timeout is not None and timeout.default != "UNSET",
            wait=wait,
            goal=goal,
            address=self._address(signature, decided),
            iterator=method.iterator if method and method.paging else "",
            returns=signature.returns.removeprefix("builtins.").replace("None", ""),
        )

    def _confirmation(
        self,
        place: str,
        signature: MethodSignature,
        operation: ContractOperation | None,
        decided: CommandDecisions,
    ) -> str:
        if place in decided.confirm:
            return decided.confirm[place]
        if operation is None or operation.method != "DELETE":
            return ""
        summary = re.split(r"[.;]", help_text(signature.doc, {}))[0]
        return summary[:1].lower() + summary[1:]

    def _whole_body(self, operation: ContractOperation | None, method: Method | None) -> str:
        if operation is None or method is None:
            return ""
        kind = body_of(operation, self._schemas).kind
        return method.body if kind in {BodyKind.VARIANTS, BodyKind.WHOLE} else ""

    # --- parameters ---

    def _parameters(
        self,
        argument: MethodArgument,
        place: str,
        operation: ContractOperation | None,
        method: Method | None,
    ) -> Iterator[Call]:
        name = argument.name
        if name == "timeout" or (name == _SCOPE and not argument.by_position):
            return
        if name == "extra":
            yield self._parameter(argument, place, operation, "", kind="extra", option="extra")
            return
        facts = self._kinds.of(argument.annotation)
        if facts.is_function:
            raise OverlayError(
                f"commands.toml: {place} takes {name}, which no text stands for: say under"
                " [exclude] why it is no command"
            )
        if facts.address:
            yield from self._parts(facts.address, argument, operation)
            return
        is_whole = name == self._whole_body(operation, method)
        by_position = argument.by_position and not is_whole and facts.kind != "upload"
        option = "" if by_position else self._option(place, name)
        yield self._parameter(
            argument,
            place,
            operation,
            self._wire(operation, method, name),
            kind=facts.kind,
            option=option,
            many=facts.many,
            words=facts.words,
            numbers=facts.numbers,
            model=facts.model,
            shortcuts=self._shortcuts.of(name, option, facts.model, many=facts.many)
            if option and facts.model
            else (),
            is_secret=facts.is_secret,
            is_nullable=facts.is_nullable and argument.default != "None",
        )

    def _parameter(
        self,
        argument: MethodArgument,
        place: str,
        operation: ContractOperation | None,
        wire: str,
        **facts: Any,
    ) -> Call:
        del place
        find = self._finders.of(operation, argument.name)
        names = {argument.name: f"--{facts['option']}"} if facts["option"] else {}
        defaults: dict[str, Any] = {
            "required": argument.default is None,
            "find": _finder(find),
            "is_secret": False,
        }
        return Call(
            "Parameter",
            name=argument.name,
            help=plain(" ".join(argument.doc.split()), names),
            **defaults | {"words": (), "wire": wire} | facts,
        )

    def _parts(
        self, name: str, argument: MethodArgument, operation: ContractOperation | None
    ) -> Iterator[Call]:
        """Yield the parameters for the parts of an address."""
        address = next(each for each in self._overlay.addresses if each.name == name)
        needed, known = self._places(operation)
        for index, wire in enumerate(address.parameters):
            owner, parameter = next(
                (found, each)
                for found in self._contract.operations.values()
                for each in found.parameters_in("path")
                if each.name == wire
            )
            if operation is not None and wire not in known:
                continue
            python = self._overlay.parameter_name(owner, parameter)
            yield Call(
                "Parameter",
                name=python,
                help=plain(self._overlay.parameter_doc(owner, parameter), {}),
                kind="text",
                option=kebab(python),
                required=wire in needed or index < address.least,
                words=(),
                model=address.name,
                wire="",
                find=None,
                into=argument.name,
                is_secret=False,
            )

        for looked in self._lookups(name):
            yield from self._looked_up(looked, argument.name)

    def _lookups(self, address: str) -> Iterator[MethodArgument]:
        """Yield the arguments of the method that looks an address up by names."""
        assert self._decided is not None
        found = self._decided.addresses.get(address, {}).get("find", "")
        namespace, _, method = found.rpartition(".")
        if found:
            arguments = self._signatures[namespace][method].arguments
            yield from (
                each for each in arguments if each.name not in {"timeout", "subscription_id"}
            )

    def _looked_up(self, looked: MethodArgument, argument: str) -> Iterator[Call]:
        yield Call(
            "Parameter",
            name=looked.name,
            help=plain(looked.doc, {}),
            kind="text",
            option=kebab(looked.name),
            required=False,
            words=(),
            wire="",
            find=None,
            finds=argument,
            is_secret=False,
        )

    def _address(self, signature: MethodSignature, decided: CommandDecisions) -> Call | None:
        """Return how the address of a method is found; None where it takes none."""
        for argument in signature.arguments:
            kind = self._kinds.of(argument.annotation)
            ways = decided.addresses.get(kind.address)
            if not ways:
                continue
            has_item = ways["item"] in {each.name for each in signature.arguments}
            further = ("list", "of", "item") if has_item else ()
            return Call(
                "AddressFinder",
                argument=argument.name,
                find=ways["find"],
                **{name: ways[name] for name in further},
            )
        return None

    def _places(self, operation: ContractOperation | None) -> tuple[set[str], set[str]]:
        """The wire names that an operation's path and body need, and those that they know."""
        if operation is None:
            return set(), set()
        path = {parameter.name for parameter in operation.parameters_in("path")}
        body = self._contract.resolve(operation.body or {})
        return path | {*body.get("required", ())}, path | {*body.get("properties", ())}

    def _option(self, place: str, name: str) -> str:
        assert self._decided is not None
        options = self._decided.options
        option = options.get(f"{place}.{name}") or options.get(name) or kebab(name)
        if option in _TAKEN:
            raise OverlayError(
                f"commands.toml: --{option} has another meaning on the command line: name the"
                f' option of {place} under [options], such as "{place}.{name}" ='
                f' "{option}-of-..."'
            )
        return option

    def _wire(self, operation: ContractOperation | None, method: Method | None, name: str) -> str:
        """The name of an argument in the body; empty where it is not in it."""
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

    # --- waits ---

    def _wait(self, lifecycle: Lifecycle, methods: dict[str, MethodSignature]) -> Call:
        until = methods[lifecycle.methods["until"]]
        read = self._contract.operations[lifecycle.get or lifecycle.list or ""]
        parameters = [
            call
            for argument in until.arguments
            if argument.name not in {"target", "on_progress", "wake", "idle_counts"}
            for call in self._parameters(argument, lifecycle.methods["until"], read, None)
        ]
        listing = self._contract.operations[lifecycle.list or lifecycle.get or ""]
        path = {
            p.name: self._overlay.parameter_name(o, p)
            for o in (listing, read)
            for p in o.parameters_in("path")
        }
        failed = (
            [state for state in lifecycle.terminal if state not in lifecycle.up]
            if lifecycle.failed is None
            else lifecycle.failed
        )
        named = [call.arguments["name"] for call in parameters if not call.arguments["option"]]
        suffix = lifecycle.methods["until"].removeprefix("wait_until").upper()
        return Call(
            "Wait",
            kind=lifecycle.kind,
            namespace=lifecycle.namespace,
            lifecycle=f"{suffix[1:]}_LIFECYCLE" if suffix else "LIFECYCLE",
            help=plain(lifecycle.doc, {}),
            parameters=tuple(parameters),
            item=path.get(lifecycle.item, named[-1]),
            until=lifecycle.methods["until"],
            gone=lifecycle.methods.get("gone", ""),
            states=self._states(lifecycle),
            failed=tuple(failed),
        )

    def _states(self, lifecycle: Lifecycle) -> tuple[str, ...]:
        keys = (lifecycle.transitional, lifecycle.at_rest, lifecycle.terminal, lifecycle.gone)
        return tuple(dict.fromkeys(state for key in keys for state in key))

    def _wait_of(
        self,
        namespace: Namespace,
        operation: ContractOperation | None,
        method: Method | None,
        goal: str,
    ) -> tuple[str, str]:
        """The wait that follows a command, and what it is for; both empty for none."""
        if operation is None or method is None or operation.method == "GET":
            return "", ""
        for lifecycle in self._overlay.lifecycles:
            if lifecycle.namespace != namespace.name or "." not in lifecycle.state:
                continue
            read = self._contract.operations[lifecycle.get or lifecycle.list or ""]
            is_own = operation.path == read.path
            if operation.method == "DELETE":
                if is_own and "gone" in lifecycle.methods:
                    return _wait_name(lifecycle), "gone"
                continue
            if self._shows_state(operation, method, lifecycle):
                return _wait_name(lifecycle), goal
        return "", ""

    def _shows_state(
        self, operation: ContractOperation, method: Method, lifecycle: Lifecycle
    ) -> bool:
        """Return whether the result of a method is a thing with the state of a lifecycle."""
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


def _wait_name(lifecycle: Lifecycle) -> str:
    suffix = lifecycle.methods["until"].removeprefix("wait_until").strip("_")
    return "-".join(filter(None, (kebab(lifecycle.namespace.replace(".", "-")), kebab(suffix))))


def _finder(found: Any) -> Call | None:
    if found is None:
        return None
    return Call(
        "Finder",
        method=found.method,
        identity=found.identity,
        arguments=found.arguments,
        pattern=found.pattern,
    )


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
